"""Incidents, the tickets they hold, and their pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.escalation import START, IncidentState, PageState, Position
from triage.domain.ticket import Priority
from triage.store.tables import incident_tickets, incidents, pages, tickets


@dataclass(frozen=True, slots=True)
class Incident:
    """What the team responds to."""

    id: int
    state: IncidentState
    customer: str | None
    policy: str
    priority: Priority  # the most urgent that it has paged for
    config_version: int
    observed: bool
    triggered_at: datetime
    active_since: datetime
    position: Position
    next_step_at: datetime | None
    given_to: str | None  # who is paged before the first step
    told_at: datetime | None  # when responders last heard of tickets that it holds
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """One responder told of one incident at one escalation step, or one contact of one customer page."""

    id: str
    incident_id: int | None
    customer_page_id: int | None
    person: str
    position: Position
    state: PageState
    paged_at: datetime
    deadline_at: datetime


def trigger(
    conn: Connection,
    ticket_id: int,
    cause: str,
    customer: str | None,
    policy: str,
    priority: Priority,
    config_version: int,
    now: datetime,
    *,
    observed: bool,
) -> int:
    """Trigger an incident that holds the ticket; the escalation starts with its first move.

    `cause` is the key of the fact that asks for the response.
    """
    row = {
        "state": IncidentState.TRIGGERED,
        "customer": customer,
        "policy": policy,
        "priority": priority,
        "config_version": config_version,
        "observed": observed,
        "triggered_at": now,
        "active_since": now,
        "round": START.round,
        "step": START.step,
    }
    incident_id: int = conn.execute(sa.insert(incidents).values(row).returning(incidents.c.id)).scalar_one()
    conn.execute(
        sa.insert(incident_tickets).values(incident_id=incident_id, ticket_id=ticket_id, cause=cause, joined_at=now)
    )
    return incident_id


def set_cause(conn: Connection, incident_id: int, ticket_id: int, cause: str) -> None:
    """The ticket now asks for a response because of another fact, such as a raise."""
    this = incident_tickets.c.incident_id == incident_id, incident_tickets.c.ticket_id == ticket_id
    conn.execute(sa.update(incident_tickets).where(*this).values(cause=cause))


def join(
    conn: Connection, incident_id: int, ticket_id: int, cause: str, now: datetime, told_at: datetime | None = None
) -> None:
    """The incident holds this ticket too, and answers the fact `cause` with it; nobody has to hear if it was told."""
    known = incident_tickets.c.incident_id == incident_id, incident_tickets.c.ticket_id == ticket_id
    back = sa.update(incident_tickets).where(*known, incident_tickets.c.left_at.is_not(None))
    if conn.execute(back.values(joined_at=now, told_at=told_at, left_at=None)).rowcount:
        return
    if not conn.scalar(sa.select(sa.exists().where(*known))):
        row = {
            "incident_id": incident_id,
            "ticket_id": ticket_id,
            "cause": cause,
            "joined_at": now,
            "told_at": told_at,
        }
        conn.execute(sa.insert(incident_tickets).values(row))


def leave(conn: Connection, incident_id: int, ticket_id: int, now: datetime) -> None:
    """The incident holds this ticket no more."""
    this = incident_tickets.c.incident_id == incident_id, incident_tickets.c.ticket_id == ticket_id
    conn.execute(sa.update(incident_tickets).where(*this).values(left_at=now))


def answered(conn: Connection, ticket_id: int, cause: str) -> bool:
    """Whether that fact has led to an incident already, open or over."""
    same = incident_tickets.c.ticket_id == ticket_id, incident_tickets.c.cause == cause
    return conn.scalar(sa.select(sa.exists().where(*same))) or False


def held_since(conn: Connection, ticket_id: int, at: datetime) -> bool:
    """Whether any incident held the ticket then or later."""
    held = incident_tickets.c.ticket_id == ticket_id, incident_tickets.c.incident_id == incidents.c.id
    later = incidents.c.resolved_at.is_(None) | (incidents.c.resolved_at >= at)
    return conn.scalar(sa.select(sa.exists().where(*held, later))) or False


def get(conn: Connection, incident_id: int) -> Incident | None:
    """The incident, locked until the transaction ends so that only one move is made at a time."""
    found = conn.execute(sa.select(incidents).where(incidents.c.id == incident_id).with_for_update(key_share=True))
    row = found.mappings().first()
    return _incident(row) if row else None


def open_for_ticket(conn: Connection, ticket_id: int) -> Incident | None:
    """The ticket's incident that is not resolved; there is at most one."""
    found = conn.execute(
        sa.select(incidents)
        .join(incident_tickets, incident_tickets.c.incident_id == incidents.c.id)
        .where(
            incident_tickets.c.ticket_id == ticket_id,
            incident_tickets.c.left_at.is_(None),
            incidents.c.state != IncidentState.RESOLVED,
        )
        .order_by(incidents.c.id.desc())
        .limit(1)
        .with_for_update(of=incidents, key_share=True)
    )
    row = found.mappings().first()
    return _incident(row) if row else None


