"""On-call schedules against oracles that walk shift by shift and read the wall clock minute by minute."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.domain.oncall import (
    EVERY_DAY,
    Layer,
    OnCall,
    Override,
    Restriction,
    Rotation,
    RotationType,
    Schedule,
    ScheduleError,
    Shift,
    on_call,
    shifts,
)
from triage.domain.walltime import first_instant

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

#: Half-hour changes, changes at midnight and at 00:01, a day that was skipped, a summer time turned round.
ZONES = (
    "UTC",
    "America/Chicago",
    "Europe/Berlin",
    "Europe/Dublin",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "America/Havana",
    "America/Sao_Paulo",
    "Pacific/Apia",
    "Africa/Casablanca",
    "Asia/Kathmandu",
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def minutes(text: str) -> int:
    return 60 * int(text[:2]) + int(text[3:])


# --- oracles: no arithmetic on shifts, no resolving of local times; minutes are the finest grain


def shown(instant: datetime, zone: tzinfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def high_water(instant: datetime, zone: tzinfo) -> datetime:
    """The latest time that the wall clock has shown until now: it never falls back."""
    return max(shown(instant - n * MINUTE, zone) for n in range(3 * 60))


def first_shown(wall: datetime, zone: tzinfo) -> datetime:
    instant = wall.replace(tzinfo=UTC) - timedelta(hours=15)
    while shown(instant, zone) < wall:
        instant += MINUTE
    return instant


def walk(rotation: Rotation, instant: datetime, zone: tzinfo) -> Shift:
    """The shift at an instant, found by taking turns one after the other from the anchor."""
    unit = {
        RotationType.HOURLY: relativedelta(hours=rotation.shift_length),
        RotationType.DAILY: relativedelta(days=rotation.shift_length),
        RotationType.WEEKLY: relativedelta(weeks=rotation.shift_length),
        RotationType.MONTHLY: relativedelta(months=rotation.shift_length),
    }[rotation.type]
    anchor, reached = shown(rotation.start, zone), high_water(instant, zone)
    turn = person = 0
    while anchor + unit * (turn + 1) <= reached:
        turn, person = turn + 1, person + 1
        if person == len(rotation.participants):
            person = 0
    while anchor + unit * turn > reached:
        turn, person = turn - 1, person - 1
        if person < 0:
            person = len(rotation.participants) - 1
    return Shift(
        first_shown(anchor + unit * turn, zone),
        first_shown(anchor + unit * (turn + 1), zone),
        (rotation.participants[person],),
    )


def on_duty(layer: Layer, instant: datetime, zone: tzinfo) -> bool:
    reached = high_water(instant, zone)

    today = reached.replace(hour=0, minute=0)

    def inside(restriction: Restriction, day: datetime) -> bool:
        length = (restriction.closes - restriction.opens) % (24 * 60) or 24 * 60
        opened = day + restriction.opens * MINUTE
        return day.weekday() in restriction.days and opened <= reached < opened + length * MINUTE

    return not layer.restrictions or any(
        inside(limit, day) for limit in layer.restrictions for day in (today, today - DAY)
    )


# --- what to ask


@cache
def clock_changes(zone_name: str) -> tuple[datetime, ...]:
    """The instants, 2005 to 2025, at which the zone's offset changes, found by looking twice a week."""
    zone, found = ZoneInfo(zone_name), []
    for before in (datetime(2005, 1, 1, tzinfo=UTC) + 3 * n * DAY for n in range(7 * 365)):
        offset = before.astimezone(zone).utcoffset()
        if (before + 3 * DAY).astimezone(zone).utcoffset() != offset:
            found.append(
                before
                + MINUTE
                * bisect_left(
                    range(3 * 24 * 60),
                    True,
                    key=lambda n, t=before, o=offset: (t + n * MINUTE).astimezone(zone).utcoffset() != o,
                )
            )
    return tuple(found)


def instants(zone_name: str) -> st.SearchStrategy[datetime]:
    """Any minute of twenty years, most of them close to a change of the clock."""
    anywhere = st.integers(0, 20 * 365 * 24 * 60).map(lambda n: datetime(2005, 1, 1, tzinfo=UTC) + n * MINUTE)
    changes = clock_changes(zone_name)
    if not changes:
        return anywhere
    close = st.builds(
        lambda change, quarters, n: change + quarters * 15 * MINUTE + n * MINUTE,
        st.sampled_from(changes),
        st.integers(-12, 12) | st.integers(-200, 200),
        st.sampled_from([0, 0, 0, 1, -1]),
    )
    return close | close | anywhere


