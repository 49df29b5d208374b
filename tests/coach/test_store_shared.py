"""One database, several processes: over a real PostgreSQL, and over one SQLite file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import delete

from coach.events import Draft
from coach.storage.database import StoreError, connect
from coach.storage.records import UnknownCall
from coach.storage.tables import metadata
from coach.store import Store
from stream.audio import CallId, Party
from tests.services import free_port, postgres_server

TS = "2026-11-22T04:00:00.123Z"
LATER = "2026-11-22T05:00:00.000Z"
CALLS = [CallId(name) for name in ("one", "two", "three")]
EACH = 40
"""Drafts that each writer says of each call."""
ODD = {"text": "Grüße \u0000 😀 \ud800", "list": [1, 1.0, 1e-9], "b": None, "a": True}
"""Text that databases refuse as such, numbers that differ only in kind, an order of keys."""


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    with postgres_server() as url:
        yield url


@pytest.fixture(params=["postgresql", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An address of a database that tests of this module share, or of a new file."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path / 'coach.db'}"
    return str(request.getfixturevalue("postgres"))


@asynccontextmanager
async def opened(url: str, count: int) -> AsyncIterator[list[Store]]:
    """Several processes' stores at one database, which then is empty again."""
    stores = [await Store.open(url) for _ in range(count)]
    try:
        yield stores
    finally:
        for store in stores:
            await store.close()
        await emptied(url)


async def emptied(url: str) -> None:
    engine = await connect(url)
    async with engine.begin() as connection:
        for table in reversed(metadata.sorted_tables):
            await connection.execute(delete(table))
    await engine.dispose()


async def begin(store: Store, *calls: CallId, team: str | None = None) -> None:
    context = {"agent": {"id": "ada", "team": team}} if team else {}
    for call in calls:
        assert await store.begin(
            call, source="pcm", context=context, parties=[Party.named("agent")], started_at=TS
        )


def note(key: str, at: float = 1.0, **data: Any) -> Draft:
    return Draft("note", at, {"text": key, **data}, key)


async def test_two_processes_never_give_one_number_twice(url: str) -> None:
    """Pipeline here, people there: every draft has its number, and no number is missing."""
    async with opened(url, 2) as (here, there):
        await begin(here, *CALLS)

        async def write(store: Store, name: str, calls: list[CallId]) -> None:
            for count in range(EACH):
                await store.append([(call, note(f"{name} {count}"), TS) for call in calls])

        await asyncio.gather(
            write(here, "here", CALLS),
            write(there, "there", CALLS[::-1]),  # in another order: no one waits in a circle
            write(there, "too", CALLS[:1]),
        )
        for call in CALLS:
            found = await there.events(call, entitled=True)
            assert [event["n"] for event in found] == [*range(1, len(found) + 1)]
            said = [event["data"]["text"] for event in found]
            for name in ("here", "there", *(["too"] if call == CALLS[0] else [])):
                assert [text for text in said if text.split()[0] == name] == [
                    f"{name} {count}" for count in range(EACH)
                ]


async def test_one_key_said_by_two_processes_is_stored_once(url: str) -> None:
    async with opened(url, 2) as (here, there):
        await begin(here, CALLS[0])
        drafts = [(CALLS[0], note(f"key {n}"), TS) for n in range(EACH)]
        written = await asyncio.gather(
            *(store.append([draft]) for draft in drafts for store in (here, there))
        )
        assert sum(len(events) for events in written) == EACH
        assert len(await here.events(CALLS[0], entitled=True)) == EACH


async def test_a_call_begins_in_one_process(url: str) -> None:
    async with opened(url, 2) as (here, there):
        begun = await asyncio.gather(
            *(store.begin(CALLS[0], source="pcm", context={}, started_at=TS)
              for store in (here, there))
        )  # fmt: skip
        assert sorted(begun) == [False, True]


async def test_the_team_is_known_where_the_call_does_not_live(url: str) -> None:
    async with opened(url, 2) as (here, there):
        await begin(here, CALLS[0], team="north")
        assert there.team(CALLS[0]) is None
        await there.append([(CALLS[0], note("k"), TS)])
        assert there.team(CALLS[0]) == "north"


