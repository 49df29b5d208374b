"""The processes that share a database, and the live calls that are theirs.

Each process has a row whose `beats` it raises again and again: who stops doing so is dead, or
cut off. No times of day are compared, since clocks of two machines may differ. A live call
whose owner has no row is an orphan.
"""

from __future__ import annotations

import asyncio
from uuid import uuid4

from sqlalchemy import ColumnElement, Executable, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from coach.storage import tables
from stream.audio import CallId


class Owners:
    """The owners of a store. `writing` is the one lock of the store's writers."""

    def __init__(self, engine: AsyncEngine, writing: asyncio.Lock) -> None:
        self._engine = engine
        self._writing = writing
        self.me: str | None = None
        """This process, where it is one of several: calls begun from now on are its own."""

    async def enlist(self) -> str:
        """Make this process one of several; its id."""
        me = uuid4().hex
        await self._write(insert(tables.owners).values(id=me, beats=0))
        self.me = me
        return me

    async def beat(self) -> bool:
        """Show that this process lives. False: it had been struck off as dead, and its calls
        may have been ended by another; it is on the list again."""
        assert self.me is not None, "enlist first"
        mine = tables.owners.c.id == self.me
        query = update(tables.owners).where(mine).values(beats=tables.owners.c.beats + 1)
        if await self._write(query):
            return True
        await self._write(insert(tables.owners).values(id=self.me, beats=0))
        return False

    async def beats(self) -> dict[str, int]:
        """How often each process has shown that it lives."""
        async with self._engine.connect() as connection:
            found = await connection.execute(select(tables.owners))
            return {row.id: row.beats for row in found}

    async def strike(self, owner: str) -> None:
        """This process is no more: its live calls are orphans now."""
        await self._write(delete(tables.owners).where(tables.owners.c.id == owner))

    async def strike_all(self) -> None:
        """No process is: for one that has the database to itself."""
        await self._write(delete(tables.owners))

    async def waiting(self) -> list[CallId]:
        """Live calls of this process for which another took in context: see `Contexts`."""
        together = tables.calls.join(tables.contexts, tables.contexts.c.call == tables.calls.c.id)
        query = select(tables.calls.c.id).select_from(together)
        mine = (tables.calls.c.state == "live") & (tables.calls.c.owner == self.me)
        async with self._engine.connect() as connection:
            return list((await connection.execute(query.where(mine))).scalars())

    async def _write(self, query: Executable) -> int:
        async with self._writing, self._engine.begin() as connection:
            return (await connection.execute(query)).rowcount


def orphaned() -> ColumnElement[bool]:
    """Of a call, whether it is live and nobody's."""
    living = select(tables.owners.c.id)
    nobody = or_(tables.calls.c.owner.is_(None), tables.calls.c.owner.not_in(living))
    return (tables.calls.c.state == "live") & nobody