@st.composite
def rotations(draw: st.DrawFn, zone_name: str) -> Rotation:
    kind = draw(st.sampled_from(RotationType))
    people = draw(st.lists(st.sampled_from(["ana", "ben", "cy", "dee"]), min_size=1, max_size=5))
    length = draw(st.integers(1, 3) | st.integers(1, 50))
    return Rotation(kind, draw(instants(zone_name)), tuple(people), length)


@st.composite
def restrictions(draw: st.DrawFn) -> Restriction:
    opens = draw(st.integers(0, 95))
    closes = draw(st.integers(0, 96).filter(lambda quarter: quarter != opens))
    days = draw(st.just(EVERY_DAY) | st.frozensets(st.integers(0, 6), min_size=1))
    return Restriction(15 * opens, 15 * closes, days)


@st.composite
def layers(draw: st.DrawFn, zone_name: str) -> Layer:
    return Layer(draw(rotations(zone_name)), tuple(draw(st.lists(restrictions(), max_size=3))))


@st.composite
def overrides(draw: st.DrawFn, around: datetime) -> Override:
    start = around + draw(st.integers(-3000, 3000)) * MINUTE
    end = start + draw(st.integers(1, 3000)) * MINUTE
    user = draw(st.sampled_from(["ana", "eve", None]))
    if user and draw(st.booleans()):
        return Override(start, end, user, adds=True)
    return Override(start, end, user, replaces=draw(st.sampled_from(["ana", "ben", None])))


zones = st.sampled_from(ZONES)


# --- rotations


