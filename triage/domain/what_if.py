"""What another contract variant would have meant for a customer's past cycles: due dates, breaches, credits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from triage.domain.clocks import Clock, Identity
from triage.domain.contract import Contract
from triage.domain.report import (
    NOTHING,
    Figures,
    Outcome,
    Statement,
    Verdict,
    contract_at,
    credits_of,
    outcome_of,
    statement,
)
from triage.domain.sla import Event, fold_clocks
from triage.domain.terms import Metric
from triage.domain.ticket import Priority

Bound = Sequence[tuple[datetime, Contract]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One cycle as it was judged and as it would have been; None where only the other contract promises it."""

    ticket: str
    old: Clock | None
    new: Clock | None
    excluded: bool

    @property
    def clock(self) -> Clock:
        """Whichever there is, the new one first: what the cycle is of."""
        clock = self.new or self.old
        assert clock is not None  # noqa: S101 - a comparison is of at least one cycle
        return clock

    @property
    def verdicts(self) -> tuple[Verdict | None, Verdict | None]:
        """How the cycle was settled, and how it would have been."""
        old, new = _outcome(self.old, self.excluded), _outcome(self.new, self.excluded)
        return (old.verdict if old else None), (new.verdict if new else None)


def _outcome(clock: Clock | None, excluded: bool) -> Outcome | None:
    return outcome_of(clock, excluded=excluded) if clock else None


def bound_instead(bound: Bound, contract: Contract, since: datetime) -> Bound:
    """The bindings of a customer, had the contract been in force from `since` on."""
    return [*((start, other) for start, other in bound if start < since), (since, contract)]


def compare(
    ticket: str, events: Sequence[Event], bound: Bound, instead: Bound, excluded: Collection[Identity], now: datetime
) -> list[Comparison]:
    """Fold a ticket under both bindings, and pair the cycles that began since the last of `instead` is in force."""
    old, new = (_cycles(events, bindings, now) for bindings in (bound, instead))
    since = instead[-1][0]
    pairs = [
        Comparison(ticket, old.get(identity), new.get(identity), identity in excluded)
        for identity in dict.fromkeys([*old, *new])
    ]
    return [pair for pair in pairs if pair.clock.started_at >= since]


def _cycles(events: Sequence[Event], bindings: Bound, now: datetime) -> dict[Identity, Clock]:
    terms = [(start, contract.terms) for start, contract in bindings]
    return {clock.identity: clock for clock in fold_clocks(events, terms, now)}


@dataclass(frozen=True, slots=True)
class Shift:
    """How many breaches one promise would have gained and lost."""

    metric: Metric
    priority: Priority
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Row:
    """One promise in one month of the statement, as it was and as it would have been."""

    month: date
    metric: Metric
    old: Figures
    new: Figures


@dataclass(frozen=True, slots=True)
class Refund:
    """The credits of one month, as a share of its fee, as they were and as they would have been."""

    month: date
    old: Fraction
    new: Fraction


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What the contract would have meant for the compared cycles, and for them alone."""

    comparisons: tuple[Comparison, ...]
    shifts: tuple[Shift, ...]
    rows: tuple[Row, ...]
    refunds: tuple[Refund, ...]


def summed_up(comparisons: Sequence[Comparison], bound: Bound, instead: Bound) -> WhatIf:
    """The compared cycles with what they add up to under both bindings."""
    old = _statement((_outcome(comparison.old, comparison.excluded) for comparison in comparisons), bound)
    new = _statement((_outcome(comparison.new, comparison.excluded) for comparison in comparisons), instead)
    return WhatIf(tuple(comparisons), _shifts(comparisons), _rows(old, new), _refunds(old, new))


def _shifts(comparisons: Iterable[Comparison]) -> tuple[Shift, ...]:
    """Breaches gained and lost, where there are any; excluded ones count neither way."""
    gained: Counter[tuple[Metric, Priority]] = Counter()
    lost: Counter[tuple[Metric, Priority]] = Counter()
    for comparison in comparisons:
        old, new = comparison.verdicts
        promise = comparison.clock.metric, comparison.clock.priority
        gained[promise] += old is not Verdict.BREACHED and new is Verdict.BREACHED
        lost[promise] += old is Verdict.BREACHED and new is not Verdict.BREACHED
    promises = ((metric, priority) for metric in Metric for priority in Priority)
    return tuple(Shift(*each, gained[each], lost[each]) for each in promises if gained[each] or lost[each])


def _statement(outcomes: Iterable[Outcome | None], bindings: Bound) -> Statement:
    settled = [outcome for outcome in outcomes if outcome is not None]
    return statement(settled, lambda month: contract_at(bindings, month))


def _rows(old: Statement, new: Statement) -> tuple[Row, ...]:
    keys = [(month, metric) for month in sorted({month for month, _ in (*old, *new)}) for metric in Metric]
    return tuple(
        Row(*key, old.get(key, Figures()), new.get(key, Figures())) for key in keys if key in old or key in new
    )


def _refunds(old: Statement, new: Statement) -> tuple[Refund, ...]:
    was, would_be = credits_of(old), credits_of(new)
    months = sorted({*was, *would_be})
    return tuple(Refund(month, was.get(month, NOTHING), would_be.get(month, NOTHING)) for month in months)
