"""A ticket as its facts make it: its timeline, judgements and clocks. Reads, and changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from triage.domain.clocks import Clock
from triage.domain.configuration import Configuration, Customer
from triage.domain.explain import utc
from triage.domain.jira import Missing
from triage.domain.priority import Flag
from triage.domain.promises import sla_events
from triage.domain.sla import fold_clocks
from triage.domain.ticket import PARTIAL
from triage.domain.timeline import Judged, Timeline, judge, read_timeline
from triage.engine import messages
from triage.engine.context import Work
from triage.store import incidents, tickets, watches
from triage.store.tickets import TicketRow
from triage.telemetry import FOLDS

#: What the facts of a ticket may already tell, although a body did not.
ASKED: set[str] = {Missing.ISSUE, Missing.CREATED, Missing.CUSTOMER, Missing.VISIBILITY, Missing.AUTHOR}


@dataclass(frozen=True, slots=True)
class Folded:
    """A ticket as its facts make it at `now`."""

    timeline: Timeline
    customer: Customer | None
    judged: tuple[Judged, ...]
    clocks: tuple[Clock, ...]
    ahead_at: datetime | None  # the first event that Jira dates after now; it counts from then on

    @property
    def missing(self) -> set[str]:
        """What only the source can tell, in the words of `Read.missing`."""
        partial = any(fact.key.endswith(PARTIAL) for fact in self.timeline.facts)
        said = {
            Missing.ISSUE: self.timeline.created is None,
            Missing.CREATED: self.timeline.created is None,
            Missing.CUSTOMER: self.customer is None,
            Missing.VISIBILITY: partial,
            Missing.AUTHOR: partial,
        }
        return {name for name, wanted in said.items() if wanted}

    @property
    def flags(self) -> list[str]:
        """What a person should look at."""
        flags: list[str] = list(self.judged[-1].judgement.flags) if self.judged else []
        if self.customer is None:
            flags.append(Flag.UNKNOWN_CUSTOMER)
        if self.missing - {Missing.CUSTOMER}:
            flags.append(Flag.WAITING_FOR_SOURCE)
        return flags


def fold(conn: Connection, config: Configuration, ticket_id: int, now: datetime) -> Folded:
    """Load a ticket's facts and derive everything that they say. Changes nothing."""
    FOLDS.inc()
    timeline = read_timeline(tickets.load_facts(conn, ticket_id))
    customer = config.customer_of(timeline)
    judged = judge(timeline, config.policies, customer.record if customer else None)
    events = [] if timeline.by_mail else sla_events(timeline, judged)
    clocks = fold_clocks(events, config.terms_of(customer), now) if events else ()
    ahead = [event.at for event in events if event.at > now]
    return Folded(timeline, customer, judged, clocks, min(ahead, default=None))


def subject_of(work: Work, ticket: TicketRow, folded: Folded) -> messages.Subject:
    """What messages about the ticket speak of."""
    return messages.Subject(
        ticket_id=ticket.id,
        ref=ticket.ref,
        link=work.context.links.ticket(ticket.id),
        issue=work.context.links.issue(ticket.ref),
        customer=folded.customer.display_name if folded.customer else "(unknown customer)",
        summary=folded.timeline.words("summary"),
        judgement=folded.judged[-1].judgement,
        clocks=folded.clocks,
        language=folded.customer.language if folded.customer else "en",
        notes=(*_by_mail(folded.timeline), *_watched(work, folded.customer)),
    )


def _by_mail(timeline: Timeline) -> tuple[str, ...]:
    """Whoever is paged because of a mail has to know that the customer waits for an answer by mail."""
    if not timeline.by_mail or timeline.created is None:
        return ()
    actor = timeline.created.actor
    who = actor.id if actor.name in ("", actor.id) else f"{actor.name} <{actor.id}>"
    return (f"By mail from {who}.",)


def _watched(work: Work, customer: Customer | None) -> tuple[str, ...]:
    """Whoever is paged has to know that the customer is in the middle of something."""
    watch = watches.open_at(work.conn, work.now).get(customer.name) if customer else None
    return (f"Watched until {utc(watch.end)}: {watch.reason}",) if watch else ()


def subject_of_incident(work: Work, incident_id: int) -> messages.Subject:
    """The ticket that an incident's pages speak of: the most urgent one that it holds, as it is now."""
    ticket_id = incidents.held(work.conn, incident_id, limit=1)[0].ticket_id
    ticket = tickets.by_id(work.conn, ticket_id)  # not locked: a ticket is locked before its incident, never after
    return subject_of(work, ticket, fold(work.conn, work.config, ticket_id, work.now))
