"""One incident for what one customer reports in a short time; what joins it is told together."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from triage.domain.configuration import Customer
from triage.domain.escalation import EscalationPolicy, IncidentState
from triage.domain.ticket import Priority
from triage.engine import escalate, messages
from triage.engine.context import Work
from triage.engine.fold import subject_of_incident
from triage.engine.reach import can_be_paged, notify, people_behind
from triage.store import incidents, timers
from triage.store.incidents import Held, Incident
from triage.store.timers import TimerKind
from triage.telemetry import log

#: Responders hear at most so often what joined.
SUMMARY_EVERY = timedelta(minutes=2)


def find(work: Work, customer: Customer | None, policy: EscalationPolicy, *, observed: bool) -> Incident | None:
    """The incident that a ticket of this customer joins now. Nobody knows what tickets of unknown ones share.

    Without a window nothing is shared, whatever the clocks of two nodes say.
    """
    if customer is None or not policy.group_window:
        return None
    incidents.lock_customer(work.conn, customer.name)
    since = work.now - policy.group_window
    return incidents.open_of_customer(work.conn, customer.name, policy.name, since, observed=observed)


def join(work: Work, incident: Incident, subject: messages.Subject, cause: str, priority: Priority) -> None:
    """The incident holds this ticket too."""
    incidents.join(work.conn, incident.id, subject.ticket_id, cause, work.now)
    log.info("ticket joined", incident=incident.id, ticket=subject.ref.key)
    welcome(work, incident, subject, priority)


def welcome(work: Work, incident: Incident, subject: messages.Subject, priority: Priority) -> None:
    """Something of that priority has joined: page at once where it is the first P0, else let it be told together."""
    if priority < incident.priority:
        given_to = _acknowledger(work, incident)
        why = f"a {priority} joined"
        escalate.trigger_again(work, incident, subject, priority=priority, given_to=given_to, why=why)
    elif incident.told_at is not None:  # who is paged later reads it on the page
        timers.arm(work.conn, TimerKind.JOINED, incident.id, max(work.now, incident.told_at + SUMMARY_EVERY))


def tell(work: Work, incident: Incident) -> None:
    """Tell the responders what joined since they last heard: a P0 under an acknowledgement pages whoever gave it."""
    joined = [ticket for ticket in incidents.held(work.conn, incident.id, untold=True) if ticket.open]
    if not joined or incident.state is IncidentState.RESOLVED:
        return
    subject = subject_of_incident(work, incident.id)
    note = messages.joined(len(joined), [ticket.key for ticket in joined[: escalate.NAMED]])
    if incident.state is IncidentState.ACKNOWLEDGED and _has_p0(joined):
        given_to = _acknowledger(work, incident)
        noted = replace(subject, notes=(*subject.notes, note))
        escalate.trigger_again(work, incident, noted, given_to=given_to, why=note)
        return
    incidents.mark_told(work.conn, incident.id, work.now)
    text = messages.joined_notice(subject, note)
    key = f"joined/{incident.id}/{work.now.isoformat()}"
    notify(work, _hearers(work, incident), key, text, observed=incident.observed, ticket_id=subject.ticket_id)


def _has_p0(joined: list[Held]) -> bool:
    return any(ticket.priority == Priority.P0 for ticket in joined)


def _acknowledger(work: Work, incident: Incident) -> str | None:
    who = incident.acknowledged_by
    return who if who is not None and can_be_paged(work.config, who) else None


def _hearers(work: Work, incident: Incident) -> list[str]:
    """Whoever has it; else everybody whose page is open; else whoever hears of notices."""
    who = _acknowledger(work, incident)
    paged = [who] if who else [page.person for page in incidents.open_pages(work.conn, incident.id)]
    return paged or [*people_behind(work, work.config.notices_to)]
