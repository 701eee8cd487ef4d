"""Calendars as others write them: what becomes a turn, and what is refused with a reason before it costs time."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from integrations.ical_inbound import MOST_BYTES, MOST_EVENTS, IcalFile, read_turns
from triage.domain.schedule_source import Source, SourceKind, Turn
from triage.ports import SourceError

BERLIN = ZoneInfo("Europe/Berlin")
START, END = datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 4, 15, tzinfo=UTC)


def calendar(*events: str, zones: str = "") -> bytes:
    bodies = "".join(
        f"BEGIN:VEVENT\r\nUID:{number}\r\nDTSTAMP:20260101T000000Z\r\n{event.strip()}\r\nEND:VEVENT\r\n".replace(
            "\n            ", "\r\n"
        )
        for number, event in enumerate(events)
    )
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//\r\n{zones}{bodies}END:VCALENDAR\r\n".encode()


def event(*lines: str, summary: str = "Ana") -> str:
    return "\r\n".join([f"SUMMARY:{summary}", *lines])


def turns(*events: str, zones: str = "") -> list[Turn]:
    return read_turns(calendar(*events, zones=zones), BERLIN, START, END)


def spans(*events: str, zones: str = "") -> list[tuple[str, str]]:
    """Beginnings and ends as Berlin's clock shows them."""
    found = turns(*events, zones=zones)
    return [tuple(f"{at.astimezone(BERLIN):%m-%d %H:%M}" for at in (one.start, one.end)) for one in found]  # type: ignore[misc]


def test_an_event_is_a_turn_of_its_attendees_and_of_whom_its_summary_names() -> None:
    (turn,) = turns(
        event(
            "DTSTART:20261123T090000Z",
            "DTEND:20261130T090000Z",
            "ATTENDEE;CN=Ana Example:mailto:Ana@vendor.example",
            "ATTENDEE:MAILTO:ben@vendor.example",
            summary="Primary: Ana",
        )
    )
    names = ("Ana@vendor.example", "Ana Example", "ben@vendor.example", "Primary: Ana")
    assert turn == Turn(datetime(2026, 11, 23, 9, tzinfo=UTC), datetime(2026, 11, 30, 9, tzinfo=UTC), names)


def test_a_rule_goes_on_by_the_wall_clock_over_the_change_of_the_clocks() -> None:
    zoned = "DTSTART;TZID=Europe/Berlin:20270321T090000", "DTEND;TZID=Europe/Berlin:20270328T090000"
    assert spans(event(*zoned, "RRULE:FREQ=WEEKLY;COUNT=3")) == [
        ("03-21 09:00", "03-28 09:00"),
        ("03-28 09:00", "04-04 09:00"),
        ("04-04 09:00", "04-11 09:00"),
    ]
    (first, second, _) = turns(event(*zoned, "RRULE:FREQ=WEEKLY;COUNT=3"))
    assert first.end - first.start == timedelta(days=7) - timedelta(hours=1)
    assert second.start == first.end


def test_exceptions_moved_and_cancelled_events_are_followed() -> None:
    rule = event(
        "DTSTART:20261102T090000Z", "DTEND:20261103T090000Z", "RRULE:FREQ=WEEKLY;COUNT=4", "EXDATE:20261109T090000Z"
    )
    moved = event(
        "RECURRENCE-ID:20261116T090000Z", "DTSTART:20261117T090000Z", "DTEND:20261118T090000Z", summary="Ben"
    )
    gone = event(
        "RECURRENCE-ID:20261123T090000Z", "DTSTART:20261123T090000Z", "DTEND:20261124T090000Z", "STATUS:CANCELLED"
    )
    body = calendar(rule, moved, gone).replace(b"UID:1\r", b"UID:0\r").replace(b"UID:2\r", b"UID:0\r")
    found = read_turns(body, BERLIN, START, END)
    assert [(one.start.day, one.names) for one in found] == [(2, ("Ana",)), (17, ("Ben",))]


@pytest.mark.parametrize(
    ("lines", "span"),
    [
        (["DTSTART;VALUE=DATE:20261123", "DTEND;VALUE=DATE:20261130"], ("11-23 00:00", "11-30 00:00")),
        (["DTSTART;VALUE=DATE:20261123"], ("11-23 00:00", "11-24 00:00")),
        (["DTSTART:20261123T090000", "DTEND:20261123T170000"], ("11-23 09:00", "11-23 17:00")),
        (["DTSTART:20261123T080000Z", "DURATION:PT8H"], ("11-23 09:00", "11-23 17:00")),
        (["DTSTART;TZID=America/New_York:20261123T030000", "DURATION:PT8H"], ("11-23 09:00", "11-23 17:00")),
        (["DTSTART;TZID=W. Europe Standard Time:20261123T090000", "DURATION:PT8H"], ("11-23 09:00", "11-23 17:00")),
        (["DTSTART:20270328T023000", "DTEND:20270328T040000"], ("03-28 03:00", "03-28 04:00")),
        (["DTSTART:20260101T000000Z", "DTEND:20280101T000000Z"], ("01-01 01:00", "01-01 01:00")),
    ],
)
def test_times_are_read_as_they_are_meant(lines: list[str], span: tuple[str, str]) -> None:
    assert spans(event(*lines)) == [span]


