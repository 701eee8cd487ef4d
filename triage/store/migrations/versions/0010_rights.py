"""Passwords, identities of a provider, lock-out and roles of tokens"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from triage.store.db import Instant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("password", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("identity", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("epoch", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("failures", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("locked_until", Instant(), nullable=True))
        batch_op.add_column(sa.Column("signed_in_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("disabled_at", Instant(), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_accounts_identity"), ["identity"])
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        # What there was could do all that the API did: what a responder may.
        batch_op.add_column(sa.Column("role", sa.Text(), server_default="responder", nullable=False))
        batch_op.add_column(sa.Column("expires_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("used_at", Instant(), nullable=True))
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index("ix_audit_at", ["at"])


def downgrade() -> None:
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_at")
    with op.batch_alter_table("api_tokens", schema=None) as batch_op:
        batch_op.drop_column("used_at")
        batch_op.drop_column("expires_at")
        batch_op.drop_column("role")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_accounts_identity"), type_="unique")
        for name in ("disabled_at", "signed_in_at", "locked_until", "failures", "epoch", "identity", "password"):
            batch_op.drop_column(name)
