"""What one customer reports in a short time is one incident: paged at once, then told together."""

from __future__ import annotations

import os
from datetime import timedelta

import pytest

from tests.jira_events import Issue
from tests.scenario.harness import CONFIG, Story
from triage import documents
from triage.domain.escalation import IncidentState
from triage.engine import regroup, respond
from triage.engine.respond import NotPossible
from triage.store import incidents
from triage.store.db import Database

STORM = int(os.environ.get("TRIAGE_TEST_STORM", "40"))
NOBODY_KNOWN = """
customers:
  default: {name: (unknown customer), contracts: [{contract: "standard:v1", from: 2026-01-01}]}
"""
P0 = {"priority": "P0", "production": "yes", "workaround": "none"}


def acknowledge(story: Story, incident: int = 1, who: str = "ana") -> None:
    with story.context.database.write() as conn:
        respond.acknowledge_incident(conn, story.context, incident, who, story.now)
    story.settle()


def held(story: Story, incident: int) -> list[int]:
    with story.context.database.read() as conn:
        return sorted(incidents.ticket_ids(conn, incident))


def texts(story: Story, person: str) -> list[str]:
    """What a person was told has joined, the subject lines only."""
    return [
        message.subject
        for message in story.sent
        if message.key.startswith("joined/") and message.key.endswith(f"/{person}")
    ]


def paging_p2(database: Database, escalation: str = "") -> Story:
    files = documents.read_folder(CONFIG)
    files["service.yaml"] = files["service.yaml"].replace(
        "    P0: around-the-clock", "    P0: around-the-clock\n    P2: around-the-clock"
    )
    files["escalation.yaml"] += escalation
    return Story(database, files)


def test_a_storm_of_one_customer_is_one_incident_that_pages_once_and_then_sums_up(story: Story) -> None:
    story.created(**P0)
    for _ in range(5):
        story.advance(seconds=10)
        story.created(**P0)
    story.expect_pages("ana")
    assert held(story, 1) == [1, 2, 3, 4, 5, 6]
    story.advance(seconds=69)
    assert texts(story, "ana") == []
    story.advance(seconds=1)
    assert texts(story, "ana") == ["5 more tickets joined this incident: ACME-10001 Acme GmbH: Checkout fails"]
    story.advance(minutes=3)
    story.expect_pages("cy")
    assert "(+5 more)" in story.sent[-1].subject
    assert "6 tickets: ACME-10001, ACME-10011" in story.sent[-1].body
    story.advance(minutes=30)
    assert len(texts(story, "ana")) == 1


def test_another_customers_p0_is_not_part_of_the_storm(story: Story) -> None:
    story.created(**P0)
    story.advance(seconds=10)
    story.created(organization="2", **P0)
    story.expect_pages("ana", "ana")
    assert (held(story, 1), held(story, 2)) == ([1], [2])


def test_tickets_of_unknown_customers_share_nothing(database: Database) -> None:
    story = Story(database, {**documents.read_folder(CONFIG), "customers.yaml": NOBODY_KNOWN})
    story.created(**P0)
    story.advance(seconds=10)
    story.created(**P0)
    assert (held(story, 1), held(story, 2)) == ([1], [2])


def test_after_the_window_a_p0_has_an_incident_of_its_own(story: Story) -> None:
    story.created(**P0)
    story.advance(minutes=2, seconds=1)
    story.created(**P0)
    story.expect_pages("ana", "ana")


def test_a_p0_that_joins_after_the_acknowledgement_pages_whoever_gave_it(story: Story) -> None:
    story.created(**P0)
    story.expect_pages("ana")
    story.advance(seconds=30)
    acknowledge(story)
    story.advance(seconds=60)
    story.created(**P0)
    story.expect_pages()  # ana was paged less than two minutes ago
    story.advance(seconds=30)
    story.expect_pages("ana")
    assert "1 more ticket joined this incident: ACME-10091" in story.sent[-1].body
    assert story.incident()["state"] == "triggered"
    story.advance(minutes=5)
    story.expect_pages("ana")  # from the first step on, because she has not answered
    acknowledge(story)
    story.advance(minutes=59)
    story.expect_pages()


def test_what_is_less_than_a_p0_waits_for_company_and_then_pages_once(database: Database) -> None:
    story = paging_p2(database)
    story.created(priority="P2")
    story.advance(seconds=60)
    story.created(priority="P2")
    story.expect_pages()
    story.advance(seconds=60)
    story.expect_pages("ana")
    assert "(+1 more)" in story.sent[-1].subject


def test_a_p0_among_less_urgent_ones_pages_at_once(database: Database) -> None:
    story = paging_p2(database)
    story.created(priority="P2")
    story.advance(seconds=10)
    story.created(**P0)
    story.expect_pages("ana")
    assert story.sent[-1].subject.startswith("P0 ACME-10011")
    assert story.incident()["priority"] == "P0"