def lock_customer(conn: Connection, customer: str) -> None:
    """Until the transaction ends nobody else looks for an incident of this customer to join, or opens one."""
    if conn.dialect.name == "postgresql":  # on SQLite there is one writer anyway
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"incidents/{customer}", 0))))


def open_of_customer(
    conn: Connection, customer: str, policy: str, since: datetime, *, observed: bool
) -> Incident | None:
    """The customer's newest open incident under that policy which a ticket has joined since then."""
    joined = incident_tickets.c.incident_id == incidents.c.id, incident_tickets.c.joined_at >= since
    found = conn.execute(
        sa.select(incidents)
        .where(
            incidents.c.state != IncidentState.RESOLVED,
            incidents.c.customer == customer,
            incidents.c.policy == policy,
            incidents.c.observed == observed,
            sa.exists().where(*joined),
        )
        .order_by(incidents.c.id.desc())
        .limit(1)
        .with_for_update(of=incidents, key_share=True)
    )
    row = found.mappings().first()
    return _incident(row) if row else None


def held_ids(conn: Connection) -> Sequence[int]:
    """The incidents whose next page waits for quiet hours, maintenance or company to end."""
    waiting = incidents.c.held, incidents.c.state == IncidentState.TRIGGERED
    return conn.scalars(sa.select(incidents.c.id).where(*waiting)).all()


def _incident(row: RowMapping) -> Incident:
    return Incident(
        id=row["id"],
        state=IncidentState(row["state"]),
        customer=row["customer"],
        policy=row["policy"],
        priority=Priority(row["priority"]),
        config_version=row["config_version"],
        observed=row["observed"],
        triggered_at=row["triggered_at"],
        active_since=row["active_since"],
        position=Position(row["round"], row["step"]),
        next_step_at=row["next_step_at"],
        given_to=row["given_to"],
        told_at=row["told_at"],
        acknowledged_at=row["acknowledged_at"],
        acknowledged_by=row["acknowledged_by"],
        resolved_at=row["resolved_at"],
    )


def update(conn: Connection, incident_id: int, **values: Any) -> None:
    """Change an incident that the transaction holds."""
    conn.execute(sa.update(incidents).where(incidents.c.id == incident_id).values(**values))


@dataclass(frozen=True, slots=True)
class Held:
    """A ticket that an incident holds, as the last fold left it."""

    ticket_id: int
    key: str
    priority: str | None
    open: bool
    joined_at: datetime


def held(conn: Connection, incident_id: int, *, untold: bool = False, limit: int | None = None) -> list[Held]:
    """The tickets that the incident holds, open and urgent ones first; only those of which nobody has heard yet."""
    of = [incident_tickets.c.incident_id == incident_id, incident_tickets.c.left_at.is_(None)]
    if untold:
        of.append(incident_tickets.c.told_at.is_(None))
    columns = tickets.c.id, tickets.c.key, tickets.c.priority, tickets.c.open, incident_tickets.c.joined_at
    found = sa.select(*columns).join(incident_tickets, incident_tickets.c.ticket_id == tickets.c.id)
    urgent = tickets.c.open.desc(), tickets.c.priority.is_(None), tickets.c.priority
    rows = conn.execute(found.where(*of).order_by(*urgent, incident_tickets.c.joined_at, tickets.c.id).limit(limit))
    return [Held(*row) for row in rows]


