"""The seams to the outside: what an integration must offer and what it may answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from triage.domain.jira import JiraRules
from triage.domain.mail import Envelope, Proof
from triage.domain.mail_proof import AuthenticationRules
from triage.domain.schedule_source import Source, Turn
from triage.domain.source_clock import SourceClock
from triage.domain.ticket import Fact, Origin, TicketRef
from triage.domain.writes import Write


@dataclass(frozen=True, slots=True)
class Delivered:
    """The provider took the message; `reference` is its own name for it."""

    reference: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """Not now: the same message may go through later, not before `after` if the provider named a time."""

    reason: str
    after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """Never: this message will not go through over this channel."""

    reason: str


Outcome = Delivered | Retry | Rejected


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a message; `media_type` is such as `application/pdf`."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """What a gateway sends. `key` is the same on every attempt, so that a repeat can be recognised.

    Mail only: `answers` are the Message-IDs of the mails that it answers, the oldest first, or None if it answers
    none; `reply_to` is the address at which an answer counts; `attachments` go with it.
    """

    key: str
    address: str
    subject: str
    body: str
    urgent: bool = True
    answers: tuple[str, ...] | None = None
    reply_to: str = ""
    attachments: tuple[Attachment, ...] = ()


class Gateway(Protocol):
    """One way to reach a person. `send` never raises for what the network or the provider does."""

    name: str

    def send(self, message: Message) -> Outcome: ...


class Settlement(StrEnum):
    """What becomes of a page where its provider keeps asking for an answer."""

    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


@runtime_checkable
class Settles(Protocol):
    """A gateway whose provider keeps asking for an answer until it is told that none is needed any more.

    Gateways that only send need nothing of it.
    """

    def settle(self, key: str, address: str, settlement: Settlement) -> Outcome:
        """Settle what was sent there with the key; harmless if it never arrived. Never raises, like `send`."""
        ...


class Accept(Protocol):
    """Keeps a mail that a transport has received; the transport never sees the store."""

    def __call__(self, envelope: Envelope, raw: bytes) -> None:
        """Return once the mail is committed, or was before. Raises NotKept; the sender then has to try again."""
        ...


class Authenticator(Protocol):
    """Finds out whether the domain of a mail's author stands behind it; asks DNS. Never raises."""

    def check(self, raw: bytes, envelope: Envelope, rules: AuthenticationRules) -> Proof: ...


class NotKept(Exception):
    """A mail could not be stored; whoever sent it must keep it."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A provider has brought a mail."""

    envelope: Envelope
    raw: bytes


@dataclass(frozen=True, slots=True)
class Noted:
    """A provider has said something that is no mail, such as that it begins to send."""

    about: str


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing is taken of it, for this HTTP status and reason."""

    status: int
    reason: str


class MailProvider(Protocol):
    """A service that posts the mail that it receives for us. `read` never raises for what is posted."""

    name: str

    def read(self, headers: Mapping[str, str], body: bytes) -> Arrived | Noted | Refused: ...


class SourceError(Exception):
    """The ticket source did not answer; `after` says when to ask again, if it told us."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class NotFound(SourceError):
    """The source says that there is no such ticket, or that we may not see it."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One ticket in a list of many: its id, its key, and when it was made and last changed."""

    id: str
    key: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Account:
    """Under whose name we act at the source."""

    id: str
    name: str


class TicketSource(Protocol):
    """Where the whole truth about tickets can be asked for. Every method raises SourceError.

    Spans of time are counted back from the source's own clock, so that neither its time zone nor a difference
    between the clocks matters. No projects means all of them.
    """

    instance: str

    def account(self) -> Account:
        """Who we are to the source."""
        ...

    def fetch_issue(self, issue_id: str) -> Mapping[str, Any]:
        """The issue as REST gives it, with its whole changelog and all comments."""
        ...

    def changed_issues(self, projects: Sequence[str], within: timedelta) -> Iterator[Listed]:
        """The issues that changed in the last `within`, each once, asked for page by page."""
        ...

    def created_issues(self, projects: Sequence[str], within: timedelta) -> Iterator[Listed]:
        """The issues made in the last `within`, the oldest first, asked for page by page."""
        ...

    def count_created(self, projects: Sequence[str], within: timedelta) -> int:
        """About how many issues `created_issues` lists."""
        ...


class TicketSink(Protocol):
    """Where tickets can be written to. `write` never raises for what the network or the source does."""

    instance: str

    def write(self, write: Write) -> Outcome:
        """Carry the write out, once, however often it is asked for; `Delivered.reference` is the id of what is new.

        Retry also where nobody knows whether it went through: the next attempt looks for the marker first.
        """
        ...


class ScheduleSource(Protocol):
    """Where another system keeps who is on call. Raises SourceError for whatever the network or the answer does."""

    def fetch_turns(self, source: Source, zone: tzinfo, start: datetime, end: datetime) -> Sequence[Turn]:
        """The turns that have a part in `[start, end)`, each whole; times without a zone are read in `zone`.

        The source's references to the environment have been resolved. No reason quotes its address or token.
        """
        ...


@dataclass(frozen=True, slots=True)
class Read:
    """What a body says about one ticket; `missing` names what has to be fetched, and why.

    A `foreign` one is in none of our projects, so it is a ticket only if we know it already. `clocks` are those of
    the source's own SLA engine, where the body carries them.
    """

    ticket: TicketRef
    facts: tuple[Fact, ...]
    missing: tuple[str, ...] = ()
    foreign: bool = False
    clocks: tuple[SourceClock, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """The body was understood, and nothing follows from it."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The body cannot be understood; a human has to look."""

    reason: str


Reading = Read | Ignored | Unreadable


@dataclass(frozen=True, slots=True)
class Opened:
    """A provider has opened an incident of its own for the page that it was sent with `key`."""

    key: str
    incident: str


@dataclass(frozen=True, slots=True)
class Answered:
    """A person has answered at a provider. `incident` and `user` are the provider's ids.

    `key` is what the page was sent with, if the provider repeats it, else anything.
    """

    settlement: Settlement
    incident: str
    key: str
    user: str
    at: datetime


#: What a provider tells of the pages that were sent over it.
CallBack = Opened | Answered | Ignored | Unreadable


class Normaliser(Protocol):
    """Turns what a source sent into facts. Pure: the same body and rules give the same facts."""

    def read_event(self, body: bytes, rules: JiraRules, received_at: datetime) -> Reading: ...

    def read_issue(
        self, issue: Mapping[str, Any], rules: JiraRules, received_at: datetime, origin: Origin
    ) -> Reading: ...
