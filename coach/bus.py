"""The bus: from the journal to whoever reads, by call and for the board of all calls.

What holds for every bus (tests/coach/bus_contract.py is the same in code):
- Entitled and redacted readers have topics of their own: verbatim text is never handed, or
  sent, to where a redacted reader listens.
- A reader gets durable events of a call in the order of their publication. It may get one
  twice, after a fault of the bus, and may miss some, which a `Behind` or a jump in `n` says;
  the store holds them, since they are stored before they are published. `coach.follow` does
  the reading again.
- Publishing never waits for a reader.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from coach.events import EPHEMERAL, Event
from coach.subscription import HELD, Behind, Body, Subscription, supersedes
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


@dataclass(frozen=True, slots=True)
class _Topic:
    call: CallId | None
    team: str | None
    entitled: bool


@dataclass(slots=True)
class _Newest:
    """A call's newest ephemeral events, by (party, type)."""

    events: dict[tuple[str, str], Event] = field(default_factory=dict)

    def take(self, event: Event) -> None:
        party = str(event.data.get("party", ""))
        if event.type in EPHEMERAL:
            self.events[party, event.type] = event
        elif event.type == "transcript.final":
            partial = self.events.get((party, "transcript.partial"))
            if partial is not None and supersedes(event.data, partial.data):
                del self.events[party, "transcript.partial"]


class MemoryBus:
    """The bus of a single process: hands each event over at once, and keeps nothing else."""

    def __init__(self) -> None:
        self._readers: dict[_Topic, list[Subscription]] = {}
        self._newest: dict[CallId, _Newest] = {}
        self._closed = False

    async def publish(self, event: Event, *, team: str | None = None) -> None:
        if self._closed:
            raise RuntimeError("the bus is closed: nothing can be published any more")
        self._keep(event)
        for entitled in (True, False):
            topics = [_Topic(event.call, None, entitled), _Topic(None, None, entitled)]
            if team is not None:
                topics.append(_Topic(None, team, entitled))
            readers = [reader for topic in topics for reader in self._readers.get(topic, ())]
            if readers:
                body = event.view(entitled=entitled)
                for reader in readers:
                    reader.offer(body)

    def subscribe(
        self, call: CallId | None, *, entitled: bool, size: int = HELD, team: str | None = None
    ) -> Subscription:
        topic = _Topic(call, team if call is None else None, entitled)

        async def opened(reader: Subscription) -> None:
            if self._closed:
                raise RuntimeError("the bus is closed: nothing will be published any more")
            self._readers.setdefault(topic, []).append(reader)

        async def closed(reader: Subscription) -> None:
            readers = self._readers.get(topic, [])
            if reader in readers:
                readers.remove(reader)
            if not readers:
                self._readers.pop(topic, None)

        return Subscription(size, opened=opened, closed=closed)

    async def latest(self, call: CallId, *, entitled: bool) -> list[Body]:
        newest = self._newest.get(call, _Newest())
        return [event.view(entitled=entitled) for event in newest.events.values()]

    async def close(self) -> None:
        self._closed = True
        for readers in self._readers.values():
            for reader in readers:
                reader.end()
        self._readers.clear()
        self._newest.clear()

    def _keep(self, event: Event) -> None:
        if event.type == "call.ended":
            self._newest.pop(event.call, None)
        elif event.type in EPHEMERAL or event.call in self._newest:
            self._newest.setdefault(event.call, _Newest()).take(event)
