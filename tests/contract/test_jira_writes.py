"""What the Jira client writes, into a double that answers as Jira does, well and badly."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.jira_client import JiraClient
from integrations.jira_markup import LIMIT
from tests.contract.gateway_server import unused_port
from tests.jira_double import BREAKDOWNS, GARBAGE, LIMITS, ORGANIZATIONS, SILENCES, SLOW, Fault, JiraDouble, Weather
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
from triage.ports import Delivered, Outcome, Rejected, Retry, TicketSink

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TOKEN = "hush-hush-4711"
ISSUE = "10001"
SECRET_WORDS = "our {code}database{code} is called xyzzy"
SAY = Comment((Block(BlockKind.PARAGRAPH, SECRET_WORDS),), public=False)
OPEN = CreateTicket("SUP", "Orders are stuck", SAY.blocks, request_type="25")
OPEN_PLAIN = replace(OPEN, request_type="", issue_type="Incident")
HALF_A_MINUTE = timedelta(seconds=30)

either_kind = pytest.mark.parametrize("cloud", [True, False], ids=["cloud", "data center"])


class Clock:
    """The time that we and Jira share, moved by hand."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def a_jira(clock: Clock, *, cloud: bool = True, **options: Any) -> JiraDouble:
    jira = JiraDouble(cloud=cloud, strict=True, **options)
    jira.now = clock
    jira.desks = {"SUP": "4", "HELP": "5"}
    jira.add_issue(ISSUE, "SUP-1")
    jira.add_issue("10002", "SUP-2")
    return jira


def client(jira: JiraDouble, clock: Clock, **options: Any) -> TicketSink:
    options = {"user": "triage@vendor.example", "deadline": 20.0, "organizations_field": ORGANIZATIONS} | options
    return JiraClient(jira.url, TOKEN, clock, **options)


def carry_out(sink: TicketSink, clock: Clock, write: Write, attempts: int = 60) -> Outcome:
    """Write as a queue does: again after what Jira asked for, saying since when it may have been done."""
    for _ in range(attempts):
        outcome = sink.write(write)
        if not isinstance(outcome, Retry):
            return outcome
        write = replace(write, tried_since=write.tried_since or clock.now)
        clock.now += outcome.after or timedelta(seconds=1)
    raise AssertionError(f"still {outcome} after {attempts} attempts")


def markers(jira: JiraDouble, issue: str = ISSUE) -> list[str]:
    found = jira.find(issue)
    assert found is not None
    properties = [each for comment in found.comments for each in comment["properties"]]
    return [each["value"]["key"] for each in properties if each["key"] == "triage.marker"]


def opened(jira: JiraDouble) -> list[Any]:
    """The issues that were made over REST."""
    return [issue for issue in jira.everything() if issue.id not in (ISSUE, "10002")]


def fields(jira: JiraDouble, issue: str = ISSUE) -> dict[str, Any]:
    found = jira.find(issue)
    assert found is not None
    return found.fields


# What each action does


@either_kind
@pytest.mark.parametrize("public", [True, False])
def test_a_comment_is_written_literally_and_seen_by_whom_it_is_for(cloud: bool, public: bool) -> None:
    clock = Clock()
    with a_jira(clock, cloud=cloud) as jira:
        outcome = client(jira, clock).write(Write("m-1", ISSUE, replace(SAY, public=public)))
        (comment,) = jira.find(ISSUE).comments  # type: ignore[union-attr]
        assert outcome == Delivered(comment["id"])
        assert comment["public"] is public
        escaped = "our &#123;code&#125;database&#123;code&#125; is called xyzzy"
        assert comment["body"] == (SECRET_WORDS if cloud else escaped)
        assert markers(jira) == ["m-1"]
        posts = [seen for seen in jira.seen if seen.method == "POST"]
        assert [seen.path for seen in posts] == [f"/rest/api/{3 if cloud else 2}/issue/{ISSUE}/comment"]


@either_kind
def test_a_comment_of_any_length_is_taken(cloud: bool) -> None:
    clock = Clock()
    with a_jira(clock, cloud=cloud) as jira:
        long = Comment((Block(BlockKind.QUOTE, "*" * LIMIT),), public=False)
        assert isinstance(client(jira, clock).write(Write("m-1", ISSUE, long)), Delivered)


