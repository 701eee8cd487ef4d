"""What the dashboard and the metrics ask; reads only, and never more rows than a page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.escalation import IncidentState
from triage.store import leases
from triage.store.inbox import InboxState
from triage.store.outbox import OutboxState
from triage.store.tables import (
    attempts,
    audit,
    clocks,
    decisions,
    inbox,
    incident_tickets,
    incidents,
    notices,
    outbox,
    pages,
    tickets,
    timers,
)

#: Rows on one page of a list.
PAGE = 100
Rows = Sequence[RowMapping]


@dataclass(frozen=True, slots=True)
class Depth:
    """How many rows of a queue are due, and how old the oldest of them is."""

    waiting: int
    oldest_seconds: float


def queue_depths(conn: Connection, now: datetime) -> dict[str, Depth]:
    """The depth of each queue, counting what is due now."""
    waiting = {
        "inbox": (inbox.c.due_at, inbox.c.state == InboxState.PENDING),
        "outbox": (outbox.c.due_at, outbox.c.state == OutboxState.PENDING),
        "timers": (timers.c.due_at, sa.true()),
    }
    depths = {}
    for name, (due_at, pending) in waiting.items():
        counted = sa.select(sa.func.count(), sa.func.min(due_at)).where(pending, due_at <= now)
        count, oldest = conn.execute(counted).one()
        depths[name] = Depth(count, (now - oldest).total_seconds() if oldest else 0.0)
    quarantined = sa.select(sa.func.count()).where(inbox.c.state == InboxState.QUARANTINED)
    depths["quarantine"] = Depth(conn.scalar(quarantined) or 0, 0.0)
    return depths


def open_tickets(conn: Connection, *, priority: str = "", customer: str = "", words: str = "", page: int = 0) -> Rows:
    """Open tickets, the most urgent first: by priority, then by what is due next."""
    due = (
        sa.select(sa.func.min(clocks.c.due_at))
        .where(clocks.c.ticket_id == tickets.c.id, clocks.c.stopped_at.is_(None))
        .scalar_subquery()
    )
    found = sa.select(tickets, due.label("due_at")).where(tickets.c.open)
    if priority:
        found = found.where(tickets.c.priority == priority)
    if customer:
        found = found.where(tickets.c.customer == customer)
    if words:
        found = found.where(tickets.c.summary.icontains(words, autoescape=True) | (tickets.c.key == words.upper()))
    order = sa.func.coalesce(tickets.c.priority, "P9"), due.is_(None), due, tickets.c.id
    return conn.execute(found.order_by(*order).limit(PAGE + 1).offset(page * PAGE)).mappings().all()


def ticket(conn: Connection, ticket_id: int) -> RowMapping | None:
    """One ticket as the last fold left it."""
    return conn.execute(sa.select(tickets).where(tickets.c.id == ticket_id)).mappings().first()


def clocks_of(conn: Connection, ticket_ids: Sequence[int]) -> Rows:
    """The cycles of the tickets, in the order in which they began."""
    of = clocks.c.ticket_id.in_(ticket_ids)
    return conn.execute(sa.select(clocks).where(of).order_by(clocks.c.started_at, clocks.c.id)).mappings().all()


def incidents_of(conn: Connection, ticket_ids: Sequence[int]) -> Rows:
    """The incidents that hold the tickets, the newest first, each with `ticket_id`."""
    held = (
        sa.select(incidents, incident_tickets.c.ticket_id)
        .join(incident_tickets, incident_tickets.c.incident_id == incidents.c.id)
        .where(incident_tickets.c.ticket_id.in_(ticket_ids))
        .order_by(incidents.c.id.desc())
    )
    return conn.execute(held).mappings().all()


def newest_incidents(conn: Connection, page: int = 0) -> Rows:
    """All incidents, the newest first, each with its first ticket's key, summary and id."""
    first = sa.select(sa.func.min(incident_tickets.c.ticket_id)).where(
        incident_tickets.c.incident_id == incidents.c.id
    )
    found = (
        sa.select(incidents, tickets.c.key, tickets.c.summary, tickets.c.id.label("ticket_id"))
        .select_from(incidents)
        .join(tickets, tickets.c.id == first.scalar_subquery())
        .order_by(incidents.c.id.desc())
    )
    return conn.execute(found.limit(PAGE + 1).offset(page * PAGE)).mappings().all()


