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
from triage.store.incidents import Incident
from triage.store.timers import Timer, TimerKind
from triage.telemetry import LATENESS, TIMERS, log, report_failure


def fire_next(context: Context, now: datetime) -> bool:
    """Fire the timer that has been due the longest; False if none is due."""
    with context.database.read() as conn:
        timer = timers.first_due(conn, now)
    if timer is None:
        return False
    try:
        with context.database.write() as conn:
            fired = _fire(conn, context, context.configurations.current(conn), timer, now)
    except Exception as error:  # noqa: BLE001 - the loop's edge: one poisonous timer must not stop the others
        report_failure("fire", error)
        with context.database.write() as conn:
            timers.postpone(conn, timer, now, f"{type(error).__name__}: {error}"[:500])
        return True
    if fired:
        TIMERS.labels(timer.kind).inc()
        LATENESS.observe((now - timer.due_at).total_seconds())
    return True


def _fire(conn: Connection, context: Context, config: Configuration, timer: Timer, now: datetime) -> bool:
    """Lock what the timer belongs to, take the timer, and act.

    In that order, as events do it too (ticket, incident, timer), or two workers would wait for each other.
    """
    if timer.kind is TimerKind.DEADLINE:
        ticket = tickets.locked_by_id(conn, int(timer.subject))
        taken = timers.take(conn, timer)
        if taken:
            decide(conn, context, config, ticket, now)
        return taken
    page = incidents.get_page(conn, timer.subject) if timer.kind is TimerKind.NEXT_METHOD else None
    incident = incidents.get(conn, page.incident_id if page else int(timer.subject))
    if not timers.take(conn, timer) or incident is None:
        return False
    if page is not None:
        escalate.next_contact(conn, config, page, now)
    elif timer.kind is TimerKind.ESCALATE and incident.state is IncidentState.TRIGGERED:
        ticket_id, subject = subject_of_incident(conn, config, incident.id, now)
        escalate.advance(conn, context, config, incident, subject, ticket_id, now)
    elif timer.kind is TimerKind.ACK_EXPIRES and incident.state is IncidentState.ACKNOWLEDGED:
        _expire(conn, context, config, incident, now)
    return True


def _expire(conn: Connection, context: Context, config: Configuration, incident: Incident, now: datetime) -> None:
    """Somebody acknowledged and then nothing happened: the incident pages again."""
    log.warning("acknowledgement expired", incident=incident.id, by=incident.acknowledged_by)
    ticket_id, subject = subject_of_incident(conn, config, incident.id, now)
    escalate.trigger_again(conn, context, config, incident, subject, ticket_id, now)
