"""Takes one event out of the inbox: reads it, decides what follows, and commits both at once."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from triage.domain.configuration import Configuration
from triage.domain.escalation import next_retry
from triage.domain.ticket import Origin
from triage.engine import call_back, mail_tickets, messages, take_mail
from triage.engine.context import Context, Work
from triage.engine.decide import decide
from triage.engine.reach import tell_operators
from triage.engine.sources import JIRA, JIRA_FETCH, JIRA_SWEEP, MAIL, MAIL_DONE
from triage.engine.take_mail import ReadMail
from triage.ports import (
    Answered,
    CallBack,
    Ignored,
    NotFound,
    Opened,
    Read,
    Reading,
    SourceError,
    Unreadable,
)
from triage.store import inbox, tickets
from triage.store.inbox import Event
from triage.telemetry import PROCESSED, SWEPT, log, report_failure

#: Longer than any fetch may take; an event of a worker that died waits for so long.
LEASE = timedelta(seconds=20)
#: An event whose processing fails so often is set aside for a human.
MOST_FAILURES = 8
#: Jira is asked for this long before a human is told that it does not answer.
FETCH_LIFE = timedelta(hours=24)


class Note:
    """A note to ourselves that says everything."""


class LeaseLost(RuntimeError):
    """Another worker has taken the event over; nothing of ours may be committed."""


def process_next(context: Context, now: datetime) -> bool:
    """Process the event that has waited the longest; False if none is due."""
    return _next(context, now, (JIRA,))


def answer_next(context: Context, now: datetime) -> bool:
    """Process what a paging provider told us the longest ago; False if nothing is due.

    Apart from `process_next`, so that an answer waits behind no pile of tickets: until it counts, people are paged.
    """
    return _next(context, now, tuple(context.call_backs))


def fetch_next(context: Context, now: datetime) -> bool:
    """Ask Jira for the issue that has waited the longest; False if none is due.

    Apart from `process_next`, so that a Jira that hangs holds up no event that has arrived. What an event wants to
    know goes before what a sweep has found.
    """
    return _next(context, now, (JIRA_FETCH, JIRA_SWEEP), last=JIRA_SWEEP)


def mail_next(context: Context, now: datetime) -> bool:
    """Process the mail that has waited the longest; False if none is due.

    Apart from `process_next`, and by several workers, so that a DNS server that hangs holds up no event and not even
    the mail behind.
    """
    return _next(context, now, (MAIL, MAIL_DONE))


def _next(context: Context, now: datetime, sources: tuple[str, ...], last: str = "") -> bool:
    with context.database.read() as conn:
        if not inbox.is_due(conn, sources, now):
            return False
    with context.database.write() as conn:
        events = inbox.claim(conn, sources, now, LEASE, limit=1, last=last)
        config = context.configurations.current(conn)
    if not events:
        return False
    event = events[0]
    try:
        reading = _read(context, config, event, now)
        with context.database.write() as conn:
            outcome = _commit(context.work(conn, now), event, reading)
    except SourceError as error:
        outcome = _source_failed(context, event, error, now)
    except LeaseLost:
        outcome = "lease_lost"
    except Exception as error:  # noqa: BLE001 - the loop's edge: one poisonous event must not stop the others
        outcome = _failed(context, event, error, now)
    PROCESSED.labels(event.source, outcome).inc()
    return True


def _read(
    context: Context, config: Configuration, event: Event, now: datetime
) -> Reading | CallBack | ReadMail | Note:
    """What the event says; for a note to ourselves, what Jira answers. Runs outside any transaction."""
    if event.source == MAIL:
        return take_mail.read(context, config, event.body, event.received_at, now)
    if event.source == MAIL_DONE:
        return Note()
    if event.source in context.call_backs:
        return context.call_backs[event.source](event.body)
    if event.source == JIRA:
        return context.normaliser.read_event(event.body, config.jira, event.received_at)
    note = json.loads(event.body)
    source = context.sources.get(note["instance"])
    if source is None:
        return Ignored(f"no Jira is configured for {note['instance']}")
    origin = Origin.SWEEP if event.source == JIRA_SWEEP else Origin.LIVE
    return context.normaliser.read_issue(source.fetch_issue(note["issue"]), config.jira, now, origin)


def _commit(work: Work, event: Event, reading: Reading | CallBack | ReadMail | Note) -> str:
    """Everything that follows from the event, and that it is done, in one transaction."""
    if isinstance(reading, ReadMail):
        taken = take_mail.take(work, event.id, event.received_at, reading)
        _held(inbox.done(work.conn, event, work.now, taken.reason, ticket_id=taken.ticket_id))
        return taken.fate
    if isinstance(reading, Note):
        closed = mail_tickets.follow_note(work, event.body)
        _held(inbox.done(work.conn, event, work.now))
        return "processed" if closed else "nothing_new"
    if isinstance(reading, Unreadable):
        _quarantine(work, event, reading.reason)
        return "quarantined"
    if isinstance(reading, Read) and reading.foreign and tickets.find(work.conn, reading.ticket) is None:
        reading = Ignored(f"{reading.ticket.key} is in none of our projects")
    if isinstance(reading, Ignored):
        _held(inbox.done(work.conn, event, work.now, reading.reason))
        return "ignored"
    if isinstance(reading, Opened | Answered):
        reason = call_back.follow(work, event.source, reading)
        _held(inbox.done(work.conn, event, work.now, reason))
        return "ignored" if reason else "processed"
    ticket = tickets.locked(work.conn, reading.ticket, work.now)
    merged = tickets.add_facts(work.conn, ticket.id, reading.facts, work.now)
    if reading.clocks:
        tickets.save_source_clocks(work.conn, ticket.id, reading.clocks)
    news = len(merged.news)
    _held(inbox.done(work.conn, event, work.now, ticket_id=ticket.id, news=news))
    if event.source == JIRA_SWEEP and news:
        SWEPT.inc(news)
    log.info("event read", source=event.source, ticket=reading.ticket.key, facts=len(reading.facts), news=news)
    missing = set(reading.missing)
    if merged.changed:
        missing -= decide(work, ticket)
    if missing and event.source == JIRA and reading.ticket.instance in work.context.sources:
        _ask_jira(work, event, reading)
    return "processed" if merged.changed else "nothing_new"


def _held(done: bool) -> None:
    if not done:
        raise LeaseLost


def _ask_jira(work: Work, event: Event, reading: Read) -> None:
    note = {"instance": reading.ticket.instance, "issue": reading.ticket.id, "missing": list(reading.missing)}
    inbox.receive(work.conn, JIRA_FETCH, f"event {event.id}", json.dumps(note).encode(), work.now)


def _quarantine(work: Work, event: Event, reason: str) -> None:
    """Set the event aside and tell a human, at most once an hour."""
    _held(inbox.quarantine(work.conn, event, work.now, reason))
    log.warning("event quarantined", source=event.source, event_id=event.id, reason=reason)
    tell_operators(work, f"quarantine/{work.now:%Y-%m-%dT%H}", messages.quarantine_notice(reason, event.source))


def _source_failed(context: Context, event: Event, error: SourceError, now: datetime) -> str:
    """Jira, or for a mail the DNS, did not answer: ask again later; what is known has been decided on."""
    with context.database.write() as conn:
        if isinstance(error, NotFound):  # deleted, or our account may not see it: a human can tell
            _quarantine(context.work(conn, now), event, f"Jira does not show us the issue: {error.reason}")
            return "quarantined"
        if now - event.received_at > FETCH_LIFE:
            _quarantine(context.work(conn, now), event, f"Jira has not answered for a day: {error.reason}")
            return "quarantined"
        wait = max(next_retry(event.attempts, error.after), timedelta(seconds=2))
        inbox.postpone(conn, event, now + wait, error.reason)
    log.warning("no answer", source=event.source, event_id=event.id, reason=error.reason, again_in=str(wait))
    return "postponed"


def _failed(context: Context, event: Event, error: Exception, now: datetime) -> str:
    """An error of ours: keep the event and try again later, and in the end hand it to a human."""
    report_failure("process", error)
    reason = f"{type(error).__name__}: {error}"[:500]
    with context.database.write() as conn:
        if event.attempts >= MOST_FAILURES:
            failed = f"processing failed {event.attempts} times: {reason}"
            _quarantine(context.work(conn, now), event, failed)
            return "quarantined"
        inbox.postpone(conn, event, now + next_retry(event.attempts, None), reason)
    return "failed"
