"""What people do about what does not go through: try it again now, or give it up; each act is audited."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from triage.engine.respond import NotPossible
from triage.store import audit, inbox, stuck

#: What is under way is not touched: whoever has it is about to say what came of it.
UNDER_WAY = "It is under way, or it has gone through meanwhile."


def release_event(conn: Connection, event_id: int, who: str, now: datetime) -> None:
    """Try a quarantined event again, for instance after a release that can read it."""
    if not inbox.release_from_quarantine(conn, event_id, now):
        raise NotPossible(f"There is no event {event_id} in quarantine.")
    audit.record(conn, who=who, act="event.release", subject=f"event/{event_id}", now=now)


def discard_event(conn: Connection, event_id: int, who: str, reason: str, now: datetime) -> None:
    """Give a quarantined event up: it is nothing that anybody needs."""
    if not reason.strip():
        raise NotPossible("To discard an event needs a reason: what was it, and why does nobody need it?")
    if not stuck.discard_event(conn, event_id, now):
        raise NotPossible(f"There is no event {event_id} in quarantine.")
    audit.record(conn, who=who, act="event.discard", subject=f"event/{event_id}", reason=reason.strip(), now=now)


def retry_event(conn: Connection, event_id: int, who: str, now: datetime) -> None:
    """Try an event again now that could not be processed."""
    if not stuck.retry_event(conn, event_id, now):
        raise NotPossible(UNDER_WAY)
    audit.record(conn, who=who, act="event.retry", subject=f"event/{event_id}", now=now)


def retry_message(conn: Connection, number: int, who: str, now: datetime) -> None:
    """Send a message again now. A page's own are not sent by hand: its incident is escalated instead."""
    if not stuck.retry_message(conn, number, now):
        raise NotPossible(
            f"{UNDER_WAY} A page is not sent again by hand: escalate its incident, or give it to somebody."
        )
    audit.record(conn, who=who, act="message.retry", subject=f"message/{number}", now=now)


def discard_message(conn: Connection, number: int, who: str, reason: str, now: datetime) -> None:
    """Give a message up for good."""
    if not reason.strip():
        raise NotPossible("To discard a message needs a reason: why does nobody need it any more?")
    if not stuck.discard_message(conn, number, f"discarded by {who}: {reason.strip()}", now):
        raise NotPossible(UNDER_WAY)
    audit.record(conn, who=who, act="message.discard", subject=f"message/{number}", reason=reason.strip(), now=now)


def retry_timer(conn: Connection, number: int, who: str, now: datetime) -> None:
    """Fire a timer again now. It cannot be discarded: an escalation or a deadline would be lost with it."""
    if not stuck.retry_timer(conn, number, now):
        raise NotPossible("It has fired meanwhile.")
    audit.record(conn, who=who, act="timer.retry", subject=f"timer/{number}", now=now)


def retry_job(conn: Connection, number: int, who: str, now: datetime) -> None:
    """Run a recurring job now, whenever it would be due."""
    name = stuck.retry_job(conn, number, now)
    if name is None:
        raise NotPossible(UNDER_WAY)
    audit.record(conn, who=who, act="job.run", subject=f"job/{name}", now=now)
