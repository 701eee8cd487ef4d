"""A clock: one cycle of one metric as it stands at an instant, its receipt, and the notices that it calls for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from triage.domain.calendars import Calendar, to_instant, to_seconds
from triage.domain.terms import SECOND, Metric
from triage.domain.ticket import Priority


class ClockState(StrEnum):
    """`dropped`: the ticket's priority lost its goal."""

    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DROPPED = "dropped"


class Reason(StrEnum):
    """Why a clock ran or stood still; where several hold, the receipt names the first of the last four."""

    RUNNING = "running"
    RESOLVED = "resolved"
    PAUSED = "paused"
    HOLIDAY = "holiday"
    CLOSED = "closed"


T = TypeVar("T")

#: A cycle within its ticket: the metric and the fact that began it. Late facts shift the cycle's number, never this.
Identity = tuple[Metric, str]

OPENNESS = {"open": Reason.RUNNING, "holiday": Reason.HOLIDAY, "closed": Reason.CLOSED}


class NoticeKind(StrEnum):
    """What people are told about a clock."""

    WARN = "warn"
    BREACH = "breach"
    CORRECTION = "correction"  # a breach that was told turned out to be none


class Mark(NamedTuple):
    """The instant at which a share of the target had been used and was told."""

    at: datetime
    fraction: float | Fraction


class Interval(NamedTuple):
    """One line of a receipt: `[from_at, to_at)` and why the clock ran or stood still in it."""

    from_at: datetime
    to_at: datetime
    reason: Reason


class Clock(NamedTuple):
    """One cycle at the instant `as_of`; a tuple, as a fold makes many and a frozen dataclass costs four times that.

    `elapsed`, `remaining` (negative: minus the overrun; None for a dropped cycle) and `overrun` are open time;
    `due_at` is None while paused or dropped before the breach; `breached_at` is None or `due_at` (R6).
    `contract` names the variant that judges the cycle. `began_by` and `stopped_by` are the keys of the events
    that began and ended it ("" if it is going), `paused_since` is set while paused. `next_warning` is what
    will be told if nothing happens until then. `spans` and `legs` are what the receipt is made of: from when
    on the cycle was running, paused or resolved, and from when on it counted on which calendar, in seconds.
    """

    metric: Metric
    cycle: int
    priority: Priority
    state: ClockState
    started_at: datetime
    due_at: datetime | None
    stopped_at: datetime | None
    elapsed: timedelta
    remaining: timedelta | None
    breached_at: datetime | None
    overrun: timedelta
    warnings: tuple[Mark, ...]
    contract: str
    began_by: str
    stopped_by: str
    paused_since: datetime | None
    next_warning: Mark | None
    as_of: datetime
    spans: tuple[tuple[int, Reason], ...]
    legs: tuple[tuple[int, Calendar], ...]

    def __eq__(self, other: object) -> bool:
        """Whether both say the same; what their receipts are made of holds calendars, which equal only themselves."""
        return isinstance(other, Clock) and self[:-2] == other[:-2]

    def __ne__(self, other: object) -> bool:  # a tuple has one of its own
        return not self == other

    def __hash__(self) -> int:
        return hash(self[:-2])

    @property
    def is_going(self) -> bool:
        return self.state in (ClockState.RUNNING, ClockState.PAUSED)

    @property
    def identity(self) -> Identity:
        return (self.metric, self.began_by)

    def receipt(self) -> tuple[Interval, ...]:
        """The cycle's life up to its stop or `as_of`, without gaps; what is `running` sums to `elapsed` (R14)."""
        intervals, from_at = [], self.started_at
        for until, reason in self.receipt_lines():
            to_at = to_instant(until)
            intervals.append(Interval(from_at, to_at, reason))
            from_at = to_at
        return tuple(intervals)

    def receipt_lines(self) -> list[tuple[int, Reason]]:
        """The receipt in seconds: until when, and why; each line begins where the one before ends."""
        lines: list[tuple[int, Reason]] = []
        begin, finish = to_seconds(self.started_at), to_seconds(self.stopped_at or self.as_of)
        for start, end, reason in clipped(self.spans, begin, finish):
            if reason is not Reason.RUNNING:
                _follow(lines, [(end, reason)])
                continue
            for first, last, calendar in clipped(self.legs, start, end):
                stretches = calendar.stretches_between(first, last)
                _follow(lines, [(until, OPENNESS[openness]) for until, openness in stretches])
        return lines


