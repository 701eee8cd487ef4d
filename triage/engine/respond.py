"""What people do: acknowledge, resolve, decide by hand, release from quarantine. Each act is audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy.engine import Connection

from triage.domain.escalation import IncidentState
from triage.domain.ticket import Actor, Fact, FactKind, Field, Priority, Role
from triage.engine import escalate
from triage.engine.context import Context
from triage.engine.decide import decide
from triage.store import audit, inbox, incidents, tickets
from triage.store.incidents import Incident, Page


class NotPossible(ValueError):
    """The act cannot be done; the text tells the person why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an acknowledge link stands for."""

    page: Page
    incident: Incident


def find_page(conn: Connection, page_id: str) -> Answer | None:
    """The page and its incident; None if there is no such page."""
    page = incidents.get_page(conn, page_id)
    incident = incidents.get(conn, page.incident_id) if page else None
    return Answer(page, incident) if page and incident else None


def acknowledge_page(conn: Connection, context: Context, page_id: str, now: datetime) -> Incident:
    """The responder whom the link was sent to takes the incident.

    Raises NotPossible if there is no such page, or if the incident is over, because the link ends with it. A
    second touch of the same link, or a link to what somebody else has taken, changes nothing.
    """
    answer = find_page(conn, page_id)
    if answer is None:
        raise NotPossible("This link belongs to no page.")
    if answer.incident.state is IncidentState.RESOLVED:
        raise NotPossible("The incident is over, and so is this link.")
    return _acknowledge(conn, context, answer.incident, answer.page.person, "link", now)


def acknowledge_incident(conn: Connection, context: Context, incident_id: int, who: str, now: datetime) -> Incident:
    """Somebody who is signed in takes the incident."""
    incident = _known(conn, incident_id)
    if incident.state is IncidentState.RESOLVED:
        raise NotPossible("The incident is over.")
    return _acknowledge(conn, context, incident, who, "dashboard", now)


def _acknowledge(
    conn: Connection, context: Context, incident: Incident, who: str, via: str, now: datetime
) -> Incident:
    escalate.acknowledge(context.work(conn, now), incident, who, via)
    return _known(conn, incident.id)


def resolve_incident(
    conn: Connection, context: Context, incident_id: int, who: str, reason: str, now: datetime
) -> None:
    """Somebody who is signed in ends the incident; the ticket and its clocks go on."""
    incident = _known(conn, incident_id)
    if not escalate.resolve(context.work(conn, now), incident, who, "dashboard", reason=reason):
        raise NotPossible("The incident is over already.")


def _known(conn: Connection, incident_id: int) -> Incident:
    incident = incidents.get(conn, incident_id)
    if incident is None:
        raise NotPossible(f"There is no incident {incident_id}.")
    return incident


def decide_by_hand(
    conn: Connection, context: Context, ticket_id: int, priority: Priority, who: str, reason: str, now: datetime
) -> None:
    """A human overrules the policy: a fact on the timeline, which stands until a human decides otherwise."""
    if not reason.strip():
        raise NotPossible("A decision by hand needs a reason.")
    ticket = tickets.locked_by_id(conn, ticket_id)
    before = tickets.last_decision(conn, ticket_id)
    fact = Fact(
        key=f"hand/{uuid4().hex}",
        kind=FactKind.DECISION,
        at=now,
        actor=Actor(who, who, Role.AGENT),
        values={Field.PRIORITY: priority},
        texts={"reason": reason.strip()},
        received_at=now,
    )
    tickets.add_facts(conn, ticket_id, [fact], now)
    decide(context.work(conn, now), ticket)
    audit.record(
        conn,
        who=who,
        act="ticket.decide",
        subject=f"ticket/{ticket_id}",
        reason=reason.strip(),
        now=now,
        before={"priority": before["priority"] if before else None},
        after={"priority": priority},
    )


def release_event(conn: Connection, event_id: int, who: str, now: datetime) -> None:
    """Try a quarantined event again."""
    if not inbox.release_from_quarantine(conn, event_id, now):
        raise NotPossible(f"There is no event {event_id} in quarantine.")
    audit.record(conn, who=who, act="event.release", subject=f"event/{event_id}", now=now)
