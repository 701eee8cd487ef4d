"""What people ask of a schedule: who is on call now and next, who has which hours of a month, what is coming."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, pairwise

from triage.domain.oncall import DAY, Override, Schedule, Shift, changes, on_call, shifts
from triage.domain.walltime import first_instant

#: How far the next change of hands is looked for, in steps: nearly always it is within the first.
LOOKS = (timedelta(days=8), timedelta(days=70), timedelta(days=400))


@dataclass(frozen=True, slots=True)
class Roster:
    """A schedule with its overrides as listed: all that decides who is on call."""

    schedule: Schedule
    overrides: tuple[Override, ...] = ()

    def people(self, at: datetime) -> tuple[str, ...]:
        """Who is on call at an instant."""
        return on_call(self.schedule, self.overrides, at).people

    def shifts(self, start: datetime, end: datetime) -> list[Shift]:
        """Who is on call when, from `start` to `end`."""
        return shifts(self.schedule, self.overrides, start, end)


@dataclass(frozen=True, slots=True)
class Outlook:
    """Who is on call, until when, and who is then; `until` None = nothing changes as far as we look."""

    people: tuple[str, ...]
    until: datetime | None
    next: tuple[str, ...]


def outlook(roster: Roster, at: datetime) -> Outlook:
    """Who is on call at an instant, and who is next."""
    for look in LOOKS:
        now, *later = roster.shifts(at, at + look)
        if later:
            return Outlook(now.people, now.end, later[0].people)
    return Outlook(now.people, None, ())


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a shift in which nothing changes; `planned` are those who were on call without overrides."""

    start: datetime
    end: datetime
    people: tuple[str, ...]
    planned: tuple[str, ...]
    handoff_at: datetime | None  # when the shift began, whatever limits and overrides make of it

    @property
    def overridden(self) -> bool:
        """Whether overrides have made it another than was planned."""
        return self.people != self.planned


def stretches(roster: Roster, start: datetime, end: datetime) -> list[Stretch]:
    """Contiguous from `start` to `end`: a new one at each hand-off, limit and override that matters."""
    edges = changes(roster.schedule, roster.overrides, start, end)
    found = [
        _stretch(roster, edge, until)
        for edge, until in pairwise([*edges, end.astimezone(UTC).replace(microsecond=0)])
    ]
    return _merged(found, lambda one: (one.people, one.planned, one.handoff_at, _acting(roster, one.start)))


def _merged(found: Iterable[Stretch], same: Callable[[Stretch], object]) -> list[Stretch]:
    """One stretch for those in a row that are the same."""
    runs = (list(run) for _, run in groupby(found, key=same))
    return [replace(run[0], end=run[-1].end) for run in runs]


def _stretch(roster: Roster, start: datetime, end: datetime) -> Stretch:
    planned = on_call(roster.schedule, (), start)
    return Stretch(start, end, roster.people(start), planned.people, planned.shift_start)


def _acting(roster: Roster, at: datetime) -> tuple[int, ...]:
    """Which overrides are in force, by their places in the list."""
    return tuple(place for place, one in enumerate(roster.overrides) if one.start <= at < one.end)


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A date in the schedule's zone and its stretches; a date that the zone skipped has none."""

    date: date
    stretches: tuple[Stretch, ...]


def month(roster: Roster, year: int, number: int) -> list[LocalDay]:
    """Who is on call in a month, local day by local day; a hand-off to the same people is not told."""
    zone, first = roster.schedule.zone, date(year, number, 1)
    dates = [first + n * DAY for n in range(monthrange(year, number)[1])]
    bounds = [first_instant(datetime.combine(day, time()), zone) for day in (*dates, dates[-1] + DAY)]
    whole = _merged(stretches(roster, bounds[0], bounds[-1]), lambda one: (one.people, one.planned))
    spans = zip(dates, pairwise(bounds), strict=True)
    return [LocalDay(day, tuple(_within(whole, start, end))) for day, (start, end) in spans]


def _within(whole: list[Stretch], start: datetime, end: datetime) -> Iterator[Stretch]:
    for one in whole:
        begun, ended = max(one.start, start), min(one.end, end)
        if begun < ended:
            yield replace(one, start=begun, end=ended)


def coming(roster: Roster, at: datetime, end: datetime) -> list[Stretch]:
    """Who has which stretches that are not over at `at`, each from its true beginning, which stays what it is."""
    planned = on_call(roster.schedule, (), at)
    acting = [roster.overrides[place].start for place in _acting(roster, at)]
    begun = [start for start in (planned.shift_start, *acting) if start is not None]
    return [one for one in stretches(roster, min([at, *begun]), end) if one.people and one.end > at]
