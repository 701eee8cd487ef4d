"""An incident's story: complete, in order, causes before what follows from them; and who knew when."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from triage.domain.escalation import IncidentState, PageState
from triage.domain.priority import Reason
from triage.domain.record import Act, Attempt, Decided, Held, Paged, Record, Sent
from triage.domain.story import AGAIN, Moment, MomentKind, fold_knowledge, fold_story
from triage.domain.ticket import Actor, Fact, FactKind, Priority, Role

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def minute(number: float) -> datetime:
    return START + timedelta(minutes=number)


def acknowledged(at: datetime, who: str = "ana") -> Act:
    states = {"state": "triggered"}, {"state": "acknowledged", "via": "link"}
    return Act(at, who, "incident.acknowledged", "", *states)


def resolved(at: datetime, before: str = "acknowledged") -> Act:
    return Act(at, "lead", "incident.resolved", "fixed", {"state": before}, {"state": "resolved", "via": "dashboard"})


def page(at: datetime, person: str = "ana", state: PageState = PageState.OPEN, **more: object) -> Paged:
    return Paged(person, 0, 0, state, "step 1, round 1", at, None, **more)  # type: ignore[arg-type]


def decision(at: datetime, priority: Priority = Priority.P0, **more: object) -> Decided:
    return Decided(1, at, priority, False, Reason.CONFIRMED, "policy", "p0-gate:v1", **more)  # type: ignore[arg-type]


def record(**more: object) -> Record:
    created = Fact("created", FactKind.CREATED, START, received_at=START)
    held = Held(1, "ACME-1", "Checkout fails", START, created)
    bare = Record(IncidentState.TRIGGERED, "around-the-clock", False, START, START, (held,))
    return replace(bare, **more)  # type: ignore[arg-type]


def kinds(story: tuple[Moment, ...]) -> list[str]:
    return [moment.kind for moment in story]


# Few instants, so that many things happen at once.
instants = st.integers(0, 4).map(minute)
people = st.sampled_from(["ana", "ben", "cy"])


@st.composite
def attempts(draw: st.DrawFn, since: datetime) -> Attempt:
    outcome = draw(st.sampled_from(["delivered", "retry", "rejected", "started"]))
    ended_at = None if outcome == "started" else since + timedelta(minutes=draw(st.integers(0, 1)))
    return Attempt(since, ended_at, outcome, draw(st.text(max_size=5)))


@st.composite
def messages(draw: st.DrawFn, since: datetime, who: str, what: str = "") -> Sent:
    tries = draw(st.lists(attempts(since), max_size=3))
    state = draw(st.sampled_from(["pending", "delivered", "observed", "cancelled", "expired"]))
    return Sent(who, "console", state, "", since if state != "pending" else None, tuple(tries), what)


@st.composite
def pages(draw: st.DrawFn) -> Paged:
    at, person, state = draw(instants), draw(people), draw(st.sampled_from(PageState))
    ended_at = None if state is PageState.OPEN else at + timedelta(minutes=draw(st.integers(1, 3)))
    sent = draw(st.lists(messages(at, person), max_size=2))
    return Paged(person, 0, draw(st.integers(0, 2)), state, draw(people), at, ended_at, tuple(sent))


@st.composite
def records(draw: st.DrawFn) -> Record:
    at = draw(instants)
    return record(
        pages=tuple(sorted(draw(st.lists(pages(), max_size=6)), key=lambda one: one.paged_at)),
        decisions=tuple(decision(one) for one in sorted(draw(st.lists(instants, max_size=3)))),
        acts=tuple(acknowledged(one) for one in sorted(draw(st.lists(instants, max_size=3)))),
        notices=tuple(draw(st.lists(messages(at, "dora", "SLA warning"), max_size=2))),
        writes=tuple(draw(st.lists(messages(at, "", "internal comment"), max_size=2))),
    )


@settings(max_examples=150)
@given(records())
def test_a_story_is_in_order_and_leaves_nothing_out(given_record: Record) -> None:
    story = fold_story(given_record)
    assert [moment.at for moment in story] == sorted(moment.at for moment in story)
    told = Counter(moment.kind for moment in story)
    sent = [one for page_ in given_record.pages for one in page_.deliveries]
    every = [*sent, *given_record.notices, *given_record.writes]
    outcomes = Counter(attempt.outcome for message in every for attempt in message.attempts)
    assert told[MomentKind.PAGED] == len(given_record.pages)
    assert told[MomentKind.DECIDED] == len(given_record.decisions)
    assert told[MomentKind.ACKNOWLEDGED] == len(given_record.acts)
    taken = told[MomentKind.DELIVERED] + told[MomentKind.TOLD] + told[MomentKind.WRITTEN]
    assert taken == outcomes["delivered"]
    assert told[MomentKind.FAILED] == outcomes["retry"] + outcomes["rejected"]
    assert told[MomentKind.UNKNOWN] == outcomes["started"]
    assert told[MomentKind.UNSENT] == sum(one.state in ("observed", "cancelled", "expired") for one in every)
    ended = Counter(page_.person for page_ in given_record.pages if page_.ended_at)
    assert {moment.who for moment in story if moment.kind is MomentKind.ENDED} == set(ended)


@settings(max_examples=150)
@given(records())
def test_nobody_is_reached_before_being_paged_and_no_page_ends_before_its_answer(given_record: Record) -> None:
    story = fold_story(given_record)
    for known in fold_knowledge(story):
        mine = [one.paged_at for one in given_record.pages if one.person == known.who]
        assert known.paged_at == min(mine, default=None)
        if known.paged_at is not None and known.reached_at is not None:
            assert known.reached_at >= known.paged_at
    answers = {moment.at: index for index, moment in enumerate(story) if moment.kind is MomentKind.ACKNOWLEDGED}
    for index, moment in enumerate(story):
        if moment.kind is MomentKind.ENDED and not moment.what.startswith("undelivered"):
            assert answers.get(moment.at, -1) < index


def test_at_one_instant_each_page_is_told_whole_before_the_page_that_follows_from_its_failure() -> None:
    dead = Sent("ana", "smtp", "rejected", "gone", START, (Attempt(START, START, "rejected", "gone"),))
    first = page(START, "ana", PageState.UNDELIVERED, deliveries=(dead,))
    first = replace(first, ended_at=START, reason="all channels failed")
    good = Sent("cy", "console", "delivered", "", START, (Attempt(START, START, "delivered"),))
    story = fold_story(record(pages=(first, page(START, "cy", deliveries=(good,))), decisions=(decision(START),)))
    assert kinds(story) == [
        "reported",
        "decided",
        "triggered",
        "paged",
        "failed",
        "ended",
        "paged",
        "delivered",
    ]
    assert story[4].what == "over smtp: rejected, gone"
    assert story[5].what == "undelivered: all channels failed"


def test_the_trigger_names_the_decision_that_was_in_force_and_the_fact_that_asked() -> None:
    dora = Actor("c-dora", "Dora", Role.CUSTOMER)
    raise_ = Fact("c1", FactKind.CHANGE, START, actor=dora, values={"priority": "P0"}, received_at=minute(3))
    held = Held(1, "ACME-1", "Checkout fails", minute(3), raise_)
    before = decision(minute(-30), Priority.P2, quotes=("slow today",))
    story = fold_story(
        record(tickets=(held,), triggered_at=minute(3), decisions=(before, decision(minute(3)), decision(minute(9))))
    )
    assert kinds(story) == ["decided", "reported", "decided", "triggered", "decided"]
    assert "“slow today”" in story[0].what
    reported, triggered = story[1], story[3]
    assert (reported.at, reported.who) == (START, "Dora (customer)")
    assert "change: priority P0; we heard of it 2026-11-23 09:03:00 UTC" in reported.what
    assert triggered.what.startswith("P0: Production is affected and there is no workaround.")


def test_an_incident_that_pages_again_says_why_and_who_had_it() -> None:
    why = "the acknowledgement ended without a resolution"
    lapse = Act(minute(61), "service", AGAIN, why, {"state": "acknowledged", "by": "ana"}, {"state": "triggered"})
    acts = (acknowledged(minute(1)), lapse, acknowledged(minute(62)))
    story = fold_story(record(state=IncidentState.ACKNOWLEDGED, active_since=minute(61), acts=acts))
    again = [moment for moment in story if moment.at == minute(61)]
    assert again == [Moment(minute(61), MomentKind.TRIGGERED, "ana", f"again: {why}")]


def test_pages_that_an_answer_ended_are_one_moment_for_each_person() -> None:
    over = [
        replace(page(minute(n), who), state=state, ended_at=minute(9), reason="acknowledged by cy (link)")
        for n, who, state in [
            (0, "ana", PageState.SUPERSEDED),
            (5, "cy", PageState.ACKNOWLEDGED),
            (6, "cy", PageState.ACKNOWLEDGED),
        ]
    ]
    story = fold_story(record(pages=tuple(over), acts=(acknowledged(minute(9), "cy"),)))
    assert [(one.who, one.what) for one in story[-3:]] == [
        ("cy", "has it (link)"),
        ("ana", "superseded: acknowledged by cy (link)"),
        ("cy", "acknowledged by cy (link), 2 pages"),
    ]


def test_acts_say_what_they_changed_and_why_and_words_are_cut() -> None:
    act = Act(minute(2), "lead", "ticket.decide", "x" * 1000, {"priority": "P0"}, {"priority": "P1"}, 1)
    story = fold_story(record(acts=(act,)))
    assert story[-1].what == f"ticket decide (priority: P0 → P1): “{'x' * 200}…”"
    assert story[-1].ticket_id == 1


def test_who_knew_when_is_the_first_of_each() -> None:
    busy = Attempt(minute(0), minute(0), "retry", "busy")
    sent = Sent("ana", "console", "delivered", "", minute(1), (busy, Attempt(minute(1), minute(1), "delivered")))
    notice = Sent("ben", "console", "delivered", "", minute(2), (Attempt(minute(2), minute(2), "delivered"),), "SLA")
    story = fold_story(
        record(
            pages=(page(START, deliveries=(sent,)), page(minute(5))),
            notices=(notice,),
            acts=(acknowledged(minute(7), "admin"),),
        )
    )
    assert [(one.who, one.paged_at, one.reached_at, one.answered_at) for one in fold_knowledge(story)] == [
        ("ana", START, minute(1), None),
        ("ben", None, minute(2), None),
        ("admin", None, None, minute(7)),
    ]
