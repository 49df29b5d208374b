"""The bus over a real redis-server: the contract within a process and across two, and outages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest
import redis as sync_redis
from hypothesis import given
from hypothesis import strategies as st

from coach.bus import HELD, Behind, Body, Bus, Subscription
from coach.bus import inbox as inboxes
from coach.bus import link as links
from coach.bus import outbox as outboxes
from coach.bus.link import Link, stream
from coach.bus.redis_bus import BusError, RedisBus
from coach.bus.topics import PEOPLE, Topic
from coach.events import Event
from stream.audio import CallId
from tests.coach.bus_contract import (
    CALL,
    HANG,
    MARK,
    OTHER,
    TS,
    BusContract,
    durable,
    following,
    partial,
    texts,
    up_to_mark,
)
from tests.services import RedisServer, redis_server


@pytest.fixture(scope="module")
def one_redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest.fixture
def server(one_redis: RedisServer) -> RedisServer:
    """A running redis-server that holds nothing."""
    with sync_redis.Redis(port=one_redis.port) as client:
        client.flushall()
    return one_redis


async def no_calls(_team: str | None, _seconds: float) -> list[CallId]:
    return []


@asynccontextmanager
async def opened(server: RedisServer, *calls: CallId) -> AsyncIterator[RedisBus]:
    """A bus whose boards follow these calls."""

    async def current(_team: str | None, _seconds: float) -> list[CallId]:
        return list(calls)

    bus = await RedisBus.open(server.url, current)
    yield bus
    await bus.close()


class TestWithinOneProcess(BusContract):
    @pytest.fixture
    async def bus(self, server: RedisServer) -> AsyncIterator[Bus]:
        async with opened(server) as bus:
            yield bus


class Across:
    """Two processes as one bus: published at one end, read at the other."""

    def __init__(self, here: RedisBus, there: RedisBus) -> None:
        self._here = here
        self._there = there

    async def publish(self, event: Event, *, team: str | None = None) -> None:
        await self._here.publish(event, team=team)
        await self._here.flush()

    def subscribe(
        self, call: CallId | None, *, entitled: bool, size: int = HELD, team: str | None = None
    ) -> Subscription:
        return self._there.subscribe(call, entitled=entitled, size=size, team=team)

    async def latest(self, call: CallId, *, entitled: bool) -> list[Body]:
        return await self._there.latest(call, entitled=entitled)

    async def close(self) -> None:
        await self._here.close()
        await self._there.close()


class TestAcrossProcesses(BusContract):
    @pytest.fixture
    async def bus(self, server: RedisServer) -> AsyncIterator[Bus]:
        async with opened(server) as here, opened(server) as there:
            yield Across(here, there)

    async def test_no_bytes_of_verbatim_where_redacted_readers_listen(
        self, server: RedisServer, bus: Bus
    ) -> None:
        shown, whole = {"text": "[name]", "party": "customer"}, {"text": "Ada Byron"}
        await bus.publish(Event(CALL, "note", 1.0, TS, shown, 1, "k", whole), team="north")
        await bus.publish(Event(CALL, "transcript.partial", 1.0, TS, shown, verbatim=whole))
        with sync_redis.Redis(port=server.port) as client:
            held = {key: client.dump(key) for key in client.keys("*redacted*")}
            lives = [client.ttl(key) for key in client.scan_iter()]
        assert len(held) == 4  # call, board, team, newest
        assert not [key for key, value in held.items() if b"Byron" in (value or b"")]
        assert all(isinstance(life, int) and 0 < life <= 60 for life in lives)


async def test_readers_of_one_topic_each_get_what_is_theirs(server: RedisServer) -> None:
    """One comes while the other's entries are being read."""
    async with (
        opened(server) as here,
        opened(server) as there,
        there.subscribe(CALL, entitled=True) as early,
    ):
        for n in range(1, 51):
            await here.publish(durable(n))
        await here.flush()
        async with there.subscribe(CALL, entitled=True) as late:
            for n in range(51, 60):
                await here.publish(durable(n))
            await here.publish(durable(60, kind=MARK))
            assert [body["n"] for body in bodies(await up_to_mark(late))] == [*range(51, 60)]
        assert [body["n"] for body in bodies(await up_to_mark(early))] == [*range(1, 60)]


