"""What the Jira client fetches, from a real HTTP server that answers as Jira does."""

from __future__ import annotations

import base64
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.jira_client import JiraClient
from tests.contract.gateway_server import Act, LocalServer, drip, http, reset, say, unused_port
from tests.jira_double import GARBAGE, HANG, Fault, JiraDouble, Seen
from triage.ports import NotFound, SourceError, TicketSource

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TOKEN = "hush-hush-4711"
ISSUE = "10001"


def client(url: str, **options: Any) -> JiraClient:
    return JiraClient(url, TOKEN, lambda: NOW, **{"user": "ana@example.com", "deadline": 20.0, **options})


def fill(jira: JiraDouble, *, changes: int = 2, comments: int = 2) -> None:
    jira.add_issue(ISSUE, "SUP-1", {"summary": "Payments are down", "description": "Since 9:00\nall fails"})
    for number in range(changes):
        jira.change(ISSUE, "status", f"S{number}", f"S{number + 1}")
    for number in range(comments):
        jira.add_comment(ISSUE, f"comment {number}", public=number % 2 == 0)


def fetch_failing(url: str, **options: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        client(url, **options).fetch_issue(ISSUE)
    return caught.value


either_kind = pytest.mark.parametrize("cloud", [True, False], ids=["cloud", "data center"])


# What is fetched


@either_kind
@pytest.mark.parametrize("api_version", ["2", "3"])
def test_an_issue_comes_whole(cloud: bool, api_version: str) -> None:
    with JiraDouble(cloud=cloud) as jira:
        fill(jira)
        source: TicketSource = client(jira.url, api_version=api_version)
        issue = source.fetch_issue(ISSUE)
    assert (issue["id"], issue["key"]) == (ISSUE, "SUP-1")
    assert issue["self"].endswith(f"/rest/api/{api_version}/issue/{ISSUE}")
    assert issue["fields"]["summary"] == "Payments are down"
    assert [entry["items"][0]["toString"] for entry in issue["changelog"]["histories"]] == ["S1", "S2"]
    assert {"id", "created", "author", "items"} <= issue["changelog"]["histories"][0].keys()
    comments = issue["fields"]["comment"]["comments"]
    assert [comment["jsdPublic"] for comment in comments] == [True, False]
    assert isinstance(comments[0]["body"], str if api_version == "2" else dict)


@either_kind
@pytest.mark.parametrize(("changes", "comments"), [(0, 0), (3, 3), (4, 6), (7, 11)])
def test_every_page_is_fetched_once_and_in_order(cloud: bool, changes: int, comments: int) -> None:
    with JiraDouble(cloud=cloud, page_size=3) as jira:
        fill(jira, changes=changes, comments=comments)
        issue = client(jira.url).fetch_issue(ISSUE)
    histories = issue["changelog"]["histories"]
    assert [entry["items"][0]["fromString"] for entry in histories] == [f"S{n}" for n in range(changes)]
    bodies = [comment["body"] for comment in issue["fields"]["comment"]["comments"]]
    assert bodies == [f"comment {number}" for number in range(comments)]


@either_kind
def test_a_visibility_that_jira_does_not_tell_stays_unknown(cloud: bool) -> None:
    with JiraDouble(cloud=cloud) as jira:
        fill(jira, comments=0)
        jira.add_comment(ISSUE, "who may read this?", public=None)
        issue = client(jira.url).fetch_issue(ISSUE)
    assert "jsdPublic" not in issue["fields"]["comment"]["comments"][0]


class Forgetful(JiraDouble):
    """Loses a comment right after it has given the first page of them."""

    def answer(self, seen: Seen) -> Any:
        answer = super().answer(seen)
        if seen.path.endswith("/comment") and seen.query["startAt"] == "0":
            self.delete_comment(ISSUE, answer["comments"][0]["id"])
        return answer


def test_a_comment_that_vanishes_between_two_pages_hides_no_other() -> None:
    with Forgetful(page_size=2) as jira:
        fill(jira, comments=5)
        assert "changed while it was read" in fetch_failing(jira.url).reason


@pytest.mark.parametrize(
    "changelog", [{"total": 3, "histories": [{}]}, {"histories": None}, {"histories": ["x"]}, {}, None, "x"]
)
def test_half_a_changelog_is_refused(changelog: Any) -> None:
    half = {"id": ISSUE, "fields": {}, "changelog": changelog}
    with JiraDouble(cloud=False) as jira:
        jira.next_answers(None, Fault(200, {}, json.dumps(half).encode()))
        assert "whole changelog" in fetch_failing(jira.url).reason


@pytest.mark.parametrize("page", [{"total": 1, "comments": ["x"]}, {"comments": []}, {"total": 2}, {"total": "2"}])
def test_a_list_that_is_none_is_refused(page: Any) -> None:
    with JiraDouble(cloud=False) as jira:
        fill(jira)
        jira.next_answers(None, None, Fault(200, {}, json.dumps(page).encode()))
        assert "list of comments" in fetch_failing(jira.url).reason


def test_what_kind_of_jira_it_is_is_not_guessed() -> None:
    with JiraDouble() as jira:
        fill(jira)
        source = client(jira.url)
        jira.next_answers(Fault(200, {}, b"{}"))
        with pytest.raises(SourceError):
            source.fetch_issue(ISSUE)
        assert len(source.fetch_issue(ISSUE)["changelog"]["histories"]) == 2


# Whom we call, and as whom


@pytest.mark.parametrize(
    ("url", "instance"),
    [
        ("https://example.atlassian.net", "example.atlassian.net"),
        ("https://Example.atlassian.net:443/", "example.atlassian.net"),
        ("https://jira.example.com:8443/jira/", "jira.example.com:8443/jira"),
        ("http://jira.example.com/a/b", "jira.example.com/a/b"),
    ],
)
def test_the_instance_is_the_base_url_without_its_scheme(url: str, instance: str) -> None:
    assert client(url).instance == instance


@pytest.mark.parametrize(
    "url",
    [
        "",
        "jira.example.com",
        "ftp://jira.example.com",
        "https://",
        f"https://ana:{TOKEN}@jira.example.com",
        "https://jira.example.com/?x=1",
        "https://jira.example.com/#x",
        "https://jira.example.com:port",
    ],
)
def test_a_base_url_that_cannot_work_is_told_at_once(url: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        client(url)
    assert TOKEN not in str(caught.value)


def test_a_user_logs_in_with_name_and_token() -> None:
    login = base64.b64encode(f"ana@example.com:{TOKEN}".encode()).decode()
    with JiraDouble(authorization=f"Basic {login}") as jira:
        fill(jira)
        assert client(jira.url).fetch_issue(ISSUE)["id"] == ISSUE


def test_a_personal_access_token_is_a_bearer() -> None:
    with JiraDouble(cloud=False, authorization=f"Bearer {TOKEN}", path="/jira") as jira:
        fill(jira)
        assert client(jira.url, user="").fetch_issue(ISSUE)["id"] == ISSUE


@pytest.mark.parametrize(
    "issue_id", ["", "SUP-1", "10001/../../user", "1?x=1", "-1", "1.0", "²", "१", " 1", "1\n", "9" * 20]
)
def test_only_numbers_are_asked_for(issue_id: str) -> None:
    with JiraDouble() as jira:
        with pytest.raises(NotFound):
            client(jira.url).fetch_issue(issue_id)
        assert jira.seen == []


def test_no_redirect_is_followed() -> None:
    with JiraDouble() as elsewhere, JiraDouble() as jira:
        fill(elsewhere)
        to = f"{elsewhere.url}/rest/api/2/serverInfo"
        jira.next_answers(Fault(302, {"Location": to}))
        assert "302" in fetch_failing(jira.url).reason
        assert elsewhere.seen == []
        assert len(jira.seen) == 1


def test_the_kind_of_jira_is_asked_for_once() -> None:
    with JiraDouble() as jira:
        fill(jira)
        source = client(jira.url)
        source.fetch_issue(ISSUE)
        source.fetch_issue(ISSUE)
        assert [seen.path for seen in jira.seen].count("/rest/api/2/serverInfo") == 1


# What goes wrong


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "Mon, 02 Mar 2026 09:02:00 GMT"}, 120),
        ({"Retry-After": "2026-03-02T09:00:30Z"}, 30),
        ({"X-RateLimit-Reset": "2026-03-02T09:01:00Z"}, 60),
        ({"Retry-After": "7", "X-RateLimit-Reset": "2026-03-02T09:01:00Z"}, 7),
    ],
)
def test_too_many_requests_say_when_to_come_back(headers: dict[str, str], seconds: int) -> None:
    with JiraDouble() as jira:
        fill(jira)
        jira.next_answers(None, Fault(429, headers))
        error = fetch_failing(jira.url)
        assert len(jira.seen) == 2, "the library tried again by itself"
    assert error.after == timedelta(seconds=seconds)
    assert not isinstance(error, NotFound)


