"""A customer's statement: which month a cycle belongs to, what counts, and what a missed month is worth."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from triage.domain.contract import Contract, Credit
from triage.domain.report import (
    Figures,
    Outcome,
    Tally,
    Verdict,
    contract_at,
    credit_of,
    credits_of,
    outcome_of,
    statement,
    tally,
)
from triage.domain.sla import Event, EventType, fold_clocks
from triage.domain.terms import Metric, PriorityChange, Terms
from triage.domain.ticket import Priority, Role

HOUR = timedelta(hours=1)
#: An hour before November ends.
LATE = datetime(2026, 11, 30, 23, tzinfo=UTC)
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
TABLE = (Credit(Fraction(95, 100), Fraction(5, 100)), Credit(Fraction(90, 100), Fraction(10, 100)))
TERMS = Terms({Metric.FIRST_RESPONSE: {Priority.P1: 2 * HOUR}})


def settled(*events: Event, now: datetime, excluded: bool = False, terms: Terms = TERMS) -> Outcome | None:
    created = Event(LATE, EventType.CREATED, priority=Priority.P1)
    (clock,) = fold_clocks([created, *events], terms, now)
    return outcome_of(clock, excluded=excluded)


def answered(hours: float) -> Event:
    return Event(LATE + hours * HOUR, EventType.COMMENT, by=Role.AGENT, public=True)


@pytest.mark.parametrize(
    ("hours", "month", "verdict"),
    [(0.5, NOVEMBER, Verdict.MET), (2, DECEMBER, Verdict.MET), (30, DECEMBER, Verdict.BREACHED)],
)
def test_a_cycle_belongs_to_the_month_in_which_it_was_settled(hours: float, month: date, verdict: Verdict) -> None:
    outcome = settled(answered(hours), now=LATE + 40 * HOUR)
    assert outcome == Outcome(Metric.FIRST_RESPONSE, Priority.P1, month, verdict)


def test_a_breach_is_settled_by_its_due_date_and_not_by_the_answer_months_later() -> None:
    terms = Terms({Metric.FIRST_RESPONSE: {Priority.P1: HOUR / 2}})
    for events in ([], [answered(24 * 60)]):
        outcome = settled(*events, now=LATE + timedelta(days=70), terms=terms)
        assert outcome is not None
        assert (outcome.month, outcome.verdict) == (NOVEMBER, Verdict.BREACHED)


def test_what_is_going_or_was_dropped_is_in_no_month_and_an_exclusion_is_of_a_breach_only() -> None:
    assert settled(now=LATE + HOUR) is None
    dropped = Event(LATE + HOUR, EventType.PRIORITY, priority=Priority.P3)
    for clause in PriorityChange:
        terms = Terms(TERMS.goals, on_priority_change=clause)
        assert settled(dropped, now=LATE + 9 * HOUR, terms=terms) is None
    excluded = settled(now=LATE + 3 * HOUR, excluded=True)
    met = settled(answered(1), now=LATE + 3 * HOUR, excluded=True)
    assert (excluded and excluded.verdict, met and met.verdict) == (Verdict.EXCLUDED, Verdict.MET)


def outcomes(met: int, breached: int, excluded: int = 0, metric: Metric = Metric.RESOLUTION) -> list[Outcome]:
    counts = {Verdict.MET: met, Verdict.BREACHED: breached, Verdict.EXCLUDED: excluded}
    return [
        Outcome(metric, Priority.P1, NOVEMBER, verdict) for verdict, count in counts.items() for _ in range(count)
    ]


def test_an_excluded_breach_counts_neither_way() -> None:
    assert tally(outcomes(3, 1, 4)) == Tally(3, 1, 4)
    assert tally(outcomes(3, 1, 4)).attainment == Fraction(3, 4)
    assert tally(outcomes(0, 0, 4)).attainment is None


@pytest.mark.parametrize(
    ("met", "breached", "credit"),
    [(20, 0, 0), (19, 1, 0), (18, 1, 5), (9, 1, 5), (89, 11, 10), (0, 1, 10), (0, 0, 0)],
)
def test_a_month_is_worth_the_last_line_that_it_is_below_and_on_the_line_is_not_below(
    met: int, breached: int, credit: int
) -> None:
    assert credit_of(tally(outcomes(met, breached)).attainment, TABLE) == Fraction(credit, 100)


def test_a_statement_has_a_line_for_each_month_and_metric_and_a_month_gives_back_the_fee_at_most() -> None:
    steep = (Credit(Fraction(1), Fraction(3, 5)),)
    contract = Contract(TERMS, credits={Metric.RESOLUTION: steep, Metric.FIRST_RESPONSE: steep})
    both = outcomes(1, 1) + outcomes(0, 1, metric=Metric.FIRST_RESPONSE) + outcomes(0, 1, metric=Metric.NEXT_REPLY)
    stated = statement(both, lambda month: contract)
    assert stated == {
        (NOVEMBER, Metric.RESOLUTION): Figures(Tally(1, 1), Fraction(3, 5)),
        (NOVEMBER, Metric.FIRST_RESPONSE): Figures(Tally(0, 1), Fraction(3, 5)),
        (NOVEMBER, Metric.NEXT_REPLY): Figures(Tally(0, 1)),
    }
    assert credits_of(stated) == {NOVEMBER: Fraction(1)}


def test_a_month_has_the_credits_of_the_variant_in_force_when_it_begins() -> None:
    first, second = Contract(TERMS), Contract(TERMS, credits={Metric.RESOLUTION: TABLE})
    bound = [(datetime(2026, 11, 15, tzinfo=UTC), first), (datetime(2026, 12, 1, tzinfo=UTC), second)]
    assert [contract_at(bound, month) for month in (NOVEMBER, DECEMBER)] == [first, second]
    midway = [(datetime(2026, 1, 1, tzinfo=UTC), first), (datetime(2026, 12, 1, 1, tzinfo=UTC), second)]
    assert contract_at(midway, DECEMBER) is first
