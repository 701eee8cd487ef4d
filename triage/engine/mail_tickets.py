"""Tickets that mails open and join, and the Jira tickets in which they go on."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

from triage.domain.mail import Mail
from triage.domain.mail_content import closing, opening, reopening, reply, shortened, writer
from triage.domain.ticket import Actor, Fact, FactKind, Field, Priority, Role, TicketRef
from triage.domain.timeline import read_timeline
from triage.domain.writes import Block, BlockKind, Comment, CreateTicket
from triage.engine import mail_replies, write_back
from triage.engine.context import Work
from triage.engine.decide import decide
from triage.engine.sources import JIRA, JIRA_FETCH, MAIL
from triage.ports import Delivered, Outcome
from triage.store import inbox, mails, outbox, tickets
from triage.store.outbox import Delivery
from triage.store.tickets import TicketRow
from triage.telemetry import log

#: A Jira that takes no new ticket for so long gets none: people have answered the mail long since.
LIFE = timedelta(days=3)
#: How much of a mail is written into Jira, which takes 32,767 characters.
MOST = 20_000


def open_ticket(work: Work, mail_id: int, ref: TicketRef, facts: Iterable[Fact]) -> int:
    """Make the ticket that a mail asks for and decide on it; returns its number."""
    ticket = tickets.locked(work.conn, ref, work.now)
    mails.update(work.conn, mail_id, ticket_id=ticket.id)
    tickets.add_facts(work.conn, ticket.id, facts, work.now)
    decide(work, ticket)
    return ticket.id


def from_message(
    work: Work, mail_id: int, digest: str, mail: Mail, customer: str | None, at: datetime, *, goes_on_in: int | None
) -> int:
    """A ticket of its own for what somebody wrote; it goes on in the Jira ticket that it names, or in a new one."""
    ref = TicketRef(MAIL, MAIL, digest, f"M-{mail_id}")
    facts = opening(mail, writer(mail, Role.CUSTOMER), customer, Priority.P0, at)
    ticket_id = open_ticket(work, mail_id, ref, facts)
    key = ref.key
    if goes_on_in is not None:
        jira = tickets.by_id(work.conn, goes_on_in)
        key = jira.ref.key
        _tell_jira(work, jira, mail_id, mail)
    elif work.config.mail.jira is not None and work.context.sinks:
        _ask_for_jira_ticket(work, ticket_id, mail_id, mail, customer)
        return ticket_id  # the sender is answered once its key is known
    mail_replies.received(work, mail_id, ticket_id, key)
    return ticket_id


def join(work: Work, ticket_id: int, mail_id: int, mail: Mail, role: Role, at: datetime, *, reopen: bool) -> None:
    """Add a mail to a ticket, and let it ask for somebody anew if it is to `reopen`; Jira gets it as a comment."""
    ticket = tickets.locked_by_id(work.conn, ticket_id)
    actor = writer(mail, role)
    facts = [reply(mail, actor, mail_id, at)]
    if reopen:
        closed = not read_timeline(tickets.load_facts(work.conn, ticket_id)).open
        facts += reopening(actor, mail_id, at, closed=closed)
    mails.update(work.conn, mail_id, ticket_id=ticket_id)
    tickets.add_facts(work.conn, ticket_id, facts, work.now)
    decide(work, ticket)
    if ticket.ref.source == JIRA:
        _tell_jira(work, ticket, mail_id, mail)


def close(work: Work, ticket_id: int, actor: Actor, key: str, why: str, at: datetime) -> bool:
    """Resolve a ticket that a mail has opened, as of `at`; False if it was resolved before."""
    ticket = tickets.locked_by_id(work.conn, ticket_id)
    if not read_timeline(tickets.load_facts(work.conn, ticket_id)).open:
        return False
    tickets.add_facts(work.conn, ticket_id, [closing(actor, key, why, at)], work.now)
    decide(work, ticket)
    return True


def follow_note(work: Work, body: bytes) -> bool:
    """Close the ticket that a note of `mail_origin` names."""
    note = json.loads(body)
    at = datetime.fromisoformat(note["at"])
    return close(work, note["ticket"], Actor(note["who"], note["who"], Role.AGENT), note["key"], note["why"], at)


def _tell_jira(work: Work, ticket: TicketRow, mail_id: int, mail: Mail) -> None:
    """Whoever works on the ticket in Jira reads there what came by mail."""
    comment = Comment((_said(f"By mail from {_named(mail)}:"), *_quoted(mail)), public=False)
    write_back.add(work, ticket.id, ticket.ref, f"mail/{mail_id}", comment)


def _ask_for_jira_ticket(work: Work, ticket_id: int, mail_id: int, mail: Mail, customer: str | None) -> None:
    wanted = work.config.mail.jira
    assert wanted is not None  # noqa: S101 - the caller has looked
    author = mail.author
    fields = dict(wanted.fields)
    priority = work.config.write_back.priorities.get(Priority.P0)
    if priority and "priority" not in fields:
        fields["priority"] = {"id" if priority.isdigit() else "name": priority}
    action = CreateTicket(
        project=wanted.project,
        summary=shortened(mail.subject, 250) or "(no subject)",
        blocks=(_said(f"By mail to the on-call address, from {_named(mail)}:"), *_quoted(mail)),
        issue_type=wanted.issue_type,
        request_type=wanted.request_type,
        on_behalf_of=author.address if wanted.on_behalf and author else "",
        fields=fields,
    )
    outbox.put_write(
        work.conn,
        instance=next(iter(work.context.sinks)),  # the one Jira that there is
        issue=f"new/{ticket_id}",  # each stands in a line of its own
        key=f"write/mail/{mail_id}/ticket",
        action=action,
        deadline_at=work.now + LIFE,
        now=work.now,
        observed=work.config.observes(work.config.customers.get(customer or "")),
        ticket_id=ticket_id,
    )


def opened(work: Work, delivery: Delivery, outcome: Outcome) -> None:
    """Jira has made the ticket that a mail has asked for: link both, and answer the sender with its key.

    While it has not, the sender is not kept waiting, and is answered with the key of the mail's own ticket.
    """
    origin, mail_id = delivery.ticket_id, int(delivery.key.split("/")[2])
    assert origin is not None  # noqa: S101 - it was put for a ticket
    if not isinstance(outcome, Delivered):
        mail_replies.received(work, mail_id, origin, tickets.by_id(work.conn, origin).ref.key)
        return
    issue, _, key = outcome.reference.partition(" ")
    ref = TicketRef(JIRA, delivery.gateway.partition(":")[2], issue, key)
    ticket = tickets.locked(work.conn, ref, work.now)
    mails.go_on_in(work.conn, origin, ticket.id)
    mail = mails.get(work.conn, mail_id)
    customer = mail.customer if mail else None
    settled = Fact(
        "mail/customer", FactKind.CHANGE, work.now, values={Field.CUSTOMER: customer}, received_at=work.now
    )
    tickets.add_facts(work.conn, ticket.id, [settled] if customer else [], work.now)
    decide(work, ticket)  # its webhook may have been quicker
    note = {"instance": ref.instance, "issue": ref.id, "missing": ["issue"]}
    inbox.receive(work.conn, JIRA_FETCH, f"mail {mail_id}", json.dumps(note).encode(), work.now)
    log.info("Jira ticket opened from a mail", mail=mail_id, ticket=key)
    mail_replies.received(work, mail_id, origin, key)


def _named(mail: Mail) -> str:
    author = mail.author
    return f"{author.name} <{author.address}>" if author and author.name else author.address if author else "nobody"


def _quoted(mail: Mail) -> list[Block]:
    words = mail.new_text or "(no text)"
    cut = words if len(words) <= MOST else words[:MOST] + "… (cut; the whole mail is on the dashboard)"
    names = [f"{one.name or one.media_type} ({one.size:,} bytes)" for one in mail.attachments]
    blocks = [Block(BlockKind.QUOTE, cut)]
    return blocks + ([_said(f"Attached to the mail, and not opened: {', '.join(names)}")] if names else [])


def _said(text: str) -> Block:
    return Block(BlockKind.PARAGRAPH, text)
