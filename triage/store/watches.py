"""Watch windows: for a time, such as a go-live, a customer's tickets have everybody's attention."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.store.tables import watches


@dataclass(frozen=True, slots=True)
class Watch:
    """A customer is watched in `[start, end)`, because of `reason`."""

    id: int
    customer: str
    start: datetime
    end: datetime
    reason: str
    created_by: str


def add(conn: Connection, customer: str, start: datetime, end: datetime, reason: str, who: str, now: datetime) -> int:
    """Watch a customer for a time; the window's number."""
    row = {
        "customer": customer,
        "starts_at": start,
        "ends_at": end,
        "reason": reason,
        "created_at": now,
        "created_by": who,
    }
    number: int = conn.execute(sa.insert(watches).values(row).returning(watches.c.id)).scalar_one()
    return number


def end(conn: Connection, number: int, now: datetime) -> str | None:
    """End a window before its time; whose it was, or None if it is over or was ended already."""
    going = watches.c.id == number, watches.c.ends_at > now
    customer: str | None = conn.scalar(
        sa.update(watches).where(*going).values(ends_at=now).returning(watches.c.customer)
    )
    return customer


def to_come(conn: Connection, now: datetime, customer: str | None = None) -> list[Watch]:
    """The windows that are open or to come, the first one first."""
    still = [watches.c.ends_at > now, *([watches.c.customer == customer] if customer is not None else [])]
    rows = conn.execute(sa.select(watches).where(*still).order_by(watches.c.starts_at, watches.c.id)).mappings()
    return [_watch(row) for row in rows]


def open_at(conn: Connection, now: datetime) -> dict[str, Watch]:
    """The windows that are open, by customer; of several, the one that ends last."""
    rows = conn.execute(
        sa.select(watches).where(watches.c.starts_at <= now, watches.c.ends_at > now).order_by(watches.c.ends_at)
    ).mappings()
    return {row["customer"]: _watch(row) for row in rows}


def _watch(row: RowMapping) -> Watch:
    return Watch(row["id"], row["customer"], row["starts_at"], row["ends_at"], row["reason"], row["created_by"])
