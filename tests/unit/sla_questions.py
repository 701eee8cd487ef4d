"""Random questions for `simulate sla`, around the hours in which clocks change."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random

from tests.unit.sla_oracle import DAYS, METRICS

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
