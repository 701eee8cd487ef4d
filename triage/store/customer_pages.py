"""Customer pages: what an engineer asks a customer's contacts for, and the pages by which they are told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.customer_page import CustomerPageState
from triage.domain.escalation import PageState
from triage.store import incidents
from triage.store.incidents import Page
from triage.store.tables import customer_pages, pages


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """Somebody at the customer is needed for a ticket. With an `override_reason`, at any hour."""

    id: int
    ticket_id: int
    customer: str
    state: CustomerPageState
    reason: str
    override_reason: str | None
    observed: bool
    asked_by: str
    asked_at: datetime
    next_contact_at: datetime | None
    ended_at: datetime | None
    ended_by: str | None  # the contact who answered, or whoever cancelled it


def add(
    conn: Connection,
    ticket_id: int,
    customer: str,
    reason: str,
    override_reason: str | None,
    who: str,
    now: datetime,
    *,
    observed: bool,
) -> int:
    """Open a customer page; returns its number."""
    row = {
        "ticket_id": ticket_id,
        "customer": customer,
        "state": CustomerPageState.OPEN,
        "reason": reason,
        "override_reason": override_reason,
        "observed": observed,
        "asked_by": who,
        "asked_at": now,
    }
    number: int = conn.execute(sa.insert(customer_pages).values(row).returning(customer_pages.c.id)).scalar_one()
    return number


def get(conn: Connection, number: int) -> CustomerPage | None:
    """The customer page, only to be looked at."""
    row = conn.execute(sa.select(customer_pages).where(customer_pages.c.id == number)).mappings().first()
    return _customer_page(row) if row else None


def locked(conn: Connection, number: int) -> CustomerPage | None:
    """The customer page, locked until the transaction ends so that only one move is made at a time."""
    this = sa.select(customer_pages).where(customer_pages.c.id == number)
    row = conn.execute(this.with_for_update(key_share=True)).mappings().first()
    return _customer_page(row) if row else None


def open_for_ticket(conn: Connection, ticket_id: int) -> CustomerPage | None:
    """The ticket's customer page that is not over, locked; there is at most one."""
    still = customer_pages.c.ticket_id == ticket_id, customer_pages.c.state == CustomerPageState.OPEN
    row = conn.execute(sa.select(customer_pages).where(*still).with_for_update(key_share=True)).mappings().first()
    return _customer_page(row) if row else None


def of_ticket(conn: Connection, ticket_id: int, newest: int) -> list[CustomerPage]:
    """The ticket's customer pages, the newest first; only to be looked at."""
    of = sa.select(customer_pages).where(customer_pages.c.ticket_id == ticket_id)
    rows = conn.execute(of.order_by(customer_pages.c.id.desc()).limit(newest)).mappings()
    return [_customer_page(row) for row in rows]


def update(conn: Connection, number: int, **values: Any) -> None:
    """Change a customer page that the transaction holds."""
    conn.execute(sa.update(customer_pages).where(customer_pages.c.id == number).values(**values))


def pages_so_far(conn: Connection, number: int) -> list[Page]:
    """Every page of the customer page, the first one first."""
    return incidents.pages_of(conn, pages.c.customer_page_id == number)


def open_pages(conn: Connection, number: int) -> list[Page]:
    """Those of its pages that have no end state, the first one first."""
    return incidents.pages_of(conn, pages.c.customer_page_id == number, pages.c.state == PageState.OPEN)


def _customer_page(row: RowMapping) -> CustomerPage:
    return CustomerPage(**{**row, "state": CustomerPageState(row["state"])})