def test_a_p2_that_joins_an_acknowledged_incident_is_only_told(database: Database) -> None:
    story = paging_p2(database)
    story.created(**P0)
    acknowledge(story)
    story.expect_pages("ana")
    story.advance(seconds=30)
    story.created(priority="P2")
    story.advance(minutes=2)
    story.expect_pages()
    assert texts(story, "ana") == ["1 more ticket joined this incident: ACME-10001 Acme GmbH: Checkout fails"]


def test_an_incident_lasts_until_its_last_ticket_is_resolved(story: Story) -> None:
    first = story.created(**P0)
    story.advance(seconds=10)
    second = story.created(**P0)
    acknowledge(story)
    story.receive(first.change(story.now, "status", "Resolved"))
    assert story.incident()["state"] == "acknowledged"
    story.advance(seconds=10)
    story.receive(second.change(story.now, "status", "Resolved"))
    assert story.incident()["state"] == "resolved"


def merge(story: Story, one: int, into: int) -> None:
    with story.context.database.write() as conn:
        regroup.merge(story.context.work(conn, story.now), one, into, "lead", "dashboard", "one problem")
    story.settle()


def two_incidents(story: Story) -> None:
    story.created(**P0)
    story.advance(minutes=3)
    story.created(**P0)
    story.expect_pages("ana", "ana")


def test_merged_incidents_page_as_one(story: Story) -> None:
    two_incidents(story)
    merge(story, 2, 1)
    assert held(story, 1) == [1, 2]
    with story.context.database.read() as conn:
        assert incidents.get(conn, 2).state is IncidentState.RESOLVED  # type: ignore[union-attr]
    story.advance(minutes=2)
    story.expect_pages("cy")
    assert "(+1 more)" in story.sent[-1].subject


def test_what_nobody_had_acknowledged_pages_whoever_has_the_incident_it_is_merged_into(story: Story) -> None:
    two_incidents(story)
    acknowledge(story, 1, "cy")
    story.advance(seconds=1)
    merge(story, 2, 1)
    story.expect_pages("cy")
    assert "1 more ticket joined" in story.sent[-1].body


def test_what_is_acknowledged_wakes_nobody_by_a_merge(story: Story) -> None:
    two_incidents(story)
    acknowledge(story, 1, "cy")
    acknowledge(story, 2, "ana")
    merge(story, 2, 1)
    story.advance(minutes=30)
    story.expect_pages()


def split(story: Story, incident: int, ticket: int) -> int:
    with story.context.database.write() as conn:
        work = story.context.work(conn, story.now)
        number = regroup.split(work, incident, ticket, "lead", "dashboard", "another problem")
    story.settle()
    return number


def two_tickets(story: Story) -> None:
    story.created(**P0)
    story.advance(seconds=10)
    story.created(**P0)
    story.expect_pages("ana")


def test_a_ticket_that_is_split_off_pages_by_itself(story: Story) -> None:
    two_tickets(story)
    assert split(story, 1, 2) == 2
    story.expect_pages("ana")
    assert (held(story, 1), held(story, 2)) == ([1], [2])
    acknowledge(story, 2)
    story.advance(minutes=5)
    story.expect_pages("cy")  # the first incident goes on


def test_whoever_has_the_incident_has_what_is_split_off_too(story: Story) -> None:
    two_tickets(story)
    acknowledge(story)
    split(story, 1, 2)
    story.advance(minutes=59)
    story.expect_pages()
    assert story.incident()["acknowledged_by"] == "ana"
    merge(story, 2, 1)
    assert held(story, 1) == [1, 2]  # it can go back where it came from


def test_what_cannot_be_merged_or_split_is_refused(story: Story) -> None:
    two_tickets(story)
    for refused in (lambda: split(story, 1, 9), lambda: merge(story, 1, 1), lambda: merge(story, 1, 9)):
        with pytest.raises(NotPossible):
            refused()
    split(story, 1, 2)
    with pytest.raises(NotPossible, match="only ticket"):
        split(story, 2, 2)
    with story.context.database.write() as conn:
        respond.resolve_incident(conn, story.context, 1, "lead", "done", story.now)
    with pytest.raises(NotPossible, match="open incidents"):
        merge(story, 1, 2)


def test_a_storm_pages_each_responder_once_and_sums_up_and_leaves_other_customers_alone(story: Story) -> None:
    """TRIAGE_TEST_STORM=500 makes it five hundred tickets in a minute; `bench_storm` measures the delays."""
    begun = story.now
    for number in range(STORM):
        story.now = begun + timedelta(minutes=1) * number / STORM
        story.receive(Issue(str(20001 + number), f"ACME-{number + 1}", story.now, **P0).created_event())
        if number == STORM // 2:
            story.receive(Issue("30001", "GLOBEX-1", story.now, organization="2", **P0).created_event())
            assert [row["incident_id"] for row in story.pages()] == [1, 2]
    assert [row["person"] for row in story.pages()] == ["ana", "ana"]
    assert len(held(story, 1)) == STORM
    story.advance(minutes=4)
    assert texts(story, "ana") == [f"{STORM - 1} more tickets joined this incident: ACME-1 Acme GmbH: Checkout fails"]
