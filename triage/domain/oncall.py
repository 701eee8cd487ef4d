"""Who is on call: layers of rotations, limits and overrides (DESIGN 5.5, SEMANTICS R15 to R19).

Hand-offs are counted from a rotation's start in wall time, so a question costs the same however long ago the
rotation began. All instants are aware; answers are in UTC and whole seconds, all intervals are half-open.
"""

from __future__ import annotations

from bisect import bisect_right
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import groupby
from zoneinfo import ZoneInfo

from triage.domain.walltime import first_instant, wall_at

DAY = timedelta(days=1)
MINUTES_A_DAY = 24 * 60
EVERY_DAY = frozenset(range(7))

#: As in GoAlert. With the years below it also keeps every hand-off within what a datetime can hold.
LONGEST_SHIFT = 9000
YEARS = range(1000, 9000)


class ScheduleError(ValueError):
    """A schedule, an override or a question about them that makes no sense; the text says what is wrong."""


def _instant(at: datetime, what: str) -> datetime:
    """Aware UTC with the fraction of a second cut off (SEMANTICS R1)."""
    if at.utcoffset() is None:
        raise ScheduleError(f"{what} needs a UTC offset: {at.isoformat()}")
    if at.year not in YEARS:
        raise ScheduleError(f"{what} is not in the years {YEARS[0]} to {YEARS[-1]}: {at.isoformat()}")
    return at.astimezone(UTC).replace(microsecond=0)


class RotationType(StrEnum):
    """The unit of a rotation's `shift_length`."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


#: Months have no fixed length and are counted on their own.
UNITS = {
    RotationType.HOURLY: timedelta(hours=1),
    RotationType.DAILY: DAY,
    RotationType.WEEKLY: timedelta(weeks=1),
}


@dataclass(frozen=True, slots=True)
class Shift:
    """A stretch of time and who is on call in it; no people = nobody."""

    start: datetime
    end: datetime
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rotation:
    """People who take turns of `shift_length` units; the first one's turn begins at `start`.

    `start` is an anchor: turns go on before it too (SEMANTICS R16). A person may be listed more than once. A
    rotation without participants is only good for asking when its shifts begin and end.
    """

    type: RotationType
    start: datetime
    participants: tuple[str, ...]
    shift_length: int = 1

    def __post_init__(self) -> None:
        if not 1 <= self.shift_length <= LONGEST_SHIFT:
            raise ScheduleError(f"shift_length must be 1 to {LONGEST_SHIFT}, not {self.shift_length}")
        if not all(self.participants):
            raise ScheduleError("a participant needs a name")
        object.__setattr__(self, "start", _instant(self.start, "a rotation's start"))

    def shift_at(self, at: datetime, zone: tzinfo) -> Shift:
        """The shift in progress at `at`; whoever takes over has the instant of the hand-off."""
        number = self._number_at(at, zone)
        turn = number % len(self.participants) if self.participants else 0
        people = self.participants[turn : turn + 1]
        return Shift(self._handoff(number, zone), self._handoff(number + 1, zone), people)

    def handoffs(self, start: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
        """The hand-offs after `start` and before `end`, in order."""
        number = self._number_at(start, zone) + 1
        while (handoff := self._handoff(number, zone)) < end:
            yield handoff
            number += 1

    def _number_at(self, at: datetime, zone: tzinfo) -> int:
        """The number of the last hand-off at or before `at`; 0 is the one at `start`.

        The last one, so that a hand-off that falls on the next one, both moved to a gap's end, is skipped.
        """
        wall, anchor = wall_at(at, zone), wall_at(self.start, zone)
        if self.type is RotationType.MONTHLY:
            number = (12 * (wall.year - anchor.year) + wall.month - anchor.month) // self.shift_length
        else:
            number = (wall - anchor) // (UNITS[self.type] * self.shift_length)
        # The guess may be one too high within a month, and too low while the clock repeats an hour.
        while self._handoff(number, zone) > at:
            number -= 1
        while self._handoff(number + 1, zone) <= at:
            number += 1
        return number

    def _handoff(self, number: int, zone: tzinfo) -> datetime:
        anchor, units = wall_at(self.start, zone), number * self.shift_length
        if self.type is RotationType.MONTHLY:
            return first_instant(_months_later(anchor, units), zone)
        return first_instant(anchor + units * UNITS[self.type], zone)


def _months_later(wall: datetime, months: int) -> datetime:
    """The same day of another month, or that month's last day where it is missing (SEMANTICS R15)."""
    year, month = divmod(12 * wall.year + wall.month - 1 + months, 12)
    day = min(wall.day, monthrange(year, month + 1)[1])
    return wall.replace(year=year, month=month + 1, day=day)


