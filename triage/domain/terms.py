"""What a contract variant promises: goals, calendars, and the clauses by which its clocks run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from math import ceil

from triage.domain.calendars import ALWAYS, DAY, Calendar
from triage.domain.ticket import Priority

SECOND = timedelta(seconds=1)


class Metric(StrEnum):
    """What is promised (DESIGN 5.4)."""

    FIRST_RESPONSE = "first_response"
    NEXT_REPLY = "next_reply"
    PERIODIC_UPDATE = "periodic_update"
    RESOLUTION = "resolution"


class PriorityChange(StrEnum):
    """What a change of priority does to a cycle that is going (R21, R23, R12)."""

    RETROACTIVE = "retroactive"
    RESTART = "restart"
    CARRY = "carry"


class Reopen(StrEnum):
    """What a reopening does to the cycles that the resolution stopped (R9)."""

    RESUME = "resume"
    NEW_CYCLE = "new_cycle"


#: The metrics that stand still in the pause statuses unless the contract says otherwise.
PAUSE_METRICS = frozenset({Metric.RESOLUTION, Metric.PERIODIC_UPDATE})


@dataclass(frozen=True, slots=True)
class Terms:
    """One contract variant, as far as clocks are concerned.

    `goals` holds the target of open time by metric and priority; what is missing has no clock. `calendars`
    overrides `calendar` for single priorities, `goal_calendars` both for single goals. `pause_on` are the
    statuses in which the clocks of `pause_metrics` stand still. `warn_at` are shares of the target, more than 0
    and at most 1. `name` is the variant, such as `gold:v1`. Raises ValueError for a negative target or a share
    out of range.
    """

    goals: Mapping[Metric, Mapping[Priority, timedelta]]
    calendar: Calendar = ALWAYS
    calendars: Mapping[Priority, Calendar] = field(default_factory=dict)
    pause_on: frozenset[str] = frozenset()
    pause_metrics: frozenset[Metric] = PAUSE_METRICS
    on_priority_change: PriorityChange = PriorityChange.RETROACTIVE
    on_reopen: Reopen = Reopen.RESUME
    warn_at: tuple[float | Fraction, ...] = ()
    name: str = ""
    goal_calendars: Mapping[Metric, Mapping[Priority, Calendar]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if wrong := [share for share in self.warn_at if not 0 < share <= 1]:
            raise ValueError(f"a warning is told at a share above 0 and up to 1 of the target, not {wrong[0]}")
        if any(target < timedelta(0) for goal in self.goals.values() for target in goal.values()):
            raise ValueError("a target cannot be negative")
        object.__setattr__(self, "warn_at", tuple(sorted(set(self.warn_at))))

    def target(self, metric: Metric, priority: Priority) -> int | None:
        """The goal in whole seconds of open time, or None where the contract promises nothing."""
        target = self.goals.get(metric, {}).get(priority)
        return None if target is None else target.days * DAY + target.seconds

    def calendar_of(self, metric: Metric, priority: Priority) -> Calendar:
        """The calendar on which a goal counts: its own, or its priority's, or the common one."""
        own = self.goal_calendars.get(metric, {}).get(priority)
        return self.calendars.get(priority, self.calendar) if own is None else own

    def pauses(self, metric: Metric, status: str | None) -> bool:
        """Does the metric's clock stand still in this status?"""
        return status in self.pause_on and metric in self.pause_metrics


@lru_cache(maxsize=4096)
def warning_marks(warn_at: tuple[float | Fraction, ...], target: int) -> tuple[int, ...]:
    """The seconds of a target after which its shares are used up, rounded up (R7), in the order of `warn_at`.

    A float counts as the decimal that it is written as: 0.55 of 100 s are 55 s and not a hair more.
    """
    return tuple(ceil(Fraction(str(share)) * target) for share in warn_at)
