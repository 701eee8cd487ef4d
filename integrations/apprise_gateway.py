"""The Apprise gateway: pages over any of the services that Apprise knows, Slack among them."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from integrations.calls import Calls, Deadline
from integrations.http import settle
from integrations.plain import block, one_line, token
from triage.ports import Delivered, Message, Outcome, Rejected, Retry

if TYPE_CHECKING:
    from apprise import AppriseResult, NotifyBase

#: How Apprise's services write the HTTP status of a failure into their log.
_STATUS = re.compile(r"\berror=([1-9][0-9]{2})\b")


def _scrub(record: logging.LogRecord) -> bool:
    """Keep only the status of one of Apprise's log lines: they quote parts of URLs, which are secrets."""
    status = _STATUS.search(record.getMessage())
    record.msg = status[0] if status else "a line is left out here, as it may quote a secret URL"
    record.args, record.exc_info = None, None
    return True


# WARNING, whatever the operator's level is: at that level a failure's status is noted.
logging.getLogger("apprise").setLevel(logging.WARNING)
logging.getLogger("apprise").addFilter(_scrub)


class AppriseGateway:
    """Sends each page to the Apprise URL that is the message's address.

    The URL is a secret, and no reason quotes it. The message's key is the last line of the body, and the
    header `X-Triage-Key` where the service can send headers of our choice.

    Apprise tells the HTTP status of a failure only in its log and Retry-After not at all, so a Retry names no
    time; a failure without a status (network, or a service with a protocol of its own) is Retry. A call that
    is late cannot be cut off from here: it keeps its place among `at_once` until its sockets time out, and
    its page may still arrive.
    """

    def __init__(
        self, now: Callable[[], datetime], *, deadline: float = 5.0, at_once: int = 32, name: str = "apprise"
    ) -> None:
        self.name = name
        self._now = now
        self._calls = Calls(deadline, at_once)

    def send(self, message: Message) -> Outcome:
        """Send the page once: neither Apprise's retries nor its redirects are used."""
        return self._calls.outcome(lambda deadline: self._notify(message, deadline))

    def _notify(self, message: Message, deadline: Deadline) -> Outcome:
        import apprise  # takes a second with its services, so only where a page needs it

        asset = apprise.AppriseAsset(http_redirects=False, service_timeout=0)  # 0: in this thread
        service = apprise.Apprise.instantiate(message.address, asset=asset)
        if service is None:
            return Rejected("the contact's Apprise URL cannot be used")
        _prepare(service, message.key, deadline.left())
        title = one_line(message.subject)
        sender = apprise.Apprise(asset=asset)
        sender.add(service)
        result = sender.notify(
            title=title,
            body=_body(message, service.body_maxlen - len(title) - 1),
            notify_type=apprise.NotifyType.FAILURE if message.urgent else apprise.NotifyType.INFO,
            body_format=apprise.NotifyFormat.TEXT,  # so that services which show HTML escape what was written
        )
        with result:
            return _judge(result, self._now())


def _prepare(service: NotifyBase, key: str, seconds: float) -> None:
    """Overrule what the URL may say about timeouts, retries and redirects, and add our header."""
    service.socket_connect_timeout = service.socket_read_timeout = seconds
    service.retry = 0
    service.redirects = False
    headers = getattr(service, "headers", None)
    if "headers" in service.template_kwargs and isinstance(headers, dict):
        headers["X-Triage-Key"] = token(key)


def _body(message: Message, room: int) -> str:
    """The body, shortened where the service has less room, so that the last line always names the key."""
    last = f"ref {one_line(message.key)}"
    words = block(message.body)
    room = max(0, room - len(last) - 1)
    if len(words) > room:
        words = words[: max(0, room - 1)] + "…"
    return f"{words}\n{last}"


def _judge(result: AppriseResult, now: datetime) -> Outcome:
    """The outcome of the one attempt; the result's own status counts a failed `optional` service as good."""
    attempts = [attempt for service in result.results for attempt in service.attempts]
    if attempts and attempts[-1]:
        return Delivered()
    name = result.results[0].name if result.results else "Apprise"
    statuses = [found for entry in result.logs() for found in _STATUS.findall(entry.message)]
    outcome = settle(int(statuses[-1]), {}, now) if statuses else None
    match outcome:
        case Rejected(reason=reason):
            return Rejected(f"{name} {reason}")
        case Retry(reason=reason):
            return Retry(f"{name} {reason}")
        case _:  # no status, or a 2xx whose body says that it failed
            return Retry(f"{name} did not take the page")
