"""Mails and what became of them, the senders that people have taught us, and the ticket in which a mail's goes on"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from triage.store.db import Instant

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "mails",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("inbox_id", NUMBER, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("thread", sa.JSON(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("sender_name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("fate", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("aligned", sa.Boolean(), nullable=False),
        sa.Column("proof", sa.JSON(), nullable=False),
        sa.Column("attachments", sa.JSON(), nullable=False),
        sa.Column("received_at", Instant(timezone=True), nullable=False),
        sa.Column("answerable", sa.Boolean(), nullable=False),
        sa.Column("confirm_to", sa.Text(), nullable=True),
        sa.Column("decided_at", Instant(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("ticket_id", NUMBER, nullable=True),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_mails_inbox_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_mails_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mails")),
        sqlite_autoincrement=True,
    )
    for column in ("inbox_id", "digest", "message_id", "ticket_id"):
        op.create_index(op.f(f"ix_mails_{column}"), "mails", [column])
    op.create_index("ix_mails_sender", "mails", ["sender", "received_at"])
    op.create_index("ix_mails_fate", "mails", ["fate", "received_at"])
    op.create_index("ix_mails_received", "mails", ["received_at"])
    op.create_table(
        "taught_senders",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", Instant(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_taught_senders")),
    )
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.add_column(sa.Column("goes_on_in", NUMBER, nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_tickets_goes_on_in"), "tickets", ["goes_on_in"], ["id"])
        batch_op.create_index(batch_op.f("ix_tickets_goes_on_in"), ["goes_on_in"])
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.add_column(sa.Column("answers", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_column("answers")
    with op.batch_alter_table("tickets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tickets_goes_on_in"))
        batch_op.drop_constraint(batch_op.f("fk_tickets_goes_on_in"), type_="foreignkey")
        batch_op.drop_column("goes_on_in")
    op.drop_table("taught_senders")
    op.drop_table("mails")
