"""Quiet hours and maintenance hold P1 to P3; a P0 pages at any hour, and says so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.scenario.harness import CONFIG, START, Story
from triage import documents
from triage.domain.holds import Window
from triage.engine import hand_over, maintain, respond
from triage.engine.respond import NotPossible
from triage.store.db import Database

P0 = {"priority": "P0", "production": "yes", "workaround": "none"}
#: P1 pages at any hour and P2 in office hours; both wait for nobody.
POLICY = """
escalation_policies:
  around-the-clock:
    steps: [{targets: ["person:ana"], delay: 5m}, {targets: ["person:cy"], delay: 5m}]
    fallback: ["person:ben"]
    group_window: 0s
    ack_timeout: 1h
    page_hours: {P2: berlin-office}
"""


@pytest.fixture
def story(database: Database) -> Story:
    files = {**documents.read_folder(CONFIG), "escalation.yaml": POLICY}
    routes = "\n".join(f"    {priority}: around-the-clock" for priority in ("P0", "P1", "P2"))
    files["service.yaml"] = files["service.yaml"].replace("    P0: around-the-clock", routes)
    return Story(database, files)


def night(story: Story) -> None:
    """Monday 23:00 in Berlin."""
    story.advance(hours=13)


def plan(story: Story, customer: str | None = "acme", **span: float) -> int:
    window = Window(story.now, story.now + timedelta(**span), "new disks", customer)
    with story.context.database.write() as conn:
        number = maintain.add_window(story.context.work(conn, story.now), window, "lead")
    story.settle()
    return number


def test_a_p2_of_the_night_waits_for_the_morning(story: Story) -> None:
    night(story)
    story.created(priority="P2")
    story.expect_pages()
    assert story.incident()["reason"] == "quiet hours of P2 until 2026-11-24 08:00:00 UTC"
    story.advance(hours=9, minutes=59)
    story.expect_pages()
    story.advance(minutes=1)
    assert story.now == START + timedelta(hours=24 - 1)
    story.expect_pages("ana")
    story.advance(minutes=5)
    story.expect_pages("cy")


def test_a_p2_of_the_day_that_nobody_answers_waits_over_night_too(story: Story) -> None:
    story.advance(hours=6, minutes=56)  # 16:56 in Berlin
    story.created(priority="P2")
    story.expect_pages("ana")
    story.advance(hours=16)
    story.expect_pages()
    story.advance(minutes=5)
    story.expect_pages("cy")


@pytest.mark.parametrize("priority", ["P0", "P1"])
def test_what_is_not_quiet_pages_at_night(story: Story, priority: str) -> None:
    night(story)
    story.created(**{**P0, "priority": priority})
    story.expect_pages("ana")


def test_a_raise_to_p0_ends_the_quiet(story: Story) -> None:
    night(story)
    issue = story.created(priority="P2", production="yes", workaround="none")
    story.advance(hours=1)
    story.receive(issue.change(story.now, "priority", "P0"))
    story.expect_pages("ana")


def test_a_maintenance_window_holds_what_is_less_than_a_p0(story: Story) -> None:
    plan(story, hours=2)
    story.created(priority="P1")
    story.expect_pages()
    assert story.incident()["reason"] == "maintenance until 2026-11-23 11:00:00 UTC: new disks"
    story.advance(hours=2)
    story.expect_pages("ana")


def test_a_maintenance_window_marks_a_p0_and_holds_nobody_elses(story: Story) -> None:
    plan(story, hours=2)
    story.created(**P0)
    assert "In maintenance until 2026-11-23 11:00:00 UTC: new disks" in story.sent[-1].body
    story.advance(seconds=1)
    story.created(priority="P1", organization="2")
    story.expect_pages("ana", "ana")
    assert "maintenance" not in story.sent[-1].body


def test_a_window_for_everybody_holds_everybody(story: Story) -> None:
    plan(story, None, hours=1)
    story.created(priority="P1", organization="2")
    story.expect_pages()


def test_a_window_that_ends_early_lets_what_waits_go_at_once(story: Story) -> None:
    number = plan(story, hours=8)
    story.created(priority="P1")
    story.advance(hours=1)
    with story.context.database.write() as conn:
        maintain.end_window(story.context.work(conn, story.now), number, "lead")
    story.settle()
    story.expect_pages("ana")
    with story.context.database.write() as conn, pytest.raises(NotPossible, match="was ended before"):
        maintain.end_window(story.context.work(conn, story.now), number, "lead")


@pytest.mark.parametrize(
    ("customer", "hours", "reason", "why"),
    [
        ("acme", 0, "x", "ends before it begins"),
        ("acme", -2, "x", "ends before it begins"),
        ("acme", 24 * 40, "x", "31 days"),
        ("nobody", 1, "x", "no customer 'nobody'"),
        ("acme", 1, "  ", "a reason"),
    ],
)
def test_a_window_that_cannot_be_is_refused(story: Story, customer: str, hours: float, reason: str, why: str) -> None:
    window = Window(story.now, story.now + timedelta(hours=hours), reason, customer)
    with story.context.database.write() as conn, pytest.raises(NotPossible, match=why):
        maintain.add_window(story.context.work(conn, story.now), window, "lead")


def test_an_acknowledged_p2_that_is_forgotten_waits_for_the_morning(story: Story) -> None:
    story.advance(hours=6, minutes=30)
    story.created(priority="P2")
    story.expect_pages("ana")
    with story.context.database.write() as conn:
        respond.acknowledge_incident(conn, story.context, 1, "ana", story.now)
    story.advance(hours=16)
    story.expect_pages()
    story.advance(minutes=31)
    story.expect_pages("ana")


def test_what_a_human_asks_for_is_not_held(story: Story) -> None:
    night(story)
    story.created(priority="P2")
    with story.context.database.write() as conn:
        hand_over.reassign(story.context.work(conn, story.now), 1, "cy", "lead", "dashboard")
    story.expect_pages("cy")
