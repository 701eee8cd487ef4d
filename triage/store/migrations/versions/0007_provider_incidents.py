"""The incidents that a paging provider opens for our pages"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provider_incidents",
        sa.Column("gateway", sa.Text(), nullable=False),
        sa.Column("incident", sa.Text(), nullable=False),
        sa.Column("page_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["page_id"], ["pages.id"], name=op.f("fk_provider_incidents_page_id")),
        sa.PrimaryKeyConstraint("gateway", "incident", name=op.f("pk_provider_incidents")),
    )


def downgrade() -> None:
    op.drop_table("provider_incidents")
