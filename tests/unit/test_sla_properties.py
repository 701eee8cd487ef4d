"""Random tickets on random calendars: every field agrees with the oracle, whatever the order of events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.sla_oracle import DAYS, METRICS, clocks_of
from triage.simulate.sla import answer

PRIORITIES = ("P0", "P1", "P2", "P3")

#: Time zones and instants shortly before their clocks change; the last two never change theirs.
PLACES = (
    ("Europe/Berlin", "2026-03-28T23:40:00+00:00"),
    ("Europe/Berlin", "2026-10-24T23:40:00+00:00"),
    ("America/Sao_Paulo", "2018-11-04T01:50:00+00:00"),  # midnight is skipped
    ("America/Sao_Paulo", "2018-02-18T00:50:00+00:00"),  # the hour before midnight is doubled
    ("America/Havana", "2026-11-01T03:50:00+00:00"),  # midnight is doubled
    ("America/Scoresbysund", "2026-03-28T23:50:00+00:00"),  # the last hour of a Saturday is skipped
    ("Australia/Lord_Howe", "2026-04-04T14:10:00+00:00"),  # half an hour is doubled
    ("Pacific/Apia", "2011-12-30T08:50:00+00:00"),  # a whole date is skipped
    ("Asia/Kathmandu", "2026-05-04T22:30:00+00:00"),
    ("UTC", "2026-05-04T22:30:00+00:00"),
)
WINDOW = 5400

walls = st.integers(0, 143).map(lambda tens: tens * 10)
#: Round times make events, due dates, warnings and opening hours coincide.
moments = st.one_of(st.integers(0, WINDOW // 300).map(lambda fives: fives * 300), st.integers(0, WINDOW))
targets = st.one_of(st.integers(0, 12).map(lambda fives: fives * 300), st.integers(0, 3000))
goals = st.one_of(targets, st.dictionaries(st.sampled_from(PRIORITIES), targets, max_size=3))
shares = st.lists(st.sampled_from([0.1, 0.25, 0.5, 0.55, 0.75, 0.8, 1.0, 1 / 3]), max_size=4)


def wall_text(minutes):
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@st.composite
def day_hours(draw):
    """Open intervals of a day, some of them touching, the last one sometimes up to 24:00."""
    edges = sorted(draw(st.lists(walls, min_size=2, max_size=24, unique=True)))
    if draw(st.booleans()):
        edges[-1] = 1440
    if draw(st.booleans()):
        edges[0] = 0
    pairs = list(zip(edges[::2], edges[1::2], strict=False))
    if len(edges) > 3 and draw(st.booleans()):
        pairs.insert(1, (edges[1], edges[2]))
    return [[wall_text(opening), wall_text(closing)] for opening, closing in pairs]


@st.composite
def calendars(draw, zone, start):
    near = [(start + timedelta(days=shift)).date().isoformat() for shift in (-1, 0, 1)]
    common = draw(day_hours())
    hours = {day: common if draw(st.integers(0, 3)) else draw(day_hours()) for day in DAYS}
    return {
        "timezone": zone,
        "hours": hours,
        "holidays": draw(st.lists(st.sampled_from(near), max_size=2, unique=True)),
        "date_hours": draw(st.dictionaries(st.sampled_from(near), st.one_of(day_hours(), st.just([])), max_size=1)),
    }


EVENTS = st.one_of(
    st.builds(
        lambda by, public: {"type": "comment", "by": by, "public": public},
        st.sampled_from(["agent", "customer", "customer", "agent", "robot"]),
        st.sampled_from([True, True, True, False]),
    ),
    st.sampled_from(["waiting", "parked", "working"]).map(lambda status: {"type": "status", "status": status}),
    st.sampled_from(PRIORITIES).map(lambda priority: {"type": "priority", "priority": priority}),
    st.sampled_from([{"type": "resolved"}, {"type": "reopened"}]),
)


@st.composite
def questions(draw):
    zone, start_text = draw(st.sampled_from(PLACES))
    start = datetime.fromisoformat(start_text)

    def at(second):
        return (start + timedelta(seconds=second)).isoformat()

    calendar = draw(st.one_of(st.none(), calendars(zone, start), calendars(zone, start)))
    own = draw(st.dictionaries(st.sampled_from(PRIORITIES), st.one_of(st.none(), calendars(zone, start)), max_size=2))
    created = draw(st.integers(0, 4)) * 150
    events = [{"at": at(created), "type": "created", "priority": draw(st.sampled_from(PRIORITIES))}]
    for moment, event in draw(st.lists(st.tuples(moments, EVENTS), max_size=39)):
        events.append({"at": at(moment), **event})
    return {
        "id": "q",
        "calendar": calendar,
        "calendars": own,
        "goals": draw(st.dictionaries(st.sampled_from(METRICS), goals, min_size=1)),
        "pause_on": draw(st.sampled_from([["waiting"], ["waiting", "parked"], []])),
        "pause_metrics": draw(st.sampled_from([["resolution", "periodic_update"], list(METRICS), ["next_reply"]])),
        "on_priority_change": draw(st.sampled_from(["retroactive", "restart", "carry"])),
        "on_reopen": draw(st.sampled_from(["resume", "new_cycle"])),
        "warn_at": draw(shares),
        "events": events,
        "now": at(draw(st.integers(0, WINDOW // 300)) * 300 + draw(st.sampled_from([0, 0, 1, 617]))),
    }


def clocks(question):
    """The service's answer as plain JSON."""
    return json.loads(json.dumps(answer(question)["clocks"]))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions())
