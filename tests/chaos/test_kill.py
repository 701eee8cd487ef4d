"""kill -9 between receipt and page: whatever was accepted is paged after the restart.

TRIAGE_TEST_KILLS sets how often; `make kill` does it 50 times on each database.
"""

from __future__ import annotations

import os
import random
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.chaos.service import PageSink, Service, documents
from tests.jira_events import Issue
from triage.engine import configure
from triage.store.db import Database
from triage.store.tables import attempts

KILLS = int(os.environ.get("TRIAGE_TEST_KILLS", "4"))


def in_flight(database_url: str) -> set[int]:
    """The attempts that nobody has ended: those that were on their way at a kill."""
    database = Database(database_url)
    with database.read() as conn:
        ids = set(conn.scalars(sa.select(attempts.c.id).where(attempts.c.ended_at.is_(None))))
    database.close()
    return ids


@pytest.mark.timeout(1500)
def test_every_accepted_event_is_paged_however_often_the_service_is_killed(database_url: str, tmp_path: Path) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    chance, sink = random.Random(seed), PageSink(seed)
    for name, text in documents(sink).items():
        (tmp_path / name).write_text(text)
    database = Database(database_url)
    with database.write() as conn:
        configure.apply(conn, documents(sink), "test", datetime.now(UTC))
    database.close()

    accepted: set[str] = set()
    caught: set[int] = set()
    never = threading.Event()
    for kill in range(KILLS):
        with Service(database_url, tmp_path) as service:
            for number in range(3):
                now = datetime.now(UTC)
                issue = Issue(str(10000 + kill * 10 + number), f"ACME-{kill}{number}", now, f"outage {kill}.{number}")
                issue.priority, issue.production, issue.workaround = "P0", "yes", "none"
                assert service.post(issue.created_event()) == 202
                accepted.add(f"P0 {issue.key} Acme GmbH: {issue.summary}")
            never.wait(chance.random() * 0.08)  # the moment of the kill is what is tried here
        caught |= in_flight(database_url)
    with Service(database_url, tmp_path):
        assert sink.wait_for(accepted, 60) == set()
    repeats = sum(count - 1 for count in sink.keys.values())
    sink.close()
    print(f"{KILLS} kills, {len(accepted)} events, {len(caught)} deliveries in flight at kills, {repeats} repeats")
    assert repeats <= len(caught)
    assert len(set(sink.subjects.values())) == len(sink.keys) == len(accepted)  # no page has a second key