@dataclass(frozen=True, slots=True)
class Restriction:
    """A daily window in which a layer is on duty, in minutes of the local day (24:00 = 1440).

    It opens on each of `days` (0 = Monday). If `closes` is before `opens` it ends on the next day.
    """

    opens: int
    closes: int
    days: frozenset[int] = EVERY_DAY

    def __post_init__(self) -> None:
        if not self.days or not self.days <= EVERY_DAY:
            raise ScheduleError("a restriction needs weekdays, 0 (Monday) to 6 (Sunday)")
        if not (0 <= self.opens < MINUTES_A_DAY and 0 <= self.closes <= MINUTES_A_DAY):
            raise ScheduleError("a restriction lies within 00:00 and 24:00, and begins before 24:00")
        if self.opens == self.closes:
            raise ScheduleError("a restriction needs two different times; for a whole day use 00:00 to 24:00")

    def windows(self, start: datetime, end: datetime, zone: tzinfo) -> Iterator[tuple[datetime, datetime]]:
        """(opens, closes) of every window that has a part in `[start, end]`, and perhaps of a few beside it.

        A window without length, swallowed by a gap in local time, may be among them.
        """
        opens, closes = timedelta(minutes=self.opens), timedelta(minutes=self.closes)
        if closes < opens:
            closes += DAY
        # From the day before, for windows over midnight, to the day after, for clocks put back at midnight.
        day = wall_at(start, zone).replace(hour=0, minute=0, second=0) - DAY
        last = wall_at(end, zone) + DAY
        while day <= last:
            if day.weekday() in self.days:
                yield first_instant(day + opens, zone), first_instant(day + closes, zone)
            day += DAY


def within(restrictions: Sequence[Restriction], at: datetime, zone: tzinfo) -> bool:
    """Whether any of the windows is open at that instant."""
    return any(
        opens <= at < closes for restriction in restrictions for opens, closes in restriction.windows(at, at, zone)
    )


@dataclass(frozen=True, slots=True)
class Layer:
    """A rotation and the windows to which it is limited; without any it is always on duty.

    A limit hides a shift and never moves a hand-off (SEMANTICS R17).
    """

    rotation: Rotation
    restrictions: tuple[Restriction, ...] = ()

    def __post_init__(self) -> None:
        if not self.rotation.participants:
            raise ScheduleError("a layer needs participants: without any it never has anybody on call")

    def on_duty(self, at: datetime, zone: tzinfo) -> bool:
        """Whether the layer's limits let its shift through."""
        return not self.restrictions or within(self.restrictions, at, zone)

    def shift_at(self, at: datetime, zone: tzinfo) -> Shift:
        """The rotation's shift in progress, whether the limits let it through or not."""
        return self.rotation.shift_at(at, zone)

    def changes(self, start: datetime, end: datetime, zone: tzinfo) -> Iterator[datetime]:
        """Every instant of `(start, end)` at which this layer may change hands, in no order."""
        yield from self.rotation.handoffs(start, end, zone)
        for restriction in self.restrictions:
            for window in restriction.windows(start, end, zone):
                yield from (edge for edge in window if start < edge < end)


@dataclass(frozen=True, slots=True)
class ListedShifts:
    """A layer whose shifts another system has listed one by one: in order, without overlaps, with people."""

    shifts: tuple[Shift, ...]

    def on_duty(self, at: datetime, _zone: tzinfo) -> bool:
        """Whether a shift is in progress."""
        return self._at(at) is not None

    def shift_at(self, at: datetime, _zone: tzinfo) -> Shift:
        """The shift in progress; only where there is one."""
        shift = self._at(at)
        if shift is None:
            raise ScheduleError(f"no shift is listed for {at.isoformat()}")
        return shift

    def changes(self, start: datetime, end: datetime, _zone: tzinfo) -> Iterator[datetime]:
        """Every instant of `(start, end)` at which a shift begins or ends, in no order."""
        for shift in self.shifts:
            yield from (edge for edge in (shift.start, shift.end) if start < edge < end)

    def _at(self, at: datetime) -> Shift | None:
        place = bisect_right(self.shifts, at, key=lambda shift: shift.start) - 1
        return self.shifts[place] if place >= 0 and at < self.shifts[place].end else None


