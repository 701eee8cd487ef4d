"""The arithmetic of one cycle while a timeline is folded: what is used, what is left, when it is due.

A cycle counts in *legs*. A leg begins with an allowance of open time on one calendar; a change of priority
begins a new one (`restart`, `carry`) or counts the only one anew (`retroactive`). Within a leg only the
open time of running spans is used. Everything here is in whole seconds since 1970. A fold makes many cycles, so
that what each of them does costs few calls.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import datetime, timedelta

from triage.domain.calendars import to_instant
from triage.domain.clocks import Clock, ClockState, Mark, Reason, clipped
from triage.domain.terms import Metric, PriorityChange, Terms, warning_marks
from triage.domain.ticket import Priority

NOTHING = timedelta(0)

Spans = list[tuple[int, Reason]]


class Instants(dict[int, datetime]):
    """The instants of one fold by their seconds; most of them are asked for by several cycles."""

    def __missing__(self, seconds: int) -> datetime:
        at = self[seconds] = to_instant(seconds)
        return at


class Cycle:
    """A cycle from its beginning on, told of what happens to it in order of time.

    `spans` belongs to the metric's run and grows with it: from when on it was running, paused or resolved.
    The events of an instant come first; then `settle` tells the warnings that they have brought.
    """

    __slots__ = (
        "_allowance",
        "_began_by",
        "_calendar",
        "_counted_before",
        "_due",
        "_ended",
        "_left",
        "_legs",
        "_marks",
        "_metric",
        "_number",
        "_open_since",
        "_paused_since",
        "_priority",
        "_spans",
        "_started_at",
        "_stopped_at",
        "_stopped_by",
        "_target",
        "_terms",
        "_told",
        "_warnings",
    )

    def __init__(
        self,
        metric: Metric,
        number: int,
        terms: Terms,
        priority: Priority,
        target: int,
        spans: Spans,
        started_at: int,
        known_at: int,
        began_by: str,
    ) -> None:
        """A cycle that begins at `known_at`, or is known from then on to have been going since `started_at`."""
        self._metric = metric
        self._number = number
        self._terms = terms
        self._spans = spans
        self._started_at = started_at
        self._began_by = began_by
        self._ended: ClockState | None = None
        self._stopped_at: int | None = None
        self._stopped_by = ""
        self._warnings: list[Mark] = []
        self._told = 0  # how many of the terms' shares have been reached; they are reached in ascending order
        self._counted_before = 0  # used in the legs before this one
        self._priority = priority
        self._target = target
        self._marks = warning_marks(terms.warn_at, target)
        self._calendar = terms.calendar_of(metric, priority)
        self._legs = [(started_at, self._calendar)]
        self._allowance = self._left = target
        self._due = None if target else started_at
        self._paused_since: int | None = None
        self._open_since: int | None = None
        self._follow_spans(known_at)

    def pause(self, at: int) -> None:
        self._advance(at)
        self._open_since = None
        self._paused_since = at

    def go_on(self, at: int) -> None:
        """End a pause, or what a resolution stopped."""
        self._open_since = at
        self._paused_since = self._stopped_at = self._ended = None
        self._stopped_by = ""

    def stop(self, at: int, by: str) -> None:
        self._advance(at)
        self._end(ClockState.STOPPED, at, by)

    def drop(self, at: int, by: str) -> None:
        """The new priority has no goal; a breach that has happened stays, except under `retroactive` (R11)."""
        self._advance(at)
        self._end(ClockState.DROPPED, at, by)
        if self._terms.on_priority_change is PriorityChange.RETROACTIVE or not self._has_breached(at):
            self._due = None

    def change_priority(self, priority: Priority, target: int, at: int) -> None:
        """Go on under the goal of another priority, by the contract's clause (R11, R12, R21, R23)."""
        self._advance(at)
        clause = self._terms.on_priority_change
        if clause is PriorityChange.RETROACTIVE:
            self._count_anew(priority, target, at)
        elif self._has_breached(at):
            self._priority = priority
        elif clause is PriorityChange.CARRY:
            left = self._left
            self._begin_leg(priority, target, left * target // self._target if left else 0, at)
        elif priority < self._priority and self._old_goal_is_due_first(priority, target, at):
            self._take_goal(priority, target)
        else:
            self._begin_leg(priority, target, target, at)

    def settle(self, at: int) -> None:
        """Tell the highest share that the events of this instant have carried the use over (R7)."""
        used = self._target - self._left
        if self._told < len(self._marks) and self._marks[self._told] <= used:
            self._tell(at, used)

    def clock(self, now: int, instants: Instants) -> Clock:
        """The cycle as it stands at `now`, which must not lie before anything that it was told of."""
        if self._open_since is not None:
            self._advance(now, until=now + 1)
        end = now if self._stopped_at is None else self._stopped_at
        due = self._due_by(end)
        breached = due is not None and end > due
        due_at = None if due is None else instants[due]
        state = self._ended or (ClockState.PAUSED if self._open_since is None else ClockState.RUNNING)
        return Clock(  # by position: names would cost more than all of this
            self._metric,
            self._number,
            self._priority,
            state,
            instants[self._started_at],
            due_at,
            None if self._stopped_at is None else instants[self._stopped_at],
            timedelta(0, self._counted_before + self._allowance - self._left),
            None if state is ClockState.DROPPED else timedelta(0, self._left),
            due_at if breached else None,
            timedelta(0, -self._left) if breached else NOTHING,
            tuple(self._warnings),
            self._terms.name,
            self._began_by,
            self._stopped_by,
            None if self._paused_since is None else instants[self._paused_since],
            self._next_warning(now),
            instants[now],
            tuple(self._spans),
            tuple(self._legs),
        )

    def _has_breached(self, at: int) -> bool:
        return self._due is not None and self._due < at

    def _end(self, state: ClockState, at: int, by: str) -> None:
        self._open_since = self._paused_since = None
        self._ended = state
        self._stopped_at = at
        self._stopped_by = by

    def _take_goal(self, priority: Priority, target: int) -> None:
        self._priority = priority
        self._target = target
        self._marks = warning_marks(self._terms.warn_at, target)

    def _start_counting(self, at: int, allowance: int) -> None:
        """Begin a leg on the priority's calendar; an allowance of nothing is due at once."""
        self._calendar = self._terms.calendar_of(self._metric, self._priority)
        self._legs.append((at, self._calendar))
        self._allowance = self._left = allowance
        self._due = None if allowance else at

    def _begin_leg(self, priority: Priority, target: int, allowance: int, at: int) -> None:
        self._counted_before += self._allowance - self._left
        self._take_goal(priority, target)
        self._start_counting(at, allowance)

    def _count_anew(self, priority: Priority, target: int, at: int) -> None:
        """Count all spans up to `at` as if the cycle had had this priority since it began."""
        self._legs.clear()
        self._take_goal(priority, target)
        self._start_counting(self._started_at, target)
        self._follow_spans(at)

    def _follow_spans(self, at: int) -> None:
        """Count what has been running up to `at`, and go on as things are then."""
        is_paused = self._spans[-1][1] is Reason.PAUSED
        self._open_since = None if is_paused else at
        if is_paused:
            self._paused_since = max(self._spans[-1][0], self._started_at)
        if at == self._started_at:
            return
        for start, end, reason in clipped(self._spans, self._started_at, at):
            if reason is Reason.RUNNING:
                self._count(start, end)

    def _count(self, start: int, end: int) -> None:
        """Use up the open time of a running span, and note the due date if it lies in it."""
        passed = self._calendar.seconds_between(start, end)
        if self._due is None and passed >= self._left:
            self._due = self._calendar.add_seconds(start, self._left)
        self._left -= passed

    def _advance(self, at: int, until: int | None = None) -> None:
        """Count up to `at`; tell the shares reached on the way before `until`, or else before `at`."""
        start = self._open_since
        if start is None or start == at:  # what a change at this instant has carried over is for `settle`
            return
        before = self._target - self._left
        self._open_since = at
        self._count(start, at)
        used = self._target - self._left
        while self._told < len(self._marks) and self._marks[self._told] <= used:
            mark = self._marks[self._told]
            reached_at = self._calendar.add_seconds(start, mark - before)
            if reached_at >= (at if until is None else until):
                break
            self._tell(reached_at, mark)

    def _tell(self, at: int, used: int) -> None:
        """Tell the highest share that so much use has reached; the lower ones passed with it are never told."""
        self._told = bisect_right(self._marks, used)
        self._warnings.append(Mark(to_instant(at), self._terms.warn_at[self._told - 1]))

    def _old_goal_is_due_first(self, priority: Priority, target: int, at: int) -> bool:
        """Would what was left be used up before the new target, both counted from here (R23)?"""
        old = self._calendar.add_seconds(at, self._left)
        return old < self._terms.calendar_of(self._metric, priority).add_seconds(at, target)

    def _due_by(self, end: int) -> int | None:
        """The due date as known at the end: a pause hides it, a stop is judged as if it had ended one (R6)."""
        is_hidden = self._open_since is None and self._ended is not ClockState.STOPPED
        if self._due is not None or is_hidden:
            return self._due
        return self._calendar.add_seconds(end, self._left)

    def _next_warning(self, now: int) -> Mark | None:
        if self._open_since is None or self._told == len(self._marks):
            return None
        mark = self._marks[self._told]
        share = self._terms.warn_at[bisect_right(self._marks, mark) - 1]
        return Mark(to_instant(self._calendar.add_seconds(now, mark - self._target + self._left)), share)
