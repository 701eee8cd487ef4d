"""Jira's rate limits by their reasons, and logging in by OAuth."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.jira_client import JiraClient
from integrations.jira_throttle import Throttle
from tests.jira_double import GARBAGE, HANG, Fault, JiraDouble
from triage.domain.writes import SetLabels, Write
from triage.ports import Delivered, Retry, SourceError

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "hush-hush-4711"
INSTANCE_REASONS = ["jira-burst-based", "jira-quota-tenant-based", "jira-quota-global-based", "jira-cost-based", ""]


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def limit(reason: str, **headers: str) -> Fault:
    return Fault(429, {**({"RateLimit-Reason": reason} if reason else {}), **headers})


def label(issue: str) -> Write:
    return Write("m-1", issue, SetLabels(("p0",)))


def a_jira(**options: Any) -> JiraDouble:
    jira = JiraDouble(**options)
    jira.add_issue("10001", "SUP-1")
    jira.add_issue("10002", "SUP-2")
    return jira


@pytest.mark.parametrize("reason", INSTANCE_REASONS)
def test_a_limit_of_the_instance_holds_every_call_without_asking_jira(reason: str) -> None:
    clock = Clock()
    with a_jira() as jira:
        client = JiraClient(jira.url, SECRET, clock)
        jira.next_answers(None, limit(reason, **{"Retry-After": "10"}))
        assert client.write(label("10001")) == Retry("Jira answered 429", timedelta(seconds=10))
        asked = len(jira.seen)
        clock.now += timedelta(seconds=4)
        held = client.write(label("10002"))
        assert isinstance(held, Retry)
        assert held.after == timedelta(seconds=6)
        reads: list[Callable[[], object]] = [
            client.account,
            lambda: client.fetch_issue("10001"),
            lambda: list(client.changed_issues([], timedelta(hours=1))),
            lambda: client.count_created([], timedelta(hours=1)),
            lambda: client.get("rest/api/2/serverInfo"),
        ]
        for read in reads:
            with pytest.raises(SourceError) as caught:
                read()
            assert caught.value.after == timedelta(seconds=6)
        assert len(jira.seen) == asked
        clock.now += timedelta(seconds=6)
        assert client.write(label("10002")) == Delivered()


def test_a_limit_of_one_issue_holds_only_that_issue() -> None:
    clock = Clock()
    with a_jira() as jira:
        client = JiraClient(jira.url, SECRET, clock)
        jira.next_answers(None, limit("jira-per-issue-on-write", **{"Retry-After": "10"}))
        assert client.write(label("10001")) == Retry("Jira answered 429", timedelta(seconds=10))
        assert client.write(label("10002")) == Delivered()
        assert client.account().name == "Triage"


def test_the_reset_counts_where_no_wait_is_named() -> None:
    throttle = Throttle(lambda: START)
    assert throttle.limited({"X-RateLimit-Reset": "2026-03-02T09:05:00Z"}) == timedelta(minutes=5)
    assert throttle.left() == timedelta(minutes=5)
    throttle.limited({"Retry-After": "10"})
    assert throttle.left() == timedelta(minutes=5), "a shorter wait does not end a longer one"


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "soon"}, {"X-RateLimit-Reset": "2026-03-02T08:00:00Z"}])
def test_our_own_back_off_doubles_up_to_a_minute_and_begins_anew(headers: dict[str, str]) -> None:
    throttle = Throttle(lambda: START, chance=lambda: 1.0)
    waits = [throttle.limited(headers).total_seconds() for _ in range(8)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60]
    throttle.succeeded()
    assert throttle.limited(headers).total_seconds() == 1


def test_our_own_back_off_is_spread() -> None:
    assert [
        Throttle(lambda: START, chance=lambda chance=chance: chance).limited({}).total_seconds()
        for chance in (0.0, 0.5)
    ] == [0.5, 0.75]


# OAuth


def an_oauth_client(jira: JiraDouble, clock: Clock, **options: Any) -> JiraClient:
    base = "https://vendor.atlassian.example"
    tokens = f"http://127.0.0.1:{jira.url.partition('//127.0.0.1:')[2].partition('/')[0]}/oauth/token"
    more = {"oauth_client": "client-1", "token_url": tokens, "api_url": jira.url, **options}
    return JiraClient(base, SECRET, clock, **more)


def token_requests(jira: JiraDouble) -> int:
    return [seen.path for seen in jira.seen].count("/oauth/token")


def test_an_oauth_client_calls_the_api_under_the_sites_name() -> None:
    with a_jira(path="/ex/jira/cloud-1") as jira:
        jira.tokens = ["one"]
        client = an_oauth_client(jira, Clock())
        assert client.fetch_issue("10001")["id"] == "10001"
        assert client.write(label("10001")) == Delivered()
        assert client.instance == "vendor.atlassian.example"
        assert token_requests(jira) == 1
        (asked,) = [seen for seen in jira.seen if seen.path == "/oauth/token"]
        assert asked.body == b"grant_type=client_credentials&client_id=client-1&client_secret=hush-hush-4711"


def test_a_token_is_renewed_before_it_ends() -> None:
    clock = Clock()
    with a_jira() as jira:
        jira.tokens = ["one", "two"]
        client = an_oauth_client(jira, clock)
        client.account()
        clock.now += timedelta(minutes=58)
        client.account()
        assert token_requests(jira) == 1
        clock.now += timedelta(minutes=1)
        client.account()
        assert token_requests(jira) == 2


def test_a_token_that_jira_refuses_is_renewed_once() -> None:
    with a_jira() as jira:
        jira.tokens = ["one", "two", "three"]
        client = an_oauth_client(jira, Clock())
        client.account()
        jira.authorization = "Bearer revoked"
        assert client.account().name == "Triage"
        assert token_requests(jira) == 2
        jira.next_answers(Fault(401), None, Fault(401))
        with pytest.raises(SourceError, match="login"):
            client.account()
        assert token_requests(jira) == 3


@pytest.mark.parametrize(
    "answer",
    [
        Fault(401, {}, b'{"error": "hush-hush-4711 is wrong"}'),
        Fault(500),
        Fault(302, {"Location": "/rest/api/2/myself"}),
        Fault(200, {}, b"[]"),
        Fault(200, {}, b'{"access_token": 5}'),
        Fault(200, {}, b'{"access_token": "a\\nb", "expires_in": 60}'),
        Fault(200, {}, b'{"access_token": "a", "expires_in": "soon"}'),
        GARBAGE,
        HANG,
    ],
    ids=repr,
)
def test_without_a_token_nothing_is_called(answer: Fault) -> None:
    with a_jira() as jira:
        client = an_oauth_client(jira, Clock(), deadline=0.3 if answer.hang else 20.0)
        jira.next_answers(answer, answer)
        with pytest.raises(SourceError) as caught:
            client.account()
        assert SECRET not in caught.value.reason
        assert isinstance(client.write(label("10001")), Retry)
        assert len(jira.seen) == token_requests(jira)
        assert answer.hang or len(jira.seen) == 2, "a call given up early may not have arrived"