async def test_readers_come_and_go_without_a_hole(server: RedisServer) -> None:
    """Whenever one comes, it gets each event from then on, once and in order."""
    last = 300

    async def read(bus: RedisBus, start: asyncio.Event) -> list[int]:
        await start.wait()
        async with bus.subscribe(CALL, entitled=True) as reader:
            return [body["n"] for body in bodies(await up_to_mark(reader))]

    async with opened(server) as here, opened(server) as there:
        starts = {n: asyncio.Event() for n in range(7, last, 11)}
        readers = [asyncio.create_task(read(there, start)) for start in starts.values()]
        for n in range(1, last + 1):
            await here.publish(durable(n))
            if n in starts:
                starts[n].set()
            if n % 3 == 0:
                await here.flush()
        while any(not reader.done() for reader in readers):
            await here.publish(durable(last + 1, kind=MARK))
            await asyncio.wait(readers, timeout=0.2)
        for place, reader in zip(starts, readers, strict=True):
            got = reader.result()
            assert got == [*range(last + 1 - len(got), last + 1)]
            assert len(got) <= last - place + 3, "none from before the trip it came in"


async def test_a_command_elsewhere_reaches_the_process_of_the_call(server: RedisServer) -> None:
    done = durable(4, kind="nudge.update", id="n1", state="done")
    async with opened(server) as here, opened(server) as there, here.people() as people:
        await there.publish(durable(3))
        await there.publish(done, team="north")
        assert await following(people) == done.view(entitled=False)


async def test_both_ends_publish_and_hear(server: RedisServer) -> None:
    async with (
        opened(server) as here,
        opened(server) as there,
        here.subscribe(CALL, entitled=True) as at_here,
        there.subscribe(None, entitled=True) as at_there,
    ):
        await here.publish(durable(1))
        assert await following(at_there) == await following(at_here)
        await there.publish(durable(2))
        assert (await following(at_here)) == (await following(at_there))
        await here.publish(durable(3, kind=MARK))
        assert await up_to_mark(at_here) == await up_to_mark(at_there) == [], "nothing came twice"


async def test_a_bus_that_is_not_there_stops_the_start() -> None:
    with pytest.raises(BusError, match=r"redis://127\.0\.0\.1:1/0 does not answer .*COACH_BUS_URL"):
        await RedisBus.open("redis://someone:secret@127.0.0.1:1/0", no_calls)
    with pytest.raises(BusError, match="no address of Redis"):
        await RedisBus.open("redis://127.0.0.1:port/0", no_calls)


async def test_a_closed_bus_says_so(server: RedisServer) -> None:
    bus = await RedisBus.open(server.url, no_calls)
    await bus.publish(durable(1))
    await bus.close()
    with pytest.raises(RuntimeError, match="closed"):
        await bus.publish(durable(2))
    with pytest.raises(RuntimeError, match="closed"):
        async with bus.subscribe(CALL, entitled=True):
            pass
    with sync_redis.Redis(port=server.port) as client:
        assert client.xlen(stream(Topic(CALL, None, True))) == 1, "what was said before got out"


# -- outages ----------------------------------------------------------------------------------


def bodies(items: list[Body | Behind]) -> list[Body]:
    return [item for item in items if not isinstance(item, Behind)]


async def until_behind(reader: Subscription, *calls: CallId) -> None:
    """Passes over what was held, until the reader was told to be behind of all these calls."""
    missing = set(calls)
    while missing:
        item = await following(reader)
        if isinstance(item, Behind):
            missing.discard(item.call)


