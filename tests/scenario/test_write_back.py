"""What goes back into Jira: once, in line, only what is switched on, and nothing that comes back as an echo."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.jira_events import ANA, CUSTOMER, SITE
from tests.scenario.harness import CONFIG, START, Notebook, Story
from triage import documents
from triage.domain.ticket import Priority
from triage.domain.writes import BlockKind, Comment, SetFields, SetLabels
from triage.engine import by_hand, respond
from triage.ports import Rejected, Retry
from triage.store import queries
from triage.store.db import Database

INSTANCE = SITE.removeprefix("https://")
OURS = {"accountId": "bot-1", "displayName": "Support triage", "accountType": "app"}
ALL_ON = """
  write_back:
    decisions: true
    questions: true
    deadlines: true
    pages: true
    labels: true
    priorities: {P0: "1", P1: "2"}
"""


def files(write_back: str = ALL_ON, *, observe_only: bool = False) -> dict[str, str]:
    """The sample documents with our account named and the write-backs switched as given."""
    found = documents.read_folder(CONFIG)
    jira = found["jira.yaml"].replace("service: {accounts: []}", "service: {accounts: [bot-1]}")
    found["jira.yaml"] = jira[: jira.index("  write_back:")] + write_back
    if observe_only:
        found["service.yaml"] = found["service.yaml"].replace("observe_only: false", "observe_only: true")
    return found


@pytest.fixture
def book() -> Notebook:
    return Notebook(INSTANCE)


@pytest.fixture
def story(database: Database, book: Notebook) -> Story:
    return Story(database, files(), sinks={INSTANCE: book})


def comments(book: Notebook, *, public: bool) -> list[str]:
    """The words of the comments that were written, one text each."""
    said = [action for action in book.actions if isinstance(action, Comment) and action.public is public]
    return ["\n".join(block.text for block in comment.blocks) for comment in said]


def test_a_customer_whose_p0_is_not_one_is_told_why_and_how_to_dispute_it(story: Story, book: Notebook) -> None:
    story.created(priority="P0", production="no")
    (told,) = comments(book, public=True)
    assert "You asked for P0" in told
    assert "production is not affected" in told
    assert "say it in a comment" in told
    (comment,) = [action for action in book.actions if isinstance(action, Comment)]
    assert [block.text for block in comment.blocks if block.kind is BlockKind.QUOTE] == ["production: no"]
    assert SetFields({"priority": {"id": "2"}}) in book.actions
    assert SetLabels(("triage-p1",)) in book.actions
    assert {write.issue for write in book.writes} == {story.ticket()["external_id"]}


def test_a_provisional_p0_asks_the_customer_what_is_open(story: Story, book: Notebook) -> None:
    issue = story.created(priority="P0", production="yes")
    (asked,) = comments(book, public=True)
    assert "Is there a workaround?" in asked
    assert "Is production affected?" not in asked
    assert not any(isinstance(action, SetFields) for action in book.actions), "it is P0 in Jira already"
    story.advance(minutes=2)
    story.receive(issue.change(story.now, "workaround", "none"))
    assert len(comments(book, public=True)) == 1
    sure = "P0: Production is affected and there is no workaround."
    assert any(sure in text for text in comments(book, public=False))


def test_pages_and_answers_are_noted_for_the_team(story: Story, book: Notebook) -> None:
    story.created(priority="P0", production="yes", workaround="none")
    assert any(text.startswith("Paged for P0: Ana Example.") for text in comments(book, public=False))
    with story.context.database.write() as conn:
        respond.acknowledge_page(conn, story.context, story.pages()[0]["id"], story.now)
    story.settle()
    assert comments(book, public=False)[-1] == "The incident is acknowledged: Ana Example (link)."


def test_what_was_answered_in_jira_is_not_told_to_jira(story: Story, book: Notebook) -> None:
    issue = story.created(priority="P0", production="yes", workaround="none")
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, "On it", ANA))
    assert story.incident()["state"] == "acknowledged"
    assert not any("acknowledged" in text for text in comments(book, public=False))


def test_warnings_and_breaches_are_noted_once_and_labelled(story: Story, book: Notebook) -> None:
    story.created(priority="P1")
    story.advance(hours=1, minutes=5)
    told = [text for text in comments(book, public=False) if "First response" in text]
    assert [text.split(":")[0] for text in told] == ["SLA warning", "SLA warning", "SLA breached"]
    assert book.actions[-1] == SetLabels(("triage-p1", "triage-breached"))


def test_our_own_echo_causes_nothing(story: Story, book: Notebook) -> None:
    issue = story.created(priority="P0", production="no")
    written = len(book.writes)
    story.advance(seconds=2)
    story.receive(issue.change(story.now, "priority", "P1", OURS))
    story.receive(issue.comment(story.now, "Thank you for your report.", OURS))
    assert len(book.writes) == written
    ticket = story.ticket()
    assert (ticket["priority"], ticket["reason"]) == ("P1", "production_not_affected")
    assert story.clocks()["first_response"]["stopped_at"] is None
    with story.context.database.read() as conn:
        assert [decision["requested"] for decision in queries.decisions_of(conn, 1)] == ["P0"]
    # The request is still P0: once the facts change, so does the decision, and Jira follows.
    story.advance(minutes=1)
    story.receive(issue.change(story.now, "production", "yes"))
    assert story.ticket()["priority"] == "P0"
    assert book.actions.count(SetFields({"priority": {"id": "1"}})) == 1


def test_a_priority_that_is_put_back_for_ever_is_not_fought_over(story: Story, book: Notebook) -> None:
    robot = {"accountId": "automation-for-jira", "displayName": "Automation", "accountType": "app"}
    issue = story.created(priority="P0", production="no")
    for _ in range(10):
        story.advance(minutes=1)
        story.receive(issue.change(story.now, "priority", "P1", OURS))
        story.advance(minutes=1)
        story.receive(issue.change(story.now, "priority", "P0", robot))
    assert book.actions.count(SetFields({"priority": {"id": "2"}})) == 3


def test_an_agents_priority_in_jira_is_left_as_it_is(story: Story, book: Notebook) -> None:
    issue = story.created(priority="P0", production="no")
    story.advance(minutes=1)
    story.receive(issue.change(story.now, "priority", "P0", ANA))
    assert story.ticket()["priority"] == "P0"
    assert book.actions.count(SetFields({"priority": {"id": "2"}})) == 1
    assert SetFields({"priority": {"id": "1"}}) not in book.actions


def test_writes_into_one_ticket_go_in_line_and_a_retry_says_since_when(story: Story, book: Notebook) -> None:
    book.answers = [Retry("answered 503", timedelta(seconds=30))]
    story.created(priority="P0", production="no")
    first = book.writes[0]
    assert first.tried_since is None
    assert len(book.writes) == 1, "what is behind it waits"
    story.advance(seconds=31)
    assert book.writes[1] == replace(first, tried_since=book.writes[1].tried_since)
    assert book.writes[1].tried_since is not None
    assert len(book.writes) == len({write.marker for write in book.writes}) + 1


def test_a_write_that_jira_refuses_holds_up_nothing_and_is_told(story: Story, book: Notebook) -> None:
    book.answers = [Rejected("You do not have the permission to comment on this issue.")]
    story.created(priority="P0", production="no")
    assert len(book.writes) > 1
    assert [message.subject for message in story.sent] == [
        "Jira refuses what we write: You do not have the permission to comment on this issue."
    ]
    with story.context.database.read() as conn:
        (row,) = queries.failing_writes(conn, story.now)
    assert row["state"] == "rejected"


def test_observe_only_queues_what_it_would_write_and_writes_nothing(database: Database, book: Notebook) -> None:
    story = Story(database, files(observe_only=True), sinks={INSTANCE: book})
    story.created(priority="P0", production="no")
    assert book.writes == []
    with story.context.database.read() as conn:
        assert {row["state"] for row in queries.writes_of(conn, 1)} == {"observed"}


def test_nothing_is_written_that_is_not_switched_on(database: Database, book: Notebook) -> None:
    story = Story(database, files("  write_back: {labels: true}\n"), sinks={INSTANCE: book})
    story.created(priority="P0", production="no")
    assert book.actions == [SetLabels(("triage-p1",))]


def test_a_decision_by_hand_is_explained_and_set(story: Story, book: Notebook) -> None:
    story.created(priority="P2")
    with story.context.database.write() as conn:
        by_hand.decide_by_hand(conn, story.context, 1, Priority.P1, "lead", "their launch is today", story.now)
    story.settle()
    assert any("P1: decided by lead." in text for text in comments(book, public=False))
    assert SetFields({"priority": {"id": "2"}}) in book.actions


def test_writing_needs_our_own_account_to_be_named() -> None:
    without = {**files(), "jira.yaml": files()["jira.yaml"].replace("accounts: [bot-1]", "accounts: []")}
    with pytest.raises(documents.ConfigurationError) as caught:
        documents.build(without, [], 1, START.date())
    assert "identities.service.accounts" in str(caught.value.problems[0])


def link(issue_key: str) -> dict[str, object]:
    """`issuelinks` of a ticket that duplicates another."""
    kind = {"name": "Duplicate", "inward": "is duplicated by", "outward": "duplicates"}
    return {"issuelinks": [{"id": "1", "type": kind, "outwardIssue": {"id": "5", "key": issue_key}}]}


def test_a_duplicate_joins_the_incident_of_its_original(story: Story) -> None:
    first = story.created(priority="P0", production="yes", workaround="none")
    story.advance(minutes=1)
    second = story.created(priority="P0", production="yes", workaround="none", organization="2")
    story.expect_pages("ana", "ana")
    story.advance(minutes=1)
    body = json.loads(second.body(story.now, issue_event_type_name="issue_updated", user=CUSTOMER))
    body["issue"]["fields"] |= link(first.key)
    story.receive(json.dumps(body).encode())
    with story.context.database.read() as conn:
        incidents = list(queries.newest_incidents(conn))
        held = queries.incidents_of(conn, [2])
    assert [row["state"] for row in incidents] == ["resolved", "triggered"]
    assert [row["id"] for row in held if row["state"] == "triggered"] == [1]
    story.advance(minutes=20)
    assert {row["incident_id"] for row in story.pages() if row["state"] == "open"} == {1}
