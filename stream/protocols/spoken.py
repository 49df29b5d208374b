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

Sides = tuple[str, str]
"""Parties of the two tracks or channels of a telephone system's stream: the caller's and the
other one. Of a protocol with one party a socket the first is who speaks where nobody says."""
SIDES: Sides = ("customer", "agent")
PROTOCOLS = ("twilio", "audiohook", "jambonz", "vonage", "asterisk")
"""Those of telephone systems."""


def spoken(sides: Mapping[str, Sides] | None = None) -> dict[str, MakeCodec]:
    """What makes a codec of each. `sides`: by protocol, SIDES where there are none.

    Raises ValueError where both sides are one party.
    """
    given = dict.fromkeys(PROTOCOLS, SIDES)
    given |= sides or {}
    for protocol, (one, other) in given.items():
        if one == other:
            raise ValueError(f"both sides of {protocol} are {one!r}: name two parties")
    return {
        "pcm": lambda upgrade: PcmCodec(),
        "twilio": lambda upgrade: TwilioCodec(*given["twilio"]),
        "audiohook": lambda upgrade: AudioHookCodec(upgrade, *given["audiohook"]),
        "jambonz": lambda upgrade: JambonzCodec(upgrade, *given["jambonz"]),
        "vonage": lambda upgrade: VonageCodec(upgrade, given["vonage"][0]),
        "asterisk": lambda upgrade: AsteriskCodec(upgrade, given["asterisk"][0]),
    }
