"""When a provider works and when it does not: stretches of simulated time, each with what goes wrong in it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.chaos.fault_proxy import IN_FRONT, Fault, Kind

FAULTS = tuple(kind for kind in Kind if kind is not Kind.NONE)
#: Those that let no message through to the server.
BROKEN = (Kind.REFUSE, *IN_FRONT)
#: How long providers ask us to wait: not at all, for a while, for longer than a step, for longer than a shift.
WAITS = (0, 2, 45, 150, 290, 1800, 90_000)


@dataclass(frozen=True, slots=True)
class Stretch:
    """From `starts_at` on, each connection meets one of `kinds`; none at all is good weather."""

    starts_at: datetime
    kinds: Sequence[Kind] = ()


class Weather:
    """The stretches of one provider, the same ones again for the same seed: bad and good by turns, then for good."""

    def __init__(self, seed: str, start: datetime, end: datetime, *, mended: bool) -> None:
        self._random = random.Random(seed)
        self._stretches = [Stretch(start)] if self._random.random() < 0.3 else []
        at = start + self._length(20, 600) if self._stretches else start
        while at < end:
            self._stretches.append(Stretch(at, self._kinds()))
            at += self._length(30, 1200)
            self._stretches.append(Stretch(at))
            at += self._length(20, 600)
        self._stretches = [stretch for stretch in self._stretches if stretch.starts_at < end]
        if self._stretches[-1].kinds or not mended:
            self._stretches.append(Stretch(end, () if mended else BROKEN))

    def _length(self, least: int, most: int) -> timedelta:
        return timedelta(seconds=self._random.randint(least, most))

    def _kinds(self) -> Sequence[Kind]:
        """Mostly one kind of fault at a time, sometimes all of them mixed."""
        return FAULTS if self._random.random() < 0.15 else (self._random.choice(FAULTS),)

    def fault(self, now: datetime) -> Fault:
        """What the next connection meets."""
        kinds = next(stretch.kinds for stretch in reversed(self._stretches) if stretch.starts_at <= now)
        return Fault(self._random.choice(kinds), self._random.choice(WAITS)) if kinds else Fault()

    def is_good_from(self, since: datetime, length: timedelta) -> datetime | None:
        """The first instant from `since` on at which good weather begins, or goes on, for `length`; None if never."""
        ends = [stretch.starts_at for stretch in self._stretches[1:]]
        for stretch, end in zip(self._stretches, [*ends, datetime.max.replace(tzinfo=since.tzinfo)], strict=True):
            begins = max(stretch.starts_at, since)
            if not stretch.kinds and end - begins >= length:
                return begins
        return None
