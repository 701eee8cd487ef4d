"""`simulate sla`: the shape of its answers, and what it says to questions that cannot be answered."""

from __future__ import annotations

import json
from copy import deepcopy
from datetime import datetime, timedelta

import pytest

from triage.simulate.lines import run
from triage.simulate.sla import answer

QUESTION = {
    "id": "s1",
    "calendar": {
        "timezone": "Europe/Berlin",
        "hours": {"mon": [["09:00", "17:00"]], "tue": [["09:00", "12:00"], ["13:00", "24:00"]]},
        "holidays": ["2026-12-25"],
        "date_hours": {"2026-12-24": [["09:00", "12:00"]]},
    },
    "calendars": {"P0": None},
    "goals": {"first_response": 3600, "resolution": {"P0": 14400, "P1": 28800}},
    "pause_on": ["waiting_on_customer"],
    "pause_metrics": ["resolution"],
    "on_priority_change": "retroactive",
    "on_reopen": "resume",
    "warn_at": [0.5, 0.75],
    "events": [
        {"at": "2026-03-02T15:00:00Z", "type": "created", "priority": "P1"},
        {"at": "2026-03-02T15:10:00.250+00:00", "type": "comment", "by": "agent", "public": True},
        {"at": "2026-03-02T16:30:00Z", "type": "status", "status": "waiting_on_customer"},
        {"at": "2026-03-03T10:00:00+02:00", "type": "status", "status": "working"},
    ],
    "now": "2026-03-03T12:00:00+00:00",
}


def answers(*questions):
    """The answers to questions (or raw lines), and the exit status."""
    lines = [question if isinstance(question, str | bytes) else json.dumps(question) for question in questions]
    ran = run(lines, answer)
    return [json.loads(line) for line in ran], ran.exit_status


def test_the_answer_has_the_documented_keys_in_their_order():
    [got], status = answers(QUESTION)
    assert status == 0
    assert list(got) == ["id", "clocks"]
    first, resolution = got["clocks"]
    assert list(first.items()) == [
        ("metric", "first_response"),
        ("cycle", 1),
        ("priority", "P1"),
        ("state", "stopped"),
        ("started_at", "2026-03-02T15:00:00+00:00"),
        ("due_at", "2026-03-02T16:00:00+00:00"),
        ("stopped_at", "2026-03-02T15:10:00+00:00"),
        ("elapsed_seconds", 600),
        ("remaining_seconds", 3000),
        ("breached_at", None),
        ("overrun_seconds", 0),
        ("warnings", []),
        (
            "receipt",
            [{"from": "2026-03-02T15:00:00+00:00", "to": "2026-03-02T15:10:00+00:00", "reason": "running"}],
        ),
    ]
    assert resolution["state"] == "running"
    assert resolution["due_at"] == "2026-03-03T16:00:00+00:00"
    assert resolution["warnings"] == [{"at": "2026-03-03T11:00:00+00:00", "fraction": 0.5}]
    assert [(interval["to"], interval["reason"]) for interval in resolution["receipt"]] == [
        ("2026-03-02T16:00:00+00:00", "running"),
        ("2026-03-02T16:30:00+00:00", "closed"),
        ("2026-03-03T08:00:00+00:00", "paused"),
        ("2026-03-03T11:00:00+00:00", "running"),
        ("2026-03-03T12:00:00+00:00", "closed"),
    ]


def test_what_is_optional_may_be_left_out():
    needed = {key: QUESTION[key] for key in ("id", "calendar", "goals", "events", "now")}
    week = {**needed, "calendar": {key: QUESTION["calendar"][key] for key in ("timezone", "hours")}}
    [bare, always], status = answers(week, {**needed, "calendar": None})
    assert status == 0
    assert bare["clocks"][1]["state"] == "running"
    assert {interval["reason"] for interval in always["clocks"][1]["receipt"]} == {"running"}


def test_a_number_is_a_goal_for_every_priority_and_none_means_no_clock():
    event = {**QUESTION["events"][0], "priority": "P3"}
    [got], _ = answers({**QUESTION, "events": [event]})
    assert [clock["metric"] for clock in got["clocks"]] == ["first_response"]


