"""The log: each call's durable events, counted from 1 without holes.

Numbers are given here and nowhere else. `append` counts on from the last `n` of each call,
skips keys that the call's log already holds, and writes all or nothing; so a log has no holes
and says nothing twice.

Several processes may write to one call: one hears it, another has a page on which a person says
something of it. Where the database can lock rows (PostgreSQL), the calls of a batch are locked
in order of their ids and their last numbers read under the locks: whoever comes second waits,
and counts on. On SQLite the last numbers are cached; where another process counted on meanwhile
the database refuses the number, the cache is forgotten, and the batch is counted again with the
whole file locked.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, false, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from coach.drafts import plain
from coach.events import Draft, Event
from coach.storage import tables
from coach.storage.database import has_row_locks
from coach.storage.records import ROWS, UnknownCall, chunks
from stream.audio import CallId

ATTEMPTS = 2
"""To number a batch: on trust, then locked. A refusal after that is the batch's own fault."""
CALLS_CACHED = 4096
"""Calls whose last number is kept; far above what one process hears, and small."""

BY_PEOPLE = ("message", "note", "flag", "nudge.update")
"""Types that people add: they refer to moments, and do not move the call's clock."""

Said = tuple[CallId, Draft, str]
"""A draft of a call and the time of day when it was made."""


@dataclass(slots=True)
class _Known:
    last: int | None
    """None: to be read again, a transaction broke and what the table holds is not known."""
    team: str | None


class EventLog:
    """Events and their verbatim text. `writing` is the one lock of the store's writers; the
    cached numbers belong to the transaction that holds it."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine = engine
        self._writing = writing
        self._locks = has_row_locks(engine)
        self._known: OrderedDict[CallId, _Known] = OrderedDict()

    def begun(self, call: CallId, team: str | None) -> None:
        """A call that has no events yet: spares the query for its last number."""
        self._known[call] = _Known(0, team)

    def moved(self, call: CallId, team: str | None) -> None:
        """The call's team is another now."""
        if call in self._known:
            self._known[call].team = team

    def team(self, call: CallId) -> str | None:
        """The team of a call begun or written to in this process lately, without a query."""
        known = self._known.get(call)
        return known.team if known else None

    async def append(self, batch: Sequence[Said]) -> list[Event]:
        """Store durable drafts in their order, in one transaction; the Events written.

        A draft whose key its call's log already holds is skipped and takes no `n`. Raises
        ValueError for a draft that no log could hold, UnknownCall, and the database's errors;
        after any of them nothing of the batch is stored.
        """
        ready: list[Said] = []
        for some in chunks(batch):
            ready += [(call, _durable(draft), ts) for call, draft, ts in some]
            await asyncio.sleep(0)  # others' turn: this is work for the processor alone
        if not ready:
            return []
        async with self._writing:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    return await self._append(ready, locked=self._locks or attempt > 1)
                except IntegrityError:
                    if attempt == ATTEMPTS:
                        raise
        raise AssertionError("the last attempt returns or raises")

    async def _append(self, batch: Sequence[Said], *, locked: bool) -> list[Event]:
        called = list(dict.fromkeys(call for call, _, _ in batch))
        try:
            async with self._engine.begin() as connection:
                if locked:
                    await self._lock(connection, called)
                await self._learn(connection, called)
                events = await self._numbered(connection, batch)
                await _insert(connection, events)
        except BaseException:
            for call in called:
                if call in self._known:
                    self._known[call].last = None
            raise
        for event in events:
            self._known[event.call].last = event.n
        while len(self._known) > max(CALLS_CACHED, len(called)):
            self._known.popitem(last=False)
        return events

    async def _lock(self, connection: AsyncConnection, called: Iterable[CallId]) -> None:
        """Have these calls to ourselves until the transaction ends, and count them anew."""
        ids = tables.calls.c.id
        if self._locks:
            for some in chunks(sorted(called)):
                query = select(ids).where(ids.in_(some)).order_by(ids)
                await connection.execute(query.with_for_update(key_share=True))
        else:  # a write, though of no row, takes SQLite's lock before anything is read
            await connection.execute(update(tables.calls).where(false()).values(owner=None))
        for call in called:
            if call in self._known:
                self._known[call].last = None

    async def _learn(self, connection: AsyncConnection, called: Iterable[CallId]) -> None:
        """Have the last `n` of these calls in the cache, and these calls last to leave it."""
        missing = [call for call in called if self._last(call) is None]
        for some in chunks(missing):
            query = (
                select(tables.calls.c.id, tables.calls.c.team, func.max(tables.events.c.n))
                .select_from(tables.calls.outerjoin(tables.events))
                .where(tables.calls.c.id.in_(some))
                .group_by(tables.calls.c.id, tables.calls.c.team)
            )
            for call, team, last in await connection.execute(query):
                self._known[call] = _Known(last or 0, team)
        for call in called:
            if self._last(call) is None:
                raise UnknownCall(call)
            self._known.move_to_end(call)

    def _last(self, call: CallId) -> int | None:
        known = self._known.get(call)
        return known.last if known else None

    async def _numbered(self, connection: AsyncConnection, batch: Sequence[Said]) -> list[Event]:
        taken = set[tuple[CallId, str]]()
        for some in chunks(batch):
            found = await connection.execute(_keys_query(some))
            taken.update((call, key) for call, key in found)
        last: dict[CallId, int] = {}
        events = []
        for call, draft, ts in batch:
            if (call, draft.key) in taken:
                continue
            taken.add((call, draft.key))
            n = last[call] = (last.get(call) or self._last(call) or 0) + 1
            event = Event(call, draft.type, draft.at, ts, draft.data, n, draft.key, draft.verbatim)
            events.append(event)
        return events

    async def events(
        self, call: CallId, *, after: int = 0, limit: int | None = None, entitled: bool
    ) -> list[dict[str, Any]]:
        """The call's events after number `after`, at most `limit`, as the API shows them.

        `entitled` readers get verbatim text; for others the restricted table is not read.
        """
        query = _events_query(call, entitled=entitled)
        bodies: list[dict[str, Any]] = []
        async with self._engine.connect() as connection:
            while limit is None or len(bodies) < limit:
                page = ROWS if limit is None else min(ROWS, limit - len(bodies))
                step = query.where(tables.events.c.n > after).limit(page)
                rows = (await connection.execute(step)).all()
                bodies += [_event(row).view(entitled=entitled) for row in rows]
                if len(rows) < page:
                    break
                after = rows[-1].n
        return bodies

    async def clock(self, call: CallId) -> float:
        """The latest media second of what was heard of the call; 0 where nothing was."""
        log = tables.events
        query = select(func.max(log.c.at)).where(log.c.call == call, log.c.type.not_in(BY_PEOPLE))
        async with self._engine.connect() as connection:
            return (await connection.execute(query)).scalar_one() or 0.0