def test_every_field_agrees_with_the_oracle(question):
    assert clocks(question) == clocks_of(question)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions(), st.integers(0, 2**32))
def test_shuffled_and_doubled_events_change_nothing(question, seed):
    random = Random(seed)
    # Of one instant the order given counts, so that only instants are shuffled.
    instants = {}
    for event in question["events"]:
        instants.setdefault(event["at"], []).append(event)
    groups = [group * random.choice([1, 2]) for group in instants.values()]
    random.shuffle(groups)
    shuffled = {**question, "events": [event for group in groups for event in group]}
    assert clocks(shuffled) == clocks(question)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions())
def test_receipts_have_no_gaps_and_sum_to_what_has_elapsed(question):
    for clock in clocks(question):
        end = clock["stopped_at"] or datetime.fromisoformat(question["now"]).astimezone(UTC).isoformat()
        edges = [clock["started_at"], *(interval["to"] for interval in clock["receipt"])]
        assert [interval["from"] for interval in clock["receipt"]] == edges[:-1]
        assert edges[-1] == end
        reasons = [interval["reason"] for interval in clock["receipt"]]
        assert all(one != two for one, two in pairwise(reasons))
        running = [interval for interval in clock["receipt"] if interval["reason"] == "running"]
        assert clock["elapsed_seconds"] == sum(
            (datetime.fromisoformat(interval["to"]) - datetime.fromisoformat(interval["from"])).total_seconds()
            for interval in running
        )


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(questions(), st.integers(1, 1800))
def test_what_was_told_stays_told(question, later):
    """As time passes without new events, warnings are only added, and breaches only appear."""
    now = datetime.fromisoformat(question["now"])
    known = {**question, "events": [e for e in question["events"] if datetime.fromisoformat(e["at"]) <= now]}
    if not any(event["type"] == "created" for event in known["events"]):
        return
    before = clocks(known)
    after = clocks({**known, "now": (now + timedelta(seconds=later)).isoformat()})
    for old, new in zip(before, after, strict=True):
        assert new["warnings"][: len(old["warnings"])] == old["warnings"]
        assert old["breached_at"] in (None, new["breached_at"])
        assert new["elapsed_seconds"] >= old["elapsed_seconds"]
