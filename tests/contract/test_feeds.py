"""Feeds: whoever has the address reads the shifts as they really resolve, until it is revoked."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import icalendar
import pytest

from tests.contract.site import Site, token_in
from tests.scenario.harness import START
from triage.engine.override import add_override
from triage.store.tables import feeds


def make(site: Site, of: str) -> str:
    """Make a feed by the page's form; returns its path."""
    token = token_in(site.client.get("/oncall").text)
    page = site.client.post("/oncall/feeds", data={"csrf_token": token, "of": of})
    found = re.search(r"<code>feed:(\S+)</code>", page.text)
    assert found, page.text
    assert found[1] not in site.client.get("/oncall").text  # it is shown once
    return f"/calendars/{found[1]}.ics"


def events(site: Site, path: str) -> list[icalendar.Event]:
    answer = site.client.get(path)
    assert answer.status_code == 200
    assert answer.content_type == "text/calendar; charset=utf-8"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    read = icalendar.Calendar.from_ical(answer.data)
    assert read.get("VERSION") == "2.0"
    assert all(line.endswith(b"\r\n") and len(line) <= 77 for line in answer.data.splitlines(keepends=True))
    found = list(read.walk("VEVENT"))
    for event in found:
        assert not event.errors
        assert {"UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY"} <= set(event)
    assert len({event["UID"] for event in found}) == len(found)
    return found


def told(found: list[icalendar.Event]) -> list[tuple[datetime, datetime, str]]:
    def at(event: icalendar.Event, name: str) -> datetime:
        instant: datetime = event[name].dt
        return instant.astimezone(UTC)

    return [(at(event, "DTSTART"), at(event, "DTEND"), str(event["SUMMARY"])) for event in found]


def override(site: Site, start: str, end: str, **how: str) -> None:
    with site.story.context.database.write() as conn:
        add_override(site.story.context.work(conn, site.story.now), "primary", start, end, "ben", **how)  # type: ignore[arg-type]


@pytest.fixture
def signed_in(site: Site) -> Site:
    site.sign_in()
    return site


def week(number: int) -> datetime:
    return datetime(2026, 11, 23, 8, tzinfo=UTC) + number * timedelta(weeks=1)


def test_a_schedules_feed_has_the_shifts_of_the_coming_ninety_days(signed_in: Site) -> None:
    found = told(events(signed_in, make(signed_in, "schedule:primary")))
    assert len(found) == 13
    assert found[:3] == [
        (week(0), week(1), "Ana Example (primary)"),
        (week(1), week(2), "Ben Example (primary)"),
        (week(2), week(3), "Ana Example (primary)"),
    ]
    assert found[-1][1] == START + timedelta(days=90)


def test_an_override_is_in_the_feed_and_leaves_the_other_shifts_what_they_are(signed_in: Site) -> None:
    path = make(signed_in, "schedule:primary")
    before = {event["UID"]: event for event in events(signed_in, path)}
    override(signed_in, "2026-12-01 09:00", "2026-12-02 09:00", user="cy", replaces="ben")
    after = events(signed_in, path)
    new = [event for event in after if event["UID"] not in before]
    assert [(when.day, who) for when, _, who in told(new)] == [
        (1, "Cy Example (primary)"),
        (2, "Ben Example (primary)"),
    ]
    assert str(new[0]["DESCRIPTION"]) == "Instead of Ben Example."
    assert before.keys() <= {event["UID"] for event in after}


def test_a_shift_keeps_its_uid_while_it_is_under_way(signed_in: Site) -> None:
    path = make(signed_in, "schedule:primary")
    first = [str(event["UID"]) for event in events(signed_in, path)]
    signed_in.story.now += timedelta(days=3)
    assert [str(event["UID"]) for event in events(signed_in, path)][: len(first)] == first
    signed_in.story.now += timedelta(days=7)
    assert [str(event["UID"]) for event in events(signed_in, path)][:5] == first[1:6]


def test_a_persons_feed_has_their_shifts_of_every_schedule(signed_in: Site) -> None:
    found = told(events(signed_in, make(signed_in, "person:ben")))
    assert {summary for _, _, summary in found} == {"On call (primary)", "On call (secondary)"}
    assert (week(1), week(2), "On call (primary)") in found
    assert (week(0), week(1), "On call (primary)") not in found


def test_a_revoked_feed_and_one_that_never_was_answer_alike(signed_in: Site) -> None:
    path = make(signed_in, "schedule:primary")
    token = token_in(signed_in.client.get("/oncall").text)
    signed_in.client.post("/oncall/feeds/1/revoke", data={"csrf_token": token}, follow_redirects=True)
    revoked, unknown = signed_in.client.get(path), signed_in.client.get("/calendars/nonsense.ics")
    assert (revoked.status_code, unknown.status_code) == (404, 404)
    assert revoked.text == unknown.text
    again = signed_in.client.post("/oncall/feeds/1/revoke", data={"csrf_token": token}, follow_redirects=True)
    assert "There is no feed 1, or it was revoked before." in again.text


def test_a_feed_is_read_without_signing_in_and_made_only_by_who_is_signed_in(signed_in: Site) -> None:
    path = make(signed_in, "schedule:primary")
    token = token_in(signed_in.client.get("/oncall").text)
    for of, status in (("schedule:x", 302), ("x", 400), ("", 400)):
        assert signed_in.client.post("/oncall/feeds", data={"csrf_token": token, "of": of}).status_code == status
    signed_in.client.delete_cookie("triage")
    assert signed_in.client.get(path).status_code == 200
    assert signed_in.client.post("/oncall/feeds", data={"of": "person:ana"}).status_code == 400


def test_only_the_hash_of_a_secret_is_stored(signed_in: Site) -> None:
    secret = make(signed_in, "schedule:primary").split("/")[2].removesuffix(".ics")
    with signed_in.story.context.database.read() as conn:
        (row,) = conn.execute(feeds.select()).mappings()
    assert secret not in str(dict(row))
