"""How a what-if is shown: tables for people, plain JSON for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from triage.domain.clocks import Clock
from triage.domain.explain import in_words, instant
from triage.domain.report import Figures
from triage.domain.terms import SECOND
from triage.domain.what_if import Comparison, WhatIf

NONE = "–"


def to_lines(what_if: WhatIf) -> Iterator[str]:
    """The cycles, the breaches gained and lost, and the months, each as a table."""
    if not what_if.comparisons:
        yield "No cycle of this customer began in that time."
        return
    head = ("ticket", "promise", "priority", "began (UTC)", "due", "would be due", "late by", "would be late by")
    yield from _table(head, [_cycle(comparison) for comparison in what_if.comparisons])
    yield ""
    moved = [(one.metric, one.priority, f"+{one.gained}", f"-{one.lost}") for one in what_if.shifts]
    yield from (
        _table(("promise", "priority", "breaches gained", "lost"), moved)
        if moved
        else ["No breach would have been gained or lost."]
    )
    yield ""
    rows = [
        (f"{row.month:%Y-%m}", row.metric, _attained(row.old), _attained(row.new), *_credits(row.old, row.new))
        for row in what_if.rows
    ]
    yield from _table(("month", "promise", "attainment", "would be", "credit", "would be"), rows)
    yield ""
    refunds = [(f"{one.month:%Y-%m}", _percent(one.old), _percent(one.new)) for one in what_if.refunds]
    yield from _table(("month", "all credits", "would be"), refunds)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Columns as wide as what stands in them."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        yield "  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip()


def _cycle(comparison: Comparison) -> tuple[str, ...]:
    clock, old, new = comparison.clock, comparison.old, comparison.new
    began = instant(clock.started_at)
    late = _late(old) + (" (excluded)" if comparison.excluded else "")
    return (comparison.ticket, clock.metric, clock.priority, began, _due(old), _due(new), late, _late(new))


def _due(clock: Clock | None) -> str:
    return instant(clock.due_at if clock else None)


def _late(clock: Clock | None) -> str:
    return in_words(clock.overrun) if clock and clock.breached_at else NONE


def _attained(figures: Figures) -> str:
    attainment = figures.tally.attainment
    return NONE if attainment is None else _percent(attainment)


def _credits(*figures: Figures) -> tuple[str, ...]:
    return tuple(_percent(one.credit) for one in figures)


def _percent(share: Fraction) -> str:
    return f"{float(share):.2%}"


def to_plain(what_if: WhatIf) -> dict[str, Any]:
    """Everything as plain JSON; shares are numbers from 0 to 1."""
    return {
        "cycles": [
            {
                "ticket": comparison.ticket,
                "metric": comparison.clock.metric,
                "began_by": comparison.clock.began_by,
                "priority": comparison.clock.priority,
                "started_at": comparison.clock.started_at.isoformat(),
                "excluded": comparison.excluded,
                "old": _plain_clock(comparison.old),
                "new": _plain_clock(comparison.new),
            }
            for comparison in what_if.comparisons
        ],
        "breaches": [
            {"metric": one.metric, "priority": one.priority, "gained": one.gained, "lost": one.lost}
            for one in what_if.shifts
        ],
        "months": [
            {
                "month": f"{row.month:%Y-%m}",
                "metric": row.metric,
                "old": _plain_figures(row.old),
                "new": _plain_figures(row.new),
            }
            for row in what_if.rows
        ],
        "credits": [
            {"month": f"{one.month:%Y-%m}", "old": float(one.old), "new": float(one.new)} for one in what_if.refunds
        ],
    }


def _plain_clock(clock: Clock | None) -> dict[str, Any] | None:
    if clock is None:
        return None
    return {
        "contract": clock.contract,
        "state": clock.state,
        "due_at": clock.due_at.isoformat() if clock.due_at else None,
        "breached": clock.breached_at is not None,
        "overrun_seconds": clock.overrun // SECOND,
    }


def _plain_figures(figures: Figures) -> dict[str, Any]:
    attainment = figures.tally.attainment
    return {
        "met": figures.tally.met,
        "breached": figures.tally.breached,
        "excluded": figures.tally.excluded,
        "attainment": None if attainment is None else float(attainment),
        "credit": float(figures.credit),
    }
