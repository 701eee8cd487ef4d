"""Watch windows on customers"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from triage.store.db import Instant

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "watches",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_watches")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_watches_ends_at"), "watches", ["ends_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_watches_ends_at"), "watches")
    op.drop_table("watches")
