"""What the gateways that speak HTTP share, and the gateway for signed webhooks of one's own."""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import ipaddress
import json
import logging
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError

from integrations.calls import Calls, Deadline, NoAnswer, why
from integrations.plain import token
from triage.ports import Delivered, Message, Outcome, Rejected, Retry

# Its warnings and debug lines quote whole URLs, and the URLs that we call hold secrets.
logging.getLogger("urllib3.connectionpool").setLevel(logging.ERROR)
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)

#: Nobody is asked to wait longer than this, whatever a provider says.
LONGEST_WAIT = timedelta(days=1)

#: "Request timeout", "too early" and "too many requests": the only client errors that pass.
_PASSING = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a provider said: the status, the headers by lower-case name, and the body's first bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes = b""


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """How long to wait, from seconds, an HTTP date or an ISO date; None if it is absent or unreadable.

    An instant that has passed is no wait; a wait of more than a day is a day. (RFC 9110, 10.2.3; the ISO
    form is what Jira Cloud sends as X-RateLimit-Reset.)
    """
    text = (value or "").strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text):
        return timedelta(seconds=min(float(text), LONGEST_WAIT.total_seconds()))
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        with contextlib.suppress(ValueError, OverflowError):
            at = read(text)
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
            return min(max(at - now, timedelta(0)), LONGEST_WAIT)
    return None


def settle(status: int, headers: Mapping[str, str], now: datetime) -> Outcome:
    """What an HTTP status means for a page: 2xx Delivered; 408, 425, 429, 5xx Retry; the rest Rejected."""
    if 200 <= status < 300:
        return Delivered()
    if status in _PASSING or not 300 <= status < 500:
        return Retry(f"answered {status}", retry_after(headers.get("retry-after"), now))
    if status < 400:
        return Rejected(f"answered {status}, and redirects are not followed")
    return Rejected(f"answered {status}")


class Body(Protocol):
    """What can be read of an answer's body."""

    def read(self, count: int, /) -> bytes: ...


class ForbiddenAddress(Exception):
    """The host's name leads to an address that we do not call."""


class WatchedAdapter(HTTPAdapter):
    """A transport for requests whose connections end with the call's deadline, and that never retries.

    `may_reach(host, address)`, if given, is asked about the address that was really connected to, before a
    byte is sent, so that a name which resolves differently from one moment to the next changes nothing.
    """

    def __init__(self, deadline: Deadline, may_reach: Callable[[str, str], bool] | None = None) -> None:
        self._pools = {
            "http": _watched_pool(HTTPConnectionPool, deadline, may_reach),
            "https": _watched_pool(HTTPSConnectionPool, deadline, may_reach),
        }
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Called by requests; the manager makes our connections instead of its own."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = self._pools

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """The same for a proxy, which only callers that trust the environment have."""
        manager = super().proxy_manager_for(proxy, **kwargs)
        manager.pool_classes_by_scheme = self._pools
        return manager


def _watched_pool(pool: Any, deadline: Deadline, may_reach: Callable[[str, str], bool] | None) -> Any:
    class Connection(pool.ConnectionCls):  # type: ignore[misc]
        def _new_conn(self) -> socket.socket:
            connection: socket.socket = super()._new_conn()
            if may_reach is not None and not may_reach(self.host, connection.getpeername()[0]):
                connection.close()
                raise ForbiddenAddress(self.host)
            return deadline.watch(connection)

    class Pool(pool):  # type: ignore[misc]
        ConnectionCls = Connection

    return Pool


