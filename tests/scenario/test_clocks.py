"""The promises of a ticket, and what is told about them."""

from __future__ import annotations

from datetime import timedelta

from tests.jira_events import ANA
from tests.scenario.harness import START, Story
from triage.store import queries


def test_warnings_and_the_breach_are_told_once_each(story: Story) -> None:
    story.created(priority="P1", production="yes", workaround="exists")
    assert story.clocks()["first_response"]["due_at"] == START + timedelta(hours=1)
    story.advance(minutes=61)
    told = [(metric, kind, fraction) for metric, kind, fraction, _ in story.notices() if metric == "first_response"]
    assert told == [
        ("first_response", "warn", "0.5"),
        ("first_response", "warn", "0.75"),
        ("first_response", "breach", ""),
    ]
    story.advance(minutes=30)
    assert len([notice for notice in story.notices() if notice[0] == "first_response"]) == 3
    assert story.clocks()["first_response"]["breached_at"] == START + timedelta(hours=1)


def test_a_service_that_was_down_tells_only_the_loudest(story: Story) -> None:
    story.created(priority="P1", production="yes", workaround="exists")
    story.now += timedelta(hours=2)
    story.settle()
    told = {(kind, fraction): told for metric, kind, fraction, told in story.notices() if metric == "first_response"}
    assert told == {("warn", "0.5"): False, ("warn", "0.75"): False, ("breach", ""): True}


def test_the_first_public_answer_of_an_agent_stops_the_first_response(story: Story) -> None:
    issue = story.created(priority="P2")
    story.advance(minutes=10)
    story.receive(issue.comment(story.now, "internal note", ANA, public=False))
    assert story.clocks()["first_response"]["state"] == "running"
    story.advance(minutes=10)
    story.receive(issue.comment(story.now, "We look into it", ANA, number=2))
    assert story.clocks()["first_response"]["stopped_at"] == START + timedelta(minutes=20)
    assert story.clocks()["resolution"]["state"] == "running"


def test_waiting_for_the_customer_pauses_the_resolution(story: Story) -> None:
    issue = story.created(priority="P1")
    due = story.clocks()["resolution"]["due_at"]
    story.advance(minutes=10)
    story.receive(issue.change(story.now, "status", "Waiting for customer", ANA))
    assert story.clocks()["resolution"]["state"] == "paused"
    story.advance(hours=3)
    story.receive(issue.change(story.now, "status", "In Progress", ANA))
    assert story.clocks()["resolution"]["due_at"] == due + timedelta(hours=3)


def test_late_and_shuffled_events_give_the_same_clocks(story: Story) -> None:
    issue = story.created(priority="P1")
    waiting = issue.change(START + timedelta(minutes=10), "status", "Waiting for customer", ANA)
    back = issue.change(START + timedelta(minutes=40), "status", "In Progress", ANA)
    story.advance(hours=1)
    story.receive(back)
    story.receive(waiting)
    assert story.clocks()["resolution"]["due_at"] == START + timedelta(hours=8, minutes=30)


def test_a_ticket_of_nobody_known_runs_on_the_default_contract_and_is_flagged(story: Story) -> None:
    story.created(priority="P0", production="yes", workaround="none", organization="77")
    with story.context.database.read() as conn:
        row = queries.ticket(conn, 1)
    assert row is not None
    assert row["customer"] == "acme"  # known by the reporter's domain


def test_a_body_that_nobody_can_read_is_quarantined_and_a_human_is_told(story: Story) -> None:
    story.receive(b"{not json")
    with story.context.database.read() as conn:
        (event,) = queries.quarantine(conn)
    assert "JSON" in event["reason"]
    assert story.sent[0].subject == "An event from jira could not be read"
    story.receive(b"[1, 2]")
    assert len(story.sent) == 1  # once an hour
