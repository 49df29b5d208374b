"""The bus of a single process: hands each event over at once, and keeps nothing else."""

from __future__ import annotations

from coach.bus.newest import Newest
from coach.bus.topics import Readers, Topic
from coach.events import Event
from coach.subscription import HELD, Body, Subscription
from stream.audio import CallId


class MemoryBus:
    """The embedded bus; see `coach.bus.Bus`."""

    def __init__(self) -> None:
        self._readers = Readers()
        self._newest = Newest()
        self._closed = False

    async def publish(self, event: Event, *, team: str | None = None) -> None:
        if self._closed:
            raise RuntimeError("the bus is closed: nothing can be published any more")
        self._newest.take(event)
        self._readers.offer(event, team)

    def subscribe(
        self, call: CallId | None, *, entitled: bool, size: int = HELD, team: str | None = None
    ) -> Subscription:
        topic = Topic(call, team if call is None else None, entitled)

        async def opened(reader: Subscription) -> None:
            if self._closed:
                raise RuntimeError("the bus is closed: nothing will be published any more")
            self._readers.add(topic, reader)

        async def closed(reader: Subscription) -> None:
            self._readers.remove(topic, reader)

        return Subscription(size, opened=opened, closed=closed)

    async def latest(self, call: CallId, *, entitled: bool) -> list[Body]:
        return [event.view(entitled=entitled) for event in self._newest.of(call) or ()]

    async def close(self) -> None:
        self._closed = True
        self._readers.end()
        self._newest.clear()
