"""What we answer to the sender of a mail: once for each ticket, never to a robot, and only so often."""

from __future__ import annotations

from datetime import timedelta

from triage.engine.context import Work
from triage.engine.mail_words import CONFIRM, RECEIVED
from triage.store import mails, outbox
from triage.store.mails import MailRow
from triage.store.outbox import OutboxKind
from triage.telemetry import log

#: The span in which a sender gets so many answers and no more.
SPAN = timedelta(hours=1)
#: An answer that no server has taken for so long would only confuse.
LIFE = timedelta(hours=12)


def received(work: Work, mail_id: int, ticket_id: int, key: str) -> None:
    """Tell the sender which ticket their mail has become; once for each ticket."""
    mail = mails.get(work.conn, mail_id)
    if mail is None or not mail.answerable:
        return
    text = RECEIVED[_language(work, mail)].format(key=key)
    _send(work, mail, mail.sender, f"mail/{ticket_id}/received", f"[{key}] Re: {mail.subject}", text, ticket_id)


def ask_to_confirm(work: Work, mail_id: int, address: str) -> None:
    """Ask the contact at the address on file whether a mail that nobody has proved is theirs."""
    mail = mails.get(work.conn, mail_id)
    if mail is None:
        return
    text = CONFIRM[_language(work, mail)].format(link=work.context.links.confirm(mail_id))
    subject = f"Please confirm: {mail.subject}"
    if _send(work, mail, address, f"mail/{mail_id}/confirm", subject, text, None):
        mails.update(work.conn, mail_id, confirm_to=address)


def _language(work: Work, mail: MailRow) -> str:
    customer = work.config.customers.get(mail.customer or "")
    return customer.language if customer else "en"


def _send(work: Work, mail: MailRow, address: str, key: str, subject: str, text: str, ticket_id: int | None) -> bool:
    """Queue the answer, unless there is a reason not to; returns whether it was queued."""
    rules = work.config.mail
    if not rules.answers or rules.gateway not in work.context.gateways or outbox.queued(work.conn, key):
        return False
    if outbox.replies_to(work.conn, address, work.now - SPAN) >= rules.caps.answers:
        log.warning("answer left out: the address has had enough of them", mail=mail.id)
        return False
    thread = (*mail.thread, mail.message_id) if mail.message_id else mail.thread
    outbox.put(
        work.conn,
        kind=OutboxKind.REPLY,
        key=key,
        person="",
        method=0,
        gateway=rules.gateway,
        address=address,
        subject=subject,
        body=text,
        deadline_at=work.now + LIFE,
        now=work.now,
        observed=work.config.observes(work.config.customers.get(mail.customer or "")),
        ticket_id=ticket_id,
        answers=thread,
    )
    return True
