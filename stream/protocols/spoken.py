"""The protocols that are spoken, by the last step of their address."""

from __future__ import annotations

from collections.abc import Mapping

from stream.protocols import MakeCodec
from stream.protocols.pcm import PcmCodec
from stream.protocols.twilio import TwilioCodec

Sides = tuple[str, str]
"""Parties of the two tracks or channels of a telephone system's stream: the caller's and the
other one."""
SIDES: Sides = ("customer", "agent")


def spoken(sides: Mapping[str, Sides] | None = None) -> dict[str, MakeCodec]:
    """What makes a codec of each. `sides`: by protocol, SIDES where there are none.

    Raises ValueError where both sides are one party.
    """
    given = sides or {}
    for protocol, (one, other) in given.items():
        if one == other:
            raise ValueError(f"both sides of {protocol} are {one!r}: name two parties")
    return {
        "pcm": lambda upgrade: PcmCodec(),
        "twilio": lambda upgrade: TwilioCodec(*given.get("twilio", SIDES)),
    }
