"""kill -9 of one of two workers on PostgreSQL, in the midst of what they do: no page is lost, none gets a second key.

TRIAGE_TEST_KILLS=50 .venv/bin/python -m pytest -s tests/chaos/test_kill_workers.py     # 50 kills, 200 incidents
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from integrations.jira_inbound import delivery_id
from tests.chaos.service import PageSink, Workers, documents
from tests.jira_events import Issue
from triage.engine import configure
from triage.store import inbox
from triage.store.db import Database
from triage.store.leases import PENDING
from triage.store.tables import attempts, incidents, outbox, pages

KILLS = int(os.environ.get("TRIAGE_TEST_KILLS", "3"))
#: Incidents that come together between two kills.
BURST = 4
#: Nobody answers, so each incident has one page of each step and, for an hour, one of the fallback.
POLICY = """
escalation_policies:
  around-the-clock:
    steps:
      - {targets: ["person:ana"], delay: 2s}
      - {targets: ["person:ben"], delay: 2s}
    fallback: ["person:cy"]
    fallback_every: 1h
    group_window: 0s
"""
PEOPLE = ["ana", "ben", "cy"]
never = threading.Event()


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether the condition came true in time."""
    ends = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < ends:
        never.wait(0.05)
    return true


def open_incidents(database: Database, burst: int) -> None:
    """Jira tells of some new P0 tickets at once."""
    for number in range(burst * BURST, (burst + 1) * BURST):
        now = datetime.now(UTC)
        issue = Issue(str(10000 + number), f"ACME-{number}", now, f"outage {number}", "P0", "yes", "none")
        body = issue.created_event()
        with database.write() as conn:
            inbox.receive(conn, "jira", delivery_id(body, None), body, now)


def is_done(database: Database, count: int) -> bool:
    """Whether every incident's pages are there and nothing waits to be sent."""
    with database.read() as conn:
        waiting = conn.scalar(sa.select(sa.func.count()).where(outbox.c.state == PENDING))
        return waiting == 0 and conn.scalar(sa.select(sa.func.count()).select_from(pages)) == count


@pytest.mark.timeout(3000)
@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_killed_workers_lose_no_page_and_repeat_only_what_was_in_flight(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")
    chance, sink = random.Random(seed), PageSink(seed, slowness=0.5)
    with database.write() as conn:
        configure.apply(conn, documents(sink) | {"escalation.yaml": POLICY}, "test", datetime.now(UTC))

    count = KILLS * BURST * len(PEOPLE)
    with Workers(database_url, tmp_path) as workers:
        for burst in range(KILLS):
            open_incidents(database, burst)
            # The moment of the kill is what is tried here: some of the burst's pages have come, and a little later.
            arrived = burst * BURST * len(PEOPLE) + chance.randrange(BURST * len(PEOPLE))
            assert sink.wait_for_keys(arrived, 60)
            never.wait(chance.random() * 0.3)
            workers.kill(chance.randrange(2))
        assert wait_until(lambda: is_done(database, count), 120)
    sink.close()

    with database.read() as conn:
        paged = conn.execute(sa.select(pages).order_by(pages.c.incident_id, pages.c.step)).mappings().all()
        opened = conn.scalars(sa.select(incidents.c.id).order_by(incidents.c.id)).all()
        of_attempt = sa.select(outbox.c.key).join(attempts, attempts.c.outbox_id == outbox.c.id)
        in_flight = Counter(conn.scalars(of_attempt.where(attempts.c.ended_at.is_(None))))
    repeats = {key: times - 1 for key, times in sink.keys.items() if times > 1}
    print(
        f"{KILLS} kills, {len(opened)} incidents, {len(paged)} pages,"
        f" {in_flight.total()} deliveries in flight at the kills, {sum(repeats.values())} repeats"
    )
    expected = [(incident, person) for incident in opened for person in PEOPLE]
    assert len(opened) == KILLS * BURST
    assert [(page["incident_id"], page["person"]) for page in paged] == expected
    assert set(sink.keys) == {page["id"] for page in paged}
    assert all(times <= in_flight[key] for key, times in repeats.items())
