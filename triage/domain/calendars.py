"""Business calendars: how much open time lies between two instants, and when an amount of it has passed.

A calendar is weekly open hours in a time zone, minus holidays, with hours of their own for single dates
(DESIGN 5.3, SEMANTICS R1-R4). Open intervals are half-open and are turned into instants once; after that,
adding and measuring are a binary search over prefix sums. Inside, an instant is whole seconds since 1970.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from threading import Lock
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from triage.domain.walltime import first_instant

Hours = Sequence[tuple[int, int]]
Openness = Literal["open", "closed", "holiday"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = EPOCH.toordinal()
DAY = 86_400
DAY_NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: Calendars with hours cover these years, so that a goal that would never fall due is an error, not a long loop.
FIRST_YEAR, LAST_YEAR = 1900, 3000
FIRST_DAY = date(FIRST_YEAR, 1, 1).toordinal()
LAST_DAY = date(LAST_YEAR, 12, 31).toordinal()

#: The last instant that a datetime can hold.
LAST_SECOND = (date.max.toordinal() - EPOCH_DAY + 1) * DAY - 1

#: Days computed around an instant that is asked for first; every extension doubles what is known.
FIRST_PAD = 32


class CalendarError(ValueError):
    """The calendar cannot be built, or what was asked lies outside the years that it covers."""


def to_seconds(instant: datetime) -> int:
    """Whole seconds since 1970 of an aware instant; a fraction of a second is cut off (R1)."""
    since = instant - EPOCH
    return since.days * DAY + since.seconds


def to_instant(seconds: int) -> datetime:
    """The aware UTC instant that lies so many seconds after 1970."""
    return datetime.fromtimestamp(seconds, UTC)


class Calendar(ABC):
    """Open time; immutable and safe to share between threads, equal only to itself.

    The methods in seconds serve inner loops; those on datetimes are for everybody else.
    """

    __slots__ = ()

    @staticmethod
    def build(
        timezone: str,
        hours: Mapping[int, Hours],
        holidays: Iterable[date] = (),
        date_hours: Mapping[date, Hours] = MappingProxyType({}),
    ) -> Calendar:
        """A calendar of weekly hours.

        `hours` maps a weekday (0 = Monday) to `(open, close)` pairs in minutes of the local day; 1440 is 24:00.
        Weekdays that are not listed are closed. `holidays` close whole local dates; `date_hours` replaces the
        weekly hours of a date and wins over a holiday. Raises CalendarError for an unknown time zone, an
        impossible interval, intervals of a day that overlap, and a week without any open hours (R4).
        """
        zone = _zone(timezone)
        if strange := sorted(set(hours) - set(range(7))):
            raise CalendarError(f"weekdays are 0 to 6, not {strange[0]}")
        week = tuple(_day_hours(DAY_NAMES[day], hours.get(day, ())) for day in range(7))
        if not any(week):
            raise CalendarError("no weekly open hours: nothing would ever fall due")
        closed = frozenset(day.toordinal() for day in holidays if day not in date_hours)
        special = {day.toordinal(): _day_hours(day.isoformat(), own) for day, own in date_hours.items()}
        return _WeeklyCalendar(zone, week, closed, special)

    @abstractmethod
    def add_seconds(self, start: int, seconds: int) -> int:
        """The earliest instant at which `seconds` of open time have passed since `start`."""

    @abstractmethod
    def seconds_between(self, start: int, end: int) -> int:
        """The open seconds in `[start, end)`."""

    @abstractmethod
    def stretches_between(self, start: int, end: int) -> Iterable[tuple[int, Openness]]:
        """What `[start, end)` consists of, as `(until, kind)`: no two neighbours are of one kind."""

    def add(self, start: datetime, duration: timedelta) -> datetime:
        """The earliest instant at which `duration` of open time has passed since `start`, in UTC.

        A result on closing time is closing time; adding zero returns `start`. Raises CalendarError if the
        result would lie after the last year that calendars cover, ValueError for a negative duration.
        """
        seconds = duration.days * DAY + duration.seconds
        if seconds < 0:
            raise ValueError("a duration to add cannot be negative")
        return to_instant(self.add_seconds(to_seconds(start), seconds))

    def measure(self, start: datetime, end: datetime) -> timedelta:
        """The open time in `[start, end)`; raises ValueError if `end` lies before `start`."""
        first, last = to_seconds(start), to_seconds(end)
        if last < first:
            raise ValueError("the end lies before the start")
        return timedelta(seconds=self.seconds_between(first, last))

    def stretches(self, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, Openness]]:
        """What `[start, end)` consists of, as `(from, to, open | closed | holiday)` without gaps."""
        first = to_seconds(start)
        for last, kind in self.stretches_between(first, to_seconds(end)):
            yield to_instant(first), to_instant(last), kind
            first = last


class _AlwaysOpen(Calendar):
    """The calendar `24x7`."""

    __slots__ = ()

    def add_seconds(self, start: int, seconds: int) -> int:
        end = start + seconds
        if end > LAST_SECOND:
            raise CalendarError(f"{seconds} s of open time end after the year {date.max.year}")
        return end

    def seconds_between(self, start: int, end: int) -> int:
        return end - start

    def stretches_between(self, start: int, end: int) -> Iterable[tuple[int, Openness]]:
        return [(end, "open")] if start < end else []


ALWAYS: Calendar = _AlwaysOpen()


@dataclass(frozen=True, slots=True)
class _Table:
    """The days `[first_day, end_day)`, which are the instants `[start, end)`, as stretches of one kind each.

    Stretch i is of `kinds[i]` from `turns[i]` on; neighbours differ and none is empty. `before[i]` is the open time
    in front of it; one more entry at the end holds the total.
    """

    first_day: int
    end_day: int
    start: int
    end: int
    turns: list[int]
    kinds: list[Openness]
    before: list[int]


class _WeeklyCalendar(Calendar):
    """Hours by weekday and date. Readers take one immutable table; a lock guards only its replacement."""

    __slots__ = ("_closed", "_lock", "_special", "_table", "_week", "_zone")

    def __init__(
        self,
        zone: ZoneInfo,
        week: tuple[Hours, ...],
        closed: frozenset[int],
        special: Mapping[int, Hours],
    ) -> None:
        self._zone = zone
        self._week = week
        self._closed = closed
        self._special = special
        self._lock = Lock()
        self._table = _Table(0, 0, 0, 0, [], [], [0])

    def add_seconds(self, start: int, seconds: int) -> int:
        if not seconds:
            return start
        table = self._table
        if not table.start <= start < table.end:
            table = self._extend(start)
        goal = _open_until(table, start) + seconds
        while table.before[-1] < goal:
            # An older start may have been put in front of the table, so that the goal is counted anew.
            table = self._extend(table.end)
            goal = _open_until(table, start) + seconds
        # The last stretch with less in front of it; it is open, or as much would be in front of the next one.
        last = bisect_left(table.before, goal) - 1
        return table.turns[last] + goal - table.before[last]

    def seconds_between(self, start: int, end: int) -> int:
        table = self._table
        if not table.start <= start <= end < table.end:
            table = self._reaching(start, end)
        return _open_until(table, end) - _open_until(table, start)

    def stretches_between(self, start: int, end: int) -> Iterable[tuple[int, Openness]]:
        table = self._reaching(start, end)
        if start >= end:
            return []
        first, last = bisect_right(table.turns, start), bisect_left(table.turns, end)
        return zip([*table.turns[first:last], end], table.kinds[first - 1 : last], strict=True)

    def _reaching(self, start: int, end: int) -> _Table:
        """A table that holds both instants; tables never shrink, so the second extension keeps the first."""
        table = self._table
        if not table.start <= start < table.end:
            table = self._extend(start)
        if not table.start <= end < table.end:
            table = self._extend(end)
        return table

    def _extend(self, instant: int) -> _Table:
        """Replace the table by one that holds `instant` and is at least twice as long."""
        with self._lock:
            old = self._table
            day = EPOCH_DAY + instant // DAY
            # A day more on each side, since local dates differ from UTC's.
            if day - 1 < FIRST_DAY or day + 2 > LAST_DAY:
                raise CalendarError(f"calendars cover the years {FIRST_YEAR} to {LAST_YEAR} only")
            pad = max(FIRST_PAD, old.end_day - old.first_day)
            if not old.end_day:
                first, end = max(FIRST_DAY, day - FIRST_PAD // 4), min(LAST_DAY, day + pad)
                self._table = self._joined(self._computed(first, end))
            elif instant < old.start:
                first = max(FIRST_DAY, min(day - 1, old.first_day - pad))
                self._table = self._joined(self._computed(first, old.first_day), old)
            elif instant >= old.end:
                end = min(LAST_DAY, max(day + 2, old.end_day + pad))
                self._table = self._joined(old, self._computed(old.end_day, end))
            return self._table

    def _computed(self, first_day: int, end_day: int) -> _Table:
        """The table of some days, without its prefix sums."""
        start, end = self._instant(first_day, 0), self._instant(end_day, 0)
        turns: list[int] = [start]
        kinds: list[Openness] = ["closed"]
        midnights = [self._midnight(day) for day in range(first_day, end_day + 2)]
        for index, day in enumerate(range(first_day, end_day)):
            midnight, following = midnights[index], midnights[index + 1]
            # The day after counts too: a clock change around the midnight between shows only there.
            regular = following - midnight == midnights[index + 2] - following == DAY
            for wall_open, wall_close in self._hours_of(day):
                if regular:
                    _append(turns, kinds, midnight + wall_open, midnight + wall_close, "open")
                else:
                    _append(turns, kinds, self._instant(day, wall_open), self._instant(day, wall_close), "open")
            if day in self._closed:
                _append(turns, kinds, self._instant(day, 0), self._instant(day, DAY), "holiday")
        if turns[-1] == end:
            turns.pop()
            kinds.pop()
        return _Table(first_day, end_day, start, end, turns, kinds, [])

    def _joined(self, *tables: _Table) -> _Table:
        """One table of neighbouring ones, with the prefix sums of all."""
        turns: list[int] = []
        kinds: list[Openness] = []
        for table in tables:
            goes_on = bool(kinds) and kinds[-1] == table.kinds[0]
            turns += table.turns[1:] if goes_on else table.turns
            kinds += table.kinds[1:] if goes_on else table.kinds
        end = tables[-1].end
        stretches = zip(turns, [*turns[1:], end], kinds, strict=True)
        lengths = (until - since if kind == "open" else 0 for since, until, kind in stretches)
        before = list(accumulate(lengths, initial=0))
        return _Table(tables[0].first_day, tables[-1].end_day, tables[0].start, end, turns, kinds, before)

    def _hours_of(self, day: int) -> Hours:
        """The local open hours of a date, in seconds of the day."""
        own = self._special.get(day)
        if own is not None:
            return own
        return () if day in self._closed else self._week[(day - 1) % 7]

    def _midnight(self, day: int) -> int:
        """The instant at which a date begins, unless the clock changes at or around it."""
        offset = self._zone.utcoffset(datetime.fromordinal(day))  # the difference to EPOCH would cost five times that
        assert offset is not None  # noqa: S101 - a ZoneInfo always has one
        return (day - EPOCH_DAY - offset.days) * DAY - offset.seconds

    def _instant(self, day: int, wall: int) -> int:
        """When the local clock first shows `wall` seconds of a date, or has jumped over it (R2)."""
        return to_seconds(first_instant(datetime.fromordinal(day) + timedelta(seconds=wall), self._zone))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; not a key; a folder such as "Europe"
        raise CalendarError(f"unknown time zone {name!r}") from None


def _day_hours(day: str, hours: Hours) -> Hours:
    """The intervals of one day, checked, in order and in seconds."""
    end = 0
    ordered = sorted(hours)
    for opening, closing in ordered:
        if not 0 <= opening < closing <= 1440:
            raise CalendarError(f"{day}: {_wall(opening)}-{_wall(closing)} does not go forward within a day")
        if opening < end:
            raise CalendarError(f"{day}: {_wall(opening)}-{_wall(closing)} overlaps the interval before it")
        end = closing
    return tuple((opening * 60, closing * 60) for opening, closing in ordered)


def _wall(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _open_until(table: _Table, instant: int) -> int:
    """The open seconds between the table's start and an instant in it."""
    index = bisect_right(table.turns, instant) - 1
    passed = table.before[index]
    return passed + instant - table.turns[index] if table.kinds[index] == "open" else passed


def _append(turns: list[int], kinds: list[Openness], start: int, end: int, kind: Openness) -> None:
    """Append a stretch, after which it is closed; joined to one of its kind where they touch, left out if empty."""
    if end <= start:
        return
    if turns[-1] == start:  # so the closed stretch that stands last is empty
        turns.pop()
        kinds.pop()
    if not kinds or kinds[-1] != kind:
        turns.append(start)
        kinds.append(kind)
    turns.append(end)
    kinds.append("closed")
