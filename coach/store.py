"""The store: calls and their checkpoints, and by way of the log their events."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import (
    Executable,
    Row,
    Select,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from coach.drafts import plain_json
from coach.events import ENDED_KEY, Draft, Event
from coach.storage import tables
from coach.storage.contexts import Contexts
from coach.storage.database import BUSY_SECONDS, connect
from coach.storage.eventlog import EventLog, Said
from coach.storage.owners import Owners, orphaned
from coach.storage.records import (
    CallRecord,
    CallState,
    StoredCheckpoint,
    UnknownCall,
    agent_and_team,
    chunks,
    parties_from_json,
    parties_to_json,
)
from stream.audio import CallId, Context, Party

ENDED = "call.ended"
"""Key of the one `call.ended` of a call, whoever says it."""
LOST = "server_lost"
"""Reason of a call whose process died."""


class Store:
    """One database. Open it with `Store.open`, close it with `close`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._writing = asyncio.Lock()
        """SQLite has one writer: here waiting for it is in order, in its own lock it is not."""
        self._log = EventLog(engine, self._writing)
        self._contexts = Contexts(engine, self._writing)
        self.owners = Owners(engine, self._writing)
        """The processes that share the database, where there are several."""

    @classmethod
    async def open(cls, url: str, *, busy_seconds: float = BUSY_SECONDS) -> Store:
        """The store at `url`, made or brought to this version; StoreError where that fails."""
        return cls(await connect(url, busy_seconds=busy_seconds))

    async def ping(self) -> None:
        """Returns when the database answers, raises what is wrong where it does not."""
        async with self._engine.connect() as connection:
            await connection.execute(select(literal(1)))

    async def close(self) -> None:
        await self._engine.dispose()

    # -- events -----------------------------------------------------------------------------

    async def append(self, batch: Sequence[Said]) -> list[Event]:
        """Number and store durable drafts: see `EventLog.append`."""
        return await self._log.append(batch)

    async def events(
        self, call: CallId, *, after: int = 0, limit: int | None = None, entitled: bool
    ) -> list[dict[str, Any]]:
        """The call's events as the API shows them: see `EventLog.events`."""
        return await self._log.events(call, after=after, limit=limit, entitled=entitled)

    async def clock(self, call: CallId) -> float:
        """The media second that the call's log has reached: see `EventLog.clock`."""
        return await self._log.clock(call)

    # -- contexts of calls to come ----------------------------------------------------------

    async def put_context(self, call: CallId, context: Context, put_at: str) -> None:
        """Keep what is known of a call that has not begun: see `Contexts.put`."""
        await self._contexts.put(call, context, put_at)

    async def take_context(self, call: CallId) -> Context:
        """What was put for the call, given once; {} where nothing was.

        Take it when whoever puts more finds the call live already: so nothing falls between.
        """
        return await self._contexts.take(call)

    # -- calls ------------------------------------------------------------------------------

    async def begin(
        self,
        call: CallId,
        *,
        source: str,
        context: Context,
        parties: Iterable[Party] = (),
        started_at: str,
    ) -> bool:
        """Enter a live call. False, and nothing changed, where its id is already taken."""
        agent, team = agent_and_team(context)
        row = {
            "id": call,
            "state": "live",
            "source": source,
            "context": plain_json(context),
            "parties": parties_to_json(tuple(parties)),
            "started_at": started_at,
            "agent": agent,
            "team": team,
            "owner": self.owners.me,
        }
        try:
            await self._write(insert(tables.calls).values(row))
        except IntegrityError:
            return False
        self._log.begun(call, team)
        return True

    async def update_context(self, call: CallId, context: Context) -> None:
        """Replace the call's context by this one; raises UnknownCall."""
        agent, team = agent_and_team(context)
        await self._change(call, context=plain_json(context), agent=agent, team=team)
        self._log.moved(call, team)

    async def update_parties(self, call: CallId, parties: Iterable[Party]) -> None:
        """Replace the list of who is, or was, on the call; raises UnknownCall."""
        await self._change(call, parties=parties_to_json(tuple(parties)))

    async def finish(self, call: CallId, *, reason: str, ended_at: str, duration: float) -> None:
        """Mark the call ended; `duration` in media seconds. Raises UnknownCall."""
        await self._change(call, state="ended", reason=reason, ended_at=ended_at, duration=duration)

    async def call(self, call: CallId) -> CallRecord | None:
        async with self._engine.connect() as connection:
            row = (await connection.execute(_call_query(call))).one_or_none()
        return None if row is None else _record(row)

    async def calls(
        self,
        *,
        team: str | None = None,
        agent: str | None = None,
        state: CallState | None = None,
        limit: int,
        before: CallId | None = None,
    ) -> list[CallRecord]:
        """Calls, the latest begun first; `before`: those that follow this call in that order.

        Raises UnknownCall where there is no call `before`.
        """
        order = tuple_(tables.calls.c.started_at, tables.calls.c.id)
        query = select(tables.calls).limit(limit)
        query = query.order_by(tables.calls.c.started_at.desc(), tables.calls.c.id.desc())
        wanted = {"team": team, "agent": agent, "state": state}
        for column, value in wanted.items():
            if value is not None:
                query = query.where(tables.calls.c[column] == value)
        async with self._engine.connect() as connection:
            if before is not None:
                mark = (await connection.execute(_call_query(before))).one_or_none()
                if mark is None:
                    raise UnknownCall(before)
                query = query.where(order < tuple_(literal(mark.started_at), literal(mark.id)))
            return [_record(row) for row in await connection.execute(query)]

    async def current(self, team: str | None, ended_since: str) -> list[CallId]:
        """Calls, of this team or of all, that are live or have ended at that time or later."""
        here = tables.calls.c
        query = select(here.id).where(or_(here.state == "live", here.ended_at >= ended_since))
        if team is not None:
            query = query.where(here.team == team)
        async with self._engine.connect() as connection:
            return list((await connection.execute(query)).scalars())

    def team(self, call: CallId) -> str | None:
        """The team of a call begun or written to in this process lately, without a query."""
        return self._log.team(call)

    async def close_orphans(self, ts: str) -> list[Event]:
        """End every call that is live and nobody's: its process died. Each gets the
        `call.ended` it still lacks (returned), reason LOST; its length is as far as its log
        goes. `ts`: the time of day to write.
        """
        lasts = await self._orphans()
        ended = await self._endings(lasts)
        drafts = [
            (call, Draft(ENDED, at, {"reason": LOST, "duration": at}, key=ENDED_KEY), ts)
            for call, at in lasts.items()
            if call not in ended
        ]
        events = await self.append(drafts)
        ended = await self._endings(lasts)  # another process may have ended some meanwhile
        for call, at in lasts.items():
            when, data = ended[call]
            length = float(data.get("duration", at))
            reason = str(data.get("reason", LOST))
            await self.drop_checkpoint(call)
            await self.finish(call, reason=reason, ended_at=when, duration=length)
        return events

    async def _orphans(self) -> dict[CallId, float]:
        """Of every call that is nobody's, the media second to which its log goes."""
        query = (
            select(tables.calls.c.id, func.max(tables.events.c.at))
            .select_from(tables.calls.outerjoin(tables.events))
            .where(orphaned())
            .group_by(tables.calls.c.id, tables.calls.c.started_at)
            .order_by(tables.calls.c.started_at, tables.calls.c.id)
        )
        async with self._engine.connect() as connection:
            return {call: at or 0.0 for call, at in await connection.execute(query)}

    async def _endings(self, calls: Iterable[CallId]) -> dict[CallId, tuple[str, dict[str, Any]]]:
        endings = {}
        columns = tables.events.c.call, tables.events.c.ts, tables.events.c.data
        async with self._engine.connect() as connection:
            for some in chunks(list(calls)):
                query = select(*columns).where(
                    tables.events.c.call.in_(some), tables.events.c.type == ENDED
                )
                for call, ts, data in await connection.execute(query):
                    endings[call] = (ts, data)
        return endings

    # -- checkpoints ------------------------------------------------------------------------

    async def save_checkpoint(self, call: CallId, at: float, payload: bytes) -> None:
        """Keep this as the call's checkpoint, in place of the one before; or UnknownCall."""
        mine = tables.checkpoints.c.call == call
        row = {"at": at, "payload": payload}
        try:
            async with self._writing, self._engine.begin() as connection:
                changed = await connection.execute(
                    update(tables.checkpoints).where(mine).values(row)
                )
                if changed.rowcount == 0:
                    await connection.execute(
                        insert(tables.checkpoints).values({"call": call, **row})
                    )
        except IntegrityError:
            raise UnknownCall(call) from None

    async def load_checkpoint(self, call: CallId) -> StoredCheckpoint | None:
        columns = tables.checkpoints.c.at, tables.checkpoints.c.payload
        query = select(*columns).where(tables.checkpoints.c.call == call)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).one_or_none()
        return None if row is None else StoredCheckpoint(row.at, row.payload)

    async def drop_checkpoint(self, call: CallId) -> None:
        await self._write(delete(tables.checkpoints).where(tables.checkpoints.c.call == call))

    async def _change(self, call: CallId, **values: Any) -> None:
        query = update(tables.calls).where(tables.calls.c.id == call).values(**values)
        if await self._write(query) == 0:
            raise UnknownCall(call)

    async def _write(self, query: Executable) -> int:
        async with self._writing, self._engine.begin() as connection:
            return (await connection.execute(query)).rowcount


def _call_query(call: CallId) -> Select[Any]:
    return select(tables.calls).where(tables.calls.c.id == call)


def _record(row: Row[Any]) -> CallRecord:
    values = dict(row._mapping)
    return CallRecord(**{**values, "parties": parties_from_json(values["parties"])})
