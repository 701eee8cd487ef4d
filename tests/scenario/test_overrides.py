"""People change who is on call, and pages follow: what an override does, when it begins, ends and is taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from tests.scenario.harness import START, Story
from triage.engine import consult
from triage.engine.override import add_override, remove_override
from triage.engine.respond import NotPossible
from triage.store import overrides, queries
from triage.store.overrides import Listed

HOUR = timedelta(hours=1)
P0: dict[str, Any] = {"priority": "P0", "production": "yes", "workaround": "none"}


def change(story: Story, start: timedelta, end: timedelta, schedule: str = "primary", **how: Any) -> Listed:
    """Ana's colleague changes a schedule, from and until so long after now."""
    with story.context.database.write() as conn:
        work = story.context.work(conn, story.now)
        times = ((story.now + span).isoformat() for span in (start, end))
        return add_override(work, schedule, *times, "ben", **how)


def remove(story: Story, number: int) -> None:
    with story.context.database.write() as conn:
        remove_override(story.context.work(conn, story.now), number, "cy")


def on_call(story: Story, *hours: float, schedule: str = "primary") -> Iterator[tuple[str, ...]]:
    """Who is on call so many hours after the story began."""
    with story.context.database.read() as conn:
        config = story.context.configurations.current(conn)
        for number in hours:
            yield consult.people(conn, config, schedule, START + number * HOUR)


def test_an_override_decides_whom_a_p0_pages(story: Story) -> None:
    change(story, timedelta(), HOUR, user="cy")
    story.created(**P0)
    story.expect_pages("cy")


def test_an_override_that_takes_effect_changes_whom_the_next_step_of_an_open_incident_pages(story: Story) -> None:
    change(story, timedelta(minutes=4), HOUR, schedule="secondary", user="ana", replaces="cy")
    story.created(**P0)
    story.expect_pages("ana")  # the first step, as planned
    story.advance(minutes=5)
    story.expect_pages("ana")  # the second one would have paged cy
    added = change(story, timedelta(minutes=1), HOUR, user="ben")
    story.advance(minutes=5)
    story.expect_pages("ben")
    remove(story, added.id)
    story.advance(minutes=5)
    story.expect_pages("ana")


def test_a_step_that_an_override_leaves_empty_is_skipped_at_once(story: Story) -> None:
    change(story, timedelta(), HOUR, user=None)
    story.created(**P0)
    story.expect_pages("cy")


def test_somebody_beside_the_others_is_paged_with_them(story: Story) -> None:
    change(story, timedelta(), HOUR, user="ben", adds=True)
    story.created(**P0)
    assert {page["person"] for page in story.pages()} == {"ana", "ben"}


def test_two_people_swap_for_a_time_whoever_has_the_turn(story: Story) -> None:
    swap = change(story, timedelta(), timedelta(days=14), user="ana", replaces="ben", swaps=True)
    assert list(on_call(story, 0, 8 * 24, 15 * 24)) == [("ben",), ("ana",), ("ana",)]
    story.created(**P0)
    story.expect_pages("ben")
    story.advance(days=1)
    remove(story, swap.id)
    assert list(on_call(story, 0, 25, 8 * 24)) == [("ben",), ("ana",), ("ben",)]


def test_overrides_act_in_the_order_in_which_they_were_added(story: Story) -> None:
    change(story, timedelta(), HOUR, user="cy", replaces="ana")
    change(story, timedelta(), HOUR, user="ben", replaces="ana")  # ana is not on call any more
    change(story, timedelta(), HOUR, user="ana", replaces="cy")
    assert list(on_call(story, 0)) == [("ana",)]


def test_a_removed_override_stays_in_the_log_and_what_has_been_stays(story: Story) -> None:
    begun = change(story, timedelta(), 3 * HOUR, user="cy", reason="dentist")
    ahead = change(story, 5 * HOUR, 6 * HOUR, user="cy")
    story.advance(hours=1)
    remove(story, begun.id)
    remove(story, ahead.id)
    assert list(on_call(story, 0, 0.5, 1, 2, 5.5)) == [("cy",), ("cy",), ("ana",), ("ana",), ("ana",)]
    with story.context.database.read() as conn:
        log = overrides.log_of(conn, START)
        acts = queries.audit_of(conn, ["schedule/primary"])
    assert [(one.reason, one.created_by, one.removed_by) for one in log] == [
        ("dentist", "ben", "cy"),
        ("", "ben", "cy"),
    ]
    assert [act["act"] for act in acts] == ["override.remove"] * 2 + ["override.add"] * 2
    assert acts[-1]["after"]["user"] == "cy"
    assert acts[-1]["reason"] == "dentist"


def test_an_override_that_would_begin_in_the_past_begins_now(story: Story) -> None:
    story.advance(hours=2)
    change(story, -HOUR, HOUR, user="cy")
    assert list(on_call(story, 1.5, 2, 2.5, 3)) == [("ana",), ("cy",), ("cy",), ("ana",)]


def test_times_are_read_on_the_schedules_own_clock(story: Story) -> None:
    with story.context.database.write() as conn:
        work = story.context.work(conn, story.now)
        added = add_override(work, "primary", "2027-03-28 02:30", "2027-03-28 03:30", "ben", user="cy")
    assert added.override.start.isoformat() == "2027-03-28T01:00:00+00:00"  # a skipped time is the gap's end
    assert added.override.end.isoformat() == "2027-03-28T01:30:00+00:00"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"name": "tertiary"}, "no schedule 'tertiary' (known: primary, secondary)"),
        ({"user": "eve"}, "no person 'eve' (known: ana, ben, cy)"),
        ({"user": "ana", "replaces": "eve"}, "no person 'eve'"),
        ({"user": "ana", "start": "tomorrow"}, "'tomorrow' is not a time; write it like 2026-12-24 09:00"),
        ({"user": "ana", "start": "2026-12-24 10:00"}, "must end after it starts"),
        ({"user": "ana", "start": "2026-11-01", "end": "2026-11-02"}, "would have ended already"),
        ({"user": "ana", "replaces": "ana", "swaps": True}, "two different people"),
        ({"user": None, "adds": True}, "needs a user"),
        ({"user": "ana", "end": "99999-12-24 09:00"}, "is not a time"),
        ({"user": "ana", "end": "9999-12-24 09:00"}, "is not in the years"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(story: Story, given: dict[str, Any], told: str) -> None:
    asked = {"name": "primary", "start": "2026-12-24 09:00", "end": "2026-12-24 10:00", "who": "ben", **given}
    with pytest.raises(NotPossible) as refused, story.context.database.write() as conn:
        add_override(story.context.work(conn, story.now), **asked)
    assert told in str(refused.value)
    with story.context.database.read() as conn:
        assert overrides.log_of(conn, START) == []


def test_an_override_is_removed_once_and_not_after_its_end(story: Story) -> None:
    added = change(story, timedelta(), HOUR, user="cy")
    over = change(story, timedelta(), HOUR, user="cy")
    remove(story, added.id)
    for number, told in ((added.id, "was removed before, by cy"), (99, "There is no override 99")):
        with pytest.raises(NotPossible, match=told):
            remove(story, number)
    story.advance(hours=2)
    with pytest.raises(NotPossible, match="is over already"):
        remove(story, over.id)
