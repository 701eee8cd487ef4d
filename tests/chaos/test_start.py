"""A start with 100,000 open tickets: what is due is found by an index, and no ticket is folded to find it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
import sqlalchemy as sa

from tests.chaos.service import PageSink, Service, documents
from tests.jira_events import Issue
from triage.domain import rights
from triage.domain.ticket import Role
from triage.store import tokens
from triage.store.db import Database
from triage.store.tables import clocks, facts, tickets, timers

TICKETS = 100_000


def fill(database_url: str, now: datetime) -> str:
    """Open tickets with their creation, a running clock, and a timer due tomorrow; a token for the metrics."""
    numbers = range(1, TICKETS + 1)
    begun, due = now - timedelta(days=1), now + timedelta(days=1)
    database = Database(database_url)
    database.upgrade()
    source = {"source": "jira", "instance": "vendor.atlassian.example"}
    ticket = {**source, "customer": "acme", "priority": "P3", "created_at": begun, "received_at": begun}
    author = {"actor_id": "", "actor_name": "", "actor_role": Role.UNKNOWN, "values": {}, "before": {}, "texts": {}}
    created = {"key": "created", "kind": "created", "at": begun, "seq": 0, "origin": "live", "received_at": begun}
    clock = {
        "metric": "resolution",
        "cycle": 1,
        "began_by": "created",
        "contract": "gold:v1",
        "priority": "P3",
        "state": "running",
        "started_at": begun,
        "due_at": due,
        "elapsed_seconds": 0,
        "overrun_seconds": 0,
        "measured_at": begun,
    }
    with database.write() as conn:
        conn.execute(
            sa.insert(tickets), [{**ticket, "id": n, "external_id": str(n), "key": f"OLD-{n}"} for n in numbers]
        )
        conn.execute(sa.insert(facts), [{**created, **author, "ticket_id": n} for n in numbers])
        conn.execute(sa.insert(clocks), [{**clock, "ticket_id": n} for n in numbers])
        rows = [{"key": f"deadline/{n}", "kind": "deadline", "subject": str(n), "due_at": due} for n in numbers]
        conn.execute(sa.insert(timers), rows)
        _, secret = tokens.add(conn, "prometheus", "admin", now, rights.Role.VIEWER, None)
    database.close()
    return secret


def folds(service: Service, secret: str) -> float:
    text = requests.get(f"{service.url}/metrics", headers={"Authorization": f"Bearer {secret}"}, timeout=10).text
    found = re.search(r"^triage_folds_total (\S+)$", text, re.MULTILINE)
    assert found, text
    return float(found[1])


def test_a_start_with_100_000_open_tickets_folds_none_of_them(tmp_path: Path) -> None:
    sink, config, url = PageSink(seed=1, slowness=0), tmp_path / "config", f"sqlite:///{tmp_path}/triage.db"
    config.mkdir()
    for name, text in documents(sink).items():
        (config / name).write_text(text)
    now = datetime.now(UTC)
    secret = fill(url, now)
    with Service(url, config) as service:
        assert requests.get(f"{service.url}/readyz", timeout=10).json() == {"database": "ok", "scheduler": "ok"}
        assert folds(service, secret) == 0
        # The workers are at work, and the count counts: a new P0 is folded, and the 100,000 are not.
        issue = Issue("900001", "ACME-1", now, priority="P0", production="yes", workaround="none")
        assert service.post(issue.created_event()) == 202
        assert sink.wait_for({"P0 ACME-1 Acme GmbH: Checkout fails"}, 30) == set()
        assert 1 <= folds(service, secret) <= 3
    sink.close()
