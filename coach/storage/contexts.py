"""What is known of calls that have not begun: put by other systems, taken when the call begins."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from coach.drafts import plain_json, stamp
from coach.storage import tables
from stream.audio import CallId, Context
from stream.errors import TooBig
from stream.limits import MAX_CONTEXT_BYTES

KEPT_DAYS = 7
"""A call that has not begun after a week never will; what was known of it is personal data."""


class Contexts:
    """The waiting contexts of a store. `writing` is the one lock of the store's writers."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine = engine
        self._writing = writing

    async def put(self, call: CallId, context: Context, put_at: str) -> None:
        """Keep this for the call; its keys replace those put before. Forgets what is too old.

        `put_at`: the time of day. Raises TooBig where both together are above
        MAX_CONTEXT_BYTES, ValueError for what is no JSON; then nothing changes.
        """
        oldest = stamp(datetime.fromisoformat(put_at) - timedelta(days=KEPT_DAYS))
        async with self._writing, self._engine.begin() as connection:
            await connection.execute(
                delete(tables.contexts).where(tables.contexts.c.put_at < oldest)
            )
            await _merge(connection, call, context, put_at)

    async def take(self, call: CallId) -> Context:
        """What was put for the call, which is then no longer kept; {} where nothing was."""
        mine = tables.contexts.c.call == call
        query = delete(tables.contexts).where(mine).returning(tables.contexts.c.context)
        async with self._writing, self._engine.begin() as connection:
            found: Context | None = (await connection.execute(query)).scalar_one_or_none()
        return found or {}


async def _merge(connection: AsyncConnection, call: CallId, context: Context, at: str) -> None:
    mine = tables.contexts.c.call == call
    query = select(tables.contexts.c.context).where(mine).with_for_update()
    known: Context | None = (await connection.execute(query)).scalar_one_or_none()
    whole = plain_json({**(known or {}), **context})
    size = len(json.dumps(whole, ensure_ascii=False).encode(errors="replace"))
    if size > MAX_CONTEXT_BYTES:
        raise TooBig(
            f"the context put for this call has {size} bytes in all: "
            f"send at most {MAX_CONTEXT_BYTES}"
        )
    row = {"context": whole, "put_at": at}
    if known is None:
        await connection.execute(insert(tables.contexts).values(call=call, **row))
    else:
        await connection.execute(update(tables.contexts).where(mine).values(**row))
