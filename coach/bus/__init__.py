"""The bus: from the journal to whoever reads, by call and for the board of all calls.

What holds for every bus (tests/coach/bus_contract.py is the same in code):
- Entitled and redacted readers have topics of their own: verbatim text is never handed, or
  sent, to where a redacted reader listens.
- A reader gets durable events of a call in the order of their publication. It may get one
  twice, after a fault of the bus, and may miss some, which a `Behind` or a jump in `n` says;
  the store holds them, since they are stored before they are published. `coach.follow` does
  the reading again.
- Publishing never waits for a reader.

`MemoryBus` serves one process; `coach.bus.redis_bus` serves several.
"""

from __future__ import annotations

from typing import Protocol

from coach.bus.memory import MemoryBus
from coach.events import Event
from coach.subscription import HELD, Behind, Body, Subscription
from stream.audio import CallId

__all__ = ["HELD", "Behind", "Body", "Bus", "MemoryBus", "Subscription"]


class Bus(Protocol):
    """Where events are published and subscribed to."""

    async def publish(self, event: Event, *, team: str | None = None) -> None:
        """Hand the event to the readers of its call, the board of all, the board of `team`."""

    def subscribe(
        self, call: CallId | None, *, entitled: bool, size: int = HELD, team: str | None = None
    ) -> Subscription:
        """Events published from when the subscription is entered; `size` as in Subscription.

        `call` None is the board: every call, or where `team` is given that team's. With a
        call, `team` means nothing.
        """

    async def latest(self, call: CallId, *, entitled: bool) -> list[Body]:
        """The call's newest ephemeral event of each (party, type) that still holds.

        A partial holds until the final of its utterance or a later one of its party is
        published, and every ephemeral one until `call.ended` is.
        """

    async def close(self) -> None:
        """End every subscription."""
