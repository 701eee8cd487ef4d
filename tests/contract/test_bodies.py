"""All real Jira bodies through the whole service: in any order they leave what one sorted round leaves."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from tests.contract.site import SECRET, Site
from tests.jira_events import sign
from triage.store.db import Database
from triage.store.tables import clocks, facts, texts, tickets

BODIES = Path(__file__).parents[2] / ".." / "shared" / "payloads" / "jira_webhooks"

pytestmark = pytest.mark.skipif(not BODIES.is_dir(), reason="the real bodies lie in ../shared, which is absent here")

#: What depends on when we looked or in which order rows were made.
ACCIDENTAL = {"id", "ticket_id", "received_at", "folded_at", "measured_at"}


def state(database: Database) -> dict[str, Any]:
    """Facts, texts, cycles and the current judgement of every ticket, without what the order of arrival decides."""
    with database.read() as conn:
        names = {
            row.id: (row.instance, row.external_id)
            for row in conn.execute(sa.select(tickets.c.id, tickets.c.instance, tickets.c.external_id))
        }
        found: dict[str, Any] = {}
        for table in (tickets, facts, texts, clocks):
            rows = conn.execute(sa.select(table)).mappings().all()
            owned = ((names[row.get("ticket_id") or row["id"]], _essence(row)) for row in rows)
            found[table.name] = sorted(map(repr, owned))
    return found


def _essence(row: RowMapping) -> list[tuple[str, Any]]:
    return sorted((name, value) for name, value in row.items() if name not in ACCIDENTAL)


def read() -> list[bytes]:
    return [path.read_bytes() for path in sorted(BODIES.glob("*.json"))]


def test_doubled_and_shuffled_they_leave_what_one_sorted_round_leaves(site: Site, tmp_path: Path) -> None:
    bodies = read()
    shuffled = bodies * 2
    random.Random(20261123).shuffle(shuffled)
    assert [site.post(body, **sign(body, SECRET)) for body in shuffled] == [202] * (2 * len(bodies))
    site.story.settle()
    once = state(site.story.context.database)
    for body in bodies:
        assert site.post(body, **sign(body, SECRET)) == 202
    site.story.settle()
    assert state(site.story.context.database) == once
    assert site.kept() == len(set(bodies))

    other = Database(f"sqlite:///{tmp_path}/sorted.db")
    other.upgrade()
    sorted_round = type(site.story)(other)
    for body in bodies:
        sorted_round.receive(body)
    alone = state(other)
    for name in once:
        assert sorted(set(alone[name]) ^ set(once[name])) == [], name
    assert alone == once
    other.close()
