"""Calendars: the corners of SEMANTICS R1-R4, and agreement with a wall clock read second by second."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.sla_oracle import CLOSED, HOLIDAY, OPEN, Wall
from tests.unit.sla_questions import Questions
from triage.domain.calendars import ALWAYS, Calendar, CalendarError
from triage.simulate.sla import read

HOUR = timedelta(hours=1)
OFFICE = {day: [(9 * 60, 17 * 60)] for day in range(5)}
ALL_DAY = {day: [(0, 1440)] for day in range(7)}


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_a_deadline_on_closing_time_is_closing_time():
    office = Calendar.build("UTC", OFFICE)
    friday = utc("2026-03-06T09:00")
    assert office.add(friday, 8 * HOUR) == utc("2026-03-06T17:00")
    assert office.add(friday, 8 * HOUR + timedelta(seconds=1)) == utc("2026-03-09T09:00:01")


def test_adding_nothing_returns_the_start_even_where_it_is_closed():
    sunday = utc("2026-03-08T03:00")
    assert Calendar.build("UTC", OFFICE).add(sunday, timedelta(0)) == sunday


def test_answers_are_utc_whatever_the_offset_of_the_question():
    office = Calendar.build("Europe/Berlin", OFFICE)
    tokyo = timezone(9 * HOUR)
    start = datetime(2026, 3, 2, 17, 0, tzinfo=tokyo)
    assert office.add(start, HOUR) == utc("2026-03-02T09:00")
    assert office.add(start, HOUR).tzinfo is UTC
    assert office.measure(start, start.astimezone(UTC) + 2 * HOUR) == 2 * HOUR


def test_fractions_of_a_second_are_cut_off():
    start = utc("2026-03-02T09:00:00.999999")
    office = Calendar.build("UTC", OFFICE)
    assert office.add(start, timedelta(seconds=1.9)) == utc("2026-03-02T09:00:01")
    assert office.measure(start, utc("2026-03-02T09:00:01.1")) == timedelta(seconds=1)
    before_1970 = utc("1969-12-31T23:59:58.5")
    assert ALWAYS.add(before_1970, timedelta(0)) == utc("1969-12-31T23:59:58")


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_has_its_real_length(day, hours):
    calendar = Calendar.build("Europe/Berlin", {day: [(0, 1440)] for day in range(7)})
    only = Calendar.build("Europe/Berlin", {3: [(0, 1)]}, date_hours={date.fromisoformat(day): [(0, 1440)]})
    start = utc(day) - 12 * HOUR
    assert calendar.measure(start, start + 60 * HOUR) == 60 * HOUR
    assert only.measure(start, start + 40 * HOUR) == hours * HOUR


def test_openings_and_closings_at_skipped_and_doubled_local_times():
    """R2: skipped = the gap's end, doubled = the first."""
    spring, autumn = date(2026, 3, 29), date(2026, 10, 25)
    hours = {spring: [(60, 150)], autumn: [(150, 240)]}
    calendar = Calendar.build("Europe/Berlin", {0: [(0, 1)]}, date_hours=hours)
    assert list(calendar.stretches(utc("2026-03-28T23:30"), utc("2026-03-29T04:00"))) == [
        (utc("2026-03-28T23:30"), utc("2026-03-29T00:00"), "closed"),
        (utc("2026-03-29T00:00"), utc("2026-03-29T01:00"), "open"),
        (utc("2026-03-29T01:00"), utc("2026-03-29T04:00"), "closed"),
    ]
    # 02:30 comes at 00:30Z and again at 01:30Z; 04:00 is 03:00Z.
    assert calendar.measure(utc("2026-10-24T23:00"), utc("2026-10-25T06:00")) == 2.5 * HOUR
    swallowed = Calendar.build("Europe/Berlin", {0: [(0, 1)]}, date_hours={spring: [(125, 170)]})
    start, end = utc("2026-03-28T00:00"), utc("2026-03-29T20:00")
    assert list(swallowed.stretches(start, end)) == [(start, end, "closed")]


