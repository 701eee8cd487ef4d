"""iCalendar (RFC 5545) as the source of a schedule: a calendar at a URL, or in a file beside the documents.

Whoever can write into the calendar decides how much there is to read, so its size, its events and what its rules
expand to are capped, before they are expanded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from typing import Any

from integrations.http import Getter
from integrations.schedule_fetch import body_of
from triage.domain.schedule_source import Source, Turn
from triage.domain.walltime import first_instant
from triage.ports import SourceError

#: Of icalendar, whose types are those of every property that there could be.
Calendar = Any
Event = Any

MOST_BYTES = 2 * 1024 * 1024
MOST_EVENTS = 5_000
#: How often all rules together may come round a day, and how often from their beginnings on: each costs time.
MOST_A_DAY = 200
MOST_STEPS = 1_000_000
MOST_TURNS = 4_000

DAY = timedelta(days=1)
#: How often a rule comes round a day by itself; the shorter ones never make a shift.
RATES = {"SECONDLY": 86_400.0, "MINUTELY": 1_440.0, "HOURLY": 24.0, "DAILY": 1.0}
PARTS = ("BYSECOND", "BYMINUTE", "BYHOUR")
#: What an event's times hang on; where one of these cannot be read, the event would be at a wrong time.
TIMES = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID")


class IcalUrl:
    """A calendar at a URL, which may itself be a secret."""

    def __init__(self, getter: Getter, now: Callable[[], datetime]) -> None:
        self._getter = getter
        self._now = now

    def fetch_turns(self, source: Source, zone: tzinfo, start: datetime, end: datetime) -> Sequence[Turn]:
        """Each event is a turn of its attendees and of whom its summary names."""
        body = body_of(self._getter, source.address, {"Accept": "text/calendar"}, MOST_BYTES, self._now)
        return read_turns(body, zone, start, end)


class IcalFile:
    """A calendar in a file of the configuration's folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch_turns(self, source: Source, zone: tzinfo, start: datetime, end: datetime) -> Sequence[Turn]:
        """Each event is a turn of its attendees and of whom its summary names."""
        try:
            path = (self._folder / source.address).resolve(strict=True)
            if not path.is_relative_to(self._folder.resolve()):
                raise SourceError(f"{source.address} is not in the folder of the documents")
            with path.open("rb") as file:
                body = file.read(MOST_BYTES + 1)
        except OSError as error:
            raise SourceError(f"{source.address} cannot be read: {error.strerror or type(error).__name__}") from error
        if len(body) > MOST_BYTES:
            raise SourceError(f"{source.address} has more than {MOST_BYTES:,} bytes")
        return read_turns(body, zone, start, end)


def read_turns(body: bytes, zone: tzinfo, start: datetime, end: datetime) -> list[Turn]:
    """The turns of a calendar that have a part in `[start, end)`; raises SourceError, which says what is wrong."""
    calendar = _parse(body)
    _check(calendar, end)
    turns = []
    for event in _expand(calendar, start - DAY, end + DAY):  # what has no zone may lie a day off
        turn = _turn(event, zone)
        if turn.start < turn.end and turn.start < end and turn.end > start and event.get("STATUS") != "CANCELLED":
            turns.append(turn)
    return sorted(turns, key=lambda turn: (turn.start, turn.end, turn.names))


def _parse(body: bytes) -> Calendar:
    import icalendar  # takes a while, so only where a calendar is read

    if body.upper().count(b"BEGIN:VEVENT") > MOST_EVENTS:
        raise SourceError(f"the calendar has more than {MOST_EVENTS:,} events")
    try:
        calendar = icalendar.Calendar.from_ical(body)
    except Exception as error:
        raise SourceError(f"this is no iCalendar: {str(error)[:200]}") from error
    if not isinstance(calendar, icalendar.Calendar):
        raise SourceError("this is no iCalendar, but a part of one")
    return calendar