def test_a_rate_limit_says_nothing_about_other_failures() -> None:
    with JiraDouble() as jira:
        jira.next_answers(Fault(500, {"X-RateLimit-Reset": "2026-03-02T09:01:00Z"}))
        assert fetch_failing(jira.url).after is None
        jira.next_answers(Fault(503, {"Retry-After": "7"}))
        assert fetch_failing(jira.url).after == timedelta(seconds=7)


@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, {}, b"<html>oops"),
        Fault(502),
        Fault(503, {}, b'{"errorMessages": null, "errors": null}'),
        Fault(400, {}, b"5"),
        Fault(200),
        Fault(200, {}, b"[]"),
        Fault(200, {}, b"null"),
        GARBAGE,
    ],
    ids=["500", "502", "503", "400", "empty", "list", "null", "garbage"],
)
def test_a_failure_anywhere_is_a_source_error(position: int, fault: Fault) -> None:
    with JiraDouble() as jira:
        fill(jira)
        jira.next_answers(*[None] * position, fault)
        error = fetch_failing(jira.url)
        assert len(jira.seen) == position + 1
    assert not isinstance(error, NotFound)
    assert TOKEN not in error.reason


def test_another_issue_than_the_one_asked_for_is_refused() -> None:
    with JiraDouble() as jira:
        jira.next_answers(None, Fault(200, {}, b'{"id": "10002", "fields": {}}'))
        assert "not the issue" in fetch_failing(jira.url).reason