@settings(max_examples=300)
@given(st.data(), zones)
def test_a_rotation_answers_as_if_walked_shift_by_shift(data: st.DataObject, zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    rotation, instant = data.draw(rotations(zone_name)), data.draw(instants(zone_name))
    shift = rotation.shift_at(instant, zone)
    assert shift == walk(rotation, instant, zone)
    assert shift.start <= instant < shift.end


@settings(max_examples=150)
@given(st.data(), zones)
def test_a_local_time_begins_when_the_clock_shows_it_or_more(data: st.DataObject, zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    wall = shown(data.draw(instants(zone_name)), zone) + data.draw(st.integers(-120, 120)) * MINUTE
    assert first_instant(wall, zone) == first_shown(wall, zone)


def daily(start: str, *people: str, zone: str = "America/Chicago") -> Schedule:
    return Schedule(zone, (Layer(Rotation(RotationType.DAILY, at(start), people)),))


def test_a_handoff_in_the_skipped_hour_moves_to_the_gaps_end() -> None:
    schedule = daily("2020-03-01T02:30:00-06:00", "ana", "ben")
    begins = on_call(schedule, (), at("2020-03-08T12:00:00-05:00")).shift_start
    assert begins == at("2020-03-08T03:00:00-05:00")
    next_day = on_call(schedule, (), at("2020-03-09T12:00:00-05:00"))
    assert next_day.shift_start == at("2020-03-09T02:30:00-05:00")


def test_a_handoff_in_the_doubled_hour_is_the_first() -> None:
    schedule = daily("2020-10-30T01:30:00-05:00", "ana", "ben")
    second_time = on_call(schedule, (), at("2020-11-01T01:10:00-06:00"))
    assert second_time.shift_start == at("2020-11-01T01:30:00-05:00")
    assert second_time.shift_end == at("2020-11-02T01:30:00-06:00")


def test_a_handoff_that_falls_on_the_next_one_is_skipped_with_its_person() -> None:
    start = at("2020-03-08T00:00:00-06:00")
    hourly = Rotation(RotationType.HOURLY, start, ("ana", "ben", "cy", "dee"))
    got = shifts(Schedule("America/Chicago", (Layer(hourly),)), (), start, start + 4 * HOUR)
    assert [shift.people for shift in got] == [("ana",), ("ben",), ("dee",), ("ana",)]


def test_the_person_who_takes_over_has_the_instant_of_the_handoff() -> None:
    schedule = daily("2024-05-01T08:00:00-05:00", "ana", "ben")
    assert on_call(schedule, (), at("2024-05-02T07:59:59.999999-05:00")).people == ("ana",)
    assert on_call(schedule, (), at("2024-05-02T08:00:00-05:00")).people == ("ben",)


def test_fractions_of_a_second_are_cut_off() -> None:
    schedule = daily("2024-05-01T08:00:00.900000-05:00", "ana", "ben")
    instant = at("2024-05-02T08:00:00.100000-05:00")
    assert on_call(schedule, (), instant).people == ("ben",)
    late = Override(instant + timedelta(microseconds=500), instant + HOUR, "cy")
    assert on_call(schedule, [late], instant).people == ("cy",)


@pytest.mark.parametrize(
    ("asked", "begins"),
    [
        ("2023-03-01", "2023-02-28"),
        ("2023-04-01", "2023-03-31"),
        ("2023-05-31", "2023-05-31"),
        ("2024-03-01", "2024-02-29"),
        ("2022-07-01", "2022-06-30"),
    ],
)
def test_a_month_without_the_starts_day_begins_on_its_last(asked: str, begins: str) -> None:
    monthly = Rotation(RotationType.MONTHLY, at("2023-01-31T09:00Z"), ("ana", "ben"))
    assert monthly.shift_at(at(f"{asked}T12:00Z"), ZoneInfo("UTC")).start == at(f"{begins}T09:00Z")


def test_turns_go_on_before_the_start() -> None:
    schedule = daily("2024-05-01T08:00:00-05:00", "ana", "ben", "cy")
    assert on_call(schedule, (), at("2024-04-30T12:00:00-05:00")).people == ("cy",)
    assert on_call(schedule, (), at("2024-04-28T12:00:00-05:00")).people == ("ana",)


class CountingZone(tzinfo):
    """A zone that counts how often it is asked."""

    def __init__(self, zone: ZoneInfo) -> None:
        self.zone, self.asked = zone, 0

    def utcoffset(self, when: datetime | None) -> timedelta | None:
        self.asked += 1
        return self.zone.utcoffset(when.replace(tzinfo=self.zone) if when else None)

    def dst(self, when: datetime | None) -> timedelta | None:
        return self.zone.dst(when.replace(tzinfo=self.zone) if when else None)

    def tzname(self, when: datetime | None) -> str | None:
        return self.zone.tzname(when.replace(tzinfo=self.zone) if when else None)

    def fromutc(self, when: datetime) -> datetime:
        self.asked += 1
        return self.zone.fromutc(when.replace(tzinfo=self.zone)).replace(tzinfo=self)


@pytest.mark.parametrize("kind", RotationType)
@pytest.mark.parametrize("years", [-50, -10, 0, 10, 50])
def test_a_rotation_of_any_age_answers_as_fast(kind: RotationType, years: int) -> None:
    zone, now = CountingZone(ZoneInfo("Europe/Berlin")), at("2026-06-15T12:00:00Z")
    Rotation(kind, now + years * 365 * DAY, ("ana", "ben", "cy")).shift_at(now, zone)
    assert zone.asked < 60


# --- layers and limits


@settings(max_examples=200)
@given(st.data(), zones)
def test_limits_hide_a_shift_outside_their_local_hours(data: st.DataObject, zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    layer, instant = data.draw(layers(zone_name)), data.draw(instants(zone_name))
    got = on_call(Schedule(zone_name, (layer,)), (), instant)
    if on_duty(layer, instant, zone):
        shift = walk(layer.rotation, instant, zone)
        assert got == OnCall(shift.people, shift.start, shift.end)
    else:
        assert got == OnCall((), None, None)


def office(opens: str, closes: str, *days: int) -> Restriction:
    return Restriction(minutes(opens), minutes(closes), frozenset(days) or EVERY_DAY)


@pytest.mark.parametrize(
    ("restriction", "instant", "on"),
    [
        (office("09:00", "17:00", 0), "2024-05-06T09:00", True),
        (office("09:00", "17:00", 0), "2024-05-06T08:59", False),
        (office("09:00", "17:00", 0), "2024-05-06T17:00", False),
        (office("09:00", "17:00", 0), "2024-05-07T12:00", False),
        (office("22:00", "06:00", 0), "2024-05-06T23:00", True),
        (office("22:00", "06:00", 0), "2024-05-07T05:59", True),
        (office("22:00", "06:00", 0), "2024-05-06T05:00", False),
        (office("22:00", "06:00", 0), "2024-05-07T06:00", False),
        (office("00:00", "24:00", 6), "2024-05-05T23:59", True),
        (office("00:00", "24:00", 6), "2024-05-06T00:00", False),
        (office("18:00", "00:00", 6), "2024-05-05T23:59", True),
        (office("18:00", "00:00", 6), "2024-05-06T00:00", False),
    ],
)
def test_a_limit_in_local_hours(restriction: Restriction, instant: str, on: bool) -> None:
    rotation = Rotation(RotationType.WEEKLY, at("2024-01-01T00:00Z"), ("ana",))
    schedule = Schedule("Europe/Berlin", (Layer(rotation, (restriction,)),))
    asked = at(instant).replace(tzinfo=ZoneInfo("Europe/Berlin"))
    assert bool(on_call(schedule, (), asked).people) is on


def test_a_limit_that_has_opened_stays_open_when_the_clock_goes_back_to_the_day_before() -> None:
    rotation = Rotation(RotationType.WEEKLY, at("2010-01-01T00:00Z"), ("ana",))
    sunday = Schedule("America/St_Johns", (Layer(rotation, (office("00:00", "24:00", 6),)),))
    begun, put_back = at("2010-11-07T00:00:00-02:30"), at("2010-11-06T23:30:00-03:30")
    assert begun < put_back
    assert on_call(sunday, (), put_back).people == ("ana",)
    assert shifts(sunday, (), begun - HOUR, put_back + HOUR)[0] == Shift(begun - HOUR, begun, ())


def two_layers() -> Schedule:
    """ana on Monday's office hours, else ben and cy in turn, who change at midnight."""
    top = Rotation(RotationType.WEEKLY, at("2024-01-01T00:00Z"), ("ana",))
    below = Rotation(RotationType.DAILY, at("2024-05-06T00:00Z"), ("ben", "cy"))
    return Schedule("UTC", (Layer(top, (office("09:00", "17:00", 0),)), Layer(below)))


def test_the_first_layer_with_somebody_wins_and_lends_its_handoffs() -> None:
    schedule = two_layers()
    monday, week = at("2024-05-06T00:00Z"), 7 * DAY
    assert on_call(schedule, (), monday + 12 * HOUR) == OnCall(("ana",), monday, monday + week)
    assert on_call(schedule, (), monday + 17 * HOUR) == OnCall(("ben",), monday, monday + DAY)


def test_without_layers_nobody_is_on_call_and_there_is_no_shift() -> None:
    assert on_call(Schedule("UTC", ()), (), at("2024-05-06T12:00Z")) == OnCall((), None, None)


# --- overrides

NOON = at("2024-05-06T12:00Z")


def override(user: str | None, replaces: str | None = None, adds: bool = False) -> Override:
    return Override(NOON - HOUR, NOON + HOUR, user, replaces, adds)


@pytest.mark.parametrize(
    ("listed", "people"),
    [
        ([], ["ana"]),
        ([override("cy")], ["cy"]),
        ([override("cy", replaces="ana")], ["cy"]),
        ([override("cy", replaces="ben")], ["ana"]),
        ([override(None)], []),
        ([override(None, replaces="ana")], []),
        ([override(None, replaces="ben")], ["ana"]),
        ([override("cy", adds=True)], ["ana", "cy"]),
        ([override("ana", adds=True)], ["ana"]),
        ([override("cy", replaces="ana"), override("dee", replaces="cy")], ["dee"]),
        ([override("dee", replaces="cy"), override("cy", replaces="ana")], ["cy"]),
        ([override("cy", adds=True), override("dee", replaces="ana")], ["dee", "cy"]),
        ([override("cy", adds=True), override("cy", replaces="ana")], ["cy"]),
        ([override("cy", adds=True), override(None)], []),
        ([override(None), override("cy")], ["cy"]),
        ([override(None), override("cy", replaces="ana")], []),
        ([override(None), override("cy", adds=True)], ["cy"]),
    ],
)
def test_overrides_act_in_order_on_what_was_left(listed: list[Override], people: list[str]) -> None:
    schedule = two_layers()
    plain, got = on_call(schedule, (), NOON), on_call(schedule, listed, NOON)
    assert list(got.people) == people
    assert (got.shift_start, got.shift_end) == (plain.shift_start, plain.shift_end)


def test_an_override_is_half_open() -> None:
    schedule, cover = two_layers(), [override("cy")]
    asked = [NOON - HOUR - timedelta(seconds=1), NOON - HOUR, NOON + HOUR - timedelta(seconds=1), NOON + HOUR]
    assert [on_call(schedule, cover, instant).people[0] for instant in asked] == ["ana", "cy", "cy", "ana"]


def test_an_override_can_fill_a_time_that_no_layer_covers() -> None:
    assert on_call(Schedule("UTC", ()), [override("cy")], NOON) == OnCall(("cy",), None, None)


# --- a view of many shifts


@settings(max_examples=120)
@given(st.data(), zones)
def test_shifts_are_contiguous_and_agree_with_every_instant(data: st.DataObject, zone_name: str) -> None:
    start = data.draw(instants(zone_name))
    end = start + data.draw(st.integers(1, 10 * 24 * 60)) * MINUTE
    schedule = Schedule(zone_name, tuple(data.draw(st.lists(layers(zone_name), max_size=3))))
    changes = data.draw(st.lists(overrides(start), max_size=4))
    got = shifts(schedule, changes, start, end)
    assert [shift.start for shift in got] + [end] == [start] + [shift.end for shift in got]
    assert all(shift.start < shift.end for shift in got)
    assert all(one.people != other.people for one, other in pairwise(got))
    for shift in got:
        length = int((shift.end - shift.start).total_seconds())
        inside = data.draw(st.lists(st.integers(0, length - 1), max_size=4))
        for second in (0, length - 1, *inside):
            assert on_call(schedule, changes, shift.start + timedelta(seconds=second)).people == shift.people


def test_shifts_show_every_change_of_who_is_on_call() -> None:
    monday = at("2024-05-06T00:00Z")

    def hours(*numbers: int) -> Iterator[datetime]:
        return (monday + number * HOUR for number in numbers)

    cover = Override(*hours(10, 11), None, "ana")
    assert shifts(two_layers(), [cover], *hours(0, 30)) == [
        Shift(*hours(0, 9), ("ben",)),
        Shift(*hours(9, 10), ("ana",)),
        Shift(*hours(10, 11), ()),
        Shift(*hours(11, 17), ("ana",)),
        Shift(*hours(17, 24), ("ben",)),
        Shift(*hours(24, 30), ("cy",)),
    ]


def test_one_person_in_turn_with_themselves_is_one_shift() -> None:
    schedule = daily("2024-05-01T08:00:00-05:00", "ana", "ana")
    start, end = at("2024-05-01T00:00Z"), at("2024-06-01T00:00Z")
    assert shifts(schedule, (), start, end) == [Shift(start, end, ("ana",))]


# --- what makes no sense

START = at("2024-05-01T08:00Z")


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda: Schedule("Mars/Olympus", ()), "unknown time zone 'Mars/Olympus'"),
        (lambda: Schedule("", ()), "unknown time zone"),
        (lambda: Schedule("America", ()), "unknown time zone"),
        (lambda: Schedule("../../etc/passwd", ()), "unknown time zone"),
        (lambda: Layer(Rotation(RotationType.DAILY, START, ())), "participants"),
        (lambda: Rotation(RotationType.DAILY, START, ("ana", "")), "participant needs a name"),
        (lambda: Rotation(RotationType.DAILY, START, ("ana",), 0), "shift_length must be 1 to 9000, not 0"),
        (lambda: Rotation(RotationType.DAILY, START, ("ana",), 9001), "shift_length"),
        (lambda: Rotation(RotationType.DAILY, START.replace(tzinfo=None), ("ana",)), "UTC offset"),
        (lambda: Rotation(RotationType.DAILY, START.replace(year=9), ("ana",)), "years 1000 to 8999"),
        (lambda: Restriction(540, 540), "two different times"),
        (lambda: Restriction(1440, 60), "before 24:00"),
        (lambda: Restriction(0, 1441), "24:00"),
        (lambda: Restriction(0, 60, frozenset()), "weekdays"),
        (lambda: Restriction(0, 60, frozenset({7})), "weekdays"),
        (lambda: Override(START, START, "ana"), "end after it starts"),
        (lambda: Override(START, START + HOUR, ""), "empty text"),
        (lambda: Override(START, START + HOUR, None, adds=True), "needs a user"),
        (lambda: Override(START, START + HOUR, "ana", "ben", adds=True), "not both"),
        (lambda: Override(START, START + HOUR, "ana", "ana", swaps=True), "two different people"),
        (lambda: Override(START, START + HOUR, None, "ana", swaps=True), "two different people"),
        (lambda: Override(START, START + HOUR, "ana", swaps=True), "two different people"),
        (lambda: Override(START, START + HOUR, "ana", "ben", adds=True, swaps=True), "neither adds"),
        (lambda: on_call(Schedule("UTC", ()), (), START.replace(tzinfo=None)), "UTC offset"),
        (lambda: shifts(Schedule("UTC", ()), (), START, START), "end after it starts"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_clear_text(build: Callable[[], object], text: str) -> None:
    with pytest.raises(ScheduleError, match=text):
        build()


@pytest.mark.parametrize("kind", RotationType)
@pytest.mark.parametrize("year", [1000, 8999])
def test_the_longest_shifts_and_farthest_years_still_answer(kind: RotationType, year: int) -> None:
    rotation = Rotation(kind, START, ("ana", "ben"), 9000)
    asked = START.replace(year=year)
    got = on_call(Schedule("Pacific/Apia", (Layer(rotation),)), (), asked)
    assert got.shift_start is not None
    assert got.shift_end is not None
    assert got.shift_start <= asked < got.shift_end
