"""The journal between a real SQLite file and the memory bus."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta, timezone
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.bus import Body, MemoryBus
from coach.drafts import stamp
from coach.events import Draft, Event
from coach.follow import follow
from coach.journal import Journal
from coach.store import Store
from stream.audio import CallId

NOW = datetime(2026, 11, 22, 4, 0, 0, 123_999, UTC)
TS = "2026-11-22T04:00:00.123Z"
ONE, TWO = CallId("one"), CallId("two")


class House:
    """A store, a bus and a journal, and what the journal told of itself."""

    def __init__(self, path: Path, store: Store, room: int = 100) -> None:
        self.path = path
        self.store = store
        self.bus = MemoryBus()
        self.counts: Counter[str] = Counter()
        self.retried = asyncio.Event()
        self.journal = self.new_journal(room)

    def new_journal(self, room: int) -> Journal:
        return Journal(self.store, self.bus, now=lambda: NOW, room=room, observe=self.observe)

    def observe(self, what: str, many: float) -> None:
        self.counts[what] += int(many)
        if what == "retried":
            self.retried.set()

    async def begin(self, *calls: CallId, team: str = "north") -> None:
        for call in calls:
            context = {"agent": {"id": "ada", "team": team}}
            await self.store.begin(call, source="pcm", context=context, started_at=TS)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """The database in the hands of someone else."""
        with contextlib.closing(sqlite3.connect(self.path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            yield
            other.rollback()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    path = tmp_path / "coach.db"
    store = await Store.open(f"sqlite+aiosqlite:///{path}", busy_seconds=0.01)
    house = House(path, store)
    await house.begin(ONE, TWO)
    yield house
    await house.journal.close()
    await house.bus.close()
    await store.close()


def note(key: object, **data: Any) -> Draft:
    return Draft("note", 1.0, {"text": str(key), **data}, key=str(key))


def partial(utterance: int, text: str = "I", party: str = "customer") -> Draft:
    return Draft("transcript.partial", 1.0, {"party": party, "utterance": utterance, "text": text})


def final(utterance: int, party: str = "customer") -> Draft:
    data = {"party": party, "utterance": utterance, "text": "I feel sick"}
    return Draft("transcript.final", 1.0, data, key=f"final {party} {utterance}")


async def test_what_is_said_is_stored_and_published_the_same(house: House) -> None:
    draft = Draft("note", 1, {"text": "[name]", "p": (0.1, 1e-9)}, "a", {"text": "Ada"})
    async with (
        house.bus.subscribe(ONE, entitled=True) as entitled,
        house.bus.subscribe(ONE, entitled=False) as anyone,
    ):
        await house.journal.say(ONE, [draft, note("b"), draft])
        await house.journal.drain(ONE)
        for reader, may in ((entitled, True), (anyone, False)):
            live = [await anext(reader), await anext(reader)]
            assert json.dumps(live) == json.dumps(await house.store.events(ONE, entitled=may))
    assert house.counts == {"stored": 2, "skipped": 1, "published": 2}
    assert (house.journal.backlog, house.journal.healthy) == (0, True)


async def test_a_time_of_day_is_utc_to_the_millisecond() -> None:
    assert stamp(NOW) == TS
    assert stamp(NOW.astimezone(timezone(timedelta(hours=5)))) == TS
    with pytest.raises(ValueError, match="zone"):
        stamp(NOW.replace(tzinfo=None))


async def test_many_calls_at_once_have_no_holes(house: House) -> None:
    calls = [CallId(f"call-{i}") for i in range(8)]
    await house.begin(*calls)

    async def talk(call: CallId) -> None:
        for i in range(40):
            await house.journal.say(call, [note(i), note(i // 3), partial(i + 1)])

    await asyncio.gather(*(talk(call) for call in calls))
    await house.journal.drain()
    for call in calls:
        bodies = await house.store.events(call, entitled=True)
        assert [body["n"] for body in bodies] == list(range(1, 41))
        assert [body["data"]["text"] for body in bodies] == [str(i) for i in range(40)]


async def test_what_is_gathered_comes_without_anyone_asking(house: House) -> None:
    async with house.bus.subscribe(ONE, entitled=True) as reader:
        for i in range(3):
            await house.journal.say(ONE, [note(i)])
            item = await anext(reader)
            assert isinstance(item, dict)
            assert item["n"] == i + 1


async def test_partials_do_not_wait_for_the_store(house: House) -> None:
    async with house.bus.subscribe(ONE, entitled=True) as reader:
        with house.locked():
            await house.journal.say(ONE, [note("a"), partial(1)])
            body = await anext(reader)
            assert isinstance(body, dict)
            assert (body["type"], body["ts"], "n" in body) == ("transcript.partial", TS, False)
            assert await house.store.events(ONE, entitled=True) == []
        await house.journal.drain()
        body = await anext(reader)
        assert isinstance(body, dict)
        assert body["n"] == 1


async def test_no_partial_after_its_final(house: House) -> None:
    async with house.bus.subscribe(ONE, entitled=True) as reader:
        with house.locked():
            await house.journal.say(ONE, [partial(1), final(1), partial(1, "late"), partial(2)])
            await house.journal.say(ONE, [partial(1, "later"), partial(1, "hi", party="agent")])
        await house.journal.drain()
        await house.journal.say(ONE, [partial(1, "last"), note("mark")])
        seen = []
        while (item := await anext(reader))["type"] != "note":  # type: ignore[index]
            assert isinstance(item, dict)
            seen.append((item["type"], item["data"]["party"], item["data"]["utterance"]))
    assert set(seen) == {
        ("transcript.partial", "customer", 2),
        ("transcript.partial", "agent", 1),
        ("transcript.final", "customer", 1),
    }
    assert house.counts["superseded"] == 3


async def test_nothing_ephemeral_after_the_end_but_people_may_go_on(house: House) -> None:
    end = Draft("call.ended", 9.0, {"reason": "stopped", "duration": 9.0}, key="call.ended")
    await house.journal.say(ONE, [partial(1), end, partial(2)])
    await house.journal.drain(ONE)
    await house.journal.say(ONE, [partial(3), note("by a person"), partial(4)])
    await house.journal.drain(ONE)
    assert await house.bus.latest(ONE, entitled=True) == []
    assert len(await house.store.events(ONE, entitled=True)) == 2


async def test_the_board_of_the_calls_team_hears_of_it(house: House) -> None:
    await house.begin(CallId("three"), team="south")
    async with house.bus.subscribe(None, entitled=False, team="south") as board:
        await house.journal.say(ONE, [note("a"), partial(1)])
        await house.journal.say(CallId("three"), [note("b"), partial(1)])
        await house.journal.drain()
        for _ in range(2):
            item = await anext(board)
            assert isinstance(item, dict)
            assert item["call"] == "three"


async def test_a_store_that_fails_for_a_while_loses_nothing(house: House) -> None:
    async with house.bus.subscribe(ONE, entitled=True) as reader:
        with house.locked():
            await house.journal.say(ONE, [note(i) for i in range(10)])
            await house.retried.wait()
            assert not house.journal.healthy
            assert house.journal.backlog == 10
            await house.journal.say(ONE, [note(i) for i in range(10, 20)])
        await house.journal.drain()
        assert house.journal.healthy
        live = [await anext(reader) for _ in range(20)]
    stored = await house.store.events(ONE, entitled=True)
    assert [body["data"]["text"] for body in stored] == [str(i) for i in range(20)]
    assert live == stored


async def test_a_full_queue_makes_the_speaker_wait(house: House) -> None:
    journal = house.new_journal(room=5)
    with house.locked():
        speaking = asyncio.create_task(journal.say(ONE, [note(i) for i in range(30)]))
        await house.retried.wait()
        assert not speaking.done()
        assert journal.backlog <= 5 + 5
    await speaking
    await journal.close()
    assert len(await house.store.events(ONE, entitled=True)) == 30
    assert journal.backlog == 0


async def test_a_refused_draft_does_not_hold_up_the_others(house: House) -> None:
    unknown = CallId("never-begun")
    for i in range(7):
        await house.journal.say(unknown if i == 4 else ONE, [note(i)])
    await house.journal.drain()
    bodies = await house.store.events(ONE, entitled=True)
    assert [body["data"]["text"] for body in bodies] == ["0", "1", "2", "3", "5", "6"]
    assert house.counts["refused"] == 1


async def test_a_draft_no_log_could_hold_is_refused_at_the_door(house: House) -> None:
    with pytest.raises(ValueError, match="needs a key"):
        await house.journal.say(ONE, [note("a"), Draft("note", 1.0, {})])
    with pytest.raises(ValueError, match="finite"):
        await house.journal.say(ONE, [note("a", p=float("nan"))])
    await house.journal.drain()
    assert await house.store.events(ONE, entitled=True) == []


async def test_closing_stores_what_was_said(house: House) -> None:
    await house.journal.say(ONE, [note(i) for i in range(50)])
    await house.journal.close()
    await house.journal.close()
    assert len(await house.store.events(ONE, entitled=True)) == 50
    with pytest.raises(RuntimeError, match="closed"):
        await house.journal.say(ONE, [note("late")])


async def test_closing_gives_up_on_a_store_that_stays_broken(house: House) -> None:
    with house.locked():
        await house.journal.say(ONE, [note("a")])
        waiting = asyncio.create_task(house.journal.drain())
        await house.retried.wait()
        await house.journal.close(within=0)
        with pytest.raises(RuntimeError, match="closed"):
            await waiting
    assert not house.journal.healthy
    assert house.journal.backlog == 1


class BrokenBus(MemoryBus):
    """A bus whose network is down until `mended`."""

    mended = False

    async def publish(self, event: Event, *, team: str | None = None) -> None:
        if not self.mended:
            raise ConnectionError("no route to the bus")
        await super().publish(event, team=team)


async def test_a_bus_that_fails_for_a_while_delays_and_loses_only_partials(house: House) -> None:
    house.bus = bus = BrokenBus()
    journal = house.new_journal(room=100)
    async with bus.subscribe(ONE, entitled=True) as reader:
        await journal.say(ONE, [partial(1), note("a")])
        await house.retried.wait()
        await journal.say(ONE, [partial(1), note("b")])
        assert not journal.healthy
        bus.mended = True
        await journal.drain()
        assert [await anext(reader), await anext(reader)] == (
            await house.store.events(ONE, entitled=True)
        )
    assert house.counts["unpublished"] == 2
    assert journal.healthy
    await journal.close()


# -- following a call ---------------------------------------------------------------------------

CALLS = count(1)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("say"), st.integers(1, 6)),
        st.tuples(st.just("read"), st.integers(1, 6)),
        st.tuples(st.just("skip"), st.integers(1, 3)),
        st.tuples(st.just("murmur"), st.integers(1, 2)),
    ),
    max_size=25,
)


class SmallBus(MemoryBus):
    """A memory bus whose readers can hold three events."""

    def subscribe(self, call: CallId | None, **how: Any) -> Any:
        return super().subscribe(call, **{**how, "size": 3})


class Talk:
    """A call of its own, whose utterances are murmured, said, or said and lost on the bus."""

    def __init__(self, house: House) -> None:
        self.call = CallId(f"call-{next(CALLS)}")
        self.store, self.bus = house.store, SmallBus()
        self.journal = Journal(self.store, self.bus, now=lambda: NOW)
        self.said = self.published = 0

    async def act(self, what: str) -> None:
        if what == "murmur":
            await self.journal.say(self.call, [partial(self.said + 1)])
        elif what == "say":
            self.said = self.published = self.said + 1
            await self.journal.say(self.call, [partial(self.said), final(self.said)])
            await self.journal.drain(self.call)
        elif what == "skip":
            self.said += 1
            await self.store.append([(self.call, final(self.said), TS)])

    async def close(self) -> None:
        await self.journal.close()
        await self.bus.close()


async def read(reader: AsyncGenerator[Body], shown: list[Body], upto: int) -> None:
    """Read on until that many durable events are shown."""
    while sum("n" in body for body in shown) < upto:
        shown.append(await anext(reader))


@given(acts=ACTS, before=st.integers(0, 5))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_following_shows_every_event_once_and_in_order(
    house: House, acts: list[tuple[str, int]], before: int
) -> None:
    """However saying, reading and lost publications fall, the sequence read is whole."""
    talk, shown = Talk(house), list[Body]()
    await house.begin(talk.call)
    for _ in range(before):
        await talk.act("say")
    following = follow(talk.store, talk.bus, talk.call, entitled=True)
    async with contextlib.aclosing(following) as reader:
        for what, times in [*acts, ("say", 1)]:
            for _ in range(times):
                await talk.act(what)
                if what == "read":
                    seen = sum("n" in body for body in shown)
                    await read(reader, shown, min(seen + 1, talk.published))
        await read(reader, shown, talk.said)
    finals = [body for body in shown if "n" in body]
    assert finals == await talk.store.events(talk.call, entitled=True)
    done = 0
    for body in shown:
        utterance = body["data"]["utterance"]
        assert utterance > done
        done = utterance if "n" in body else done
    await talk.close()