def test_a_gap_may_lie_around_midnight():
    """Toronto's clocks went from 23:30 on a Sunday of 1919 to 00:30 on the Monday."""
    sundays = Calendar.build("America/Toronto", {6: [(0, 1440)]})
    assert sundays.measure(utc("1919-03-30T00:00"), utc("1919-04-01T00:00")) == 23.5 * HOUR
    assert sundays.add(utc("1919-03-31T03:30"), HOUR) == utc("1919-03-31T04:30")


def test_hours_of_a_date_win_over_the_week_and_over_a_holiday():
    eve, christmas = date(2026, 12, 24), date(2026, 12, 25)
    calendar = Calendar.build("UTC", OFFICE, [eve, christmas], {eve: [(540, 720)]})
    assert list(calendar.stretches(utc("2026-12-24T00:00"), utc("2026-12-28T09:00"))) == [
        (utc("2026-12-24T00:00"), utc("2026-12-24T09:00"), "closed"),
        (utc("2026-12-24T09:00"), utc("2026-12-24T12:00"), "open"),
        (utc("2026-12-24T12:00"), utc("2026-12-25T00:00"), "closed"),
        (utc("2026-12-25T00:00"), utc("2026-12-26T00:00"), "holiday"),
        (utc("2026-12-26T00:00"), utc("2026-12-28T09:00"), "closed"),
    ]
    closed_by_itself = Calendar.build("UTC", OFFICE, date_hours={eve: []})
    assert not closed_by_itself.measure(utc("2026-12-24T00:00"), utc("2026-12-25T00:00"))


def test_midnight_does_not_cut_a_stretch():
    round_the_clock = Calendar.build("Europe/Berlin", ALL_DAY)
    start, end = utc("2026-03-01T12:00"), utc("2026-05-01T12:00")
    assert list(round_the_clock.stretches(start, end)) == [(start, end, "open")]
    assert list(ALWAYS.stretches(start, end)) == [(start, end, "open")]
    assert list(ALWAYS.stretches(start, start)) == []
    assert list(round_the_clock.stretches(start, start)) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"timezone": "Mars/Olympus"}, "Mars/Olympus"),
        ({"timezone": "Europe"}, "Europe"),
        ({"timezone": "../etc/passwd"}, "passwd"),
        ({"timezone": ""}, "time zone"),
        ({"hours": {}}, "no weekly open hours"),
        ({"hours": {0: []}, "date_hours": {date(2026, 1, 5): [(0, 60)]}}, "no weekly open hours"),
        ({"hours": {7: [(0, 60)]}}, "7"),
        ({"hours": {0: [(600, 600)]}}, "mon: 10:00-10:00"),
        ({"hours": {0: [(600, 540)]}}, "mon: 10:00-09:00"),
        ({"hours": {0: [(0, 1441)]}}, "mon"),
        ({"hours": {2: [(540, 720), (719, 780)]}}, "wed: 11:59-13:00 overlaps"),
        ({"date_hours": {date(2026, 1, 5): [(60, 0)]}}, "2026-01-05"),
    ],
)
def test_what_cannot_be_a_calendar_is_refused(arguments, message):
    with pytest.raises(CalendarError, match=message):
        Calendar.build(**{"timezone": "UTC", "hours": OFFICE, **arguments})


def test_touching_intervals_in_any_order_are_fine():
    calendar = Calendar.build("UTC", {0: [(720, 780), (540, 720)]})
    assert calendar.measure(utc("2026-03-02T00:00"), utc("2026-03-03T00:00")) == 4 * HOUR


@pytest.mark.parametrize("calendar", [ALWAYS, Calendar.build("UTC", {0: [(0, 60)]})])
def test_a_due_date_beyond_all_calendars_is_an_error_and_no_endless_loop(calendar):
    with pytest.raises(CalendarError):
        calendar.add(utc("2026-03-02T00:00"), timedelta(days=365 * 9000))


