"""An incident's story for the review afterwards: what happened, in one ordered list, and who knew of it when.

The logs tell it: facts, decisions, pages with their attempts, acts of people. Nothing is decided here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import chain

from triage.domain.escalation import IncidentState, PageState
from triage.domain.explain import REASONS, in_words, utc
from triage.domain.record import Act, Decided, Paged, Record, Sent
from triage.domain.ticket import Fact, FactKind, Role

#: How much of somebody's words is quoted.
QUOTED = 200
SECOND = timedelta(seconds=1)


class MomentKind(StrEnum):
    """What happened in a moment of the story."""

    REPORTED = "reported"  # the fact that asked for the response
    COMMENTED = "commented"  # somebody wrote on a ticket, or answered outside Jira
    ACTED = "acted"  # one of ours did something here; the audit holds it
    DECIDED = "decided"
    TRIGGERED = "triggered"
    JOINED = "joined"  # one more ticket
    PAGED = "paged"
    DELIVERED = "delivered"  # a gateway took the page
    FAILED = "failed"  # an attempt that came to nothing
    UNKNOWN = "unknown"  # an attempt of which nobody knows what came
    UNSENT = "unsent"  # a message that is not sent any more, or never was
    ENDED = "ended"  # pages have their end state
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    TOLD = "told"  # a gateway took a notice, which asks for no answer
    WRITTEN = "written"  # our comment stands on the ticket


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that happened: to whom or by whom, and what."""

    at: datetime
    kind: MomentKind
    who: str
    what: str
    ticket_id: int | None = None


def fold_story(record: Record) -> tuple[Moment, ...]:
    """Everything that happened, by time. Within one instant what causes comes before what follows from it."""
    stages = (
        _said_on_tickets(record),
        _acted(record.acts),
        _decided(record.decisions),
        _triggered(record),
        _paged(record.pages),
        _answered(record.acts),
        _ended(record.pages),
        chain.from_iterable(_sent(notice, MomentKind.TOLD) for notice in record.notices),
        chain.from_iterable(_sent(write, MomentKind.WRITTEN) for write in record.writes),
    )
    return tuple(sorted(chain.from_iterable(stages), key=lambda moment: moment.at))  # the sort keeps the stages


def _said_on_tickets(record: Record) -> Iterator[Moment]:
    for held in record.tickets:
        if held.cause is not None:
            what = f"{_quote(held.summary)} {_fact(held.cause)}: this asked for the response"
            yield Moment(held.cause.at, MomentKind.REPORTED, _actor(held.cause), what.strip(), held.ticket_id)
    for ticket_id, fact in record.comments:
        yield Moment(fact.at, MomentKind.COMMENTED, _actor(fact), _fact(fact), ticket_id)


def _actor(fact: Fact) -> str:
    name = fact.actor.name or fact.actor.id
    return name if fact.actor.role is Role.UNKNOWN else f"{name} ({fact.actor.role})".strip()


def _fact(fact: Fact) -> str:
    """What somebody did, in words, and when we heard of it if that was later."""
    words = _quote(fact.texts.get("body") or fact.texts.get("reason") or "")
    match fact.kind:
        case FactKind.CREATED:
            said = "was opened"
        case FactKind.COMMENT:
            said = f"{VISIBILITY[fact.public]} {words}"
        case FactKind.ANSWERED:
            said = f"answered outside Jira {words}"
        case _:
            changes = ", ".join(f"{name} {value or '(empty)'}" for name, value in fact.values.items())
            said = f"{fact.kind.replace('_', ' ')}: {_cut(changes)} {words}"
    heard_at = fact.received_at or fact.at
    return said.strip() if heard_at - fact.at < SECOND else f"{said.strip()}; we heard of it {utc(heard_at)}"


VISIBILITY = {True: "public comment", False: "internal comment", None: "comment, public or not,"}


def _cut(text: str) -> str:
    """The text on one line of a list; customers may write a megabyte."""
    line = " ".join(text[: QUOTED * 2].split())
    return line if len(line) <= QUOTED else f"{line[:QUOTED].rstrip()}…"


def _quote(text: str) -> str:
    return f"“{_cut(text)}”" if text.strip() else ""


def _acted(acts: Iterable[Act]) -> Iterator[Moment]:
    for act in acts:
        if act.act not in {*ANSWERS, AGAIN}:
            changes = ", ".join(_change(name, act.before.get(name), value) for name, value in act.after.items())
            what = act.act.replace(".", " ") + (f" ({_cut(changes)})" if changes else "")
            yield Moment(act.at, MomentKind.ACTED, act.who, _because(what, act.reason), act.ticket_id)


def _change(name: str, before: object, after: object) -> str:
    return f"{name}: {before} → {after}" if before else f"{name}: {after}"


def _because(what: str, reason: str) -> str:
    return f"{what}: {_quote(reason)}" if reason else what


def _decided(decisions: Iterable[Decided]) -> Iterator[Moment]:
    for one in decisions:
        quotes = " ".join(_quote(quote) for quote in one.quotes)
        what = f"{_verdict(one)} {quotes}".strip() + f" ({one.policy})"
        who = "" if one.author == "policy" else one.author
        yield Moment(one.at, MomentKind.DECIDED, who, what, one.ticket_id)


def _verdict(decision: Decided) -> str:
    doubt = ", provisional" if decision.provisional else ""
    return f"{decision.priority}{doubt}: {REASONS[decision.reason]}"


