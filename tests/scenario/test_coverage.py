"""Once a day somebody is told where a page would come to nothing; test pages and real ones prove what works."""

from __future__ import annotations

from datetime import timedelta

from tests.scenario.harness import CONFIG, Sink, Story
from triage import documents
from triage.domain.coverage import Coverage, GapReason
from triage.engine import cover
from triage.engine.override import add_override
from triage.engine.probe import send_test_page
from triage.ports import Retry
from triage.store.db import Database

NOTICE = "On call: coverage gaps in the next 30 days"


def morning(story: Story) -> list[str]:
    """Go on to the next 08:00 UTC, let the day's look be taken, and give the notices that follow from it."""
    before = len(story.sent)
    due = story.now.replace(hour=8, minute=0) + timedelta(days=story.now.hour >= 8)
    story.advance(seconds=(due - story.now).total_seconds())
    while cover.cover_next(story.context, story.now):
        story.settle()
    return [message.body for message in story.sent[before:] if message.subject == NOTICE]


def test_page(story: Story, person: str) -> None:
    with story.context.database.write() as conn:
        send_test_page(story.context.work(conn, story.now), person, 1, "ana")
    story.settle()


test_page.__test__ = False  # type: ignore[attr-defined]


def found_by(story: Story) -> Coverage:
    with story.context.database.read() as conn:
        config = story.context.configurations.current(conn)
        return cover.find_gaps(conn, story.context, config, story.now)


def untested(story: Story) -> set[str]:
    every = (gap for of in found_by(story).schedules.values() for gap in of)
    return {person for gap in every if gap.reason is GapReason.UNTESTED for person in gap.people}


def gaps(story: Story) -> dict[str, list[GapReason]]:
    found = found_by(story)
    both = {**found.schedules, **found.policies}
    return {name: list(dict.fromkeys(gap.reason for gap in of)) for name, of in both.items()}


def test_whoever_has_just_installed_it_is_not_told_at_once(story: Story) -> None:
    assert cover.cover_next(story.context, story.now)
    story.settle()
    assert story.sent == []
    assert not cover.cover_next(story.context, story.now)


def test_the_notice_comes_once_a_day_until_everybody_was_tested(story: Story) -> None:
    cover.cover_next(story.context, story.now)
    (told,) = morning(story)
    assert "schedule primary: ana: on call, and no contact method was ever tested" in told
    assert len(morning(story)) == 1
    for person in ("ana", "ben", "cy"):
        test_page(story, person)
    assert gaps(story) == {}
    assert morning(story) == []


def test_a_page_that_was_delivered_proves_its_contact_method_too(story: Story) -> None:
    assert gaps(story) == {"primary": [GapReason.UNTESTED], "secondary": [GapReason.UNTESTED]}
    story.created(priority="P0", production="yes", workaround="none")
    story.advance(minutes=5)
    assert untested(story) == {"ben"}


def test_a_test_page_that_nobody_takes_proves_nothing_and_is_given_up(story: Story) -> None:
    story.sinks[0].answers = [Retry("busy")] * 20
    test_page(story, "ana")
    story.advance(minutes=3)
    assert len(story.sent) < 10
    assert untested(story) == {"ana", "ben", "cy"}
    assert story.incident() is None


def test_an_override_that_leaves_nobody_is_a_gap(story: Story) -> None:
    for person in ("ana", "ben", "cy"):
        test_page(story, person)
    with story.context.database.write() as conn:
        add_override(
            story.context.work(conn, story.now), "primary", "2026-12-20 09:00", "2026-12-21", "ben", user=None
        )
    assert gaps(story) == {"primary": [GapReason.NOBODY]}
    story.advance(days=1)
    cover.cover_next(story.context, story.now)
    (told,) = morning(story)
    assert "nobody is on call, Sun 2026-12-20 09:00 to Mon 2026-12-21 00:00 Europe/Berlin" in told


def test_what_is_not_set_up_here_reaches_nobody(database: Database) -> None:
    files = documents.read_folder(CONFIG)
    files["people.yaml"] = files["people.yaml"].replace(
        "name: Cy Example\n    contact_methods:\n      - {gateway: console}",
        'name: Cy Example\n    contact_methods:\n      - {gateway: console, address: "env:TRIAGE_SECRET_GONE"}',
    )
    story = Story(database, files)
    found = gaps(story)
    assert found["around-the-clock"] == [GapReason.NO_FALLBACK]
    assert GapReason.UNREACHABLE in found["secondary"]
    elsewhere = Story(database, files, gateways=[Sink("smtp")])
    assert gaps(elsewhere)["primary"] == [GapReason.UNREACHABLE]
