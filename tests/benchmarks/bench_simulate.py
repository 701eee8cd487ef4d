"""`simulate sla` over 10,000 scenarios of 10 events each, by hand; the goal is 20 s:

    python -m tests.benchmarks.bench_simulate [scenarios]

The scenarios share three calendars, pause, change priority, are resolved and reopened, and look back a month. The
command is run as its users run it, as a process of its own that is fed through a pipe.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

ROOT = Path(__file__).parents[2]
START = datetime(2026, 3, 2, 8, tzinfo=UTC)
WEEK = ("mon", "tue", "wed", "thu", "fri")
CALENDARS = [
    {"timezone": zone, "hours": {day: [["09:00", "12:00"], ["13:00", "17:30"]] for day in WEEK}, "holidays": []}
    for zone in ("Europe/Berlin", "America/New_York", "Asia/Tokyo")
]


def scenario(number: int) -> dict[str, Any]:
    """A ticket of ten events."""
    random = Random(number)
    kinds = [
        {"type": "comment", "by": "agent", "public": True},
        {"type": "comment", "by": "customer", "public": True},
        {"type": "status", "status": "waiting_on_customer"},
        {"type": "status", "status": "in_progress"},
        {"type": "priority", "priority": random.choice(["P0", "P1", "P2", "P3"])},
        {"type": "resolved"},
        {"type": "reopened"},
    ]
    moments = sorted(random.sample(range(60, 40_000), 9))
    events = [{"at": START.isoformat(), "type": "created", "priority": "P1"}]
    events += [{"at": (START + timedelta(minutes=at)).isoformat(), **random.choice(kinds)} for at in moments]
    return {
        "id": number,
        "calendar": random.choice(CALENDARS),
        "calendars": {"P0": None},
        "goals": {
            "first_response": {"P0": 900, "P1": 3600, "P2": 14400, "P3": 28800},
            "next_reply": 14400,
            "periodic_update": 86400,
            "resolution": {"P0": 14400, "P1": 28800, "P2": 86400},
        },
        "pause_on": ["waiting_on_customer"],
        "warn_at": [0.5, 0.75],
        "events": events,
        "now": (START + timedelta(days=30)).isoformat(),
    }


def main(scenarios: int) -> None:
    lines = "".join(json.dumps(scenario(number)) + "\n" for number in range(scenarios))
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "app.py", "simulate", "sla"],
        cwd=ROOT,
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    taken = time.perf_counter() - begun
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    if len(answers) != scenarios or any("error" in answer for answer in answers):
        sys.exit("not every scenario was answered")
    clocks = sum(len(answer["clocks"]) for answer in answers)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = spent.ru_utime + spent.ru_stime
    print(
        f"{scenarios} scenarios of 10 events, {clocks} clocks with receipts: {taken:.1f} s, {cpu:.1f} s of them CPU"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