def _follow(lines: list[tuple[int, Reason]], more: list[tuple[int, Reason]]) -> None:
    """Lengthen a receipt; where it goes on with the reason that it ended with, that is one line."""
    if lines and lines[-1][1] is more[0][1]:
        lines.pop()
    lines += more


def to_plain(clock: Clock) -> dict[str, Any]:
    """The clock with its receipt as plain JSON, as `simulate sla` and the API show it."""
    return {
        "metric": clock.metric,
        "cycle": clock.cycle,
        "priority": clock.priority,
        "state": clock.state,
        "started_at": _text(clock.started_at),
        "due_at": _text(clock.due_at),
        "stopped_at": _text(clock.stopped_at),
        "elapsed_seconds": clock.elapsed // SECOND,
        "remaining_seconds": None if clock.remaining is None else clock.remaining // SECOND,
        "breached_at": _text(clock.breached_at),
        "overrun_seconds": clock.overrun // SECOND,
        "warnings": [{"at": _text(mark.at), "fraction": mark.fraction} for mark in clock.warnings],
        "receipt": _plain_receipt(clock),
    }


def _plain_receipt(clock: Clock) -> list[dict[str, str]]:
    """The receipt's lines, each of which begins where the one before ends."""
    lines, start = [], _written(to_seconds(clock.started_at))
    for until, reason in clock.receipt_lines():
        end = _written(until)
        lines.append({"from": start, "to": end, "reason": reason})
        start = end
    return lines


def _text(at: datetime | None) -> str | None:
    return None if at is None else _written(to_seconds(at))


@lru_cache(maxsize=2**15)
def _written(seconds: int) -> str:
    """An instant as JSON has it; cached, as a calendar's openings recur from receipt to receipt."""
    return to_instant(seconds).isoformat()


def clipped(changes: Sequence[tuple[int, T]], start: int, end: int) -> Iterator[tuple[int, int, T]]:
    """The stretches of `[start, end)` in which each value of a list of `(from, value)` held."""
    for index, (begin, value) in enumerate(changes):
        finish = changes[index + 1][0] if index + 1 < len(changes) else end
        first, last = max(begin, start), min(finish, end)
        if first < last:
            yield first, last, value


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell about a clock, once; `fraction` is a warning's share of the target.

    `at` is the first instant at which it is so; for a breach that is a second after `due_at`.
    """

    metric: Metric
    began_by: str
    kind: NoticeKind
    fraction: float | Fraction | None
    at: datetime

    @property
    def identity(self) -> tuple[Metric, str, NoticeKind, float | Fraction | None]:
        """What a log of notices is keyed by, within a ticket; it survives late facts that shift cycle numbers."""
        return (self.metric, self.began_by, self.kind, self.fraction)


def notices_due(clocks: Iterable[Clock]) -> tuple[Notice, ...]:
    """Every warning and breach that has happened by the clocks' `as_of`, by time."""
    notices = []
    for clock in clocks:
        notices += [_warning(clock, mark) for mark in clock.warnings]
        if clock.breached_at is not None:
            notices.append(_breach(clock, clock.breached_at))
    return tuple(sorted(notices, key=lambda notice: notice.at))


def next_deadline(clocks: Iterable[Clock]) -> Notice | None:
    """The next warning or breach if nothing else happens to the ticket, so that a timer can be armed for it."""
    notices = []
    for clock in clocks:
        if clock.next_warning is not None:
            notices.append(_warning(clock, clock.next_warning))
        # A paused clock that has reached its due date breaches too: it is still going after it.
        if clock.is_going and clock.due_at is not None and clock.breached_at is None:
            notices.append(_breach(clock, clock.due_at))
    return min(notices, key=lambda notice: notice.at, default=None)


def _warning(clock: Clock, mark: Mark) -> Notice:
    return Notice(clock.metric, clock.began_by, NoticeKind.WARN, mark.fraction, mark.at)


def _breach(clock: Clock, due_at: datetime) -> Notice:
    return Notice(clock.metric, clock.began_by, NoticeKind.BREACH, None, due_at + SECOND)
