"""A ticket's SLA clocks, as a pure function of its timeline and its contract: `fold_clocks`.

The rules are DESIGN 5.4 and SEMANTICS R5-R14 and R21-R23. A metric's *run* lasts from what starts it to what
stops it, whether or not the ticket's priority has a goal for it; a run that has a goal has a cycle.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from triage.domain.calendars import to_seconds
from triage.domain.clocks import (
    Clock,
    ClockState,
    Interval,
    Mark,
    Notice,
    NoticeKind,
    Reason,
    next_deadline,
    notices_due,
)
from triage.domain.cycles import Cycle, Instants, Spans
from triage.domain.terms import PAUSE_METRICS, Metric, PriorityChange, Reopen, Terms
from triage.domain.ticket import Priority, Role

__all__ = [
    "PAUSE_METRICS",
    "Clock",
    "ClockState",
    "Event",
    "EventType",
    "Interval",
    "Mark",
    "Metric",
    "Notice",
    "NoticeKind",
    "PriorityChange",
    "Reason",
    "Reopen",
    "Terms",
    "TimelineError",
    "fold_clocks",
    "next_deadline",
    "notices_due",
]


class TimelineError(ValueError):
    """The events do not make a ticket: no creation, several, or one without a priority."""


class EventType(StrEnum):
    """What clocks care about."""

    CREATED = "created"
    COMMENT = "comment"
    STATUS = "status"
    PRIORITY = "priority"
    RESOLVED = "resolved"
    REOPENED = "reopened"


class Event(NamedTuple):
    """One thing that happened to the ticket at the aware instant `at`; a tuple for the same reason as a clock.

    `key` is the identity of the fact behind it. `priority` belongs to `created` and `priority`, `by` and
    `public` to `comment` (None = not known: then it neither starts nor stops a clock), `status` to `status`.
    """

    at: datetime
    type: EventType
    key: str = ""
    priority: Priority | None = None
    by: Role | None = None
    public: bool | None = None
    status: str | None = None


def fold_clocks(
    events: Sequence[Event], terms: Terms | Sequence[tuple[datetime, Terms]], now: datetime
) -> tuple[Clock, ...]:
    """Every cycle of every metric as it stands at `now`, by metric and number; none before the creation.

    Events may come in any order and doubled: they are taken by `at`, those of one instant in the order given,
    and equal ones are one. What is dated before the creation counts as of it; what lies after `now` has not
    happened yet (R5). Fractions of a second are cut off (R1). `terms` is one contract variant, or pairs of an
    instant and the variant in force from then on (the first one also covers what is earlier); a cycle is judged
    by the variant in force when it began. Raises TimelineError for a timeline without exactly one creation, and
    CalendarError for a due date beyond the years that calendars cover, ValueError if there is no variant.
    """
    variants = [(now, terms)] if isinstance(terms, Terms) else sorted(terms, key=itemgetter(0))
    if not variants:
        raise ValueError("no contract variant to judge by")
    until = to_seconds(now)
    # Each variant but the first begins at its instant; the first one also covers what is earlier.
    fold = _Fold([to_seconds(since) for since, _ in variants[1:]], [variant for _, variant in variants])
    for at, group in groupby(_timeline(events), key=itemgetter(0)):
        if at > until:
            break
        for _, event in group:
            fold.handlers[event.type](event, at)
        if fold.is_unsettled:
            fold.settle(at)
    instants = Instants()
    return tuple(cycle.clock(until, instants) for cycles in fold.cycles.values() for cycle in cycles)


def _timeline(events: Iterable[Event]) -> list[tuple[int, Event]]:
    """The events with their instants in seconds, each once, the creation first (R5)."""
    once = {(at := to_seconds(event.at), *event[1:]): (at, event) for event in events}
    ordered = sorted(once.values(), key=itemgetter(0))
    creations = [entry for entry in ordered if entry[1].type is EventType.CREATED]
    if len(creations) != 1:
        raise TimelineError(f"a ticket has exactly one creation, not {len(creations)}")
    ordered.remove(creations[0])
    created_at = creations[0][0]
    early = bisect_left(ordered, created_at, key=itemgetter(0))
    return [*creations, *((created_at, event) for _, event in ordered[:early]), *ordered[early:]]


def _priority_of(event: Event) -> Priority:
    if event.priority is None:
        raise TimelineError(f"a {event.type} event without a priority")
    return event.priority


class _Run:
    """A metric from what starts it to what stops it, with its cycle while the priority has a goal."""

    __slots__ = ("cycle", "metric", "spans", "started_at", "terms")

    def __init__(self, metric: Metric, terms: Terms, started_at: int, is_paused: bool) -> None:
        self.metric = metric
        self.terms = terms
        self.started_at = started_at
        self.spans: Spans = [(started_at, Reason.PAUSED if is_paused else Reason.RUNNING)]
        self.cycle: Cycle | None = None

    def set_paused(self, is_paused: bool, at: int) -> None:
        if is_paused is (self.spans[-1][1] is Reason.PAUSED):
            return
        self.spans.append((at, Reason.PAUSED if is_paused else Reason.RUNNING))
        if self.cycle is not None and is_paused:
            self.cycle.pause(at)
        elif self.cycle is not None:
            self.cycle.go_on(at)

    def suspend(self, at: int, by: str) -> None:
        """Stop at a resolution, which a reopening may undo."""
        self.spans.append((at, Reason.RESOLVED))
        if self.cycle is not None:
            self.cycle.stop(at, by)

    def go_on(self, at: int) -> None:
        """Undo a resolution; the status from before it, and with it a pause, is gone (R10)."""
        self.spans.append((at, Reason.RUNNING))
        if self.cycle is not None:
            self.cycle.go_on(at)


class _Fold:
    """The ticket while its events are applied in order of time."""

    def __init__(self, since: list[int], variants: list[Terms]) -> None:
        self.cycles: dict[Metric, list[Cycle]] = {metric: [] for metric in Metric}
        self._since = since
        self._variants = variants
        self._priority = Priority.P0  # the creation says which
        self._requested = self._priority  # another one only while resolved (R13)
        self._status: str | None = None
        self._is_resolved = False
        self.is_unsettled = False  # an event may have carried a cycle over a share, or begun one that is used up
        self._runs: dict[Metric, _Run] = {}
        self._suspended: dict[Metric, _Run] = {}  # what the resolution stopped
        self._answered_while_resolved = False
        self._asked_while_resolved = False
        self.handlers = {
            EventType.CREATED: self._create,
            EventType.COMMENT: self._comment,
            EventType.STATUS: self._enter_status,
            EventType.PRIORITY: self._request_priority,
            EventType.RESOLVED: self._resolve,
            EventType.REOPENED: self._reopen,
        }

    def settle(self, at: int) -> None:
        """All events of an instant have been applied: tell the warnings that they have brought."""
        self.is_unsettled = False
        for run in self._runs.values():
            if run.cycle is not None:
                run.cycle.settle(at)

    def _create(self, event: Event, at: int) -> None:
        self._priority = self._requested = _priority_of(event)
        for metric in (Metric.FIRST_RESPONSE, Metric.PERIODIC_UPDATE, Metric.RESOLUTION):
            self._begin(metric, at, event.key)

    def _comment(self, event: Event, at: int) -> None:
        if event.public is not True:
            return
        if event.by is Role.AGENT:
            self._answer(event, at)
        elif event.by is Role.CUSTOMER and self._is_resolved:
            self._asked_while_resolved = True
        elif event.by is Role.CUSTOMER and Metric.NEXT_REPLY not in self._runs:
            self._begin(Metric.NEXT_REPLY, at, event.key)

    def _answer(self, event: Event, at: int) -> None:
        if self._is_resolved:
            self._answered_while_resolved = True
            self._asked_while_resolved = False
            return
        for metric in (Metric.FIRST_RESPONSE, Metric.NEXT_REPLY, Metric.PERIODIC_UPDATE):
            run = self._runs.pop(metric, None)
            if run is not None and run.cycle is not None:
                run.cycle.stop(at, event.key)
        self._begin(Metric.PERIODIC_UPDATE, at, event.key)

    def _enter_status(self, event: Event, at: int) -> None:
        if self._is_resolved:
            return
        self.is_unsettled = True
        self._status = event.status
        for run in self._runs.values():
            run.set_paused(run.terms.pauses(run.metric, event.status), at)

    def _request_priority(self, event: Event, at: int) -> None:
        self._requested = _priority_of(event)
        if not self._is_resolved:
            self._take_priority(at, event.key)

    def _resolve(self, event: Event, at: int) -> None:
        if self._is_resolved:
            return
        self._is_resolved = True
        self._answered_while_resolved = self._asked_while_resolved = False
        self._suspended, self._runs = self._runs, {}
        for run in self._suspended.values():
            run.suspend(at, event.key)

    def _reopen(self, event: Event, at: int) -> None:
        """R9: what goes on does so first, then the priority of meanwhile counts (R13), then new runs begin."""
        if not self._is_resolved:
            return
        self._is_resolved = False
        self.is_unsettled = True
        self._status = None
        for run in self._suspended.values():
            is_answered = self._answered_while_resolved and run.metric is not Metric.RESOLUTION
            if run.terms.on_reopen is Reopen.RESUME and not is_answered:
                run.go_on(at)
                self._runs[run.metric] = run
        self._take_priority(at, event.key)
        beginning = [Metric.PERIODIC_UPDATE, Metric.RESOLUTION]
        if self._asked_while_resolved:
            beginning.append(Metric.NEXT_REPLY)
        for metric in beginning:
            if metric not in self._runs:
                self._begin(metric, at, event.key)

    def _begin(self, metric: Metric, at: int, by: str) -> None:
        terms = self._terms_at(at)
        run = _Run(metric, terms, at, terms.pauses(metric, self._status))
        self._runs[metric] = run
        self._open_cycle(run, at, at, by)

    def _take_priority(self, at: int, by: str) -> None:
        """Judge what is going by the requested priority from now on, by the clause of its contract variant."""
        if self._requested is self._priority:
            return
        self.is_unsettled = True
        self._priority = self._requested
        for run in self._runs.values():
            self._change_run(run, at, by)

    def _change_run(self, run: _Run, at: int, by: str) -> None:
        if run.cycle is None:
            self._open_late_cycle(run, at, by)
            return
        target = run.terms.target(run.metric, self._priority)
        if target is None:
            run.cycle.drop(at, by)
            run.cycle = None
        else:
            run.cycle.change_priority(self._priority, target, at)

    def _open_late_cycle(self, run: _Run, at: int, by: str) -> None:
        """A goal may have appeared (R8): it counts from the run's start, or from the change on."""
        if run.terms.on_priority_change is PriorityChange.RETROACTIVE:
            self._open_cycle(run, run.started_at, at, by)
            return
        run.terms = self._terms_at(at)
        run.set_paused(run.terms.pauses(run.metric, self._status), at)
        self._open_cycle(run, at, at, by)

    def _open_cycle(self, run: _Run, started_at: int, known_at: int, by: str) -> None:
        """Give a run its cycle, if the ticket's priority has a goal in the run's terms."""
        target = run.terms.target(run.metric, self._priority)
        if target is None:
            return
        if not target:
            self.is_unsettled = True
        cycles = self.cycles[run.metric]
        number = len(cycles) + 1
        run.cycle = Cycle(run.metric, number, run.terms, self._priority, target, run.spans, started_at, known_at, by)
        cycles.append(run.cycle)

    def _terms_at(self, at: int) -> Terms:
        """The variant in force at an instant; the first one also covers what is earlier."""
        return self._variants[bisect_right(self._since, at)]
