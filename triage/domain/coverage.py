"""Where a page would reach nobody: coverage gaps of schedules and of escalation policies (DESIGN 5.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import groupby, pairwise

from triage.domain.configuration import Configuration
from triage.domain.escalation import ContactMethod, EscalationPolicy, Target, TargetKind
from triage.domain.explain import wall
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
    if target.kind is TargetKind.CHANNEL:
        return (str(target),)
    return next((shift.people for shift in plans.get(target.name, ()) if shift.start <= at < shift.end), ())


def fault(
    methods: Sequence[ContactMethod], usable: Callable[[ContactMethod], bool], tested: Callable[[ContactMethod], bool]
) -> GapReason | None:
    """What is wrong with a person who has these contact methods; one that is usable and tested is enough."""
    ways = [method for method in methods if usable(method)]
    if not ways:
        return GapReason.UNREACHABLE
    return None if any(tested(method) for method in ways) else GapReason.UNTESTED


@dataclass(frozen=True, slots=True)
class Coverage:
    """The gaps of each schedule and of each escalation policy, by name; only those that have any."""

    schedules: Mapping[str, Sequence[Gap]]
    policies: Mapping[str, Sequence[Gap]]

    def __bool__(self) -> bool:
        """Whether there is any gap."""
        return bool(self.schedules or self.policies)

    @property
    def is_serious(self) -> bool:
        """Whether a page would come to nothing somewhere, and not only may."""
        every = [gap for gaps in (*self.schedules.values(), *self.policies.values()) for gap in gaps]
        return any(gap.reason is not GapReason.UNTESTED for gap in every)


def cover(config: Configuration, rosters: Mapping[str, Roster], at: datetime, fault_of: FaultOf) -> Coverage:
    """Every gap of the next 30 days."""
    end = at + AHEAD
    schedules = {name: coverage_gaps(roster, at, end, fault_of) for name, roster in rosters.items()}
    policies = {
        name: fallback_gaps(policy, rosters, at, end, fault_of) for name, policy in config.escalation_policies.items()
    }
    return Coverage(
        {name: gaps for name, gaps in schedules.items() if gaps},
        {name: gaps for name, gaps in policies.items() if gaps},
    )


WORDS = {
    GapReason.NOBODY: "nobody is on call",
    GapReason.UNREACHABLE: "{people}: on call without a usable contact method",
    GapReason.UNTESTED: "{people}: on call, and no contact method was ever tested",
    GapReason.NO_FALLBACK: "the fallback reaches nobody",
}


def told(gaps: Sequence[Gap], zone: tzinfo) -> list[str]:
    """The gaps in words, one sentence for all that are alike: the first of them, and how many follow it."""
    alike: dict[tuple[GapReason, tuple[str, ...]], list[Gap]] = {}
    for gap in gaps:
        alike.setdefault((gap.reason, gap.people), []).append(gap)
    return [_told(first, len(others), zone) for first, *others in alike.values()]


def _told(gap: Gap, others: int, zone: tzinfo) -> str:
    more = f", and {others} more time{'s' if others > 1 else ''}" if others else ""
    words = WORDS[gap.reason].format(people=", ".join(gap.people))
    return f"{words}, {wall(gap.start, zone)} to {wall(gap.end, zone)} {zone}{more}"
