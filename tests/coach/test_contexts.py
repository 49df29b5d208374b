"""Contexts that wait for their calls, and the clock of a call's log, on a real SQLite file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from coach.events import Draft
from coach.store import Store
from stream.audio import CallId
from stream.errors import TooBig
from stream.limits import MAX_CONTEXT_BYTES

ONE, TWO = CallId("one"), CallId("two")
TS = "2026-11-22T04:00:00.123Z"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(f"sqlite+aiosqlite:///{tmp_path / 'coach.db'}")
    yield store
    await store.close()


async def test_what_was_put_is_given_once(store: Store) -> None:
    assert await store.take_context(ONE) == {}
    await store.put_context(ONE, {"product": "x", "lot": "1"}, TS)
    await store.put_context(TWO, {"lot": "9"}, TS)
    await store.put_context(ONE, {"lot": "2"}, TS)
    assert await store.take_context(ONE) == {"product": "x", "lot": "2"}
    assert await store.take_context(ONE) == {}
    assert await store.take_context(TWO) == {"lot": "9"}


async def test_many_who_put_lose_nothing(store: Store) -> None:
    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(store.put_context(ONE, {str(number): number}, TS))
    assert await store.take_context(ONE) == {str(number): number for number in range(20)}


async def test_only_one_of_many_who_take_has_it(store: Store) -> None:
    await store.put_context(ONE, {"lot": "1"}, TS)
    found = await asyncio.gather(*(store.take_context(ONE) for _ in range(10)))
    assert sorted(found, key=len)[-2:] == [{}, {"lot": "1"}]


async def test_the_sum_is_bounded(store: Store) -> None:
    await store.put_context(ONE, {"a": "x" * (MAX_CONTEXT_BYTES // 2)}, TS)
    with pytest.raises(TooBig, match="in all"):
        await store.put_context(ONE, {"b": "x" * (MAX_CONTEXT_BYTES // 2)}, TS)
    assert set(await store.take_context(ONE)) == {"a"}


async def test_what_nobody_came_for_is_forgotten(store: Store) -> None:
    await store.put_context(ONE, {"lot": "1"}, "2026-11-15T04:00:00.122Z")
    await store.put_context(TWO, {"lot": "2"}, "2026-11-15T04:00:00.123Z")
    await store.put_context(CallId("three"), {}, TS)
    assert await store.take_context(ONE) == {}
    assert await store.take_context(TWO) == {"lot": "2"}


async def test_people_do_not_move_the_clock(store: Store) -> None:
    await store.begin(ONE, source="pcm", context={}, started_at=TS)
    assert await store.clock(ONE) == 0.0
    heard = [("transcript.final", 12.5), ("signal", 11.0), ("flag", 900.0), ("note", 901.0)]
    await store.append([(ONE, Draft(kind, at, {}, kind), TS) for kind, at in heard])
    assert await store.clock(ONE) == 12.5
    assert await store.clock(TWO) == 0.0