def unanswered(conn: Connection) -> int:
    """How many incidents no human has acknowledged."""
    loud = sa.select(sa.func.count()).where(incidents.c.state == IncidentState.TRIGGERED)
    return conn.scalar(loud) or 0


def pages_of(conn: Connection, incident_ids: Sequence[int]) -> Rows:
    """The page ledger: every page of the incidents, the first one first."""
    of = pages.c.incident_id.in_(incident_ids)
    return (
        conn.execute(sa.select(pages).where(of).order_by(pages.c.paged_at, pages.c.round, pages.c.step, pages.c.id))
        .mappings()
        .all()
    )


def deliveries_of(conn: Connection, page_ids: Sequence[str]) -> Rows:
    """What was sent or is to be sent for the pages."""
    of = outbox.c.page_id.in_(page_ids)
    return conn.execute(sa.select(outbox).where(of).order_by(outbox.c.id)).mappings().all()


def attempts_of(conn: Connection, outbox_ids: Sequence[int]) -> Rows:
    """Every attempt to send the messages."""
    of = attempts.c.outbox_id.in_(outbox_ids)
    return conn.execute(sa.select(attempts).where(of).order_by(attempts.c.id)).mappings().all()


def decisions_of(conn: Connection, ticket_id: int) -> Rows:
    """The ticket's decisions, the newest first."""
    of = decisions.c.ticket_id == ticket_id
    return conn.execute(sa.select(decisions).where(of).order_by(decisions.c.id.desc()).limit(PAGE)).mappings().all()


def notices_of(conn: Connection, ticket_id: int) -> Rows:
    """What was told about the ticket's clocks."""
    of = notices.c.ticket_id == ticket_id
    return conn.execute(sa.select(notices).where(of).order_by(notices.c.id).limit(PAGE)).mappings().all()


def audit_of(conn: Connection, subjects: Sequence[str]) -> Rows:
    """What people did to the subjects, the newest first."""
    of = audit.c.subject.in_(subjects)
    return conn.execute(sa.select(audit).where(of).order_by(audit.c.id.desc()).limit(PAGE)).mappings().all()


def quarantine(conn: Connection) -> Rows:
    """Events that nobody could read, the newest first."""
    aside = inbox.c.state == InboxState.QUARANTINED
    return conn.execute(sa.select(inbox).where(aside).order_by(inbox.c.id.desc()).limit(PAGE)).mappings().all()


def page_with_ticket(conn: Connection, page_id: str) -> RowMapping | None:
    """A page with its incident's state and first ticket, for the acknowledge page."""
    found = (
        sa.select(
            pages.c.id,
            pages.c.person,
            pages.c.state.label("page_state"),
            pages.c.paged_at,
            incidents.c.id.label("incident_id"),
            incidents.c.state,
            incidents.c.acknowledged_by,
            incidents.c.acknowledged_at,
            tickets.c.id.label("ticket_id"),
            tickets.c.key,
            tickets.c.summary,
            tickets.c.priority,
            tickets.c.provisional,
        )
        .join(incidents, incidents.c.id == pages.c.incident_id)
        .join(incident_tickets, incident_tickets.c.incident_id == incidents.c.id)
        .join(tickets, tickets.c.id == incident_tickets.c.ticket_id)
        .where(pages.c.id == page_id)
        .order_by(incident_tickets.c.joined_at)
        .limit(1)
    )
    return conn.execute(found).mappings().first()


def next_event(conn: Connection) -> datetime | None:
    """When the first event of the inbox is due."""
    return leases.next_due(conn, inbox)


def next_delivery(conn: Connection) -> datetime | None:
    """When the first message of the outbox is due."""
    return leases.next_due(conn, outbox)
