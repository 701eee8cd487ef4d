"""The SMTP gateway: pages by mail, through the team's own mail server."""

from __future__ import annotations

import contextlib
import re
import smtplib
import socket
import ssl
from collections.abc import Callable
from datetime import datetime
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit

from integrations.calls import Calls, Deadline, why
from integrations.plain import block, one_line
from triage.ports import Delivered, Message, Outcome, Rejected, Retry

#: What may stand before the @ of a Message-ID as it is (RFC 5322, dot-atom-text), but for our escape, %.
_DOT_ATOM = re.compile(r"[\w!#$&'*+/=?^`{|}~-]+(\.[\w!#$&'*+/=?^`{|}~-]+)*", re.ASCII)


#: How much of a long thread a mail of ours names.
MOST_REFERENCES = 20


class SmtpGateway:
    """Sends each page as one mail to the message's address.

    `url` is `smtp://user:password@host:port?starttls=1` or `smtps://…`; user, port and starttls may be left
    out. `sender` is an address, with or without a display name. `tls` replaces the default context, which
    checks certificates. Raises ValueError for a URL or sender that cannot be used, without quoting either.

    The Message-ID is made of the message's key, so that every attempt at one page is recognisably one mail.
    What the server says about this mail counts: 4xx Retry, 5xx Rejected. A refused login is Rejected, as only
    a human can mend it. A 5xx in place of the greeting is about the server's state, not about this mail, and
    is Retry, as Postfix does it; so is everything that breaks on the way.
    """

    def __init__(
        self,
        url: str,
        sender: str,
        now: Callable[[], datetime],
        *,
        deadline: float = 5.0,
        at_once: int = 4,
        tls: ssl.SSLContext | None = None,
        name: str = "mail",
    ) -> None:
        parts = urlsplit(url)
        options = parse_qs(parts.query, keep_blank_values=True)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname or options.keys() - {"starttls"}:
            raise ValueError("the mail server is given as smtp://host:port, with ?starttls=1, or smtps://")
        self.name = name
        self._secure = parts.scheme == "smtps"
        self._starttls = options.get("starttls", ["0"])[-1] in ("1", "true", "yes")
        self._host = parts.hostname
        self._port = parts.port or (465 if self._secure else 587 if self._starttls else 25)
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        display_name, address = parseaddr(sender)
        self._sender = _address(address, display_name)
        if not (self._user + self._password + address).isascii():
            raise ValueError("the mail server's login and the sender's address have to be ASCII")
        self._now = now
        self._tls = tls or ssl.create_default_context()
        self._calls = Calls(deadline, at_once)

    def send(self, message: Message) -> Outcome:
        """Send the page; Delivered names the Message-ID."""
        try:
            to = _address(message.address)
        except ValueError:
            return Rejected("the contact's mail address is not one")
        mail = self._compose(message, to)
        return self._calls.outcome(lambda deadline: self._deliver(mail, message.address, deadline))

    def _compose(self, message: Message, to: Address) -> EmailMessage:
        mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))  # for servers without 8BITMIME
        mail["From"] = self._sender
        mail["To"] = to
        mail["Subject"] = one_line(message.subject)
        mail["Date"] = format_datetime(self._now())
        mail["Message-ID"] = f"<{_dot_atom(message.key)}@{self._sender.domain}>"
        if message.answers:
            mail["In-Reply-To"] = f"<{message.answers[-1]}>"
            mail["References"] = " ".join(f"<{message_id}>" for message_id in message.answers[-MOST_REFERENCES:])
        if message.reply_to:
            mail["Reply-To"] = _address(message.reply_to)
        # RFC 3834: no vacation notes to the pager, please, and no robot that answers our answer.
        mail["Auto-Submitted"] = "auto-generated" if message.answers is None else "auto-replied"
        if message.urgent:
            mail["Importance"] = "high"
        acknowledges = message.urgent and message.reply_to
        hint = "\nAn answer to this mail acknowledges it, too.\n" if acknowledges else ""
        mail.set_content(block(message.body) + "\n" + hint)
        for file in message.attachments:
            kind, _, form = file.media_type.partition("/")
            mail.add_attachment(file.content, maintype=kind, subtype=form, filename=one_line(file.name))
        return mail

    def _deliver(self, mail: EmailMessage, to: str, deadline: Deadline) -> Outcome:
        try:
            session = self._connect(deadline)
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return _judge(error)
        try:
            if self._starttls:
                session.starttls(context=self._tls)
            if self._user:
                session.login(self._user, self._password)
            session.send_message(mail, self._sender.addr_spec, [to])
        except (smtplib.SMTPException, OSError, ValueError) as error:
            return _judge(error)
        finally:
            _leave(session)
        return Delivered(mail["Message-ID"])

    def _connect(self, deadline: Deadline) -> smtplib.SMTP:
        where = {"host": self._host, "port": self._port, "local_hostname": self._sender.domain}
        if self._secure:
            return _SecureSession(deadline, context=self._tls, timeout=deadline.left(), **where)
        return _Session(deadline, timeout=deadline.left(), **where)


