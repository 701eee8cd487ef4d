"""Why a page waits: quiet hours and maintenance windows hold P1 to P3, and grouping their first page. Never a P0."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.domain.calendars import Calendar
from triage.domain.escalation import EscalationPolicy
from triage.domain.explain import utc
from triage.domain.ticket import Priority


@dataclass(frozen=True, slots=True)
class Window:
    """Planned work in `[start, end)` on a customer's systems, or on everybody's where `customer` is None."""

    start: datetime
    end: datetime
    reason: str
    customer: str | None = None

    def covers(self, customer: str | None, at: datetime) -> bool:
        """Whether pages about that customer's tickets are held then."""
        return self.customer in (None, customer) and self.start <= at < self.end

    @property
    def words(self) -> str:
        """`maintenance until 2026-11-23 12:00:00 UTC: new disks`."""
        return f"maintenance until {utc(self.end)}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Hold:
    """Nobody is paged before `until`; then it is asked again."""

    until: datetime
    reason: str


def next_hold(
    policy: EscalationPolicy,
    priority: Priority,
    customer: str | None,
    triggered_at: datetime,
    windows: Iterable[Window],
    now: datetime,
) -> Hold | None:
    """What holds a page of that priority at `now`: the longest of all reasons, or None. A P0 is never held."""
    if priority is Priority.P0:
        return None
    holds = [Hold(window.end, window.words) for window in windows if window.covers(customer, now)]
    if priority in policy.page_hours and (opens := opening(policy.page_hours[priority], now)) > now:
        holds.append(Hold(opens, f"quiet hours of {priority} until {utc(opens)}"))
    if (company := triggered_at + policy.group_window) > now:
        holds.append(Hold(company, f"tickets of the same customer are waited for until {utc(company)}"))
    return max(holds, key=lambda hold: hold.until, default=None)


def opening(calendar: Calendar, at: datetime) -> datetime:
    """The first instant from `at` on at which the calendar is open."""
    second = timedelta(seconds=1)
    opens = calendar.add(at, second) - second  # an instant is whole seconds there
    return max(opens, at)
