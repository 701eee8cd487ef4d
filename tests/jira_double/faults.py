"""What goes wrong between a client and Jira, one by one or by a seeded rule."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Fault:
    """An answer that is given in place of the right one.

    `done` carries the request out all the same before anything goes wrong: the client cannot know that. `hang`
    says nothing until the client gives up, `reset` breaks the connection, and `late` waits that many seconds
    and then gives the right answer.
    """

    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang: bool = False
    reset: bool = False
    done: bool = False
    late: float = 0.0


HANG = Fault(hang=True)
GARBAGE = Fault(200, {"Content-Type": "application/json"}, b"<html>\xff not JSON")

#: Jira's limits, by the reasons that it names (FACTS section 4), and a gateway's that names none.
LIMITS = (
    Fault(429),
    Fault(429, {"Retry-After": "2"}),
    *(
        Fault(429, {"Retry-After": "1", "RateLimit-Reason": reason})
        for reason in ("jira-burst-based", "jira-per-issue-on-write", "jira-cost-based")
    ),
    *(
        Fault(429, {"X-RateLimit-Reset": "2026-01-01T01:01:01Z", "RateLimit-Reason": reason})
        for reason in ("jira-quota-tenant-based", "jira-quota-global-based")
    ),
)

_BREAKDOWNS = (Fault(500), Fault(502, {}, b"<html>Bad gateway"), Fault(503, {"Retry-After": "3"}), Fault(reset=True))

#: The breakdowns before Jira did anything, and the same after it did it all.
BREAKDOWNS = tuple(replace(fault, done=done) for done in (False, True) for fault in _BREAKDOWNS)

SLOW = Fault(late=0.02)

#: A silent Jira; what uses these needs a client with a short deadline.
SILENCES = (HANG, replace(HANG, done=True))


class Weather:
    """Gives every request a fault with the chance `share`, the same ones again for the same seed and requests."""

    def __init__(self, seed: int, share: float, kinds: Sequence[Fault] = (*LIMITS, *BREAKDOWNS, SLOW)) -> None:
        self._random = random.Random(seed)
        self._share = share
        self._kinds = kinds
        self._lock = threading.Lock()

    def next(self) -> Fault | None:
        """What happens to the next request; None is nothing."""
        with self._lock:
            return self._random.choice(self._kinds) if self._random.random() < self._share else None
