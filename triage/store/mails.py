"""What became of every mail, the threads that they make, and the senders that people have taught us."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.mail import Attachment, Mail, Proof, Sorted
from triage.domain.mail_outcome import Counts, Fate
from triage.store.tables import inbox, incident_tickets, incidents, mails, outbox, taught_senders, tickets


@dataclass(frozen=True, slots=True)
class MailRow:
    """One mail and what became of it; `thread` are the Message-IDs that it answers, the oldest first."""

    id: int
    inbox_id: int
    digest: str
    message_id: str
    thread: tuple[str, ...]
    sender: str
    sender_name: str
    subject: str
    customer: str | None
    kind: str
    fate: Fate
    reason: str
    aligned: bool
    proof: Mapping[str, Any]
    attachments: tuple[Mapping[str, Any], ...]
    received_at: datetime
    answerable: bool
    confirm_to: str | None
    decided_at: datetime | None
    decided_by: str | None
    ticket_id: int | None


def add(
    conn: Connection,
    *,
    inbox_id: int,
    digest: str,
    mail: Mail,
    kind: Sorted,
    proof: Proof,
    customer: str | None,
    fate: Fate,
    reason: str,
    received_at: datetime,
    answerable: bool,
) -> int:
    """Write down what becomes of a mail; returns its number."""
    author = mail.author
    row = {
        "inbox_id": inbox_id,
        "digest": digest,
        "message_id": mail.message_id,
        "thread": list(mail.references),
        "sender": author.address if author else "",
        "sender_name": author.name if author else "",
        "subject": mail.subject,
        "customer": customer,
        "kind": kind.kind,
        "fate": fate,
        "reason": reason,
        "aligned": proof.aligned,
        "proof": {"reason": proof.reason, "checks": [asdict(check) for check in proof.checks]},
        "attachments": [_plain(attachment) for attachment in mail.attachments],
        "received_at": received_at,
        "answerable": answerable,
    }
    number: int = conn.execute(sa.insert(mails).values(row).returning(mails.c.id)).scalar_one()
    return number


def _plain(attachment: Attachment) -> dict[str, Any]:
    return asdict(attachment)


def update(conn: Connection, mail_id: int, **values: Any) -> None:
    conn.execute(sa.update(mails).where(mails.c.id == mail_id).values(**values))


def get(conn: Connection, mail_id: int) -> MailRow | None:
    """The mail, to be read only."""
    found = conn.execute(sa.select(mails).where(mails.c.id == mail_id)).mappings().first()
    return _row(found) if found else None


def locked(conn: Connection, mail_id: int) -> MailRow | None:
    """The mail, locked until the transaction ends, so that it is released or dropped once."""
    found = conn.execute(sa.select(mails).where(mails.c.id == mail_id).with_for_update(key_share=True))
    row = found.mappings().first()
    return _row(row) if row else None


def _row(row: RowMapping) -> MailRow:
    values = {**row, "thread": tuple(row["thread"]), "attachments": tuple(row["attachments"])}
    return MailRow(**{**values, "fate": Fate(row["fate"])})


def copy_of(conn: Connection, digest: str) -> MailRow | None:
    """A mail that says the very same, whichever way that came: one that a ticket has, else the first."""
    same = sa.select(mails).where(mails.c.digest == digest).order_by(mails.c.ticket_id.is_(None), mails.c.id).limit(1)
    found = conn.execute(same).mappings().first()
    return _row(found) if found else None


def raw(conn: Connection, mail: MailRow) -> tuple[bytes, datetime]:
    """The event in the inbox that brought it, and when."""
    row = conn.execute(sa.select(inbox.c.body, inbox.c.received_at).where(inbox.c.id == mail.inbox_id)).one()
    return row.body, row.received_at


def ticket_in_thread(conn: Connection, message_ids: Collection[str]) -> int | None:
    """The ticket that a mail with one of these Message-IDs belongs to, the newest first."""
    of_thread = mails.c.message_id.in_(message_ids), mails.c.message_id != "", mails.c.ticket_id.is_not(None)
    newest: int | None = conn.scalar(
        sa.select(mails.c.ticket_id).where(*of_thread).order_by(mails.c.id.desc()).limit(1)
    )
    return newest


def ticket_of_sent(conn: Connection, keys: Collection[str]) -> int | None:
    """The ticket that one of the messages with these keys, which we have sent, speaks of."""
    of_keys = outbox.c.key.in_(keys), outbox.c.ticket_id.is_not(None)
    newest: int | None = conn.scalar(
        sa.select(outbox.c.ticket_id).where(*of_keys).order_by(outbox.c.id.desc()).limit(1)
    )
    return newest


def took_part(conn: Connection, ticket_id: int, address: str) -> bool:
    """Whether a proved mail of that address has joined or opened the ticket."""
    same = mails.c.ticket_id == ticket_id, mails.c.sender == address, mails.c.aligned
    return conn.scalar(sa.select(sa.exists().where(*same))) or False


def counts(conn: Connection, address: str, ticket_id: int | None, since: datetime) -> Counts:
    """How many messages that opened or joined a ticket came after `since`."""
    taken = mails.c.received_at > since, mails.c.kind == "message", mails.c.fate.in_((Fate.TICKET, Fate.JOINED))

    def count(*where: sa.ColumnElement[bool]) -> int:
        return conn.scalar(sa.select(sa.func.count()).select_from(mails).where(*taken, *where)) or 0

    thread = count(mails.c.ticket_id == ticket_id) if ticket_id is not None else 0
    return Counts(sender=count(mails.c.sender == address), thread=thread, overall=count())


def held(conn: Connection) -> int:
    """How many mails wait for a human."""
    return conn.scalar(sa.select(sa.func.count()).select_from(mails).where(mails.c.fate == Fate.HELD)) or 0


def listed(conn: Connection, fate: str, page: int, size: int) -> list[MailRow]:
    """One more than a page of mails, the newest first; of all fates if none is given."""
    where = [mails.c.fate == fate] if fate else []
    rows = sa.select(mails).where(*where).order_by(mails.c.id.desc()).limit(size + 1).offset(page * size)
    return [_row(row) for row in conn.execute(rows).mappings()]


def of_ticket(conn: Connection, ticket_id: int, newest: int = 100) -> list[MailRow]:
    """The mails of one ticket, the newest first."""
    rows = sa.select(mails).where(mails.c.ticket_id == ticket_id).order_by(mails.c.id.desc()).limit(newest)
    return [_row(row) for row in conn.execute(rows).mappings()]


def taught(conn: Connection, address: str) -> str | None:
    """The customer that people have said this address belongs to."""
    customer: str | None = conn.scalar(
        sa.select(taught_senders.c.customer).where(taught_senders.c.address == address)
    )
    return customer


def teach(conn: Connection, address: str, customer: str, who: str, now: datetime) -> None:
    """From now on the address is the customer's."""
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    row = {"customer": customer, "who": who, "at": now}
    statement = insert(taught_senders).values(address=address, **row)
    conn.execute(statement.on_conflict_do_update(index_elements=[taught_senders.c.address], set_=row))


def go_on_in(conn: Connection, ticket_id: int, other: int) -> None:
    """What a mail has opened goes on in another ticket."""
    conn.execute(sa.update(tickets).where(tickets.c.id == ticket_id).values(goes_on_in=other))


def goes_on_in(conn: Connection, ticket_id: int) -> int | None:
    """The ticket in which one that a mail has opened goes on."""
    other: int | None = conn.scalar(sa.select(tickets.c.goes_on_in).where(tickets.c.id == ticket_id))
    return other


def origin_of(conn: Connection, ticket_id: int) -> int | None:
    """The mail's ticket that goes on in this one."""
    origin: int | None = conn.scalar(sa.select(tickets.c.id).where(tickets.c.goes_on_in == ticket_id).limit(1))
    return origin


def newest_incident(conn: Connection, ticket_id: int) -> int | None:
    """The newest incident that holds or held the ticket."""
    holds = incident_tickets.c.ticket_id == ticket_id, incident_tickets.c.incident_id == incidents.c.id
    number: int | None = conn.scalar(sa.select(sa.func.max(incidents.c.id)).where(*holds))
    return number
