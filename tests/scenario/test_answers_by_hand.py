"""Answers outside Jira, as by phone: added by hand, dated, and withdrawn where they were wrong."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.scenario.harness import START, Story
from triage.engine import by_hand
from triage.engine.fold import fold
from triage.engine.respond import NotPossible
from triage.store import queries


def answer(story: Story, at: datetime, reason: str = "by phone: restart the node") -> None:
    with story.context.database.write() as conn:
        by_hand.answer_by_hand(conn, story.context, 1, at, "ana", reason, story.now)
    story.settle()


def withdraw(story: Story, key: str, reason: str = "that was another ticket") -> None:
    with story.context.database.write() as conn:
        by_hand.withdraw_answer(conn, story.context, 1, key, "ben", reason, story.now)
    story.settle()


def answers(story: Story) -> list[Any]:
    with story.context.database.read() as conn:
        config = story.context.configurations.current(conn)
        return list(fold(conn, config, 1, story.now).timeline.answers_by_hand)


def test_an_answer_by_phone_stops_the_clocks_at_the_time_of_the_call(story: Story) -> None:
    story.created(priority="P2")
    story.advance(minutes=30)
    answer(story, START + timedelta(minutes=3))
    clock = story.clocks()["first_response"]
    assert (clock["state"], clock["stopped_at"]) == ("stopped", START + timedelta(minutes=3))
    assert story.clocks()["resolution"]["state"] == "running"
    (added,) = answers(story)
    assert (added.actor.name, added.texts["reason"]) == ("ana", "by phone: restart the node")
    assert (added.at, added.received_at) == (START + timedelta(minutes=3), story.now)
    with story.context.database.read() as conn:
        (act,) = queries.audit_of(conn, ["ticket/1"])
    assert (act["who"], act["act"], act["after"]) == ("ana", "answer.add", {"at": "2026-11-23 09:03:00 UTC"})


def test_a_withdrawn_answer_was_never_there_but_stays_to_be_seen(story: Story) -> None:
    story.created(priority="P2")
    untouched = story.clocks()["first_response"]
    story.advance(minutes=30)
    answer(story, START + timedelta(minutes=3))
    (added,) = answers(story)
    withdraw(story, added.key)
    clock = story.clocks()["first_response"]
    assert (clock["state"], clock["due_at"]) == ("running", untouched["due_at"])
    assert answers(story) == []
    with pytest.raises(NotPossible, match="withdrawn already"):
        withdraw(story, added.key)
    with story.context.database.read() as conn:
        acts = queries.audit_of(conn, ["ticket/1"])
        facts = fold(conn, story.context.configurations.current(conn), 1, story.now).timeline.facts
    assert [(act["who"], act["act"]) for act in acts] == [("ben", "answer.withdraw"), ("ana", "answer.add")]
    assert [fact.actor.name for fact in facts if fact.key.startswith("hand/")] == ["ana", "ben"]


@pytest.mark.parametrize(
    ("at", "reason", "why"),
    [
        (START - timedelta(seconds=1), "by phone", "it was created 2026-11-23 09:00:00 UTC"),
        (START + timedelta(minutes=31), "by phone", "now it is 2026-11-23 09:30:00 UTC"),
        (START + timedelta(minutes=3), "  ", "needs a reason"),
    ],
)
def test_what_cannot_have_been_is_refused_and_changes_nothing(
    story: Story, at: datetime, reason: str, why: str
) -> None:
    story.created(priority="P2")
    story.advance(minutes=30)
    with pytest.raises(NotPossible, match=why):
        answer(story, at, reason)
    assert answers(story) == []
    assert story.clocks()["first_response"]["state"] == "running"


def test_only_an_answer_by_hand_can_be_withdrawn_and_only_with_a_reason(story: Story) -> None:
    story.created(priority="P2")
    answer(story, START)
    (added,) = answers(story)
    with pytest.raises(NotPossible, match="no such answer"):
        withdraw(story, "created")
    with pytest.raises(NotPossible, match="needs a reason"):
        withdraw(story, added.key, " ")
    assert answers(story) == [added]