class _Session(smtplib.SMTP):
    """A session whose connection ends with the deadline."""

    def __init__(self, deadline: Deadline, **where: Any) -> None:
        self._deadline = deadline
        super().__init__(**where)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return self._deadline.watch(super()._get_socket(host, port, timeout))  # type: ignore[misc]


class _SecureSession(smtplib.SMTP_SSL, _Session):
    """The same inside TLS: SMTP_SSL wraps what the next class in line, _Session, connected."""

    def __init__(self, deadline: Deadline, **where: Any) -> None:
        self._deadline = deadline
        smtplib.SMTP_SSL.__init__(self, **where)


def _leave(session: smtplib.SMTP) -> None:
    """Say goodbye without waiting for the answer: the mail's fate is settled by now."""
    with contextlib.suppress(smtplib.SMTPException, OSError):
        session.putcmd("quit")
    session.close()


def _judge(error: Exception) -> Outcome:
    """What an error of smtplib means for this mail. The order matters: its classes are OSErrors too."""
    match error:
        case smtplib.SMTPRecipientsRefused(recipients=refusals):
            return _by_code(*next(iter(refusals.values())))
        case smtplib.SMTPConnectError() | smtplib.SMTPHeloError():
            return Retry(f"the mail server is not ready: {_said(error.smtp_code, error.smtp_error)}")
        case smtplib.SMTPAuthenticationError() if 500 <= error.smtp_code < 600:
            return Rejected(f"the mail server refused our login: {error.smtp_code}")
        case smtplib.SMTPResponseException():
            return _by_code(error.smtp_code, error.smtp_error)
        case smtplib.SMTPServerDisconnected():
            return Retry("the mail server hung up")
        case smtplib.SMTPException():  # it lacks STARTTLS, AUTH or SMTPUTF8; the text is smtplib's own
            return Rejected(f"the mail server cannot do what is needed: {error}")
        case OSError():
            return Retry(f"the mail server: {why(error)}")
        case _:
            return Retry("the mail server's answer made no sense")


def _by_code(code: int, text: bytes | str) -> Outcome:
    """5xx Rejected, all else Retry; a text that is no bytes is smtplib's own, about a garbled answer."""
    if 500 <= code < 600 and isinstance(text, bytes):
        return Rejected(_said(code, text))
    return Retry(_said(code, text))


def _said(code: int, text: bytes | str) -> str:
    words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return one_line(f"{code} {words}", limit=200)


def _address(text: str, display_name: str = "") -> Address:
    """Raises ValueError if `text` is not one plain address."""
    try:
        address = Address(one_line(display_name), addr_spec=text)
    except (MessageError, IndexError):  # IndexError: how the parser meets the end of an odd text
        raise ValueError("not a mail address") from None
    if not address.username or not address.domain:
        raise ValueError("not a mail address")
    return address


def _dot_atom(key: str) -> str:
    """The key as the left part of a Message-ID; different keys stay different."""
    return key if _DOT_ATOM.fullmatch(key) else quote(key, safe="", errors="replace").replace(".", "%2E")