async def test_the_orphans_of_the_dead_are_ended_and_no_others(url: str) -> None:
    async with opened(url, 3) as (here, there, third):
        await begin(third, CALLS[2])  # of a time when there was one process
        first, second = await here.owners.enlist(), await there.owners.enlist()
        await begin(here, CALLS[0])
        await begin(there, CALLS[1])
        assert [event.call for event in await here.close_orphans(LATER)] == [CALLS[2]]
        assert await here.owners.beat()
        assert await here.owners.beats() == {first: 1, second: 0}
        await here.owners.strike(second)
        events = await asyncio.gather(*(store.close_orphans(LATER) for store in (here, third)))
        ended = [event for some in events for event in some]
        assert [(event.call, event.data["reason"]) for event in ended] == [
            (CALLS[1], "server_lost")
        ]
        assert not await there.owners.beat(), "struck off, it learns of it"
        assert set(await here.owners.beats()) == {first, second}
        record = await here.call(CALLS[0])
        assert record is not None
        assert (record.state, record.owner) == ("live", first)
        assert sorted(await here.current(None, LATER)) == sorted(CALLS)
        assert await here.current(None, LATER[:-1] + "~") == CALLS[:1]


async def test_context_put_elsewhere_waits_for_its_call(url: str) -> None:
    async with opened(url, 2) as (here, there):
        await here.owners.enlist()
        await begin(here, CALLS[0])
        for call in CALLS[:2]:
            await there.put_context(call, {"product": "Injecta"}, TS)
        assert await here.owners.waiting() == CALLS[:1]
        assert await here.take_context(CALLS[0]) == {"product": "Injecta"}
        assert await here.owners.waiting() == []
        await there.take_context(CALLS[1])


async def test_what_is_stored_comes_back_as_it_was(url: str) -> None:
    """Verbatim text, checkpoints, lists: what the tests of SQLite show one by one."""
    async with opened(url, 1) as (store,):
        await begin(store, *CALLS, team="north")
        whole = Draft("note", 2.5, {"text": "[name]"}, "k", {"text": "Ada", "odd": ODD})
        await store.append([(CALLS[0], whole, TS), (CALLS[0], note("odd", odd=ODD), TS)])
        shown = await store.events(CALLS[0], entitled=False)
        entitled = await store.events(CALLS[0], after=0, limit=1, entitled=True)
        assert [event["data"]["text"] for event in shown] == ["[name]", "odd"]
        assert entitled[0]["data"] == {"text": "Ada", "odd": ODD}
        assert [*shown[1]["data"]["odd"]] == [*ODD], "in their order"
        assert await store.clock(CALLS[0]) == 0.0, "notes are by people"
        await store.save_checkpoint(CALLS[0], 7.0, b"\x00\xff")
        await store.save_checkpoint(CALLS[0], 8.0, b"later")
        kept = await store.load_checkpoint(CALLS[0])
        assert kept is not None
        assert (kept.at, kept.payload) == (8.0, b"later")
        await store.finish(CALLS[1], reason="stopped", ended_at=LATER, duration=5.0)
        page = await store.calls(team="north", state="live", limit=1)
        following = await store.calls(team="north", state="live", limit=9, before=page[0].id)
        assert {call.id for call in page + following} == {CALLS[0], CALLS[2]}
        with pytest.raises(UnknownCall):
            await store.append([(CallId("unknown"), note("k"), TS)])
        await store.ping()


async def test_many_processes_open_a_new_database_at_once(postgres: str) -> None:
    stores = await asyncio.gather(*(Store.open(postgres) for _ in range(4)))
    for store in stores:
        await store.close()


async def test_what_cannot_be_opened_is_named(postgres: str) -> None:
    gone = f"postgresql://coach:hush@127.0.0.1:{free_port()}/coach"
    absent = postgres.replace("/postgres", "/absent")
    for url, words in (
        (gone, "cannot open the database postgresql"),
        (absent, 'database "absent" does not exist'),
        ("mysql://coach@127.0.0.1/coach", "SQLite or PostgreSQL"),
        ("nonsense", "COACH_STORE_URL"),
    ):
        with pytest.raises(StoreError, match=words) as caught:
            await Store.open(url)
        assert "hush" not in str(caught.value)
