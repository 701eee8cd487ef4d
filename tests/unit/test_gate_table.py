"""The gate's table (DESIGN 5.1), exhaustively: every request, value, source and conflict."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import product

import pytest

from triage.domain.priority import Axis, Evidence, Flag, GatePolicy, Promote, Reason, Source, classify
from triage.domain.ticket import Priority

AT = datetime(2026, 11, 23, tzinfo=UTC)

#: What one axis is worth, written out by hand: (a human, the field, the text, the record) -> (value, flagged).
#: `a` and `b` are the axis's two values, `-` is nothing said, `ab` a text that contradicts itself, `?` a field with
#: an option that nobody mapped. The first line that fits counts; `*` fits everything.
AXIS_TABLE = [
    # human  field  text  record    value  contradiction
    ("a", "*", "*", "*", "a", False),
    ("b", "*", "*", "*", "b", False),
    ("-", "a", "b", "*", "a", True),
    ("-", "a", "ab", "*", "a", True),
    ("-", "a", "*", "*", "a", False),
    ("-", "b", "a", "*", "b", True),
    ("-", "b", "ab", "*", "b", True),
    ("-", "b", "*", "*", "b", False),
    ("-", "*", "a", "*", "a", False),
    ("-", "*", "b", "*", "b", False),
    ("-", "*", "ab", "*", "unknown", False),
    ("-", "*", "-", "a", "a", False),
    ("-", "*", "-", "b", "b", False),
    ("-", "*", "-", "-", "unknown", False),
]
SAID = (("-", "a", "b"), ("-", "a", "b", "?"), ("-", "a", "b", "ab"), ("-", "a", "b"))
SOURCES = (Source.HUMAN, Source.FIELD, Source.TEXT, Source.RECORD)
LETTERS = {Axis.PRODUCTION: {"a": "yes", "b": "no"}, Axis.WORKAROUND: {"a": "none", "b": "exists"}}

#: What both axes mean for whoever asks for P0, by hand: (production, workaround) -> (priority, provisional, reason).
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

Case = tuple[list[Evidence], str, bool, bool]


def cases(axis: Axis) -> list[Case]:
    """Every way in which the four sources can speak about an axis, with what it is worth by hand."""
    found = []
    for said in product(*SAID):
        line = next(line for line in AXIS_TABLE if all(a in ("*", b) for a, b in zip(line, said, strict=False)))
        evidence = [
            Evidence(axis, LETTERS[axis].get(letter, "Perhaps"), source, f"{source} {letter}", AT)
            for source, letters in zip(SOURCES, said, strict=True)
            for letter in letters.strip("-")
        ]
        found.append((evidence, LETTERS[axis].get(line[4], line[4]), line[5], said[1] == "?"))
    return found


@pytest.mark.parametrize("requested", [*Priority, "Blocker!", None])
def test_every_combination(requested: str | None) -> None:
    """144 x 144 ways to speak about both axes, for each request and each clause about raises."""
    gate = GatePolicy("p0-gate:v1")
    counted = 0
    for (first, production, one_against, one_strange), (second, workaround, two_against, two_strange) in product(
        cases(Axis.PRODUCTION), cases(Axis.WORKAROUND)
    ):
        judgement = classify(requested, first + second, gate)
        assert (judgement.production, judgement.workaround) == (production, workaround)
        assert (Flag.CONTRADICTION in judgement.flags) is (one_against or two_against)
        assert (Flag.UNMAPPED_VALUE in judgement.flags) is (one_strange or two_strange)
        assert (Flag.UNMAPPED_PRIORITY in judgement.flags) is (requested not in Priority.__members__)
        both_met = (production, workaround) == ("yes", "none")
        if requested == "P0":
            told = (judgement.priority, judgement.provisional, judgement.reason)
            assert told == P0_TABLE[production, workaround]
            assert judgement.suggestion is None
        else:
            wanted = requested if requested in Priority.__members__ else "P1"
            told = (judgement.priority, judgement.provisional, judgement.reason)
            assert told == (wanted, False, Reason.AS_REQUESTED)
            assert judgement.suggestion == ("P0" if both_met else None)
        counted += 1
    assert counted == 144 * 144


@pytest.mark.parametrize(("promote", "priority", "suggestion"), [("auto", "P0", None), ("never", "P2", None)])
def test_what_is_made_of_a_ticket_that_nobody_asked_to_be_p0(
    promote: str, priority: str, suggestion: str | None
) -> None:
    gate = GatePolicy("p0-gate:v1", Promote(promote))
    for (first, production, *_), (second, workaround, *_) in product(cases(Axis.PRODUCTION), cases(Axis.WORKAROUND)):
        judgement = classify("P2", first + second, gate)
        is_raised = (production, workaround) == ("yes", "none")
        assert judgement.priority == (priority if is_raised else "P2")
        assert judgement.suggestion == (suggestion if is_raised else None)


def test_what_decided_and_what_contradicts_it_is_kept_with_its_words() -> None:
    for evidence, value, against, _ in cases(Axis.PRODUCTION):
        judgement = classify("P0", evidence, GatePolicy("p0-gate:v1"))
        values = {item.value for item in judgement.evidence}
        assert value == "unknown" or value in values
        assert not against or len(values) == 2
