"""What every engine function works with: the database, the configuration and the ways out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from triage.domain.address_tags import Tags
from triage.domain.configuration import Configuration
from triage.domain.mail import Mail
from triage.domain.schedule_source import SourceKind
from triage.domain.ticket import TicketRef
from triage.engine.configure import Configurations
from triage.ports import (
    Attachment,
    Authenticator,
    CallBack,
    Gateway,
    Normaliser,
    ScheduleSource,
    TicketSink,
    TicketSource,
)
from triage.store.db import Database

#: Reads the time. It is called at the edges only; everything below gets `now`.
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses that messages carry."""

    acknowledge: Callable[[str], str]  # the page's id -> a signed link
    ticket: Callable[[int], str]  # the ticket's number -> its page on the dashboard
    issue: Callable[[TicketRef], str] = lambda _: ""  # the ticket at its source
    oncall: str = ""  # the page that shows who is on call
    feed: Callable[[str], str] = str  # a feed's secret -> its address
    contact: Callable[[str], str] = str  # a customer's contact's: the page's id -> a signed link
    confirm: Callable[[int], str] = str  # the number of a mail that is held -> a signed link
    mails: str = ""  # the page that lists what is held


@dataclass(frozen=True, slots=True)
class Post:
    """What it takes to receive mail. `sender` is the address that we write from."""

    read: Callable[[bytes], Mail]
    authenticator: Authenticator
    tags: Tags
    sender: str

    @property
    def domain(self) -> str:
        """The domain of our own Message-IDs."""
        return self.sender.rpartition("@")[2].casefold()


#: Makes files of a report, which is plain JSON, and of the rows of its sheet.
Printer = Callable[[Mapping[str, Any], Iterable[Sequence[Any]]], tuple[Attachment, ...]]


@dataclass(frozen=True, slots=True)
class Context:
    """Made once per process, in app.py."""

    database: Database
    configurations: Configurations
    normaliser: Normaliser
    sources: Mapping[str, TicketSource]  # by instance
    sinks: Mapping[str, TicketSink]  # by instance
    gateways: Mapping[str, Gateway]  # by name
    links: Links
    secret: Callable[[str], str | None]  # the value of an environment variable that a document refers to
    schedule_sources: Mapping[SourceKind, ScheduleSource] = field(default_factory=dict)
    call_backs: Mapping[str, Callable[[bytes], CallBack]] = field(default_factory=dict)  # by the gateway's name
    post: Post | None = None
    printer: Printer | None = None

    def work(self, conn: Connection, now: datetime, *, silent: bool = False) -> Work:
        """One transaction's work at `now`, under the configuration that is in force."""
        return Work(conn, self, self.configurations.current(conn), now, silent)


@dataclass(frozen=True, slots=True)
class Work:
    """What happens in one transaction: under which configuration, and when.

    What is `silent` has no effects on people: it is decided and kept, and nothing is sent or written back.
    """

    conn: Connection
    context: Context
    config: Configuration
    now: datetime
    silent: bool = False