async def hears_again(bus: RedisBus, reader: Subscription) -> None:
    """Until an event of CALL arrives. A `Behind` in its place is as good, but comes only once."""
    for n in range(10, 20):
        await bus.publish(durable(n))
        item: Body | Behind = {"n": 0}
        while not isinstance(item, Behind):
            item = await following(reader)
            if not isinstance(item, Behind) and item["n"] == n:
                return
    raise AssertionError("ten events passed the reader by")


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(HANG):
        while True:
            if condition():
                return
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("how", ["stopped", "frozen"])
async def test_an_outage(server: RedisServer, how: str) -> None:
    """The process of the call goes on; readers elsewhere are told, and then hear again."""
    async with (
        opened(server) as here,
        opened(server, CALL, OTHER) as there,
        here.subscribe(CALL, entitled=True) as own,
        there.subscribe(CALL, entitled=True) as reader,
        there.subscribe(None, entitled=False) as board,
        there.people() as people,
    ):
        server.stop() if how == "stopped" else server.freeze()
        await here.publish(partial("I feel"))
        await here.publish(durable(1))
        await here.publish(durable(1, OTHER), team="north")
        assert texts([await following(own), await following(own)]) == ["I feel", "event 1"]
        await until(lambda: not here.up and not there.up)
        async with asyncio.timeout(HANG):
            assert await there.latest(CALL, entitled=True) == []
            await here.publish(durable(2))
            async with there.subscribe(OTHER, entitled=True, team="north") as newcomer:
                server.start() if how == "stopped" else server.thaw()
                await until_behind(newcomer, OTHER)
        for who, calls in ((reader, [CALL]), (board, [CALL, OTHER]), (people, [CALL, OTHER])):
            await until_behind(who, *calls)
        await until(lambda: here.up and there.up)
        for who in (reader, board):
            await hears_again(here, who)


async def test_the_board_is_told_again_where_the_store_failed_too(server: RedisServer) -> None:
    answers = iter([OSError("the store is gone"), [CALL]])

    async def current(_team: str | None, _seconds: float) -> list[CallId]:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer  # type: ignore[return-value]

    bus = await RedisBus.open(server.url, current)
    async with bus.subscribe(None, entitled=True) as board:
        server.stop()
        await until(lambda: not bus.up)
        server.start()
        await until_behind(board, CALL)
    await bus.close()


async def test_a_full_outbox_is_confessed(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outboxes, "OUTBOX_EVENTS", 3)
    async with (
        opened(server) as here,
        opened(server) as there,
        there.subscribe(CALL, entitled=True) as reader,
    ):
        for n in range(1, 10):  # without a pause in which the outbox could write
            await here.publish(durable(n))
        assert [(await following(reader), n) for n in (1, 2, 3)]
        assert await following(reader) == Behind(CALL)
        assert here.up


async def test_a_reader_that_stood_still_is_told(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stream lost entries before they were read."""
    monkeypatch.setattr(outboxes, "STREAM_ENTRIES", 110)
    monkeypatch.setattr(inboxes, "DEALT_AT_ONCE", 1)
    async with (
        opened(server) as here,
        opened(server, CALL) as there,
        there.subscribe(None, entitled=True) as reader,
    ):
        for n in range(1, 901):
            await here.publish(durable(n))
        await here.flush()
        missed = await following(reader)
        while not isinstance(missed, Behind):
            missed = await following(reader)
    assert missed.call == CALL


def test_an_outage_is_logged_once(capfd: pytest.CaptureFixture[str]) -> None:
    times = iter([1.0, 4.5])
    link = Link("redis://there", now=lambda: next(times))
    for who in ("reader", "writer", "reader"):
        link.lost(who, ConnectionError("refused"))
    assert not link.up
    link.found("writer")
    assert not link.up
    link.found("reader")
    link.found("reader")
    assert link.up
    said = capfd.readouterr().out
    assert (said.count("bus.away"), said.count("bus.back")) == (1, 1)
    assert "3.5" in said


NAMES = st.none() | st.text(min_size=1, max_size=8)


@given(st.sets(st.builds(Topic, NAMES, NAMES, st.booleans())))
def test_no_two_topics_share_a_stream(found: set[Topic]) -> None:
    asked = {topic for topic in found if topic.call is None or topic.team is None}
    assert len({stream(topic) for topic in [*asked, PEOPLE]}) == len(asked) + 1


def test_addresses_are_named_without_their_secrets() -> None:
    assert links.named("rediss://user:secret@host:6380/2") == "rediss://host:6380/2"
