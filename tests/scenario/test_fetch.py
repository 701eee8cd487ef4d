"""What a webhook leaves out is asked of Jira; until Jira answers, what is known counts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from integrations.jira_client import JiraClient
from tests.jira_double import Fault, JiraDouble
from tests.jira_events import ORGANIZATIONS, PRODUCTION, WORKAROUND
from tests.scenario.harness import Story
from triage.engine.process import process_next
from triage.engine.sources import JIRA_FETCH
from triage.store import inbox, queries
from triage.store.db import Database

ANA = {"accountId": "5b10ac8d82e05b22cc7d4ef5", "displayName": "Ana Example", "accountType": "atlassian"}
COMPLETE = {
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
    return story


def comment_alone(jira: JiraDouble, comment_id: str) -> bytes:
    """A comment event without its issue, as older Servers send it."""
    comment = {
        "self": f"{jira.url}/rest/api/2/issue/10001/comment/{comment_id}",
        "id": comment_id,
        "author": ANA,
        "body": "We look into it",
        "created": "2026-03-02T09:01:00.000+0000",
        "updated": "2026-03-02T09:01:00.000+0000",
    }
    return json.dumps({"timestamp": 1772442060000, "webhookEvent": "comment_created", "comment": comment}).encode()


def test_a_comment_without_its_issue_brings_the_whole_issue_in_and_pages(story: Story, jira: JiraDouble) -> None:
    jira.add_issue("10001", "SUP-1", COMPLETE)
    story.receive(comment_alone(jira, jira.add_comment("10001", "We look into it")))
    assert (story.ticket()["key"], story.ticket()["customer"], story.ticket()["priority"]) == ("SUP-1", "acme", "P0")
    assert story.pages()[0]["person"] == "ana"


def test_a_comment_of_unknown_visibility_stops_nothing_until_jira_tells(story: Story, jira: JiraDouble) -> None:
    jira.add_issue("10001", "SUP-1", COMPLETE)
    comment = jira.add_comment("10001", "We look into it", author="ana")
    jira.next_answers(*[Fault(503, {"Retry-After": "60"})] * 2)
    story.receive(comment_alone(jira, comment))
    assert story.ticket()["priority"] is None
    assert "waiting_for_source" in story.ticket()["flags"]
    story.advance(minutes=3)
    assert story.ticket()["priority"] == "P0"
    assert story.clocks()["first_response"]["state"] == "stopped"


def test_an_issue_that_jira_does_not_show_is_a_humans_matter(story: Story, jira: JiraDouble) -> None:
    story.receive(comment_alone(jira, "30001"))
    asked = [seen.path for seen in jira.seen if "/issue/" in seen.path]
    story.advance(hours=2)
    assert [seen.path for seen in jira.seen if "/issue/" in seen.path] == asked
    with story.context.database.read() as conn:
        (event,) = queries.quarantine(conn)
    assert "Jira does not show us the issue" in event["reason"]
    assert story.pages() == []


def test_a_jira_that_is_silent_for_a_day_becomes_a_humans_matter(story: Story, jira: JiraDouble) -> None:
    jira.next_answers(*[Fault(503, {"Retry-After": "3600"})] * 100)
    story.receive(comment_alone(jira, "30001"))
    story.advance(hours=25)
    with story.context.database.read() as conn:
        (event,) = queries.quarantine(conn)
    assert "has not answered for a day" in event["reason"]
    assert story.now - event["received_at"] >= timedelta(days=1)


def test_a_jira_that_hangs_holds_up_no_page(story: Story, jira: JiraDouble) -> None:
    jira.next_answers(*[Fault(503)] * 5)
    story.receive(comment_alone(jira, "30001"))
    story.created(priority="P0", production="yes", workaround="none")
    with story.context.database.write() as conn:
        waiting = inbox.claim(conn, (JIRA_FETCH,), story.now + timedelta(hours=1), timedelta(0), 5)
    assert [event.source for event in waiting] == [JIRA_FETCH]
    assert process_next(story.context, story.now) is False  # the fetch is somebody else's
    story.expect_pages("ana")
