"""Fires due timers: loads what they belong to again, decides again, and commits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from triage.domain.configuration import Configuration
from triage.domain.escalation import IncidentState
from triage.engine import escalate
from triage.engine.context import Context
from triage.engine.decide import decide, subject_of_incident
from triage.store import incidents, tickets, timers
from triage.store.timers import Timer, TimerKind
from triage.telemetry import LATENESS, TIMERS, log, report_failure


def fire_next(context: Context, now: datetime) -> bool:
    """Fire the timer that has been due the longest; False if none is due."""
    with context.database.read() as conn:
        due = timers.next_due(conn)
    if due is None or due > now:
        return False
    timer = None
    try:
        with context.database.write() as conn:
            timer = timers.take(conn, now)
            if timer is None:
                return False
            _fire(conn, context, context.configurations.current(conn), timer, now)
    except Exception as error:
        if timer is None:
            raise
        report_failure("fire", error)
        with context.database.write() as conn:
            timers.postpone(conn, timer, now, f"{type(error).__name__}: {error}"[:500])
        return True
    TIMERS.labels(timer.kind).inc()
    LATENESS.observe((now - timer.due_at).total_seconds())
    return True


def _fire(conn: Connection, context: Context, config: Configuration, timer: Timer, now: datetime) -> None:
    match timer.kind:
        case TimerKind.DEADLINE:
            decide(conn, context, config, tickets.locked_by_id(conn, int(timer.subject)), now)
        case TimerKind.ESCALATE:
            _escalate(conn, context, config, int(timer.subject), now)
        case TimerKind.NEXT_METHOD:
            page = incidents.get_page(conn, timer.subject)
            if page is not None:
                escalate.next_contact(conn, config, page, now)
        case TimerKind.ACK_EXPIRES:
            _expire(conn, context, config, int(timer.subject), now)


def _escalate(conn: Connection, context: Context, config: Configuration, incident_id: int, now: datetime) -> None:
    """Nobody has answered: the next step."""
    incident = incidents.get(conn, incident_id)
    if incident is None or incident.state is not IncidentState.TRIGGERED:
        return
    ticket_id, subject = subject_of_incident(conn, config, incident_id, now)
    escalate.advance(conn, context, config, incident, subject, ticket_id, now)


def _expire(conn: Connection, context: Context, config: Configuration, incident_id: int, now: datetime) -> None:
    """Somebody acknowledged and then nothing happened: the incident pages again, from the first step."""
    incident = incidents.get(conn, incident_id)
    if incident is None or incident.state is not IncidentState.ACKNOWLEDGED:
        return
    log.warning("acknowledgement expired", incident=incident_id, by=incident.acknowledged_by)
    incidents.update(
        conn,
        incident_id,
        state=IncidentState.TRIGGERED,
        active_since=now,
        acknowledged_at=None,
        acknowledged_by=None,
    )
    ticket_id, subject = subject_of_incident(conn, config, incident_id, now)
    escalate.advance(conn, context, config, incident, subject, ticket_id, now, first=True)
