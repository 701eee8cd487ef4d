"""A project's past comes in without waking anybody, and a backfill that was killed goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from integrations.jira_client import JiraClient
from tests.jira_double import Fault, JiraDouble
from tests.jira_events import ORGANIZATIONS, PRODUCTION, WORKAROUND
from tests.scenario.harness import START, Story
from triage.domain.ticket import Actor, Fact, FactKind, Origin, Role
from triage.engine import by_hand
from triage.engine.backfill import Busy, Progress, Stopped, backfill
from triage.engine.decide import decide
from triage.store import queries, tickets
from triage.store.db import Database

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
P0 = {
    "priority": {"id": "99", "name": "P0 - Critical"},
    PRODUCTION: {"value": "Yes"},
    WORKAROUND: {"value": "None"},
    ORGANIZATIONS: [{"id": "1", "name": "Acme GmbH"}],
}


@pytest.fixture
def jira() -> Iterator[JiraDouble]:
    """Twelve P0 of the past weeks, the first of them resolved."""
    with JiraDouble(page_size=5) as double:
        for number in range(12):
            at = START - timedelta(days=30 - number)
            double.now = lambda at=at: at
            double.add_issue(str(10001 + number), f"SUP-{number + 1}", P0)
        double.now = lambda: START - timedelta(days=29)
        double.resolve("10001")
        double.add_issue("20001", "DEV-1", P0)
        yield double


@pytest.fixture
def story(database: Database, jira: JiraDouble) -> Story:
    client = JiraClient(jira.url, "token", lambda: story.now, user="robot@vendor.example")
    story = Story(database, sources={client.instance: client})
    jira.now = lambda: story.now
    return story


def steps(story: Story, project: str = "SUP") -> Iterator[Progress]:
    (source,) = story.context.sources.values()
    return backfill(story.context, source, project, SINCE, lambda: story.now)


def keys(story: Story) -> list[str]:
    with story.context.database.read() as conn:
        rows = [queries.ticket(conn, number) for number in range(1, 20)]
    return [row["key"] for row in rows if row]


def test_the_past_comes_in_and_nobody_hears_of_it(story: Story) -> None:
    first, *_, last = steps(story)
    assert (first.total, first.seen) == (12, 0)
    assert (last.read, last.known, last.hidden) == (12, 0, 0)
    assert keys(story) == [f"SUP-{number}" for number in range(1, 13)]
    with story.context.database.read() as conn:
        assert {fact.origin for fact in tickets.load_facts(conn, 1)} == {Origin.BACKFILL}
        assert queries.decisions_of(conn, 2)[0]["priority"] == "P0"
        resolved = {row["metric"]: row for row in queries.clocks_of(conn, [1])}
        assert resolved["resolution"]["contract"] == "gold:v1"
        assert resolved["resolution"]["breached_at"] == START - timedelta(days=30) + timedelta(hours=4)
        assert {notice["reason"] for notice in queries.notices_of(conn, 2) if not notice["told"]}
    with story.context.database.write() as conn:
        # The sweeps of the day find nothing of it.
        assert queries.newest_incidents(conn) == []
    story.advance(hours=1)
    assert story.sent == []
    assert story.incident() is None


def test_a_ticket_of_the_past_that_is_raised_today_pages(story: Story, jira: JiraDouble) -> None:
    list(steps(story))
    jira.on_event = story.receive
    story.advance(minutes=1)
    jira.set_fields("10005", {"priority": {"id": "97", "name": "P2 - Medium"}}, "ben")
    story.advance(minutes=1)
    story.expect_pages()
    jira.set_fields("10005", {"priority": {"id": "99", "name": "P0 - Critical"}}, "ben")
    story.expect_pages("ana")


def test_a_comment_on_an_open_p0_of_the_past_pages_nobody(story: Story, jira: JiraDouble) -> None:
    list(steps(story))
    jira.on_event = story.receive
    story.advance(minutes=1)
    jira.add_comment("10005", "Is anybody there?", author="ben")
    story.expect_pages()


def test_killed_it_goes_on_where_it_was(story: Story, jira: JiraDouble) -> None:
    going = steps(story)
    for _ in range(6):
        next(going)
    del going  # what follows is a new process, once the lease of the dead one has ended
    story.now += timedelta(minutes=2)
    asked = len(jira.seen)
    first, *_, last = steps(story)
    assert first.total == 8, "from the last issue that was read"
    assert (last.read, last.known) == (7, 1)
    assert len([seen for seen in jira.seen[asked:] if seen.path.endswith("/changelog")]) == 7
    assert len(keys(story)) == 12
    *_, again = steps(story)
    assert (again.read, again.known) == (0, 1)


def test_a_jira_that_falters_is_waited_for(story: Story, jira: JiraDouble) -> None:
    waits, going = [], steps(story)
    for _ in range(4):
        last = next(going)
    jira.next_answers(Fault(429, {"Retry-After": "7"}))
    for last in going:
        waits += [last.wait] * bool(last.wait)
        story.now += last.wait
    assert waits == [timedelta(seconds=7)]
    assert last.read == 12


def test_a_jira_that_is_gone_stops_it_and_another_run_goes_on(story: Story, jira: JiraDouble) -> None:
    going = steps(story)
    next(going)
    next(going)
    jira.next_answers(*[Fault(503)] * 100)
    with pytest.raises(Stopped, match="Run the same command again"):
        for step in going:
            story.now += step.wait
    jira.next_answers()
    *_, last = steps(story)
    assert last.read == 11


def test_two_at_a_time_are_refused(story: Story) -> None:
    going = steps(story)
    next(going)
    with pytest.raises(Busy, match="being brought in"):
        next(steps(story))
    going.close()
    next(steps(story))


def test_an_issue_that_is_watched_already_is_read_as_a_sweep_would(story: Story, jira: JiraDouble) -> None:
    jira.on_event = story.receive
    jira.add_issue("10099", "SUP-99", P0)
    story.expect_pages("ana")
    jira.on_event = None
    story.now += timedelta(minutes=1)
    jira.resolve("10099")
    *_, last = steps(story)
    assert last.read == 13
    assert story.incident()["state"] == "resolved"


def test_an_answer_added_to_the_past_wakes_nobody_and_leaves_it_the_past(story: Story) -> None:
    list(steps(story))
    number = number_of(story, "SUP-2")
    with story.context.database.write() as conn:
        at = START - timedelta(days=28)
        by_hand.answer_by_hand(conn, story.context, number, at, "ana", "by phone", story.now)
        assert not tickets.is_watched(conn, number)
        (clock,) = [row for row in queries.clocks_of(conn, [number]) if row["metric"] == "first_response"]
    story.settle()
    assert clock["stopped_at"] == at
    assert (story.sent, story.pages()) == ([], [])


def live_answer(story: Story, number: int, at: datetime) -> None:
    """An agent's comment that Jira tells of late."""
    with story.context.database.write() as conn:
        agent = Actor("a", "Ana", Role.AGENT)
        fact = Fact(f"comment/{number}", FactKind.COMMENT, at, actor=agent, public=True)
        tickets.add_facts(conn, number, [fact], story.now)
        decide(story.context.work(conn, story.now), tickets.locked_by_id(conn, number))
    story.settle()


