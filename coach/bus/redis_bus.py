"""The bus of several processes, over Redis Streams.

Readers in the process that publishes have an event at once, Redis or no Redis; it goes to the
other processes through an outbox and comes there through an inbox. Publishing waits neither
for readers nor for Redis. While Redis is gone, readers elsewhere hear nothing; once it is back
they are told of each call that they are behind, and read the store.
"""

from __future__ import annotations

import json
from typing import Any, Self
from uuid import uuid4

from redis.asyncio import Redis

from coach.bus.inbox import Current, Inbox
from coach.bus.link import (
    CONNECTIONS,
    FAILURES,
    BusError,
    Link,
    answer,
    connect,
    named,
    newest,
)
from coach.bus.newest import Newest
from coach.bus.outbox import Observe, Outbox
from coach.bus.topics import PEOPLE, Readers, Topic
from coach.events import Event
from coach.subscription import HELD, Body, Subscription
from stream.audio import CallId

__all__ = ["BusError", "RedisBus"]


class RedisBus:
    """See `coach.bus.Bus`. Make it with `RedisBus.open`.

    `current` names the calls that a board's readers are told to be behind of after an outage.
    `observe` is told of events that did not get out, for metrics.
    """

    def __init__(
        self, url: str, current: Current, *, observe: Observe = lambda what, count: None
    ) -> None:
        me = uuid4().hex
        self._asking = connect(url, connections=CONNECTIONS)
        self._reading = connect(url, connections=1)
        self._link = Link(named(url))
        self._readers = Readers()
        self._newest = Newest()
        self._outbox = Outbox(self._asking, me, self._link, observe=observe)
        self._inbox = Inbox(self._reading, self._asking, me, self._readers, self._link, current)
        self._closed = False

    @classmethod
    async def open(
        cls, url: str, current: Current, *, observe: Observe = lambda what, count: None
    ) -> Self:
        """A bus on the Redis at `url`. Raises BusError where it does not answer now: later it
        may come and go, but at a start this is most often a wrong address."""
        bus = cls(url, current, observe=observe)
        try:
            await answer(_ping(bus._asking))
        except FAILURES as fault:
            await bus._disconnect()
            raise BusError(
                f"Redis at {named(url)} does not answer ({fault}): start it, mend COACH_BUS_URL, "
                "or leave that empty where one process is enough"
            ) from None
        bus._outbox.start()
        bus._inbox.start()
        return bus

    @property
    def up(self) -> bool:
        """Whether Redis is there, as far as is known: an outage shows within seconds."""
        return self._link.up

    @property
    def backlog(self) -> int:
        """Events on their way out."""
        return self._outbox.backlog

    async def publish(self, event: Event, *, team: str | None = None) -> None:
        self._check_open()
        change = self._newest.take(event)
        self._readers.offer(event, team)
        self._outbox.put(event, team, change)

    def subscribe(
        self, call: CallId | None, *, entitled: bool, size: int = HELD, team: str | None = None
    ) -> Subscription:
        return self._subscription(Topic(call, team if call is None else None, entitled), size)

    def people(self) -> Subscription:
        """What people did, in whichever process, that a call must learn of (FOR_CALLS)."""
        return self._subscription(PEOPLE, HELD)

    async def latest(self, call: CallId, *, entitled: bool) -> list[Body]:
        """See `Bus`. Of a call of another process [] while Redis is gone."""
        own = self._newest.of(call)
        if own is not None:
            return [event.view(entitled=entitled) for event in own]
        if not self._link.up:
            return []
        try:
            found = await answer(_values(self._asking, newest(call, entitled=entitled)))
        except FAILURES:
            return []
        return [json.loads(body) for body in found]

    async def flush(self) -> None:
        """Wait until what was published so far is in Redis, or lost to an outage."""
        await self._outbox.flush()

    async def close(self) -> None:
        """End every subscription, after writing for a moment what is still to be written."""
        self._closed = True
        await self._inbox.close()
        self._readers.end()
        await self._outbox.close()
        self._newest.clear()
        await self._disconnect()

    def _check_open(self) -> None:
        if self._closed:
            raise RuntimeError("the bus is closed: nothing can be published any more")

    def _subscription(self, topic: Topic, size: int) -> Subscription:
        def forget(reader: Subscription) -> None:
            self._readers.remove(topic, reader)
            self._inbox.remove(topic, reader)

        async def opened(reader: Subscription) -> None:
            self._check_open()
            self._readers.add(topic, reader)
            try:
                await self._inbox.add(topic, reader)
            except BaseException:
                forget(reader)
                raise

        async def closed(reader: Subscription) -> None:
            forget(reader)

        return Subscription(size, opened=opened, closed=closed)

    async def _disconnect(self) -> None:
        await self._asking.aclose()
        await self._reading.aclose()


async def _ping(client: Redis) -> None:
    found: Any = client.ping()
    await found


async def _values(client: Redis, key: str) -> list[Any]:
    found: Any = client.hvals(key)  # redis-py's type allows for a client that does not wait
    values: list[Any] = await found
    return values
