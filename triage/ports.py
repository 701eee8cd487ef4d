"""The seams to the outside: what an integration must offer and what it may answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from triage.domain.jira import JiraRules
from triage.domain.ticket import Fact, Origin, TicketRef


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
class Message:
    """What a gateway sends. `key` is the same on every attempt, so that a repeat can be recognised."""

    key: str
    address: str
    subject: str
    body: str
    urgent: bool = True


class Gateway(Protocol):
    """One way to reach a person. `send` never raises for what the network or the provider does."""

    name: str

    def send(self, message: Message) -> Outcome: ...


class SourceError(Exception):
    """The ticket source did not answer; `after` says when to ask again, if it told us."""

    def __init__(self, reason: str, after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after = after


class NotFound(SourceError):
    """The source says that there is no such ticket, or that we may not see it."""


class TicketSource(Protocol):
    """Where the whole truth about a ticket can be asked for."""

    instance: str

    def fetch_issue(self, issue_id: str) -> Mapping[str, Any]:
        """The issue as REST gives it, with its whole changelog and all comments; raises SourceError."""
        ...


@dataclass(frozen=True, slots=True)
class Read:
    """What a body says about one ticket; `missing` names what has to be fetched, and why."""

    ticket: TicketRef
    facts: tuple[Fact, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ignored:
    """The body was understood and concerns no ticket."""

    reason: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The body cannot be understood; a human has to look."""

    reason: str


Reading = Read | Ignored | Unreadable


class Normaliser(Protocol):
    """Turns what a source sent into facts. Pure: the same body and rules give the same facts."""

    def read_event(self, body: bytes, rules: JiraRules, received_at: datetime) -> Reading: ...

    def read_issue(
        self, issue: Mapping[str, Any], rules: JiraRules, received_at: datetime, origin: Origin
    ) -> Reading: ...
