"""`simulate oncall`: the shape of its answers and what it refuses."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.simulate.oncall import answer

REQUEST: dict[str, Any] = {
    "id": "o1",
    "schedule": {
        "timezone": "Europe/Berlin",
        "layers": [
            {
                "rotation": {
                    "type": "weekly",
                    "shift_length": 1,
                    "start": "2024-05-06T09:00:00+02:00",
                    "participants": ["ana", "ben"],
                },
                "restrictions": [{"days": ["mon", "tue"], "from": "09:00", "to": "17:00"}],
            },
            {
                "rotation": {
                    "type": "daily",
                    "shift_length": 2,
                    "start": "2024-05-01T00:00:00+02:00",
                    "participants": ["cy"],
                }
            },
        ],
        "overrides": [
            {
                "start": "2024-05-06T11:00:00+02:00",
                "end": "2024-05-06T12:00:00+02:00",
                "user": "dee",
                "replaces": "ana",
                "adds": False,
            }
        ],
    },
    "at": "2024-05-06T10:30:00.75+02:00",
}


def changed(change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """The request after a change to its copy."""
    request = copy.deepcopy(REQUEST)
    change(request)
    return request


def asked_at(text: str) -> dict[str, Any]:
    return {**REQUEST, "at": text}


def test_an_answer_has_the_keys_and_the_form_that_are_promised() -> None:
    assert json.dumps(answer(REQUEST)) == (
        '{"id": "o1", "on_call": ["ana"], '
        '"shift_start": "2024-05-06T07:00:00+00:00", "shift_end": "2024-05-13T07:00:00+00:00"}'
    )


def test_an_override_shows_in_the_people_and_not_in_the_shift() -> None:
    plain, overridden = answer(REQUEST), answer(asked_at("2024-05-06T11:30:00+02:00"))
    assert overridden == {**plain, "on_call": ["dee"]}


def test_the_layer_below_answers_where_the_top_one_is_limited() -> None:
    assert answer(asked_at("2024-05-08T12:00:00+02:00"))["on_call"] == ["cy"]


def test_what_is_optional_may_be_left_out() -> None:
    request = changed(lambda r: r["schedule"].pop("overrides"))
    request["schedule"]["layers"] = [
        {
            "rotation": {"type": "daily", "start": "2024-05-01T00:00Z", "participants": ["ana", "ben"]},
            "restrictions": [{"from": "22:00", "to": "06:00"}],
        }
    ]
    assert answer({**request, "at": "2024-05-02T23:00:00+02:00"})["on_call"] == ["ben"]


def test_an_empty_list_of_restrictions_is_always() -> None:
    request = changed(lambda r: r["schedule"]["layers"][0].update(restrictions=[]))
    assert answer({**request, "at": "2024-05-08T03:00:00+02:00"})["on_call"] == ["ana"]


def test_without_anybody_in_any_layer_there_is_no_shift() -> None:
    request = changed(lambda r: r["schedule"]["layers"].pop())
    nobody = answer({**request, "at": "2024-05-08T12:00:00+02:00"})
    assert nobody == {"id": "o1", "on_call": [], "shift_start": None, "shift_end": None}


def test_a_layer_without_participants_is_passed_over() -> None:
    request = changed(lambda r: r["schedule"]["layers"][0]["rotation"].update(participants=[]))
    assert answer(request)["on_call"] == ["cy"]


def test_a_schedule_without_any_participants_tells_the_times_alone() -> None:
    request = changed(lambda r: r["schedule"]["layers"].pop())
    request["schedule"]["layers"][0]["rotation"]["participants"] = []
    assert answer(request) == {**answer(REQUEST), "on_call": []}


def rotation(r: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = r["schedule"]["layers"][0]["rotation"]
    return found


def restriction(r: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = r["schedule"]["layers"][0]["restrictions"][0]
    return found


def override(r: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = r["schedule"]["overrides"][0]
    return found


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda r: r.update(now="x"), "now: Unknown field"),
        (lambda r: r.pop("at"), "at: Missing"),
        (lambda r: r.update(at="2024-05-06T10:30:00"), "at: Not a valid aware"),
        (lambda r: r.update(at="yesterday"), "at: Not a valid"),
        (lambda r: r.update(at="0001-01-01T00:00:00+14:00"), "years 1000 to 8999"),
        (lambda r: r["schedule"].update(zone="UTC"), "schedule.zone: Unknown field"),
        (lambda r: r["schedule"].update(timezone="Mars"), "schedule.timezone: unknown time zone 'Mars'"),
        (lambda r: r["schedule"].update(layers=None), "schedule.layers: Field may not be null"),
        (lambda r: r["schedule"]["layers"][0].pop("rotation"), "schedule.layers[0].rotation: Missing"),
        (lambda r: rotation(r).update(hours=1), "schedule.layers[0].rotation.hours: Unknown field"),
        (lambda r: rotation(r).update(type="yearly"), "rotation.type: Must be one of: hourly, daily"),
        (lambda r: rotation(r).update(shift_length=0), "schedule.layers[0].rotation: shift_length must be 1"),
        (lambda r: rotation(r).update(shift_length="1"), "rotation.shift_length: Not a valid integer"),
        (lambda r: rotation(r).update(shift_length=1.0), "rotation.shift_length: Not a valid integer"),
        (lambda r: rotation(r).update(shift_length=True), "rotation.shift_length: Not a valid integer"),
        (lambda r: rotation(r).update(participants=["ana", ""]), "rotation.participants[1]: An empty name"),
        (lambda r: rotation(r).update(participants=[["ana"]]), "participants[0]: Not a valid string"),
        (lambda r: restriction(r).update(days=["Mo"]), "restrictions[0].days[0]: Must be one of: mon"),
        (lambda r: restriction(r).update(days=[]), "layers[0].restrictions[0]: a restriction needs weekdays"),
        (lambda r: restriction(r).update(to="24:01"), "layers[0].restrictions[0].to: Not a time"),
        (lambda r: restriction(r).update({"from": "9:00"}), "layers[0].restrictions[0].from: Not a time"),
        (lambda r: restriction(r).update({"from": "17:00"}), "restrictions[0]: a restriction needs two"),
        (lambda r: restriction(r).update(opens=540), "layers[0].restrictions[0].opens: Unknown field"),
        (lambda r: override(r).update(adds=1), "schedule.overrides[0].adds: Not true or false"),
        (lambda r: override(r).update(adds=True), "schedule.overrides[0]: an override either adds"),
        (lambda r: override(r).update(end=override(r)["start"]), "overrides[0]: an override must end"),
        (lambda r: override(r).pop("user"), "schedule.overrides[0].user: Missing"),
    ],
)
def test_what_is_wrong_is_named_with_its_path(change: Callable[[dict[str, Any]], object], text: str) -> None:
    with pytest.raises(ValueError) as refused:
        answer(changed(change))
    assert text in str(refused.value)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    request = changed(lambda r: rotation(r).update(type="yearly", shift_length="1"))
    with pytest.raises(ValueError, match=r"rotation\.type: .*; .*rotation\.shift_length: "):
        answer(request)


@pytest.mark.parametrize("request_", [None, [], "text", 3, {}])
def test_a_request_that_is_no_object_or_empty_is_refused(request_: Any) -> None:
    with pytest.raises(ValueError):
        answer(request_)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything inside a JSON value."""
    keys = value.keys() if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key in keys for place in places(value[key], (*path, key))]


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.datetimes(timezones=st.timezones()).map(datetime.isoformat)
    | st.sampled_from(["mon", "24:00", "00:00", "monthly", "America", "\x00", "9999-12-31T23:59:59Z"])
)
JSON = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner))


@settings(max_examples=300)
@given(st.data())
def test_whatever_the_request_it_is_answered_or_refused(data: st.DataObject) -> None:
    request = copy.deepcopy(REQUEST)
    for _ in range(data.draw(st.integers(1, 3))):
        *path, last = data.draw(st.sampled_from(places(request)))
        inside: Any = request
        for key in path:
            inside = inside[key]
        inside[last] = data.draw(JSON)
    try:
        got = answer(request)
    except ValueError as error:
        assert str(error)
    else:
        assert list(got) == ["id", "on_call", "shift_start", "shift_end"]
        assert got["shift_start"] is None or got["shift_start"] < got["shift_end"]


@settings(max_examples=50)
@given(st.integers(-(10**6), 10**6))
def test_the_shift_told_holds_the_instant_asked_for(hours: int) -> None:
    asked = datetime.fromisoformat("2024-05-06T10:30:00+02:00") + timedelta(hours=hours)
    got = answer({**REQUEST, "at": asked.isoformat()})
    shift = datetime.fromisoformat(got["shift_start"]), datetime.fromisoformat(got["shift_end"])
    assert shift[0] <= asked < shift[1]