def mark_told(conn: Connection, incident_id: int, now: datetime) -> None:
    """Responders have heard of every ticket that the incident holds."""
    untold = incident_tickets.c.incident_id == incident_id, incident_tickets.c.told_at.is_(None)
    conn.execute(sa.update(incident_tickets).where(*untold).values(told_at=now))
    conn.execute(sa.update(incidents).where(incidents.c.id == incident_id).values(told_at=now))


def count_held(conn: Connection, incident_id: int) -> int:
    """How many tickets the incident holds."""
    of = incident_tickets.c.incident_id == incident_id, incident_tickets.c.left_at.is_(None)
    return conn.scalar(sa.select(sa.func.count()).select_from(incident_tickets).where(*of)) or 0


def ticket_ids(conn: Connection, incident_id: int) -> Sequence[int]:
    """The tickets that the incident holds, the first one first."""
    of = incident_tickets.c.incident_id == incident_id, incident_tickets.c.left_at.is_(None)
    order = incident_tickets.c.joined_at, incident_tickets.c.ticket_id
    return conn.scalars(sa.select(incident_tickets.c.ticket_id).where(*of).order_by(*order)).all()


def add_page(
    conn: Connection,
    incident_id: int | None,
    person: str,
    position: Position,
    reason: str,
    deadline: datetime,
    now: datetime,
    *,
    customer_page_id: int | None = None,
) -> str:
    """Open a page of an incident or of a customer page; its id is the key of all its deliveries."""
    page_id = uuid4().hex
    conn.execute(
        sa.insert(pages).values(
            id=page_id,
            incident_id=incident_id,
            customer_page_id=customer_page_id,
            person=person,
            round=position.round,
            step=position.step,
            state=PageState.OPEN,
            reason=reason,
            paged_at=now,
            deadline_at=deadline,
        )
    )
    return page_id


def get_page(conn: Connection, page_id: str) -> Page | None:
    """One page, as it stands."""
    row = conn.execute(sa.select(pages).where(pages.c.id == page_id)).mappings().first()
    return _page(row) if row else None


def open_pages(conn: Connection, incident_id: int) -> list[Page]:
    """The incident's pages without an end state, the first one first."""
    return pages_of(conn, pages.c.incident_id == incident_id, pages.c.state == PageState.OPEN)


def pages_of(conn: Connection, *where: sa.ColumnElement[bool]) -> list[Page]:
    """These pages, the first one first."""
    order = pages.c.paged_at, pages.c.round, pages.c.step, pages.c.id
    return [_page(row) for row in conn.execute(sa.select(pages).where(*where).order_by(*order)).mappings()]


def paged_people(conn: Connection, incident_id: int) -> Sequence[str]:
    """Everybody who was paged for the incident, once each."""
    return conn.scalars(sa.select(pages.c.person).where(pages.c.incident_id == incident_id).distinct()).all()


def _page(row: RowMapping) -> Page:
    return Page(
        id=row["id"],
        incident_id=row["incident_id"],
        customer_page_id=row["customer_page_id"],
        person=row["person"],
        position=Position(row["round"], row["step"]),
        state=PageState(row["state"]),
        paged_at=row["paged_at"],
        deadline_at=row["deadline_at"],
    )


def end_page(conn: Connection, page_id: str, state: PageState, reason: str, now: datetime) -> bool:
    """Give the page its end state; False if it has one already, because a page ends once."""
    ended = conn.execute(
        sa.update(pages)
        .where(pages.c.id == page_id, pages.c.state == PageState.OPEN)
        .values(state=state, reason=reason, ended_at=now)
    )
    return ended.rowcount == 1


def has_open_ticket(conn: Connection, incident_id: int) -> bool:
    """Whether any ticket that the incident holds is still open."""
    held = (
        sa.select(tickets.c.id)
        .join(incident_tickets, incident_tickets.c.ticket_id == tickets.c.id)
        .where(incident_tickets.c.incident_id == incident_id, incident_tickets.c.left_at.is_(None), tickets.c.open)
    )
    return conn.scalar(sa.select(held.exists())) or False
