"""What the dashboard and the metrics ask; reads only, and never more rows than a page shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.clocks import Identity
from triage.domain.escalation import IncidentState
from triage.domain.report import Exclusion
from triage.domain.source_clock import SourceClock
from triage.domain.ticket import Priority
from triage.store import customer_pages, exclusions, feeds, leases, maintenance, stuck, tested
from triage.store.customer_pages import CustomerPage
from triage.store.feeds import Feed
from triage.store.inbox import InboxState
from triage.store.maintenance import Planned
from triage.store.outbox import OutboxKind, OutboxState
from triage.store.overrides import Listed, log_of
from triage.store.tables import (
    attempts,
    audit,
    clocks,
    decisions,
    inbox,
    incident_tickets,
    incidents,
    jobs,
    notices,
    outbox,
    pages,
    tickets,
    timers,
)
from triage.store.tickets import source_clocks
from triage.store.timers import TimerKind

#: Rows on one page of a list.
PAGE = 100
#: How much of a summary a list reads: customers may write a megabyte into it.
SUMMARY = 400
Rows = Sequence[RowMapping]


class QueueState(StrEnum):
    """What a list of tickets can be narrowed to."""

    UNANSWERED = "unanswered"  # an incident that nobody has acknowledged
    ACKNOWLEDGED = "acknowledged"
    BREACHED = "breached"  # a clock that is going is past its due date
    PROVISIONAL = "provisional"
    NO_CUSTOMER = "no_customer"  # on the default contract
    FLAGGED = "flagged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of tickets is narrowed to; nothing by default."""

    priority: str = ""
    customer: str = ""
    state: str = ""
    words: str = ""


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
    depths["quarantine"] = Depth(quarantined(conn), 0.0)
    return depths


def quarantined(conn: Connection) -> int:
    """How many events are set aside because nobody could read them."""
    return _count(conn, inbox, inbox.c.state == InboxState.QUARANTINED)


def unanswered(conn: Connection) -> int:
    """How many incidents no human has acknowledged."""
    return _count(conn, incidents, incidents.c.state == IncidentState.TRIGGERED)


def without_customer(conn: Connection) -> int:
    """How many open tickets run on the default contract because nobody knows whose they are."""
    return _count(conn, tickets, tickets.c.open, tickets.c.customer.is_(None))


