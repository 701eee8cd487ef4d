"""From a P0 in Jira to somebody who has it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.jira_events import ANA, Issue
from tests.scenario.harness import CONFIG, START, Sink, Story
from triage import documents
from triage.engine import configure, reach, respond
from triage.engine.process import process_next
from triage.ports import Rejected, Retry
from triage.store import inbox
from triage.store.db import Database


def acknowledge(story: Story, page: int = -1) -> None:
    with story.context.database.write() as conn:
        respond.acknowledge_page(conn, story.context, story.pages()[page]["id"], story.now)
    story.settle()


def test_a_confirmed_p0_pages_the_engineer_on_call_until_somebody_answers(story: Story) -> None:
    story.created(priority="P0", production="yes", workaround="none")
    assert (story.ticket()["priority"], story.ticket()["provisional"]) == ("P0", False)
    story.expect_pages("ana")
    story.advance(minutes=5)
    story.expect_pages("cy")
    story.advance(minutes=10)
    story.expect_pages("ana", "cy")
    story.advance(minutes=20)
    story.expect_pages("cy", "cy", "cy", "cy")
    acknowledge(story)
    assert story.incident()["acknowledged_by"] == "cy"
    assert {row["state"] for row in story.pages()} == {"acknowledged", "superseded"}
    story.advance(minutes=30)
    story.expect_pages()


def test_the_page_says_who_is_hurt_why_and_which_promise_ends_when(story: Story) -> None:
    story.created("Checkout fails", priority="P0", production="yes", workaround="none")
    message = story.sent[0]
    assert message.urgent
    assert message.subject == "P0 ACME-10001 Acme GmbH: Checkout fails"
    assert 'production: yes, from the field: "production: yes"' in message.body
    assert "First response: due 2026-11-23 10:15:00 Europe/Berlin (in 15 min)" in message.body
    assert f"http://localhost/ack/{story.pages()[0]['id']}" in message.body


@pytest.mark.parametrize(
    ("production", "workaround", "reason"),
    [
        ("no", "none", "production_not_affected"),
        ("yes", "exists", "workaround_exists"),
        (None, "exists", "workaround_exists"),
    ],
)
def test_a_p0_that_fails_the_gate_wakes_nobody(
    story: Story, production: str | None, workaround: str, reason: str
) -> None:
    story.created(priority="P0", production=production, workaround=workaround)
    assert (story.ticket()["priority"], story.ticket()["reason"]) == ("P1", reason)
    story.expect_pages()


def test_doubt_pages_and_the_answer_settles_it(story: Story) -> None:
    issue = story.created(priority="P0")
    assert (story.ticket()["priority"], story.ticket()["provisional"]) == ("P0", True)
    story.expect_pages("ana")
    story.advance(minutes=1)
    story.receive(issue.change(story.now, "production", "no"))
    assert (story.ticket()["priority"], story.ticket()["provisional"]) == ("P1", False)
    assert story.incident()["state"] == "triggered"  # a downgrade never ends an incident by itself
    assert "The incident stays open until you resolve it." in story.sent[-1].body
    assert not story.sent[-1].urgent


def test_a_raise_to_p0_pages_from_then_on(story: Story) -> None:
    issue = story.created(priority="P2", production="yes", workaround="none")
    story.expect_pages()
    story.advance(minutes=7)
    story.receive(issue.change(story.now, "priority", "P0"))
    story.expect_pages("ana")


def test_a_repeat_of_the_same_event_adds_nothing(story: Story) -> None:
    issue = story.created(priority="P0", production="yes", workaround="none")
    assert not story.receive(issue.created_event())
    story.expect_pages("ana")


def test_an_acknowledgement_that_leads_nowhere_expires(story: Story) -> None:
    story.created(priority="P0", production="yes", workaround="none")
    story.expect_pages("ana")
    acknowledge(story)
    story.advance(minutes=59)
    story.expect_pages()
    story.advance(minutes=1)
    story.expect_pages("ana")
    assert story.incident()["state"] == "triggered"


def test_the_engineers_own_comment_in_jira_acknowledges(story: Story) -> None:
    issue = story.created(priority="P0", production="yes", workaround="none")
    story.advance(minutes=2)
    story.receive(issue.comment(story.now, "On it.", ANA))
    assert story.incident()["acknowledged_by"] == "ana"
    assert story.clocks()["first_response"]["state"] == "stopped"


def test_resolving_the_ticket_ends_the_incident_and_every_page(story: Story) -> None:
    issue = story.created(priority="P0", production="yes", workaround="none")
    story.advance(minutes=6)
    story.receive(issue.change(story.now, "status", "Resolved", ANA))
    assert story.incident()["state"] == "resolved"
    assert {row["state"] for row in story.pages()} == {"resolved"}
    story.advance(hours=3)
    assert len(story.pages()) == 2


def test_an_incident_resolved_by_hand_is_not_opened_again_by_the_next_comment(story: Story) -> None:
    issue = story.created(priority="P0", production="yes", workaround="none")
    with story.context.database.write() as conn:
        respond.resolve_incident(conn, story.context, story.incident()["id"], "lead", "false alarm", story.now)
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, "Thank you"))
    story.expect_pages("ana")
    assert story.incident()["state"] == "resolved"


def test_reopening_a_p0_pages_again(story: Story) -> None:
    issue = story.created(priority="P0", production="yes", workaround="none")
    story.advance(minutes=1)
    story.receive(issue.change(story.now, "status", "Resolved", ANA))
    story.expect_pages("ana")
    story.advance(minutes=1)
    story.receive(issue.change(story.now, "status", "Open"))
    story.expect_pages("ana")


TWO_WAYS = """
people:
  ana:
    name: Ana Example
    contact_methods:
      - {gateway: smtp, address: ana@vendor.example, wait: 2m}
      - {gateway: console}
  ben: {name: Ben Example, contact_methods: [{gateway: console}]}
  cy: {name: Cy Example, contact_methods: [{gateway: console}]}
