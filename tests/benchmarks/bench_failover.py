"""Trigger → the second channel has accepted, while the first provider hangs and the gateway waits its whole 5 s:

    python -m tests.benchmarks.bench_failover [incidents…]

Starts the real service on SQLite as a child process. For each number, so many P0s are sent at once; everybody's
first contact method is a provider that takes connections and never answers, the second an HTTP sink. Prints the
times from just before the first request until the sink has the page, in seconds.
"""

from __future__ import annotations

import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from tests.chaos.service import PageSink, Service, documents
from tests.contract.gateway_server import LocalServer, hang
from tests.jira_events import Issue


def send(service: Service, number: int) -> None:
    """Let Jira tell of a P0."""
    issue = Issue(str(10000 + number), f"ACME-{number}", datetime.now(UTC), f"outage {number}", "P0", "yes", "none")
    if service.post(issue.created_event()) != 202:
        sys.exit("the service refused an event")


def wait_for_pages(sink: PageSink, count: int) -> None:
    """Until the sink has so many pages in all."""
    if not sink.wait_for_keys(count, 60):
        sys.exit(f"only {len(sink.keys)} of {count} pages came")


def measure(incidents: int) -> list[float]:
    """Seconds until the page of each incident, the fastest first."""
    with tempfile.TemporaryDirectory() as folder, LocalServer(hang) as dead:
        sink, config = PageSink(seed=1, slowness=0), Path(folder) / "config"
        config.mkdir()
        for name, text in documents(sink, f"http://127.0.0.1:{dead.port}/page").items():
            (config / name).write_text(text)
        with Service(f"sqlite:///{folder}/triage.db", config) as service:
            send(service, 0)  # the first event after a start compiles the gate's rules
            wait_for_pages(sink, 1)
            begun, taken = time.perf_counter(), []
            for number in range(1, incidents + 1):
                send(service, number)
            for number in range(1, incidents + 1):
                wait_for_pages(sink, number + 1)
                taken.append(time.perf_counter() - begun)
        sink.close()
    return taken


def main(sizes: list[int]) -> None:
    for incidents in sizes:
        taken = measure(incidents)
        middle = taken[len(taken) // 2]
        print(f"{incidents} at once: first {taken[0]:.2f} s, median {middle:.2f} s, last {taken[-1]:.2f} s")


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [1, 8, 30])
