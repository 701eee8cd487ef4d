"""A real mail server, aiosmtpd, on loopback."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as MailHandler
from aiosmtpd.smtp import SMTP

from tests.contract.gateway_server import unused_port


class Mailbox(MailHandler):
    """Keeps what aiosmtpd received, and who was named on the envelope."""

    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Any] = []

    def handle_message(self, message: Any) -> None:
        self.mails.append(message)


class MailSession(SMTP):
    """A session of aiosmtpd that says when it has ended."""

    def __init__(self, ended: Callable[[], None], *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._ended = ended

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._ended()


class MailServer(Controller):
    """aiosmtpd on loopback. Its own stop() leaves the sockets of running sessions open: we wait for them."""

    def __init__(self, mailbox: Mailbox | None = None, **options: Any) -> None:
        self.mailbox = mailbox or Mailbox()
        self._running = 0
        self._change = threading.Condition()
        super().__init__(self.mailbox, hostname="127.0.0.1", port=unused_port(), **options)

    def factory(self) -> SMTP:
        self._count(+1)
        return MailSession(lambda: self._count(-1), self.handler, **self.SMTP_kwargs)

    def stop(self, no_assert: bool = False) -> None:
        self.wait_until_idle()
        super().stop(no_assert)

    def wait_until_idle(self) -> None:
        """Until every session is over."""
        with self._change:
            assert self._change.wait_for(lambda: self._running == 0, timeout=10), "a client did not hang up"

    def _count(self, change: int) -> None:
        with self._change:
            self._running += change
            self._change.notify_all()
