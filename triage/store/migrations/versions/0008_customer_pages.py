"""Customer pages, whose pages stand in the same ledger as those of incidents"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from triage.store.db import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "customer_pages",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("ticket_id", NUMBER, nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("override_reason", sa.Text(), nullable=True),
        sa.Column("observed", sa.Boolean(), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", Instant(timezone=True), nullable=False),
        sa.Column("next_contact_at", Instant(timezone=True), nullable=True),
        sa.Column("ended_at", Instant(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["tickets.id"], name=op.f("fk_customer_pages_ticket_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_customer_pages")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_customer_pages_ticket_id"), "customer_pages", ["ticket_id"])
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.alter_column("incident_id", existing_type=NUMBER, nullable=True)
        batch_op.add_column(sa.Column("customer_page_id", NUMBER, nullable=True))
        batch_op.create_foreign_key(op.f("fk_pages_customer_page_id"), "customer_pages", ["customer_page_id"], ["id"])
        batch_op.create_index(op.f("ix_pages_customer_page_id"), ["customer_page_id"])


def downgrade() -> None:
    # An older release knows no page without an incident.
    op.execute(
        "DELETE FROM attempts WHERE outbox_id IN"
        " (SELECT outbox.id FROM outbox JOIN pages ON pages.id = page_id WHERE incident_id IS NULL)"
    )
    op.execute("DELETE FROM outbox WHERE page_id IN (SELECT id FROM pages WHERE incident_id IS NULL)")
    op.execute("DELETE FROM pages WHERE incident_id IS NULL")
    op.execute("DELETE FROM timers WHERE kind = 'next_contact'")
    with op.batch_alter_table("pages", schema=None) as batch_op:
        batch_op.drop_index(op.f("ix_pages_customer_page_id"))
        batch_op.drop_constraint(op.f("fk_pages_customer_page_id"), type_="foreignkey")
        batch_op.drop_column("customer_page_id")
        batch_op.alter_column("incident_id", existing_type=NUMBER, nullable=False)
    op.drop_index(op.f("ix_customer_pages_ticket_id"), table_name="customer_pages")
    op.drop_table("customer_pages")
