"""What the logs hold of one incident: facts, decisions, pages, messages, and acts of people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from triage.domain.escalation import IncidentState, PageState
from triage.domain.priority import Reason
from triage.domain.ticket import Fact, Priority


@dataclass(frozen=True, slots=True)
class Held:
    """A ticket that the incident holds; `cause` is the fact that asked for the response, if it is still known."""

    ticket_id: int
    key: str
    summary: str
    joined_at: datetime
    cause: Fact | None


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision of the log; `author` is `policy` or a person."""

    ticket_id: int
    at: datetime
    priority: Priority
    provisional: bool
    reason: Reason
    author: str
    policy: str
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to send; without an end nobody knows what came of it."""

    started_at: datetime
    ended_at: datetime | None
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """One message over one channel: a delivery of a page, or what a notice or a comment of ours says (`what`)."""

    who: str
    gateway: str
    state: str
    reason: str
    settled_at: datetime | None
    attempts: tuple[Attempt, ...]
    what: str = ""
    ticket_id: int | None = None


@dataclass(frozen=True, slots=True)
class Paged:
    """A page as the ledger holds it; steps and rounds count from 0."""

    person: str
    round: int
    step: int
    state: PageState
    reason: str
    paged_at: datetime
    ended_at: datetime | None
    deliveries: tuple[Sent, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did, from the audit; `before` and `after` are what it changed."""

    at: datetime
    who: str
    act: str
    reason: str
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    ticket_id: int | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """All that the logs hold of one incident. Each part is in the order of its own log."""

    state: IncidentState
    policy: str
    observed: bool
    triggered_at: datetime
    active_since: datetime
    tickets: tuple[Held, ...]
    comments: tuple[tuple[int, Fact], ...] = ()
    decisions: tuple[Decided, ...] = ()
    pages: tuple[Paged, ...] = ()
    acts: tuple[Act, ...] = ()
    notices: tuple[Sent, ...] = ()
    writes: tuple[Sent, ...] = ()
