"""Takes one mail out of the inbox: reads it, proves its author, and does what follows from it, once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from triage.domain.address_tags import TagKind
from triage.domain.configuration import Configuration, Person
from triage.domain.escalation import PageState
from triage.domain.mail import Envelope, Mail, MailKind, Proof, Sorted
from triage.domain.mail_content import delivery_id, digest, shortened, unpack
from triage.domain.mail_kinds import never_answer, sort_mail
from triage.domain.mail_outcome import AUTOMATIC, Fate, Outcome, Sender, decide_alert, decide_message
from triage.engine import contact_pages, held_mail, mail_alerts, respond
from triage.engine.context import Context, Work
from triage.engine.fail_over import fail_over
from triage.engine.mail_threads import find_thread, follow, post_of, sender_of
from triage.engine.respond import NotPossible
from triage.ports import SourceError
from triage.store import incidents, mails, outbox
from triage.telemetry import log

#: For so long a mail waits for DNS, by which its author could be proved; then it is decided without.
PATIENCE = timedelta(minutes=2)
#: The span over which mails are counted to find out robots that answer each other.
SPAN = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class ReadMail:
    """A mail as it was read and checked, before anything follows from it."""

    envelope: Envelope
    mail: Mail
    kind: Sorted
    proof: Proof


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of it, and the ticket that it opened or joined."""

    fate: Fate
    reason: str
    ticket_id: int | None = None


def read(context: Context, config: Configuration, body: bytes, received_at: datetime, now: datetime) -> ReadMail:
    """Read the mail and prove its author. Runs outside any transaction, since DNS is asked.

    Raises SourceError if DNS does not answer and the mail is still young; it is then tried again.
    """
    post = post_of(context)
    envelope, raw = unpack(body)
    mail = post.read(raw)
    kind = sort_mail(mail, envelope, config.mail.alerts, config.mail.own_lists)
    if kind.kind in AUTOMATIC:
        return ReadMail(envelope, mail, kind, Proof(False, "not checked, since nothing follows from it"))
    proof = post.authenticator.check(raw, envelope, config.mail.authentication)
    if proof.aligned and (mail.author is None or mail.author.address != proof.author):
        proof = replace(proof, aligned=False, reason="its From can be read in two ways")
    if proof.try_again and now - received_at < PATIENCE:
        raise SourceError(f"mail {delivery_id(raw)[:12]}: {proof.reason}", timedelta(seconds=2))
    return ReadMail(envelope, mail, kind, proof)


def take(work: Work, inbox_id: int, received_at: datetime, told: ReadMail) -> Taken:
    """Do what follows from a mail and write down why, in the caller's transaction."""
    first = mails.copy_of(work.conn, digest(told.mail))
    if first is not None and not (first.fate is Fate.HELD and told.proof.aligned):
        return _written(work, inbox_id, received_at, told, None, Outcome(Fate.IGNORED, f"a copy of mail {first.id}"))
    if first is not None:  # it came by two ways, and the second one proves it
        mails.update(work.conn, first.id, fate=Fate.DROPPED, decided_at=work.now, decided_by="a copy that is proved")
    if told.kind.kind is MailKind.BOUNCE:
        return _written(work, inbox_id, received_at, told, None, Outcome(Fate.IGNORED, _bounced(work, told)))
    sender = sender_of(work, told.mail)
    if told.kind.kind is MailKind.MESSAGE and (answered := _answer_page(work, told, sender)) is not None:
        return _written(work, inbox_id, received_at, told, sender, answered)
    if told.kind.kind is MailKind.ALERT:
        return _alert(work, inbox_id, received_at, told, sender)
    return _message(work, inbox_id, received_at, told, sender)


def _written(
    work: Work, inbox_id: int, received_at: datetime, told: ReadMail, sender: Sender | None, outcome: Outcome
) -> Taken:
    _write(work, inbox_id, received_at, told, sender, outcome)
    return Taken(outcome.fate, outcome.reason)


def _write(
    work: Work, inbox_id: int, received_at: datetime, told: ReadMail, sender: Sender | None, outcome: Outcome
) -> int:
    mail_id = mails.add(
        work.conn,
        inbox_id=inbox_id,
        digest=digest(told.mail),
        mail=told.mail,
        kind=told.kind,
        proof=told.proof,
        customer=sender.customer if sender else None,
        fate=outcome.fate,
        reason=outcome.reason,
        received_at=received_at,
        answerable=told.proof.aligned and not never_answer(told.mail, told.envelope),
    )
    log.info("mail taken", mail=mail_id, kind=told.kind.kind, fate=outcome.fate, reason=outcome.reason)
    return mail_id