def test_pauses_default_to_resolution_and_periodic_update():
    question = {key: value for key, value in QUESTION.items() if key != "pause_metrics"}
    goals = dict.fromkeys(["first_response", "next_reply", "periodic_update", "resolution"], 7200)
    asks = {"at": "2026-03-02T15:00:00Z", "type": "comment", "by": "customer", "public": True}
    waits = {"at": "2026-03-02T15:20:00Z", "type": "status", "status": "waiting_on_customer"}
    events = [QUESTION["events"][0], asks, waits]
    [got], _ = answers({**question, "goals": goals, "events": events, "now": "2026-03-02T15:30:00Z"})
    assert [clock["state"] for clock in got["clocks"]] == ["running", "running", "paused", "paused"]


def changed(path, value):
    """The question with one value replaced; an ellipsis takes the key away."""
    question = deepcopy(QUESTION)
    *parents, last = path
    place = question
    for key in parents:
        place = place[key]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return question


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (["colour"], 1, "colour"),
        (["calendar", "colour"], 1, "calendar.colour"),
        (["events", 1, "colour"], 1, "events[1].colour"),
        (["events", 0, "by"], "agent", "events[0].by"),
        (["now"], ..., "now"),
        (["now"], "2026-03-03T12:00:00", "now"),
        (["now"], "2026-03-03", "now"),
        (["now"], 1772539200, "now"),
        (["calendar"], ..., "calendar"),
        (["calendar"], "24x7", "calendar"),
        (["calendar", "timezone"], "Mars/Olympus", "calendar: unknown time zone"),
        (["calendar", "timezone"], None, "calendar.timezone"),
        (["calendar", "hours"], {}, "calendar: no weekly open hours"),
        (["calendar", "hours", "monday"], [], "calendar.hours.monday"),
        (["calendar", "hours", "mon"], [["09:00", "24:01"]], "calendar.hours.mon[0]"),
        (["calendar", "hours", "mon"], [["09:00", "9:30"]], "calendar.hours.mon[0]"),
        (["calendar", "hours", "mon"], [["09:00", "12:00", "13:00"]], "calendar.hours.mon[0]"),
        (["calendar", "hours", "mon"], [["09:00", "12:00"], ["11:00", "13:00"]], "calendar: mon"),
        (["calendar", "hours", "mon"], [["12:00", "09:00"]], "calendar: mon"),
        (["calendar", "holidays"], ["20261225"], "calendar.holidays[0]"),
        (["calendar", "holidays"], ["2026-02-30"], "calendar.holidays[0]"),
        (["calendar", "date_hours"], {"2026-13-01": []}, "calendar.date_hours.2026-13-01"),
        (["calendars"], None, "calendars"),
        (["calendars"], {"P4": None}, "calendars.P4"),
        (["calendars"], {"P3": {"timezone": "UTC", "hours": {}}}, "calendars.P3: no weekly open hours"),
        (["goals"], {"resolve": 60}, "goals.resolve"),
        (["goals", "resolution"], True, "goals.resolution"),
        (["goals", "resolution"], "3600", "goals.resolution"),
        (["goals", "resolution"], 0.5, "goals.resolution"),
        (["goals", "resolution"], None, "goals.resolution"),
        (["goals", "resolution", "P1"], -1, "goals.resolution.P1"),
        (["goals", "resolution", "P1"], 10**30, "goals.resolution.P1"),
        (["goals", "resolution", "P9"], 1, "goals.resolution.P9"),
        (["pause_on"], "waiting", "pause_on"),
        (["pause_metrics"], ["all"], "pause_metrics[0]"),
        (["on_priority_change"], "ignore", "on_priority_change"),
        (["on_reopen"], None, "on_reopen"),
        (["warn_at"], [0.5, 0], "warn_at[1]"),
        (["warn_at"], [1.01], "warn_at[0]"),
        (["warn_at"], ["0.5"], "warn_at[0]"),
        (["events"], [], "creation"),
        (["events"], {}, "events"),
        (["events", 0], "created", "events[0]"),
        (["events", 0, "priority"], ..., "events[0].priority"),
        (["events", 0, "type"], "born", "events[0].type"),
        (["events", 0, "type"], ["created"], "events[0].type"),
        (["events", 1, "by"], "unknown", "events[1].by"),
        (["events", 1, "public"], 1, "events[1].public"),
        (["events", 1, "type"], "created", "events[1]"),
        (["events", 2, "status"], None, "events[2].status"),
        (["events", 3], {**QUESTION["events"][0], "priority": "P2"}, "creation"),
        (["id"], ["s1"], "id"),
    ],
)
def test_a_bad_value_is_told_with_its_path_and_the_others_go_on(path, value, says):
    got, status = answers(QUESTION, changed(path, value), QUESTION)
    assert status == 1
    assert got[0] == got[2]
    assert list(got[1]) == ["id", "error"]
    assert says in got[1]["error"]
    assert got[1]["id"] == (value if path == ["id"] else "s1")


