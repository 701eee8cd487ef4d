"""Tells stakeholders of a P0: they are not on call, and nothing is asked of them."""

from __future__ import annotations

from triage.domain.escalation import IncidentState
from triage.domain.ticket import Priority
from triage.engine import messages
from triage.engine.context import Work
from triage.engine.reach import notify, people_behind
from triage.store import outbox
from triage.store.incidents import Incident


def triggered(work: Work, incident: Incident, subject: messages.Subject) -> None:
    """An incident began to page; once for each incident, when it is a P0."""
    if incident.priority is Priority.P0:
        _tell(work, incident, _key(incident), messages.stakeholder_notice(subject), subject.ticket_id)


def answered(work: Work, incident: Incident, state: IncidentState, who: str) -> None:
    """Whoever heard of the P0 hears who has it, and that it is over."""
    people = people_behind(work, work.config.stakeholders_of(incident.customer))
    told = [name for name in people if outbox.queued(work.conn, f"{_key(incident)}/{name}")]
    if told:
        person = work.config.responder(who)
        text = messages.stakeholder_answer(incident.id, state, person.display_name if person else who)
        key = f"{_key(incident)}/{state}/{incident.active_since.isoformat()}"
        notify(work, told, key, text, observed=incident.observed)


def _tell(work: Work, incident: Incident, key: str, text: tuple[str, str], ticket_id: int) -> None:
    people = people_behind(work, work.config.stakeholders_of(incident.customer))
    notify(work, people, key, text, observed=incident.observed, ticket_id=ticket_id)


def _key(incident: Incident) -> str:
    return f"stakeholders/{incident.id}"
