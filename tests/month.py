"""A month of settled cycles, written straight into the tables: as large as a benchmark wants it, and repeatable."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from triage.store.tables import clocks, tickets

#: The month that is filled.
BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
MONTH = BEGIN.date()
CUSTOMERS = ("acme", "globex", None)
GOALS = {"first_response": 3600, "resolution": 28800, "next_reply": 7200}
PRIORITIES = ("P0", "P1", "P2", "P3")


def fill(
    conn: Connection, count: int, *, customers: tuple[str | None, ...] = CUSTOMERS, seed: int = 1, first: int = 1
) -> None:
    """`count` tickets from the number `first` on, with three cycles each; one in ten has missed its target."""
    chance = random.Random(seed)
    for begin in range(first, first + count, 10_000):
        numbers = range(begin, min(begin + 10_000, first + count))
        made = [_ticket(number, chance, customers) for number in numbers]
        conn.execute(sa.insert(tickets), made)
        conn.execute(sa.insert(clocks), [_clock(one, metric, chance) for one in made for metric in GOALS])


def _ticket(number: int, chance: random.Random, customers: tuple[str | None, ...]) -> dict[str, object]:
    created = BEGIN + timedelta(seconds=chance.randrange(25 * 86400))
    return {
        "id": number,
        "source": "jira",
        "instance": "vendor.atlassian.example",
        "external_id": str(number),
        "key": f"SUP-{number}",
        "summary": f"Checkout fails for order {number}",
        "customer": chance.choice(customers),
        "priority": chance.choice(PRIORITIES),
        "open": False,
        "created_at": created,
        "received_at": created,
        "folded_at": created,
    }


def _clock(ticket: dict[str, object], metric: str, chance: random.Random) -> dict[str, object]:
    created, goal = ticket["created_at"], GOALS[metric]
    assert isinstance(created, datetime)
    missed = chance.random() < 0.1
    elapsed = goal + chance.randrange(1, goal) if missed else chance.randrange(goal)
    due = created + timedelta(seconds=goal)
    return {
        "ticket_id": ticket["id"],
        "metric": metric,
        "cycle": 1,
        "began_by": "created",
        "contract": "gold:v1",
        "priority": ticket["priority"],
        "state": "stopped",
        "started_at": created,
        "due_at": due,
        "stopped_at": created + timedelta(seconds=elapsed),
        "breached_at": due if missed else None,
        "elapsed_seconds": elapsed,
        "remaining_seconds": goal - elapsed,
        "overrun_seconds": max(0, elapsed - goal),
        "measured_at": created + timedelta(seconds=elapsed),
    }
