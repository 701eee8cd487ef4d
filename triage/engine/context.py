"""What every engine function works with: the database, the configuration and the ways out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from triage.engine.configure import Configurations
from triage.ports import Gateway, Normaliser, TicketSource
from triage.store.db import Database

#: Reads the time. It is called at the edges only; everything below gets `now`.
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Links:
    """Addresses that messages carry."""

    acknowledge: Callable[[str], str]  # the page's id -> a signed link
    ticket: Callable[[int], str]  # the ticket's number -> its page on the dashboard


@dataclass(frozen=True, slots=True)
class Context:
    """Made once per process, in app.py."""

    database: Database
    configurations: Configurations
    normaliser: Normaliser
    sources: Mapping[str, TicketSource]  # by instance
    gateways: Mapping[str, Gateway]  # by name
    links: Links
    secret: Callable[[str], str | None]  # the value of an environment variable that a document refers to