def test_instants_beyond_the_covered_years_are_an_error():
    office = Calendar.build("UTC", OFFICE)
    with pytest.raises(CalendarError, match="1900 to 3000"):
        office.measure(utc("2026-03-02T00:00"), utc("9000-01-01T00:00"))
    with pytest.raises(CalendarError, match="1900 to 3000"):
        office.add(utc("0001-01-01T00:00"), HOUR)


@pytest.mark.parametrize("calendar", [ALWAYS, Calendar.build("UTC", OFFICE)])
def test_time_does_not_run_backwards(calendar):
    start = utc("2026-03-02T10:00")
    with pytest.raises(ValueError, match="negative"):
        calendar.add(start, -HOUR)
    with pytest.raises(ValueError, match="before the start"):
        calendar.measure(start, start - HOUR)


def test_what_was_asked_before_does_not_matter():
    """The known range grows in both directions; a fresh calendar and a used one agree."""
    used = Calendar.build("America/New_York", OFFICE, [date(2026, 7, 3)])
    for year in (2026, 2031, 1999, 2026, 2045, 1950):
        start = utc(f"{year}-07-01T15:00")
        fresh = Calendar.build("America/New_York", OFFICE, [date(2026, 7, 3)])
        assert used.add(start, 500 * HOUR) == fresh.add(start, 500 * HOUR)
        assert used.measure(start, start + timedelta(days=400)) == fresh.measure(start, start + timedelta(days=400))


def test_many_threads_may_share_a_calendar():
    starts = [utc("2026-03-02T10:00") + timedelta(days=97 * (-1) ** n * n) for n in range(60)]
    expected = [Calendar.build("Europe/Berlin", OFFICE).add(start, 300 * HOUR) for start in starts]
    for _ in range(5):
        shared = Calendar.build("Europe/Berlin", OFFICE)
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(lambda start, c=shared: c.add(start, 300 * HOUR), starts)) == expected


KINDS = {"open": OPEN, "closed": CLOSED, "holiday": HOLIDAY}


@settings(max_examples=60)
@given(st.integers(0, 2**48), st.integers(0, 2 * 86400), st.integers(0, 3 * 86400), st.integers(0, 6 * 3600))
def test_a_calendar_agrees_with_the_wall_clock(seed, offset, length, amount):
    questions = Questions(seed)
    given_calendar = questions.calendar()
    _, terms, _ = read({**questions.question(), "calendar": given_calendar, "calendars": {}})
    start = questions.start - timedelta(days=1) + timedelta(seconds=offset)
    first = int(start.timestamp())
    wall = Wall(given_calendar, int(questions.start.timestamp()))

    seen = list(terms.calendar.stretches(start, start + timedelta(seconds=length)))
    row = b"".join(bytes([KINDS[kind]]) * int((end - begin).total_seconds()) for begin, end, kind in seen)
    expected = wall.kinds[first - wall.start :][:length]
    assert row == expected
    assert terms.calendar.measure(start, start + timedelta(seconds=length)).total_seconds() == expected.count(OPEN)
    assert terms.calendar.add(start, timedelta(seconds=amount)).timestamp() == wall.walk(first, amount)


@settings(max_examples=60)
@given(st.integers(0, 2**48), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_adding_and_measuring_undo_each_other(seed, offset, one, two):
    questions = Questions(seed)
    _, terms, _ = read({**questions.question(), "calendar": questions.calendar(), "calendars": {}})
    calendar, start = terms.calendar, questions.start + timedelta(seconds=offset)
    first, second = timedelta(seconds=one), timedelta(seconds=two)
    due = calendar.add(start, first)
    assert calendar.measure(start, due) == first
    if one:  # the earliest such instant
        assert calendar.measure(start, due - timedelta(seconds=1)) == first - timedelta(seconds=1)
    if two:
        assert calendar.add(due, second) == calendar.add(start, first + second)
