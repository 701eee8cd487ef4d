"""A ticket that a mail has opened, seen from what it leads to: its incident, and the Jira ticket that takes over."""

from __future__ import annotations

import json

from triage.engine.context import Work
from triage.engine.sources import MAIL, MAIL_DONE
from triage.store import inbox, incidents, mails, tickets
from triage.store.incidents import Incident


def incident_to_join(work: Work, origin: int, ticket_id: int) -> Incident | None:
    """The incident of the mail's ticket that this one goes on from, open or over, if it does not hold this one yet.

    Whoever was called because of the mail need not be called because of the ticket.
    """
    number = mails.newest_incident(work.conn, origin)
    if number is None or ticket_id in incidents.ticket_ids(work.conn, number):
        return None
    return incidents.get(work.conn, number)


def goes_on(work: Work, origin: int, key: str) -> None:
    """Another ticket has taken over from the mail's, which is done with."""
    if tickets.is_open(work.conn, origin):
        _done(work, origin, f"goes-on/{origin}", key, f"it goes on as {key}")


def incident_over(work: Work, incident: Incident, who: str, reason: str) -> None:
    """A human has ended the incident: no other system would ever close the tickets that mails have opened."""
    for ticket_id in incidents.ticket_ids(work.conn, incident.id):
        if tickets.by_id(work.conn, ticket_id).ref.source == MAIL:
            _done(work, ticket_id, f"over/{incident.id}/{ticket_id}", who, reason or "the incident was resolved")


def _done(work: Work, ticket_id: int, key: str, who: str, why: str) -> None:
    note = {"ticket": ticket_id, "key": key, "who": who, "why": why, "at": work.now.isoformat()}
    inbox.receive(work.conn, MAIL_DONE, key, json.dumps(note).encode(), work.now)
