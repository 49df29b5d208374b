"""What the other processes say: read from Redis by one task, for all readers of this process.

How nothing falls between. A topic has a position, the id of the last entry dealt out; each of
its readers has a mark, the id of the last entry before it came or that it was offered.
- A reader that comes takes the stream's last id as its mark. Where the position is already
  further, it goes back to there; the other readers' marks keep them from hearing twice.
- A reading whose topic's position was moved meanwhile is dropped: it will be read again.
- After an outage, or a standstill in which a stream may have lost its oldest entries, every
  position goes to its stream's end, and every reader is told that it is behind. The store has
  what was published before that.
Entries of this process itself are passed over: its readers had them at once.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from redis.asyncio import Redis

from coach.bus.link import (
    ANSWER_SECONDS,
    BACK_FIRST_SECONDS,
    BACK_MOST_SECONDS,
    BLOCK_SECONDS,
    FAILURES,
    STREAM_SECONDS,
    Link,
    answer,
    stream,
    wake,
)
from coach.bus.topics import Readers, Topic
from coach.subscription import Subscription
from stream.audio import CallId

READ_ENTRIES = 100
"""Of each topic at a time. Less than a stream keeps (STREAM_ENTRIES): so a topic that lost
entries before they were read always fills a reading, and only then is that looked for."""
DEALT_AT_ONCE = 20
"""Entries; to read their JSON holds the loop for about a millisecond."""
STANDSTILL_SECONDS = STREAM_SECONDS / 2
"""Between two readings; beyond it streams may have come to the end of their life unread."""

Id = tuple[int, int]
"""Of a stream's entry: milliseconds, and a count within them. Ids only grow."""
START: Id = (0, 0)

Current = Callable[[str | None, float], Awaitable[list[CallId]]]
"""Calls of a team (None: of all) that are live or were within the last so many seconds."""

log = structlog.get_logger(__name__)


