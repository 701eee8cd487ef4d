"""Merges incidents that are one problem, and splits off a ticket that is another; audited."""

from __future__ import annotations

from triage.domain.escalation import IncidentState
from triage.domain.ticket import Priority
from triage.engine import group
from triage.engine.context import Work
from triage.engine.escalate import advance, policy_of
from triage.engine.fold import subject_of_incident
from triage.engine.respond import NotPossible, acknowledge, known, resolve
from triage.store import audit, incidents
from triage.store.incidents import Incident


def merge(work: Work, incident_id: int, into: int, who: str, via: str, reason: str = "") -> None:
    """`into` holds the tickets of both from now on, and the other one is over. Raises NotPossible.

    What nobody has acknowledged joins as a new ticket does: under an acknowledgement a P0 pages whoever gave it.
    """
    if incident_id == into:
        raise NotPossible("An incident cannot be merged with itself.")
    both = {number: known(work.conn, number) for number in sorted((incident_id, into))}  # always in that order
    gone, kept = both[incident_id], both[into]
    if IncidentState.RESOLVED in (gone.state, kept.state):
        raise NotPossible("Only open incidents can be merged.")
    if gone.observed != kept.observed:
        raise NotPossible("One of the two is only observed, so they cannot be one.")
    untold = gone.state is IncidentState.TRIGGERED
    for ticket in incidents.held(work.conn, gone.id):
        cause, told_at = f"merged/{gone.id}", None if untold else work.now
        incidents.join(work.conn, kept.id, ticket.ticket_id, cause, work.now, told_at)
    resolve(work, gone, who, via, reason=f"merged into incident {kept.id}")
    _audit(work, "incident.merge", gone, who, reason, {"into": kept.id, "via": via})
    if untold:
        group.welcome(work, kept, subject_of_incident(work, kept.id), gone.priority)


def split(work: Work, incident_id: int, ticket_id: int, who: str, via: str, reason: str = "") -> int:
    """Give a ticket an incident of its own; returns its number. Whoever has the first one has it too.

    Raises NotPossible.
    """
    incident = known(work.conn, incident_id)
    held = {ticket.ticket_id: ticket for ticket in incidents.held(work.conn, incident.id)}
    if incident.state is IncidentState.RESOLVED:
        raise NotPossible("The incident is over.")
    if ticket_id not in held:
        raise NotPossible(f"Incident {incident_id} does not hold the ticket {ticket_id}.")
    if len(held) == 1:
        raise NotPossible("It is the only ticket of this incident, so there is nothing to split.")
    incidents.leave(work.conn, incident.id, ticket_id, work.now)
    number = incidents.trigger(
        work.conn,
        ticket_id,
        f"split/{incident.id}/{work.now.isoformat()}",
        incident.customer,
        policy_of(work, incident).name,
        Priority(held[ticket_id].priority or incident.priority),
        incident.config_version,
        work.now,
        observed=incident.observed,
    )
    _audit(work, "incident.split", incident, who, reason, {"ticket": ticket_id, "into": number, "via": via})
    own = known(work.conn, number)
    if incident.state is IncidentState.ACKNOWLEDGED and incident.acknowledged_by is not None:
        acknowledge(work, own, incident.acknowledged_by, f"split off incident {incident.id}")
    else:
        advance(work, own, subject_of_incident(work, number))
    return number


def _audit(work: Work, act: str, incident: Incident, who: str, reason: str, after: dict[str, object]) -> None:
    audit.record(
        work.conn,
        who=who,
        act=act,
        subject=f"incident/{incident.id}",
        reason=reason.strip(),
        now=work.now,
        before={"state": incident.state},
        after=after,
    )
