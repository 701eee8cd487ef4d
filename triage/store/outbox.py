"""What is to be sent, and every attempt to send it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.writes import Action, from_plain, name_of, to_plain
from triage.store import leases
from triage.store.tables import attempts, outbox


class OutboxKind(StrEnum):
    PAGE = "page"
    TEST = "test"  # asked for by a person, to see that a contact method works; belongs to no incident
    NOTICE = "notice"
    ANSWER = "answer"  # tells an engineer that a customer's contact has answered: a notice that is urgent
    WRITE = "write"  # into the ticket's source: `address` is its id there, `subject` and `body` the action
    REPLY = "reply"  # to the sender of a mail
    STATEMENT = "statement"  # what is told about a month, as files
    SETTLE = "settle"  # of a page that a provider may hold: `subject` is what becomes of it there


#: How long a message may be on its way: longer than a gateway's total deadline. A worker that dies gives its
#: messages back after this.
LEASE = timedelta(seconds=10)


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
    ticket_id: int | None
    person: str
    method: int
    gateway: str
    address: str
    key: str
    subject: str
    body: str
    attempts: int
    created_at: datetime
    deadline_at: datetime
    answers: tuple[str, ...] | None = None  # Message-IDs of the mails that it answers; None for what is no answer
    statement_id: int | None = None
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
    not_before: datetime | None = None,
    answers: Sequence[str] | None = None,
    statement_id: int | None = None,
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
            due_at=max(now, not_before or now),
            deadline_at=deadline_at,
            answers=None if answers is None else list(answers),
            statement_id=statement_id,
            state=OutboxState.OBSERVED if observed else OutboxState.PENDING,
            settled_at=now if observed else None,
        )
    )


def put_write(
    conn: Connection,
    *,
    instance: str,
    issue: str,
    key: str,
    action: Action,
    deadline_at: datetime,
    now: datetime,
    observed: bool,
    ticket_id: int,
) -> None:
    """Queue something to be written into a ticket at its source; what waits for one ticket is written in line."""
    put(
        conn,
        kind=OutboxKind.WRITE,
        key=key,
        person="",
        method=0,
        gateway=write_gateway(instance),
        address=issue,
        subject=name_of(action),
        body=json.dumps(to_plain(action)),
        deadline_at=deadline_at,
        now=now,
        observed=observed,
        ticket_id=ticket_id,
    )


def write_gateway(instance: str) -> str:
    """What the way to write into a source is called among the gateways."""
    return f"jira:{instance}"


def action_of(delivery: Delivery) -> Action:
    """What a queued write is to do."""
    return from_plain(delivery.subject, json.loads(delivery.body))


def count_writes(conn: Connection, ticket_id: int, prefix: str) -> int:
    """How many writes into the ticket were ever queued whose key begins so."""
    of = outbox.c.ticket_id == ticket_id, outbox.c.key.startswith(f"write/{prefix}", autoescape=True)
    return conn.scalar(sa.select(sa.func.count()).select_from(outbox).where(*of)) or 0


def due_gateways(conn: Connection, now: datetime) -> set[str]:
    """The gateways for which messages wait."""
    waiting = outbox.c.state == OutboxState.PENDING, outbox.c.due_at <= now
    return set(conn.scalars(sa.select(outbox.c.gateway).where(*waiting).distinct()))


def claim(conn: Connection, gateway: str, now: datetime, lease: timedelta, limit: int) -> list[Delivery]:
    """Lease due messages of one gateway and record the attempts that are about to be made.

    What is written into one ticket goes there in line: a later write waits until the ones before it are settled.
    """
    claimed = []
    notice = outbox.c.kind.not_in((OutboxKind.PAGE, OutboxKind.ANSWER))  # however many wait, a page goes first
    for row in leases.claim(conn, outbox, now, lease, limit, outbox.c.gateway == gateway, _in_turn(), last=notice):
        attempt = sa.insert(attempts).values(
            outbox_id=row["id"], token=row["lease_token"], started_at=now, outcome="started"
        )
        attempt_id: int = conn.execute(attempt.returning(attempts.c.id)).scalar_one()
        claimed.append(_delivery(row, attempt_id))
    return claimed


def _in_turn() -> sa.ColumnElement[bool]:
    """Whether nothing that was to be written into the same ticket before is still on its way."""
    first = outbox.alias()
    same = (first.c.gateway == outbox.c.gateway) & (first.c.address == outbox.c.address)
    waits = first.c.id < outbox.c.id, first.c.state == OutboxState.PENDING, first.c.kind == OutboxKind.WRITE
    return (outbox.c.kind != OutboxKind.WRITE) | ~sa.exists().where(same, *waits)


def next_due(conn: Connection) -> datetime | None:
    """When the first message is due whose turn it is."""
    waiting = outbox.c.state == OutboxState.PENDING, _in_turn()
    first: datetime | None = conn.scalar(sa.select(sa.func.min(outbox.c.due_at)).where(*waiting))
    return first


def _delivery(row: RowMapping, attempt_id: int = 0) -> Delivery:
    return Delivery(
        id=row["id"],
        kind=OutboxKind(row["kind"]),
        page_id=row["page_id"],
        ticket_id=row["ticket_id"],
        person=row["person"],
        method=row["method"],
        gateway=row["gateway"],
        address=row["address"],
        key=row["key"],
        subject=row["subject"],
        body=row["body"],
        attempts=row["attempts"],
        created_at=row["created_at"],
        deadline_at=row["deadline_at"],
        answers=None if row["answers"] is None else tuple(row["answers"]),
        statement_id=row["statement_id"],
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
    """The page's messages to its responder: (index of the contact method, state, attempts)."""
    columns = outbox.c.method, outbox.c.state, outbox.c.attempts
    rows = conn.execute(sa.select(*columns).where(outbox.c.page_id == page_id, outbox.c.kind == OutboxKind.PAGE))
    return [(method, OutboxState(state), count) for method, state, count in rows]


