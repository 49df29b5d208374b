"""The store on real SQLite files: numbers, keys, verbatim text, calls, restarts."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from coach.drafts import plain
from coach.events import ENDED_KEY, Draft
from coach.storage.database import StoreError
from coach.storage.records import UnknownCall
from coach.storage.tables import metadata
from coach.store import Store
from stream.audio import CallId, Context, Party

TS = "2026-11-22T04:00:00.123Z"
ONE, TWO = CallId("one"), CallId("two")


def url(folder: Path) -> str:
    return f"sqlite+aiosqlite:///{folder / 'state' / 'coach.db'}"


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await Store.open(url(tmp_path), busy_seconds=0.05)
    yield store
    await store.close()


async def begin(store: Store, *calls: CallId, context: Context | None = None) -> None:
    for call in calls:
        parties = [Party.named("agent"), Party.named("customer")]
        assert await store.begin(
            call, source="pcm", context=context or {}, parties=parties, started_at=TS
        )


def note(key: str, at: float = 1.0, **data: Any) -> Draft:
    return Draft("note", at, {"text": key, **data}, key=key)


async def numbers(store: Store, call: CallId) -> list[int]:
    return [body["n"] for body in await store.events(call, entitled=False)]


# -- the log ------------------------------------------------------------------------------------


async def test_numbers_count_from_one_within_each_call(store: Store) -> None:
    await begin(store, ONE, TWO)
    batch = [(ONE, note("a"), TS), (TWO, note("a"), TS), (ONE, note("b"), TS)]
    events = await store.append(batch)
    assert [(event.call, event.n, event.key) for event in events] == [
        (ONE, 1, "a"),
        (TWO, 1, "a"),
        (ONE, 2, "b"),
    ]


async def test_a_key_said_before_takes_no_number(store: Store) -> None:
    await begin(store, ONE)
    await store.append([(ONE, note("a"), TS)])
    events = await store.append([(ONE, note(key), TS) for key in ("a", "b", "b", "c", "a")])
    assert [(event.n, event.key) for event in events] == [(2, "b"), (3, "c")]
    assert await store.append([(ONE, note("a"), TS)]) == []
    assert await numbers(store, ONE) == [1, 2, 3]


async def test_no_holes_when_many_write_at_once(store: Store) -> None:
    calls = [CallId(f"call-{i}") for i in range(5)]
    await begin(store, *calls)

    async def writer(first: int) -> None:
        for i in range(first, 60, 4):
            await store.append([(call, note(f"key {i // 2}"), TS) for call in calls])

    await asyncio.gather(*(writer(first) for first in range(4)))
    for call in calls:
        assert await numbers(store, call) == list(range(1, 31))


async def test_another_process_may_have_counted_on(tmp_path: Path, store: Store) -> None:
    await begin(store, ONE)
    await store.append([(ONE, note("a"), TS)])
    other = await Store.open(url(tmp_path))
    await other.append([(ONE, note("b"), TS), (ONE, note("c"), TS)])
    await other.close()
    events = await store.append([(ONE, note("c"), TS), (ONE, note("d"), TS)])
    assert [(event.n, event.key) for event in events] == [(4, "d")]


async def test_a_large_batch_and_pages(store: Store) -> None:
    await begin(store, ONE)
    await store.append([(ONE, note(str(i)), TS) for i in range(1234)])
    assert await numbers(store, ONE) == list(range(1, 1235))
    some = await store.events(ONE, after=1000, limit=150, entitled=True)
    assert [body["n"] for body in some] == list(range(1001, 1151))
    assert await store.events(ONE, limit=0, entitled=True) == []
    assert await store.events(CallId("none"), entitled=True) == []


@pytest.mark.parametrize(
    ("draft", "fault"),
    [
        (Draft("note", 1.0, {}), "needs a key"),
        (Draft("note", 1.0, {}, key="a\0"), "not text"),
        (Draft("note", 1.0, {}, key="\ud800"), "not text"),
        (Draft("note", float("nan"), {}, key="a"), "media seconds"),
        (Draft("note", 1.0, {"p": float("inf")}, key="a"), "finite"),
        (Draft("note", 1.0, {}, key="a", verbatim={"p": {1, 2}}), "not JSON"),
        (Draft("transcript.partial", 1.0, {}, key="a"), "ephemeral"),
    ],
)
async def test_what_no_log_could_hold_is_refused(store: Store, draft: Draft, fault: str) -> None:
    await begin(store, ONE)
    with pytest.raises(ValueError, match=fault):
        await store.append([(ONE, note("good"), TS), (ONE, draft, TS)])
    assert await numbers(store, ONE) == []


async def test_an_unknown_call_is_refused_and_nothing_of_the_batch_kept(store: Store) -> None:
    await begin(store, ONE)
    with pytest.raises(UnknownCall, match="begin it first"):
        await store.append([(ONE, note("a"), TS), (TWO, note("a"), TS)])
    await store.append([(ONE, note("b"), TS)])
    assert await numbers(store, ONE) == [1]


async def test_a_failed_transaction_takes_no_numbers(tmp_path: Path, store: Store) -> None:
    await begin(store, ONE, context={"agent": {"team": "north"}})
    await store.append([(ONE, note("a"), TS)])
    with contextlib.closing(sqlite3.connect(url(tmp_path).partition("///")[2])) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(OperationalError, match="locked") as caught:
            await store.append([(ONE, note("b", secret="Ada"), TS)])
        assert "Ada" not in str(caught.value)
        assert store.team(ONE) == "north"
        other.rollback()
    assert [event.n for event in await store.append([(ONE, note("b"), TS)])] == [2]


JSONS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
DATA = st.dictionaries(st.text(st.characters(codec=None)), JSONS, max_size=5)
CALLS = count(1)


@given(data=DATA, verbatim=st.none() | DATA, at=st.floats(0, 1e6))
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_live_and_read_again_are_the_same(
    store: Store, data: dict[str, Any], verbatim: dict[str, Any] | None, at: float
) -> None:
    call = CallId(f"call-{next(CALLS)}")
    await begin(store, call)
    [event] = await store.append([(call, Draft("note", at, data, "k", verbatim), TS)])
    assert event.data == data
    assert event.verbatim == verbatim
    for entitled in (True, False):
        [body] = await store.events(call, entitled=entitled)
        assert json.dumps(body) == json.dumps(event.view(entitled=entitled))


def test_a_plain_draft_shares_nothing_with_its_origin() -> None:
    words = [("I", 0.5)]
    draft = Draft("note", 1, {"words": words, "by": {1: 0.1}}, key="k")
    copy = plain(draft)
    words.append(("feel", 0.7))
    assert copy == replace(draft, at=1.0, data={"words": [["I", 0.5]], "by": {"1": 0.1}})


async def test_verbatim_is_in_its_table_and_joined_for_the_entitled(
    tmp_path: Path, store: Store
) -> None:
    await begin(store, ONE)
    draft = Draft("note", 1.0, {"text": "[name]"}, "a", verbatim={"text": "Ada Byron"})
    await store.append([(ONE, draft, TS), (ONE, note("b"), TS)])
    plain_view, whole_view = [
        [body["data"]["text"] for body in await store.events(ONE, entitled=entitled)]
        for entitled in (False, True)
    ]
    assert plain_view == ["[name]", "b"]
    assert whole_view == ["Ada Byron", "b"]
    with contextlib.closing(sqlite3.connect(url(tmp_path).partition("///")[2])) as other:
        log = other.execute("SELECT * FROM events").fetchall()
        kept = other.execute("SELECT call, n, data FROM verbatim").fetchall()
    assert "Byron" not in repr(log)
    assert kept == [("one", 1, '{"text":"Ada Byron"}')]


# -- opening ------------------------------------------------------------------------------------


async def test_a_store_opened_again_counts_on(tmp_path: Path) -> None:
    for run in range(3):
        store = await Store.open(url(tmp_path))
        assert await store.begin(ONE, source="pcm", context={}, started_at=TS) is (run == 0)
        batch = [(ONE, note(f"{run}"), TS), (ONE, note("0"), TS)]
        assert [event.n for event in await store.append(batch)] == [run + 1]
        await store.close()


async def test_migrations_make_the_tables_of_the_code(tmp_path: Path, store: Store) -> None:
    engine = create_engine(url(tmp_path).replace("+aiosqlite", ""), poolclass=NullPool)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
    engine.dispose()


async def test_several_may_open_a_new_database_at_once(tmp_path: Path) -> None:
    stores = await asyncio.gather(*(Store.open(url(tmp_path)) for _ in range(3)))
    for store in stores:
        await store.ping()
        await store.close()


async def test_a_database_of_a_newer_version_is_named(tmp_path: Path, store: Store) -> None:
    with contextlib.closing(sqlite3.connect(url(tmp_path).partition("///")[2])) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
        other.commit()
    with pytest.raises(StoreError, match="update coach"):
        await Store.open(url(tmp_path))


async def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file where a folder should be")
    with pytest.raises(StoreError, match="cannot open the database"):
        await Store.open(url(tmp_path))
    with pytest.raises(StoreError, match="name a path"):
        await Store.open("sqlite+aiosqlite:///:memory:")


# -- calls --------------------------------------------------------------------------------------


async def test_a_call_from_begin_to_finish(store: Store) -> None:
    context = {"agent": {"id": "ada", "team": "north"}, "anything": [1.5]}
    await begin(store, ONE, context=context)
    assert not await store.begin(ONE, source="other", context={}, started_at=TS)
    record = await store.call(ONE)
    assert record is not None
    assert (record.state, record.source, record.context) == ("live", "pcm", context)
    assert record.parties == (Party.named("agent"), Party.named("customer"))
    assert (record.agent, record.team, store.team(ONE)) == ("ada", "north", "north")
    await store.update_context(ONE, {"agent": {"id": "ada", "team": "south"}})
    await store.update_parties(ONE, [Party.named("customer")])
    await store.finish(ONE, reason="stopped", ended_at=TS, duration=61.5)
    changed = await store.call(ONE)
    assert changed == replace(
        record,
        state="ended",
        context={"agent": {"id": "ada", "team": "south"}},
        parties=(Party.named("customer"),),
        team="south",
        reason="stopped",
        ended_at=TS,
        duration=61.5,
    )
    assert store.team(ONE) == "south"
    assert await store.call(TWO) is None


async def test_changes_of_an_unknown_call_are_refused(store: Store) -> None:
    for change in (
        store.update_context(ONE, {}),
        store.update_parties(ONE, []),
        store.finish(ONE, reason="stopped", ended_at=TS, duration=1.0),
        store.save_checkpoint(ONE, 1.0, b""),
        store.calls(limit=1, before=ONE),
    ):
        with pytest.raises(UnknownCall, match="one"):
            await change


async def test_calls_are_listed_latest_first_filtered_and_in_pages(store: Store) -> None:
    for i in range(6):
        context = {"agent": {"id": f"agent-{i % 3}", "team": f"team-{i % 2}"}}
        at = f"2026-11-22T04:00:0{i // 2}.000Z"
        assert await store.begin(CallId(f"c{i}"), source="pcm", context=context, started_at=at)
    await store.finish(CallId("c4"), reason="stopped", ended_at=TS, duration=1.0)

    async def ids(**wanted: Any) -> list[str]:
        return [record.id for record in await store.calls(**{"limit": 10, **wanted})]

    assert await ids() == ["c5", "c4", "c3", "c2", "c1", "c0"]
    assert await ids(team="team-0") == ["c4", "c2", "c0"]
    assert await ids(agent="agent-1", state="live") == ["c1"]
    assert await ids(state="ended") == ["c4"]
    assert await ids(limit=2) == ["c5", "c4"]
    assert await ids(limit=2, before="c4") == ["c3", "c2"]
    assert await ids(team="team-1", before="c3") == ["c1"]


async def test_a_checkpoint_replaces_the_one_before(store: Store) -> None:
    await begin(store, ONE)
    assert await store.load_checkpoint(ONE) is None
    for at in (1.0, 2.0):
        await store.save_checkpoint(ONE, at, b"\0state" * int(at))
    kept = await store.load_checkpoint(ONE)
    assert kept is not None
    assert (kept.at, kept.payload) == (2.0, b"\0state\0state")
    await store.drop_checkpoint(ONE)
    await store.drop_checkpoint(ONE)
    assert await store.load_checkpoint(ONE) is None


async def test_orphans_are_ended_where_their_log_ends(store: Store) -> None:
    silent, halfway = CallId("silent"), CallId("halfway")
    await begin(store, ONE, TWO, silent, halfway)
    await store.append([(ONE, note("a", 7.25), TS), (ONE, note("b", 3.0), TS)])
    await store.save_checkpoint(ONE, 7.0, b"state")
    await store.finish(TWO, reason="stopped", ended_at=TS, duration=5.0)
    over = Draft("call.ended", 9.0, {"reason": "stopped", "duration": 9.5}, key="another key")
    await store.append([(halfway, over, TS)])
    later = "2026-11-22T05:00:00.000Z"

    events = await store.close_orphans(later)
    ended = [(event.call, event.n, event.at, event.key, event.data) for event in events]
    assert ended == [
        (ONE, 3, 7.25, ENDED_KEY, {"reason": "server_lost", "duration": 7.25}),
        (silent, 1, 0.0, ENDED_KEY, {"reason": "server_lost", "duration": 0.0}),
    ]
    assert await store.load_checkpoint(ONE) is None
    states = {record.id: record for record in await store.calls(limit=9)}
    assert {record.state for record in states.values()} == {"ended"}
    assert (states[ONE].reason, states[ONE].ended_at) == ("server_lost", later)
    assert (states[halfway].reason, states[halfway].duration) == ("stopped", 9.5)
    assert states[TWO].reason == "stopped"
    assert await store.close_orphans(later) == []
