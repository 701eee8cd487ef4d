"""How the dashboard puts times, clocks, facts and other people's words."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.domain.ticket import Actor, Fact, FactKind, Field, Origin, Role
from triage.web import views

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@settings(max_examples=200)
@given(st.text(max_size=300), st.integers(1, 200))
def test_a_text_is_cut_with_a_note_and_no_control_character_is_left(text: str, most: int) -> None:
    shown = views.shorten(text, most)
    assert not [char for char in shown if unicodedata.category(char) == "Cc" and char not in "\n\t"]
    if len(text) > most:
        assert shown.endswith(f"… ({len(text):,} characters in all)")
    else:
        assert shown == "".join(char for char in text if char in "\n\t" or unicodedata.category(char) != "Cc")


def test_a_megabyte_is_cut_and_marks_of_direction_stay() -> None:
    assert views.shorten("x" * 2**20, 10) == "xxxxxxxxxx… (1,048,576 characters in all)"
    assert views.shorten("a\u200fb\x00\x1bc") == "a\u200fbc"


@settings(max_examples=200)
@given(st.text(max_size=300), st.integers(1, 100))
def test_a_headline_is_one_line_that_fits(text: str, most: int) -> None:
    shown = views.headline(text, most)
    assert len(shown) <= most + 1
    assert shown.splitlines() in ([], [shown])


@settings(max_examples=200)
@given(st.binary(max_size=300))
def test_any_body_can_be_shown(body: bytes) -> None:
    assert "\x00" not in views.excerpt(body)


def test_a_body_that_is_text_is_shown_as_it_came() -> None:
    assert views.excerpt('{"a": "ü"}'.encode()) == '{"a": "ü"}'
    assert views.excerpt(b"\xff\x00{") == "\ufffd{"


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (46_400, "46.4 kB"), (8388608, "8,388.6 kB")],
)
def test_sizes(count: int, shown: str) -> None:
    assert views.size(count) == shown


def test_instants_seconds_and_shares() -> None:
    assert views.instant(NOW) == "2026-11-23 09:00:00"
    assert views.instant(None) == "–"
    assert views.seconds(3900) == "1 h 5 min"
    assert views.seconds(None) == "–"
    assert [views.share(fraction) for fraction in ("0.5", "0.125", "1.0", "")] == ["50 %", "12.5 %", "100 %", ""]


@pytest.mark.parametrize(
    ("due_in", "stopped", "breached", "mark"),
    [
        (3 * HOUR, False, False, "ok"),
        (timedelta(minutes=19), False, False, "close"),
        (timedelta(0), False, False, "close"),
        (timedelta(seconds=-1), False, False, "breached"),  # due since the last fold
        (-HOUR, True, False, "still"),
        (-HOUR, True, True, "breached"),
        (None, False, False, "still"),
    ],
)
def test_a_clock_is_marked_by_what_is_left(
    due_in: timedelta | None, stopped: bool, breached: bool, mark: str
) -> None:
    due_at = None if due_in is None else NOW + due_in
    clock = {
        "started_at": NOW - HOUR,
        "due_at": due_at,
        "stopped_at": NOW if stopped else None,
        "breached_at": due_at if breached else None,
    }
    assert views.urgency(clock, NOW) == mark


DORA = Actor("c-dora", "Dora Example", Role.CUSTOMER)


def fact(kind: FactKind, **more: object) -> Fact:
    return Fact("key", kind, NOW, actor=DORA, **more)  # type: ignore[arg-type]


def test_a_comment_says_who_wrote_it_who_may_read_it_and_what_it_says() -> None:
    line = views.describe(fact(FactKind.COMMENT, texts={"body": "It still fails."}, public=True))
    assert (line.title, line.who, line.notes) == ("Comment", "Dora Example (customer)", ("public",))
    assert line.words == "It still fails."
    assert views.describe(fact(FactKind.COMMENT, public=False)).notes == ("internal",)
    assert views.describe(fact(FactKind.COMMENT)).notes == ("visibility unknown",)


def test_a_change_says_from_what_to_what() -> None:
    line = views.describe(
        fact(
            FactKind.CHANGE,
            values={Field.STATUS: "waiting_on_customer", Field.ASSIGNEE: None},
            before={Field.STATUS: "open", Field.ASSIGNEE: "a_b"},
            texts={Field.SUMMARY: "New words"},
            origin=Origin.SWEEP,
        )
    )
    assert line.changes == (
        ("status", "open", "waiting on customer"),
        ("assignee", "a_b", ""),
        ("summary", "", "New words"),
    )
    assert line.notes == ("found by a sweep",)
    assert line.words == ""


def test_a_decision_by_hand_shows_its_reason() -> None:
    assert views.describe(fact(FactKind.DECISION, texts={"reason": "They said so."})).words == "They said so."


@pytest.mark.parametrize("kind", FactKind)
def test_every_kind_of_fact_has_a_name(kind: FactKind) -> None:
    assert views.describe(Fact("key", kind, NOW)).title
    assert views.describe(Fact("key", kind, NOW)).who == ""
