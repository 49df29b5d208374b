"""Where a media socket hands its call on: what the shells ask of whoever hears the calls.

A `Leg` is one socket's place in a call. Exactly one thing ends it: `stop` (its parties are
done, or the sender broke the protocol), `lost` (the socket vanished, and may come back), or
`replaced` (another socket took the place; then neither of the two is called).
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Callable
from typing import Protocol

from stream.audio import CallId, PartyId
from stream.events import CallStarted, ContextChanged, Dtmf, Media, Paused, Resumed
from stream.protocols import Transcript
from stream.upgrade import Upgrade

LegEvent = Media | Paused | Resumed | ContextChanged | Dtmf
"""What goes through a leg; the start makes it and the end is `stop`."""


class Leg(Protocol):
    """One socket's place in a call; made by an Intake."""

    @property
    def call(self) -> CallId: ...

    @property
    def parties(self) -> tuple[PartyId, ...]: ...

    @property
    def replaced(self) -> asyncio.Event:
        """Set when another socket took over: this one closes with party_taken."""

    @property
    def ended(self) -> asyncio.Event:
        """Set once every event of the call is out."""

    async def take(self, event: LegEvent) -> None:
        """Hear this. Waits while too much is not yet heard; may raise MediaError.

        A wait is cancelled when the leg is replaced: then the event was not taken.
        """

    @property
    def origin(self) -> float:
        """Media second of the call at which the sender's own clock is 0."""

    def kept(self) -> dict[PartyId, float]:
        """Media seconds kept of each party, for acknowledgements."""

    async def stop(self, reason: str) -> None:
        """The leg's parties are done; returns before `ended`."""

    def lost(self, patience: float = math.inf) -> None:
        """The socket vanished without a stop: it may come back for a while, and for no longer than
        `patience` seconds."""


class Intake(Protocol):
    """Takes calls."""

    async def join(self, started: CallStarted) -> Leg:
        """A place for this socket, in a new call or one that goes on. May raise MediaError."""


Transcribe = Callable[[Leg], AsyncGenerator[Transcript]]
"""What the leg's parties say from now on, utterance by utterance; ends with the call."""
Admit = Callable[[CallStarted, Upgrade], None]
"""Returns where the sender may send that call; else raises Unauthorised or NotAllowed."""