@either_kind
def test_fields_labels_and_assignee_are_set(cloud: bool) -> None:
    clock = Clock()
    with a_jira(clock, cloud=cloud) as jira:
        sink = client(jira, clock)
        jira.set_fields(ISSUE, {"labels": ["theirs", "triage-p1"]})
        account = "712020:cy" if cloud else "cy"
        for action in (
            SetFields({"priority": {"name": "Low"}, "customfield_10101": {"value": "Yes"}}),
            SetLabels(("triage-p0",), ("triage-p1", "absent")),
            Assign(account),
        ):
            for _ in range(2):  # again does no harm
                assert sink.write(Write("m-1", ISSUE, action, START)) == Delivered()
        assert fields(jira)["priority"]["name"] == "Low"
        assert fields(jira)["customfield_10101"] == {"value": "Yes"}
        assert fields(jira)["labels"] == ["theirs", "triage-p0"]
        assert fields(jira)["assignee"] == jira.user("cy")
        assert sink.write(Write("m-2", ISSUE, Assign(""))) == Delivered()
        assert fields(jira)["assignee"] is None


@either_kind
@pytest.mark.parametrize("by", ["name", "id"])
def test_a_transition_leads_to_the_status(cloud: bool, by: str) -> None:
    clock = Clock()
    with a_jira(clock, cloud=cloud) as jira:
        status = {"name": "in progress", "id": jira.named("status", "In progress")["id"]}[by]
        sink = client(jira, clock)
        for _ in range(2):
            assert sink.write(Write("m-1", ISSUE, Transition(status))) == Delivered()
        assert fields(jira)["status"]["name"] == "In progress"
        assert [seen.method for seen in jira.seen].count("POST") == 1, "the second time it was there already"


def test_a_status_that_cannot_be_reached_is_rejected_with_those_that_can() -> None:
    clock = Clock()
    with a_jira(clock) as jira:
        outcome = client(jira, clock).write(Write("m-1", ISSUE, Transition("Escalated")))
    assert isinstance(outcome, Rejected)
    assert "Done, In progress, Waiting for customer" in outcome.reason


@either_kind
def test_a_request_is_opened_for_a_customer_and_shared_with_the_organisation(cloud: bool) -> None:
    clock = Clock()
    with a_jira(clock, cloud=cloud, page_size=1) as jira:
        jira.customers = {"dora@acme.example": "dora"}
        action = replace(OPEN, project="HELP", on_behalf_of="dora@acme.example", organization="7")
        outcome = client(jira, clock).write(Write("m-1", "", action))
        (issue,) = opened(jira)
    assert outcome == Delivered(f"{issue.id} HELP-1")
    assert issue.fields["summary"] == "Orders are stuck"
    assert issue.fields["reporter"] == jira.user("dora")
    assert [each["id"] for each in issue.fields[ORGANIZATIONS]] == ["7"]
    assert issue.fields["description"].splitlines()[-1] == "Reference: m-1"


@either_kind
def test_a_plain_issue_is_opened(cloud: bool) -> None:
    clock = Clock()
    with a_jira(clock, cloud=cloud) as jira:
        action = replace(OPEN_PLAIN, on_behalf_of="dora", organization="7", fields={"customfield_10101": "Yes"})
        outcome = client(jira, clock).write(Write("m-1", "", action))
        (issue,) = opened(jira)
    assert outcome == Delivered(f"{issue.id} SUP-3")
    assert issue.fields["reporter"]["displayName"] == "Dora"
    assert issue.fields["customfield_10101"] == "Yes"
    assert [each["id"] for each in issue.fields[ORGANIZATIONS]] == ["7"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"project": "NONE"}, "no service desk"),
        ({"on_behalf_of": "nobody@acme.example"}, "no customer"),
        ({"request_type": "404"}, "request type"),
    ],
)
def test_a_request_that_cannot_be_opened_is_rejected(change: dict[str, str], words: str) -> None:
    clock = Clock()
    with a_jira(clock) as jira:
        outcome = client(jira, clock).write(Write("m-1", "", replace(OPEN, **change)))  # type: ignore[arg-type]
        assert opened(jira) == []
    assert isinstance(outcome, Rejected)
    assert words in outcome.reason
    assert "nobody@" not in outcome.reason


def test_an_organisation_without_a_field_for_it_is_rejected_before_anything_is_opened() -> None:
    clock = Clock()
    with a_jira(clock) as jira:
        sink = client(jira, clock, organizations_field="")
        assert isinstance(sink.write(Write("m-1", "", replace(OPEN, organization="7"))), Rejected)
        assert jira.seen == []


