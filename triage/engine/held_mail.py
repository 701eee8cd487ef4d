"""Mail that waits for a human: who is told of it, and what they may do with it; each act is audited."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from triage.domain.mail import Mail
from triage.domain.mail_content import shortened, unpack
from triage.domain.mail_kinds import sort_mail
from triage.domain.mail_outcome import Fate, Outcome, may_join
from triage.engine import mail_alerts, mail_replies
from triage.engine.context import Context, Work
from triage.engine.mail_threads import find_thread, follow, post_of, sender_of
from triage.engine.reach import tell_operators
from triage.engine.respond import NotPossible
from triage.store import audit, mails
from triage.store.mails import MailRow


def tell(work: Work, mail_id: int, mail: Mail, outcome: Outcome) -> None:
    """Tell whoever hears of notices, at most once an hour for each kind of reason, and ask a contact on file."""
    author = mail.author
    if outcome.confirm and author is not None:
        mail_replies.ask_to_confirm(work, mail_id, author.address)
    kind = "loop" if outcome.reason.startswith("loop breaker") else "contact" if outcome.confirm else "mail"
    key = f"held-{kind}/{work.now:%Y-%m-%dT%H}"
    who = author.address if author else "(no author)"
    lines = [
        f"From: {shortened(who)}",
        f"Held because: {outcome.reason}",
        "",
        f"{mails.held(work.conn)} held. They page nobody until somebody releases them: {work.context.links.mails}",
    ]
    text = (
        f"Mail held: {shortened(mail.subject, 80) or '(no subject)'}",
        "\n".join(lines),
    )
    tell_operators(work, key, text)


def release(
    conn: Connection, context: Context, mail_id: int, who: str, now: datetime, *, customer: str | None = None
) -> int:
    """A human says that the mail is good: it opens or joins a ticket, and pages; returns the ticket's number.

    With a `customer`, the sender is theirs from now on. Raises NotPossible.
    """
    work, mail = _held(conn, context, mail_id, now)
    if customer is not None:
        _teach(work, mail, customer, who)
    ticket_id = _release(work, mail, who, customer)
    _audit(work, mail, "mail.release", who, {"fate": Fate.TICKET, "customer": customer})
    return ticket_id


def confirm(conn: Connection, context: Context, mail_id: int, now: datetime) -> None:
    """The contact at the address on file says that the mail is theirs: it pages. A second touch changes nothing.

    Raises NotPossible.
    """
    mail = mails.get(conn, mail_id)
    if mail is None or mail.confirm_to is None:
        raise NotPossible("This link belongs to no mail that waits.")
    if mail.fate in (Fate.TICKET, Fate.JOINED):
        return
    work, mail = _held(conn, context, mail_id, now)
    who = f"{mail.confirm_to} (confirmed)"
    _release(work, mail, who, None)
    _audit(work, mail, "mail.confirm", who, {"fate": Fate.TICKET})


def drop(conn: Connection, context: Context, mail_id: int, who: str, reason: str, now: datetime) -> None:
    """A human says that nothing is to follow from the mail. Raises NotPossible."""
    work, mail = _held(conn, context, mail_id, now)
    mails.update(conn, mail.id, fate=Fate.DROPPED, decided_at=now, decided_by=who)
    _audit(work, mail, "mail.drop", who, {"fate": Fate.DROPPED}, reason)


def _held(conn: Connection, context: Context, mail_id: int, now: datetime) -> tuple[Work, MailRow]:
    mail = mails.locked(conn, mail_id)
    if mail is None:
        raise NotPossible(f"There is no mail {mail_id}.")
    if mail.fate is not Fate.HELD:
        by = f" by {mail.decided_by}" if mail.decided_by else ""
        raise NotPossible(f"Mail {mail_id} is not held any more: {mail.fate}{by}.")
    return context.work(conn, now), mail


def _teach(work: Work, mail: MailRow, customer: str, who: str) -> None:
    if customer not in work.config.customers:
        raise NotPossible(f"There is no customer {customer!r} in the configuration.")
    if not mail.sender:
        raise NotPossible("The mail names no one sender who could be anybody's.")
    mails.teach(work.conn, mail.sender, customer, who, work.now)
    audit.record(
        work.conn,
        who=who,
        act="sender.teach",
        subject=f"sender/{mail.sender}",
        now=work.now,
        after={"customer": customer},
    )


def _release(work: Work, mail: MailRow, who: str, customer: str | None) -> int:
    """As if it had been proved; its words count as the customer's, if it is known whose it is."""
    body, received_at = mails.raw(work.conn, mail)
    envelope, raw = unpack(body)
    read, rules = post_of(work.context).read(raw), work.config.mail
    sender = sender_of(work, read)
    if customer is not None:
        sender = replace(sender, customer=customer)
    values = {"decided_at": work.now, "decided_by": who, "customer": sender.customer}
    mails.update(work.conn, mail.id, fate=Fate.TICKET, **values)
    alert = sort_mail(read, envelope, rules.alerts, rules.own_lists).alert
    if alert is not None:
        state = None if mail_alerts.is_answered_for(work, alert) else alert.state
        return mail_alerts.bring_in_line(work, mail.id, read, alert, state, sender.customer, received_at)
    thread = find_thread(work, read, sender)
    joins = thread is not None and may_join(sender, thread)
    ticket_id = follow(work, mail.id, read, sender, thread if joins else None, received_at)
    if thread is not None and ticket_id == thread.ticket_id:
        mails.update(work.conn, mail.id, fate=Fate.JOINED)
    return ticket_id


def _audit(work: Work, mail: MailRow, act: str, who: str, after: dict[str, object], reason: str = "") -> None:
    audit.record(
        work.conn,
        who=who,
        act=act,
        subject=f"mail/{mail.id}",
        reason=reason,
        now=work.now,
        before={"fate": mail.fate},
        after={name: value for name, value in after.items() if value is not None},
    )