def _bounced(work: Work, told: ReadMail) -> str:
    """A page that has come back goes over the next contact method now; returns the reason to write down.

    Whoever writes the bounce has to know the page's Message-ID, which only its readers have seen.
    """
    report = told.mail.report
    if report is None or report.action not in ("", "failed"):
        return told.kind.reason
    for message_id in report.original_ids:
        why = shortened(report.reason or report.status or "no reason was given")
        page_id = outbox.came_back(work.conn, message_id, report.recipients, why)
        page = incidents.get_page(work.conn, page_id) if page_id else None
        if page is not None and page.state is PageState.OPEN:
            log.warning("page came back", page=page.id, person=page.person, reason=why)
            fail_over(work, page)
            return f"{told.kind.reason}: a page of {page.person} came back, and went over the next contact method"
    return told.kind.reason


def _answer_page(work: Work, told: ReadMail, sender: Sender) -> Outcome | None:
    """Take it as the answer to a page, if it was sent to that page's own address; None if it was not."""
    tags, mailboxes = post_of(work.context).tags, work.config.mail.mailboxes
    page_id = tags.read(mailboxes, (*told.envelope.recipients, *told.mail.recipients), TagKind.ACKNOWLEDGE)
    page = incidents.get_page(work.conn, page_id) if page_id else None
    if page is None:
        return None
    if not told.proof.aligned:
        return Outcome(Fate.IGNORED, f"it answers a page, but is not proved: {told.proof.reason}")
    if sender.address.rpartition("@")[2] not in _domains(work, page.person):
        return Outcome(Fate.IGNORED, f"it answers a page of {page.person}, from where they have no address")
    try:
        if page.customer_page_id is not None:
            contact_pages.answer(work, page.id, via="mail")
        else:
            respond.acknowledge_page(work.conn, work.context, page.id, work.now, via="mail")
    except NotPossible as error:
        return Outcome(Fate.IGNORED, str(error))
    return Outcome(Fate.ACKNOWLEDGED, f"{page.person} has answered the page")


def _domains(work: Work, name: str) -> set[str]:
    """The mail domains of a responder's own addresses."""
    contact = work.config.contacts.get(name)
    person: Person | None = contact.paged_as if contact else work.config.responder(name)
    methods = person.methods if person else ()
    addresses = [work.context.secret(one.address.removeprefix("env:")) or one.address for one in methods]
    addresses += [contact.email] if contact else []
    return {address.rpartition("@")[2].casefold() for address in addresses if address and "@" in address}


def _alert(work: Work, inbox_id: int, received_at: datetime, told: ReadMail, sender: Sender) -> Taken:
    alert = told.kind.alert
    assert alert is not None  # noqa: S101 - it was sorted by its rule
    tags, mailboxes = post_of(work.context).tags, work.config.mail.mailboxes
    addresses = (*told.envelope.recipients, *told.mail.recipients)
    outcome, state = decide_alert(
        told.kind,
        told.proof,
        has_token=tags.read(mailboxes, addresses, TagKind.ALERT) == alert.rule,
        is_open=mail_alerts.is_answered_for(work, alert),
        may_page=bool(mailboxes),
    )
    mail_id = _write(work, inbox_id, received_at, told, sender, outcome)
    if outcome.fate is Fate.HELD:
        held_mail.tell(work, mail_id, told.mail, outcome)
    if outcome.fate in (Fate.HELD, Fate.IGNORED):
        return Taken(outcome.fate, outcome.reason)
    ticket_id = mail_alerts.bring_in_line(work, mail_id, told.mail, alert, state, sender.customer, received_at)
    return Taken(outcome.fate, outcome.reason, ticket_id)


def _message(work: Work, inbox_id: int, received_at: datetime, told: ReadMail, sender: Sender) -> Taken:
    mail = told.mail
    thread = find_thread(work, mail, sender)
    counts = mails.counts(work.conn, sender.address, thread.ticket_id if thread else None, work.now - SPAN)
    outcome = decide_message(mail, told.kind, told.proof, sender, thread, counts, work.config.mail)
    mail_id = _write(work, inbox_id, received_at, told, sender, outcome)
    if outcome.fate is Fate.HELD:
        held_mail.tell(work, mail_id, mail, outcome)
    if outcome.fate in (Fate.HELD, Fate.IGNORED):
        return Taken(outcome.fate, outcome.reason)
    ticket_id = follow(work, mail_id, mail, sender, thread if outcome.joins else None, received_at)
    return Taken(outcome.fate, outcome.reason, ticket_id)
