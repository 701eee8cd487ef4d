"""Business time and SLA clocks of other projects, as their own tests and documentation expect them."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from triage.domain.calendars import ALWAYS, DAY_NAMES, Calendar
from triage.domain.clocks import Clock, ClockState, Reason
from triage.domain.sla import Event, EventType, fold_clocks
from triage.domain.terms import Metric, PriorityChange, Reopen, Terms
from triage.domain.ticket import Priority, Role

VECTORS = Path(__file__).parents[3] / "shared" / "vectors"

pytestmark = pytest.mark.skipif(not VECTORS.exists(), reason="../shared/vectors is not here")

WALL_CLOCK_PAUSE = (
    "a pause moves the deadline by wall-clock time; ours leaves the rest of the target in calendar time"
)

#: What our contracts cannot say, by name.
NOT_EXPRESSIBLE = {"sla-erpnext-007": WALL_CLOCK_PAUSE, "sla-erpnext-009": WALL_CLOCK_PAUSE}

WAITING = "waiting_on_customer"


def vectors(name: str) -> list[Any]:
    path = VECTORS / name
    if not path.exists():
        return []
    loaded = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [pytest.param(vector, id=vector["id"]) for vector in loaded]


def minutes(wall: str) -> int:
    hours, rest = wall.split(":")
    return int(hours) * 60 + int(rest)


def calendar_of(given: dict[str, Any] | None) -> Calendar:
    if given is None:
        return ALWAYS

    def pairs(intervals: list[list[str]]) -> list[tuple[int, int]]:
        return [(minutes(opening), minutes(closing)) for opening, closing in intervals]

    return Calendar.build(
        given["timezone"],
        {DAY_NAMES.index(day): pairs(intervals) for day, intervals in given["hours"].items()},
        [date.fromisoformat(day) for day in given["holidays"]],
        {date.fromisoformat(day): pairs(own) for day, own in given.get("date_hours", {}).items()},
    )


def is_same_deadline(calendar: Calendar, ours: datetime, theirs: datetime, may_roll: bool) -> bool:
    """Where the source rolls a deadline on closing time to the next opening, no open time lies between the two."""
    return ours == theirs or (may_roll and ours < theirs and not calendar.measure(ours, theirs))


@pytest.mark.parametrize("vector", vectors("business_time_public.jsonl"))
def test_business_time(vector: dict[str, Any]) -> None:
    calendar, start = calendar_of(vector["calendar"]), datetime.fromisoformat(vector["start"])
    if vector["op"] == "between":
        assert calendar.measure(start, datetime.fromisoformat(vector["end"])).total_seconds() == vector["expect"]
        return
    ours = calendar.add(start, timedelta(seconds=vector["seconds"]))
    rolls = vector.get("edge_convention") == "next_open"
    assert is_same_deadline(calendar, ours, datetime.fromisoformat(vector["expect"]), rolls)


def update_metric(vector: dict[str, Any]) -> Metric:
    """Which of our metrics is the source's next_update."""
    if vector["sem"]["update"] == "oldest_unanswered_customer":
        return Metric.NEXT_REPLY
    if vector["sem"]["update"] == "since_last_contact_either":
        # Contact by either side restarts it: the same as ours while the customer's was not the last one.
        contacts = [event["type"] for event in vector["events"] if event["type"].endswith("_comment")]
        assert contacts[-1:] != ["customer_comment"]
    return Metric.PERIODIC_UPDATE


def metrics_of(vector: dict[str, Any]) -> dict[str, Metric]:
    return {
        "first_response": Metric.FIRST_RESPONSE,
        "next_update": update_metric(vector),
        "resolution": Metric.RESOLUTION,
    }


