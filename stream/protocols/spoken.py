"""The protocols that are spoken on websockets, by the last step of their address."""

from __future__ import annotations

from collections.abc import Mapping

from stream.protocols import MakeCodec
from stream.protocols.asterisk import AsteriskCodec
from stream.protocols.audiohook import AudioHookCodec
from stream.protocols.jambonz import JambonzCodec
from stream.protocols.pcm import PcmCodec
from stream.protocols.twilio import TwilioCodec
from stream.protocols.vonage import VonageCodec

Sides = tuple[str, ...]
"""Parties of a telephone system's stream: of its two tracks or channels, the caller's first; or the
one that a socket holds where nobody says whose it is."""
SIDES: dict[str, Sides] = {
    "twilio": ("customer", "agent"),
    "audiohook": ("customer", "agent"),
    "jambonz": ("customer", "agent"),
    "vonage": ("customer",),
    "asterisk": ("customer",),
}


def spoken(
    sides: Mapping[str, Sides] | None = None, *, transcribed: bool = False
) -> dict[str, MakeCodec]:
    """What makes a codec of each. `sides`: by protocol, SIDES where there are none; `transcribed`:
    systems that can take it are told what was said."""
    given = SIDES | dict(sides or {})
    return {
        "pcm": lambda upgrade: PcmCodec(),
        "twilio": lambda upgrade: TwilioCodec(*given["twilio"]),
        "audiohook": lambda upgrade: AudioHookCodec(
            upgrade, *given["audiohook"], transcribed=transcribed
        ),
        "jambonz": lambda upgrade: JambonzCodec(upgrade, *given["jambonz"]),
        "vonage": lambda upgrade: VonageCodec(upgrade, *given["vonage"]),
        "asterisk": lambda upgrade: AsteriskCodec(upgrade, *given["asterisk"]),
    }
