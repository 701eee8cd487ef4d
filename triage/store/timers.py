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
    NEXT_CONTACT = "next_contact"  # the customer page's: whoever was paged last has had their time to answer
    JOINED = "joined"  # the incident's responders hear which tickets joined it


@dataclass(frozen=True, slots=True)
class Timer:
    """One due thing; `subject` is the id of the ticket, incident, page or customer page."""

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


def first_due(conn: Connection, now: datetime) -> Timer | None:
    """The timer that has been due the longest. It is not locked: what it belongs to has to be locked first."""
    due = sa.select(timers).where(timers.c.due_at <= now).order_by(timers.c.due_at, timers.c.id).limit(1)
    row = conn.execute(due).mappings().first()
    return Timer(row["id"], TimerKind(row["kind"]), row["subject"], row["due_at"], row["attempts"]) if row else None


def take(conn: Connection, timer: Timer) -> bool:
    """Take the timer; it is gone once the transaction commits. False if it was fired or moved in the meantime."""
    as_seen = timers.c.id == timer.id, timers.c.due_at == timer.due_at
    return conn.scalar(sa.delete(timers).where(*as_seen).returning(timers.c.id)) is not None


def postpone(conn: Connection, timer: Timer, now: datetime, reason: str) -> None:
    """Firing failed: try again later, so that what is behind it is not held up."""
    wait = timedelta(seconds=min(300, 2**timer.attempts))
    conn.execute(
        sa.update(timers)
        .where(timers.c.id == timer.id, timers.c.due_at == timer.due_at)
        .values(due_at=now + wait, attempts=timers.c.attempts + 1, reason=reason)
    )


def next_due(conn: Connection) -> datetime | None:
    """When the first timer is due."""
    first: datetime | None = conn.scalar(sa.select(sa.func.min(timers.c.due_at)))
    return first