def number_of(story: Story, key: str) -> int:
    with story.context.database.read() as conn:
        (number,) = (row["id"] for row in queries.queue(conn, queries.Filters()) if row["key"] == key)
    return int(number)


def test_a_breach_of_the_past_that_nobody_was_told_of_is_not_taken_back(story: Story) -> None:
    list(steps(story))
    number = number_of(story, "SUP-2")
    live_answer(story, number, START - timedelta(days=29) + timedelta(minutes=5))
    with story.context.database.read() as conn:
        (clock,) = [row for row in queries.clocks_of(conn, [number]) if row["metric"] == "first_response"]
        kinds = {row["kind"] for row in queries.notices_of(conn, number)}
    assert (clock["state"], clock["breached_at"]) == ("stopped", None)
    assert (story.sent, kinds) == ([], {"warn", "breach"})


def test_a_correction_waits_while_the_past_comes_in_and_is_told_by_what_comes_next(
    story: Story, jira: JiraDouble
) -> None:
    jira.now = lambda: START - timedelta(minutes=30)
    jira.add_issue("30001", "SUP-99", {**P0, "priority": {"id": "2", "name": "P1 - High"}, WORKAROUND: None})
    jira.now = lambda: story.now
    list(steps(story))
    number = number_of(story, "SUP-99")
    story.advance(minutes=31)
    assert story.sent[-1].subject.startswith("SLA breached: First response of SUP-99")
    heard = len(story.sent)
    with story.context.database.write() as conn:
        at = START - timedelta(minutes=10)
        by_hand.answer_by_hand(conn, story.context, number, at, "ana", "by phone", story.now)
    story.settle()
    assert len(story.sent) == heard
    live_answer(story, number, story.now)
    assert [message.subject.partition(":")[0] for message in story.sent[heard:]] == ["SLA not breached"]