def _count(conn: Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    return conn.scalar(sa.select(sa.func.count()).select_from(table).where(*where)) or 0


def _line(table: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    """A ticket's columns for a list."""
    return [*(column for column in table.c if column.name != "summary"), cut_summary(table)]


def cut_summary(table: sa.FromClause) -> sa.ColumnElement[str]:
    """As much of a summary as a list reads."""
    return sa.func.substr(table.c.summary, 1, SUMMARY, type_=sa.Text()).label("summary")


def queue(conn: Connection, filters: Filters, page: int = 0) -> Rows:
    """Tickets in the order in which they want attention: P0 first, then by what is due next.

    One row more than a page shows tells that there is another page.
    """
    going = clocks.c.ticket_id == tickets.c.id, clocks.c.stopped_at.is_(None)
    due = sa.select(sa.func.min(clocks.c.due_at)).where(*going).scalar_subquery()
    calm = sa.case((tickets.c.priority == Priority.P0, 0), else_=1)
    order = [tickets.c.id.desc()] if filters.state == QueueState.CLOSED else [calm, due.is_(None), due, tickets.c.id]
    first = sa.select(tickets.c.id).where(*_wanted(filters)).order_by(*order).limit(PAGE + 1).offset(page * PAGE)
    # The page's ids come first, so that only its rows are read whole.
    ids = conn.scalars(first).all()
    rows = conn.execute(sa.select(*_line(tickets)).where(tickets.c.id.in_(ids))).mappings().all()
    return sorted(rows, key=lambda row: ids.index(row["id"]))


def _wanted(filters: Filters) -> list[sa.ColumnElement[bool]]:
    wanted = [_in_state(filters.state)]
    if filters.priority:
        wanted.append(tickets.c.priority == filters.priority)
    if filters.customer:
        wanted.append(tickets.c.customer == filters.customer)
    if filters.words:
        inside = (column.icontains(filters.words, autoescape=True) for column in (tickets.c.summary, tickets.c.key))
        wanted.append(sa.or_(*inside))
    return wanted


def _in_state(state: str) -> sa.ColumnElement[bool]:
    match state:
        case QueueState.UNANSWERED:
            return tickets.c.open & _has_incident(IncidentState.TRIGGERED)
        case QueueState.ACKNOWLEDGED:
            return tickets.c.open & _has_incident(IncidentState.ACKNOWLEDGED)
        case QueueState.BREACHED:
            going = (clocks.c.ticket_id == tickets.c.id) & clocks.c.stopped_at.is_(None)
            return tickets.c.open & sa.exists().where(going, clocks.c.breached_at.is_not(None))
        case QueueState.PROVISIONAL:
            return tickets.c.open & tickets.c.provisional
        case QueueState.NO_CUSTOMER:
            return tickets.c.open & tickets.c.customer.is_(None)
        case QueueState.FLAGGED:
            return tickets.c.open & (sa.cast(tickets.c.flags, sa.Text) != "[]")
        case QueueState.CLOSED:
            return ~tickets.c.open
        case _:
            return sa.and_(tickets.c.open)


def _has_incident(state: IncidentState) -> sa.ColumnElement[bool]:
    held = incident_tickets.c.ticket_id == tickets.c.id, incident_tickets.c.incident_id == incidents.c.id
    return sa.exists().where(*held, incident_tickets.c.left_at.is_(None), incidents.c.state == state)


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


def newest_incidents(conn: Connection, page: int = 0, size: int = PAGE, state: str = "") -> Rows:
    """Incidents, the newest first, each with its first ticket's key, summary and id, and how many it holds.

    One row more than `size` tells that there is another page.
    """
    held = incident_tickets.alias()
    still = held.c.incident_id == incidents.c.id, held.c.left_at.is_(None)
    first = sa.select(sa.func.min(held.c.ticket_id)).where(*still)
    count = sa.select(sa.func.count()).where(*still).scalar_subquery().label("holds")
    found = (
        sa.select(incidents, tickets.c.key, cut_summary(tickets), tickets.c.id.label("ticket_id"), count)
        .select_from(incidents)
        .join(tickets, tickets.c.id == first.scalar_subquery())
        .order_by(incidents.c.id.desc())
    )
    if state:
        found = found.where(incidents.c.state == state)
    return conn.execute(found.limit(size + 1).offset(page * size)).mappings().all()


def open_incidents(conn: Connection) -> Rows:
    """The newest incidents that are not over, as lists show them."""
    rows = [*newest_incidents(conn, state=IncidentState.TRIGGERED)]
    rows += newest_incidents(conn, state=IncidentState.ACKNOWLEDGED)
    return sorted(rows, key=lambda row: row["id"], reverse=True)[:PAGE]


def maintenance_to_come(conn: Connection, at: datetime) -> list[Planned]:
    """The maintenance windows that are open or to come, the first one first."""
    return maintenance.to_come(conn, at)


def incident(conn: Connection, incident_id: int) -> RowMapping | None:
    """One incident as it stands."""
    return conn.execute(sa.select(incidents).where(incidents.c.id == incident_id)).mappings().first()


def pages_of(conn: Connection, incident_ids: Sequence[int], newest: int = 1000) -> Rows:
    """The page ledger: the newest pages of each incident, in the order in which they were opened.

    An incident that nobody answers pages without end; `of_all` says how many pages its incident has.
    """
    return _pages_of(conn, pages.c.incident_id, incident_ids, newest)


def pages_of_customer_pages(conn: Connection, numbers: Sequence[int], newest: int = 1000) -> Rows:
    """The same of customer pages."""
    return _pages_of(conn, pages.c.customer_page_id, numbers, newest)


def _pages_of(conn: Connection, owner: sa.Column[int], numbers: Sequence[int], newest: int) -> Rows:
    ledger = sa.select(
        pages,
        sa.func.count().over(partition_by=owner).label("of_all"),
        sa.func.row_number().over(partition_by=owner, order_by=[pages.c.paged_at.desc(), pages.c.id]).label("age"),
    ).where(owner.in_(numbers))
    recent = ledger.subquery()
    order = recent.c.paged_at, recent.c.round, recent.c.step, recent.c.id
    return conn.execute(sa.select(recent).where(recent.c.age <= newest).order_by(*order)).mappings().all()


def customer_pages_of(conn: Connection, ticket_id: int) -> list[CustomerPage]:
    """The ticket's customer pages, the newest first."""
    return customer_pages.of_ticket(conn, ticket_id, PAGE)


def customer_page(conn: Connection, number: int) -> CustomerPage | None:
    """One customer page as it stands."""
    return customer_pages.get(conn, number)


def deliveries_of(conn: Connection, page_ids: Sequence[str]) -> Rows:
    """What was sent or is to be sent for the pages, without the words, which repeat the ticket's.

    `settlement` is what a provider is told of a page that has ended, else empty.
    """
    columns = outbox.c.id, outbox.c.page_id, outbox.c.gateway, outbox.c.state, outbox.c.reason, outbox.c.due_at
    settlement = sa.case((outbox.c.kind == OutboxKind.SETTLE, outbox.c.subject), else_="").label("settlement")
    of = outbox.c.page_id.in_(page_ids)
    return conn.execute(sa.select(*columns, settlement).where(of).order_by(outbox.c.id)).mappings().all()


def attempts_of(conn: Connection, outbox_ids: Sequence[int]) -> Rows:
    """Every attempt to send the messages."""
    of = attempts.c.outbox_id.in_(outbox_ids)
    return conn.execute(sa.select(attempts).where(of).order_by(attempts.c.id)).mappings().all()


def decisions_of(conn: Connection, ticket_id: int) -> Rows:
    """The ticket's decisions, the newest first."""
    of = (decisions.c.ticket_id == ticket_id) & ~decisions.c.shadow
    return conn.execute(sa.select(decisions).where(of).order_by(decisions.c.id.desc()).limit(PAGE)).mappings().all()


def shadows_of(conn: Connection, ticket_id: int) -> Rows:
    """What each policy that ran in shadow would decide now."""
    of = decisions.c.ticket_id == ticket_id, decisions.c.shadow
    last = sa.select(sa.func.max(decisions.c.id)).where(*of).group_by(decisions.c.policy)
    return conn.execute(sa.select(decisions).where(decisions.c.id.in_(last))).mappings().all()


def notices_of(conn: Connection, ticket_id: int) -> Rows:
    """What was told about the ticket's clocks, in that order."""
    of = notices.c.ticket_id == ticket_id
    return conn.execute(sa.select(notices).where(of).order_by(notices.c.id).limit(PAGE)).mappings().all()


def exclusions_of(conn: Connection, ticket_id: int) -> dict[Identity, Exclusion]:
    """The ticket's excluded breaches, by the metric and the fact that began the cycle."""
    return exclusions.of_ticket(conn, ticket_id)


def writes_of(conn: Connection, ticket_id: int) -> Rows:
    """What was written into the ticket at its source, or is to be; the newest first."""
    of = outbox.c.ticket_id == ticket_id, outbox.c.kind == OutboxKind.WRITE
    return conn.execute(sa.select(outbox).where(*of).order_by(outbox.c.id.desc()).limit(PAGE)).mappings().all()


def failing_writes(conn: Connection, now: datetime) -> Rows:
    """Writes that the source refused, or does not take yet; the newest first, each with its ticket's key."""
    return stuck.messages(conn, now, newest=20, kind=OutboxKind.WRITE)


def writes_waiting(conn: Connection) -> int:
    """How many writes are on their way."""
    return _count(conn, outbox, outbox.c.kind == OutboxKind.WRITE, outbox.c.state == OutboxState.PENDING)


def jobs_named(conn: Connection, prefix: str) -> Rows:
    """The jobs whose names begin so, as they stand."""
    named = jobs.c.name.startswith(prefix, autoescape=True)
    return conn.execute(sa.select(jobs).where(named).order_by(jobs.c.name)).mappings().all()


def source_clocks_of(ticket: RowMapping) -> list[SourceClock]:
    """What the source's own SLA engine last said about the ticket."""
    return source_clocks(ticket["source_clocks"])


def audit_of(conn: Connection, subjects: Sequence[str]) -> Rows:
    """What people did to the subjects, the newest first."""
    of = audit.c.subject.in_(subjects)
    return conn.execute(sa.select(audit).where(of).order_by(audit.c.id.desc()).limit(PAGE)).mappings().all()


def quarantine(conn: Connection, page: int = 0, most: int = 8192) -> Rows:
    """Events that nobody could read, the newest first, each with its `size` and up to `most` bytes of its `body`.

    One row more than a page shows tells that there is another page.
    """
    beginning = sa.func.substr(inbox.c.body, 1, most, type_=sa.LargeBinary())
    columns = inbox.c.id, inbox.c.source, inbox.c.received_at, inbox.c.attempts, inbox.c.repeats, inbox.c.reason
    found = (
        sa.select(
            *columns,
            sa.func.length(inbox.c.body, type_=sa.Integer()).label("size"),
            sa.func.coalesce(beginning, b"", type_=sa.LargeBinary()).label("body"),  # SQLite cuts nothing to NULL
        )
        .where(inbox.c.state == InboxState.QUARANTINED)
        .order_by(inbox.c.id.desc())
    )
    return conn.execute(found.limit(PAGE + 1).offset(page * PAGE)).mappings().all()


def page_with_ticket(conn: Connection, page_id: str) -> RowMapping | None:
    """A page with its incident and the most urgent ticket that it holds, for the acknowledge page.

    `holds` is how many it holds, and `expires_at` is when the acknowledgement ends if nobody resolves the incident.
    """
    expiry = sa.literal(f"{TimerKind.ACK_EXPIRES}/") + sa.cast(incidents.c.id, sa.Text)
    found = (
        sa.select(
            pages.c.id,
            pages.c.person,
            pages.c.paged_at,
            incidents.c.id.label("incident_id"),
            incidents.c.state,
            incidents.c.triggered_at,
            incidents.c.next_step_at,
            incidents.c.acknowledged_by,
            incidents.c.acknowledged_at,
            incidents.c.resolved_by,
            incidents.c.resolved_at,
            timers.c.due_at.label("expires_at"),
            tickets.c.id.label("ticket_id"),
            tickets.c.key,
            cut_summary(tickets),
            tickets.c.priority,
            tickets.c.provisional,
            sa.func.count().over().label("holds"),
        )
        .join(incidents, incidents.c.id == pages.c.incident_id)
        .join(incident_tickets, incident_tickets.c.incident_id == incidents.c.id)
        .join(tickets, tickets.c.id == incident_tickets.c.ticket_id)
        .outerjoin(timers, timers.c.key == expiry)
        .where(pages.c.id == page_id, incident_tickets.c.left_at.is_(None))
        .order_by(tickets.c.open.desc(), tickets.c.priority, incident_tickets.c.joined_at, tickets.c.id)
        .limit(1)
    )
    return conn.execute(found).mappings().first()


def overrides_of(conn: Connection, since: datetime) -> list[Listed]:
    """The overrides of every schedule that have not ended before then, as listed, removed ones too."""
    return log_of(conn, since)


def tests_of_methods(conn: Connection) -> Rows:
    """The newest test page of each person's contact methods, with what became of it."""
    newest = sa.select(sa.func.max(outbox.c.id)).where(outbox.c.kind == OutboxKind.TEST)
    ids = newest.group_by(outbox.c.person, outbox.c.method)
    columns = outbox.c.person, outbox.c.method, outbox.c.state, outbox.c.reason, outbox.c.created_at
    return conn.execute(sa.select(*columns).where(outbox.c.id.in_(ids))).mappings().all()


def methods_tested(conn: Connection) -> dict[tuple[str, str, str], datetime]:
    """When each (person, gateway, address) last took a page or a test page."""
    return tested.load(conn)


def feeds_listed(conn: Connection) -> list[Feed]:
    """Every feed that can be read."""
    return feeds.listed(conn)


def next_event(conn: Connection) -> datetime | None:
    """When the first event of the inbox is due."""
    return leases.next_due(conn, inbox)


def at_risk(conn: Connection, now: datetime, ahead: timedelta) -> Rows:
    """The promises that are not missed yet and end before `ahead` is over, the next one first, as lists show them."""
    going = clocks.c.stopped_at.is_(None), clocks.c.breached_at.is_(None)
    soon = clocks.c.due_at >= now, clocks.c.due_at <= now + ahead
    ticket = tickets.c.key, tickets.c.customer, tickets.c.provisional
    found = (
        sa.select(clocks, *ticket)
        .join(tickets, tickets.c.id == clocks.c.ticket_id)
        .where(tickets.c.open, *going, *soon)
        .order_by(clocks.c.due_at, clocks.c.id)
        .limit(PAGE)
    )
    return conn.execute(found).mappings().all()
