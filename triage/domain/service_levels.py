"""How well the service itself does: what its own promises come to, from what it has written down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction

from triage.domain.month_report import MEDIAN, at_share

#: A page is to be with somebody so soon after the event came in that called for it.
PAGE_WITHIN = timedelta(seconds=30)
NINETY_NINTH = Fraction(99, 100)


@dataclass(frozen=True, slots=True)
class Spread:
    """How long something took, in seconds: the times are those of real cases; `within` is the share in time."""

    count: int
    median: int | None
    ninety_ninth: int | None
    worst: int | None
    within: Fraction | None


def spread(spans: Iterable[timedelta], limit: timedelta) -> Spread:
    """What the spans come to; a span counts as so many seconds as it has begun."""
    seconds = sorted(-int(-span.total_seconds() // 1) for span in spans)
    in_time = sum(one <= limit.total_seconds() for one in seconds)
    return Spread(
        count=len(seconds),
        median=at_share(seconds, MEDIAN),
        ninety_ninth=at_share(seconds, NINETY_NINTH),
        worst=seconds[-1] if seconds else None,
        within=Fraction(in_time, len(seconds)) if seconds else None,
    )


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Attempts over one gateway, by what came of them."""

    gateway: str
    delivered: int
    retried: int
    rejected: int
    unfinished: int

    @property
    def success(self) -> Fraction | None:
        """The share of finished attempts that went through."""
        finished = self.delivered + self.retried + self.rejected
        return Fraction(self.delivered, finished) if finished else None


def days_until(now: datetime, count: int) -> list[date]:
    """The last `count` days in UTC, today last."""
    return [now.date() - timedelta(days=back) for back in range(count - 1, -1, -1)]
