"""Turns that another system lists become shifts: at every second, whoever is named in a turn is on call."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from triage.domain.oncall import Schedule, on_call, shifts
from triage.domain.schedule_source import Turn, from_plain, listed, most_at_once, strangers, to_plain

BASE = datetime(2026, 11, 23, tzinfo=UTC)
PEOPLE = {"Ana@vendor.example": "ana", "Ana Example": "ana", "ben": "ben", "cy": "cy"}


def hours(number: int) -> datetime:
    return BASE + timedelta(hours=number)


@st.composite
def turns(draw: st.DrawFn) -> Turn:
    start = draw(st.integers(0, 40))
    names = draw(st.lists(st.sampled_from(["ana@vendor.example", "Ana Example", "BEN", "cy", "dee"]), max_size=3))
    return Turn(hours(start), hours(start + draw(st.integers(1, 12))), tuple(names))


@settings(max_examples=300)
@given(st.lists(turns(), max_size=8))
def test_at_every_hour_those_are_on_call_whom_a_turn_names_and_we_know(given: list[Turn]) -> None:
    layer = listed(given, PEOPLE)
    schedule = Schedule("Europe/Berlin", (layer,))
    known = {name.casefold(): person for name, person in PEOPLE.items()}
    for number in range(-1, 54):
        at = hours(number)
        named = {name.casefold() for turn in given if turn.start <= at < turn.end for name in turn.names}
        got = on_call(schedule, (), at)
        assert set(got.people) == {known[name] for name in named & known.keys()}
        assert len(set(got.people)) == len(got.people)
        if got.people:
            assert got.shift_start is not None
            assert got.shift_end is not None
            assert got.shift_start <= at < got.shift_end
    assert all(one.people and one.start < one.end for one in layer.shifts)
    assert all(one.end <= other.start for one, other in pairwise(layer.shifts))
    for shift in shifts(schedule, (), hours(-1), hours(54)):
        assert on_call(schedule, (), shift.start).people == shift.people


def test_turns_in_a_row_of_one_person_are_one_shift_and_those_of_two_are_a_hand_off() -> None:
    layer = listed([Turn(hours(0), hours(8), ("ben",)), Turn(hours(8), hours(16), ("ben",))], PEOPLE)
    assert [(one.start, one.end) for one in layer.shifts] == [(hours(0), hours(16))]
    layer = listed([Turn(hours(8), hours(16), ("cy",)), Turn(hours(0), hours(8), ("ben",))], PEOPLE)
    assert [one.people for one in layer.shifts] == [("ben",), ("cy",)]


def test_turns_that_touch_are_not_under_way_at_once() -> None:
    given = [Turn(hours(a), hours(b), ("ben",)) for a, b in ((0, 2), (2, 4), (1, 3))]
    assert (most_at_once(given), most_at_once(given[:2]), most_at_once([])) == (2, 1, 0)


def test_whom_nobody_knows_is_named_once() -> None:
    given = [
        Turn(hours(0), hours(1), ("dee@vendor.example", "Dee")),
        Turn(hours(1), hours(2), ("dee@vendor.example", "Dee")),
        Turn(hours(2), hours(3), ()),
        Turn(hours(3), hours(4), ("ANA EXAMPLE", "whoever")),
    ]
    assert strangers(given, PEOPLE) == ["(no name)", "dee@vendor.example / Dee"]


@given(turns())
def test_a_turn_is_kept_as_it_was(turn: Turn) -> None:
    assert from_plain(to_plain(turn)) == turn
