"""A lead takes a breach out of the statement, and takes that back: no clock changes, and everybody can see it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from tests.jira_events import ANA
from tests.scenario.harness import CONFIG, START, Story
from triage import documents
from triage.domain.clocks import Identity
from triage.domain.report import Exclusion
from triage.domain.terms import Metric
from triage.engine import by_hand
from triage.engine.respond import NotPossible
from triage.store import queries
from triage.store.db import Database


def breach(story: Story, metric: Metric = Metric.FIRST_RESPONSE) -> Identity:
    return metric, story.clocks()[metric]["began_by"]


def exclude(story: Story, breach: Identity, reason: str = "the customer's firewall") -> None:
    with story.context.database.write() as conn:
        by_hand.exclude_breach(conn, story.context, 1, breach, "ana", reason, story.now)
    story.settle()


def include(story: Story, breach: Identity, reason: str = "it was ours after all") -> None:
    with story.context.database.write() as conn:
        by_hand.include_breach(conn, 1, breach, "ben", reason, story.now)
    story.settle()


def excluded(story: Story) -> Mapping[Identity, Exclusion]:
    with story.context.database.read() as conn:
        return queries.exclusions_of(conn, 1)


def test_a_breach_is_excluded_and_taken_back_and_no_clock_changes(story: Story) -> None:
    story.created(priority="P1")
    story.advance(minutes=61)
    clocks, notices = story.clocks(), story.notices()
    exclude(story, breach(story))
    assert excluded(story) == {breach(story): Exclusion("the customer's firewall", "ana", story.now)}
    assert (story.clocks(), story.notices()) == (clocks, notices)
    with pytest.raises(NotPossible, match="excluded already"):
        exclude(story, breach(story))
    include(story, breach(story))
    assert excluded(story) == {}
    with pytest.raises(NotPossible, match="not excluded"):
        include(story, breach(story))
    with story.context.database.read() as conn:
        acts = queries.audit_of(conn, ["ticket/1"])
    assert [(act["who"], act["act"], act["reason"]) for act in acts] == [
        ("ben", "breach.include", "it was ours after all"),
        ("ana", "breach.exclude", "the customer's firewall"),
    ]


def test_only_a_breach_can_be_excluded_and_only_with_a_reason(story: Story) -> None:
    story.created(priority="P1")
    with pytest.raises(NotPossible, match="not breached"):
        exclude(story, breach(story))
    story.advance(minutes=61)
    with pytest.raises(NotPossible, match="needs a reason"):
        exclude(story, breach(story), " ")
    with pytest.raises(NotPossible, match="not breached"):
        exclude(story, (Metric.FIRST_RESPONSE, "another fact"))
    exclude(story, breach(story))
    with pytest.raises(NotPossible, match="needs a reason"):
        include(story, breach(story), "")


def test_promises_that_began_together_are_excluded_one_by_one(story: Story) -> None:
    story.created(priority="P1")
    story.advance(hours=9)
    first, resolution = breach(story), breach(story, Metric.RESOLUTION)
    assert first[1] == resolution[1]
    exclude(story, first)
    exclude(story, resolution)
    include(story, first)
    assert list(excluded(story)) == [resolution]


def test_an_exclusion_follows_its_cycle_when_late_facts_shift_the_numbers(database: Database) -> None:
    files = documents.read_folder(CONFIG)
    goals = "      next_reply: {P1: 1h}\n      resolution: {P0: 4h"
    files["contracts.yaml"] = files["contracts.yaml"].replace("      resolution: {P0: 4h", goals, 1)
    story = Story(database, files)
    issue = story.created(priority="P1")
    story.advance(hours=1)
    story.receive(issue.comment(story.now, "Any news?", number=3))
    story.advance(hours=2)
    asked = breach(story, Metric.NEXT_REPLY)
    exclude(story, asked)
    story.receive(issue.comment(START + timedelta(minutes=5), "More of it", number=1))
    story.receive(issue.comment(START + timedelta(minutes=20), "Thank you", ANA, number=2))
    last = story.clocks()[Metric.NEXT_REPLY]
    assert (last["cycle"], last["began_by"]) == (2, asked[1])
    assert list(excluded(story)) == [asked]
