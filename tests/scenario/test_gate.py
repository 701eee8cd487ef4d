"""The gate with what customers write: questions, answers, disputes, engineers who know better, policies in shadow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.jira_events import ANA, CUSTOMER
from tests.scenario.harness import CONFIG, Notebook, Story
from triage import documents
from triage.domain.priority import Axis
from triage.domain.writes import Comment
from triage.engine import by_hand, configure
from triage.engine.respond import NotPossible
from triage.store import queries
from triage.store.db import Database

SITE = "vendor.atlassian.example"
SERVICE = {"accountId": "bot-1", "displayName": "Triage", "accountType": "atlassian"}


def files(**changes: tuple[str, str]) -> dict[str, str]:
    found = documents.read_folder(CONFIG)
    found["jira.yaml"] = found["jira.yaml"].replace("service: {accounts: []}", "service: {accounts: [bot-1]}")
    for switch in ("decisions", "questions"):
        found["jira.yaml"] = found["jira.yaml"].replace(f"{switch}: false", f"{switch}: true")
    for name, (old, new) in changes.items():
        assert old in found[f"{name}.yaml"]
        found[f"{name}.yaml"] = found[f"{name}.yaml"].replace(old, new)
    return found


def story_of(database: Database, found: Mapping[str, str]) -> tuple[Story, Notebook]:
    notebook = Notebook(SITE)
    return Story(database, found, sinks={SITE: notebook}), notebook


def said(notebook: Notebook) -> list[str]:
    """The public comments of ours, each as one text."""
    comments = [action for action in notebook.actions if isinstance(action, Comment) and action.public]
    return ["\n".join(block.text for block in comment.blocks) for comment in comments]


def judged(story: Story) -> tuple[str, bool, str]:
    row = story.ticket()
    return row["priority"], row["provisional"], row["reason"]


def evidence(story: Story) -> list[tuple[str, str, str, str]]:
    with story.context.database.read() as conn:
        (newest, *_) = queries.decisions_of(conn, 1)
    return [(item["axis"], item["value"], item["source"], item["quote"]) for item in newest["evidence"]]


def test_a_description_confirms_a_p0_and_the_page_quotes_it(story: Story) -> None:
    words = "Production is down for all customers. We restarted everything without success."
    story.created(priority="P0", description=words)
    assert judged(story) == ("P0", False, "confirmed")
    assert evidence(story) == [
        ("production", "yes", "text", "Production is down for all customers."),
        ("workaround", "none", "text", "We restarted everything without success."),
    ]
    assert '"Production is down for all customers."' in story.sent[0].body


def test_capital_letters_about_a_test_system_wake_nobody(database: Database) -> None:
    story, notebook = story_of(database, files())
    words = "OUR STAGING SYSTEM IS DEAD. PRODUCTION IS NOT AFFECTED."
    story.created("URGENT!!! EVERYTHING IS DOWN", priority="P0", description=words)
    assert judged(story) == ("P1", False, "production_not_affected")
    story.expect_pages()
    (comment,) = said(notebook)
    assert "your production is not affected" in comment
    assert "PRODUCTION IS NOT AFFECTED" in comment


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("No.", ("P0", False, "confirmed")),
        ("No, we have tried everything.", ("P0", False, "confirmed")),
        ("Yes", ("P1", False, "workaround_exists")),
        ("We have rolled back to 4.1 and it runs again.", ("P1", False, "workaround_exists")),
        ("Thanks for calling!", ("P0", True, "in_doubt")),
    ],
)
def test_the_one_open_question_is_asked_and_its_answer_settles_it(
    database: Database, answer: str, expected: tuple[str, bool, str]
) -> None:
    story, notebook = story_of(database, files())
    issue = story.created(priority="P0", description="Production is down.")
    story.expect_pages("ana")
    (asked,) = said(notebook)
    assert "Is there a workaround?" in asked
    assert "Is production affected?" not in asked
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, asked, SERVICE, number=1))
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, answer, CUSTOMER, number=2))
    assert judged(story) == expected


def test_a_bare_yes_to_somebody_else_settles_nothing(story: Story) -> None:
    issue = story.created(priority="P0", description="Production is down.")
    story.receive(issue.comment(story.now, "Have you cleared the cache?", ANA, number=1))
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, "Yes", CUSTOMER, number=2))
    assert judged(story) == ("P0", True, "in_doubt")


def test_a_workaround_that_stops_working_brings_the_p0_back_and_pages(story: Story) -> None:
    issue = story.created(priority="P0", description="Production is slow; as a workaround we restart it every hour.")
    assert judged(story) == ("P1", False, "workaround_exists")
    story.expect_pages()
    story.advance(hours=3)
    story.receive(issue.comment(story.now, "The workaround stopped working. Production is down.", CUSTOMER, number=1))
    assert judged(story) == ("P0", False, "confirmed")
    story.expect_pages("ana")


def test_what_agents_write_is_no_evidence(story: Story) -> None:
    issue = story.created(priority="P0", description="Production is down.")
    story.receive(issue.comment(story.now, "As a workaround you can restart it.", ANA, number=1))
    assert judged(story) == ("P0", True, "in_doubt")


def test_a_field_beats_the_text_and_the_contradiction_is_flagged(database: Database) -> None:
    story, notebook = story_of(database, files())
    story.created(priority="P0", production="no", workaround="none", description="Production is down.")
    assert judged(story) == ("P1", False, "production_not_affected")
    assert "field_contradicts_text" in story.ticket()["flags"]
    (comment,) = said(notebook)
    assert "production: no" in comment
    assert "Production is down" not in comment, "what speaks against the decision is no reason for it"


def test_a_new_wording_takes_the_place_of_the_old_one(story: Story) -> None:
    issue = story.created(priority="P0", description="Production is down. There is no workaround.")
    assert judged(story) == ("P0", False, "confirmed")
    story.advance(minutes=5)
    story.receive(
        issue.change(story.now, "description", "Sorry, the staging system is down. There is no workaround.")
    )
    assert judged(story) == ("P1", False, "production_not_affected")
    story.advance(minutes=5)
    story.receive(issue.change(story.now, "description", "Production is down."))
    assert judged(story) == ("P0", True, "in_doubt"), "nobody says any more that there is no workaround"


def test_a_raise_is_suggested_once_to_whoever_hears_of_notices(story: Story) -> None:
    issue = story.created(priority="P2", description="Production is down. There is no workaround.")
    assert judged(story) == ("P2", False, "as_requested")
    story.expect_pages()
    (notice,) = [message for message in story.sent if message.subject.startswith("Raise to P0?")]
    assert '"There is no workaround."' in notice.body
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, "Still no workaround.", CUSTOMER, number=1))
    assert len([message for message in story.sent if message.subject.startswith("Raise to P0?")]) == 1


def test_an_engineer_who_knows_settles_it_with_a_reason(story: Story) -> None:
    story.created(priority="P0", description="Production is down.")
    context, values = story.context, {Axis.WORKAROUND: "exists"}
    with pytest.raises(NotPossible, match="reason"), context.database.write() as conn:
        by_hand.state_by_hand(conn, context, 1, values, "ana", " ", story.now)
    with pytest.raises(NotPossible, match="exists"), context.database.write() as conn:
        by_hand.state_by_hand(conn, context, 1, {Axis.WORKAROUND: "maybe"}, "ana", "I called", story.now)
    story.advance(minutes=1)
    with context.database.write() as conn:
        by_hand.state_by_hand(conn, context, 1, values, "ana", "they run on the second site", story.now)
    assert judged(story) == ("P1", False, "workaround_exists")
    assert ("workaround", "exists", "human", "ana: they run on the second site") in evidence(story)


def test_what_one_of_ours_knows_is_not_for_the_customer_to_read(database: Database) -> None:
    story, notebook = story_of(database, files())
    story.created(priority="P0", description="Production is down. There is no workaround.")
    story.advance(minutes=1)
    with database.write() as conn:
        values = {Axis.WORKAROUND: "exists"}
        by_hand.state_by_hand(conn, story.context, 1, values, "ana", "they exaggerate, see INT-55", story.now)
    story.settle()
    assert judged(story) == ("P1", False, "workaround_exists")
    (comment,) = said(notebook)
    assert "INT-55" not in comment
    assert "ana" not in comment


def test_what_is_written_after_one_of_ours_knew_better_is_flagged_and_can_be_taken_back(story: Story) -> None:
    issue = story.created(priority="P0", description="Production is down. There is no workaround.")
    context = story.context
    story.advance(minutes=1)
    with context.database.write() as conn:
        by_hand.state_by_hand(conn, context, 1, {Axis.WORKAROUND: "exists"}, "ana", "I called", story.now)
    assert "field_contradicts_text" not in story.ticket()["flags"]
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, "The workaround stopped working.", CUSTOMER, number=1))
    assert judged(story) == ("P1", False, "workaround_exists")
    assert "field_contradicts_text" in story.ticket()["flags"]
    story.advance(minutes=1)
    with context.database.write() as conn:
        by_hand.state_by_hand(conn, context, 1, {Axis.WORKAROUND: "unknown"}, "ana", "I was wrong", story.now)
    assert judged(story) == ("P0", False, "confirmed")


def test_an_edit_of_the_report_does_not_make_its_old_words_new(story: Story) -> None:
    issue = story.created(priority="P0", description="Production is slow. As a workaround we restart it every hour.")
    story.advance(minutes=10)
    story.receive(issue.comment(story.now, "The workaround stopped working. Production is down.", CUSTOMER, number=1))
    assert judged(story) == ("P0", False, "confirmed")
    story.advance(minutes=10)
    story.receive(issue.change(story.now, "summary", "URGENT!!"))
    assert judged(story) == ("P0", False, "confirmed")


@pytest.mark.parametrize(
    "words", ["We try to reproduce it on staging.", "Here are the logs from the test environment."]
)
def test_a_passing_word_of_a_test_system_takes_nothing_back(story: Story, words: str) -> None:
    issue = story.created(priority="P0", description="Production is down. There is no workaround.")
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, words, CUSTOMER, number=1))
    assert judged(story) == ("P0", False, "confirmed")


def test_a_sentence_that_begins_with_yes_answers_nothing(database: Database) -> None:
    story, notebook = story_of(database, files())
    issue = story.created(priority="P0", description="Production is down.")
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, said(notebook)[0], SERVICE, number=1))
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, "Yes, production is down!", CUSTOMER, number=2))
    assert judged(story) == ("P0", True, "in_doubt")


def test_a_bare_yes_to_two_questions_answers_neither(database: Database) -> None:
    story, notebook = story_of(database, files())
    issue = story.created(priority="P0", description="The export hangs.")
    (asked,) = said(notebook)
    assert asked.count("?") == 2
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, asked, SERVICE, number=1))
    story.receive(issue.change(story.now, "production", "yes"))
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, "Yes", CUSTOMER, number=2))
    assert judged(story) == ("P0", True, "in_doubt")


def test_customers_are_answered_in_their_language(database: Database) -> None:
    german = ("name: Acme GmbH\n", "name: Acme GmbH\n    language: de\n")
    story, notebook = story_of(database, files(customers=german))
    story.created(priority="P0", description="Unser Testsystem steht, die Produktion ist nicht betroffen.")
    (comment,) = said(notebook)
    assert "dass Ihre Produktion nicht betroffen ist" in comment
    assert "die Produktion ist nicht betroffen" in comment


def test_what_is_known_of_a_customer_counts_where_they_say_nothing(database: Database) -> None:
    known = ("name: Acme GmbH\n", "name: Acme GmbH\n    record: {production: yes}\n")
    story, _ = story_of(database, files(customers=known))
    issue = story.created(priority="P0", description="The export hangs. There is no workaround.")
    assert judged(story) == ("P0", False, "confirmed")
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, "Production is not affected.", CUSTOMER, number=1))
    assert judged(story) == ("P1", False, "production_not_affected")


SHADOW = ("promote: suggest\n", "promote: suggest\n  p0-gate:v2:\n    promote: suggest\n    read_texts: false\n")


def test_a_policy_in_shadow_decides_too_and_nothing_follows(database: Database) -> None:
    found = files(policies=SHADOW, service=("gate:\n", 'shadow: ["p0-gate:v2"]\n  gate:\n'))
    story, _ = story_of(database, found)
    issue = story.created(priority="P0", description="Our staging system is down.")
    assert judged(story) == ("P1", False, "production_not_affected")
    story.expect_pages()
    with story.context.database.read() as conn:
        (shadow,) = queries.shadows_of(conn, 1)
        assert (shadow["policy"], shadow["priority"], shadow["provisional"]) == ("p0-gate:v2", "P0", True)
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, "Any news?", CUSTOMER, number=1))
    with story.context.database.read() as conn:
        assert len(queries.shadows_of(conn, 1)) == 1
        decisions = queries.decisions_of(conn, 1)
    assert [decision["policy"] for decision in decisions] == ["p0-gate:v1"]


def test_a_fact_is_judged_by_the_policy_of_its_time_and_the_switch_is_audited(database: Database) -> None:
    story, _ = story_of(database, files())
    issue = story.created(priority="P0", description="Our staging system is down.")
    assert judged(story) == ("P1", False, "production_not_affected")
    first, second = '{policy: "p0-gate:v1", from: 2026-01-01}', '{policy: "p0-gate:v2", from: 2026-11-24}'
    later = files(policies=SHADOW, service=(first, f"{first}\n    - {second}"))
    with database.write() as conn:
        configure.apply(conn, later, "lea", story.now)
        acts: list[Any] = [
            row for row in queries.audit_of(conn, ["configuration"]) if row["act"] == "policy.activate"
        ]
    assert acts[0]["who"] == "lea"
    assert set(acts[0]["after"]["active"].values()) == {"p0-gate:v1", "p0-gate:v2"}
    story.receive(issue.comment(story.now, "Any news?", CUSTOMER, number=1))
    assert judged(story) == ("P1", False, "production_not_affected")
    story.now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    story.receive(issue.comment(story.now, "Production is down, there is no workaround.", CUSTOMER, number=2))
    assert judged(story) == ("P1", False, "production_not_affected"), "the second variant reads no texts"
    with database.read() as conn:
        newest = queries.decisions_of(conn, 1)[0]
    assert newest["policy"] == "p0-gate:v2"
