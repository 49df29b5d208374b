"""Asterisk's AudioSocket as its dialplan speaks it: a UUID, then slin at 8 kHz, framed; the close
ends it.

A connection is one party, and nothing in it says whose: the server's setting does. So a call has
one party here, and its id is a UUID.
"""

from __future__ import annotations

import uuid

from coach.client.senders import Block, Message
from coach.client.senders.encoders import interleaved
from stream.audio import Context
from stream.protocols.audiosocket import HEADER

AUDIOSOCKET_RATE = 8000
UUID, AUDIO = 0x01, 0x10
"""Types of messages; this one of audio says AUDIOSOCKET_RATE."""


def framed(kind: int, payload: bytes = b"") -> bytes:
    """A message of that type."""
    return HEADER.pack(kind, len(payload)) + payload


class AudioSocketSender:
    """A call's connection."""

    address = None
    answers = False

    def __init__(
        self, call: str, parties: tuple[str, ...], *, context: Context | None = None
    ) -> None:
        if len(parties) != 1:
            raise ValueError(
                f"{len(parties)} parties, and audiosocket carries one, whom the server's setting "
                "asterisk.party names: play one, or use the protocol asterisk"
            )
        if context:
            raise ValueError(
                "audiosocket has no place for a context, nor its port for the API: PUT it to "
                f"/v1/calls/{call}/context of the server, before the call or during it"
            )
        self.parties: tuple[str, ...] = parties
        self._call = _identity(call)

    def hello(self) -> list[Message]:
        return [framed(UUID, self._call.bytes)]

    def audio(self, block: Block) -> list[Message]:
        return [framed(AUDIO, interleaved(block, "s16le"))]

    def stop(self) -> list[Message]:
        """Nothing: there is a word for hanging up, but Asterisk only closes."""
        return []

    def hear(self, text: str) -> None:
        """A server has nothing to say on this protocol but audio, which ours does not send."""


def _identity(call: str) -> uuid.UUID:
    """Raises ValueError for an id that the server would not read as the same."""
    try:
        found = uuid.UUID(call)
    except ValueError:
        found = None
    if found is None or str(found) != call:
        raise ValueError(
            f"{call!r} is no call id of audiosocket: give a UUID in small letters, such as "
            f"{uuid.uuid4()}"
        )
    return found
