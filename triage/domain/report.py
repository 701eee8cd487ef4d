"""A customer's statement, from cycles: what was met and breached in each month, and what a missed one is worth.

A cycle belongs to the month (in UTC) in which it was settled: that of its breach, or of its stop if it was met.
What is still going and not breached, or was dropped, is in no month. An excluded breach counts neither way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from fractions import Fraction

from triage.domain.clocks import Clock, ClockState
from triage.domain.contract import Contract, Credit
from triage.domain.terms import Metric
from triage.domain.ticket import Priority

NOTHING = Fraction(0)
WHOLE_FEE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a breach is not in the statement, and whose word that is."""

    reason: str
    who: str
    at: datetime


class Verdict(StrEnum):
    """How a cycle was settled."""

    MET = "met"
    BREACHED = "breached"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One settled cycle; `month` is the first day of its month."""

    metric: Metric
    priority: Priority
    month: date
    verdict: Verdict


def outcome_of(clock: Clock, *, excluded: bool) -> Outcome | None:
    """How the cycle was settled; None if it is not. `excluded` is whether a breach of it would be left out."""
    if clock.breached_at is not None:
        settled_at, verdict = clock.breached_at, Verdict.EXCLUDED if excluded else Verdict.BREACHED
    elif clock.state is ClockState.STOPPED and clock.stopped_at is not None:
        settled_at, verdict = clock.stopped_at, Verdict.MET
    else:
        return None
    return Outcome(clock.metric, clock.priority, date(settled_at.year, settled_at.month, 1), verdict)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many cycles were settled in which way."""

    met: int = 0
    breached: int = 0
    excluded: int = 0

    @property
    def attainment(self) -> Fraction | None:
        """The share of what counts that was met, exactly; None if nothing counts."""
        counted = self.met + self.breached
        return Fraction(self.met, counted) if counted else None


def tally(outcomes: Iterable[Outcome]) -> Tally:
    """Count the outcomes."""
    verdicts = [outcome.verdict for outcome in outcomes]
    return Tally(*(verdicts.count(verdict) for verdict in Verdict))


def credit_of(attainment: Fraction | None, table: Sequence[Credit]) -> Fraction:
    """The share of a month's fee that an attainment gives back: the last line of the table that it is below."""
    if attainment is None:
        return NOTHING
    return max((line.credit for line in table if attainment < line.below), default=NOTHING)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one promise came to in one month: the cycles, and the share of the fee that they give back."""

    tally: Tally = Tally()
    credit: Fraction = NOTHING


#: The figures of a customer, by month and metric.
Statement = Mapping[tuple[date, Metric], Figures]


def statement(outcomes: Iterable[Outcome], contract_in: Callable[[date], Contract]) -> Statement:
    """Every month and metric in which something was settled; `contract_in` says whose credits a month has."""
    groups: dict[tuple[date, Metric], list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[outcome.month, outcome.metric].append(outcome)
    figures = {}
    for (month, metric), settled in groups.items():
        counted = tally(settled)
        table = contract_in(month).credits.get(metric, ())
        figures[month, metric] = Figures(counted, credit_of(counted.attainment, table))
    return figures


def credits_of(stated: Statement) -> Mapping[date, Fraction]:
    """What each month gives back in all: the sum over its metrics, and never more than the whole fee."""
    months: dict[date, Fraction] = defaultdict(Fraction)
    for (month, _), figures in stated.items():
        months[month] = min(WHOLE_FEE, months[month] + figures.credit)
    return dict(months)


def contract_at(bound: Sequence[tuple[datetime, Contract]], month: date) -> Contract:
    """The variant whose credits a month has: the one in force when it begins, or else the first."""
    begin = datetime(month.year, month.month, 1, tzinfo=UTC)
    in_force = [contract for start, contract in bound if start <= begin]
    return in_force[-1] if in_force else bound[0][1]
