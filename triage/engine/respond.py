"""How people answer an incident: acknowledge, resolve; each act is audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from triage.domain.escalation import IncidentState, PageState
from triage.engine import inform, mail_origin, write_back
from triage.engine.context import Context, Work
from triage.engine.escalate import end_pages, policy_of
from triage.store import audit, incidents, timers
from triage.store.incidents import Incident, Page
from triage.store.timers import TimerKind
from triage.telemetry import log


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
    incident = incidents.get(conn, page.incident_id) if page and page.incident_id is not None else None
    return Answer(page, incident) if page and incident else None


def acknowledge_page(conn: Connection, context: Context, page_id: str, now: datetime, via: str = "link") -> Incident:
    """The responder whom the link was sent to takes the incident.

    Raises NotPossible if there is no such page, or if the incident is over, because the link ends with it. A
    second touch of the same link, or a link to what somebody else has taken, changes nothing.
    """
    answer = find_page(conn, page_id)
    if answer is None:
        raise NotPossible("This link belongs to no page.")
    if answer.incident.state is IncidentState.RESOLVED:
        raise NotPossible("The incident is over, and so is this link.")
    return _acknowledge(conn, context, answer.incident, answer.page.person, via, now)


def acknowledge_incident(
    conn: Connection, context: Context, incident_id: int, who: str, now: datetime, via: str = "dashboard"
) -> Incident:
    """Somebody who is known to us takes the incident. Raises NotPossible."""
    incident = known(conn, incident_id)
    if incident.state is IncidentState.RESOLVED:
        raise NotPossible("The incident is over.")
    return _acknowledge(conn, context, incident, who, via, now)


def _acknowledge(
    conn: Connection, context: Context, incident: Incident, who: str, via: str, now: datetime
) -> Incident:
    acknowledge(context.work(conn, now), incident, who, via)
    return known(conn, incident.id)


def resolve_incident(
    conn: Connection,
    context: Context,
    incident_id: int,
    who: str,
    reason: str,
    now: datetime,
    via: str = "dashboard",
) -> None:
    """Somebody who is known to us ends the incident; the ticket and its clocks go on. Raises NotPossible."""
    incident = known(conn, incident_id)
    if not resolve(context.work(conn, now), incident, who, via, reason=reason):
        raise NotPossible("The incident is over already.")


def known(conn: Connection, incident_id: int) -> Incident:
    """The incident, locked; raises NotPossible."""
    incident = incidents.get(conn, incident_id)
    if incident is None:
        raise NotPossible(f"There is no incident {incident_id}.")
    return incident


def acknowledge(work: Work, incident: Incident, who: str, via: str, *, answered: str = "") -> bool:
    """A human has taken the incident: the escalation stops; False if it was acknowledged or resolved before.

    `answered` is the page that was answered, if that was where it was sent to.
    """
    if incident.state is not IncidentState.TRIGGERED:
        return False
    policy, how = policy_of(work, incident), f"acknowledged by {who} ({via})"
    incidents.update(
        work.conn,
        incident.id,
        state=IncidentState.ACKNOWLEDGED,
        acknowledged_at=work.now,
        acknowledged_by=who,
        next_step_at=None,
        held=False,
        reason=how,
    )
    timers.disarm(work.conn, TimerKind.ESCALATE, incident.id)
    end_pages(work, incident, how, state=PageState.ACKNOWLEDGED, by=who, answered=answered)
    if policy.ack_timeout is not None:
        timers.arm(work.conn, TimerKind.ACK_EXPIRES, incident.id, work.now + policy.ack_timeout)
    write_back.answered(work, incident, IncidentState.ACKNOWLEDGED, who, via)
    inform.answered(work, incident, IncidentState.ACKNOWLEDGED, who)
    _audit(work, incident, IncidentState.ACKNOWLEDGED, who, via)
    return True


def resolve(work: Work, incident: Incident, who: str, via: str, *, reason: str = "") -> bool:
    """The incident is over; False if it was over before."""
    if incident.state is IncidentState.RESOLVED:
        return False
    how = f"resolved by {who} ({via})"
    incidents.update(
        work.conn,
        incident.id,
        state=IncidentState.RESOLVED,
        resolved_at=work.now,
        resolved_by=who,
        next_step_at=None,
        held=False,
        reason=how,
    )
    for kind in (TimerKind.ESCALATE, TimerKind.ACK_EXPIRES, TimerKind.JOINED):
        timers.disarm(work.conn, kind, incident.id)
    end_pages(work, incident, how, state=PageState.RESOLVED)
    write_back.answered(work, incident, IncidentState.RESOLVED, who, via)
    inform.answered(work, incident, IncidentState.RESOLVED, who)
    mail_origin.incident_over(work, incident, who, reason)
    _audit(work, incident, IncidentState.RESOLVED, who, via, reason)
    return True


def _audit(work: Work, incident: Incident, state: IncidentState, who: str, via: str, reason: str = "") -> None:
    """Write down who moved the incident on, whichever way it came: link, dashboard, provider or Jira."""
    log.info(f"incident {state}", incident=incident.id, by=who, via=via)
    audit.record(
        work.conn,
        who=who,
        act=f"incident.{state}",
        subject=f"incident/{incident.id}",
        reason=reason,
        now=work.now,
        before={"state": incident.state},
        after={"state": state, "via": via},
    )