def _triggered(record: Record) -> Iterator[Moment]:
    first = record.tickets[0].ticket_id if record.tickets else None
    then = [one for one in record.decisions if one.ticket_id == first and one.at <= record.triggered_at]
    why = f"{_verdict(then[-1])} " if then else ""
    observed = "; observe only, so nothing is sent" if record.observed else ""
    what = f"{why}Escalation policy {record.policy}{observed}"
    yield Moment(record.triggered_at, MomentKind.TRIGGERED, "", what, first)
    for held in record.tickets[1:]:
        what = f"{held.key} is held too: {_quote(held.summary)}"
        yield Moment(held.joined_at, MomentKind.JOINED, "", what, held.ticket_id)
    for act in record.acts:
        if act.act == AGAIN:
            yield Moment(act.at, MomentKind.TRIGGERED, act.before.get("by") or "", f"again: {act.reason}")


def _paged(pages: Iterable[Paged]) -> Iterator[Moment]:
    """Page by page, so that at one instant a page's end comes before the page that follows from it."""
    for page in pages:
        what = f"step {page.step + 1}, round {page.round + 1}"
        if page.state is PageState.OPEN and page.reason != what:
            what = f"{what}: {page.reason}"
        yield Moment(page.paged_at, MomentKind.PAGED, page.person, what)
        for delivery in page.deliveries:
            yield from _sent(delivery, MomentKind.DELIVERED)
        if page.state is PageState.UNDELIVERED and page.ended_at is not None:
            yield Moment(page.ended_at, MomentKind.ENDED, page.person, f"{page.state}: {page.reason}")


#: Why a message was not sent, by what became of it.
UNSENT = {
    "observed": "observe only: never sent",
    "cancelled": "not sent any more",
    "expired": "given up when its time was over",
}


def _sent(message: Sent, taken: MomentKind) -> Iterator[Moment]:
    """Every attempt at the instant at which its outcome was known; `taken` is what a success is to the story."""
    over = f"over {message.gateway}" if message.gateway else ""
    name = f"{_cut(message.what)} ({over})" if message.what and over else _cut(message.what) or over
    for number, attempt in enumerate(message.attempts, 1):
        kind = {"delivered": taken, "started": MomentKind.UNKNOWN}.get(attempt.outcome, MomentKind.FAILED)
        at = attempt.ended_at or attempt.started_at
        what = f"{name}, attempt {number}" if len(message.attempts) > 1 else name
        if at - attempt.started_at >= SECOND:
            what = f"{what}, after {in_words(at - attempt.started_at)}"
        if kind is MomentKind.UNKNOWN:
            what = f"{what}: nobody knows yet what came of it"
        elif kind is MomentKind.FAILED:
            what = f"{what}: {attempt.outcome}, {_cut(attempt.reason)}"
        yield Moment(at, kind, message.who, what, message.ticket_id)
    if message.state in UNSENT and message.settled_at is not None:
        why = UNSENT[message.state] + (f", {_cut(message.reason)}" if message.reason else "")
        yield Moment(message.settled_at, MomentKind.UNSENT, message.who, f"{name}: {why}", message.ticket_id)


#: What the audit calls it when an incident pages again and nobody asked for it by hand.
AGAIN = "incident.triggered"
#: The acts that answer an incident, and what they are to the story.
ANSWERS = {
    f"incident.{IncidentState.ACKNOWLEDGED}": (MomentKind.ACKNOWLEDGED, "has it"),
    f"incident.{IncidentState.RESOLVED}": (MomentKind.RESOLVED, "ended it"),
}


def _answered(acts: Iterable[Act]) -> Iterator[Moment]:
    for act in acts:
        if act.act in ANSWERS:
            kind, what = ANSWERS[act.act]
            via = act.after.get("via")
            yield Moment(act.at, kind, act.who, _because(f"{what} ({via})" if via else what, act.reason))


def _ended(pages: Iterable[Paged]) -> Iterator[Moment]:
    """The pages that an answer ended: one moment for each person and end state, however often they were paged."""
    ends = Counter(
        (page.ended_at, page.person, page.state, page.reason)
        for page in pages
        if page.ended_at is not None and page.state is not PageState.UNDELIVERED
    )
    for (at, person, state, reason), count in ends.items():
        what = reason if reason.startswith(state) else f"{state}: {reason}"
        yield Moment(at, MomentKind.ENDED, person, f"{what}, {count} pages" if count > 1 else what)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """When somebody was first paged, first reached (a gateway took a page or a notice) and first had the incident."""

    who: str
    paged_at: datetime | None = None
    reached_at: datetime | None = None
    answered_at: datetime | None = None


#: What tells of somebody's knowledge.
KNOWING = {
    MomentKind.PAGED: "paged_at",
    MomentKind.DELIVERED: "reached_at",
    MomentKind.TOLD: "reached_at",
    MomentKind.ACKNOWLEDGED: "answered_at",
}


def fold_knowledge(story: Iterable[Moment]) -> tuple[Knowledge, ...]:
    """Who of ours knew when, in the order in which they came into the story."""
    known: dict[str, dict[str, datetime]] = {}
    for moment in story:
        if moment.kind in KNOWING:
            known.setdefault(moment.who, {}).setdefault(KNOWING[moment.kind], moment.at)
    return tuple(Knowledge(who, **instants) for who, instants in known.items())
