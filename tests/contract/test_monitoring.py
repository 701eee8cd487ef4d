"""How well the service itself does, from real tickets, pages and answers."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from tests.contract.site import Site, site_over
from tests.scenario.harness import START, Story
from triage.domain.rights import Role
from triage.domain.service_levels import Deliveries, days_until, spread
from triage.engine import respond
from triage.ports import Rejected, Retry
from triage.store import service_levels
from triage.store.db import Database
from triage.store.tables import attempts

MINUTE = timedelta(minutes=1)


def p0(story: Story) -> None:
    story.created(priority="P0", production="yes", workaround="none")


def shown(story: Story, span: str = "24h") -> str:
    site: Site = site_over(story)
    site.sign_in(Role.VIEWER)
    answer = site.client.get(f"/monitoring?span={span}")
    assert answer.status_code == 200
    return answer.text


@pytest.fixture
def story(database: Database) -> Story:
    return Story(database)


def test_a_page_is_counted_from_the_event_that_called_for_it(story: Story) -> None:
    story.sinks[0].answers = [Retry("busy", timedelta(seconds=50))] * 40
    p0(story)
    story.advance(seconds=20)
    story.sinks[0].answers = []
    with story.context.database.read() as conn:
        assert service_levels.page_latencies(conn, START) == [], "nobody was reached yet"
    story.advance(minutes=2)
    with story.context.database.read() as conn:
        (span,) = service_levels.page_latencies(conn, START)
        first = conn.scalar(sa.select(sa.func.min(attempts.c.ended_at)).where(attempts.c.outcome == "delivered"))
    assert first is not None
    assert span == first - START
    assert span > timedelta(seconds=20)
    assert "1 of them" in shown(story)


def test_an_answer_is_counted_from_the_trigger(story: Story) -> None:
    p0(story)
    story.advance(minutes=4)
    with story.context.database.write() as conn:
        respond.acknowledge_incident(conn, story.context, 1, "ana", story.now)
    with story.context.database.read() as conn:
        assert service_levels.answer_times(conn, START) == [4 * MINUTE]
        assert service_levels.answer_times(conn, story.now) == []
    page = shown(story)
    assert "100.0 %" in page
    assert "the slowest 4 min" in page


def test_attempts_are_counted_by_what_came_of_them(story: Story) -> None:
    story.sinks[0].answers = [Retry("busy"), Rejected("no such person")]
    p0(story)
    story.advance(minutes=3)
    with story.context.database.read() as conn:
        (console,) = service_levels.deliveries(conn, START)
    assert (console.gateway, console.retried, console.rejected, console.unfinished) == ("console", 1, 1, 0)
    assert console.delivered > 0
    assert "console" in shown(story)


def test_days_are_counted(story: Story) -> None:
    p0(story)
    with story.context.database.read() as conn:
        counts = service_levels.daily(conn, days_until(START, 3))
    assert counts["incidents"] == [0, 0, 1]
    assert counts["pages"][:2] == [0, 0]
    assert counts["pages"][2] >= 1
    assert "Incidents on each day, 1 in all" in shown(story)


@pytest.mark.parametrize("span", ["24h", "7d", "30d", "for ever", ""])
def test_an_empty_service_is_shown_whatever_is_asked(story: Story, span: str) -> None:
    assert shown(story, span).count("There was none.") == 2


SPANS = st.lists(st.timedeltas(timedelta(), timedelta(hours=1)))


@given(SPANS)
def test_what_took_longer_than_promised_is_never_in_time(spans: list[timedelta]) -> None:
    found = spread(spans, MINUTE)
    late = [span for span in spans if span > MINUTE]
    assert found.count == len(spans)
    assert found.within == (Fraction(len(spans) - len(late), len(spans)) if spans else None)
    assert found.worst is None or timedelta(seconds=found.worst) >= max(spans)


def test_what_is_unfinished_is_no_failure() -> None:
    assert Deliveries("smtp", 3, 1, 0, 7).success == Fraction(3, 4)
    assert Deliveries("smtp", 0, 0, 0, 7).success is None