def test_a_request_that_cannot_be_shared_is_opened_all_the_same(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    with a_jira(clock) as jira:
        jira.next_answers(None, None, None, Fault(403, {}, b'{"errorMessages": ["no right to edit"]}'))
        outcome = client(jira, clock).write(Write("m-1", "", replace(OPEN, organization="7")))
        assert outcome == Delivered(f"{opened(jira)[0].id} SUP-3")
    assert "no right to edit" in caplog.text


@pytest.mark.parametrize("issue", ["", "SUP-1", "1/../2", "²"])
def test_only_numbers_are_written_to(issue: str) -> None:
    clock = Clock()
    with a_jira(clock) as jira:
        assert isinstance(client(jira, clock).write(Write("m-1", issue, SAY)), Rejected)
        assert [seen.path for seen in jira.seen if "serverInfo" not in seen.path] == []


# Once, whatever happens


def test_a_marker_is_looked_for_after_a_first_attempt_only() -> None:
    clock = Clock()
    with a_jira(clock, page_size=3) as jira:
        sink = client(jira, clock)
        first = sink.write(Write("m-1", ISSUE, SAY))
        for number in range(7):
            jira.add_comment(ISSUE, f"another {number}")
        assert sink.write(Write("m-1", ISSUE, SAY, START)) == first
        assert markers(jira) == ["m-1"]
        sink.write(Write("m-2", ISSUE, SAY, START))
        sink.write(Write("m-1", "10002", SAY, START))
        assert (markers(jira), markers(jira, "10002")) == (["m-1", "m-2"], ["m-1"])


def test_comments_from_before_the_first_attempt_are_not_read() -> None:
    clock = Clock()
    with a_jira(clock, page_size=3) as jira:
        for number in range(30):
            jira.add_comment(ISSUE, f"old {number}")
        clock.now += timedelta(days=1)
        client(jira, clock).write(Write("m-1", ISSUE, SAY, clock.now))
        assert [seen.method for seen in jira.seen].count("GET") == 2  # what Jira is, and one page
        assert markers(jira) == ["m-1"]


@either_kind
@pytest.mark.parametrize("action", [OPEN, OPEN_PLAIN], ids=["request", "plain issue"])
def test_a_ticket_is_looked_for_after_a_first_attempt(cloud: bool, action: CreateTicket) -> None:
    clock = Clock()
    with a_jira(clock, cloud=cloud, page_size=3) as jira:
        sink = client(jira, clock)
        first = sink.write(Write("note:a_b-c:1", "", action))
        for number in range(7):
            jira.add_issue(f"2000{number}", f"SUP-{50 + number}")
        clock.now += timedelta(minutes=5)
        assert sink.write(Write("note:a_b-c:1", "", action, START)) == first
        second = sink.write(Write("note:a_b-c:2", "", action, START))
        assert isinstance(second, Delivered)
        assert second != first


EVERY_FAULT = [*LIMITS, *BREAKDOWNS, *SILENCES, SLOW, GARBAGE, replace(GARBAGE, done=True), Fault(401), Fault(408)]
EFFECTS: list[tuple[Action, Any]] = [
    (SAY, lambda jira: markers(jira) == ["m-1"]),
    (OPEN, lambda jira: [issue.key for issue in opened(jira)] == ["SUP-3"]),
    (OPEN_PLAIN, lambda jira: [issue.key for issue in opened(jira)] == ["SUP-3"]),
    (SetFields({"priority": {"name": "Low"}}), lambda jira: fields(jira)["priority"]["name"] == "Low"),
    (SetLabels(("p0",)), lambda jira: fields(jira)["labels"] == ["p0"]),
    (Transition("Done"), lambda jira: fields(jira)["status"]["name"] == "Done"),
    (Assign("cy"), lambda jira: fields(jira)["assignee"] == jira.user("cy")),
]


@either_kind
@pytest.mark.parametrize("position", range(4))
@pytest.mark.parametrize(("action", "holds"), EFFECTS, ids=lambda value: type(value).__name__)
def test_no_fault_anywhere_loses_or_doubles_a_write(cloud: bool, position: int, action: Action, holds: Any) -> None:
    for fault in EVERY_FAULT:
        clock = Clock()
        with a_jira(clock, cloud=cloud) as jira:
            sink = client(jira, clock, deadline=0.25 if fault.hang else 20.0)
            jira.next_answers(*[None] * position, fault)
            issue = "" if isinstance(action, CreateTicket) else ISSUE
            outcome = carry_out(sink, clock, Write("m-1", issue, action))
            assert isinstance(outcome, Delivered), (fault, outcome)
            assert holds(jira), fault


@either_kind
@pytest.mark.parametrize("seed", range(4))
def test_no_weather_loses_or_doubles_a_write(cloud: bool, seed: int) -> None:
    """Forty comments and ten tickets, while every third request goes wrong in one way or another."""
    clock = Clock()
    with a_jira(clock, cloud=cloud) as jira:
        sink = client(jira, clock)
        jira.weather = Weather(seed, 0.3)
        wanted = [f"m-{number}" for number in range(40)]
        for number, marker in enumerate(wanted):
            outcome = carry_out(sink, clock, Write(marker, ISSUE, SAY))
            assert isinstance(outcome, Delivered)
            if number % 4 == 0:
                assert isinstance(carry_out(sink, clock, Write(f"t-{number}", "", OPEN)), Delivered)
        assert markers(jira) == wanted
        endings = [issue.fields["description"].splitlines()[-1] for issue in opened(jira)]
        assert endings == [f"Reference: t-{number}" for number in range(0, 40, 4)]


# What Jira's answers mean


@pytest.mark.parametrize("fault", [*BREAKDOWNS, *SILENCES, GARBAGE], ids=repr)
@pytest.mark.parametrize("action", [SAY, OPEN_PLAIN], ids=["comment", "ticket"])
def test_what_may_have_been_done_is_not_tried_again_before_jira_has_settled(fault: Fault, action: Action) -> None:
    clock = Clock()
    with a_jira(clock) as jira:
        sink = client(jira, clock, deadline=2.0 if fault.hang else 20.0)
        jira.next_answers(None, fault)
        outcome = sink.write(Write("m-1", ISSUE, action))
        assert isinstance(outcome, Retry)
        assert outcome.after is not None
        assert outcome.after >= HALF_A_MINUTE
        assert not fault.hang or jira.given_up.wait(10)


@pytest.mark.parametrize("status", [400, 403, 404, 413, 302, 422])
def test_what_jira_refuses_is_rejected_in_its_words(status: int) -> None:
    words = f"You may not comment on: {SECRET_WORDS}"
    body = json.dumps({"errorMessages": [], "errors": {"comment": words}}).encode()
    clock = Clock()
    with a_jira(clock) as jira:
        jira.next_answers(None, Fault(status, {}, body))
        outcome = client(jira, clock).write(Write("m-1", ISSUE, SAY))
    assert outcome == Rejected(f"Jira answered {status}: comment: You may not comment on: …")


def test_jiras_words_are_kept_short_and_free_of_texts_and_secrets() -> None:
    quoted = (f'{{"errorMessages": ["{"n" * 190} {SECRET_WORDS} {"m" * 500}"]}}').encode()
    clock = Clock()
    with a_jira(clock) as jira:
        jira.next_answers(None, Fault(400, {}, quoted))
        outcome = client(jira, clock).write(Write("m-1", ISSUE, SAY))
    assert isinstance(outcome, Rejected)
    assert len(outcome.reason) <= 250
    assert "database" not in outcome.reason
    assert TOKEN not in outcome.reason


@pytest.mark.parametrize(
    ("action", "before", "kind"), [(Transition("Done"), 3, Retry), (SetLabels(("p0",)), 1, Rejected)]
)
def test_a_conflict_of_transitions_passes(action: Action, before: int, kind: type[Outcome]) -> None:
    clock = Clock()
    with a_jira(clock) as jira:
        jira.next_answers(*[None] * before, Fault(409))
        assert isinstance(client(jira, clock).write(Write("m-1", ISSUE, action)), kind)


def test_a_refused_login_is_tried_again_in_a_minute() -> None:
    clock = Clock()
    with a_jira(clock, authorization="Bearer other") as jira:
        outcome = client(jira, clock).write(Write("m-1", ISSUE, SAY))
    assert isinstance(outcome, Retry)
    assert outcome.after == timedelta(minutes=1)
    assert TOKEN not in outcome.reason


def test_a_jira_that_is_not_there_is_tried_again() -> None:
    sink = JiraClient(f"http://127.0.0.1:{unused_port()}", TOKEN, Clock())
    assert isinstance(sink.write(Write("m-1", ISSUE, SAY)), Retry)


@pytest.mark.parametrize("answer", [Fault(200, {}, b"null"), Fault(204)])
def test_an_edit_may_be_answered_with_nothing(answer: Fault) -> None:
    clock = Clock()
    with a_jira(clock) as jira:
        jira.next_answers(None, answer)
        assert client(jira, clock).write(Write("m-1", ISSUE, SetLabels(("p0",)))) == Delivered()
