"""What the service has written down about how well it does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from triage.domain.clocks import NoticeKind
from triage.domain.service_levels import Deliveries
from triage.store.tables import attempts, facts, incident_tickets, incidents, notices, outbox, pages

#: What an attempt's outcome is called, in the order of `Deliveries`.
OUTCOMES = ("delivered", "retry", "rejected", "started")


def page_latencies(conn: Connection, since: datetime) -> list[timedelta]:
    """From the arrival of the event that called for an incident to the first page that a gateway took, for each one.

    An incident of which no page went through is not among them; observe only sends none.
    """
    called = (incident_tickets.c.ticket_id == facts.c.ticket_id) & (incident_tickets.c.cause == facts.c.key)
    reached = (
        sa.select(sa.func.min(attempts.c.ended_at))
        .join(outbox, outbox.c.id == attempts.c.outbox_id)
        .join(pages, pages.c.id == outbox.c.page_id)
        .where(pages.c.incident_id == incidents.c.id, attempts.c.outcome == "delivered")
        .scalar_subquery()
    )
    found = (
        sa.select(sa.func.min(facts.c.received_at), reached)
        .select_from(incidents)
        .join(incident_tickets, incident_tickets.c.incident_id == incidents.c.id)
        .join(facts, called)
        .where(incidents.c.triggered_at >= since, incident_tickets.c.joined_at <= incidents.c.triggered_at)
        .group_by(incidents.c.id)
    )
    return [at - came for came, at in conn.execute(found) if at is not None and came is not None]


def answer_times(conn: Connection, since: datetime) -> list[timedelta]:
    """From the trigger of an incident to the first acknowledgement that still stands, for each one that has one."""
    found = sa.select(incidents.c.acknowledged_at, incidents.c.triggered_at).where(
        incidents.c.triggered_at >= since, incidents.c.acknowledged_at.is_not(None)
    )
    return [at - triggered for at, triggered in conn.execute(found) if at >= triggered]


def deliveries(conn: Connection, since: datetime) -> list[Deliveries]:
    """What came of the attempts over each gateway."""
    counted = (
        sa.select(outbox.c.gateway, attempts.c.outcome, sa.func.count())
        .join(outbox, outbox.c.id == attempts.c.outbox_id)
        .where(attempts.c.started_at >= since)
        .group_by(outbox.c.gateway, attempts.c.outcome)
    )
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for gateway, outcome, count in conn.execute(counted):
        counts[gateway][outcome] = count
    return [Deliveries(name, *(counts[name].get(outcome, 0) for outcome in OUTCOMES)) for name in sorted(counts)]


def daily(conn: Connection, days: list[date]) -> dict[str, list[int]]:
    """How many incidents were triggered, pages opened and breaches told on each day, in UTC."""
    breach = notices.c.kind == NoticeKind.BREACH
    return {
        "incidents": [*_counts(conn, days, incidents.c.triggered_at)],
        "pages": [*_counts(conn, days, pages.c.paged_at)],
        "breaches": [*_counts(conn, days, notices.c.told_at, breach)],
    }


def _counts(
    conn: Connection, days: list[date], at: sa.Column[datetime], *where: sa.ColumnElement[bool]
) -> Iterator[int]:
    for day in days:
        begin = datetime.combine(day, time(), UTC)
        within = at >= begin, at < begin + timedelta(days=1)
        yield conn.scalar(sa.select(sa.func.count()).select_from(at.table).where(*within, *where)) or 0
