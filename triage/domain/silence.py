"""Whether Jira changes without calling us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Reconcile:
    """How often Jira is asked what changed, how far sweeps overlap, and what silence is an alarm."""

    every: timedelta = timedelta(minutes=5)
    overlap: timedelta = timedelta(minutes=30)
    silent_after: timedelta | None = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Silence:
    """When a webhook last came, and how many facts sweeps have found since, the first of them at `first_at`."""

    heard_at: datetime | None
    news: int
    first_at: datetime | None


def is_silent(found: Silence, silent_after: timedelta | None, now: datetime) -> bool:
    """Whether a webhook should have come by now: one for the first change that a sweep found, at the latest."""
    return silent_after is not None and found.first_at is not None and now - found.first_at >= silent_after