def _check(calendar: Calendar, end: datetime) -> None:
    """Refuse what cannot be read for certain, and what would take too long to expand."""
    a_day = steps = 0.0
    for event in calendar.walk("VEVENT"):
        _check_times(event)
        rate, days = _rate(event), _days(event, end)
        a_day, steps = a_day + rate, steps + rate * days
        if a_day > MOST_A_DAY or steps > MOST_STEPS:
            raise SourceError(f"{_called(event)} comes round too often to be a shift, or began too long ago")


def _check_times(event: Event) -> None:
    wrong = [name for name, _ in event.errors if name in TIMES]
    for name in TIMES[:2]:
        value = event.get(name)
        try:
            at = value.dt if value is not None else None
        except Exception:  # noqa: BLE001 - a value that could not be read raises what it likes
            wrong.append(name)
            continue
        if isinstance(at, datetime) and at.tzinfo is None and "TZID" in value.params:
            raise SourceError(f"{_called(event)}: the time zone {str(value.params['TZID'])[:60]!r} is unknown")
        if not isinstance(at, date) and (name == "DTSTART" or at is not None):
            wrong.append(name)
    if any(number < 1 for rule in _rules(event) for number in rule.get("INTERVAL", [])):
        wrong.append("RRULE")
    if wrong:
        raise SourceError(f"{_called(event)}: {', '.join(sorted(set(wrong)))} cannot be read")


def _rules(event: Event) -> list[Any]:
    rules = event.get("RRULE", [])
    every = rules if isinstance(rules, list) else [rules]
    return [rule for rule in every if isinstance(rule, dict)]


def _rate(event: Event) -> float:
    """How often an event's rules come round a day, at most."""
    rate = 0.0
    for rule in _rules(event):
        alone = RATES.get(str(rule.get("FREQ", [""])[0]).upper(), 1.0) / max(1, *map(int, rule.get("INTERVAL", [1])))
        for part in PARTS:
            alone *= max(1, len(rule.get(part, [])))
        rate += alone
    return rate


def _days(event: Event, end: datetime) -> float:
    """For how many days an event's rules have to be followed."""
    untils = [until for rule in _rules(event) for until in rule.get("UNTIL", [])]
    last = min(end.date(), max((_date(until) for until in untils), default=end.date()))
    return max(1.0, (last - _date(event["DTSTART"].dt)).days)


def _date(at: date | datetime) -> date:
    return at.date() if isinstance(at, datetime) else at


def _expand(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Event]:
    import recurring_ical_events

    try:
        events = recurring_ical_events.of(calendar).between(start, end)
    except Exception as error:
        raise SourceError(f"the calendar's events cannot be followed: {str(error)[:200]}") from error
    if len(events) > MOST_TURNS:
        raise SourceError(f"the calendar has more than {MOST_TURNS:,} events in the time that counts")
    yield from events


def _turn(event: Event, zone: tzinfo) -> Turn:
    begins, ends = event["DTSTART"].dt, event["DTEND"].dt
    return Turn(_instant(begins, zone), _instant(ends, zone), tuple(dict.fromkeys(_names(event))))


def _instant(at: date | datetime, zone: tzinfo) -> datetime:
    """A date is its midnight, and a time without a zone is read, on the schedule's own clock."""
    wall = at if isinstance(at, datetime) else datetime.combine(at, time())
    instant = wall.astimezone(UTC) if wall.tzinfo else first_instant(wall, zone)
    return instant.replace(microsecond=0)


def _names(event: Event) -> Iterator[str]:
    attendees = event.get("ATTENDEE", [])
    for attendee in attendees if isinstance(attendees, list) else [attendees]:
        address = str(attendee)
        yield address[len("mailto:") :] if address.lower().startswith("mailto:") else address
        if name := getattr(attendee, "params", {}).get("CN"):
            yield str(name)
    if summary := str(event.get("SUMMARY", "")).strip():
        yield summary[:200]


def _called(event: Event) -> str:
    """The event in words that its author knows."""
    return f"the event {str(event.get('SUMMARY') or event.get('UID') or 'without a name')[:80]!r}"
