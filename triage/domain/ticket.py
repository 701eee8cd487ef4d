"""Tickets and the facts on their timelines.

A ticket's facts form a set that only grows: each has a key that a webhook and a sweep agree on, so that
doubled, late and shuffled events add up to the same set, and everything derived from it is the same too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Priority(StrEnum):
    """P0 is the most urgent and the only one that pages at any hour."""

    P0 = "P0"
    P1 = "P1"
    P2 = "P2"
    P3 = "P3"


class Role(StrEnum):
    """Who acted, as the identity rules of the configuration read it."""

    SERVICE = "service"  # we ourselves, under the account that writes into the source
    CUSTOMER = "customer"
    AGENT = "agent"
    ROBOT = "robot"
    UNKNOWN = "unknown"


class Origin(StrEnum):
    """How a fact reached us. Backfilled facts have no effect on people."""

    LIVE = "live"
    SWEEP = "sweep"
    BACKFILL = "backfill"


class FactKind(StrEnum):
    """What a fact says happened."""

    CREATED = "created"
    SNAPSHOT = "snapshot"  # what a body without a changelog says the fields were; overruled by any change
    CHANGE = "change"  # one item of a changelog
    COMMENT = "comment"
    COMMENT_EDITED = "comment_edited"
    COMMENT_DELETED = "comment_deleted"
    MAIL = "mail"  # a mail that joined the ticket: its words count, and no clock of a contract runs on it
    ANSWERED = "answered"  # one of ours answered the customer outside the source, as by phone; added by hand
    WITHDRAWN = "withdrawn"  # such an answer was added wrongly, and counts no more
    DELETED = "deleted"
    DECISION = "decision"  # a human of ours decided the priority by hand


class Field(StrEnum):
    """The fields that decisions read, under one name whatever the source calls them."""

    STATUS = "status"
    PRIORITY = "priority"
    PRODUCTION = "production"
    WORKAROUND = "workaround"
    KEY = "key"
    SUMMARY = "summary"
    DESCRIPTION = "description"
    ORGANIZATIONS = "organizations"
    REPORTER = "reporter"
    REPORTER_EMAIL = "reporter_email"
    ASSIGNEE = "assignee"
    DUPLICATE_OF = "duplicate_of"  # the key of the ticket that tells of the same problem
    CUSTOMER = "customer"  # whose it is, where that was settled as it came in
    CHANNEL = "channel"  # `email` for a ticket that a mail has opened


#: Fields whose values are a contact's own words; they travel in `Fact.texts`, never in `Fact.values`.
TEXT_FIELDS = frozenset({Field.SUMMARY, Field.DESCRIPTION})

#: Ends the key of a fact whose author or visibility the body did not tell; the same fact in full replaces it.
PARTIAL = "/partial"

#: Ends the key of the fact that withdraws the one whose key stands before it.
WITHDRAWN = "/withdrawn"

#: The channel of tickets that came by mail; the contract's clocks do not run on them.
EMAIL = "email"

#: The status that ends the work; every other status name means that the ticket is open.
RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something, as the source names them."""

    id: str = ""
    name: str = ""
    role: Role = Role.UNKNOWN


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that happened to a ticket.

    `key` identifies the fact within its ticket. `at` is the source's occurrence time, aware UTC; `seq` is the
    source's numeric id, which orders facts of one instant. `values` holds canonical field values after the
    fact and `before` those in front of it (changes only; None = empty). `texts` holds the contact's words by
    name (`summary`, `description`, `body`; `…_before` in front of a change); they are stored apart so that they
    can be erased. What is `final` was read from the fetched issue, and is the source's last word.
    """

    key: str
    kind: FactKind
    at: datetime
    seq: int = 0
    actor: Actor = Actor()
    values: Mapping[str, str | None] = field(default_factory=dict)
    before: Mapping[str, str | None] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)
    public: bool | None = None
    origin: Origin = Origin.LIVE
    final: bool = False
    received_at: datetime | None = None

    @property
    def order(self) -> tuple[datetime, str, int, str]:
        """Facts are read by occurrence time, then kind, then numeric id (DESIGN section 3)."""
        return (self.at, KIND_ORDER[self.kind], self.seq, self.key)


#: Facts of one instant: the creation comes first, the deletion last.
KIND_ORDER = {kind: f"{index:02d}" for index, kind in enumerate(FactKind)}


@dataclass(frozen=True, slots=True)
class TicketRef:
    """Which ticket at which source: `id` stays when the human-readable `key` changes."""

    source: str
    instance: str
    id: str
    key: str = ""
