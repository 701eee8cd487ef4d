"""`python app.py backfill`, killed on the way: run again it goes on, and it needs no more memory for more issues.

`TRIAGE_TEST_BACKFILL=20000 python -m pytest -s tests/chaos/test_backfill.py` runs it at full size.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.chaos.service import ROOT, SECRET_KEY
from tests.jira_double import JiraDouble
from tests.jira_double.rest import Query, Reply
from triage import documents
from triage.engine import configure
from triage.store.db import Database
from triage.store.tables import facts, incidents, outbox, tickets

ISSUES = int(os.environ.get("TRIAGE_TEST_BACKFILL", "60"))
KILLS = 3
#: What a process may grow by while it reads: caches that fill, and no more.
GROWTH_KB = 40_000


class Counted(JiraDouble):
    """Tells `told` of each issue that is asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.told: Callable[[int], None] = lambda _: None

    def reply(self, method: str, path: str, query: Query, body: Any) -> Reply | None:
        if re.fullmatch(r"/?rest/api/2/issue/[0-9]+", path):
            self.asked += 1
            self.told(self.asked)
        return super().reply(method, path, query, body)


@pytest.fixture
def jira() -> Iterator[Counted]:
    with Counted() as double:
        begin = datetime.now(UTC) - timedelta(days=300)
        for number in range(ISSUES):
            double.now = lambda number=number: begin + timedelta(minutes=number)  # type: ignore[misc]
            double.add_issue(str(10001 + number), f"SUP-{number + 1}")
            double.add_comment(str(10001 + number), "We look into it")
            double.resolve(str(10001 + number))
        double.now = lambda: datetime.now(UTC)
        yield double


def start(url: str, jira: JiraDouble) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "TRIAGE_DATABASE_URL": url,
        "TRIAGE_CONFIG_DIR": str(ROOT / "config"),
        "TRIAGE_SECRET_KEY": SECRET_KEY,
        "TRIAGE_JIRA_URL": jira.url,
        "TRIAGE_JIRA_TOKEN": "token",
    }
    command = [sys.executable, "app.py", "backfill", "SUP", "--since", "2020-01-01", "--rate", "1000"]
    return subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def resident_kb(process: subprocess.Popen[str]) -> int:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1])  # type: ignore[index]


@pytest.mark.timeout(1200 + ISSUES // 4)
def test_killed_it_goes_on_and_its_memory_stays_flat(jira: Counted, database_url: str) -> None:
    database = Database(database_url)
    with database.write() as conn:
        configure.apply(conn, documents.read_folder(ROOT / "config"), "test", datetime.now(UTC))
    memory: list[tuple[int, int]] = []
    for kill in range(1, KILLS + 1):
        process = start(database_url, jira)
        stop_at = ISSUES * kill // (KILLS + 1)

        def told(asked: int, process: subprocess.Popen[str] = process, stop_at: int = stop_at) -> None:
            if asked % max(1, ISSUES // 20) == 0:
                memory.append((asked, resident_kb(process)))
            if asked >= stop_at:
                process.kill()

        jira.told = told
        process.communicate()
        assert process.returncode == -9
        expire_lease(database)
    begun = len(memory)
    process = start(database_url, jira)
    jira.told = lambda asked: (
        memory.append((asked, resident_kb(process))) if asked % max(1, ISSUES // 20) == 0 else None
    )
    out, err = process.communicate()
    assert process.returncode == 0, err
    print(f"\n{out.strip()}  asked for {jira.asked} issues; resident kB: {memory}")
    with database.read() as conn:
        count = sa.select(sa.func.count())
        assert conn.scalar(count.select_from(tickets).where(~tickets.c.open)) == ISSUES
        assert conn.scalar(count.select_from(facts).where(facts.c.origin != "backfill")) == 0
        assert conn.scalar(count.select_from(incidents)) == conn.scalar(count.select_from(outbox)) == 0
    assert jira.asked <= ISSUES + 2 * KILLS, "what was read before is not read again"
    last = [kb for _, kb in memory[begun:]]
    assert not last or max(last) - last[0] < GROWTH_KB
    database.close()


def expire_lease(database: Database) -> None:
    """What a minute's wait does: the dead process's lease ends."""
    with database.write() as conn:
        conn.execute(sa.text("UPDATE jobs SET due_at = started_at"))
