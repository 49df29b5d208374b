"""Calls, their events, the restricted verbatim table, checkpoints, contexts of calls to come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _calls()
    _events()
    _verbatim()
    _checkpoints()
    _contexts()


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.String(128), nullable=False),
        sa.Column("state", sa.String(8), nullable=False),
        sa.Column("source", sa.String, nullable=False),
        sa.Column("context", sa.JSON, nullable=False),
        sa.Column("parties", sa.JSON, nullable=False),
        sa.Column("started_at", sa.String(24), nullable=False),
        sa.Column("ended_at", sa.String(24)),
        sa.Column("duration", sa.Double),
        sa.Column("reason", sa.String),
        sa.Column("agent", sa.String),
        sa.Column("team", sa.String),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
    )
    op.create_index("ix_calls_started_at_id", "calls", ["started_at", "id"])
    op.create_index("ix_calls_team_started_at_id", "calls", ["team", "started_at", "id"])
    op.create_index("ix_calls_agent_started_at_id", "calls", ["agent", "started_at", "id"])
    op.create_index("ix_calls_state", "calls", ["state"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("call", sa.String(128), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("key", sa.String, nullable=False),
        sa.Column("type", sa.String, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("ts", sa.String(24), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("call", "n", name="pk_events"),
        sa.UniqueConstraint("call", "key", name="uq_events_call_key"),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name="fk_events_calls", ondelete="CASCADE"),
    )


def _verbatim() -> None:
    op.create_table(
        "verbatim",
        sa.Column("call", sa.String(128), nullable=False),
        sa.Column("n", sa.Integer, nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("call", "n", name="pk_verbatim"),
        sa.ForeignKeyConstraint(
            ["call", "n"],
            ["events.call", "events.n"],
            name="fk_verbatim_events",
            ondelete="CASCADE",
        ),
    )


def _checkpoints() -> None:
    op.create_table(
        "checkpoints",
        sa.Column("call", sa.String(128), nullable=False),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("payload", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("call", name="pk_checkpoints"),
        sa.ForeignKeyConstraint(
            ["call"], ["calls.id"], name="fk_checkpoints_calls", ondelete="CASCADE"
        ),
    )


def _contexts() -> None:
    op.create_table(
        "contexts",
        sa.Column("call", sa.String(128), nullable=False),
        sa.Column("context", sa.JSON, nullable=False),
        sa.Column("put_at", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("call", name="pk_contexts"),
    )
    op.create_index("ix_contexts_put_at", "contexts", ["put_at"])


def downgrade() -> None:
    for table in ("contexts", "checkpoints", "verbatim", "events", "calls"):
        op.drop_table(table)
