"""What a review reads afterwards: who knew what when, from the report to the resolution."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from tests.jira_events import ANA, CUSTOMER
from tests.scenario.harness import CONFIG, START, Notebook, Story
from tests.scenario.test_p0 import two_ways
from tests.scenario.test_write_back import INSTANCE, OURS, files, link
from triage import documents
from triage.domain.story import Moment, fold_knowledge, fold_story
from triage.domain.ticket import Priority
from triage.engine import by_hand as by_hand_acts
from triage.engine import respond
from triage.ports import Rejected, Retry
from triage.store import record
from triage.store.db import Database


def told(story: Story, incident_id: int = 1) -> list[Moment]:
    with story.context.database.read() as conn:
        logs = record.load(conn, incident_id)
    assert logs is not None
    return list(fold_story(logs))


def lines(moments: list[Moment], *kinds: str) -> list[tuple[str, str, str]]:
    """Minute and second, kind and person of the moments, or of those of some kinds."""
    return [(f"{one.at:%H:%M:%S}", str(one.kind), one.who) for one in moments if not kinds or one.kind in kinds]


def acknowledge(story: Story) -> None:
    with story.context.database.write() as conn:
        respond.acknowledge_page(conn, story.context, story.pages()[-1]["id"], story.now)
    story.settle()


def by_hand(story: Story, ticket_id: int, priority: Priority, reason: str) -> None:
    with story.context.database.write() as conn:
        by_hand_acts.decide_by_hand(conn, story.context, ticket_id, priority, "lead", reason, story.now)
    story.settle()


def test_a_night_of_dead_channels_and_an_acknowledgement_that_leads_nowhere(database: Database) -> None:
    story = Story(database, files(), sinks={INSTANCE: Notebook(INSTANCE)})
    story.sinks[0].answers = [Retry("450 busy"), Rejected("no such number")]
    issue = story.created(priority="P0", production="yes", workaround="none")
    story.advance(minutes=7)
    story.receive(issue.comment(story.now, "Is anybody there?"))
    acknowledge(story)
    story.advance(minutes=3)
    story.receive(issue.comment(story.now, "We are on it", ANA, number=2))
    story.receive(issue.comment(story.now, "Paged for P0: Ana Example.", OURS, public=False, number=3))
    story.advance(hours=1, minutes=1)
    by_hand(story, 1, Priority.P1, "they can work again")
    with story.context.database.write() as conn:
        respond.resolve_incident(conn, story.context, 1, "lead", "fixed", story.now)
    story.settle()
    moments = told(story)
    assert lines([one for one in moments if one.kind != "written"]) == [
        ("09:00:00", "reported", ""),
        ("09:00:00", "decided", ""),
        ("09:00:00", "triggered", ""),
        ("09:00:00", "paged", "ana"),
        ("09:00:00", "failed", "ana"),
        ("09:00:01", "failed", "ana"),
        ("09:00:01", "ended", "ana"),
        ("09:00:01", "paged", "cy"),
        ("09:00:01", "delivered", "cy"),
        ("09:05:01", "paged", "ana"),
        ("09:05:01", "delivered", "ana"),
        ("09:07:00", "commented", "Dora Example (customer)"),
        ("09:07:00", "acknowledged", "ana"),
        ("09:07:00", "ended", "cy"),
        ("09:07:00", "ended", "ana"),
        ("09:07:30", "told", "ana"),
        ("09:10:00", "commented", "Ana Example (agent)"),
        ("10:07:00", "triggered", "ana"),
        ("10:07:00", "paged", "ana"),
        ("10:07:00", "delivered", "ana"),
        ("10:11:00", "acted", "lead"),
        ("10:11:00", "decided", "lead"),
        ("10:11:00", "resolved", "lead"),
        ("10:11:00", "ended", "ana"),
        ("10:11:00", "told", "ana"),
        ("10:11:00", "told", "cy"),
    ]
    written = [one.what for one in moments if one.kind == "written"]
    assert written[1] == "internal comment: Paged for P0: Ana Example. http://localhost/1"
    assert "internal comment: The incident is acknowledged: Ana Example (link)." in written
    assert not any("/ack/" in one.what for one in moments), "a link that acknowledges is nobody else's to read"
    assert [(one.who, one.reached_at, one.answered_at) for one in fold_knowledge(moments)] == [
        ("ana", START + timedelta(minutes=5, seconds=1), START + timedelta(minutes=7)),
        ("cy", START + timedelta(seconds=1), None),
    ]


def test_what_has_not_been_sent_when_somebody_answers_is_called_back(database: Database) -> None:
    story, mail, _console = two_ways(database)
    mail.answers = [Retry("450 busy")] * 3
    story.created(priority="P0", production="yes", workaround="none")
    story.advance(seconds=2)
    acknowledge(story)
    assert lines(told(story), "failed", "delivered", "unsent") == [
        ("09:00:00", "failed", "ana"),
        ("09:00:00", "delivered", "ana"),
        ("09:00:01", "failed", "ana"),
        ("09:00:02", "unsent", "ana"),
    ]


def test_a_ticket_that_joins_brings_its_decision_and_what_is_done_to_it_from_then_on(story: Story) -> None:
    original = story.created(priority="P0", production="yes", workaround="none")
    story.advance(minutes=1)
    double = story.created("Shop is down", priority="P0", production="yes", workaround="none", organization="2")
    story.advance(minutes=1)
    by_hand(story, 2, Priority.P0, "before it joined")
    story.advance(minutes=1)
    body = json.loads(double.body(story.now, issue_event_type_name="issue_updated", user=CUSTOMER))
    body["issue"]["fields"] |= link(original.key)
    story.receive(json.dumps(body).encode())
    story.advance(minutes=1)
    by_hand(story, 2, Priority.P1, "after it joined")
    seconds = [one for one in told(story) if one.ticket_id == 2]
    assert lines(seconds, "decided", "acted", "joined") == [
        ("09:02:00", "decided", "lead"),
        ("09:03:00", "joined", ""),
        ("09:04:00", "acted", "lead"),
        ("09:04:00", "decided", "lead"),
    ]
    assert "Shop is down" in seconds[1].what


def test_observe_only_tells_whom_it_would_have_paged_and_that_nothing_was_sent(database: Database) -> None:
    observing = documents.read_folder(CONFIG)
    observing["service.yaml"] = observing["service.yaml"].replace("observe_only: false", "observe_only: true")
    story = Story(database, observing)
    story.created(priority="P0", production="yes", workaround="none")
    moments = told(story)
    assert lines(moments, "paged", "unsent") == [("09:00:00", "paged", "ana"), ("09:00:00", "unsent", "ana")]
    assert "observe only, so nothing is sent" in next(one.what for one in moments if one.kind == "triggered")


@pytest.mark.parametrize("wanted", [2, 99])
def test_there_is_no_story_of_what_never_was(story: Story, wanted: int) -> None:
    story.created(priority="P0", production="yes", workaround="none")
    with story.context.database.read() as conn:
        assert record.load(conn, wanted) is None
