"""Shifts as an iCalendar (RFC 5545) that calendars subscribe to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `key` is what it is known by: the same one keeps its place in every calendar that has read it."""

    key: str
    summary: str
    start: datetime
    end: datetime
    description: str = ""


def calendar(name: str, entries: Iterable[Entry], now: datetime) -> bytes:
    """The calendar of that name, with all times in UTC."""
    import icalendar  # takes a while, so only where a calendar is written

    shown = icalendar.Calendar()
    shown.add("prodid", "-//support triage//on call//EN")
    shown.add("version", "2.0")
    for title in ("name", "x-wr-calname"):
        shown.add(title, name)
    shown.add("refresh-interval", timedelta(hours=1), parameters={"VALUE": "DURATION"})
    shown.add("x-published-ttl", "PT1H")
    for entry in entries:
        event = icalendar.Event()
        event.add("uid", f"{uuid5(NAMESPACE_URL, entry.key)}@support-triage")
        event.add("dtstamp", now.replace(microsecond=0))
        event.add("dtstart", entry.start)
        event.add("dtend", entry.end)
        event.add("summary", entry.summary)
        if entry.description:
            event.add("description", entry.description)
        event.add("transp", "TRANSPARENT")  # whoever is on call can still be invited
        shown.add_component(event)
    written: bytes = shown.to_ical()
    return written
