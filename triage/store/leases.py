"""Queues in tables: a claimed row is hidden from other workers until its lease ends.

A lease is the row's own due time moved into the future, under a fresh token. A worker that dies therefore gives
its row back by doing nothing, and a late one finds that the token is no longer its own.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

PENDING = "pending"


def claim(
    conn: Connection,
    table: sa.Table,
    now: datetime,
    lease: timedelta,
    limit: int,
    *where: sa.ColumnElement[bool],
    last: sa.ColumnElement[bool] | None = None,
) -> list[RowMapping]:
    """Lease up to `limit` due rows, the longest due first and `last` ones behind all others, each with its token."""
    due = (
        sa.select(table.c.id)
        .where(table.c.state == PENDING, table.c.due_at <= now, *where)
        .order_by(*([] if last is None else [last]), table.c.due_at, table.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    ids = conn.scalars(due).all()
    if not ids:
        return []
    claimed = conn.execute(
        sa.update(table)
        .where(table.c.id.in_(ids))
        .values(lease_token=uuid4().hex, due_at=now + lease, attempts=table.c.attempts + 1)
        .returning(table)
    )
    return sorted(claimed.mappings(), key=lambda row: ids.index(row["id"]))


def settle(conn: Connection, table: sa.Table, row_id: int, token: str, **values: object) -> bool:
    """End the lease with what came of it; False if the lease was lost to somebody else, and nothing changed."""
    done = conn.execute(
        sa.update(table)
        .where(table.c.id == row_id, table.c.lease_token == token, table.c.state == PENDING)
        .values(lease_token=None, **values)
    )
    return done.rowcount == 1


def release_all(conn: Connection, table: sa.Table, now: datetime) -> None:
    """Give every leased row back at once; only for a process that knows it is alone."""
    held = table.c.state == PENDING, table.c.lease_token.is_not(None)
    conn.execute(sa.update(table).where(*held).values(lease_token=None, due_at=now))


def next_due(conn: Connection, table: sa.Table) -> datetime | None:
    """When the first pending row is due."""
    first: datetime | None = conn.scalar(sa.select(sa.func.min(table.c.due_at)).where(table.c.state == PENDING))
    return first
