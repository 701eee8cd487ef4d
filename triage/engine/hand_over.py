"""Gives an incident to somebody else, moves it on at once, or lets an acknowledgement last longer; audited."""

from __future__ import annotations

from datetime import timedelta

from triage.domain.escalation import IncidentState, PageState
from triage.domain.explain import in_words
from triage.engine.context import Work
from triage.engine.escalate import advance, end_pages, trigger_again
from triage.engine.fold import subject_of_incident
from triage.engine.reach import can_be_paged
from triage.engine.respond import NotPossible, known
from triage.engine.settle import settle_pages
from triage.store import audit, incidents, timers
from triage.store.incidents import Incident
from triage.store.timers import TimerKind
from triage.telemetry import log

#: An acknowledgement can be made to last so long at a time, so that nobody sleeps through a week of it.
LONGEST_SNOOZE = timedelta(hours=24)


def reassign(work: Work, incident_id: int, to: str, who: str, via: str, reason: str = "") -> None:
    """Page `to`, a person or a channel, in place of whoever was paged or has it; then the policy's steps follow.

    It goes at once, whatever the hour: a human asks for it. Raises NotPossible.
    """
    incident = _open(work, incident_id)
    if not can_be_paged(work.config, to):
        reachable = sorted(name for name in work.config.people if can_be_paged(work.config, name))
        raise NotPossible(f"{to!r} cannot be paged; somebody with a contact method can: {', '.join(reachable)}.")
    end_pages(work, incident, f"given to {to} by {who} ({via})", state=PageState.SUPERSEDED)
    trigger_again(work, incident, subject_of_incident(work, incident.id), given_to=to, by_hand=True)
    after = {"state": IncidentState.TRIGGERED, "to": to, "via": via}
    _audit(work, incident, "incident.reassign", who, reason, after)


def escalate_now(work: Work, incident_id: int, who: str, via: str, reason: str = "") -> None:
    """Page the next step now, whatever the hour; an acknowledgement is given up by it. Raises NotPossible."""
    incident = _open(work, incident_id)
    incidents.update(
        work.conn, incident.id, state=IncidentState.TRIGGERED, acknowledged_at=None, acknowledged_by=None
    )
    if incident.state is IncidentState.ACKNOWLEDGED:
        incidents.update(work.conn, incident.id, active_since=work.now)
        timers.disarm(work.conn, TimerKind.ACK_EXPIRES, incident.id)
        settle_pages(work, incident.id)
    advance(work, known(work.conn, incident.id), subject_of_incident(work, incident.id), by_hand=True)
    _audit(work, incident, "incident.escalate", who, reason, {"state": IncidentState.TRIGGERED, "via": via})


def snooze(work: Work, incident_id: int, span: timedelta, who: str, via: str, reason: str = "") -> None:
    """Let the acknowledgement stand for `span` from now on; then the incident pages again. Raises NotPossible."""
    incident = _open(work, incident_id)
    if incident.state is not IncidentState.ACKNOWLEDGED:
        raise NotPossible("Nobody has acknowledged the incident: only an acknowledgement can be made to last.")
    if not timedelta(minutes=1) <= span <= LONGEST_SNOOZE:
        raise NotPossible(f"An acknowledgement can be extended by a minute to a day, not by {in_words(span)}.")
    until = work.now + span
    timers.arm(work.conn, TimerKind.ACK_EXPIRES, incident.id, until)
    _audit(work, incident, "incident.snooze", who, reason, {"until": until.isoformat(), "via": via})


def _open(work: Work, incident_id: int) -> Incident:
    incident = known(work.conn, incident_id)
    if incident.state is IncidentState.RESOLVED:
        raise NotPossible("The incident is over.")
    return incident


def _audit(work: Work, incident: Incident, act: str, who: str, reason: str, after: dict[str, str]) -> None:
    log.info(act, incident=incident.id, by=who, **after)
    before = {"state": incident.state, "by": incident.acknowledged_by}
    audit.record(
        work.conn,
        who=who,
        act=act,
        subject=f"incident/{incident.id}",
        reason=reason.strip(),
        now=work.now,
        before=before,
        after=after,
    )