def first_of_page(conn: Connection, page_id: str) -> RowMapping | None:
    """The page's first message, whose words the others repeat."""
    of_page = sa.select(outbox).where(outbox.c.page_id == page_id).order_by(outbox.c.id).limit(1)
    return conn.execute(of_page).mappings().first()


def queued(conn: Connection, key: str) -> bool:
    """Whether a message with that key was ever queued."""
    return conn.scalar(sa.select(sa.exists().where(outbox.c.key == key))) or False


def outcome_of(conn: Connection, key: str) -> tuple[OutboxState, str] | None:
    """What became of the message with that key, and why; None if there is none."""
    found = conn.execute(sa.select(outbox.c.state, outbox.c.reason).where(outbox.c.key == key)).first()
    return (OutboxState(found.state), found.reason) if found else None


def replies_to(conn: Connection, address: str, since: datetime) -> int:
    """How many mails that address was sent in answer to its own."""
    sent = outbox.c.kind == OutboxKind.REPLY, outbox.c.address == address, outbox.c.created_at > since
    return conn.scalar(sa.select(sa.func.count()).select_from(outbox).where(*sent)) or 0


def came_back(conn: Connection, message_id: str, recipients: Sequence[str], why: str) -> str | None:
    """A mail that a server took has come back; returns the id of its page, if that was what it held.

    Where the bounce names whom it did not reach, only a mail to one of them has come back.
    """
    same = [outbox.c.state == OutboxState.DELIVERED, outbox.c.reason == f"<{message_id}>"]
    if recipients:
        same.append(sa.func.lower(outbox.c.address).in_([address.casefold() for address in recipients]))
    back = sa.update(outbox).where(*same).values(state=OutboxState.REJECTED, reason=f"it came back: {why}")
    page_id: str | None = conn.scalars(back.returning(outbox.c.page_id)).first()
    return page_id


def cancel_page(conn: Connection, page_id: str, reason: str, now: datetime) -> None:
    """The page has ended: what is not sent yet is not sent any more."""
    conn.execute(
        sa.update(outbox)
        .where(outbox.c.page_id == page_id, outbox.c.state == OutboxState.PENDING)
        .values(state=OutboxState.CANCELLED, reason=reason, settled_at=now, lease_token=None)
    )
