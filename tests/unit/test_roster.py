"""Now, next, a month's view and what is coming: each agrees with `on_call` asked second by second at its edges."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.test_oncall import DAY, HOUR, MINUTE, at, daily, instants, layers, overrides, two_layers, zones
from triage.domain.oncall import Override, Schedule, on_call
from triage.domain.roster import LOOKS, Outlook, Roster, coming, month, outlook, stretches

SECOND = timedelta(seconds=1)


@st.composite
def rosters(draw: st.DrawFn, zone_name: str, around: datetime) -> Roster:
    """Up to two layers and three overrides of every kind, close to an instant."""
    schedule = Schedule(zone_name, tuple(draw(st.lists(layers(zone_name), max_size=2))))
    return Roster(schedule, tuple(draw(st.lists(overrides(around), max_size=3))))


def edges(roster: Roster, start: datetime, end: datetime) -> list[datetime]:
    """The seconds around everything that `stretches` and the overrides call an edge, within an interval."""
    known = {one.start for one in stretches(roster, start, end)}
    known |= {edge for one in roster.overrides for edge in (one.start, one.end)}
    around = {edge + n * SECOND for edge in known for n in (-1, 0, 1)}
    return sorted(instant for instant in around if start <= instant < end)


@settings(max_examples=40)
@given(st.data(), zones)
def test_now_lasts_until_the_second_before_next_begins(data: st.DataObject, zone_name: str) -> None:
    now = data.draw(instants(zone_name))
    roster = data.draw(rosters(zone_name, now))
    got = outlook(roster, now)
    assert got.people == on_call(roster.schedule, roster.overrides, now).people
    if got.until is None:
        assert all(roster.people(edge) == got.people for edge in edges(roster, now, now + 8 * DAY))
        return
    assert all(roster.people(edge) == got.people for edge in edges(roster, now, got.until))
    assert roster.people(got.until - SECOND) == got.people
    assert roster.people(got.until) == got.next != got.people


@settings(max_examples=25)
@given(st.data(), zones)
def test_a_month_shows_every_second_once_on_its_local_day(data: st.DataObject, zone_name: str) -> None:
    zone = ZoneInfo(zone_name)
    around = data.draw(instants(zone_name))
    local = around.astimezone(zone)
    roster = data.draw(rosters(zone_name, around))
    days = month(roster, local.year, local.month)
    first = date(local.year, local.month, 1)
    assert [day.date for day in days] == [first + n * DAY for n in range(monthrange(local.year, local.month)[1])]
    shown = [(day.date, one) for day in days for one in day.stretches]
    assert all(one.end == other.start for (_, one), (_, other) in pairwise(shown))
    for day, one in shown:
        assert one.start < one.end
        for instant in (one.start, one.end - SECOND, *edges(roster, one.start, one.end)):
            assert roster.people(instant) == one.people
            assert on_call(roster.schedule, (), instant).people == one.planned
        # Where clocks go back at midnight, the hour that comes again belongs to the day that had begun.
        assert one.start.astimezone(zone).date() in (day, day - DAY)
        assert (one.end - SECOND).astimezone(zone).date() <= day


def test_a_month_begins_and_ends_at_local_midnight_whatever_the_clocks_do() -> None:
    days = month(Roster(daily("2024-01-01T09:00+01:00", "ana", "ben", zone="Europe/Berlin")), 2024, 3)
    assert days[0].stretches[0].start == at("2024-02-29T23:00Z")
    assert days[-1].stretches[-1].end == at("2024-03-31T22:00Z")
    (before, after) = days[-1].stretches
    assert (before.end, after.start) == (at("2024-03-31T07:00Z"),) * 2
    assert sum(((one.end - one.start) for one in days[-1].stretches), timedelta()) == 23 * HOUR


def test_a_day_that_a_zone_skipped_has_nobody_and_takes_no_time() -> None:
    days = month(Roster(daily("2011-12-01T00:00-10:00", "ana", "ben", zone="Pacific/Apia")), 2011, 12)
    assert days[29].date == date(2011, 12, 30)
    assert days[29].stretches == ()
    assert days[28].stretches[-1].end == days[30].stretches[0].start


def test_a_stretch_tells_who_was_planned() -> None:
    monday = at("2024-05-06T00:00Z")
    roster = Roster(two_layers(), (Override(monday + 10 * HOUR, monday + 11 * HOUR, "cy", "ana"),))
    told = [(one.people, one.planned, one.overridden) for one in stretches(roster, monday, monday + 12 * HOUR)]
    assert told == [
        (("ben",), ("ben",), False),
        (("ana",), ("ana",), False),
        (("cy",), ("ana",), True),
        (("ana",), ("ana",), False),
    ]


def test_nobody_else_is_next_where_one_person_takes_every_turn() -> None:
    now = at("2024-05-06T00:00Z")
    assert outlook(Roster(daily("2024-05-01T08:00Z", "ana")), now) == Outlook(("ana",), None, ())
    leaves = Override(now + LOOKS[1], now + LOOKS[1] + HOUR, None)
    assert outlook(Roster(daily("2024-05-01T08:00Z", "ana"), (leaves,)), now) == Outlook(("ana",), leaves.start, ())


@settings(max_examples=25)
@given(st.data(), zones)
def test_what_is_coming_keeps_its_beginning_as_time_goes_on(data: st.DataObject, zone_name: str) -> None:
    """A subscribed calendar knows a shift by its beginning: asked later, it must not have moved."""
    now = data.draw(instants(zone_name))
    roster = data.draw(rosters(zone_name, now))
    end = now + 12 * DAY
    first = coming(roster, now, end)
    later = now + data.draw(st.integers(1, 10 * 24 * 60)) * MINUTE
    assert coming(roster, later, end) == [one for one in first if one.end > later]
    assert all(one.end > now and one.people for one in first)


# --- overrides in any combination, told by R19 once more


def r19(planned: tuple[str, ...], given: list[Override], instant: datetime) -> tuple[str, ...]:
    """R19 read aloud: each override acts on what the ones before it left."""
    on_duty = list(planned)
    for one in given:
        if not one.start <= instant < one.end:
            continue
        if one.swaps:
            for place, person in enumerate(on_duty):
                if person in (one.user, one.replaces):
                    on_duty[place] = str(one.replaces if person == one.user else one.user)
        elif one.adds:
            on_duty.append(str(one.user))
        elif one.replaces is None:
            on_duty = [one.user] if one.user else []
        elif one.replaces in on_duty:
            place = on_duty.index(one.replaces)
            on_duty[place : place + 1] = [one.user] if one.user else []
        on_duty = [person for place, person in enumerate(on_duty) if person not in on_duty[:place]]
    return tuple(on_duty)


@st.composite
def any_override(draw: st.DrawFn, around: datetime) -> Override:
    """Replace, add, leave nobody or swap, for up to two days around an instant."""
    if draw(st.booleans()):
        return draw(overrides(around))
    one, other = draw(st.permutations(["ana", "ben", "cy", "dee"]))[:2]
    start = around + draw(st.integers(-24 * 60, 24 * 60)) * MINUTE
    return Override(start, start + draw(st.integers(1, 24 * 60)) * MINUTE, one, other, swaps=True)


@settings(max_examples=100)
@given(st.data(), zones)
def test_overrides_in_any_combination_act_one_after_the_other(data: st.DataObject, zone_name: str) -> None:
    now = data.draw(instants(zone_name))
    schedule = Schedule(zone_name, tuple(data.draw(st.lists(layers(zone_name), max_size=2))))
    given = data.draw(st.lists(any_override(now), max_size=6))
    times = [now, *(edge + n * SECOND for one in given for edge in (one.start, one.end) for n in (-1, 0, 1))]
    for instant in times:
        planned = on_call(schedule, (), instant).people
        assert on_call(schedule, given, instant).people == r19(planned, given, instant)


def test_two_people_who_swap_twice_are_where_they_were() -> None:
    now = datetime(2024, 5, 6, 10, tzinfo=UTC)
    swap = Override(now, now + HOUR, "ana", "ben", swaps=True)
    for people in (("ana",), ("ben",), ("ana", "ben"), ("cy",), ()):
        assert swap.applied_to(swap.applied_to(people)) == people
    assert swap.applied_to(("ana", "cy")) == ("ben", "cy")
