"""How long a report takes over a month of 100,000 tickets with three clocks each, and pages at that size.

    python -m tests.benchmarks.bench_reports [TICKETS] [ROUNDS]

On SQLite and on PostgreSQL: the report of all customers, of one, its sheet, and freezing it; medians of ROUNDS.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable

from tests.benchmarks.databases import databases
from tests.month import MONTH, fill
from tests.scenario.harness import Story
from triage.domain.month_report import EVERYBODY, to_plain
from triage.engine import reports
from triage.render.report_sheet import report_sheet
from triage.render.statement_pdf import statement_pdf
from triage.store.db import Database


def timed(act: Callable[[], object], rounds: int) -> str:
    taken = []
    for _ in range(rounds):
        begun = time.perf_counter()
        act()
        taken.append(time.perf_counter() - begun)
    return f"median {statistics.median(taken):6.2f} s, worst {max(taken):6.2f} s"


def measure(kind: str, database: Database, count: int, rounds: int) -> None:
    story = Story(database)
    with database.write() as conn:
        fill(conn, count)
    config_of = story.context.configurations.current

    def report(customer: str) -> dict[str, object]:
        with database.read() as conn:
            return to_plain(reports.month_report(conn, config_of(conn), customer, MONTH, story.now))

    def sheet() -> int:
        with database.read() as conn:
            return sum(len(line) for line in report_sheet(reports.sheet_rows(conn, EVERYBODY, MONTH)))

    print(f"{kind}: {count:,} tickets, {3 * count:,} cycles")
    print(f"  report of all customers  {timed(lambda: report(EVERYBODY), rounds)}")
    print(f"  report of one of three   {timed(lambda: report('acme'), rounds)}")
    print(f"  sheet of all customers   {timed(sheet, rounds)}")
    shown = {**report("acme"), "edition": None}
    print(f"  PDF of one of three      {timed(lambda: statement_pdf(shown), rounds)}")
    begun = time.perf_counter()
    reports.freeze(story.context, EVERYBODY, MONTH, "bench", "", story.now)
    print(f"  freezing all customers   {time.perf_counter() - begun:6.2f} s")


def main() -> None:
    count, rounds = (int(word) for word in (*sys.argv[1:], *("100000", "7")[len(sys.argv) - 1 :]))
    with tempfile.TemporaryDirectory() as folder:
        for kind, database in databases(folder):
            measure(kind, database, count, rounds)
            database.close()


if __name__ == "__main__":
    main()
