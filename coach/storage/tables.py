"""The tables of the store. `migrations/` brings a database to this state; a test compares them.

Times of day are text as the API shows them ("2026-11-22T04:00:00.123Z"): they sort as they
passed and read the same from SQLite and PostgreSQL. JSON columns are the plain JSON type, on
PostgreSQL as well: it keeps the text as it was written, so that numbers and the order of keys
come back exactly; JSONB would not.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)

calls = Table(
    "calls",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("state", String(8), nullable=False),
    Column("source", String, nullable=False),
    Column("context", JSON, nullable=False),
    Column("parties", JSON, nullable=False),
    Column("started_at", String(24), nullable=False),
    Column("ended_at", String(24)),
    Column("duration", Double),
    Column("reason", String),
    Column("agent", String),
    Column("team", String),
    Column("owner", String(32)),
    Index("ix_calls_started_at_id", "started_at", "id"),
    Index("ix_calls_team_started_at_id", "team", "started_at", "id"),
    Index("ix_calls_agent_started_at_id", "agent", "started_at", "id"),
    Index("ix_calls_state", "state"),
)
"""`agent` and `team` repeat the context's, so that lists can be filtered by them. `owner`: the
process in which the call was begun, where several share the database. No foreign key: who died
is struck off at once, and its calls are ended after that."""

owners = Table(
    "owners",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("beats", Integer, nullable=False),
)
"""Processes that share the database; see coach/storage/owners.py."""

events = Table(
    "events",
    metadata,
    Column("call", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("key", String, nullable=False),
    Column("type", String, nullable=False),
    Column("at", Double, nullable=False),
    Column("ts", String(24), nullable=False),
    Column("data", JSON, nullable=False),
    UniqueConstraint("call", "key"),
)

verbatim = Table(
    "verbatim",
    metadata,
    Column("call", String(128), primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("data", JSON, nullable=False),
    ForeignKeyConstraint(["call", "n"], ["events.call", "events.n"], ondelete="CASCADE"),
)
"""The restricted table: whole events, for entitled readers. Nothing else holds them."""

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("call", ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    Column("at", Double, nullable=False),
    Column("payload", LargeBinary, nullable=False),
)

contexts = Table(
    "contexts",
    metadata,
    Column("call", String(128), primary_key=True),
    Column("context", JSON, nullable=False),
    Column("put_at", String(24), nullable=False),
    Index("ix_contexts_put_at", "put_at"),
)
"""What is known of calls that have not begun; taken out when they do."""
