"""Coverage gaps of schedules and policies: each instant is in a gap exactly if a page would come to nothing then."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.test_oncall import DAY, HOUR, MINUTE, at, instants, layers, overrides, two_layers, zones
from triage.domain.coverage import FaultOf, Gap, GapReason, coverage_gaps, fallback_gaps
from triage.domain.escalation import EscalationPolicy, Target, TargetKind
from triage.domain.oncall import Override, Schedule, on_call
from triage.domain.roster import Roster

PEOPLE = ["ana", "ben", "cy", "dee", "eve"]


def unless(*fine: str, fault: GapReason = GapReason.UNREACHABLE) -> FaultOf:
    """Everybody has the fault but these."""
    return lambda person: None if person in fine else fault


def test_gaps_name_the_reason_and_who_cannot_be_reached() -> None:
    monday = at("2024-05-06T00:00Z")
    changes = (
        Override(monday + 1 * HOUR, monday + 2 * HOUR, None),
        Override(monday + 3 * HOUR, monday + 4 * HOUR, "ana", adds=True),
        Override(monday + 6 * HOUR, monday + 7 * HOUR, "dee", adds=True),
    )
    gaps = coverage_gaps(Roster(two_layers(), changes), monday, monday + 30 * HOUR, unless("ben", "cy"))
    assert gaps == [
        Gap(monday + 1 * HOUR, monday + 2 * HOUR, GapReason.NOBODY),
        Gap(monday + 3 * HOUR, monday + 4 * HOUR, GapReason.UNREACHABLE, ("ana",)),
        Gap(monday + 6 * HOUR, monday + 7 * HOUR, GapReason.UNREACHABLE, ("dee",)),
        Gap(monday + 9 * HOUR, monday + 17 * HOUR, GapReason.UNREACHABLE, ("ana",)),
    ]


def test_one_gap_goes_on_while_its_reason_does() -> None:
    monday = at("2024-05-06T00:00Z")
    beside = (Override(monday + 10 * HOUR, monday + 11 * HOUR, "ben", adds=True),)
    gaps = coverage_gaps(Roster(two_layers(), beside), monday, monday + DAY, unless("ben", "cy"))
    assert gaps == [Gap(monday + 9 * HOUR, monday + 17 * HOUR, GapReason.UNREACHABLE, ("ana",))]


@settings(max_examples=40)
@given(st.data(), zones, st.frozensets(st.sampled_from(["ana", "ben", "cy", "dee", "eve"])))
def test_an_instant_is_in_a_gap_exactly_if_it_is_not_covered(
    data: st.DataObject, zone_name: str, reachable: frozenset[str]
) -> None:
    start = data.draw(instants(zone_name))
    end = start + data.draw(st.integers(1, 6 * 24 * 60)) * MINUTE
    schedule = Schedule(zone_name, tuple(data.draw(st.lists(layers(zone_name), max_size=2))))
    changes = data.draw(st.lists(overrides(start), max_size=3))
    gaps = coverage_gaps(Roster(schedule, tuple(changes)), start, end, unless(*reachable))
    for second in data.draw(st.lists(st.integers(0, int((end - start).total_seconds()) - 1), max_size=10)):
        instant = start + timedelta(seconds=second)
        people = set(on_call(schedule, changes, instant).people)
        covered = bool(people) and people <= reachable
        assert any(gap.start <= instant < gap.end for gap in gaps) is not covered


def test_who_was_never_tested_is_told_apart_from_who_cannot_be_reached() -> None:
    monday = at("2024-05-06T00:00Z")
    beside = (Override(monday, monday + 2 * HOUR, "dee", adds=True),)
    faults = {"ben": GapReason.UNTESTED, "dee": GapReason.UNREACHABLE}
    assert coverage_gaps(Roster(two_layers(), beside), monday, monday + 10 * HOUR, faults.get) == [
        Gap(monday, monday + 2 * HOUR, GapReason.UNREACHABLE, ("dee",)),
        Gap(monday, monday + 9 * HOUR, GapReason.UNTESTED, ("ben",)),
    ]


def policy(*fallback: str) -> EscalationPolicy:
    targets = (name.partition(":") for name in fallback)
    return EscalationPolicy("p", (), tuple(Target(TargetKind(kind), name) for kind, _, name in targets))


@pytest.mark.parametrize(
    ("fallback", "holes"),
    [
        (["person:ben"], []),
        (["person:ana"], [(0, 30)]),
        (["schedule:rota"], [(9, 17)]),
        (["schedule:rota", "person:ana"], [(9, 17)]),
        (["schedule:rota", "person:cy"], []),
        (["schedule:gone"], [(0, 30)]),
        ([], [(0, 30)]),
    ],
)
def test_a_fallback_has_a_gap_while_none_of_its_targets_reaches_anybody(
    fallback: list[str], holes: list[tuple[int, int]]
) -> None:
    monday = at("2024-05-06T00:00Z")
    rosters = {"rota": Roster(two_layers())}
    gaps = fallback_gaps(policy(*fallback), rosters, monday, monday + 30 * HOUR, unless("ben", "cy"))
    assert gaps == [Gap(monday + a * HOUR, monday + b * HOUR, GapReason.NO_FALLBACK) for a, b in holes]


def test_who_was_never_tested_still_counts_as_a_fallback() -> None:
    monday = at("2024-05-06T00:00Z")
    never = unless(fault=GapReason.UNTESTED)
    assert fallback_gaps(policy("person:ana"), {}, monday, monday + DAY, never) == []


@settings(max_examples=40)
@given(st.data(), zones, st.frozensets(st.sampled_from(PEOPLE)))
def test_an_instant_is_in_a_fallbacks_gap_exactly_if_nobody_would_be_reached(
    data: st.DataObject, zone_name: str, reachable: frozenset[str]
) -> None:
    start = data.draw(instants(zone_name))
    end = start + data.draw(st.integers(1, 6 * 24 * 60)) * MINUTE
    names = ["one", "two"]
    rosters = {
        name: Roster(
            Schedule(zone_name, tuple(data.draw(st.lists(layers(zone_name), max_size=2)))),
            tuple(data.draw(st.lists(overrides(start), max_size=2))),
        )
        for name in names
    }
    wanted = policy(*data.draw(st.lists(st.sampled_from([*(f"schedule:{name}" for name in names), "person:ana"]))))
    gaps = fallback_gaps(wanted, rosters, start, end, unless(*reachable))
    for second in data.draw(st.lists(st.integers(0, int((end - start).total_seconds()) - 1), max_size=10)):
        instant = start + timedelta(seconds=second)
        people = {
            person
            for target in wanted.fallback
            for person in (
                (target.name,) if target.kind is TargetKind.PERSON else rosters[target.name].people(instant)
            )
        }
        assert any(gap.start <= instant < gap.end for gap in gaps) is not bool(people & reachable)
