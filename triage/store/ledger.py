"""The page ledger: every page with everything that was sent for it and every attempt; reads only."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.engine import Connection, RowMapping

from triage.store.queries import attempts_of, deliveries_of, pages_of

#: A page with its `deliveries`, each of those with its `tries`.
Entry = dict[str, Any]


def of_incidents(conn: Connection, incident_ids: Sequence[int], newest: int) -> dict[int, list[Entry]]:
    """The newest pages of each incident, in the order in which they were opened."""
    ledger: dict[int, list[Entry]] = defaultdict(list)
    for entry in whole(conn, pages_of(conn, incident_ids, newest)):
        ledger[entry["incident_id"]].append(entry)
    return ledger


def whole(conn: Connection, pages: Sequence[RowMapping]) -> list[Entry]:
    """The pages, each with what was sent for it and every attempt."""
    deliveries = deliveries_of(conn, [page["id"] for page in pages])
    tries = _grouped(attempts_of(conn, [delivery["id"] for delivery in deliveries]), "outbox_id")
    sent = _grouped(({**row, "tries": tries[row["id"]]} for row in deliveries), "page_id")
    return [{**page, "deliveries": sent[page["id"]]} for page in pages]


def _grouped(rows: Iterable[Any], column: str) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups
