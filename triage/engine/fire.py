"""Fires due timers: loads what they belong to again, decides again, and commits."""

from __future__ import annotations

from datetime import datetime

from triage.domain.escalation import IncidentState
from triage.engine import contact_pages, escalate, group, reach
from triage.engine.context import Context, Work
from triage.engine.decide import decide
from triage.engine.fold import subject_of_incident
from triage.store import customer_pages, incidents, tickets, timers
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
            fired = _fire(context.work(conn, now), timer)
    except Exception as error:  # noqa: BLE001 - the loop's edge: one poisonous timer must not stop the others
        report_failure("fire", error)
        with context.database.write() as conn:
            timers.postpone(conn, timer, now, f"{type(error).__name__}: {error}"[:500])
        return True
    if fired:
        TIMERS.labels(timer.kind).inc()
        LATENESS.observe((now - timer.due_at).total_seconds())
    return True


def _fire(work: Work, timer: Timer) -> bool:
    """Lock what the timer belongs to, take the timer, and act.

    In that order, as events do it too (ticket, incident, timer), or two workers would wait for each other.
    """
    if timer.kind is TimerKind.DEADLINE:
        ticket = tickets.locked_by_id(work.conn, int(timer.subject))
        taken = timers.take(work.conn, timer)
        if taken:
            decide(work, ticket)
        return taken
    if timer.kind is TimerKind.NEXT_METHOD:
        return _next_method(work, timer)
    if timer.kind is TimerKind.NEXT_CONTACT:
        return _next_contact(work, timer)
    incident = incidents.get(work.conn, int(timer.subject))
    if not timers.take(work.conn, timer) or incident is None:
        return False
    if timer.kind is TimerKind.ESCALATE and incident.state is IncidentState.TRIGGERED:
        escalate.advance(work, incident, subject_of_incident(work, incident.id))
    elif timer.kind is TimerKind.ACK_EXPIRES and incident.state is IncidentState.ACKNOWLEDGED:
        # Somebody acknowledged and then nothing happened: the incident pages again.
        log.warning("acknowledgement expired", incident=incident.id, by=incident.acknowledged_by)
        why = "the acknowledgement ended without a resolution"
        escalate.trigger_again(work, incident, subject_of_incident(work, incident.id), why=why)
    elif timer.kind is TimerKind.JOINED:
        group.tell(work, incident)
    return True


def _next_method(work: Work, timer: Timer) -> bool:
    page = incidents.get_page(work.conn, timer.subject)
    if page is not None:
        reach.hold(work.conn, page)
    if not timers.take(work.conn, timer) or page is None:
        return False
    reach.next_contact(work, page)
    return True


def _next_contact(work: Work, timer: Timer) -> bool:
    asked = customer_pages.locked(work.conn, int(timer.subject))
    if not timers.take(work.conn, timer) or asked is None:
        return False
    contact_pages.advance(work, asked)
    return True
