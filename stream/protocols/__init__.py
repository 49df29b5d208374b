"""Pure codecs: a protocol's message in, events out, replies collected.

No sockets, no clock, no asyncio: the same codec runs in the server, in replay and in tests.
A further protocol is one file here and its recorded messages in tests/wire.

What a codec has to say at once is a Reply among its events; what hangs on how the call goes, it
says when it is told the news.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from stream.audio import PartyId
from stream.errors import MediaError
from stream.events import StreamEvent
from stream.upgrade import Upgrade


@dataclass(frozen=True, slots=True)
class Ready:
    """The call was taken."""


@dataclass(frozen=True, slots=True)
class Ack:
    """Audio of `party` up to media second `at` is kept."""

    party: PartyId
    at: float


@dataclass(frozen=True, slots=True)
class Ended:
    """The sender's parties are done, and every event of the call is out."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The connection ends with this fault."""

    fault: MediaError


class SpokenWord(NamedTuple):
    """A word `w` with its seconds on the sender's clock, and how sure its hearing was, 0 to 1."""

    w: str
    start: float
    end: float
    p: float


@dataclass(frozen=True, slots=True)
class Transcript:
    """A closed utterance of a party of the connection, as anyone may read it: what is withheld is
    masked. Seconds are of the sender's clock; `number` counts from 1 within a party."""

    party: PartyId
    number: int
    text: str
    start: float
    end: float
    words: tuple[SpokenWord, ...]


News = Ready | Ack | Transcript | Ended | Failed


@dataclass(frozen=True, slots=True)
class Manners:
    """How a protocol begins and ends a connection.

    `subprotocol`: the one of those offered that is spoken, None where it has none; `client_closes`:
    the connection is the sender's to close, once it was told the last news; `close_ends`: a sender
    that closes in the ordinary way has hung up, since the protocol has no other word for it;
    `pings`: the sender says something all the while, when it has paused too; `transcribed`: it
    wants to be told what was said.
    """

    subprotocol: str | None = None
    client_closes: bool = False
    close_ends: bool = False
    pings: bool = False
    transcribed: bool = False


class Codec(Protocol):
    """One connection's protocol state."""

    @property
    def manners(self) -> Manners:
        """How the protocol begins and ends a connection."""
        ...

    def receive(self, message: str | bytes) -> list[StreamEvent]:
        """Events of one message. Raises MediaError for a fault that ends the connection."""
        ...

    def tell(self, news: News) -> list[str]:
        """The news in the protocol's own words; [] where it has none for them."""
        ...


MakeCodec = Callable[[Upgrade], Codec]
"""A codec for a new connection. Raises MediaError where it cannot be spoken as it was asked for:
then the upgrade is refused."""