def events_of(vector: dict[str, Any]) -> list[Event]:
    statuses = {"resolved": EventType.RESOLVED, "closed": EventType.RESOLVED, "reopened": EventType.REOPENED}
    events = []
    for given in vector["events"]:
        at = datetime.fromisoformat(given["at"])
        match given["type"]:
            case "created":
                events.append(Event(at, EventType.CREATED, priority=Priority.P1))
                if given["by"] == "customer":  # to these peers a creation is a customer's first message
                    events.append(Event(at, EventType.COMMENT, by=Role.CUSTOMER, public=True))
            case "customer_comment":
                events.append(Event(at, EventType.COMMENT, by=Role.CUSTOMER, public=True))
            case "agent_comment":
                events.append(Event(at, EventType.COMMENT, by=Role.AGENT, public=True))
            case "priority_changed":
                events.append(Event(at, EventType.PRIORITY, priority=Priority.P2))
            case "status" if given["status"] in statuses:
                events.append(Event(at, statuses[given["status"]]))
            case "status":
                events.append(Event(at, EventType.STATUS, status=given["status"]))
    return events


def terms_of(vector: dict[str, Any], calendar: Calendar) -> Terms:
    sem, metrics = vector["sem"], metrics_of(vector)
    changed = [event["targets"] or {} for event in vector["events"] if event["type"] == "priority_changed"]
    goals: dict[Metric, dict[Priority, timedelta]] = {}
    for priority, targets in zip(Priority, [{}, vector["targets"], *changed], strict=False):
        for name, target in targets.items():
            goals.setdefault(metrics[name], {})[priority] = timedelta(seconds=target)
    # So that a pause shows even where the source has no clock that is going.
    goals.setdefault(Metric.RESOLUTION, {Priority.P1: timedelta(days=30)})
    pausing = {Metric.RESOLUTION}
    if sem.get("update_pause") != "none":
        pausing.add(metrics["next_update"])
    if sem.get("fr_pause") != "none":
        pausing.add(Metric.FIRST_RESPONSE)
    return Terms(
        goals=goals,
        calendar=calendar,
        pause_on=frozenset() if sem["pause"] == "none" else frozenset({WAITING}),
        pause_metrics=frozenset(pausing),
        on_priority_change=PriorityChange.RETROACTIVE,
        on_reopen=Reopen.RESUME,
    )


def paused_time(clock: Clock, calendar: Calendar, pause: str) -> timedelta:
    paused = [interval for interval in clock.receipt() if interval.reason is Reason.PAUSED]
    own = ALWAYS if pause == "extends_wallclock" else calendar
    return sum((own.measure(interval.from_at, interval.to_at) for interval in paused), timedelta(0))


@pytest.mark.parametrize("vector", vectors("sla_public.jsonl"))
def test_sla(vector: dict[str, Any]) -> None:
    if reason := NOT_EXPRESSIBLE.get(vector["id"]):
        pytest.skip(reason)
    calendar = calendar_of(vector["calendar"])
    now = datetime.fromisoformat(vector.get("as_of") or vector["events"][-1]["at"])
    clocks = fold_clocks(events_of(vector), terms_of(vector, calendar), now)
    by_name = {
        name: [clock for clock in clocks if clock.metric is metric] for name, metric in metrics_of(vector).items()
    }
    for key, value in vector["expect"].items():
        name, _, fact = key.rpartition("_")
        if key == "breached":
            breached = {n for n in vector["targets"] if any(clock.breached_at for clock in by_name[n])}
            assert breached - set(vector.get("ignore", [])) == set(value)
        elif key == "late_by":
            for late, seconds in value.items():
                assert by_name[late][-1].overrun.total_seconds() == seconds
        elif key == "paused":
            assert any(clock.state is ClockState.PAUSED for clock in clocks) is value
        elif key == "paused_seconds":
            resolution = by_name["resolution"][-1]
            assert paused_time(resolution, calendar, vector["sem"]["pause"]).total_seconds() == value
        elif key == "next_update_worst_gap":
            assert max(clock.elapsed for clock in by_name["next_update"]).total_seconds() == value
        elif fact == "elapsed":
            assert by_name[name][-1].elapsed.total_seconds() == value
        elif value is None:
            assert not [clock for clock in by_name[name] if clock.is_going and clock.due_at]
        else:
            rolls = vector.get("edge", {}).get(key) == "next_open"
            assert is_same_deadline(calendar, by_name[name][-1].due_at, datetime.fromisoformat(value), rolls)


def test_what_cannot_be_said_is_still_there() -> None:
    known = {param.id for param in vectors("sla_public.jsonl")}
    assert set(NOT_EXPRESSIBLE) <= known
