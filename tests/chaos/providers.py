"""The people of the fault suite, and the real servers behind their contact methods, each behind a fault proxy."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from typing import Any

from integrations.apprise_gateway import AppriseGateway
from integrations.http import Poster, WebhookGateway
from integrations.mail_transport import SmtpGateway
from tests.chaos.fault_proxy import HTTP, SMTP, FaultProxy
from tests.contract.gateway_server import Connection, LocalServer, answer, http
from tests.contract.mail_server import Mailbox, MailServer
from triage.ports import Gateway

#: Each person's contact methods, in order: the gateway and the provider behind it.
METHODS = {
    "ana": (("webhook", "hook-a"), ("smtp", "mail")),
    "ben": (("apprise", "chat-b"), ("webhook", "hook-b")),
    "cy": (("smtp", "mail"), ("webhook", "hook-c"), ("apprise", "chat-c")),
}
PROVIDERS = sorted({name for methods in METHODS.values() for _, name in methods})
ADDRESSES = {
    "webhook": "http://127.0.0.1:{port}/{person}",
    "apprise": "json://127.0.0.1:{port}/{person}",
    "smtp": "{person}@vendor.example",
}

#: A device shows a message: the person, the key, the subject line and the words.
Take = Callable[[str, str, str, str], None]


class Providers:
    """The real servers, each behind its proxy; a dripping answer takes longer than `patience`."""

    def __init__(self, take: Take, patience: float) -> None:
        self._take = take
        self._drip = patience * 2
        self._stack = ExitStack()
        self._servers: list[LocalServer | MailServer] = []
        self.proxies = {name: self._open(name) for name in PROVIDERS}

    def _open(self, name: str) -> FaultProxy:
        if name == "mail":
            mail = MailServer(_Mailbox(self._take))
            mail.start()
            self._servers.append(mail)
            self._stack.callback(mail.stop)
            return self._stack.enter_context(FaultProxy(mail.port, SMTP, self._drip))
        server = self._stack.enter_context(LocalServer(http(self._take_posted)))
        self._servers.append(server)
        return self._stack.enter_context(FaultProxy(server.port, HTTP, self._drip))

    def _take_posted(self, connection: Connection) -> None:
        request = connection.server.requests[-1]
        sent = json.loads(request.body)
        person = request.target.strip("/")
        if "x-triage-key" in request.headers:
            self._take(person, request.headers["x-triage-key"], sent["title"], sent["message"])
        else:
            self._take(person, request.headers["idempotency-key"], sent["subject"], sent["body"])
        connection.send(answer(202))

    def wait_until_idle(self) -> None:
        """Until nothing is on its way any more, also what a gateway has given up."""
        for server in (*self.proxies.values(), *self._servers):
            server.wait_until_idle()

    def close(self) -> None:
        self._stack.close()


class _Mailbox(Mailbox):
    def __init__(self, take: Take) -> None:
        super().__init__()
        self._take = take

    def handle_message(self, message: Any) -> None:
        person, key = message["X-RcptTo"].partition("@")[0], message["Message-ID"].strip("<>").partition("@")[0]
        self._take(person, key, message["Subject"], message.get_payload(decode=True).decode())


def gateways(providers: Providers, now: Callable[[], datetime], patience: float) -> list[Gateway]:
    """The gateways that reach the providers, and wait for them so many seconds."""
    poster = Poster(deadline=patience, allowed_hosts=frozenset({"127.0.0.1"}))
    mail = f"smtp://127.0.0.1:{providers.proxies['mail'].port}"
    return [
        WebhookGateway("shared", poster, now),
        AppriseGateway(now, deadline=patience),
        SmtpGateway(mail, "triage@vendor.example", now, deadline=patience, name="smtp"),
    ]
