"""What a process says to the others: written to Redis in order, by one task.

Rules:
- Putting in never waits. While Redis is gone, or where the outbox is full, what is put in is
  lost here; of durable events it is remembered which calls lost some.
- Once Redis is back, those calls' readers elsewhere are told that they are behind, before
  anything newer is written: the store has what they lack.
- A batch that failed half way may have been written: it counts as lost. Readers can take an
  event twice.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog
from redis.asyncio import Redis

from coach.bus.link import (
    BACK_FIRST_SECONDS,
    BACK_MOST_SECONDS,
    FAILURES,
    NEWEST_SECONDS,
    STREAM_ENTRIES,
    STREAM_SECONDS,
    Link,
    answer,
    newest,
    stream,
)
from coach.bus.newest import Change
from coach.bus.topics import PEOPLE, topics
from coach.events import EPHEMERAL, Event
from stream.audio import CallId

OUTBOX_EVENTS = 5_000
"""Events that may wait for Redis: seconds of a hundred calls, some 20 MB."""
LOST_CALLS = 10_000
"""Calls remembered as having lost events, far above what is live in one outage. Readers of one
forgotten learn of their loss with the call's next event."""
BATCH_EVENTS = 20
"""Events of one trip to Redis: to write them as JSON holds the loop for about a millisecond."""
CLOSE_SECONDS = 2.0
"""How long `close` waits for what is still to be written."""

Observe = Callable[[str, float], None]
"""Told what happens, for metrics: ("unpublished", how many)."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Parcel:
    event: Event
    team: str | None
    change: Change | None


class Outbox:
    """The writer of one process, whose name is `me`. Start it with `start`."""

    def __init__(self, client: Redis, me: str, link: Link, *, observe: Observe) -> None:
        self._client = client
        self._me = me
        self._link = link
        self._observe = observe
        self._queue: deque[_Parcel] = deque()
        self._lost: OrderedDict[CallId, str | None] = OrderedDict()
        """Calls that lost durable events, with their teams."""
        self._away = False
        self._wake = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._task: asyncio.Task[None] | None = None

    @property
    def backlog(self) -> int:
        """Events that wait to be written."""
        return len(self._queue)

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name="bus outbox")

    def put(self, event: Event, team: str | None, change: Change | None) -> None:
        """Have the event written, and what it changed of what is newest."""
        parcel = _Parcel(event, team, change)
        if self._away or len(self._queue) >= OUTBOX_EVENTS:
            self._lose([parcel])
            return
        self._queue.append(parcel)
        self._idle.clear()
        self._wake.set()

    async def flush(self) -> None:
        """Wait until all put in so far is written or lost."""
        await self._idle.wait()

    async def close(self) -> None:
        """Write what waits, for a while, then stop."""
        if self._task is None:
            return
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._idle.wait()
        except TimeoutError:
            self._lose(self._taken(len(self._queue)))
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    # -- the one who writes ------------------------------------------------------------------

    async def _run(self) -> None:
        while True:
            if not self._queue:
                self._idle.set()
                self._wake.clear()
                await self._wake.wait()
            batch = self._taken(BATCH_EVENTS)
            try:
                await self._write(batch)
                await self._confess()
            except Exception as error:
                if not isinstance(error, FAILURES):
                    log.exception("bus.writer_broke")  # ours to mend; the writer goes on
                self._link.lost("writer", error)
                self._away = True
                self._lose(batch + self._taken(len(self._queue)))
                self._idle.set()
                await self._return()

    async def _return(self) -> None:
        """Wait for Redis to be back, and tell of what was lost."""
        pause = BACK_FIRST_SECONDS
        while self._away:
            await asyncio.sleep(pause)
            pause = min(2 * pause, BACK_MOST_SECONDS)
            try:
                await answer(self._client.ping())
                await self._confess()
            except FAILURES as error:
                self._link.lost("writer", error)
            else:
                self._away = False
        self._link.found("writer")

    def _taken(self, most: int) -> list[_Parcel]:
        return [self._queue.popleft() for _ in range(min(most, len(self._queue)))]

    def _lose(self, parcels: list[_Parcel]) -> None:
        self._observe("unpublished", len(parcels))
        for parcel in parcels:
            if parcel.event.type not in EPHEMERAL:
                self._lost[parcel.event.call] = parcel.team
                self._lost.move_to_end(parcel.event.call)
        while len(self._lost) > LOST_CALLS:
            self._lost.popitem(last=False)

    async def _write(self, batch: list[_Parcel]) -> None:
        pipe = self._client.pipeline(transaction=False)
        touched: dict[str, int] = {}
        for parcel in batch:
            event = parcel.event
            for entitled in (True, False):
                body = json.dumps(event.view(entitled=entitled), separators=(",", ":"))
                for topic in topics(event.call, event.type, parcel.team, entitled=entitled):
                    self._add(pipe, stream(topic), {"body": body}, touched)
                if parcel.change is not None:
                    key = newest(event.call, entitled=entitled)
                    _renew(pipe, key, parcel.change, body, touched)
        await _execute(pipe, touched)

    async def _confess(self) -> None:
        """Tell readers elsewhere which calls lost events."""
        while self._lost:
            some = list(self._lost.items())[:BATCH_EVENTS]
            pipe = self._client.pipeline(transaction=False)
            touched: dict[str, int] = {}
            for call, team in some:
                pipe.delete(newest(call, entitled=True), newest(call, entitled=False))
                for entitled in (True, False):
                    for topic in topics(call, "", team, entitled=entitled):
                        self._add(pipe, stream(topic), {"behind": call}, touched)
                self._add(pipe, stream(PEOPLE), {"behind": call}, touched)
            for call, _ in some:
                del self._lost[call]  # what it loses from here on is confessed again
            try:
                await _execute(pipe, touched)
            except FAILURES:
                self._lost.update((call, team) for call, team in some if call not in self._lost)
                raise

    def _add(self, pipe: Any, key: str, fields: dict[str, str], touched: dict[str, int]) -> None:
        pipe.xadd(key, {"from": self._me, **fields}, maxlen=STREAM_ENTRIES, approximate=True)
        touched[key] = STREAM_SECONDS


def _renew(pipe: Any, key: str, change: Change, body: str, touched: dict[str, int]) -> None:
    """Bring a call's hash of newest events to what changed."""
    if change.slot is None:
        pipe.delete(key)
        return
    field = json.dumps(change.slot)
    if change.kept:
        pipe.hset(key, field, body)
        touched[key] = NEWEST_SECONDS
    else:
        pipe.hdel(key, field)


async def _execute(pipe: Any, touched: dict[str, int]) -> None:
    for key, seconds in touched.items():
        pipe.expire(key, seconds)
    async with pipe:
        await answer(pipe.execute())
