"""Overrides of schedules, as people add and remove them. Nothing is deleted: what was in force stays in the log."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.oncall import Override
from triage.store.tables import overrides


@dataclass(frozen=True, slots=True)
class Listed:
    """An override in its schedule's list, with who added it, and who removed it if anybody did."""

    id: int
    schedule: str
    override: Override
    reason: str
    created_at: datetime
    created_by: str
    removed_at: datetime | None
    removed_by: str | None


def add(conn: Connection, schedule: str, override: Override, reason: str, who: str, now: datetime) -> int:
    """Put an override at the end of its schedule's list; returns its number."""
    row = {
        "schedule": schedule,
        "starts_at": override.start,
        "ends_at": override.end,
        "person": override.user,
        "replaces": override.replaces,
        "adds": override.adds,
        "swaps": override.swaps,
        "reason": reason,
        "created_at": now,
        "created_by": who,
    }
    number: int = conn.execute(sa.insert(overrides).values(row).returning(overrides.c.id)).scalar_one()
    return number


def get(conn: Connection, number: int) -> Listed | None:
    """One override, also a removed one."""
    row = conn.execute(sa.select(overrides).where(overrides.c.id == number)).mappings().first()
    return _listed(row) if row else None


def remove(conn: Connection, number: int, who: str, now: datetime) -> bool:
    """It is in force no longer; False if it was removed before."""
    there = overrides.c.id == number, overrides.c.removed_at.is_(None)
    return conn.execute(sa.update(overrides).where(*there).values(removed_at=now, removed_by=who)).rowcount == 1


def log_of(conn: Connection, since: datetime, schedule: str | None = None) -> list[Listed]:
    """What has not ended before then, as listed, removed ones too."""
    of = [overrides.c.ends_at > since]
    if schedule is not None:
        of.append(overrides.c.schedule == schedule)
    rows = conn.execute(sa.select(overrides).where(*of).order_by(overrides.c.id)).mappings()
    return [_listed(row) for row in rows]


def in_force(conn: Connection, schedule: str, since: datetime) -> tuple[Override, ...]:
    """The overrides of a schedule from then on, in the order in which they act.

    One that was removed while it was in force acts until its removal, so that the past stays what it was.
    """
    return tuple(_in_force(log_of(conn, since, schedule)))


def _in_force(log: list[Listed]) -> Iterator[Override]:
    for one in log:
        until = one.override.end if one.removed_at is None else one.removed_at.replace(microsecond=0)
        if until >= one.override.end:
            yield one.override
        elif until > one.override.start:
            yield replace(one.override, end=until)


def _listed(row: RowMapping) -> Listed:
    return Listed(
        id=row["id"],
        schedule=row["schedule"],
        override=Override(
            row["starts_at"], row["ends_at"], row["person"], row["replaces"], row["adds"], row["swaps"]
        ),
        reason=row["reason"],
        created_at=row["created_at"],
        created_by=row["created_by"],
        removed_at=row["removed_at"],
        removed_by=row["removed_by"],
    )
