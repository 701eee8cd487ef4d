"""Rotations of GoAlert, Grafana OnCall and LinkedIn's oncall, as their own tests expect them."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from triage.simulate.oncall import WEEKDAYS, answer

VECTORS = Path(__file__).parents[3] / "shared" / "vectors" / "rotation_public.jsonl"

pytestmark = pytest.mark.skipif(not VECTORS.exists(), reason="../shared/vectors is not here")

GROUPS = "a group takes one turn together: we have one person a turn, and a schedule for each further person"

#: What our schedules cannot say, by name.
NOT_EXPRESSIBLE = {f"rot-grafana-oncall-{number}": GROUPS for number in range(119, 128)}


def vectors() -> list[dict[str, Any]]:
    if not VECTORS.exists():
        return []
    return [json.loads(line) for line in VECTORS.read_text(encoding="utf-8").splitlines()]


def layers(vector: dict[str, Any]) -> list[dict[str, Any]]:
    rotation = {key: value for key, value in vector["rotation"].items() if key != "timezone"}
    if "weekdays" in vector.get("ext", []):
        return weekly_layers(rotation, vector["weekdays"])
    return [{"rotation": rotation}]


def weekly_layers(rotation: dict[str, Any], weekdays: list[str]) -> list[dict[str, Any]]:
    """A daily rotation that counts active days only, as one weekly layer a weekday (SEMANTICS R17)."""
    assert rotation["type"] == "daily"
    start = datetime.fromisoformat(rotation["start"])
    assert (start.hour, start.minute) == (0, 0)
    people, length = rotation["participants"], rotation["shift_length"]
    names = {number: name for name, number in WEEKDAYS.items()}
    week = [start + timedelta(days=n) for n in range(7)]
    active = [day for day in week if names[day.weekday()] in weekdays]
    return [
        {
            "rotation": {
                "type": "weekly",
                "start": day.isoformat(),
                "participants": [
                    people[(weeks * len(active) + position) // length % len(people)]
                    for weeks in range(length * len(people))
                ],
            },
            "restrictions": [{"days": [names[day.weekday()]], "from": "00:00", "to": "24:00"}],
        }
        for position, day in enumerate(active)
    ]


EXPRESSIBLE = [vector for vector in vectors() if vector["id"] not in NOT_EXPRESSIBLE]


@pytest.mark.parametrize("vector", EXPRESSIBLE, ids=lambda vector: vector["id"])
def test_vector(vector: dict[str, Any]) -> None:
    unknown = set(vector.get("ext", [])) - {"weekdays"}
    assert not unknown, "say in NOT_EXPRESSIBLE why, or spell it out"
    schedule = {
        "timezone": vector["rotation"]["timezone"],
        "layers": layers(vector),
        "overrides": vector.get("overrides", []),
    }
    got = answer({"id": vector["id"], "schedule": schedule, "at": vector["at"]})
    for key, wanted in vector["expect"].items():
        if key == "on_call":
            assert got[key] == ([wanted] if wanted else [])
        else:
            assert datetime.fromisoformat(got[key]) == datetime.fromisoformat(wanted)


def test_what_cannot_be_expressed_is_what_is_named() -> None:
    assert {v["id"] for v in vectors() if "groups" in v.get("ext", [])} == set(NOT_EXPRESSIBLE)