def test_only_jiras_own_words_make_an_issue_not_found() -> None:
    with JiraDouble() as jira:
        assert isinstance(fetch_failing(jira.url), NotFound)
        jira.next_answers(None, Fault(404, {"Content-Type": "text/html"}, b"<html>no such page"))
        assert not isinstance(fetch_failing(jira.url), NotFound)


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"},
        {"X-Seraph-LoginReason": "AUTHENTICATION_DENIED"},
        {"X-Authentication-Denied-Reason": "CAPTCHA_CHALLENGE; login-url=https://jira.example.com/login.jsp"},
    ],
)
@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_refused_login_is_no_missing_issue(status: int, headers: dict[str, str]) -> None:
    words = b'{"errorMessages": ["Issue does not exist or you do not have permission to see it."]}'
    with JiraDouble() as jira:
        jira.next_answers(None, Fault(status, headers, words))
        error = fetch_failing(jira.url)
    assert not isinstance(error, NotFound)
    assert "login" in error.reason


def test_a_silent_jira_is_given_up_in_time() -> None:
    with JiraDouble() as jira:
        jira.next_answers(HANG)
        assert isinstance(fetch_failing(jira.url, deadline=2.0), SourceError)
        assert jira.given_up.wait(10)


@pytest.mark.parametrize(
    "act",
    [drip(b"HTTP/1.1 200 OK\r\nX-Drip: drop\r\n"), drip(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * 9999)],
    ids=["headers", "body"],
)
def test_a_dripping_jira_is_cut_off(act: Act) -> None:
    with LocalServer(http(act)) as server:
        fetch_failing(f"http://127.0.0.1:{server.port}", deadline=0.3)
        assert server.left.wait(10)


@pytest.mark.parametrize("act", [reset(b"HTTP/1.1 200 OK\r\nConten"), say(b""), say(b"\x00garbage\r\n\r\n")])
def test_a_broken_connection_is_a_source_error(act: Act) -> None:
    with LocalServer(http(act)) as server:
        fetch_failing(f"http://127.0.0.1:{server.port}")
        assert len(server.requests) == 1


def test_nobody_listening_is_a_source_error() -> None:
    assert "refused" in fetch_failing(f"http://127.0.0.1:{unused_port()}").reason


def test_what_customers_write_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), JiraDouble() as jira:
        jira.next_answers(None, Fault(200, {}, b"our password is xyzzy"))
        fetch_failing(jira.url)
    assert "xyzzy" not in caplog.text
    assert TOKEN not in caplog.text
