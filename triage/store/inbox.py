"""What came in, kept as it came: pending → done or quarantined."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from triage.store import leases
from triage.store.tables import inbox


class InboxState(StrEnum):
    PENDING = leases.PENDING
    DONE = "done"
    QUARANTINED = "quarantined"
    DISCARDED = "discarded"  # a human has given it up


@dataclass(frozen=True, slots=True)
class Event:
    """A raw event that a worker holds under `token`."""

    id: int
    source: str
    delivery_id: str
    body: bytes
    received_at: datetime
    attempts: int
    token: str


def receive(conn: Connection, source: str, delivery_id: str, body: bytes, now: datetime) -> bool:
    """Keep a raw event; False if it is a repeat of one that is kept already (its repeats are counted)."""
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    row = {
        "source": source,
        "delivery_id": delivery_id,
        "body": body,
        "received_at": now,
        "state": InboxState.PENDING,
        "due_at": now,
    }
    kept = conn.execute(insert(inbox).values(row).on_conflict_do_nothing().returning(inbox.c.id)).scalar()
    if kept is None:
        again = inbox.c.source == source, inbox.c.delivery_id == delivery_id
        conn.execute(sa.update(inbox).where(*again).values(repeats=inbox.c.repeats + 1))
    return kept is not None


def claim(
    conn: Connection, sources: Collection[str], now: datetime, lease: timedelta, limit: int, *, last: str = ""
) -> list[Event]:
    """Lease due events of these sources, the oldest first, and those of the source `last` behind all others."""
    behind = inbox.c.source == last if last else None
    return [
        Event(
            id=row["id"],
            source=row["source"],
            delivery_id=row["delivery_id"],
            body=row["body"],
            received_at=row["received_at"],
            attempts=row["attempts"],
            token=row["lease_token"],
        )
        for row in leases.claim(conn, inbox, now, lease, limit, inbox.c.source.in_(sources), last=behind)
    ]


def done(
    conn: Connection, event: Event, now: datetime, reason: str = "", ticket_id: int | None = None, news: int = 0
) -> bool:
    """The event has had its effects, or has none for the `reason` given; False if the lease was lost.

    `news` is how many facts it brought that nobody had told before.
    """
    values = {"state": InboxState.DONE, "done_at": now, "reason": reason, "ticket_id": ticket_id, "news": news}
    return leases.settle(conn, inbox, event.id, event.token, **values)


def quarantine(conn: Connection, event: Event, now: datetime, reason: str) -> bool:
    """Nobody can read the event: it is set aside for a human to look at; False if the lease was lost."""
    return leases.settle(conn, inbox, event.id, event.token, state=InboxState.QUARANTINED, done_at=now, reason=reason)


def postpone(conn: Connection, event: Event, due_at: datetime, reason: str) -> bool:
    """Try again at `due_at`; False if the lease was lost."""
    return leases.settle(conn, inbox, event.id, event.token, due_at=due_at, reason=reason)


def release_from_quarantine(conn: Connection, event_id: int, now: datetime) -> bool:
    """Put a quarantined event back, for instance after a release that can read it."""
    done = conn.execute(
        sa.update(inbox)
        .where(inbox.c.id == event_id, inbox.c.state == InboxState.QUARANTINED)
        .values(state=InboxState.PENDING, due_at=now, done_at=None, attempts=0)
    )
    return done.rowcount == 1


def is_due(conn: Connection, sources: Collection[str], now: datetime) -> bool:
    """Whether any event of these sources waits to be processed."""
    waits = inbox.c.source.in_(sources), inbox.c.state == InboxState.PENDING, inbox.c.due_at <= now
    return conn.scalar(sa.select(sa.exists().where(*waits))) or False


def last_received(conn: Connection, source: str) -> datetime | None:
    """When the source was last heard."""
    newest: datetime | None = conn.scalar(sa.select(sa.func.max(inbox.c.received_at)).where(inbox.c.source == source))
    return newest


def news_since(conn: Connection, source: str, since: datetime | None) -> tuple[int, datetime | None]:
    """How many facts the source's events after `since` were the first to tell, and when the first of these came."""
    where = [inbox.c.source == source, inbox.c.news > 0, *([inbox.c.received_at > since] if since else [])]
    counted = sa.select(sa.func.sum(inbox.c.news), sa.func.min(inbox.c.received_at)).where(*where)
    count, first = conn.execute(counted).one()
    return count or 0, first
