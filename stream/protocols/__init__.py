"""Pure codecs: a protocol's message in, events out, replies collected.

No sockets, no clock, no asyncio: the same codec runs in the server, in replay and in tests.
A further protocol is one file here and its recorded messages in tests/wire.
"""

from __future__ import annotations

from typing import Protocol

from stream.audio import PartyId
from stream.errors import MediaError
from stream.events import StreamEvent


class Codec(Protocol):
    """One connection's protocol state.

    `ready`, `ack`, `ended` and `error` say in the protocol's own words what the shell has to
    tell the sender; protocols that have no such word return [].
    """

    def receive(self, message: str | bytes) -> list[StreamEvent]:
        """Events of one message. Raises MediaError for a fault that ends the connection."""
        ...

    def ready(self) -> list[str]:
        """The call was taken."""
        ...

    def ack(self, party: PartyId, at: float) -> list[str]:
        """Audio of `party` up to media second `at` is kept."""
        ...

    def ended(self) -> list[str]:
        """Every event of the call is out."""
        ...

    def error(self, fault: MediaError) -> list[str]:
        """The connection ends with this fault."""
        ...
