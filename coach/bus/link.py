"""The link to Redis: its addresses within Redis, its bounds, and whether it is there.

What lies in Redis, all of it with a short life, since it is what people said:
- A stream a topic. An entry has `from`, the process that wrote it, and either `body`, an event
  in the topic's view, or `behind`, a call of which events could not be written.
- Two hashes a call, one a view: its newest ephemeral events by party and type.
- A stream a process, to wake its reader when it is to read more topics than before.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import urlsplit

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from coach.bus.topics import Topic
from stream.audio import CallId

PREFIX = "coach:1:"
"""Of every key; the number is that of this layout, so that two versions never misread one."""
STREAM_SECONDS = 60
"""Life of a stream after its last entry: a reader that was away for longer reads the store."""
NEWEST_SECONDS = 60
"""Life of what is newest: longer than any utterance (28 s), or a second of pacing."""
STREAM_ENTRIES = 1_000
"""About so many entries a stream keeps: what a reader may hold (HELD). Who is further behind
reads the store again."""

ANSWER_SECONDS = 2.0
"""Beyond it Redis counts as gone: on a healthy one commands take a millisecond."""
BLOCK_SECONDS = 2.0
"""How long one reading waits for entries; then it asks again, and so knows that Redis lives."""
BACK_FIRST_SECONDS = 0.1
"""Pause after the first failure; it doubles with each that follows."""
BACK_MOST_SECONDS = 1.0
"""Longest pause: pages should recover within a second or two of Redis."""
CONNECTIONS = 8
"""Of commands; pages that open at once take turns, a millisecond each."""

FAILURES = (RedisError, OSError)
"""How redis-py says that Redis cannot be reached or refuses."""

T = TypeVar("T")

log = structlog.get_logger(__name__)


class BusError(Exception):
    """The bus cannot be reached at the start; the message says why and the mend."""


def stream(topic: Topic) -> str:
    """Key of a topic's stream."""
    view = _view(topic.entitled)
    if topic.people:
        return f"{PREFIX}people:{view}"
    if topic.call is not None:
        return f"{PREFIX}call:{view}:{topic.call}"
    return f"{PREFIX}board:{view}" if topic.team is None else f"{PREFIX}team:{view}:{topic.team}"


def newest(call: CallId, *, entitled: bool) -> str:
    """Key of the hash of a call's newest ephemeral events."""
    return f"{PREFIX}newest:{_view(entitled)}:{call}"


def wake(process: str) -> str:
    """Key of the stream that wakes a process's reader."""
    return f"{PREFIX}wake:{process}"


def _view(entitled: bool) -> str:
    return "whole" if entitled else "redacted"


def connect(url: str, *, connections: int) -> Redis:
    """A client that tries nothing twice: who uses it knows better what a second attempt is
    worth. Raises BusError for what is no URL.

    It waits for ever: give each use its time with `answer`. redis-py's own way to do so loses
    a cancellation now and then, and with it a reader who left.
    """
    try:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=connections,
            timeout=ANSWER_SECONDS,
            socket_timeout=None,
            socket_connect_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
    except ValueError as fault:
        raise BusError(f"{named(url)} is no address of Redis ({fault}): mend COACH_BUS_URL") from (
            None
        )
    return Redis.from_pool(pool)


async def answer(waiting: Awaitable[T], seconds: float = ANSWER_SECONDS) -> T:
    """What Redis answers. Raises FAILURES, one of them where it takes longer than `seconds`."""
    async with asyncio.timeout(seconds):
        return await waiting


def named(url: str) -> str:
    """The URL as it may be logged: without user and password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


class Link:
    """Whether Redis is there, as those who use it find; logged when that changes."""

    def __init__(self, name: str, *, now: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._now = now
        self._failing: set[str] = set()
        self._since = 0.0

    @property
    def up(self) -> bool:
        return not self._failing

    def lost(self, who: str, error: BaseException) -> None:
        """`who`'s last use of it failed."""
        if not self._failing:
            self._since = self._now()
            fault = f"{type(error).__name__}: {error}"
            log.warning("bus.away", redis=self._name, error=fault)
        self._failing.add(who)

    def found(self, who: str) -> None:
        """`who`'s last use of it succeeded."""
        if who in self._failing:
            self._failing.discard(who)
            if not self._failing:
                log.info("bus.back", redis=self._name, seconds=round(self._now() - self._since, 1))