class Caller:
    """Calls addresses that users configure: https to public addresses only, unless allowed by name.

    One deadline of `deadline` seconds covers the whole call; redirects are not followed and nothing is
    retried; proxies, cookies and .netrc play no part. `allowed_hosts` may be reached over http and at
    private addresses; `ca_bundle` is a file of the certificate authorities to trust instead of the usual.
    """

    def __init__(
        self,
        *,
        deadline: float = 5.0,
        at_once: int = 32,
        allowed_hosts: frozenset[str] = frozenset(),
        ca_bundle: str | None = None,
    ) -> None:
        self._calls = Calls(deadline, at_once)
        self._allowed = frozenset(host.casefold() for host in allowed_hosts)
        self._ca_bundle = ca_bundle

    def _call(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str], read: Callable[[Body], bytes]
    ) -> Answer | Retry | Rejected:
        """The answer with what `read` takes of its body, or why there is none; reasons name only the host."""
        try:
            request = requests.Request(method, url, headers={"User-Agent": "triage", **headers}, data=body).prepare()
        except ValueError as error:  # of requests; its text quotes the URL
            return Rejected(f"the URL cannot be called: {type(error).__name__}")
        parts = urlsplit(request.url or "")
        host = parts.hostname or ""
        if parts.scheme != "https" and not (parts.scheme == "http" and host in self._allowed):
            return Rejected(f"{host} may only be called over https")
        try:
            return self._calls.run(lambda deadline: self._send(request, host, read, deadline))
        except NoAnswer as error:
            return Retry(f"{host}: {error}")

    def _send(
        self, request: requests.PreparedRequest, host: str, read: Callable[[Body], bytes], deadline: Deadline
    ) -> Answer | Retry | Rejected:
        adapter = WatchedAdapter(deadline, self._may_reach)
        with requests.Session() as session:
            session.trust_env = False
            session.verify = self._ca_bundle or True
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            try:
                with session.send(request, timeout=deadline.left(), allow_redirects=False, stream=True) as response:
                    names = {name.lower(): value for name, value in response.headers.items()}
                    return Answer(response.status_code, names, read(response.raw))
            except ForbiddenAddress:
                return Rejected(f"{host} is not at a public address")
            except (requests.RequestException, HTTPError) as error:
                if isinstance(error, ValueError):  # the URL, not the network
                    return Rejected(f"{host} cannot be called: {type(error).__name__}")
                return Retry(f"{host}: {why(error)}")

    def _may_reach(self, host: str, address: str) -> bool:
        return host.strip("[]").casefold() in self._allowed or ipaddress.ip_address(address).is_global


class Poster(Caller):
    """POSTs to addresses that users configure."""

    def post(self, url: str, body: bytes, headers: Mapping[str, str], read: int = 0) -> Answer | Retry | Rejected:
        """The answer with up to `read` bytes of its body, or why there is none; reasons name only the host.

        With `read` at 0 the status line is the answer, however the body arrives.
        """
        return self._call("POST", url, body, headers, lambda content: _first_bytes(content, read))


def _first_bytes(content: Body, count: int) -> bytes:
    """Up to `count` bytes of the body; what cannot be read is left out, since the status says enough."""
    try:
        return bytes(content.read(count)) if count else b""
    except (HTTPError, OSError):
        return b""


class Getter(Caller):
    """GETs from addresses that users configure."""

    def get(self, url: str, headers: Mapping[str, str], most: int) -> Answer | Retry | Rejected:
        """The answer with its whole body, or why there is none; one of more than `most` bytes is Rejected."""
        answer = self._call("GET", url, None, headers, lambda content: bytes(content.read(most + 1)))
        if isinstance(answer, Answer) and len(answer.body) > most:
            return Rejected(f"{urlsplit(url).hostname} sent more than {most:,} bytes")
        return answer

    def fetch(self, url: str, most: int = 100_000) -> bytes:
        """The body of a good answer. Raises OSError for anything else."""
        answer = self.get(url, {}, most)
        if not isinstance(answer, Answer):
            raise OSError(answer.reason)
        if answer.status != HTTPStatus.OK:
            raise OSError(f"the answer is {answer.status}")
        return answer.body


class WebhookGateway:
    """Posts pages as JSON to a webhook of the team's own; the message's address is the URL.

    The body is `{"key", "subject", "body", "urgent"}`. `X-Triage-Signature: sha256=<hex>` is the HMAC of the
    raw body with the shared secret; `Idempotency-Key` is the message's key, the same on every attempt.
    """

    def __init__(self, secret: str, poster: Poster, now: Callable[[], datetime], *, name: str = "webhook") -> None:
        if not secret:
            raise ValueError("a webhook needs a secret to sign with")
        self.name = name
        self._secret = secret.encode()
        self._poster = poster
        self._now = now

    def send(self, message: Message) -> Outcome:
        """Post the page; a redirect is Rejected."""
        content = {name: getattr(message, name) for name in ("key", "subject", "body", "urgent")}
        body = json.dumps(content).encode()
        signature = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-Triage-Signature": f"sha256={signature}",
            "Idempotency-Key": token(message.key),
        }
        answer = self._poster.post(message.address, body, headers)
        if isinstance(answer, Answer):
            return settle(answer.status, answer.headers, self._now())
        return answer
