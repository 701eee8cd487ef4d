"""Escalation in full: what an incident pages for and holds, maintenance windows, and tokens of programs"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from triage.store.db import Instant

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "maintenance",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("starts_at", Instant(timezone=True), nullable=False),
        sa.Column("ends_at", Instant(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("ended_at", Instant(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_maintenance")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_maintenance_ends", "maintenance", ["ends_at"])
    op.create_table(
        "api_tokens",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("revoked_at", Instant(timezone=True), nullable=True),
        sa.Column("revoked_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_tokens_digest")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pages_paged", "pages", ["paged_at", "id"])
    # Only a P0 has paged by the configuration that was shipped, so that is what is assumed of older incidents.
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        batch_op.add_column(sa.Column("priority", sa.Text(), nullable=False, server_default="P0"))
        batch_op.add_column(sa.Column("held", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("given_to", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("told_at", Instant(timezone=True), nullable=True))
    with op.batch_alter_table("incident_tickets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("told_at", Instant(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("left_at", Instant(timezone=True), nullable=True))
    op.execute("UPDATE incident_tickets SET told_at = joined_at")


def downgrade() -> None:
    with op.batch_alter_table("incident_tickets", schema=None) as batch_op:
        batch_op.drop_column("left_at")
        batch_op.drop_column("told_at")
    with op.batch_alter_table("incidents", schema=None) as batch_op:
        for name in ("told_at", "given_to", "held", "priority"):
            batch_op.drop_column(name)
    op.drop_index("ix_pages_paged", table_name="pages")
    op.drop_table("api_tokens")
    op.drop_index("ix_maintenance_ends", table_name="maintenance")
    op.drop_table("maintenance")
