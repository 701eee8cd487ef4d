"""What people add to a ticket, with a reason: a decision, what they know, an answer, an excluded breach; audited."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from sqlalchemy.engine import Connection

from triage.domain.clocks import Identity
from triage.domain.explain import utc
from triage.domain.priority import UNKNOWN, VALUES, Axis
from triage.domain.report import Exclusion
from triage.domain.ticket import WITHDRAWN, Actor, Fact, FactKind, Field, Origin, Priority, Role
from triage.domain.timeline import AXIS_FIELDS, Timeline, read_timeline
from triage.engine import mail_tickets
from triage.engine.context import Context
from triage.engine.decide import decide
from triage.engine.fold import fold
from triage.engine.respond import NotPossible
from triage.engine.sources import MAIL
from triage.store import audit, exclusions, tickets
from triage.store.tickets import TicketRow

#: As which field a person's own knowledge of an axis is kept.
STATED = {axis: field for field, axis in AXIS_FIELDS.items()}

#: What the audit calls the parts of a breach's identity.
BREACH = ("metric", "began_by")


def decide_by_hand(
    conn: Connection, context: Context, ticket_id: int, priority: Priority, who: str, reason: str, now: datetime
) -> None:
    """A human overrules the policy: a fact on the timeline, which stands until a human decides otherwise."""
    if not reason.strip():
        raise NotPossible("A decision by hand needs a reason.")
    ticket = tickets.locked_by_id(conn, ticket_id)
    before = tickets.last_decision(conn, ticket_id)
    fact = Fact(
        key=f"hand/{uuid4().hex}",
        kind=FactKind.DECISION,
        at=now,
        actor=Actor(who, who, Role.AGENT),
        values={Field.PRIORITY: priority},
        texts={"reason": reason.strip()},
        received_at=now,
    )
    tickets.add_facts(conn, ticket_id, [fact], now)
    decide(context.work(conn, now), ticket)
    priorities = {"priority": before["priority"] if before else None}, {"priority": priority}
    _audit(conn, ticket_id, "ticket.decide", who, reason, now, *priorities)


def state_by_hand(
    conn: Connection,
    context: Context,
    ticket_id: int,
    values: Mapping[Axis, str],
    who: str,
    reason: str,
    now: datetime,
) -> None:
    """Somebody of ours knows whether production is affected, or whether there is a workaround; it beats every text.

    The policy decides with it, so that a provisional P0 is settled and the priority is still explained by evidence.
    `unknown` takes back what was stated before.
    """
    if not reason.strip():
        raise NotPossible("What you know needs a reason: how do you know it?")
    wrong = [f"{axis}: {value!r}" for axis, value in values.items() if value not in (*VALUES[axis], UNKNOWN)]
    if wrong or not values:
        said = ", ".join(wrong) or "nothing"
        raise NotPossible(
            f"Say yes, no or unknown for production, none, exists or unknown for the workaround, not {said}."
        )
    ticket = tickets.locked_by_id(conn, ticket_id)
    fact = Fact(
        key=f"hand/{uuid4().hex}",
        kind=FactKind.DECISION,
        at=now,
        actor=Actor(who, who, Role.AGENT),
        values={STATED[axis]: value for axis, value in values.items()},
        texts={"reason": reason.strip()},
        received_at=now,
    )
    _add_by_hand(conn, context, ticket, fact, now)
    _audit(
        conn, ticket_id, "ticket.state", who, reason, now, after={str(axis): value for axis, value in values.items()}
    )


def answer_by_hand(
    conn: Connection, context: Context, ticket_id: int, at: datetime, who: str, reason: str, now: datetime
) -> None:
    """Somebody answered the customer outside Jira at `at`, as by phone; it counts as a public comment of an agent."""
    if not reason.strip():
        raise NotPossible("An answer added by hand needs a reason: how was the customer answered, and what was said?")
    ticket = tickets.locked_by_id(conn, ticket_id)
    created = read_timeline(tickets.load_facts(conn, ticket_id)).created
    if created is None:
        raise NotPossible("Jira has not told yet when this ticket was created, so nothing can be dated on it.")
    if not created.at.replace(microsecond=0) <= at <= now:  # clocks count whole seconds
        raise NotPossible(
            f"{utc(at)} is no time at which this ticket could be answered: it was created {utc(created.at)},"
            f" and now it is {utc(now)}."
        )
    fact = Fact(
        key=f"hand/{uuid4().hex}",
        kind=FactKind.ANSWERED,
        at=at,
        actor=Actor(who, who, Role.AGENT),
        texts={"reason": reason.strip()},
        public=True,
    )
    _add_by_hand(conn, context, ticket, fact, now)
    _audit(conn, ticket_id, "answer.add", who, reason, now, after={"at": utc(at)})


def withdraw_answer(
    conn: Connection, context: Context, ticket_id: int, key: str, who: str, reason: str, now: datetime
) -> None:
    """An answer was added wrongly: it stays on the timeline, and the clocks run as if it had never been there."""
    if not reason.strip():
        raise NotPossible("Withdrawing an answer needs a reason.")
    ticket = tickets.locked_by_id(conn, ticket_id)
    answer = _answer(read_timeline(tickets.load_facts(conn, ticket_id)), key)
    fact = Fact(
        key=key + WITHDRAWN,
        kind=FactKind.WITHDRAWN,
        at=now,
        actor=Actor(who, who, Role.AGENT),
        texts={"reason": reason.strip()},
    )
    _add_by_hand(conn, context, ticket, fact, now)
    _audit(conn, ticket_id, "answer.withdraw", who, reason, now, before={"at": utc(answer.at)})


def _add_by_hand(conn: Connection, context: Context, ticket: TicketRow, fact: Fact, now: datetime) -> None:
    """Add the fact and decide; where the ticket was only brought in from the past, nobody hears of it."""
    watched = tickets.is_watched(conn, ticket.id)
    told = replace(fact, origin=Origin.LIVE if watched else Origin.BACKFILL)
    tickets.add_facts(conn, ticket.id, [told], now)
    decide(context.work(conn, now, silent=not watched), ticket)


def _answer(timeline: Timeline, key: str) -> Fact:
    answer = next((fact for fact in timeline.answers_by_hand if fact.key == key), None)
    if answer is None:
        raise NotPossible("There is no such answer, or it has been withdrawn already.")
    return answer


def _audit(
    conn: Connection,
    ticket_id: int,
    act: str,
    who: str,
    reason: str,
    now: datetime,
    before: Mapping[str, str | None] | None = None,
    after: Mapping[str, str | None] | None = None,
) -> None:
    subject = f"ticket/{ticket_id}"
    audit.record(conn, who=who, act=act, subject=subject, reason=reason.strip(), now=now, before=before, after=after)


def exclude_breach(
    conn: Connection, context: Context, ticket_id: int, breach: Identity, who: str, reason: str, now: datetime
) -> None:
    """A lead takes a breach out of the statement; it stays a breach, and no clock changes."""
    if not reason.strip():
        raise NotPossible("Excluding a breach needs a reason.")
    tickets.locked_by_id(conn, ticket_id)
    folded = fold(conn, context.configurations.current(conn), ticket_id, now)
    if not any(clock.identity == breach and clock.breached_at for clock in folded.clocks):
        raise NotPossible("This promise is not breached, so there is nothing to exclude.")
    if breach in exclusions.of_ticket(conn, ticket_id):
        raise NotPossible("This breach is excluded already.")
    exclusions.add(conn, ticket_id, breach, Exclusion(reason.strip(), who, now))
    _audit(conn, ticket_id, "breach.exclude", who, reason, now, after=dict(zip(BREACH, breach, strict=True)))


def include_breach(conn: Connection, ticket_id: int, breach: Identity, who: str, reason: str, now: datetime) -> None:
    """A lead takes the exclusion of a breach back."""
    if not reason.strip():
        raise NotPossible("Taking an exclusion back needs a reason.")
    tickets.locked_by_id(conn, ticket_id)
    if breach not in exclusions.of_ticket(conn, ticket_id):
        raise NotPossible("This breach is not excluded.")
    exclusions.remove(conn, ticket_id, breach)
    _audit(conn, ticket_id, "breach.include", who, reason, now, before=dict(zip(BREACH, breach, strict=True)))


def close_ticket(conn: Connection, context: Context, ticket_id: int, who: str, reason: str, now: datetime) -> None:
    """Resolve a ticket that a mail has opened; those of other sources are resolved there. Raises NotPossible."""
    if not reason.strip():
        raise NotPossible("Closing a ticket needs a reason.")
    ref = tickets.by_id(conn, ticket_id).ref
    if ref.source != MAIL:
        raise NotPossible(f"{ref.key} is resolved where it is kept, in Jira.")
    actor = Actor(who, who, Role.AGENT)
    if not mail_tickets.close(context.work(conn, now), ticket_id, actor, f"hand/{uuid4().hex}", reason.strip(), now):
        raise NotPossible(f"{ref.key} is closed already.")
    _audit(conn, ticket_id, "ticket.close", who, reason, now, {"state": "open"}, {"state": "closed"})
