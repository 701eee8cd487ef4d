"""Jira fails in every way, before and after it did what was asked; each write is there once in the end."""

from __future__ import annotations

from collections import Counter

import pytest

from integrations.jira_client import JiraClient
from tests.jira_double import JiraDouble
from tests.jira_double.faults import Weather
from tests.jira_events import ORGANIZATIONS, PRODUCTION
from tests.scenario.harness import Story
from tests.scenario.test_write_back import files
from triage.store import queries
from triage.store.db import Database

ISSUES = 6


@pytest.mark.parametrize("cloud", [True, False], ids=["cloud", "data center"])
def test_nothing_is_written_twice_and_nothing_is_lost(database: Database, cloud: bool) -> None:
    with JiraDouble(cloud=cloud, strict=True) as jira:
        client = JiraClient(jira.url, "token", lambda: story.now, user="triage@vendor.example")
        found = files()
        ours = jira.user("triage").get("accountId") or jira.user("triage")["key"]
        found["jira.yaml"] = found["jira.yaml"].replace("bot-1", ours)
        story = Story(database, found, sources={client.instance: client}, sinks={client.instance: client})
        jira.now, jira.on_event = lambda: story.now, story.receive
        jira.weather = Weather(20261124, 0.5)
        for number in range(ISSUES):
            fields = {PRODUCTION: {"id": "10202", "value": "No"}, ORGANIZATIONS: [{"id": "1", "name": "Acme GmbH"}]}
            jira.add_issue(str(10001 + number), f"SUP-{number + 1}", fields, author="dora")
            story.advance(seconds=20)
        story.advance(minutes=40)
        jira.weather = None
        story.advance(minutes=30)
        assert jira.violations == jira.unknown == []
        for number in range(ISSUES):
            issue = jira.find(str(10001 + number))
            assert issue is not None
            said = Counter(comment["body"] for comment in issue.comments)
            assert set(said.values()) == {1}, said
            assert sum(text.startswith("Thank you for your report. You asked for P0") for text in said) == 1
            assert "triage-p1" in issue.fields["labels"]
            assert issue.fields["priority"]["id"] == "2"
        with story.context.database.read() as conn:
            states = {row["state"] for number in range(1, ISSUES + 1) for row in queries.writes_of(conn, number)}
        assert states == {"delivered"}
