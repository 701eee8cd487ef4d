"""What becomes of a mail: pure rules over what it says, what kind it is, and what was proved of its author."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from triage.domain.mail import AlertState, Mail, MailKind, Proof, Sorted
from triage.domain.mail_alerts import AlertRule
from triage.domain.mail_proof import AuthenticationRules


class Fate(StrEnum):
    """How a mail ends; each has a reason beside it. Only a `held` one waits for a human."""

    TICKET = "ticket"  # opened one
    JOINED = "joined"  # added to one
    ACKNOWLEDGED = "acknowledged"  # answered a page
    HELD = "held"
    IGNORED = "ignored"
    DROPPED = "dropped"  # held, until a human dropped it


class UnknownSenders(StrEnum):
    """What happens to mail of people whom no customer's entry names."""

    HOLD = "hold"
    PAGE = "page"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Caps:
    """How many mails an hour are taken before a robot is suspected; what is beyond is held, never lost.

    `answers` is how many answers of ours one address gets in an hour.
    """

    sender: int = 20
    thread: int = 20
    overall: int = 200
    answers: int = 4


@dataclass(frozen=True, slots=True)
class JiraTicket:
    """How the Jira ticket is opened that a mail asks for; `fields` as Jira's REST interface takes them."""

    project: str
    issue_type: str = ""
    request_type: str = ""
    on_behalf: bool = False
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class MailRules:
    """The operator's `mail:` section. Without a mailbox no mail pages: everything is held."""

    mailboxes: tuple[str, ...] = ()
    unknown_senders: UnknownSenders = UnknownSenders.HOLD
    authentication: AuthenticationRules = field(default_factory=AuthenticationRules)
    own_lists: frozenset[str] = frozenset()
    alerts: tuple[AlertRule, ...] = ()
    jira: JiraTicket | None = None
    answers: bool = True
    gateway: str = "smtp"
    caps: Caps = Caps()

    def alert_named(self, name: str) -> AlertRule | None:
        return next((rule for rule in self.alerts if rule.name == name), None)


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom the author's address belongs to, if the mail is really theirs.

    `customer` is None for somebody whom no entry names. A `listed` one is a contact by this very address, so that we
    may write to it and ask. `is_us` is one of our own addresses.
    """

    address: str
    customer: str | None = None
    listed: bool = False
    colleague: bool = False
    is_us: bool = False


@dataclass(frozen=True, slots=True)
class Thread:
    """The ticket that a mail speaks of. `responding` is whether it has an open incident; `took_part`, whether the
    author's address has written in this thread before."""

    ticket_id: int
    customer: str | None
    responding: bool
    took_part: bool


@dataclass(frozen=True, slots=True)
class Counts:
    """How many messages were taken within the last hour."""

    sender: int = 0
    thread: int = 0
    overall: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of it and why.

    `confirm` is whether the contact's address on file is asked to confirm it, `joins` whether it may go to the ticket
    that it speaks of.
    """

    fate: Fate
    reason: str
    confirm: bool = False
    joins: bool = False


#: Kinds that never page and are never answered (RFC 3834; DESIGN 5.2).
AUTOMATIC = frozenset({MailKind.AUTO_REPLY, MailKind.BOUNCE, MailKind.RECEIPT, MailKind.CALENDAR, MailKind.LIST})


def decide_message(
    mail: Mail, kind: Sorted, proof: Proof, sender: Sender, thread: Thread | None, counts: Counts, rules: MailRules
) -> Outcome:
    """What becomes of a mail that is no alert and acknowledges no page."""
    if kind.kind in AUTOMATIC:
        return Outcome(Fate.IGNORED, kind.reason)
    if not rules.mailboxes:
        return Outcome(Fate.HELD, "no mailbox is configured")
    if sender.is_us:
        return Outcome(Fate.IGNORED, "it comes from an address of our own")
    if kind.kind is MailKind.SPAM:
        return Outcome(Fate.HELD, kind.reason)
    if mail.author is None:
        how_many = "no author" if not mail.authors else f"{len(mail.authors)} authors"
        return Outcome(Fate.HELD, f"it names {how_many}: nobody can stand behind it")
    if robot := _robot(counts, rules.caps):
        return Outcome(Fate.HELD, robot)
    known = sender.customer is not None or sender.colleague
    if known and not proof.aligned:
        return Outcome(Fate.HELD, f"not proved to be theirs: {proof.reason}", confirm=sender.listed)
    if thread is not None and proof.aligned and may_join(sender, thread):
        if thread.responding:
            return Outcome(Fate.JOINED, "a reply to a ticket that somebody is called for", joins=True)
        return Outcome(Fate.TICKET, "a reply to a ticket that nobody is called for any more", joins=True)
    if known:
        return Outcome(Fate.TICKET, proof.reason)
    match rules.unknown_senders:
        case UnknownSenders.PAGE:
            return Outcome(Fate.TICKET, "nobody knows the sender, and unknown senders page here")
        case UnknownSenders.REJECT:
            return Outcome(Fate.IGNORED, "nobody knows the sender, and unknown senders are rejected here")
        case UnknownSenders.HOLD:
            return Outcome(Fate.HELD, "nobody knows the sender")


def may_join(sender: Sender, thread: Thread) -> bool:
    """Sender and ticket share a customer, or somebody goes on who has written in the thread before."""
    return thread.took_part or (sender.customer is not None and sender.customer == thread.customer)


def _robot(counts: Counts, caps: Caps) -> str:
    """Why this looks like two robots that answer each other; empty if it does not."""
    for count, cap, whose in (
        (counts.sender, caps.sender, "this sender"),
        (counts.thread, caps.thread, "this thread"),
        (counts.overall, caps.overall, "everybody together"),
    ):
        if count >= cap:
            return f"loop breaker: {count} mails of {whose} within an hour"
    return ""


def decide_alert(
    kind: Sorted, proof: Proof, *, has_token: bool, is_open: bool, may_page: bool = True
) -> tuple[Outcome, AlertState | None]:
    """What becomes of a monitoring system's mail, and the state that the alert is to take; None leaves it as it is.

    Firing needs a proved sender or the rule's own address, resolving both: a forged "resolved" would silence a page.
    """
    assert kind.alert is not None  # noqa: S101 - the caller has looked
    state = kind.alert.state
    if not may_page:
        return Outcome(Fate.HELD, "no mailbox is configured"), None
    if state is AlertState.RESOLVED:
        if not is_open:
            return Outcome(Fate.IGNORED, f"{kind.reason}: resolved, and nothing of it is open"), None
        if proof.aligned and has_token:
            return Outcome(Fate.JOINED, f"{kind.reason}: resolved"), AlertState.RESOLVED
        missing = "was not sent to the rule's own address" if proof.aligned else f"is not proved: {proof.reason}"
        return Outcome(Fate.JOINED, f"{kind.reason}: it says resolved, but {missing}, so the page stands"), None
    if not (proof.aligned or has_token):
        why = f"nor proved: {proof.reason}"
        return Outcome(Fate.HELD, f"{kind.reason}: not sent to the rule's own address, {why}"), None
    if is_open:
        return Outcome(Fate.JOINED, f"{kind.reason}: firing, and somebody is called for it already"), None
    return Outcome(Fate.TICKET, f"{kind.reason}: firing"), AlertState.FIRING
