"""Whose mail it is, which ticket it speaks of, and how it joins that or opens one of its own."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import unquote

from triage.domain.mail import Mail
from triage.domain.mail_content import digest, keys_in, own_keys
from triage.domain.mail_outcome import Sender, Thread
from triage.domain.ticket import Role
from triage.engine import mail_tickets
from triage.engine.context import Context, Post, Work
from triage.engine.sources import MAIL
from triage.ports import SourceError
from triage.store import incidents, mails, tickets

#: So many of the mails that one answers are looked up, the newest.
MOST_REFERENCES = 50


def post_of(context: Context) -> Post:
    """What receives mail here; raises SourceError if nothing does."""
    if context.post is None:
        raise SourceError("no way to receive mail is set up here")
    return context.post


def sender_of(work: Work, mail: Mail) -> Sender:
    """Whom the mail says it is from."""
    author = mail.author
    if author is None:
        return Sender("")
    post = post_of(work.context)
    own = frozenset({post.sender.casefold(), *work.config.mail.mailboxes})
    return work.config.sender_of(author.address, mails.taught(work.conn, author.address), own)


def follow(work: Work, mail_id: int, mail: Mail, sender: Sender, thread: Thread | None, at: datetime) -> int:
    """Let a mail that may page join the ticket of the thread that it may join, or open one; returns its number.

    A mail about a Jira ticket that nobody is called for has a ticket of its own, which pages and goes on in that one.
    """
    if thread is not None:
        in_jira = tickets.by_id(work.conn, thread.ticket_id).ref.source != MAIL
        if thread.responding or not in_jira:
            role = Role.CUSTOMER if sender.customer else Role.UNKNOWN
            mail_tickets.join(work, thread.ticket_id, mail_id, mail, role, at, reopen=not thread.responding)
            return thread.ticket_id
    goes_on_in = thread.ticket_id if thread is not None else None
    return mail_tickets.from_message(work, mail_id, digest(mail), mail, sender.customer, at, goes_on_in=goes_on_in)


def find_thread(work: Work, mail: Mail, sender: Sender) -> Thread | None:
    """The ticket that the mail speaks of: by the mails that it answers, theirs or ours, or a key in its subject."""
    ids = mail.references[-MOST_REFERENCES:]
    keys = [unquote(local) for local in own_keys(ids, post_of(work.context).domain)]
    found = mails.ticket_in_thread(work.conn, ids) or mails.ticket_of_sent(work.conn, keys)
    if found is None:
        named = (tickets.named(work.conn, key) for key in keys_in(mail.subject))
        found = next((ticket_id for ticket_id in named if ticket_id is not None), None)
    if found is None:
        return None
    ticket_id = mails.goes_on_in(work.conn, found) or found
    took_part = any(mails.took_part(work.conn, one, sender.address) for one in {found, ticket_id})
    responding = incidents.open_for_ticket(work.conn, ticket_id) is not None
    return Thread(ticket_id, tickets.customer_of(work.conn, ticket_id), responding, took_part)
