"""How often people are paged: nothing is lost, weeks and nights are on the person's own clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scenario.harness import CONFIG
from triage import documents
from triage.domain.configuration import Configuration
from triage.domain.paging_load import Counted, fold_load, home_zones, is_night, iso_week, monday_of

BERLIN, AUCKLAND = ZoneInfo("Europe/Berlin"), ZoneInfo("Pacific/Auckland")
ZONES = {"ana": BERLIN, "ben": AUCKLAND}

instants = st.datetimes(datetime(2025, 12, 1), datetime(2027, 2, 1), timezones=st.just(UTC))  # noqa: DTZ001
waits = st.none() | st.integers(0, 7200).map(lambda seconds: timedelta(seconds=seconds))


@st.composite
def pages(draw: st.DrawFn) -> Counted:
    at, wait = draw(instants), draw(waits)
    return Counted(draw(st.sampled_from(["ana", "ben", "cy"])), at, None if wait is None else at + wait)


@settings(max_examples=150)
@given(st.lists(pages(), max_size=30))
def test_no_page_is_lost_and_every_figure_is_the_plain_count(paged: list[Counted]) -> None:
    loads = fold_load(paged, ZONES)
    assert sum(load.pages for load in loads) == len(paged)
    assert [(load.monday, load.person) for load in loads] == sorted(
        {(load.monday, load.person) for load in loads}, key=lambda key: (-key[0].toordinal(), key[1])
    )
    for load in loads:
        zone = ZONES.get(load.person, UTC)
        local = [page.paged_at.astimezone(zone) for page in paged if page.person == load.person]
        year, week, _ = load.monday.isocalendar()
        mine = [at for at in local if at.isocalendar()[:2] == (year, week)]
        assert load.pages == len(mine)
        assert load.at_night == sum(at.hour in (22, 23, 0, 1, 2, 3, 4, 5) for at in mine)
        answers = sorted(
            page.answered_at - page.paged_at
            for page in paged
            if page.person == load.person and page.answered_at and page.paged_at.astimezone(zone) in mine
        )
        assert load.acknowledged == len(answers)
        if not answers:
            assert load.median_answer is None
        else:
            middle = (answers[(len(answers) - 1) // 2] + answers[len(answers) // 2]) / 2
            assert load.median_answer == middle


@settings(max_examples=50)
@given(st.lists(pages(), max_size=20), st.randoms())
def test_the_order_of_the_pages_does_not_matter(paged: list[Counted], random: object) -> None:
    shuffled = list(paged)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert fold_load(shuffled, ZONES) == fold_load(paged, ZONES)


@pytest.mark.parametrize(
    ("at", "zone", "monday", "night"),
    [
        ("2026-11-22T23:30:00Z", UTC, "2026-11-16", True),
        ("2026-11-22T23:30:00Z", BERLIN, "2026-11-23", True),  # a Monday, half past midnight
        ("2026-11-23T04:59:59Z", BERLIN, "2026-11-23", True),
        ("2026-11-23T05:00:00Z", BERLIN, "2026-11-23", False),  # 06:00
        ("2026-11-23T20:59:59Z", BERLIN, "2026-11-23", False),
        ("2026-11-23T21:00:00Z", BERLIN, "2026-11-23", True),  # 22:00
        ("2026-10-25T04:30:00Z", BERLIN, "2026-10-19", True),  # 05:30, the clock was put back an hour
        ("2026-11-22T12:00:00Z", AUCKLAND, "2026-11-23", True),
    ],
)
def test_a_week_and_a_night_are_on_the_persons_own_clock(at: str, zone: ZoneInfo, monday: str, night: bool) -> None:
    instant = datetime.fromisoformat(at)
    assert (str(monday_of(instant, zone)), is_night(instant, zone)) == (monday, night)


def test_the_first_days_of_a_year_may_belong_to_the_last_week_of_the_one_before() -> None:
    assert (iso_week(date(2027, 1, 3)), iso_week(date(2027, 1, 4))) == ("2026-W53", "2027-W01")


def configured(schedules: str) -> Configuration:
    files = {**documents.read_folder(CONFIG), "schedules.yaml": schedules}
    applied = [variant for variant, _ in documents.variants(files, date(2026, 11, 23))]
    return documents.build(files, applied, 1, date(2026, 11, 23))


def test_a_persons_clock_is_that_of_the_first_schedule_that_names_them() -> None:
    config = configured(
        """
schedules:
  primary:
    timezone: Europe/Berlin
    layers:
      - rotation: {type: weekly, start: 2026-01-05 09:00, participants: [ana]}
  secondary:
    timezone: America/New_York
    ical: {url: "https://calendars.example/rota.ics", people: {"Ben Example": ben, "Ana Example": ana}}
"""
    )
    assert home_zones(config) == {"ana": BERLIN, "ben": ZoneInfo("America/New_York")}
