"""Opening a database: its folder, its tables brought to this version, its connections.

Only this file knows what SQLite and PostgreSQL need, each in its way. PRAGMA and BEGIN IMMEDIATE
are the only SQL written out by hand: SQLAlchemy has no constructs for them.
"""

from __future__ import annotations

import asyncio
import json
import threading
from functools import partial
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

BUSY_SECONDS = 5.0
"""How long SQLite waits for another process's write before it says "locked"."""

MIGRATIONS = Path(__file__).parent / "migrations"

encode = partial(json.dumps, allow_nan=False, separators=(",", ":"))
"""Strict JSON: NaN is not JSON and PostgreSQL refuses it. Not-ASCII stays escaped, so that
even NUL and lone surrogates, which databases refuse as text, come back as they were."""

_one_at_a_time = threading.Lock()
"""Alembic keeps the running migration in a global of its own."""


class StoreError(Exception):
    """The store cannot do what was asked; the message names the fault and the mend."""


async def connect(url: str, *, busy_seconds: float = BUSY_SECONDS) -> AsyncEngine:
    """An engine on the database at `url`, its tables at this version's state.

    `sqlite+aiosqlite:///path` (or `sqlite:///path`) makes file and folder where absent.
    Raises StoreError where the database cannot be opened or is of a newer version.
    """
    target = _checked(url)
    # An error's text must not carry the values of its statement: they may be verbatim.
    arguments: dict[str, Any] = {"json_serializer": encode, "hide_parameters": True}
    if target.get_backend_name() == "sqlite":
        arguments["connect_args"] = {"timeout": busy_seconds}
    try:
        await asyncio.to_thread(_migrate, target, arguments)
    except CommandError as error:
        raise StoreError(
            f"the database {target!r} does not fit this version of coach ({error}): "
            "update coach, or name another database"
        ) from error
    except (DBAPIError, OSError) as error:
        raise StoreError(
            f"cannot open the database {target!r} ({getattr(error, 'orig', error)}): "
            "check that it is there, may be written, and that no other process holds it"
        ) from error
    engine = create_async_engine(target, pool_pre_ping=not _is_sqlite(target), **arguments)
    if _is_sqlite(target):
        event.listen(engine.sync_engine, "connect", _prepare)
    return engine


def has_row_locks(engine: AsyncEngine) -> bool:
    """Whether a transaction can lock rows. SQLite locks the file, at the first write."""
    return engine.dialect.name != "sqlite"


def _is_sqlite(url: URL) -> bool:
    return url.get_backend_name() == "sqlite"


def _checked(address: str) -> URL:
    """The URL with the driver that we have for its database."""
    try:
        url = make_url(address)
    except ArgumentError:  # its words would repeat the address, which may hold a password
        raise StoreError("COACH_STORE_URL is no URL: give postgresql://user@host/name") from None
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+asyncpg")
    if not _is_sqlite(url):
        raise StoreError(
            f"the store knows no {url.get_backend_name()}: name a database of SQLite or PostgreSQL"
        )
    if url.database in (None, "", ":memory:"):
        raise StoreError("the store needs a file, not a database in memory: name a path")
    return url.set(drivername="sqlite+aiosqlite")


def _migrate(url: URL, arguments: dict[str, Any]) -> None:
    """Run the migrations in a thread and a loop of their own: importing them takes long."""
    if _is_sqlite(url) and url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    with _one_at_a_time:
        asyncio.run(_upgrade(url, arguments))


async def _upgrade(url: URL, arguments: dict[str, Any]) -> None:
    engine = create_async_engine(url, poolclass=NullPool, **arguments)
    if _is_sqlite(url):
        event.listen(engine.sync_engine, "connect", _prepare_migration)
        event.listen(engine.sync_engine, "begin", _begin_immediate)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_to_head)
    finally:
        await engine.dispose()


def _to_head(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _prepare(connection: Any, _record: object) -> None:
    # synchronous FULL: what was stored survives a power cut too. An adverse event that was
    # shown must not vanish; batches keep the number of syncs small.
    _pragmas(connection, "foreign_keys=ON", "synchronous=FULL")


def _prepare_migration(connection: Any, _record: object) -> None:
    # WAL is kept in the file itself: readers and the one writer do not wait for each other.
    _pragmas(connection, "foreign_keys=ON", "journal_mode=WAL")
    # The driver begins no transaction before DDL; without one a migration that dies half way
    # would leave tables that the next start trips over. So we begin it ourselves.
    connection.isolation_level = None


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _pragmas(connection: Any, *pragmas: str) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
