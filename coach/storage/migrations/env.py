"""What Alembic runs: `coach.storage.database` hands it the connection, already in a transaction."""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection, func, select

from coach.storage.tables import metadata

LOCK = 0x636F616368
"""Number of the advisory lock on PostgreSQL ("coach"): of several processes that start
together, one migrates and the others wait for it. SQLite locks the file by itself."""


def run(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
    context.configure(connection=connection, target_metadata=metadata)
    context.run_migrations()


run(context.config.attributes["connection"])
