"""Webhook received → gateway accepted, on SQLite, to an HTTP sink on loopback. Run by hand:

    python -m tests.benchmarks.bench_page_latency [events]

Starts the real service as a child process, sends signed P0 events one by one, and takes the time from just
before the request is sent until the sink has the page. Prints median, p95, p99 and the worst, in milliseconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.service import PageSink, Service, documents
from tests.jira_events import Issue


def main(events: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sink = PageSink(seed=1, slowness=0)
        config = Path(folder) / "config"
        config.mkdir()
        for name, text in documents(sink).items():
            (config / name).write_text(text)
        taken = []
        with Service(f"sqlite:///{folder}/triage.db", config) as service:
            for number in range(events):
                issue = Issue(str(10000 + number), f"ACME-{number}", datetime.now(UTC), f"outage {number}")
                issue.priority, issue.production, issue.workaround = "P0", "yes", "none"
                begun = time.perf_counter()
                if service.post(issue.created_event()) != 202:
                    sys.exit("the service refused an event")
                if sink.wait_for({f"P0 {issue.key} Acme GmbH: {issue.summary}"}, 30):
                    sys.exit(f"no page for {issue.key} within 30 s")
                taken.append((time.perf_counter() - begun) * 1000)
        sink.close()
    taken.sort()
    shown = {"median": events // 2, "p95": int(events * 0.95), "p99": int(events * 0.99), "worst": events - 1}
    print(f"{events} P0 events: " + ", ".join(f"{name} {taken[rank]:.0f} ms" for name, rank in shown.items()))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
