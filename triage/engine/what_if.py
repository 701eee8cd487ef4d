"""Runs another contract variant over a customer's stored tickets; reads only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from triage.domain.configuration import DEFAULT, Configuration
from triage.domain.promises import sla_events
from triage.domain.timeline import judge, read_timeline
from triage.domain.what_if import Bound, Comparison, compare
from triage.store import exclusions, tickets


def tickets_of(conn: Connection, customer: str) -> list[tuple[int, str]]:
    """Number and key of each of the customer's tickets; those of nobody known are the default customer's."""
    return tickets.of_customer(conn, None if customer == DEFAULT else customer)


def compared(
    conn: Connection,
    config: Configuration,
    found: Sequence[tuple[int, str]],
    bound: Bound,
    instead: Bound,
    now: datetime,
) -> Iterator[list[Comparison]]:
    """The cycles of one ticket after the other, as they are judged and as they would be under other bindings."""
    for ticket_id, key in found:
        timeline = read_timeline(tickets.load_facts(conn, ticket_id))
        customer = config.customer_of(timeline)
        events = sla_events(timeline, judge(timeline, config.policies, customer.record if customer else None))
        excluded = exclusions.of_ticket(conn, ticket_id)
        yield compare(key, events, bound, instead, excluded, now) if events else []
