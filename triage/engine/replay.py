"""Runs a policy over stored tickets and says what would have been different; reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from triage.domain.configuration import Configuration
from triage.domain.priority import GatePolicy
from triage.domain.replay import Comparison, compare
from triage.domain.ticket import Priority
from triage.domain.timeline import judge, read_timeline
from triage.store import tickets

#: How many tickets' facts are read at a time.
BATCH = 200


def tickets_since(conn: Connection, since: datetime) -> list[tuple[int, str]]:
    """Number and key of each ticket that was created since then."""
    return tickets.created_since(conn, since)


def replay(
    conn: Connection, config: Configuration, found: Sequence[tuple[int, str]], policy: GatePolicy
) -> Iterator[Comparison]:
    """Each ticket as the policies in force judged it, and as `policy` would have."""
    for start in range(0, len(found), BATCH):
        batch = found[start : start + BATCH]
        facts = tickets.load_facts_of(conn, [number for number, _ in batch])
        for number, key in batch:
            timeline = read_timeline(facts[number])
            customer = config.customer_of(timeline)
            record = customer.record if customer else None
            paging = {priority for priority in Priority if config.escalation_of(customer, priority)}
            judged = judge(timeline, config.policies, record)
            instead = judge(timeline, [(one.at, policy) for one in judged[:1]], record)
            yield compare(number, key, customer.name if customer else "", judged, instead, paging)
