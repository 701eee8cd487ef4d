"""What kind of mail it is: whether somebody wrote it, and whether it may ever be answered.

A monitoring system's mail is known by its rule before list and bulk headers count, since such mail often has them;
but what says itself that it is a bounce or an auto-reply is one, whoever sent it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from triage.domain.mail import Envelope, Mail, MailKind, Sorted
from triage.domain.mail_alerts import AlertRule, match
from triage.domain.mail_headers import (
    AUTO_REPLY,
    AUTO_REPLY_SUBJECT,
    BOUNCE,
    BOUNCE_SUBJECT,
    LIST,
    NEVER_ANSWER,
    RECEIPT,
    ROBOTS,
    SPAM,
    first_of,
)

#: Methods of calendar parts that answer an invitation, or take it back (RFC 5546); an invitation is a message.
CALENDAR_ANSWERS = frozenset({"REPLY", "COUNTER", "DECLINECOUNTER", "CANCEL", "REFRESH"})


def sort_mail(mail: Mail, envelope: Envelope, rules: Sequence[AlertRule], own_lists: Collection[str] = ()) -> Sorted:
    """The kind of a mail and the header or rule that says so. `own_lists` are casefolded ids of lists of ours."""
    if said := first_of(RECEIPT, mail.headers):
        return Sorted(MailKind.RECEIPT, f"a receipt or report: {said}")
    if said := _bounce(mail, envelope):
        return Sorted(MailKind.BOUNCE, f"a bounce: {said}")
    if mail.calendar_method.upper() in CALENDAR_ANSWERS:
        return Sorted(MailKind.CALENDAR, f"a calendar answer: {mail.calendar_method.upper()}")
    if said := first_of(AUTO_REPLY, mail.headers):
        return Sorted(MailKind.AUTO_REPLY, f"an automatic reply: {said}")
    for rule in rules:
        if alert := match(rule, mail):
            return Sorted(MailKind.ALERT, f"alert rule {rule.name}", alert)
    if AUTO_REPLY_SUBJECT.match(mail.subject[:500]):
        return Sorted(MailKind.AUTO_REPLY, f"an automatic reply by its subject: {mail.subject[:80]}")
    if said := _list(mail, own_lists):
        return Sorted(MailKind.LIST, f"list or bulk mail: {said}")
    if said := first_of(SPAM, mail.headers):
        return Sorted(MailKind.SPAM, f"marked as spam: {said}")
    return Sorted(MailKind.MESSAGE, "nothing says that no person wrote it")


def never_answer(mail: Mail, envelope: Envelope) -> str:
    """Why no automatic answer may go to whoever wrote it; empty if one may (RFC 3834 section 2)."""
    if envelope.sender == "":
        return "it has a null sender"
    for table in (NEVER_ANSWER, BOUNCE, AUTO_REPLY, LIST, SPAM):
        if said := first_of(table, mail.headers):
            return said
    author = mail.author
    if author is None:
        return "it names no one author"
    local = author.address.rpartition("@")[0]
    return f"{author.address} is a robot's address" if ROBOTS.fullmatch(local) else ""


def _bounce(mail: Mail, envelope: Envelope) -> str:
    if said := first_of(BOUNCE, mail.headers):
        return said
    if envelope.sender == "":
        return "it has a null sender"
    if mail.report is not None:
        return "it reports on a mail that was not delivered"
    author = mail.author
    nobody = author is None or ROBOTS.fullmatch(author.address.rpartition("@")[0]) is not None
    return f"by its subject: {mail.subject[:80]}" if nobody and BOUNCE_SUBJECT.match(mail.subject[:500]) else ""


def _list(mail: Mail, own_lists: Collection[str]) -> str:
    """The header of a list that is not ours; a mail that went through ours alone is none of a list."""
    ids = [value.rpartition("<")[2].partition(">")[0].strip().casefold() for value in mail.headers.get("list-id", ())]
    if ids and all(name in own_lists for name in ids):
        return ""
    return first_of(LIST, mail.headers)
