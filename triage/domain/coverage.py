"""Where a page would reach nobody: coverage gaps of schedules and of escalation policies (DESIGN 5.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby, pairwise

from triage.domain.escalation import EscalationPolicy, Target, TargetKind
from triage.domain.oncall import Shift
from triage.domain.roster import Roster

#: How far ahead gaps are looked for.
AHEAD = timedelta(days=30)


class GapReason(StrEnum):
    """Why a stretch of time is not covered."""

    NOBODY = "nobody"  # nobody is on call
    UNREACHABLE = "unreachable"  # somebody is, and has no usable contact method
    UNTESTED = "untested"  # somebody is, and no test page or page was ever delivered to them
    NO_FALLBACK = "no_fallback"  # an escalation policy ends and its fallback reaches nobody


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time that is not covered; `people` are those on call in it whom it is about."""

    start: datetime
    end: datetime
    reason: GapReason
    people: tuple[str, ...] = ()


#: What is wrong with a person as a responder: UNREACHABLE, UNTESTED or nothing.
FaultOf = Callable[[str], GapReason | None]


def coverage_gaps(roster: Roster, start: datetime, end: datetime, fault_of: FaultOf) -> list[Gap]:
    """Where, from `start` to `end`, nobody is on call or somebody is who may not be reached.

    One person who cannot be reached is a gap even beside others who can: the plan counts on that person.
    """
    plan = roster.shifts(start, end)
    faults = {person: fault_of(person) for shift in plan for person in shift.people}
    gaps = [gap for reason in GapReason for gap in _runs(plan, reason, faults)]
    return sorted(gaps, key=lambda gap: (gap.start, list(GapReason).index(gap.reason)))


def _runs(plan: Sequence[Shift], reason: GapReason, faults: Mapping[str, GapReason | None]) -> Iterator[Gap]:
    """The gaps with one reason, each for as long as it is about the same people."""

    def concerned(shift: Shift) -> tuple[bool, tuple[str, ...]]:
        people = tuple(person for person in shift.people if faults[person] is reason)
        return bool(people) or (reason is GapReason.NOBODY and not shift.people), people

    for (found, people), run in groupby(plan, key=concerned):
        stretch = list(run)
        if found:
            yield Gap(stretch[0].start, stretch[-1].end, reason, people)


def fallback_gaps(
    policy: EscalationPolicy, rosters: Mapping[str, Roster], start: datetime, end: datetime, fault_of: FaultOf
) -> list[Gap]:
    """Where, from `start` to `end`, the policy's fallback reaches nobody, so that a page could come to nothing."""
    plans = {
        target.name: rosters[target.name].shifts(start, end)
        for target in policy.fallback
        if target.kind is TargetKind.SCHEDULE and target.name in rosters
    }
    edges = sorted({shift.start for plan in plans.values() for shift in plan}) or [start]

    def reached(at: datetime) -> bool:
        people = (person for target in policy.fallback for person in _behind(target, plans, at))
        return any(fault_of(person) is not GapReason.UNREACHABLE for person in people)

    gaps: list[Gap] = []
    for covered, run in groupby(pairwise([*edges, end]), key=lambda span: reached(span[0])):
        spans = list(run)
        if not covered:
            gaps.append(Gap(spans[0][0], spans[-1][1], GapReason.NO_FALLBACK))
    return gaps


def _behind(target: Target, plans: Mapping[str, Sequence[Shift]], at: datetime) -> tuple[str, ...]:
    if target.kind is TargetKind.PERSON:
        return (target.name,)
    return next((shift.people for shift in plans.get(target.name, ()) if shift.start <= at < shift.end), ())
