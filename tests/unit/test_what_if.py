"""What another contract would have meant: the same ticket under both, cycle by cycle."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.sla_questions import Questions
from triage.domain.clocks import Identity
from triage.domain.contract import Contract, Credit
from triage.domain.report import Verdict
from triage.domain.sla import Event, EventType, fold_clocks
from triage.domain.terms import Metric, Terms
from triage.domain.ticket import Priority, Role
from triage.domain.what_if import Bound, Comparison, Refund, Shift, bound_instead, compare, summed_up
from triage.domain.what_if_shown import to_lines, to_plain
from triage.simulate.sla import read

HOUR = timedelta(hours=1)
BEGIN, NOVEMBER = datetime(2026, 11, 2, 9, tzinfo=UTC), date(2026, 11, 1)
NOW = BEGIN + timedelta(days=7)
FIRST, NEXT, RESOLUTION = Metric.FIRST_RESPONSE, Metric.NEXT_REPLY, Metric.RESOLUTION
TABLE = {FIRST: (Credit(Fraction(1), Fraction(1, 10)),)}


def contract(name: str, goals: dict[Metric, int]) -> Contract:
    targets = {metric: dict.fromkeys(Priority, hours * HOUR) for metric, hours in goals.items()}
    return Contract(Terms(targets, name=name), credits=TABLE)


OLD = contract("gold:v1", {FIRST: 4, RESOLUTION: 48})
BOUND: Bound = [(datetime(2026, 1, 1, tzinfo=UTC), OLD)]


def ticket(answered_after: float, *, begin: datetime = BEGIN) -> list[Event]:
    return [
        Event(begin, EventType.CREATED, "created", priority=Priority.P1),
        Event(begin + answered_after * HOUR, EventType.COMMENT, "answer", by=Role.AGENT, public=True),
        Event(begin + 24 * HOUR, EventType.RESOLVED, "resolved"),
    ]


def compared(
    new: Contract,
    *tickets: list[Event],
    since: datetime = datetime(2000, 1, 1, tzinfo=UTC),
    excluded: tuple[Identity, ...] = (),
) -> tuple[list[Comparison], Bound]:
    instead = bound_instead(BOUND, new, since)
    pairs = [compare(f"ACME-{n}", events, BOUND, instead, excluded, NOW) for n, events in enumerate(tickets, 1)]
    return [pair for each in pairs for pair in each], instead


def test_breaches_are_gained_and_lost_and_credits_follow() -> None:
    stricter = contract("gold:v2", {FIRST: 2, RESOLUTION: 48})
    comparisons, instead = compared(stricter, ticket(1), ticket(3), ticket(5))
    answer = summed_up(comparisons, BOUND, instead)
    assert answer.shifts == (Shift(FIRST, Priority.P1, 1, 0),)
    firsts = [pair for pair in comparisons if pair.clock.metric is FIRST]
    assert [pair.verdicts for pair in firsts] == [
        (Verdict.MET, Verdict.MET),
        (Verdict.MET, Verdict.BREACHED),
        (Verdict.BREACHED, Verdict.BREACHED),
    ]
    row = next(row for row in answer.rows if row.metric is FIRST)
    assert (row.old.tally.attainment, row.new.tally.attainment) == (Fraction(2, 3), Fraction(1, 3))
    assert answer.refunds == (Refund(NOVEMBER, Fraction(1, 10), Fraction(1, 10)),)
    looser, instead = compared(contract("gold:v3", {FIRST: 8, RESOLUTION: 48}), ticket(1), ticket(5))
    answer = summed_up(looser, BOUND, instead)
    assert answer.shifts == (Shift(FIRST, Priority.P1, 0, 1),)
    assert answer.refunds == (Refund(NOVEMBER, Fraction(1, 10), Fraction(0)),)


def test_a_promise_that_only_one_contract_makes_has_one_side() -> None:
    comparisons, instead = compared(contract("gold:v2", {FIRST: 4}), ticket(5))
    sides = {pair.clock.metric: (pair.old is not None, pair.new is not None) for pair in comparisons}
    assert sides == {FIRST: (True, True), RESOLUTION: (True, False)}
    comparisons, instead = compared(contract("gold:v2", {NEXT: 1}), [*ticket(5), asked()])
    answer = summed_up(comparisons, BOUND, instead)
    assert answer.shifts == (Shift(FIRST, Priority.P1, 0, 1), Shift(NEXT, Priority.P1, 1, 0))


def asked() -> Event:
    return Event(BEGIN + HOUR, EventType.COMMENT, "asked", by=Role.CUSTOMER, public=True)


def test_only_cycles_begun_since_count_and_older_ones_keep_their_contract() -> None:
    events = [*ticket(5), asked(), Event(BEGIN + 30 * HOUR, EventType.REOPENED, "reopened")]
    since = BEGIN + HOUR
    comparisons, _ = compared(contract("gold:v2", {FIRST: 1, NEXT: 1}), events, since=since)
    assert [(pair.clock.metric, pair.clock.started_at) for pair in comparisons] == [(NEXT, since)]


def test_the_contract_stands_instead_of_every_one_bound_since() -> None:
    new, later = contract("gold:v9", {FIRST: 1}), contract("gold:v2", {FIRST: 3})
    bound: Bound = [*BOUND, (BEGIN, later)]
    for since, names in ((BEGIN - HOUR, ("gold:v2", "gold:v9")), (BEGIN + HOUR, None)):
        pairs = compare("ACME-1", ticket(5), bound, bound_instead(bound, new, since), (), NOW)
        found = [(pair.old.contract, pair.new.contract) for pair in pairs if pair.old and pair.new]
        assert found == ([names] if names else [])


def test_an_excluded_breach_is_neither_gained_nor_lost_and_says_so() -> None:
    for new in (contract("gold:v2", {FIRST: 8}), contract("gold:v3", {FIRST: 1})):
        comparisons, instead = compared(new, ticket(5), excluded=((FIRST, "created"),))
        answer = summed_up(comparisons, BOUND, instead)
        assert answer.shifts == ()
        assert any("1 h (excluded)" in line for line in to_lines(answer))
        assert to_plain(answer)["cycles"][0]["excluded"] is True


def test_what_is_shown_names_both_due_dates_and_how_late_each_is() -> None:
    comparisons, instead = compared(contract("gold:v2", {FIRST: 2}), ticket(3))
    answer = summed_up(comparisons, BOUND, instead)
    lines = list(to_lines(answer))
    first = next(line for line in lines if line.startswith("ACME-1  first_response"))
    dates = "2026-11-02 09:00:00  2026-11-02 13:00:00  2026-11-02 11:00:00"
    assert first.split() == ["ACME-1", "first_response", "P1", *dates.split(), "–", "1", "h"]
    assert "first_response  P1        +1               -0" in lines
    plain = json.loads(json.dumps(to_plain(answer)))
    assert plain["cycles"][0]["old"] == {
        "contract": "gold:v1",
        "state": "stopped",
        "due_at": "2026-11-02T13:00:00+00:00",
        "breached": False,
        "overrun_seconds": 0,
    }
    assert plain["breaches"] == [{"metric": "first_response", "priority": "P1", "gained": 1, "lost": 0}]
    assert plain["credits"] == [{"month": "2026-11", "old": 0.0, "new": 0.1}]
    assert list(to_lines(summed_up([], BOUND, instead))) == ["No cycle of this customer began in that time."]


@settings(max_examples=60)
@given(st.integers(0, 2**48))
def test_the_contract_that_is_in_force_already_would_change_nothing(seed: int) -> None:
    events, terms, now = read(Questions(seed).question())
    if not any(event.type is EventType.CREATED and event.at <= now for event in events):
        return
    events = [event._replace(key=str(number)) for number, event in enumerate(events)]
    same = Contract(terms, credits=TABLE)
    bound: Bound = [(datetime(2000, 1, 1, tzinfo=UTC), same)]
    instead = bound_instead(bound, same, datetime(2001, 1, 1, tzinfo=UTC))
    comparisons = compare("T-1", events, bound, instead, (), now)
    assert [pair.old for pair in comparisons] == list(fold_clocks(events, terms, now))
    assert all(pair.old == pair.new for pair in comparisons)
    answer = summed_up(comparisons, bound, instead)
    assert answer.shifts == ()
    assert all(row.old == row.new for row in answer.rows)