@pytest.mark.parametrize("lines", [["DTSTART:20261123T080000Z"], ["DTSTART:20250101T000000Z", "DURATION:PT1H"]])
def test_what_takes_no_time_or_is_long_over_is_no_turn(lines: list[str]) -> None:
    assert turns(event(*lines)) == []


def test_a_zone_that_the_calendar_defines_itself_is_known() -> None:
    own = (
        "BEGIN:VTIMEZONE\r\nTZID:Office\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
        "TZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n"
    )
    lines = "DTSTART;TZID=Office:20261123T110000", "DURATION:PT8H"
    assert spans(event(*lines), zones=own) == [("11-23 09:00", "11-23 17:00")]


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (
            ["DTSTART;TZID=Mars/Olympus:20261123T090000", "DURATION:PT8H"],
            "'Ana': the time zone 'Mars/Olympus' is unknown",
        ),
        (["DTSTART:20261123T090000Z", "DTEND;TZID=Mars:20261123T100000"], "time zone 'Mars' is unknown"),
        (["DTSTART:next monday", "DURATION:PT8H"], "'Ana': DTSTART cannot be read"),
        (["DTSTART;VALUE=TIME:090000", "DURATION:PT8H"], "DTSTART cannot be read"),
        (["DTSTART:20261123T090000Z", "DTEND:soon"], "DTEND cannot be read"),
        (["DTSTART:20261123T090000Z", "DURATION:long"], "DURATION cannot be read"),
        (["DURATION:PT8H"], "DTSTART cannot be read"),
        (["DTSTART:20261123T090000Z", "RRULE:FREQ=SOMETIMES"], "RRULE cannot be read"),
        (["DTSTART:20261123T090000Z", "DURATION:PT8H", "RRULE:FREQ=DAILY;INTERVAL=0"], "RRULE cannot be read"),
        (
            ["DTSTART:20261123T090000Z", "DURATION:PT1S", "RRULE:FREQ=SECONDLY"],
            "'Ana' comes round too often to be a shift",
        ),
        (["DTSTART:20261123T090000Z", "DURATION:PT1S", "RRULE:FREQ=MINUTELY"], "too often"),
        (
            [
                "DTSTART:20261123T090000Z",
                "DURATION:PT1S",
                "RRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5,6,7,8,9,10;BYSECOND=1,2,3,4,5",
            ],
            "too often",
        ),
        (["DTSTART:00010101T090000Z", "DURATION:PT1H", "RRULE:FREQ=HOURLY"], "began too long ago"),
    ],
)
def test_what_cannot_be_read_for_certain_or_in_time_is_refused(lines: list[str], told: str) -> None:
    with pytest.raises(SourceError) as refused:
        turns(event(*lines))
    assert told in refused.value.reason


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"", "this is no iCalendar"),
        (b"<html>Sign in</html>", "this is no iCalendar"),
        (b"\xff\xfe\x00", "this is no iCalendar"),
        (b"BEGIN:VCALENDAR\r\n", "this is no iCalendar"),
        (calendar(event("DTSTART:20261123T090000Z"))[:-20], "this is no iCalendar"),
        (b"BEGIN:VEVENT\r\nDTSTART:20261123T090000Z\r\nEND:VEVENT\r\n", "a part of one"),
        (b"BEGIN:VEVENT\r\n" * (MOST_EVENTS + 1), "more than 5,000 events"),
    ],
)
def test_what_is_no_calendar_is_refused(body: bytes, told: str) -> None:
    with pytest.raises(SourceError) as refused:
        read_turns(body, BERLIN, START, END)
    assert told in refused.value.reason


def test_a_damaged_calendar_is_read_or_refused_and_never_breaks_the_reader() -> None:
    whole = calendar(
        event(
            "DTSTART;TZID=Europe/Berlin:20261102T090000",
            "DTEND;TZID=Europe/Berlin:20261109T090000",
            "RRULE:FREQ=WEEKLY",
        ),
        event(
            "DTSTART;VALUE=DATE:20261102", "ATTENDEE;CN=Ben:mailto:ben@vendor.example", "EXDATE;VALUE=DATE:20261109"
        ),
    )
    dice = random.Random(6)
    for _ in range(150):
        body = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            body[dice.randrange(len(body))] = dice.choice(b":;=,\r\n\x00Z09-")
        try:
            read_turns(bytes(body), BERLIN, START, END)
        except SourceError as error:
            assert error.reason


def source(address: str) -> Source:
    return Source(SourceKind.ICAL_FILE, address, {"Ana": "ana"})


def test_a_file_is_read_from_the_folder_of_the_documents_only(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    folder.mkdir()
    body = calendar(event("DTSTART:20261123T080000Z", "DURATION:PT8H"))
    (folder / "rota.ics").write_bytes(body)
    (tmp_path / "secret.ics").write_bytes(body)
    (folder / "link.ics").symlink_to(tmp_path / "secret.ics")
    (folder / "big.ics").write_bytes(b" " * (MOST_BYTES + 1))
    reader = IcalFile(folder)
    assert len(reader.fetch_turns(source("rota.ics"), BERLIN, START, END)) == 1
    for name, told in (
        ("../secret.ics", "not in the folder"),
        ("link.ics", "not in the folder"),
        ("gone.ics", "No such file"),
        ("big.ics", "more than"),
    ):
        with pytest.raises(SourceError, match=told):
            reader.fetch_turns(source(name), BERLIN, START, END)