"""


def two_ways(database: Database) -> tuple[Story, Sink, Sink]:
    mail, console = Sink("smtp"), Sink("console")
    files = {**documents.read_folder(CONFIG), "people.yaml": TWO_WAYS}
    return Story(database, files, gateways=[mail, console]), mail, console


@pytest.mark.parametrize("answer", [Retry("450 busy"), Rejected("550 no such user")])
def test_a_channel_that_fails_hands_over_to_the_next_at_once(database: Database, answer: Retry | Rejected) -> None:
    story, mail, console = two_ways(database)
    mail.answers = [answer]
    story.created(priority="P0", production="yes", workaround="none")
    assert [message.key for message in console.sent] == [story.pages()[0]["id"]]
    story.advance(seconds=30)
    assert len(mail.sent) == (2 if isinstance(answer, Retry) else 1)  # retries go on beside it, with the same key
    assert {message.key for message in mail.sent} == {story.pages()[0]["id"]}


def test_a_human_who_is_silent_is_tried_over_the_next_channel_after_the_wait(database: Database) -> None:
    story, _mail, console = two_ways(database)
    story.created(priority="P0", production="yes", workaround="none")
    assert console.sent == []
    story.advance(minutes=2)
    assert len(console.sent) == 1


def test_where_all_channels_are_dead_the_next_step_runs_at_once_and_nobody_gives_up(story: Story) -> None:
    story.sinks[0].answers = [Rejected("gone")] * 4
    story.created(priority="P0", production="yes", workaround="none")
    assert [row["state"] for row in story.pages()] == ["undelivered"] * 4 + ["open"]
    assert [row["person"] for row in story.pages()] == ["ana", "cy", "ana", "cy", "cy"]


def test_dead_channels_of_the_fallback_keep_its_interval(story: Story) -> None:
    story.sinks[0].answers = [Rejected("gone")] * 1000
    story.created(priority="P0", production="yes", workaround="none")
    assert len(story.pages()) == 5
    story.advance(minutes=20)
    assert len(story.pages()) == 9


def test_observe_only_decides_and_shows_everything_and_sends_nothing(database: Database) -> None:
    files = documents.read_folder(CONFIG)
    files["service.yaml"] = files["service.yaml"].replace("observe_only: false", "observe_only: true")
    story = Story(database, files)
    story.created(priority="P0", production="yes", workaround="none")
    story.advance(minutes=30)
    assert story.sent == []
    assert [row["person"] for row in story.pages()][:3] == ["ana", "cy", "ana"]
    assert story.incident()["observed"]


def with_files(database: Database, **edits: tuple[str, str]) -> Story:
    """A story whose configuration differs from the shipped one in a few words."""
    files = documents.read_folder(CONFIG)
    for name, (old, new) in edits.items():
        assert old in files[f"{name}.yaml"]
        files[f"{name}.yaml"] = files[f"{name}.yaml"].replace(old, new)
    return Story(database, files)


def test_a_jira_whose_clock_runs_ahead_has_its_clocks_all_the_same(story: Story) -> None:
    issue = Issue("1", "ACME-1", story.now + timedelta(seconds=2, milliseconds=300), priority="P1")
    story.receive(issue.created_event())
    assert story.clocks() == {}
    story.advance(hours=2)
    assert [kind for metric, kind, _, _ in story.notices() if metric == "first_response"] == [
        "warn",
        "warn",
        "breach",
    ]


def test_the_raise_that_triggers_does_not_acknowledge_even_if_jiras_clock_runs_ahead(story: Story) -> None:
    issue = story.created(priority="P2", production="yes", workaround="none")
    story.advance(minutes=1)
    story.receive(issue.change(story.now + timedelta(seconds=3), "priority", "P0", ANA))
    story.expect_pages("ana")
    story.advance(minutes=1)
    story.receive(issue.comment(story.now, "please hurry"))
    assert story.incident()["state"] == "triggered"


@pytest.mark.parametrize("answer", ["acknowledged", "resolved", "nobody"])
def test_a_raise_pages_anew_whatever_became_of_the_lower_priority(database: Database, answer: str) -> None:
    story = with_files(database, service=("P0: around-the-clock", "P0: around-the-clock\n    P1: around-the-clock"))
    issue = story.created(priority="P1", production="yes", workaround="none")
    story.advance(minutes=2)
    story.expect_pages("ana")
    with story.context.database.write() as conn:
        if answer == "acknowledged":
            respond.acknowledge_incident(conn, story.context, 1, "cy", story.now)
        elif answer == "resolved":
            respond.resolve_incident(conn, story.context, 1, "cy", "", story.now)
    story.advance(minutes=1)
    story.receive(issue.change(story.now, "priority", "P0"))
    story.expect_pages("ana")
    assert story.incident()["state"] == "triggered"


def test_an_incident_goes_on_when_its_schedule_and_policy_are_removed(story: Story) -> None:
    story.created(priority="P0", production="yes", workaround="none")
    story.expect_pages("ana")
    files = documents.read_folder(CONFIG)
    files["escalation.yaml"] = (
        "escalation_policies:\n"
        "  other: {steps: [{targets: ['schedule:primary'], delay: 5m}], fallback: ['person:ben']}\n"
    )
    files["service.yaml"] = files["service.yaml"].replace("around-the-clock", "other")
    files["schedules.yaml"] = files["schedules.yaml"].partition("  secondary:")[0]
    with story.context.database.write() as conn:
        configure.apply(conn, files, "test", story.now)
    story.advance(minutes=16)
    story.expect_pages("ana", "cy", "cy")  # the second step is empty: the first again, then the fallback


def test_the_downgrade_of_an_incident_that_an_account_holds_is_told_to_who_was_paged(story: Story) -> None:
    issue = story.created(priority="P0", production="yes", workaround="none")
    with story.context.database.write() as conn:
        respond.acknowledge_incident(conn, story.context, 1, "admin", story.now)
    story.advance(minutes=1)
    story.receive(issue.change(story.now, "workaround", "exists"))
    assert story.sent[-1].subject.startswith("Now P1: ")


def test_however_many_notices_wait_a_page_goes_first(database: Database) -> None:
    story = Story(database)
    with database.write() as conn:
        work = story.context.work(conn, story.now)
        for number in range(30):
            reach.notify(work, ("ana",), f"n{number}", ("a notice", ""), observed=False)
        body = Issue("1", "ACME-1", story.now, priority="P0").created_event()
        inbox.receive(conn, "jira", "d", body, story.now)
    process_next(story.context, story.now)
    story.deliverer.deliver_due(story.now)
    assert story.sent[0].urgent


def test_what_an_acknowledged_page_has_not_sent_yet_is_called_back(database: Database) -> None:
    story, mail, console = two_ways(database)
    mail.answers = [Retry("450 busy")] * 3
    story.created(priority="P0", production="yes", workaround="none")
    acknowledge(story)
    story.advance(minutes=10)
    pages = [message for message in story.sent if message.urgent]  # warnings of the clocks go on
    assert pages == [mail.sent[0], console.sent[0]]


def test_a_raise_that_late_facts_take_back_and_bring_again_asks_once(story: Story) -> None:
    issue = story.created(priority="P0", production="yes", workaround="none")
    story.expect_pages("ana")
    acknowledge(story)
    story.advance(minutes=10)
    took_back = issue.change(START + timedelta(minutes=5), "workaround", "exists")
    gave_again = issue.change(START + timedelta(minutes=5), "workaround", "none")
    story.receive(took_back)
    assert story.ticket()["priority"] == "P1"
    story.receive(gave_again)
    assert story.ticket()["priority"] == "P0"
    story.expect_pages()
    assert story.incident()["state"] == "acknowledged"
