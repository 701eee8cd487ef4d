"""An incident is given to somebody else, moved on by hand, or kept; channels and stakeholders hear of it."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.jira_events import ANA
from tests.scenario.harness import CONFIG, Story
from triage import documents
from triage.engine import hand_over, respond
from triage.engine.respond import NotPossible
from triage.store import queries
from triage.store.db import Database

P0 = {"priority": "P0", "production": "yes", "workaround": "none"}
BEN = {**ANA, "accountId": "5b10ac8d82e05b22cc7d4ef6", "displayName": "Ben Example"}
CHANNELS = """
channels:
  status: {name: "#status", gateway: console, address: "status room"}
"""


def act(story: Story, do: object, *args: object, **named: object) -> None:
    with story.context.database.write() as conn:
        do(story.context.work(conn, story.now), 1, *args, **named)  # type: ignore[operator]
    story.settle()


def acknowledge(story: Story, who: str = "ana") -> None:
    with story.context.database.write() as conn:
        respond.acknowledge_incident(conn, story.context, 1, who, story.now)


def states(story: Story) -> list[tuple[str, str]]:
    return [(row["person"], row["state"]) for row in story.pages()]


def audited(story: Story) -> list[str]:
    with story.context.database.read() as conn:
        return [row["act"] for row in queries.audit_of(conn, ["incident/1"])]


def test_whom_an_incident_is_given_to_is_paged_and_then_the_steps_follow(story: Story) -> None:
    story.created(**P0)
    story.advance(minutes=1)
    act(story, hand_over.reassign, "ben", "lead", "dashboard", "ben knows the checkout")
    story.expect_pages("ana", "ben")
    assert states(story) == [("ana", "superseded"), ("ben", "open")]
    assert "You are paged because: the incident was given to you." in story.sent[-1].body
    story.advance(minutes=5)
    story.expect_pages("ana")
    story.advance(minutes=5)
    story.expect_pages("cy")
    assert "incident.reassign" in audited(story)


def test_an_acknowledged_incident_can_be_given_on(story: Story) -> None:
    story.created(**P0)
    acknowledge(story)
    story.advance(minutes=1)
    act(story, hand_over.reassign, "ben", "ana", "link")
    story.expect_pages("ana", "ben")
    story.advance(minutes=1)
    acknowledge(story, "ben")
    assert story.incident()["acknowledged_by"] == "ben"
    story.advance(minutes=59)  # an hour after the first acknowledgement, which counts no more
    story.expect_pages()


def test_nobody_who_cannot_be_reached_is_given_an_incident(story: Story) -> None:
    story.created(**P0)
    with pytest.raises(NotPossible, match=r"'dora' cannot be paged; .*: ana, ben, cy"):
        act(story, hand_over.reassign, "dora", "lead", "dashboard")


def test_escalating_by_hand_pages_the_next_step_now(story: Story) -> None:
    story.created(**P0)
    story.advance(minutes=1)
    act(story, hand_over.escalate_now, "ana", "dashboard")
    story.expect_pages("ana", "cy")
    assert states(story) == [("ana", "open"), ("cy", "open")]
    story.advance(minutes=4)
    story.expect_pages()
    story.advance(minutes=1)
    story.expect_pages("ana")


def test_whoever_escalates_what_is_acknowledged_gives_it_up(story: Story) -> None:
    story.created(**P0)
    acknowledge(story)
    story.advance(minutes=1)
    act(story, hand_over.escalate_now, "ana", "dashboard", "I need a second pair of eyes")
    story.expect_pages("ana", "cy")
    assert story.incident()["state"] == "triggered"
    story.advance(minutes=5)
    story.expect_pages("ana")


def test_a_snoozed_acknowledgement_stands_longer_and_not_for_ever(story: Story) -> None:
    story.created(**P0)
    acknowledge(story)
    story.expect_pages("ana")
    story.advance(minutes=50)
    act(story, hand_over.snooze, timedelta(hours=3), "ana", "dashboard")
    story.advance(hours=2, minutes=59)
    story.expect_pages()
    story.advance(minutes=1)
    story.expect_pages("ana")


@pytest.mark.parametrize("span", [timedelta(0), timedelta(seconds=59), timedelta(days=2), timedelta(hours=-1)])
def test_an_acknowledgement_is_not_extended_by_nothing_or_for_days(story: Story, span: timedelta) -> None:
    story.created(**P0)
    acknowledge(story)
    with pytest.raises(NotPossible, match="a minute to a day"):
        act(story, hand_over.snooze, span, "ana", "dashboard")


def test_what_nobody_has_cannot_be_snoozed_and_what_is_over_cannot_be_moved(story: Story) -> None:
    story.created(**P0)
    with pytest.raises(NotPossible, match="Nobody has acknowledged"):
        act(story, hand_over.snooze, timedelta(hours=1), "ana", "dashboard")
    with story.context.database.write() as conn:
        respond.resolve_incident(conn, story.context, 1, "ana", "done", story.now)
    for do, more in (
        (hand_over.reassign, ["ben"]),
        (hand_over.escalate_now, []),
        (hand_over.snooze, [timedelta(hours=1)]),
    ):
        with pytest.raises(NotPossible, match="is over"):
            act(story, do, *more, "ana", "dashboard")


def assign(story: Story, issue: object, account: str, user: dict[str, str]) -> None:
    """Somebody sets the assignee in Jira."""
    body = json.loads(issue.change(story.now, "assignee", None, user))  # type: ignore[attr-defined]
    item = {"field": "assignee", "fieldId": "assignee", "fieldtype": "jira", "from": None, "fromString": None}
    body["changelog"]["items"] = [{**item, "to": account, "toString": "somebody"}]
    body["issue"]["fields"]["assignee"] = {"accountId": account}
    story.receive(json.dumps(body).encode())


def test_an_engineer_who_assigns_the_issue_to_herself_has_it(story: Story) -> None:
    issue = story.created(**P0)
    story.advance(minutes=1)
    assign(story, issue, ANA["accountId"], ANA)
    assert story.incident()["acknowledged_by"] == "ana"


def test_an_engineer_who_assigns_the_issue_to_another_lets_that_one_be_paged(story: Story) -> None:
    issue = story.created(**P0)
    story.advance(minutes=1)
    assign(story, issue, BEN["accountId"], ANA)
    story.expect_pages("ana", "ben")
    assert story.incident()["state"] == "triggered"
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, "Looking", BEN))
    assert story.incident()["acknowledged_by"] == "ben"


def with_channel(database: Database, **edits: tuple[str, str]) -> Story:
    files = {**documents.read_folder(CONFIG), "channels.yaml": CHANNELS}
    for name, (old, new) in edits.items():
        files[f"{name}.yaml"] = files[f"{name}.yaml"].replace(old, new)
    return Story(database, files)


def test_a_channel_is_paged_as_a_step_names_it(database: Database) -> None:
    step = '["schedule:primary"]', '["schedule:primary", "channel:status"]'
    story = with_channel(database, escalation=step)
    story.created(**P0)
    assert {row["person"] for row in story.pages()} == {"ana", "channel:status"}
    assert "status room" in {message.address for message in story.sent}


def test_stakeholders_hear_of_a_p0_and_of_its_end_and_are_asked_nothing(database: Database) -> None:
    stakeholders = "  observe_only: false", '  observe_only: false\n  stakeholders: ["channel:status"]'
    story = with_channel(database, service=stakeholders)
    issue = story.created(**P0)
    acknowledge(story)
    story.settle()
    story.advance(minutes=1)
    story.receive(issue.change(story.now, "status", "Resolved", ANA))
    told = [message for message in story.sent if message.address == "status room"]
    assert [message.subject for message in told] == [
        "For information: P0 ACME-10001 Acme GmbH: Checkout fails",
        "For information: incident 1 is acknowledged",
        "For information: incident 1 is resolved",
    ]
    assert "By Ana Example." in told[1].body
    assert not any(message.urgent for message in told)
    story.expect_pages("ana")


def test_stakeholders_of_a_customer_hear_of_that_customer_only(database: Database) -> None:
    own = "    domains: [acme.example]", '    domains: [acme.example]\n    stakeholders: ["channel:status"]'
    story = with_channel(database, customers=own)
    story.created(organization="2", **P0)
    assert not any(message.address == "status room" for message in story.sent)
    story.advance(seconds=1)
    story.created(**P0)
    assert any(message.address == "status room" for message in story.sent)


def test_times_are_told_on_the_responders_own_clock_and_jira_is_one_touch_away(database: Database) -> None:
    zone = "timezone: Europe/Berlin", "timezone: America/New_York"
    story = with_channel(database, people=zone)
    story.created(**P0)
    assert "First response: due 2026-11-23 04:15:00 America/New_York (in 15 min)" in story.sent[0].body
    assert "Contract: gold:v1" in story.sent[0].body
