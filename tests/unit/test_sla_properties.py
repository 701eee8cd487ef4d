"""Random tickets on random calendars: every field agrees with the oracle, whatever the order of events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given, settings
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
SHARES = (0.1, 0.25, 1 / 3, 0.5, 0.55, 0.75, 0.8, 1.0)


class Questions:
    """Dense random questions: short enough for the oracle, round enough that instants often coincide."""

    def __init__(self, seed):
        self.random = Random(seed)
        self.zone, start = self.random.choice(PLACES)
        self.start = datetime.fromisoformat(start)
        self.window = self.random.choice([900, 1800, 3600, 5400])

    def at(self, second):
        return (self.start + timedelta(seconds=second)).isoformat()

    def moment(self):
        return self.random.choice(
            [self.random.randint(0, self.window // 300) * 300, self.random.randint(0, self.window)]
        )

    def some(self, values, most):
        return self.random.sample(values, self.random.randint(0, most))

    def day_hours(self):
        """Intervals of whole tens of minutes; about half begin at 00:00 or end at 24:00, and some touch."""
        tens = sorted(self.random.sample(range(144), 2 * self.random.randint(2, 20)))
        tens[-1] = self.random.choice([tens[-1], 144])
        tens[0] = self.random.choice([tens[0], 0])
        tens[2] = self.random.choice([tens[2], tens[1]])
        walls = [f"{ten // 6:02d}:{ten % 6}0" for ten in tens]
        return [list(pair) for pair in zip(walls[::2], walls[1::2], strict=True)]

    def calendar(self):
        near = [(self.start + timedelta(days=shift)).date().isoformat() for shift in (-1, 0, 1)]
        return {
            "timezone": self.zone,
            "hours": {day: self.day_hours() for day in DAYS},
            "holidays": self.some(near, self.random.choice([0, 0, 2])),
            "date_hours": {
                day: self.random.choice([self.day_hours(), []])
                for day in self.some(near, self.random.choice([0, 0, 1]))
            },
        }

    def target(self):
        return self.random.choice([self.random.randint(0, 12) * 300, self.random.randint(0, 3000)])

    def goal(self):
        if self.random.random() < 0.3:
            return self.target()
        return {priority: self.target() for priority in self.some(PRIORITIES, 4)}

    def event(self):
        kind = self.random.choices(["comment", "status", "priority", "resolved", "reopened"], [8, 3, 5, 2, 2])[0]
        details = {
            "comment": {
                "by": self.random.choice(["agent", "customer", "customer", "robot"]),
                "public": self.random.random() < 0.85,
            },
            "status": {"status": self.random.choice(["waiting", "parked", "working"])},
            "priority": {"priority": self.random.choice(PRIORITIES)},
        }
        return {"at": self.at(self.moment()), "type": kind, **details.get(kind, {})}

    def question(self):
        created = {"type": "created", "priority": self.random.choice(PRIORITIES)}
        return {
            "id": "q",
            "calendar": self.random.choice([None, self.calendar(), self.calendar()]),
            "calendars": {
                priority: self.random.choice([None, self.calendar()]) for priority in self.some(PRIORITIES, 2)
            },
            "goals": {metric: self.goal() for metric in METRICS},
            "pause_on": self.random.choice([["waiting"], ["waiting", "parked"]]),
            "pause_metrics": self.random.choice([["resolution", "periodic_update"], list(METRICS)]),
            "on_priority_change": self.random.choice(["retroactive", "restart", "carry"]),
            "on_reopen": self.random.choice(["resume", "new_cycle"]),
            "warn_at": self.some(SHARES, 4),
            "events": [
                {"at": self.at(self.random.choice([0, 150, 600])), **created},
                *(self.event() for _ in range(self.random.randint(0, 39))),
            ],
            "now": self.at(self.random.choice([self.window, self.window + 1, self.moment()])),
        }


questions = st.integers(0, 2**48).map(lambda seed: Questions(seed).question())


def clocks(question):
    """The service's answer as plain JSON."""
    return json.loads(json.dumps(answer(question)["clocks"]))


@settings(max_examples=150, deadline=None)
@given(questions)
def test_every_field_agrees_with_the_oracle(question):
    assert clocks(question) == clocks_of(question)


@settings(max_examples=100, deadline=None)
@given(questions, st.integers(0, 2**32))
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


@settings(max_examples=100, deadline=None)
@given(questions)
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


@settings(max_examples=60, deadline=None)
@given(questions, st.integers(1, 1800))
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