@dataclass(frozen=True, slots=True)
class Override:
    """A change to who is on call in `[start, end)` (SEMANTICS R19).

    `user` takes the place of `replaces`, as long as that person is on call, or of everybody (None), where a
    place that nobody has is taken too. `user` None leaves nobody in that place. With `adds`, `user` is on
    call beside the others. With `swaps`, `user` and `replaces` stand in for each other.
    """

    start: datetime
    end: datetime
    user: str | None
    replaces: str | None = None
    adds: bool = False
    swaps: bool = False

    def __post_init__(self) -> None:
        if self.user == "" or self.replaces == "":
            raise ScheduleError("an override names a person or nobody (null), not an empty text")
        if self.swaps and (self.adds or self.user is None or self.replaces is None or self.user == self.replaces):
            raise ScheduleError("a swap needs two different people, and neither adds nor leaves nobody")
        if self.adds and self.user is None:
            raise ScheduleError("an override that adds needs a user")
        if self.adds and self.replaces is not None:
            raise ScheduleError("an override either adds or replaces, not both")
        object.__setattr__(self, "start", _instant(self.start, "an override's start"))
        object.__setattr__(self, "end", _instant(self.end, "an override's end"))
        if self.start >= self.end:
            raise ScheduleError("an override must end after it starts")

    def applied_to(self, people: tuple[str, ...]) -> tuple[str, ...]:
        """Who is on call once this override has acted on `people`."""
        user = () if self.user is None else (self.user,)
        if self.swaps:
            stand_in = {self.user: self.replaces, self.replaces: self.user}
            people = tuple(stand_in.get(person) or person for person in people)
        elif self.adds:
            people += user
        elif self.replaces is None:
            people = user
        elif self.replaces in people:
            place = people.index(self.replaces)
            people = people[:place] + user + people[place + 1 :]
        return tuple(dict.fromkeys(people))


@dataclass(frozen=True, slots=True)
class Schedule:
    """Layers from the top in one time zone: the first that has somebody on duty wins (SEMANTICS R18).

    A schedule without layers is filled by overrides alone.
    """

    timezone: str
    layers: tuple[Layer | ListedShifts, ...]
    zone: ZoneInfo = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "zone", zone_named(self.timezone))


def zone_named(name: str) -> ZoneInfo:
    """The IANA time zone of that name, or ScheduleError."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # unknown; not a name; a folder such as `America`
        raise ScheduleError(f"unknown time zone {name!r}") from error


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on call at an instant; no people = nobody.

    `shift_start` and `shift_end` are the hand-offs of the winning layer's rotation, whatever limits and
    overrides make of it; None where no layer has anybody.
    """

    people: tuple[str, ...]
    shift_start: datetime | None
    shift_end: datetime | None


def on_call(schedule: Schedule, overrides: Sequence[Override], at: datetime) -> OnCall:
    """Who is on call at `at`; `overrides` are applied in the order given."""
    at, zone = _instant(at, "the instant asked for"), schedule.zone
    winner = next((layer for layer in schedule.layers if layer.on_duty(at, zone)), None)
    shift = winner.shift_at(at, zone) if winner else None
    people = shift.people if shift else ()
    for override in overrides:
        if override.start <= at < override.end:
            people = override.applied_to(people)
    return OnCall(people, shift.start if shift else None, shift.end if shift else None)


def changes(schedule: Schedule, overrides: Sequence[Override], start: datetime, end: datetime) -> list[datetime]:
    """`start`, and every instant after it and before `end` at which who is on call may change, in order.

    The cost grows with the hand-offs in the interval.
    """
    start, end = _instant(start, "the interval's start"), _instant(end, "the interval's end")
    if start >= end:
        raise ScheduleError("the interval must end after it starts")
    edges = {start}
    for layer in schedule.layers:
        edges.update(layer.changes(start, end, schedule.zone))
    for override in overrides:
        edges.update(edge for edge in (override.start, override.end) if start < edge < end)
    return sorted(edges)


def shifts(schedule: Schedule, overrides: Sequence[Override], start: datetime, end: datetime) -> list[Shift]:
    """Who is on call from `start` to `end`: contiguous, one entry for as long as the same people are.

    Stretches with nobody are entries without people.
    """
    edges = changes(schedule, overrides, start, end)
    runs = groupby(edges, key=lambda edge: on_call(schedule, overrides, edge).people)
    starts = [(next(run), people) for people, run in runs]
    ends = [edge for edge, _ in starts[1:]] + [_instant(end, "the interval's end")]
    return [Shift(begun, until, people) for (begun, people), until in zip(starts, ends, strict=True)]
