"""A webhook that never came costs minutes and no ticket; and somebody hears that Jira no longer calls."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from integrations.jira_client import JiraClient
from tests.jira_double import Fault, JiraDouble
from tests.jira_events import ORGANIZATIONS, PRODUCTION, WORKAROUND
from tests.scenario.harness import CONFIG, Story
from triage import documents
from triage.domain.ticket import Origin
from triage.engine import reconcile, respond
from triage.engine.process import fetch_next
from triage.engine.reconcile import sweep_next
from triage.engine.sources import JIRA
from triage.store import inbox, queries, tickets
from triage.store.db import Database

P0 = {
    "priority": {"id": "99", "name": "P0 - Critical"},
    PRODUCTION: {"value": "Yes"},
    WORKAROUND: {"value": "None"},
    ORGANIZATIONS: [{"id": "1", "name": "Acme GmbH"}],
}


@pytest.fixture
def jira() -> Iterator[JiraDouble]:
    with JiraDouble() as double:
        yield double


@pytest.fixture
def story(database: Database, jira: JiraDouble) -> Story:
    client = JiraClient(jira.url, "token", lambda: story.now, user="robot@vendor.example")
    story = Story(database, sources={client.instance: client})
    jira.now = lambda: story.now
    story.settle()
    return story


def test_a_p0_whose_webhook_never_came_pages_at_the_next_sweep(story: Story, jira: JiraDouble) -> None:
    story.advance(minutes=1)
    jira.add_issue("10001", "SUP-1", P0)
    story.advance(minutes=3)
    story.expect_pages()
    story.advance(minutes=1, seconds=1)
    story.expect_pages("ana")
    with story.context.database.read() as conn:
        assert {fact.origin for fact in tickets.load_facts(conn, 1)} == {Origin.SWEEP}
        assert reconcile.finds(conn, story.now - reconcile.FIRST_LOOK) > 0


def test_what_a_webhook_brought_is_no_find_and_is_fetched_once(story: Story, jira: JiraDouble) -> None:
    jira.on_event = story.receive
    story.advance(minutes=1)
    jira.add_issue("10001", "SUP-1", P0)
    story.expect_pages("ana")
    story.advance(minutes=20)
    with story.context.database.read() as conn:
        assert reconcile.finds(conn, story.now - reconcile.FIRST_LOOK) == 0
        assert len(queries.decisions_of(conn, 1)) == 1, "Jira's last word says the same again"
    fetches = [seen.path for seen in jira.seen if seen.path.endswith("/issue/10001")]
    assert len(fetches) == 1, "sweeps overlap, and an issue that is as it was is not asked for again"


def test_a_p0_that_was_over_before_we_heard_of_it_still_pages(story: Story, jira: JiraDouble) -> None:
    story.advance(seconds=10)
    jira.add_issue("10001", "SUP-1", P0)
    story.advance(minutes=2)
    jira.set_fields("10001", {PRODUCTION: {"value": "No"}}, "ben")
    story.advance(minutes=4)
    story.expect_pages("ana")
    assert story.ticket()["priority"] == "P1"
    assert "It was P0 from 2026-11-23 09:00:10 UTC to 2026-11-23 09:02:10 UTC" in story.sent[0].body
    with story.context.database.write() as conn:
        respond.resolve_incident(conn, story.context, 1, "lead", "seen to", story.now)
    jira.add_comment("10001", "Thank you", author="ben")
    story.advance(minutes=10)
    story.expect_pages()


@pytest.mark.parametrize("late", [{"hours": 4, "minutes": 1}, {"hours": 40}])
def test_a_p0_that_was_over_hours_ago_wakes_nobody(story: Story, jira: JiraDouble, late: dict[str, int]) -> None:
    story.advance(seconds=10)
    jira.next_answers(*[Fault(500)] * 9000)
    jira.add_issue("10001", "SUP-1", P0)
    story.advance(minutes=2)
    jira.set_fields("10001", {PRODUCTION: {"value": "No"}}, "ben")
    story.advance(**late)
    jira.next_answers()
    story.advance(minutes=10)
    story.expect_pages()
    assert story.ticket()["priority"] == "P1"


def test_a_p0_that_was_resolved_before_we_heard_of_it_wakes_nobody(story: Story, jira: JiraDouble) -> None:
    story.advance(seconds=10)
    jira.add_issue("10001", "SUP-1", P0)
    story.advance(minutes=1)
    jira.resolve("10001")
    jira.set_fields("10001", {PRODUCTION: {"value": "No"}}, "ben")
    jira.set_fields("10001", {"status": jira.named("status", "Open"), "resolution": None}, "ben")
    story.advance(minutes=10)
    story.expect_pages()
    assert story.ticket()["open"]


def test_a_sweep_goes_back_to_the_last_good_one_however_long_ago(story: Story, jira: JiraDouble) -> None:
    story.advance(minutes=1)
    jira.next_answers(*[Fault(500)] * 2000)
    story.advance(hours=3)
    jira.add_issue("10001", "SUP-1", P0)
    story.advance(hours=2)
    story.expect_pages()
    jira.next_answers()
    story.advance(minutes=2)
    story.expect_pages("ana")
    asked = [seen.query["jql"] for seen in jira.seen if "jql" in seen.query]
    assert "updated >= -3" in asked[-1], asked[-1]


def test_a_failing_sweep_says_why_and_is_tried_again(story: Story, jira: JiraDouble) -> None:
    jira.next_answers(*[Fault(401)] * 5)
    story.advance(minutes=5, seconds=1)
    with story.context.database.read() as conn:
        (job,) = queries.jobs_named(conn, "sweep/")
    assert "refuses our login" in job["reason"]
    story.advance(minutes=10)
    with story.context.database.read() as conn:
        (job,) = queries.jobs_named(conn, "sweep/")
    assert job["reason"] == ""


def test_only_one_process_sweeps(story: Story) -> None:
    story.advance(minutes=4, seconds=59)
    other = Story(story.context.database, sources=story.context.sources)
    other.now = story.now.replace(minute=5, second=0)
    assert sweep_next(story.context, other.now)
    assert not sweep_next(other.context, other.now)


def test_a_jira_that_changes_without_calling_is_told_once_a_day(story: Story, jira: JiraDouble) -> None:
    jira.on_event = story.receive
    story.advance(minutes=1)
    jira.add_issue("10001", "SUP-1", {**P0, "priority": {"id": "98", "name": "P2 - Medium"}})
    jira.on_event = None  # from here on, Jira is silent
    story.advance(minutes=10)
    jira.add_comment("10001", "Any news?", author="ben")
    story.advance(minutes=15)
    assert told(story) == []
    story.advance(minutes=10)
    assert told(story) == ["Jira no longer calls us"]
    story.advance(hours=3)
    jira.add_comment("10001", "Hello?", author="ben")
    story.advance(hours=3)
    assert told(story) == ["Jira no longer calls us"]
    with story.context.database.read() as conn:
        assert reconcile.silence(conn).heard_at == inbox.last_received(conn, JIRA)


def told(story: Story) -> list[str]:
    return [message.subject for message in story.sent if "Jira" in message.subject]


def test_nothing_changes_and_nobody_calls_and_that_is_fine(story: Story) -> None:
    story.advance(days=2)
    assert story.sent == []


def test_only_the_projects_that_are_ours_are_swept_and_read(database: Database, jira: JiraDouble) -> None:
    files = documents.read_folder(CONFIG)
    files["jira.yaml"] = files["jira.yaml"].replace("projects: []", "projects: [SUP]")
    client = JiraClient(jira.url, "token", lambda: story.now, user="robot@vendor.example")
    story = Story(database, files, sources={client.instance: client})
    jira.now, jira.on_event = lambda: story.now, story.receive
    jira.add_issue("1", "DEV-1", P0)
    jira.add_issue("2", "SUP-1", P0)
    story.advance(minutes=6)
    assert [row["key"] for row in open_tickets(story)] == ["SUP-1"]
    assert all('project in ("SUP")' in seen.query["jql"] for seen in jira.seen if "jql" in seen.query)
    jira.move("2", "DEV-2")
    story.advance(minutes=1)
    assert [row["key"] for row in open_tickets(story)] == ["DEV-2"], "a ticket that we know stays ours"
    assert story.incident()["state"] == "triggered"


def open_tickets(story: Story) -> list[object]:
    with story.context.database.read() as conn:
        return list(queries.queue(conn, queries.Filters()))


def test_what_an_event_wants_to_know_goes_before_what_a_sweep_found(story: Story, jira: JiraDouble) -> None:
    jira.add_issue("1", "SUP-1", P0)
    jira.add_issue("2", "SUP-2", P0)
    note = {"instance": next(iter(story.context.sources))}
    with story.context.database.write() as conn:
        inbox.receive(conn, "jira-sweep", "a", json.dumps({**note, "issue": "1"}).encode(), story.now)
        inbox.receive(conn, "jira-fetch", "b", json.dumps({**note, "issue": "2"}).encode(), story.now)
    assert fetch_next(story.context, story.now)
    assert story.ticket()["key"] == "SUP-2"


def test_jiras_own_clocks_stand_beside_ours_where_they_differ(story: Story, jira: JiraDouble) -> None:
    ongoing = {"startTime": {"epochMillis": 1}, "breachTime": {"epochMillis": 1795430000000}, "breached": False}
    field = {"id": "1", "name": "Time to resolution", "ongoingCycle": {**ongoing, "paused": False}}
    jira.add_issue("10001", "SUP-1", {**P0, "customfield_10030": field})
    story.advance(minutes=6)
    (clock,) = queries.source_clocks_of(story.ticket())
    assert (clock.name, clock.breached) == ("Time to resolution", False)
