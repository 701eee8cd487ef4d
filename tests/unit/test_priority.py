"""How evidence is weighed, and human decisions; the gate's whole table is in test_gate_table.py."""

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


@pytest.mark.parametrize(
    ("priority", "axes"), list(product(Priority, product(("yes", "no", "unknown"), ("none", "exists", "unknown"))))
)
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
    contradicts = stronger in (Source.HUMAN, Source.FIELD) and weaker is Source.TEXT
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
