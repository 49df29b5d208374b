"""Which process a live call belongs to, and which processes there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "owners",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("beats", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_owners"),
    )
    op.add_column("calls", sa.Column("owner", sa.String(32)))


def downgrade() -> None:
    op.drop_column("calls", "owner")
    op.drop_table("owners")
