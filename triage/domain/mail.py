"""Mails as decisions see them: which way one came, what it says, what kind it is, and what was proved of its author.

The parts are made apart: a transport tells the `Envelope`, reading makes the `Mail`, and authentication the `Proof`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Via(StrEnum):
    """The ways in."""

    SMTP = "smtp"
    IMAP = "imap"
    HTTP = "http"


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a mail reached us, as the transport saw it; nothing in the mail itself can change that.

    `sender` is what MAIL FROM named: empty for a bounce, None where the transport does not tell. `recipients` are
    those of RCPT TO, empty where it does not tell. `peer` is the IP address of the host that connected to our own
    SMTP listener, and `helo` what it called itself; both are empty for any other way in.
    """

    via: Via
    sender: str | None = None
    recipients: tuple[str, ...] = ()
    peer: str = ""
    helo: str = ""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Somebody's address, `local@domain` casefolded, and the name that they give themselves."""

    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is listed and never opened; `size` is in bytes, decoded."""

    name: str
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class DeliveryReport:
    """What a bounce says (RFC 3464, or what older servers write): which mails came back, and how it ended.

    `original_ids` are Message-IDs without angle brackets; `action` is `failed`, `delayed`, `delivered`, `relayed`,
    `expanded`, or empty where nobody says. All of it is only claimed.
    """

    original_ids: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    action: str = ""
    status: str = ""  # such as 5.1.1
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Mail:
    """What a message says, whatever state it was in. Everything here is only claimed by whoever wrote it.

    Ids are without angle brackets. `references` has those of References and In-Reply-To, the oldest first, each once.
    `authors` are all of From: more than one, or none, is possible. `recipients` are the addresses of To, Cc,
    Delivered-To and X-Original-To. `text` is what a person reads in it; `new_text` is that without quoted older mails
    and signatures. `headers` has every header by its lower-case name, values decoded, unfolded and cut at 2,000
    characters, at most 500 of them. `media_type` is the outermost one. `defects` name what was broken, for a person.
    """

    message_id: str = ""
    references: tuple[str, ...] = ()
    authors: tuple[Mailbox, ...] = ()
    reply_to: tuple[Mailbox, ...] = ()
    recipients: tuple[str, ...] = ()
    subject: str = ""
    date: datetime | None = None  # aware UTC
    text: str = ""
    new_text: str = ""
    headers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    media_type: str = "text/plain"
    attachments: tuple[Attachment, ...] = ()
    report: DeliveryReport | None = None
    calendar_method: str = ""  # of a calendar part, such as REQUEST or REPLY
    defects: tuple[str, ...] = ()

    @property
    def author(self) -> Mailbox | None:
        """Who wrote it; None where that is not one person."""
        return self.authors[0] if len(self.authors) == 1 else None


class MailKind(StrEnum):
    """What sort of mail it is; only a `message` and an `alert` may page."""

    MESSAGE = "message"  # somebody wrote it
    ALERT = "alert"  # a monitoring system's, known by a rule
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    RECEIPT = "receipt"  # read receipts (MDN) and feedback reports (ARF)
    CALENDAR = "calendar"
    LIST = "list"
    SPAM = "spam"


class AlertState(StrEnum):
    FIRING = "firing"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    """What a monitoring system says: the alert that `key` names at `rule` is firing or resolved."""

    rule: str
    key: str
    state: AlertState


@dataclass(frozen=True, slots=True)
class Sorted:
    """What kind of mail it is, and the header or rule that says so."""

    kind: MailKind
    reason: str
    alert: Alert | None = None


class Result(StrEnum):
    """What a check of a mail's origin came to (RFC 8601)."""

    PASS = "pass"  # noqa: S105 - a result, not a secret
    FAIL = "fail"
    NONE = "none"  # nothing to check
    TEMPERROR = "temperror"  # DNS did not answer: ask again
    PERMERROR = "permerror"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `method` is `dkim`, `spf` or `dmarc`, `domain` the one that it speaks for, `by` who checked it."""

    method: str
    result: Result
    domain: str = ""
    reason: str = ""
    by: str = "us"


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the author's domain stands behind the mail, and every check that was made.

    `aligned` is DMARC's word (RFC 7489): a DKIM signature or an SPF pass that holds is of the domain in From, or of
    one in the same organisation. `reason` says in one sentence why it is or is not, for a person.
    `try_again` is true where a check that could have proved it failed for want of an answer from DNS. `author` is the
    address that it speaks for; it proves nothing of a mail that is read as somebody else's.
    """

    aligned: bool
    reason: str
    checks: tuple[Check, ...] = ()
    try_again: bool = False
    author: str = ""
