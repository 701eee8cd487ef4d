"""What is due when, in the same transaction as the state that it belongs to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from triage.store.tables import timers


class TimerKind(StrEnum):
    DEADLINE = "deadline"  # the ticket's next warning or breach
    ESCALATE = "escalate"  # the incident's next step
    NEXT_METHOD = "next_method"  # the page's next contact method
    ACK_EXPIRES = "ack_expires"  # the incident's acknowledgement


@dataclass(frozen=True, slots=True)
class Timer:
    """One due thing; `subject` is the id of the ticket, incident or page."""

    id: int
    kind: TimerKind
    subject: str
    due_at: datetime
    attempts: int


def arm(conn: Connection, kind: TimerKind, subject: object, due_at: datetime) -> None:
    """Let the timer fire at `due_at`; a subject has one timer of a kind, and the last word counts."""
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    row = {"key": f"{kind}/{subject}", "kind": kind, "subject": str(subject), "due_at": due_at, "attempts": 0}
    conn.execute(
        insert(timers)
        .values(row)
        .on_conflict_do_update(index_elements=[timers.c.key], set_={"due_at": due_at, "attempts": 0, "reason": ""})
    )


def disarm(conn: Connection, kind: TimerKind, subject: object) -> None:
    """The timer is no longer wanted."""
    conn.execute(sa.delete(timers).where(timers.c.key == f"{kind}/{subject}"))


def take(conn: Connection, now: datetime) -> Timer | None:
    """Take the timer that has been due the longest; it is gone once the transaction commits."""
    due = (
        sa.select(timers)
        .where(timers.c.due_at <= now)
        .order_by(timers.c.due_at, timers.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = conn.execute(due).mappings().first()
    if row is None:
        return None
    conn.execute(sa.delete(timers).where(timers.c.id == row["id"]))
    return Timer(row["id"], TimerKind(row["kind"]), row["subject"], row["due_at"], row["attempts"])


def postpone(conn: Connection, timer: Timer, now: datetime, reason: str) -> None:
    """Firing failed: try again later, so that what is behind it is not held up."""
    wait = timedelta(seconds=min(300, 2**timer.attempts))
    conn.execute(
        sa.update(timers)
        .where(timers.c.id == timer.id)
        .values(due_at=now + wait, attempts=timers.c.attempts + 1, reason=reason)
    )


def next_due(conn: Connection) -> datetime | None:
    """When the first timer is due."""
    first: datetime | None = conn.scalar(sa.select(sa.func.min(timers.c.due_at)))
    return first
