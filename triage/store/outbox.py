"""What is to be sent, and every attempt to send it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.store import leases
from triage.store.tables import attempts, outbox


class OutboxKind(StrEnum):
    PAGE = "page"
    NOTICE = "notice"


class OutboxState(StrEnum):
    PENDING = leases.PENDING
    DELIVERED = "delivered"
    REJECTED = "rejected"
    EXPIRED = "expired"  # nobody took it until its deadline, which is when the next step begins
    CANCELLED = "cancelled"  # the page ended before it was sent
    OBSERVED = "observed"  # observe only: shown, never sent


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way over one channel. `token` and `attempt_id` belong to the lease that holds it."""

    id: int
    kind: OutboxKind
    page_id: str | None
    person: str
    method: int
    gateway: str
    address: str
    key: str
    subject: str
    body: str
    attempts: int
    deadline_at: datetime
    token: str = ""
    attempt_id: int = 0


def put(
    conn: Connection,
    *,
    kind: OutboxKind,
    key: str,
    person: str,
    method: int,
    gateway: str,
    address: str,
    subject: str,
    body: str,
    deadline_at: datetime,
    now: datetime,
    observed: bool,
    page_id: str | None = None,
    ticket_id: int | None = None,
) -> None:
    """Queue one message; under observe only it is kept to be shown, and never sent."""
    conn.execute(
        sa.insert(outbox).values(
            kind=kind,
            page_id=page_id,
            ticket_id=ticket_id,
            person=person,
            method=method,
            gateway=gateway,
            address=address,
            key=key,
            subject=subject.replace("\x00", ""),
            body=body.replace("\x00", ""),
            created_at=now,
            due_at=now,
            deadline_at=deadline_at,
            state=OutboxState.OBSERVED if observed else OutboxState.PENDING,
            settled_at=now if observed else None,
        )
    )


def due_gateways(conn: Connection, now: datetime) -> set[str]:
    """The gateways for which messages wait."""
    waiting = outbox.c.state == OutboxState.PENDING, outbox.c.due_at <= now
    return set(conn.scalars(sa.select(outbox.c.gateway).where(*waiting).distinct()))


def claim(conn: Connection, gateway: str, now: datetime, lease: timedelta, limit: int) -> list[Delivery]:
    """Lease due messages of one gateway and record the attempts that are about to be made."""
    claimed = []
    notice = outbox.c.kind != OutboxKind.PAGE  # however many wait, a page goes first
    for row in leases.claim(conn, outbox, now, lease, limit, outbox.c.gateway == gateway, last=notice):
        attempt = sa.insert(attempts).values(
            outbox_id=row["id"], token=row["lease_token"], started_at=now, outcome="started"
        )
        attempt_id: int = conn.execute(attempt.returning(attempts.c.id)).scalar_one()
        claimed.append(_delivery(row, attempt_id))
    return claimed


def _delivery(row: RowMapping, attempt_id: int = 0) -> Delivery:
    return Delivery(
        id=row["id"],
        kind=OutboxKind(row["kind"]),
        page_id=row["page_id"],
        person=row["person"],
        method=row["method"],
        gateway=row["gateway"],
        address=row["address"],
        key=row["key"],
        subject=row["subject"],
        body=row["body"],
        attempts=row["attempts"],
        deadline_at=row["deadline_at"],
        token=row["lease_token"] or "",
        attempt_id=attempt_id,
    )


def end_attempt(conn: Connection, delivery: Delivery, outcome: str, reason: str, now: datetime) -> None:
    """Write down what came of the attempt, whoever holds the lease by now."""
    conn.execute(
        sa.update(attempts)
        .where(attempts.c.id == delivery.attempt_id)
        .values(ended_at=now, outcome=outcome, reason=reason)
    )


def settle(conn: Connection, delivery: Delivery, state: OutboxState, reason: str, now: datetime) -> bool:
    """The message has its end state; False if the lease was lost."""
    return leases.settle(conn, outbox, delivery.id, delivery.token, state=state, reason=reason, settled_at=now)


def postpone(conn: Connection, delivery: Delivery, due_at: datetime, reason: str) -> bool:
    """Try again at `due_at`; False if the lease was lost."""
    return leases.settle(conn, outbox, delivery.id, delivery.token, due_at=due_at, reason=reason)


def of_page(conn: Connection, page_id: str) -> list[tuple[int, OutboxState, int]]:
    """The page's messages: (index of the contact method, state, attempts)."""
    columns = outbox.c.method, outbox.c.state, outbox.c.attempts
    rows = conn.execute(sa.select(*columns).where(outbox.c.page_id == page_id))
    return [(method, OutboxState(state), count) for method, state, count in rows]


def first_of_page(conn: Connection, page_id: str) -> RowMapping | None:
    """The page's first message, whose words the others repeat."""
    of_page = sa.select(outbox).where(outbox.c.page_id == page_id).order_by(outbox.c.id).limit(1)
    return conn.execute(of_page).mappings().first()


def queued(conn: Connection, key: str) -> bool:
    """Whether a message with that key was ever queued."""
    return conn.scalar(sa.select(sa.exists().where(outbox.c.key == key))) or False


def cancel_page(conn: Connection, page_id: str, reason: str, now: datetime) -> None:
    """The page has ended: what is not sent yet is not sent any more."""
    conn.execute(
        sa.update(outbox)
        .where(outbox.c.page_id == page_id, outbox.c.state == OutboxState.PENDING)
        .values(state=OutboxState.CANCELLED, reason=reason, settled_at=now, lease_token=None)
    )
