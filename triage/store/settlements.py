"""What providers hold of pages that have ended, and what they are told of it, through the outbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.escalation import PageState
from triage.store import outbox as messages
from triage.store.outbox import LEASE, OutboxKind, OutboxState
from triage.store.tables import attempts, outbox, pages


@dataclass(frozen=True, slots=True)
class Taken:
    """An ended page as one provider has taken it, or may have; `told` is what was queued for it since."""

    page_id: str
    state: PageState
    person: str
    method: int
    gateway: str
    address: str
    ticket_id: int | None
    told: frozenset[str]


def taken(conn: Connection, incident_id: int, gateways: Collection[str]) -> list[Taken]:
    """What these gateways' providers may hold of the incident's ended pages, the first one first.

    An attempt that failed may have arrived all the same.
    """
    of = pages.c.incident_id == incident_id, pages.c.state != PageState.OPEN, outbox.c.gateway.in_(gateways)
    found = (
        sa.select(outbox, pages.c.state.label("page_state")).join(pages, pages.c.id == outbox.c.page_id).where(*of)
    )
    rows = conn.execute(found.order_by(outbox.c.id)).mappings().all()
    told: dict[tuple[str, int], set[str]] = defaultdict(set)
    for row in rows:
        if row["kind"] == OutboxKind.SETTLE:
            told[row["page_id"], row["method"]].add(row["subject"])
    return [
        Taken(
            page_id=row["page_id"],
            state=PageState(row["page_state"]),
            person=row["person"],
            method=row["method"],
            gateway=row["gateway"],
            address=row["address"],
            ticket_id=row["ticket_id"],
            told=frozenset(told[row["page_id"], row["method"]]),
        )
        for row in rows
        if row["kind"] == OutboxKind.PAGE and _may_have_arrived(row)
    ]


def _may_have_arrived(row: RowMapping) -> bool:
    """Whether any attempt was made whose end is not known to be a refusal."""
    refused = 1 if row["state"] == OutboxState.REJECTED else 0
    return bool(row["attempts"] > refused)


def put(conn: Connection, page: Taken, settlement: str, deadline_at: datetime, now: datetime) -> None:
    """Queue what the provider is to be told, in place of what it has not been told yet.

    What is on its way to the same key goes first: an answer that overtakes the page would be lost, and the page
    ring on.
    """
    same = outbox.c.page_id == page.page_id, outbox.c.method == page.method
    waiting = *same, outbox.c.kind == OutboxKind.SETTLE, outbox.c.state == OutboxState.PENDING
    over = {"state": OutboxState.CANCELLED, "reason": f"{settlement} takes its place", "settled_at": now}
    conn.execute(sa.update(outbox).where(*waiting).values(**over))
    flying = sa.select(sa.func.max(attempts.c.started_at)).join(outbox, outbox.c.id == attempts.c.outbox_id)
    started: datetime | None = conn.scalar(flying.where(*same, attempts.c.ended_at.is_(None)))
    messages.put(
        conn,
        kind=OutboxKind.SETTLE,
        key=f"settle/{page.page_id}/{settlement}",
        person=page.person,
        method=page.method,
        gateway=page.gateway,
        address=page.address,
        subject=settlement,
        body="",
        deadline_at=deadline_at,
        now=now,
        observed=False,
        page_id=page.page_id,
        ticket_id=page.ticket_id,
        not_before=started + LEASE if started else None,
    )