def _durable(draft: Draft) -> Draft:
    if not draft.durable:
        raise ValueError(f"{draft.type} is ephemeral: it is published, never stored")
    return plain(draft)


def _keys_query(batch: Sequence[Said]) -> Select[CallId, str]:
    """Those of the batch's keys that are in the log: by call, for so SQLite uses the index,
    which it does not for a list of (call, key)."""
    keys: dict[CallId, list[str]] = {}
    for call, draft, _ in batch:
        keys.setdefault(call, []).append(draft.key)
    log = tables.events
    wanted = [and_(log.c.call == call, log.c.key.in_(some)) for call, some in keys.items()]
    return select(log.c.call, log.c.key).where(or_(*wanted))


def _events_query(call: CallId, *, entitled: bool) -> Select[Any]:
    log, whole = tables.events, tables.verbatim
    columns: list[Any] = [log.c.call, log.c.type, log.c.at, log.c.ts, log.c.data, log.c.n]
    query = select(*columns).where(log.c.call == call).order_by(log.c.n)
    if not entitled:
        return query
    same = and_(whole.c.call == log.c.call, whole.c.n == log.c.n)
    joined = log.outerjoin(whole, same)
    return query.add_columns(whole.c.data.label("verbatim")).select_from(joined)


def _event(row: Row[Any]) -> Event:
    verbatim = getattr(row, "verbatim", None)
    return Event(row.call, row.type, row.at, row.ts, row.data, row.n, verbatim=verbatim)


async def _insert(connection: AsyncConnection, events: Sequence[Event]) -> None:
    for some in chunks(events):
        rows = [
            {
                "call": event.call,
                "n": event.n,
                "key": event.key,
                "type": event.type,
                "at": event.at,
                "ts": event.ts,
                "data": event.data,
            }
            for event in some
        ]
        await connection.execute(insert(tables.events), rows)
        whole = [
            {"call": event.call, "n": event.n, "data": event.verbatim}
            for event in some
            if event.verbatim is not None
        ]
        if whole:
            await connection.execute(insert(tables.verbatim), whole)
