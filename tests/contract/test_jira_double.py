"""The double tells of what happens as Jira does: its webhooks and its REST answers are read as the same facts."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from integrations.jira_client import JiraClient
from tests.jira_double import BREAKDOWNS, START, JiraDouble, Weather

ISSUE = "10001"
Happening = Callable[[JiraDouble], Any]

either_kind = pytest.mark.parametrize("cloud", [True, False], ids=["cloud", "data center"])


def told_of(cloud: bool, happen: Happening) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The webhooks of one happening, and what the issue's fields are afterwards."""
    bodies: list[bytes] = []
    with JiraDouble(cloud=cloud, strict=True) as jira:
        jira.add_issue(ISSUE, "SUP-1")
        comment = jira.add_comment(ISSUE, "first")
        assert comment == "30002"
        jira.on_event = bodies.append
        happen(jira)
        issue = jira.find(ISSUE)
    return [json.loads(body) for body in bodies], issue.fields if issue else {}


@either_kind
@pytest.mark.parametrize(
    ("happen", "event", "kind", "items"),
    [
        (
            lambda jira: jira.change(ISSUE, "status", "Open", "In progress"),
            "jira:issue_updated",
            "issue_generic",
            [("status", "Open", "In progress")],
        ),
        (
            lambda jira: jira.resolve(ISSUE),
            "jira:issue_updated",
            "issue_generic",
            [("status", "Open", "Done"), ("resolution", None, "Done")],
        ),
        (
            lambda jira: jira.move(ISSUE, "HELP-7"),
            "jira:issue_updated",
            "issue_moved",
            [("project", "Project SUP", "Project HELP"), ("Key", "SUP-1", "HELP-7")],
        ),
        (
            lambda jira: jira.set_fields(ISSUE, {"labels": ["p0", "paged"], "summary": "Down"}),
            "jira:issue_updated",
            "issue_updated",
            [("labels", "", "p0 paged"), ("summary", "Summary of SUP-1", "Down")],
        ),
        (lambda jira: jira.delete_issue(ISSUE), "jira:issue_deleted", None, None),
        (lambda jira: jira.add_issue("10002", "SUP-2"), "jira:issue_created", "issue_created", None),
    ],
    ids=["status", "resolved", "moved", "fields", "deleted", "created"],
)
def test_a_change_is_told_with_its_changelog(
    cloud: bool, happen: Happening, event: str, kind: str | None, items: list[tuple[str, str, str]] | None
) -> None:
    (body,), fields = told_of(cloud, happen)
    assert (body["webhookEvent"], body.get("issue_event_type_name")) == (event, kind)
    found = body.get("changelog", {}).get("items")
    assert (found and [(each["field"], each["fromString"], each["toString"]) for each in found]) == items
    assert all(("fieldId" in each) is (cloud and each["field"] != "Key") for each in found or [])
    assert body["timestamp"] == int((START + timedelta(minutes=2)).timestamp() * 1000)
    assert not fields or event == "jira:issue_created" or fields["updated"] == "2026-03-02T09:02:00.000+0000"


@either_kind
@pytest.mark.parametrize(
    ("happen", "event", "beside"),
    [
        (lambda jira: jira.add_comment(ISSUE, "second", public=False), "comment_created", "issue_commented"),
        (lambda jira: jira.edit_comment(ISSUE, "30002", "better"), "comment_updated", "issue_comment_edited"),
        (lambda jira: jira.delete_comment(ISSUE, "30002"), "comment_deleted", None),
    ],
    ids=["made", "edited", "deleted"],
)
def test_a_comment_is_told_as_each_kind_of_jira_does(
    cloud: bool, happen: Happening, event: str, beside: str | None
) -> None:
    (body, *others), fields = told_of(cloud, happen)
    assert body["webhookEvent"] == event
    assert ("issue" in body) is cloud
    assert body["comment"].get("jsdPublic") == ((event != "comment_created") if cloud else None)
    assert [each["issue_event_type_name"] for each in others] == ([] if cloud or beside is None else [beside])
    assert all(each["comment"] == body["comment"] and "status" in each["issue"]["fields"] for each in others)
    assert fields["updated"] == "2026-03-02T09:02:00.000+0000"


def test_a_moved_issue_is_found_by_its_id_and_its_new_key() -> None:
    with JiraDouble(strict=True) as jira:
        jira.add_issue(ISSUE, "SUP-1")
        jira.move(ISSUE, "HELP-7")
        client = JiraClient(jira.url, "token", lambda: START)
        assert client.fetch_issue(ISSUE)["key"] == "HELP-7"
        assert [each.key for each in client.changed_issues(["HELP"], timedelta(hours=1))] == ["HELP-7"]
        assert list(client.changed_issues(["SUP"], timedelta(hours=1))) == []


def test_the_same_seed_brings_the_same_weather() -> None:
    def faults(seed: int) -> list[Any]:
        weather = Weather(seed, 0.5, BREAKDOWNS)
        return [weather.next() for _ in range(50)]

    assert faults(1) == faults(1)
    assert faults(1) != faults(2)
    assert 10 < faults(1).count(None) < 40
