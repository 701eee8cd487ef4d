"""A storm of one customer's P0 tickets, and what it does to another customer's. Run by hand:

    python -m tests.benchmarks.bench_storm [tickets] [seconds]

Starts the real service on SQLite, posts so many P0 of one customer evenly over so many seconds, and every five
seconds a P0 of another one. Prints how long the other customer's pages took, and what the storm's responders got.
"""

from __future__ import annotations

import sys
import tempfile
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.service import PageSink, Service, documents
from tests.jira_events import Issue

EVERY = 5


def p0(number: int, key: str, organization: str) -> Issue:
    """A confirmed P0 of now."""
    given = {"priority": "P0", "production": "yes", "workaround": "none"}
    return Issue(str(number), key, datetime.now(UTC), f"outage {key}", organization=organization, **given)


def main(tickets: int, seconds: float) -> None:
    sink = PageSink(seed=1, slowness=0)
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "config"
        config.mkdir()
        for name, text in documents(sink, group_window="2m").items():
            (config / name).write_text(text)
        with (config / "customers.yaml").open("a") as customers:
            for number in range(int(seconds // EVERY)):
                bound = '[{contract: "standard:v1", from: 2026-01-01}]'
                given = f'organizations: ["{100 + number}"], contracts: {bound}'
                customers.write(f"  other{number}: {{name: Other {number}, {given}}}\n")
        with Service(f"sqlite:///{folder}/triage.db", config) as service:
            begun = time.monotonic()
            taken: list[float] = []
            others = threading.Thread(target=ask_for_others, args=(service, sink, seconds, taken))
            others.start()
            for number in range(tickets):
                time.sleep(max(0.0, begun + seconds * number / tickets - time.monotonic()))
                assert service.post(p0(20000 + number, f"ACME-{number}", "1").created_event()) == 202
            posted = time.monotonic() - begun
            others.join()
            print(f"{tickets} P0 posted in {posted:.1f} s")
            print("another customer's pages (ms):", sorted(round(ms) for ms in taken))
            time.sleep(max(0.0, begun + 130 - time.monotonic()))  # the summary comes two minutes after the page
            print("what the storm sent:", Counter(s for s in sink.subjects.values() if "ACME" in s or "joined" in s))
    sink.close()


def ask_for_others(service: Service, sink: PageSink, seconds: float, taken: list[float]) -> None:
    """A P0 of another customer every few seconds."""
    begun = time.monotonic()
    for number in range(int(seconds // EVERY)):
        time.sleep(max(0.0, begun + EVERY * number - time.monotonic()))
        issue = p0(30000 + number, f"NEW-{number}", str(100 + number))
        sent = time.perf_counter()
        assert service.post(issue.created_event()) == 202
        missing = sink.wait_for({f"P0 {issue.key} Other {number}: {issue.summary}"}, 30)
        taken.append(float("inf") if missing else (time.perf_counter() - sent) * 1000)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500, float(sys.argv[2]) if len(sys.argv) > 2 else 60)
