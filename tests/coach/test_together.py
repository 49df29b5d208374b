"""A process as one of several: over a real redis-server and a database that they share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.bus import Behind, MemoryBus
from coach.bus.redis_bus import RedisBus
from coach.events import Draft
from coach.store import Store
from coach.together import Heartbeat, Watch, among_others, open_bus
from stream.audio import CallId, Context
from tests.coach.bus_contract import following
from tests.services import RedisServer, redis_server

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
TS = "2026-11-22T04:00:00.000Z"
ONE, TWO = CallId("one"), CallId("two")
HANG = 10.0


def now() -> datetime:
    return NOW


@dataclass
class Noting:
    """Live calls that note what they are told."""

    going: set[CallId] = field(default_factory=set)
    contexts: list[tuple[CallId, Context]] = field(default_factory=list)
    nudges: asyncio.Queue[tuple[CallId, str, str]] = field(default_factory=asyncio.Queue)

    def live(self, call: CallId) -> bool:
        return call in self.going

    async def put_context(self, call: CallId, context: Context) -> None:
        self.contexts.append((call, context))

    async def nudge_updated(self, call: CallId, nudge: str, state: str) -> None:
        await self.nudges.put((call, nudge, state))

    async def told(self) -> tuple[CallId, str, str]:
        async with asyncio.timeout(HANG):
            return await self.nudges.get()


@dataclass
class One:
    """One process of several."""

    store: Store
    bus: RedisBus
    calls: Noting = field(default_factory=Noting)

    async def begin(self, call: CallId) -> None:
        assert await self.store.begin(call, source="pcm", context={}, started_at=TS)
        self.calls.going.add(call)

    async def done(self, call: CallId, nudge: str) -> None:
        data = {"id": nudge, "state": "done", "by": "ada"}
        draft = Draft("nudge.update", 1.0, data, f"nudge.update:{nudge}")
        for event in await self.store.append([(call, draft, TS)]):
            await self.bus.publish(event)


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@asynccontextmanager
async def joined(server: RedisServer, folder: Path) -> AsyncIterator[One]:
    store = await Store.open(f"sqlite+aiosqlite:///{folder / 'coach.db'}")
    bus = await open_bus(server.url, store, now=now, observe=lambda what, count: None)
    assert isinstance(bus, RedisBus)
    yield One(store, bus)
    await bus.close()
    await store.close()


async def test_who_comes_leaves_the_others_calls_alone(server: RedisServer, tmp_path: Path) -> None:
    async with joined(server, tmp_path) as here:
        await here.begin(ONE)
        async with joined(server, tmp_path) as there:
            await Heartbeat(there.store, there.bus, there.calls, now=now).beat()
        record = await here.store.call(ONE)
        assert record is not None
        assert record.state == "live"


async def test_who_is_alone_ends_what_is_left(server: RedisServer, tmp_path: Path) -> None:
    async with joined(server, tmp_path) as here:
        await here.begin(ONE)
        bus = await open_bus("", here.store, now=now, observe=lambda what, count: None)
        assert isinstance(bus, MemoryBus)
        record = await here.store.call(ONE)
        assert record is not None
        assert (record.state, record.reason) == ("ended", "server_lost")
        async with among_others(bus, here.store, here.calls, now=now):
            assert await here.store.owners.beats() == {}


async def test_the_calls_of_a_dead_process_are_ended_and_boards_told(
    server: RedisServer, tmp_path: Path
) -> None:
    async with joined(server, tmp_path) as dead, joined(server, tmp_path) as here:
        await dead.begin(ONE)
        await here.begin(TWO)
        heart = Heartbeat(here.store, here.bus, here.calls, now=now)
        async with here.bus.subscribe(None, entitled=False) as board:
            for _ in range(6):
                await heart.beat()
            record = await here.store.call(ONE)
            assert record is not None
            assert record.state == "live", "it may be about to beat again"
            await heart.beat()
            body = await following(board)
        assert not isinstance(body, Behind)
        assert (body["call"], body["type"], body["data"]["reason"]) == (
            ONE, "call.ended", "server_lost",
        )  # fmt: skip
        assert [call.id for call in await here.store.calls(state="live", limit=9)] == [TWO]
        assert [*await here.store.owners.beats()] == [here.store.owners.me]
        await Heartbeat(dead.store, dead.bus, dead.calls, now=now).beat()
        assert len(await here.store.owners.beats()) == 2, "who was not dead is back"


async def test_context_put_elsewhere_is_taken_with_the_next_beat(
    server: RedisServer, tmp_path: Path
) -> None:
    async with joined(server, tmp_path) as here, joined(server, tmp_path) as there:
        await here.begin(ONE)
        await there.store.put_context(ONE, {"product": "Injecta"}, TS)
        for one in (there, here, here):
            await Heartbeat(one.store, one.bus, one.calls, now=now).beat()
        assert (here.calls.contexts, there.calls.contexts) == ([(ONE, {"product": "Injecta"})], [])


async def test_a_nudge_dealt_with_elsewhere_is_told_to_its_call(
    server: RedisServer, tmp_path: Path
) -> None:
    async with joined(server, tmp_path) as here, joined(server, tmp_path) as there:
        await here.begin(ONE)
        await there.begin(TWO)
        async with among_others(here.bus, here.store, here.calls, now=now):
            await there.done(TWO, "not ours")
            await there.done(ONE, "first")
            assert await here.calls.told() == (ONE, "first", "done")
            # What was said while Redis was away is read from the store.
            server.stop()
            await there.done(ONE, "second")
            server.start()
            assert {await here.calls.told() for _ in range(2)} == {
                (ONE, "first", "done"),
                (ONE, "second", "done"),
            }
        assert here.store.owners.me not in await there.store.owners.beats(), "it has left"


LIFE = st.lists(st.sampled_from(["beats", "silent", "blind"]), max_size=40)


@given(LIFE)
def test_only_who_is_silent_for_all_looks_is_dead(life: list[str]) -> None:
    """A look that failed proves nothing of the looks before it."""
    watch, beats, silent = Watch(looks=3), 0, -1
    for step in life:
        if step == "blind":
            watch.forget()
            silent = -1
            continue
        beats += step == "beats"
        silent = 0 if step == "beats" or silent < 0 else silent + 1
        assert watch.look({"it": beats}) == (["it"] if silent >= 3 else [])


def test_who_left_is_forgotten() -> None:
    watch = Watch(looks=1)
    assert watch.look({"a": 1}) == []
    assert watch.look({}) == []
    assert watch.look({"a": 1}) == []
    assert watch.look({"a": 1}) == ["a"]