class Inbox:
    """The reader of one process, whose name is `me`, for `readers`. Start it with `start`.

    `client` reads, and needs a connection for that alone; `asking` asks.
    """

    def __init__(
        self,
        client: Redis,
        asking: Redis,
        me: str,
        readers: Readers,
        link: Link,
        current: Current,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._asking = asking
        self._me = me.encode()
        self._wake = wake(me)
        self._woken: Id = START
        self._readers = readers
        self._link = link
        self._current = current
        self._now = now
        self._position: dict[Topic, Id] = {}
        self._marks: dict[Subscription, Id] = {}
        self._behind = False
        """Something was, or may have been, missed: all are to be told."""
        self._read_at = now()
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._run(), name="bus inbox")

    async def add(self, topic: Topic, reader: Subscription) -> None:
        """Deal out to the reader what comes from now on. While Redis is gone: once it is back,
        after telling the reader that it is behind."""
        if not self._link.up:
            self._behind = True
            return
        try:
            last = await self._last(topic)
            self._marks[reader] = last
            held = self._position.get(topic)
            if held is None or last < held:
                self._position[topic] = last
                await self._rouse()
        except FAILURES:
            self._behind = True

    def remove(self, topic: Topic, reader: Subscription) -> None:
        """The opposite of `add`, once the reader is out of the `readers`."""
        self._marks.pop(reader, None)
        if not self._readers.of(topic):
            self._position.pop(topic, None)

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    # -- the one who reads -------------------------------------------------------------------

    async def _run(self) -> None:
        pause = BACK_FIRST_SECONDS
        while True:
            try:
                if self._behind:
                    await self._start_over()
                    self._link.found("reader")
                await self._read()
                pause = BACK_FIRST_SECONDS
            except Exception as error:
                if not isinstance(error, FAILURES):
                    log.exception("bus.reader_broke")  # ours to mend; readers go on
                self._link.lost("reader", error)
                self._behind = True
                await asyncio.sleep(pause)
                pause = min(2 * pause, BACK_MOST_SECONDS)

    async def _read(self) -> None:
        issued = dict(self._position)
        topics = {stream(topic).encode(): topic for topic in issued}
        asked: dict[Any, Any] = {stream(topic): _text(at) for topic, at in issued.items()}
        asked[self._wake] = _text(self._woken)
        block = round(BLOCK_SECONDS * 1000)
        reading = self._client.xread(asked, count=READ_ENTRIES, block=block)
        reply = await answer(reading, BLOCK_SECONDS + ANSWER_SECONDS)
        before, self._read_at = self._read_at, self._now()
        if self._read_at - before > STANDSTILL_SECONDS:
            self._behind = True
        for key, entries in _replies(reply):
            topic = topics.get(key)
            if topic is None:
                self._woken = entries[-1][0]
                continue
            await self._deal(topic, issued[topic], entries)
            if len(entries) >= READ_ENTRIES:
                await self._look_for_loss(topic, entries[0][0])

    async def _deal(self, topic: Topic, at: Id, entries: list[tuple[Id, Any]]) -> None:
        for start in range(0, len(entries), DEALT_AT_ONCE):
            if self._position.get(topic) != at:
                return
            for entry, fields in entries[start : start + DEALT_AT_ONCE]:
                self._hand(topic, entry, fields)
                at = self._position[topic] = entry
            await asyncio.sleep(0)  # others' turn: this is work for the processor alone

    def _hand(self, topic: Topic, entry: Id, fields: Mapping[bytes, bytes]) -> None:
        waiting = [
            reader
            for reader in self._readers.of(topic)
            if reader in self._marks and self._marks[reader] < entry
        ]
        if not waiting or fields.get(b"from") == self._me:
            return
        behind = fields.get(b"behind")
        body = json.loads(fields[b"body"]) if behind is None else {}
        for reader in waiting:
            self._marks[reader] = entry
            if behind is not None:
                reader.miss(CallId(behind.decode()))
            else:
                reader.offer(body)

    async def _look_for_loss(self, topic: Topic, first: Id) -> None:
        """Whether the stream may have lost entries before `first`, the first that was read: not
        where it still holds an older one."""
        oldest = _entries(await answer(self._asking.xrange(stream(topic), count=1)))
        if not oldest or oldest[0][0] >= first:
            self._behind = True

    # -- starting over -----------------------------------------------------------------------

    async def _start_over(self) -> None:
        """Go to the end of every stream, and tell every reader that it is behind."""
        self._behind = False
        topics = self._readers.topics()
        lasts = [await self._last(topic) for topic in topics]
        for topic, last in zip(topics, lasts, strict=True):
            for reader in self._readers.of(topic):
                self._marks[reader] = last  # lower than before where Redis lost the stream
                self._position[topic] = last
        away = self._now() - self._read_at
        for topic in topics:
            calls = await self._followed(topic, away)
            for reader in self._readers.of(topic):
                for call in calls:
                    reader.miss(call)
        if not self._behind:
            self._read_at = self._now()

    async def _followed(self, topic: Topic, away: float) -> list[CallId]:
        if topic.call is not None:
            return [topic.call]
        try:
            return await self._current(topic.team, away)
        except Exception as error:
            # The store fails as well: asked again after the next reading.
            log.warning("bus.calls_unknown", error=type(error).__name__)
            self._behind = True
            return []

    async def _last(self, topic: Topic) -> Id:
        found = _entries(await answer(self._asking.xrevrange(stream(topic), count=1)))
        return found[0][0] if found else START

    async def _rouse(self) -> None:
        """Have the reading that waits return, to go on with the topics as they are now."""
        pipe = self._asking.pipeline(transaction=False)
        pipe.xadd(self._wake, {"wake": ""}, maxlen=1)
        pipe.expire(self._wake, STREAM_SECONDS)
        async with pipe:
            await answer(pipe.execute())


def _text(entry: Id) -> str:
    return f"{entry[0]}-{entry[1]}"


def _entries(found: Any) -> list[tuple[Id, Any]]:
    """A range of a stream as redis-py gives it, its ids as numbers."""
    return [(_id(entry), fields) for entry, fields in found or ()]


def _replies(reply: Any) -> list[tuple[bytes, list[tuple[Id, Any]]]]:
    """What a reading gave, by key; only keys that have entries."""
    return [(key, _entries(found)) for key, found in reply or () if found]


def _id(entry: bytes) -> Id:
    milliseconds, _, count = entry.decode().partition("-")
    return int(milliseconds), int(count)
