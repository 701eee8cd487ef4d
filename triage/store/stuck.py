"""What does not go through: events, messages, timers and jobs that fail, are tried again, or were given up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.store.inbox import InboxState
from triage.store.outbox import OutboxKind, OutboxState
from triage.store.tables import inbox, jobs, outbox, tickets, timers

Rows = Sequence[RowMapping]

#: What nobody waits for any more after it was given up so long ago.
SHOWN_FOR = timedelta(days=7)
#: Messages that a human may send again. A page's are not: its incident goes on to the next method and step.
RETRIED = (
    OutboxKind.NOTICE,
    OutboxKind.ANSWER,
    OutboxKind.WRITE,
    OutboxKind.REPLY,
    OutboxKind.SETTLE,
    OutboxKind.STATEMENT,
)
#: How long a message that a human sends again may be on its way.
SECOND_LIFE = timedelta(hours=12)

_GIVEN_UP = outbox.c.state.in_((OutboxState.REJECTED, OutboxState.EXPIRED))
_RETRYING = (outbox.c.state == OutboxState.PENDING) & (outbox.c.attempts > 0) & (outbox.c.reason != "")


def events(conn: Connection, newest: int = 50) -> Rows:
    """Events that were tried and are to be tried again, the newest first, without their bodies."""
    columns = inbox.c.id, inbox.c.source, inbox.c.received_at, inbox.c.attempts, inbox.c.due_at, inbox.c.reason
    failing = inbox.c.state == InboxState.PENDING, inbox.c.attempts > 0, inbox.c.reason != ""
    return (
        conn.execute(sa.select(*columns).where(*failing).order_by(inbox.c.id.desc()).limit(newest)).mappings().all()
    )


def messages(conn: Connection, now: datetime, newest: int = 50, kind: OutboxKind | None = None) -> Rows:
    """Messages that fail or were given up lately, the newest first, each with its ticket's key."""
    lately = outbox.c.created_at > now - SHOWN_FOR
    found = (
        sa.select(outbox, tickets.c.key.label("ticket_key"))
        .outerjoin(tickets, tickets.c.id == outbox.c.ticket_id)
        .where(_RETRYING | (_GIVEN_UP & lately))
        .order_by(outbox.c.id.desc())
        .limit(newest)
    )
    if kind is not None:
        found = found.where(outbox.c.kind == kind)
    return conn.execute(found).mappings().all()


def timers_failing(conn: Connection, newest: int = 50) -> Rows:
    """Timers whose firing failed, the longest due first."""
    failing = sa.select(timers).where(timers.c.attempts > 0).order_by(timers.c.due_at).limit(newest)
    return conn.execute(failing).mappings().all()


def jobs_all(conn: Connection) -> Rows:
    """Every recurring job as it stands, those that fail first."""
    return conn.execute(sa.select(jobs).order_by(jobs.c.reason == "", jobs.c.name)).mappings().all()


def retry_event(conn: Connection, event_id: int, now: datetime) -> bool:
    """Try a failing event again now; False if it does not wait any more."""
    return _now(conn, inbox, event_id, now, inbox.c.state == InboxState.PENDING, inbox.c.attempts > 0)


def discard_event(conn: Connection, event_id: int, now: datetime) -> bool:
    """Give a quarantined event up; its body is kept. False if it is not in quarantine."""
    given_up = sa.update(inbox).where(inbox.c.id == event_id, inbox.c.state == InboxState.QUARANTINED)
    return conn.execute(given_up.values(state=InboxState.DISCARDED, done_at=now)).rowcount == 1


def message(conn: Connection, number: int) -> RowMapping | None:
    """One message of the outbox."""
    return conn.execute(sa.select(outbox).where(outbox.c.id == number)).mappings().first()


def retry_message(conn: Connection, number: int, now: datetime) -> bool:
    """Send a message now that fails or was given up; False if it is under way or there is nothing to send."""
    again = outbox.c.id == number, outbox.c.kind.in_(RETRIED), _RETRYING | _GIVEN_UP, outbox.c.lease_token.is_(None)
    values = {"state": OutboxState.PENDING, "due_at": now, "deadline_at": now + SECOND_LIFE, "settled_at": None}
    return conn.execute(sa.update(outbox).where(*again).values(values)).rowcount == 1


def discard_message(conn: Connection, number: int, reason: str, now: datetime) -> bool:
    """Give a message up for good; False if it is under way or settled otherwise."""
    this = outbox.c.id == number, outbox.c.kind.in_(RETRIED), _RETRYING | _GIVEN_UP, outbox.c.lease_token.is_(None)
    values = {"state": OutboxState.CANCELLED, "reason": reason, "settled_at": now}
    return conn.execute(sa.update(outbox).where(*this).values(values)).rowcount == 1


def retry_timer(conn: Connection, number: int, now: datetime) -> bool:
    """Fire a timer now whose firing failed; False if it has fired meanwhile."""
    this = timers.c.id == number, timers.c.attempts > 0
    return conn.execute(sa.update(timers).where(*this).values(due_at=now)).rowcount == 1


def retry_job(conn: Connection, number: int, now: datetime) -> str | None:
    """Run a recurring job now; its name, or None if it is under way or there is none."""
    this = jobs.c.id == number, jobs.c.lease_token.is_(None)
    name: str | None = conn.scalar(sa.update(jobs).where(*this).values(due_at=now).returning(jobs.c.name))
    return name


def _now(conn: Connection, table: sa.Table, number: int, now: datetime, *where: sa.ColumnElement[bool]) -> bool:
    this = table.c.id == number, table.c.lease_token.is_(None), *where
    return conn.execute(sa.update(table).where(*this).values(due_at=now)).rowcount == 1
