"""Maintenance windows: planned work, in which what is less than a P0 pages nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.holds import Window
from triage.store.tables import maintenance


@dataclass(frozen=True, slots=True)
class Planned:
    """A window as it was planned, by whom, and whether it was ended before its time."""

    id: int
    window: Window
    created_at: datetime
    created_by: str
    ended_at: datetime | None
    ended_by: str | None


def add(conn: Connection, window: Window, who: str, now: datetime) -> int:
    """Plan a window; returns its number."""
    row = {
        "customer": window.customer,
        "starts_at": window.start,
        "ends_at": window.end,
        "reason": window.reason,
        "created_at": now,
        "created_by": who,
    }
    number: int = conn.execute(sa.insert(maintenance).values(row).returning(maintenance.c.id)).scalar_one()
    return number


def end(conn: Connection, number: int, who: str, now: datetime) -> bool:
    """End a window before its time, or call off one that has not begun; False if it was ended before."""
    this = maintenance.c.id == number, maintenance.c.ended_at.is_(None)
    return conn.execute(sa.update(maintenance).where(*this).values(ended_at=now, ended_by=who)).rowcount == 1


def get(conn: Connection, number: int) -> Planned | None:
    row = conn.execute(sa.select(maintenance).where(maintenance.c.id == number)).mappings().first()
    return _planned(row) if row else None


def to_come(conn: Connection, at: datetime) -> list[Planned]:
    """The windows that are open or will be, the first one first."""
    still = maintenance.c.ended_at.is_(None), maintenance.c.ends_at > at
    order = maintenance.c.starts_at, maintenance.c.id
    return [_planned(row) for row in conn.execute(sa.select(maintenance).where(*still).order_by(*order)).mappings()]


def open_windows(conn: Connection, at: datetime) -> list[Window]:
    """The windows that are open at `at`."""
    return [planned.window for planned in to_come(conn, at) if planned.window.start <= at]


def _planned(row: RowMapping) -> Planned:
    return Planned(
        id=row["id"],
        window=Window(row["starts_at"], row["ends_at"], row["reason"], row["customer"]),
        created_at=row["created_at"],
        created_by=row["created_by"],
        ended_at=row["ended_at"],
        ended_by=row["ended_by"],
    )
