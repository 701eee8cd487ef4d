"""Keeps a mail that any way in has received: once it returns, the mail is committed."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from triage.domain.address_tags import split
from triage.domain.mail import Envelope
from triage.domain.mail_content import delivery_id, pack
from triage.engine.context import Clock, Context
from triage.engine.sources import MAIL
from triage.ports import Accept, NotKept
from triage.store import inbox
from triage.telemetry import RECEIVED


def accept_into(context: Context, clock: Clock, wake: Callable[[], None]) -> Accept:
    """What transports are handed; `wake` tells this process's workers that there is something to do."""

    def accept(envelope: Envelope, raw: bytes) -> None:
        try:
            with context.database.write() as conn:
                new = inbox.receive(conn, MAIL, delivery_id(raw), pack(envelope, raw), clock())
        except SQLAlchemyError as error:
            RECEIVED.labels(MAIL, "not_kept").inc()
            raise NotKept(type(error).__name__) from error
        RECEIVED.labels(MAIL, "kept" if new else "repeat").inc()
        if new:
            wake()

    return accept


def is_mailbox(context: Context, address: str) -> bool:
    """Whether a mail to that address is for us: a mailbox, or where our own mails come back to."""
    if context.post is not None and split(address)[0] == context.post.sender.casefold():
        return True
    with context.database.read() as conn:
        return context.configurations.current(conn).mail.authentication.is_ours(address)
