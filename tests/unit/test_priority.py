"""The gate's table (DESIGN 5.1), every combination written out by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from triage.domain.priority import (
    Axis,
    Evidence,
    Flag,
    GatePolicy,
    HumanDecision,
    Promote,
    Reason,
    Source,
    classify,
    settle,
)
from triage.domain.ticket import Priority

AT = datetime(2026, 11, 23, tzinfo=UTC)
GATE = GatePolicy("p0-gate:v1")


def said(axis: Axis, value: str, source: Source = Source.FIELD, minutes: int = 0) -> Evidence:
    return Evidence(axis, value, source, f"{axis} {value}", AT + timedelta(minutes=minutes))


def evidence(production: str, workaround: str) -> list[Evidence]:
    return [said(Axis.PRODUCTION, production), said(Axis.WORKAROUND, workaround)]


P0_TABLE = {
    ("yes", "none"): ("P0", False, Reason.CONFIRMED),
    ("yes", "exists"): ("P1", False, Reason.WORKAROUND_EXISTS),
    ("yes", "unknown"): ("P0", True, Reason.IN_DOUBT),
    ("no", "none"): ("P1", False, Reason.NOT_PRODUCTION),
    ("no", "exists"): ("P1", False, Reason.NOT_PRODUCTION),
    ("no", "unknown"): ("P1", False, Reason.NOT_PRODUCTION),
    ("unknown", "none"): ("P0", True, Reason.IN_DOUBT),
    ("unknown", "exists"): ("P1", False, Reason.WORKAROUND_EXISTS),
    ("unknown", "unknown"): ("P0", True, Reason.IN_DOUBT),
}


@pytest.mark.parametrize("axes", P0_TABLE)
def test_a_requested_p0(axes: tuple[str, str]) -> None:
    judgement = classify("P0", evidence(*axes), GATE)
    assert (judgement.priority, judgement.provisional, judgement.reason) == P0_TABLE[axes]


@pytest.mark.parametrize(("requested", "axes", "promote"), list(product(["P1", "P2", "P3"], P0_TABLE, Promote)))
def test_less_than_a_p0_stays_as_requested(requested: str, axes: tuple[str, str], promote: Promote) -> None:
    judgement = classify(requested, evidence(*axes), GatePolicy("g:v1", promote))
    raised = axes == ("yes", "none")
    auto = raised and promote is Promote.AUTO
    assert judgement.priority == ("P0" if auto else requested)
    assert judgement.reason == (Reason.RAISED if auto else Reason.AS_REQUESTED)
    assert judgement.suggestion == ("P0" if raised and promote is Promote.SUGGEST else None)
    assert not judgement.provisional


@pytest.mark.parametrize("requested", ["Blocker!", "", None])
def test_a_priority_that_nobody_mapped_counts_as_p1_and_is_flagged(requested: str | None) -> None:
    judgement = classify(requested, evidence("yes", "none"), GATE)
    assert (judgement.priority, judgement.flags) == (Priority.P1, (Flag.UNMAPPED_PRIORITY,))


@pytest.mark.parametrize(("priority", "axes"), list(product(Priority, P0_TABLE)))
def test_a_human_decision_stands(priority: Priority, axes: tuple[str, str]) -> None:
    judgement = classify("P0", evidence(*axes), GATE, HumanDecision(priority, "ana", "I called them"))
    assert (judgement.priority, judgement.reason, judgement.author) == (priority, Reason.HUMAN, "ana")
    assert not judgement.provisional


@pytest.mark.parametrize(
    ("stronger", "weaker"),
    [(a, b) for a, b in product(Source, Source) if list(Source).index(a) < list(Source).index(b)],
)
@pytest.mark.parametrize(("value", "other"), [("yes", "no"), ("no", "yes")])
def test_the_stronger_source_wins_even_if_it_is_older(
    stronger: Source, weaker: Source, value: str, other: str
) -> None:
    found = settle(Axis.PRODUCTION, [said(Axis.PRODUCTION, other, weaker, 9), said(Axis.PRODUCTION, value, stronger)])
    assert found.value == value
    contradicts = stronger is Source.FIELD and weaker is Source.TEXT
    assert found.flags == ((Flag.CONTRADICTION,) if contradicts else ())


def test_within_a_source_the_newest_wins_and_an_emptied_field_says_nothing() -> None:
    older, newer = said(Axis.WORKAROUND, "none"), said(Axis.WORKAROUND, "exists", minutes=1)
    assert settle(Axis.WORKAROUND, [newer, older]).value == "exists"
    emptied = said(Axis.WORKAROUND, "unknown", minutes=2)
    assert settle(Axis.WORKAROUND, [newer, older, emptied]).value == "unknown"


def test_a_conflict_inside_one_text_is_unknown() -> None:
    both = [said(Axis.PRODUCTION, "yes", Source.TEXT), said(Axis.PRODUCTION, "no", Source.TEXT)]
    assert settle(Axis.PRODUCTION, both).value == "unknown"


def test_a_value_that_nobody_mapped_is_unknown_and_flagged() -> None:
    found = settle(Axis.PRODUCTION, [said(Axis.PRODUCTION, "Perhaps")])
    assert (found.value, found.flags) == ("unknown", (Flag.UNMAPPED_VALUE,))
