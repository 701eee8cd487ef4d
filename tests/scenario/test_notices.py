"""Who hears of warnings and breaches, how late, and what happens when a breach turns out to be none."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.jira_events import ANA, SITE
from tests.scenario.harness import CONFIG, START, Notebook, Story
from triage import documents
from triage.domain.writes import Comment, SetLabels
from triage.engine import by_hand
from triage.store import queries
from triage.store.db import Database

INSTANCE = SITE.removeprefix("https://")
BEN = "5b10ac8d82e05b22cc7d4ef6"


def files(tell: str = "") -> dict[str, str]:
    """The sample documents with deadlines and labels written back, and gold telling as given."""
    found = documents.read_folder(CONFIG)
    jira = found["jira.yaml"].replace("service: {accounts: []}", "service: {accounts: [bot-1]}")
    jira = jira.replace("deadlines: false", "deadlines: true").replace("labels: false", "labels: true")
    contracts = found["contracts.yaml"].replace("warn_at:", f"{tell}\n    warn_at:", 1)
    return {**found, "jira.yaml": jira, "contracts.yaml": contracts}


@pytest.fixture
def book() -> Notebook:
    return Notebook(INSTANCE)


@pytest.fixture
def story(database: Database, book: Notebook) -> Story:
    return Story(database, files("tell: {warn: [assignee], breach: [assignee, on_call]}"), sinks={INSTANCE: book})


def comments(book: Notebook) -> list[str]:
    """The internal comments that were written, one text each."""
    said = [action for action in book.actions if isinstance(action, Comment)]
    return ["\n".join(block.text for block in comment.blocks) for comment in said]


def told(story: Story, metric: str = "first_response") -> list[tuple[str, str, list[str]]]:
    with story.context.database.read() as conn:
        rows = queries.notices_of(conn, 1)
    return [(row["kind"], row["fraction"], row["people"]) for row in rows if row["metric"] == metric]


def answered(story: Story, at: datetime) -> None:
    with story.context.database.write() as conn:
        by_hand.answer_by_hand(conn, story.context, 1, at, "ana", "by phone", story.now)
    story.settle()


def withdrawn(story: Story) -> None:
    with story.context.database.write() as conn:
        rows = conn.exec_driver_sql("SELECT key FROM facts WHERE kind = 'answered'").all()
        by_hand.withdraw_answer(conn, story.context, 1, rows[-1][0], "ana", "not that ticket", story.now)
    story.settle()


def test_the_assignee_is_warned_and_those_on_call_hear_of_the_breach_too(story: Story) -> None:
    story.created(priority="P1", assignee=BEN)
    story.advance(minutes=61)
    assert told(story) == [("warn", "0.5", ["ben"]), ("warn", "0.75", ["ben"]), ("breach", "", ["ben", "ana"])]
    assert [message.address for message in story.sent] == ["Ben Example"] * 3 + ["Ana Example"]


@pytest.mark.parametrize("assignee", [None, "somebody-else"])
def test_a_ticket_that_none_of_ours_has_is_told_to_those_on_call(story: Story, assignee: str | None) -> None:
    story.created(priority="P1", assignee=assignee)
    story.advance(minutes=31)
    assert told(story) == [("warn", "0.5", ["ana"])]


def test_a_contract_that_says_nothing_tells_those_on_call_and_one_may_tell_nobody(database: Database) -> None:
    story = Story(database, files("tell: {warn: []}"))
    story.created(priority="P1", assignee=BEN)
    story.advance(minutes=61)
    assert told(story) == [("warn", "0.5", []), ("warn", "0.75", []), ("breach", "", ["ana"])]
    assert len(story.sent) == 1


def test_what_was_due_while_the_service_was_down_is_told_at_once_and_says_how_late(
    database: Database, book: Notebook
) -> None:
    before = Story(database, files())
    before.created(priority="P1")
    after = Story(database, files(), sinks={INSTANCE: book})
    after.now = START + timedelta(hours=3)
    after.settle()
    (message,) = after.sent
    assert message.subject.startswith("SLA breached: First response of ACME-10001")
    said = "First response was due 2026-11-23 10:00:00 UTC (2 h ago). You hear of it 1 h 59 min late."
    assert message.body.startswith(said)
    assert comments(book)[0].startswith(f"SLA breached: First response. {said}")


def test_what_is_told_in_time_says_nothing_of_being_late(story: Story) -> None:
    story.created(priority="P1")
    story.advance(minutes=61)
    assert [message for message in story.sent if "late" in message.body] == []


def test_a_breach_that_a_late_fact_undoes_is_corrected_once_to_the_same_people(story: Story, book: Notebook) -> None:
    issue = story.created(priority="P1", assignee=BEN)
    story.advance(hours=1, minutes=30)
    heard = len(story.sent)
    story.receive(issue.comment(START + timedelta(minutes=50), "We look into it", ANA))
    assert told(story)[-1] == ("correction", "", ["ben", "ana"])
    corrections = story.sent[heard:]
    assert [message.address for message in corrections] == ["Ben Example", "Ana Example"]
    assert corrections[0].subject == "SLA not breached: First response of ACME-10001 Acme GmbH: Checkout fails"
    assert corrections[0].body.startswith(
        "First response was told as breached on 2026-11-23 10:00:01 UTC. By what is known now it is not:"
        " it was met 2026-11-23 09:50:00 UTC, and was due 2026-11-23 10:00:00 UTC."
    )
    assert [text for text in comments(book) if text.startswith("SLA not breached: First response was told")]
    assert SetLabels(("triage-p1",), ("triage-breached",)) in book.actions
    written = len(book.writes)
    story.receive(issue.comment(START + timedelta(minutes=40), "On it", ANA, number=2))
    assert (len(story.sent), len(book.writes)) == (heard + 2, written)


def test_a_breach_that_comes_back_is_not_told_again_nor_corrected_again(story: Story) -> None:
    story.created(priority="P1")
    story.advance(hours=1, minutes=30)
    answered(story, START + timedelta(minutes=50))
    known = told(story)
    assert [kind for kind, _, _ in known] == ["warn", "warn", "breach", "correction"]
    withdrawn(story)
    assert story.clocks()["first_response"]["breached_at"] == START + timedelta(hours=1)
    answered(story, START + timedelta(minutes=55))
    story.advance(minutes=1)
    assert told(story) == known


def test_a_new_cycle_is_told_and_corrected_for_itself(database: Database) -> None:
    found = files()
    goals = "      next_reply: {P1: 1h}\n      resolution: {P0: 4h"
    found["contracts.yaml"] = found["contracts.yaml"].replace("      resolution: {P0: 4h", goals, 1)
    story = Story(database, found)
    issue = story.created(priority="P1")
    for number in (1, 3):
        asked = story.now
        story.receive(issue.comment(asked, "Any news?", number=number))
        story.advance(hours=1, minutes=1)
        assert told(story, "next_reply")[-1][0] == "breach"
        late = issue.comment(asked + timedelta(minutes=5), "Here it is", ANA, number=number + 1)
        story.receive(late)
        assert told(story, "next_reply")[-1][0] == "correction"
        story.advance(minutes=1)
    assert [kind for kind, _, _ in told(story, "next_reply")] == ["warn", "warn", "breach", "correction"] * 2


def test_a_breach_that_was_never_told_is_not_taken_back(story: Story) -> None:
    issue = story.created(priority="P1")
    story.advance(minutes=50)
    story.receive(issue.comment(story.now, "We look into it", ANA))
    story.advance(hours=1)
    assert [kind for kind, _, _ in told(story)] == ["warn", "warn"]


def test_a_breach_whose_promise_is_gone_is_taken_back_too(story: Story) -> None:
    issue = story.created(priority="P1")
    story.advance(hours=1, minutes=30)
    story.receive(issue.change(story.now, "priority", "P3", ANA))
    assert told(story)[-1] == ("correction", "", ["ana"])
    assert "it is due" in story.sent[-1].body
