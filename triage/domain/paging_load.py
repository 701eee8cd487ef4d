"""How often people are paged: by person and ISO week, how often at night, and how fast they answer.

A week and a night are those of the person's own clock, so that a page on a Monday at half past midnight is counted
in the week that the person has just begun.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from statistics import median

from triage.domain.configuration import Configuration
from triage.domain.oncall import Layer

#: The hours of a night: from 22:00 to 06:00.
NIGHT_BEGINS, NIGHT_ENDS = 22, 6


@dataclass(frozen=True, slots=True)
class Counted:
    """A page as the figures see it; `answered_at` is when its person acknowledged it."""

    person: str
    paged_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Load:
    """What one person had in one week, which is known by its Monday."""

    monday: date
    person: str
    pages: int
    at_night: int
    acknowledged: int
    median_answer: timedelta | None

    @property
    def week(self) -> str:
        """`2026-W48`."""
        return iso_week(self.monday)


def fold_load(pages: Iterable[Counted], zones: Mapping[str, tzinfo]) -> list[Load]:
    """The load of every person and week that had a page, the newest week first; without a zone it is UTC."""
    groups: dict[tuple[date, str], list[tuple[bool, timedelta | None]]] = defaultdict(list)
    for page in pages:
        zone = zones.get(page.person, UTC)
        answer = page.answered_at - page.paged_at if page.answered_at else None
        groups[monday_of(page.paged_at, zone), page.person].append((is_night(page.paged_at, zone), answer))
    loads = [_load(monday, person, paged) for (monday, person), paged in groups.items()]
    return sorted(loads, key=lambda load: (-load.monday.toordinal(), load.person))


def _load(monday: date, person: str, paged: list[tuple[bool, timedelta | None]]) -> Load:
    answers = [answer.total_seconds() for _, answer in paged if answer is not None]
    return Load(
        monday=monday,
        person=person,
        pages=len(paged),
        at_night=sum(night for night, _ in paged),
        acknowledged=len(answers),
        median_answer=timedelta(seconds=median(answers)) if answers else None,
    )


def monday_of(at: datetime, zone: tzinfo) -> date:
    """The Monday of the local week."""
    day = at.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def iso_week(day: date) -> str:
    """`2026-W48`: the ISO week of a day."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def is_night(at: datetime, zone: tzinfo) -> bool:
    """Whether people there are asleep."""
    hour = at.astimezone(zone).hour
    return hour >= NIGHT_BEGINS or hour < NIGHT_ENDS


def home_zones(config: Configuration) -> dict[str, tzinfo]:
    """Each person's own clock: that of the first schedule that names them in a rotation, or in its source."""
    zones: dict[str, tzinfo] = {}
    for name, schedule in config.schedules.items():
        rotating = [layer.rotation.participants for layer in schedule.layers if isinstance(layer, Layer)]
        named = config.sources[name].people.values() if name in config.sources else ()
        for people in (*rotating, named):
            for person in people:
                zones.setdefault(person, schedule.zone)
    return zones
