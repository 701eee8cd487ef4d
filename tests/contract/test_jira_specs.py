"""Every request of the Jira client, and every answer of the double, against the documents of Atlassian."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from integrations.jira_client import JiraClient
from tests.jira_double import ORGANIZATIONS, JiraDouble, spec
from triage.domain.writes import (
    Action,
    Assign,
    Block,
    BlockKind,
    Comment,
    CreateTicket,
    SetFields,
    SetLabels,
    Transition,
    Write,
)
from triage.ports import Delivered

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ISSUE = "10001"
BLOCKS = (
    Block(BlockKind.PARAGRAPH, "It is a *P0*,\nbecause you said:"),
    Block(BlockKind.QUOTE, "all of\n\nproduction is down"),
    Block(BlockKind.BULLET, "one"),
    Block(BlockKind.BULLET, "two"),
)
ACTIONS: list[Action] = [
    Comment(BLOCKS, public=True),
    Comment(BLOCKS, public=False),
    SetFields({"priority": {"id": "2"}, "customfield_10101": {"value": "Yes"}}),
    SetLabels(("p0", "paged"), ("triage",)),
    Transition("In progress"),
    Assign("712020:ben"),
    Assign(""),
    CreateTicket("SUP", "Down", BLOCKS, request_type="25", on_behalf_of="dora@acme.example", organization="7"),
    CreateTicket("SUP", "Down", BLOCKS, issue_type="Incident", on_behalf_of="712020:dora", organization="7"),
]

pytestmark = pytest.mark.skipif(
    not spec.present(), reason="../shared/payloads/specs is absent: there is nothing to check requests against"
)
either_kind = pytest.mark.parametrize("cloud", [True, False], ids=["cloud", "data center"])


def a_jira(cloud: bool, **options: Any) -> JiraDouble:
    jira = JiraDouble(cloud=cloud, page_size=2, strict=True, **options)
    jira.desks, jira.customers = {"SUP": "4"}, {"dora@acme.example": "dora"}
    for number in range(3):
        jira.add_issue(f"1000{number}", f"SUP-{number}")
    for number in range(3):
        jira.change(ISSUE, "priority", f"P{number}", f"P{number + 1}")
        jira.add_comment(ISSUE, f"comment {number}", public=number % 2 == 0)
    cycle = {"breached": False, "startTime": {"epochMillis": 1}, "goalDuration": {"millis": 5, "friendly": "5ms"}}
    jira.find(ISSUE).sla += [{"id": str(n), "name": f"SLA {n}", "ongoingCycle": cycle} for n in range(3)]
    return jira


@pytest.mark.parametrize(("cloud", "api_version"), [(True, "2"), (True, "3"), (False, "2")])
def test_what_we_read_is_documented(cloud: bool, api_version: str) -> None:
    with a_jira(cloud) as jira:
        source = JiraClient(jira.url, "token", lambda: NOW, api_version=api_version, sla=True)
        assert len(source.fetch_issue(ISSUE)["sla"]) == 3
        assert source.account().name == "Triage"
        assert len(list(source.changed_issues(["SUP", 'A"B\\'], timedelta(hours=1)))) == 3
        assert len(list(source.created_issues([], timedelta(hours=1)))) == 3
        assert source.count_created(["SUP"], timedelta(hours=1)) == 3


@either_kind
@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: type(action).__name__)
@pytest.mark.parametrize("tried_since", [None, NOW])
def test_what_we_write_is_documented(cloud: bool, action: Action, tried_since: datetime | None) -> None:
    with a_jira(cloud) as jira:
        sink = JiraClient(jira.url, "token", lambda: NOW, organizations_field=ORGANIZATIONS)
        issue = "" if isinstance(action, CreateTicket) else ISSUE
        assert isinstance(sink.write(Write("m-1", issue, action, tried_since)), Delivered)


@pytest.mark.parametrize(
    ("cloud", "method", "path", "body"),
    [
        (True, "GET", "rest/api/3/issue/10001?nonsense=1", None),
        (True, "GET", "rest/api/3/issue/10001/comment?startAt=first", None),
        (True, "POST", "rest/api/3/search/approximate-count", {"query": "created >= -5m"}),
        (True, "POST", "rest/api/3/issue/10001/comment", {"body": {"type": "doc", "content": []}}),
        (True, "POST", "rest/api/3/issue/10001/comment", {"body": {}, "properties": {"key": "triage.marker"}}),
        (True, "PUT", "rest/api/3/issue/10001", {"update": {"labels": {"add": "p0"}}}),
        (False, "GET", "rest/api/2/issue/10001?nonsense=1", None),
        (False, "GET", "rest/api/3/myself", None),
        (True, "GET", "rest/servicedeskapi/servicedesk?startAt=1", None),
    ],
)
def test_a_request_that_is_not_documented_is_found(cloud: bool, method: str, path: str, body: Any) -> None:
    bare, _, query = path.partition("?")
    asked = dict(part.split("=") for part in query.split("&") if part)
    content = requests.Request(method, "http://jira.example", json=body).prepare().body or b""
    assert isinstance(content, bytes)
    assert spec.violations(cloud, method, f"/{bare}", asked, content, (200, b""))


@pytest.mark.parametrize(
    ("path", "reply"),
    [
        ("/rest/api/3/search/jql", b'{"issues": 5}'),
        ("/rest/api/3/search/jql", b'{"total": 5}'),
        ("/rest/api/2/issue/10001/comment", b'{"comments": {}}'),
        ("/rest/servicedeskapi/servicedesk", b'{"values": [{"id": 5}]}'),
    ],
)
def test_an_answer_that_is_not_documented_is_found(path: str, reply: bytes) -> None:
    assert spec.violations(True, "GET", path, {}, b"", (200, reply))


def test_a_strict_double_fails_the_test_that_asks_for_what_is_not_documented() -> None:
    with pytest.raises(AssertionError, match="nonsense"), a_jira(cloud=True) as jira:
        requests.get(f"{jira.url}/rest/api/2/myself?nonsense=1", timeout=10)


def test_a_double_fails_the_test_that_asks_for_what_it_does_not_know() -> None:
    with pytest.raises(AssertionError, match="JQL"), a_jira(cloud=True) as jira:
        requests.get(f"{jira.url}/rest/api/3/search/jql?jql=assignee=ana", timeout=10)
    with pytest.raises(AssertionError, match="does not know"), a_jira(cloud=True) as jira:
        requests.get(f"{jira.url}/rest/api/3/dashboard", timeout=10)
