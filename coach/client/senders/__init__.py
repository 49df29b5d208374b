"""What a sender of audio says, per protocol: the mirror image of the codecs in stream/.

Pure, like them: samples in, messages out, and what the server says read back; replay.py owns the
socket and the clock. Each sender feeds one socket; `parties` are the channels it carries, in the
order of its samples.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt

from stream.protocols import Ack, Ended, Ready

Message = str | bytes
Block = npt.NDArray[np.float32]
"""(channels, samples), -1..1, at the sender's rate."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The server ends the connection; `code` is one of the API's."""

    code: str
    message: str


Said = Ready | Ack | Ended | Refused
"""What a server tells its sender."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a socket is opened, and what goes with its upgrade."""

    path: str
    subprotocols: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def known(parties: tuple[str, ...], places: tuple[str, ...], protocol: str) -> None:
    """Raises ValueError for a party that a protocol has no place for."""
    if unknown := [party for party in parties if party not in places]:
        raise ValueError(
            f"{protocol} has places for {' and '.join(places)} only, not for "
            f"{', '.join(unknown)}: use the protocol pcm"
        )


def ordered(parties: tuple[str, ...], places: tuple[str, ...], protocol: str) -> tuple[str, ...]:
    """The parties in the order of a protocol's channels. Raises ValueError as `known` does."""
    known(parties, places, protocol)
    return tuple(party for party in places if party in parties)


class Sender(Protocol):
    """One socket's messages. `answers`: whether the server says ready and ended on it."""

    answers: bool
    parties: tuple[str, ...]

    @property
    def address(self) -> Address | None:
        """Where its websocket is opened; None where it speaks over plain TCP, to a port that is
        the protocol's own."""
        ...

    def hello(self) -> list[Message]:
        """What opens the stream."""
        ...

    def audio(self, block: Block) -> list[Message]:
        """The next samples of every party of this socket."""
        ...

    def stop(self) -> list[Message]:
        """What says that these parties are done; [] where closing the socket says it."""
        ...

    def hear(self, text: str) -> Said | None:
        """What the server says; None for what does not matter here. Raises ValueError, KeyError
        or TypeError for what is no message of the protocol."""
        ...
