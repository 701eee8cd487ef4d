"""The page ledger: every page with everything that was sent for it and every attempt; reads only.

A page need not belong to an incident, so everything here joins incidents from the outside.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.escalation import PageState
from triage.domain.paging_load import Counted
from triage.store.queries import PAGE, Rows, attempts_of, cut_summary, deliveries_of, pages_of
from triage.store.tables import customer_pages, incident_tickets, incidents, pages, tickets

#: A page with its `deliveries`, each of those with its `tries`.
Entry = dict[str, Any]
#: How many pages are held in memory at a time while the figures are counted.
BATCH = 1000


#: Whose page it is, and whether it was only observed: told by the incident, or by the page to a contact.
CUSTOMER = sa.func.coalesce(incidents.c.customer, customer_pages.c.customer)
OBSERVED = sa.func.coalesce(incidents.c.observed, customer_pages.c.observed, sa.false())


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the ledger is narrowed to; nothing by default. `from_at` counts, `to_at` does not."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    person: str = ""
    state: str = ""
    customer: str = ""
    incident: int | None = None


def _narrowed(wanted: Wanted) -> Iterator[sa.ColumnElement[bool]]:
    if wanted.from_at is not None:
        yield pages.c.paged_at >= wanted.from_at
    if wanted.to_at is not None:
        yield pages.c.paged_at < wanted.to_at
    if wanted.person:
        yield pages.c.person == wanted.person
    if wanted.state:
        yield pages.c.state == wanted.state
    if wanted.customer:
        yield CUSTOMER.in_([wanted.customer])
    if wanted.incident is not None:
        yield pages.c.incident_id == wanted.incident


def _with_cause() -> sa.Join:
    """Pages with what they belong to: an incident, or a page to a customer's contact."""
    of_incident = sa.outerjoin(pages, incidents, incidents.c.id == pages.c.incident_id)
    return of_incident.outerjoin(customer_pages, customer_pages.c.id == pages.c.customer_page_id)


def listed(conn: Connection, wanted: Wanted, before: RowMapping | None = None, size: int = PAGE) -> Rows:
    """Pages, the newest first, each with its customer and its first ticket; those that follow after `before`.

    One row more than `size` tells that there are more.
    """
    held = incident_tickets.alias()
    first = sa.select(held.c.ticket_id).where(held.c.incident_id == pages.c.incident_id)
    first = first.order_by(held.c.joined_at, held.c.ticket_id).limit(1)
    ticket = sa.func.coalesce(first.scalar_subquery(), customer_pages.c.ticket_id)
    found = (
        sa.select(
            pages,
            CUSTOMER.label("customer"),
            OBSERVED.label("observed"),
            tickets.c.id.label("ticket_id"),
            tickets.c.key.label("ticket_key"),
        )
        .select_from(_with_cause().outerjoin(tickets, tickets.c.id == ticket))
        .where(*_narrowed(wanted))
        .order_by(pages.c.paged_at.desc(), pages.c.id.desc())
        .limit(size + 1)
    )
    if before is not None:
        earlier = pages.c.paged_at < before["paged_at"]
        found = found.where(earlier | (pages.c.paged_at == before["paged_at"]) & (pages.c.id < before["id"]))
    return conn.execute(found).mappings().all()


def page(conn: Connection, page_id: str) -> RowMapping | None:
    """One page, from which a list goes on."""
    return conn.execute(sa.select(pages).where(pages.c.id == page_id)).mappings().first()


def count(conn: Connection, wanted: Wanted) -> int:
    """How many pages are wanted."""
    counted = sa.select(sa.func.count()).select_from(_with_cause()).where(*_narrowed(wanted))
    return conn.scalar(counted) or 0


def counted(conn: Connection, wanted: Wanted) -> Iterator[Counted]:
    """The wanted pages of ours as the figures see them; what was only observed called nobody, and is left out."""
    columns = pages.c.person, pages.c.paged_at, pages.c.ended_at, pages.c.state
    ours = pages.c.incident_id.is_not(None), incidents.c.observed == sa.false()
    found = sa.select(*columns).select_from(_with_cause()).where(*ours, *_narrowed(wanted))
    for row in conn.execute(found, execution_options={"yield_per": BATCH}):
        answered_at = row.ended_at if row.state == PageState.ACKNOWLEDGED else None
        yield Counted(row.person, row.paged_at, answered_at)


def people_paged(conn: Connection) -> list[str]:
    """Everybody who was ever paged, to choose from."""
    return list(conn.scalars(sa.select(pages.c.person).distinct().order_by(pages.c.person)))


def of_incidents(conn: Connection, incident_ids: Sequence[int], newest: int) -> dict[int, list[Entry]]:
    """The newest pages of each incident, in the order in which they were opened."""
    ledger: dict[int, list[Entry]] = defaultdict(list)
    for entry in whole(conn, pages_of(conn, incident_ids, newest)):
        ledger[entry["incident_id"]].append(entry)
    return ledger


def whole(conn: Connection, found: Sequence[RowMapping]) -> list[Entry]:
    """The pages, each with what was sent for it and every attempt."""
    deliveries = deliveries_of(conn, [one["id"] for one in found])
    tries = _grouped(attempts_of(conn, [delivery["id"] for delivery in deliveries]), "outbox_id")
    sent = _grouped(({**row, "tries": tries[row["id"]]} for row in deliveries), "page_id")
    return [{**one, "deliveries": sent[one["id"]]} for one in found]


def _grouped(rows: Iterable[Any], column: str) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def incidents_listed(
    conn: Connection, state: str = "", customer: str = "", before: int | None = None, size: int = PAGE
) -> Rows:
    """Incidents, the newest first, each with its number of pages; those older than `before`.

    One row more than `size` tells that there are more.
    """
    opened = sa.select(sa.func.count()).where(pages.c.incident_id == incidents.c.id).scalar_subquery()
    found = sa.select(incidents, opened.label("page_count")).order_by(incidents.c.id.desc()).limit(size + 1)
    if state:
        found = found.where(incidents.c.state == state)
    if customer:
        found = found.where(incidents.c.customer == customer)
    if before is not None:
        found = found.where(incidents.c.id < before)
    return conn.execute(found).mappings().all()


def tickets_held(conn: Connection, incident_ids: Sequence[int]) -> dict[int, list[RowMapping]]:
    """The tickets that each incident holds, the first one first."""
    columns = [column for column in tickets.c if column.name != "summary"]
    held = (
        sa.select(*columns, cut_summary(tickets), incident_tickets.c.incident_id, incident_tickets.c.joined_at)
        .join(incident_tickets, incident_tickets.c.ticket_id == tickets.c.id)
        .where(incident_tickets.c.incident_id.in_(incident_ids), incident_tickets.c.left_at.is_(None))
        .order_by(incident_tickets.c.joined_at, incident_tickets.c.ticket_id)
    )
    return _grouped(conn.execute(held).mappings(), "incident_id")