def test_all_that_is_wrong_with_a_question_is_told_at_once():
    question = changed(["calendar", "timezone"], "Mars/Olympus")
    question["events"][0].update(at="today", priority="P9")
    question["events"][3]["status"] = 7
    question.update(id=0.5, now="2026-03-03T12:00:00", strange=1)
    [got], _ = answers(question)
    assert got["error"].split("; ") == [
        "id: Not a text or a whole number.",
        "calendar: unknown time zone 'Mars/Olympus'",
        "events[0].at: Not a valid datetime.",
        "events[0].priority: Must be one of: P0, P1, P2, P3.",
        "events[3].status: Not a valid string.",
        "now: Not a valid aware datetime.",
        "strange: Unknown field.",
    ]


def test_what_questions_share_does_not_mix_them_up():
    """Two tickets that live through the same, a week apart, under one contract."""

    def weeks_later(text):
        return (datetime.fromisoformat(text) + timedelta(weeks=1)).isoformat()

    later = [{**event, "at": weeks_later(event["at"])} for event in QUESTION["events"]]
    got, _ = answers(QUESTION, {**QUESTION, "id": 2, "events": later, "now": weeks_later(QUESTION["now"])}, QUESTION)
    assert got[0] == got[2]
    assert got[1]["id"] == 2
    for first, second in zip(got[0]["clocks"], got[1]["clocks"], strict=True):
        assert second["due_at"] == weeks_later(first["due_at"])
        assert second["elapsed_seconds"] == first["elapsed_seconds"]
        assert [line["to"] for line in second["receipt"]] == [weeks_later(line["to"]) for line in first["receipt"]]


@pytest.mark.parametrize("value", [1, 1.0, "true"])
def test_what_equals_a_good_value_is_not_taken_for_it(value):
    """An event that was read before is known again by what it says, and 1 == True."""
    got, _ = answers(QUESTION, changed(["events", 1, "public"], value))
    assert "clocks" in got[0]
    assert got[1]["error"] == "events[1].public: Not true or false."


@pytest.mark.parametrize("key", ["id", "calendar", "goals", "events", "strange"])
def test_what_is_nested_too_deep_is_an_error_of_its_line(key):
    """Up to where it cannot be read, which is some way behind where it can no longer be looked at."""
    for depth in range(1, 1000, 3):
        line = json.dumps({**QUESTION, key: "@"}).replace('"@"', "[" * depth + "]" * depth)
        [got], status = answers(line)
        assert got["error"]
        assert status == 1


def test_a_missing_id_is_told_as_null():
    [got], status = answers(changed(["id"], ...))
    assert (got["id"], status) == (None, 1)
    assert "id" in got["error"]


@pytest.mark.parametrize(
    "line",
    ["{", "", "[1]", '"s1"', "null", '{"id": NaN}', '{"id": 1, "id": 2}', "[" * 100_000, b'{"id": "\xff"}'],
)
def test_a_line_that_is_no_json_object_answers_in_its_place(line):
    got, status = answers(QUESTION, line, QUESTION)
    assert status == 1
    assert [entry["id"] for entry in got] == ["s1", None, "s1"]
    assert got[1]["error"]


def test_extreme_instants_and_targets_are_errors_of_their_line():
    early, late = "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"
    questions = [
        changed(["events", 0, "at"], early),
        changed(["now"], late),
        {**QUESTION, "calendar": None, "now": late},
        {**QUESTION, "goals": {"resolution": 10**13}, "now": "2026-03-02T15:20:00Z"},
    ]
    got, status = answers(*questions, QUESTION)
    assert status == 1
    assert ["error" in entry for entry in got] == [True, True, True, True, False]


def test_answers_come_one_by_one_as_lines_come():
    taken = []

    def lines():
        for number in range(3):
            taken.append(number)
            yield json.dumps({**QUESTION, "id": number})

    first = next(iter(run(lines(), answer)))
    assert (json.loads(first)["id"], taken) == (0, [0])


def test_a_fault_of_ours_is_not_taken_for_a_bad_question():
    def broken(question):
        raise TypeError("a bug")

    with pytest.raises(TypeError, match="a bug"):
        list(run(["{}"], broken))
