"""When Jira may be asked again, by the reason that it gave for a "too many requests"."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from integrations.http import retry_after

#: The one reason that concerns a single issue; all others, and none at all, concern the whole instance.
_PER_ISSUE = "jira-per-issue-on-write"

#: Where Jira names no time, the wait doubles from one second up to this.
_LONGEST_BACK_OFF = timedelta(seconds=60)


class Throttle:
    """Holds all calls of one client while Jira's limit for the instance lasts; for use by many threads.

    `chance` gives numbers from 0 to 1, by which the own back-off is spread, so that clients that were stopped
    together do not come back together.
    """

    def __init__(self, now: Callable[[], datetime], chance: Callable[[], float] = random.random) -> None:
        self._now = now
        self._chance = chance
        self._lock = threading.Lock()
        self._until: datetime | None = None
        self._failures = 0

    def left(self) -> timedelta | None:
        """How long Jira is not to be called yet; None if it may be called."""
        with self._lock:
            if self._until is None or (left := self._until - self._now()) <= timedelta(0):
                return None
            return left

    def limited(self, headers: Mapping[str, str]) -> timedelta:
        """Take note of an answer 429; returns how long what was asked for has to wait.

        That is Retry-After, else X-RateLimit-Reset, else, also where these lie in the past, an own back-off of
        2^n seconds, at least half of it. (Atlassian's page on rate limiting, 5 March 2026.)
        """
        now = self._now()
        named = retry_after(headers.get("Retry-After") or headers.get("X-RateLimit-Reset"), now)
        with self._lock:
            wait = named or self._back_off()
            self._failures += 1
            if headers.get("RateLimit-Reason") != _PER_ISSUE:
                self._until = max(now + wait, self._until or now)
            return wait

    def succeeded(self) -> None:
        """Jira answered: the own back-off begins anew."""
        with self._lock:
            self._failures = 0

    def _back_off(self) -> timedelta:
        longest = min(timedelta(seconds=2 ** min(self._failures, 10)), _LONGEST_BACK_OFF)
        return longest * (0.5 + 0.5 * self._chance())
