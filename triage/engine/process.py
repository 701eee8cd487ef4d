"""Takes one event out of the inbox: reads it into facts, decides, and commits both at once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from triage.domain.configuration import Configuration
from triage.domain.escalation import next_retry
from triage.domain.ticket import Origin
from triage.engine import messages
from triage.engine.context import Context
from triage.engine.decide import decide
from triage.engine.escalate import notify, people_behind
from triage.ports import Ignored, NotFound, Read, Reading, SourceError, Unreadable
from triage.store import inbox, tickets
from triage.store.inbox import Event
from triage.telemetry import PROCESSED, log, report_failure

JIRA = "jira"
#: A note to ourselves: ask Jira for an issue that an event told only half of.
JIRA_FETCH = "jira-fetch"

#: Longer than any fetch may take; an event of a worker that died waits for so long.
LEASE = timedelta(seconds=20)
#: An event whose processing fails so often is set aside for a human.
MOST_FAILURES = 8
#: Jira is asked for this long before a human is told that it does not answer.
FETCH_LIFE = timedelta(hours=24)


class LeaseLost(RuntimeError):
    """Another worker has taken the event over; nothing of ours may be committed."""


def process_next(context: Context, now: datetime) -> bool:
    """Process the event that has waited the longest; False if none is due."""
    return _next(context, now, (JIRA,))


def fetch_next(context: Context, now: datetime) -> bool:
    """Ask Jira for the issue that has waited the longest; False if none is due.

    Apart from `process_next`, so that a Jira that hangs holds up no event that has arrived.
    """
    return _next(context, now, (JIRA_FETCH,))


def _next(context: Context, now: datetime, sources: tuple[str, ...]) -> bool:
    with context.database.read() as conn:
        if not inbox.is_due(conn, sources, now):
            return False
    with context.database.write() as conn:
        events = inbox.claim(conn, sources, now, LEASE, limit=1)
        config = context.configurations.current(conn)
    if not events:
        return False
    event = events[0]
    try:
        reading = _read(context, config, event, now)
        with context.database.write() as conn:
            outcome = _commit(conn, context, config, event, reading, now)
    except SourceError as error:
        outcome = _source_failed(context, event, error, now)
    except LeaseLost:
        outcome = "lease_lost"
    except Exception as error:  # noqa: BLE001 - the loop's edge: one poisonous event must not stop the others
        outcome = _failed(context, config, event, error, now)
    PROCESSED.labels(event.source, outcome).inc()
    return True


def _read(context: Context, config: Configuration, event: Event, now: datetime) -> Reading:
    """What the event says; for a note to ourselves, what Jira answers. Runs outside any transaction."""
    if event.source != JIRA_FETCH:
        return context.normaliser.read_event(event.body, config.jira, event.received_at)
    note = json.loads(event.body)
    source = context.sources.get(note["instance"])
    if source is None:
        return Ignored(f"no Jira is configured for {note['instance']}")
    return context.normaliser.read_issue(source.fetch_issue(note["issue"]), config.jira, now, Origin.LIVE)


def _commit(
    conn: Connection, context: Context, config: Configuration, event: Event, reading: Reading, now: datetime
) -> str:
    """Everything that follows from the event, and that it is done, in one transaction."""
    if isinstance(reading, Unreadable):
        _quarantine(conn, config, event, reading.reason, now)
        return "quarantined"
    if isinstance(reading, Ignored):
        _held(inbox.done(conn, event, now, reading.reason))
        return "ignored"
    ticket = tickets.locked(conn, reading.ticket, now)
    _held(inbox.done(conn, event, now, ticket_id=ticket.id))
    added = tickets.add_facts(conn, ticket.id, reading.facts, now)
    log.info("event read", source=event.source, ticket=reading.ticket.key, facts=len(reading.facts), added=added)
    missing = set(reading.missing)
    if added:
        missing -= decide(conn, context, config, ticket, now)
    if missing and event.source != JIRA_FETCH and reading.ticket.instance in context.sources:
        _ask_jira(conn, event, reading, now)
    return "processed" if added else "nothing_new"


def _held(done: bool) -> None:
    if not done:
        raise LeaseLost


def _ask_jira(conn: Connection, event: Event, reading: Read, now: datetime) -> None:
    note = {"instance": reading.ticket.instance, "issue": reading.ticket.id, "missing": list(reading.missing)}
    inbox.receive(conn, JIRA_FETCH, f"event {event.id}", json.dumps(note).encode(), now)


def _quarantine(conn: Connection, config: Configuration, event: Event, reason: str, now: datetime) -> None:
    """Set the event aside and tell a human, at most once an hour."""
    _held(inbox.quarantine(conn, event, now, reason))
    log.warning("event quarantined", source=event.source, event_id=event.id, reason=reason)
    people = people_behind(config, config.notices_to, now)
    text = messages.quarantine_notice(reason, event.source)
    notify(conn, config, people, f"quarantine/{now:%Y-%m-%dT%H}", text, now, observed=config.observe_only)


def _source_failed(context: Context, event: Event, error: SourceError, now: datetime) -> str:
    """Jira did not answer: ask again later; what is known already has been decided on."""
    with context.database.write() as conn:
        config = context.configurations.current(conn)
        if isinstance(error, NotFound):  # deleted, or our account may not see it: a human can tell
            _quarantine(conn, config, event, f"Jira does not show us the issue: {error.reason}", now)
            return "quarantined"
        if now - event.received_at > FETCH_LIFE:
            _quarantine(conn, config, event, f"Jira has not answered for a day: {error.reason}", now)
            return "quarantined"
        wait = max(next_retry(event.attempts, error.after), timedelta(seconds=2))
        inbox.postpone(conn, event, now + wait, error.reason)
    log.warning("Jira did not answer", event_id=event.id, reason=error.reason, again_in=str(wait))
    return "postponed"


def _failed(context: Context, config: Configuration, event: Event, error: Exception, now: datetime) -> str:
    """An error of ours: keep the event and try again later, and in the end hand it to a human."""
    report_failure("process", error)
    reason = f"{type(error).__name__}: {error}"[:500]
    with context.database.write() as conn:
        if event.attempts >= MOST_FAILURES:
            _quarantine(conn, config, event, f"processing failed {event.attempts} times: {reason}", now)
            return "quarantined"
        inbox.postpone(conn, event, now + next_retry(event.attempts, None), reason)
    return "failed"
