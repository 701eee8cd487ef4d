"""Reads a mailbox by IMAP: waits with IDLE, polls behind it, and marks a message only once it is kept."""

from __future__ import annotations

import imaplib
import logging
import random
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError

from triage.domain.mail import Envelope, Via
from triage.ports import Accept, NotKept

log = logging.getLogger(__name__)

#: What a message is marked with once it is kept; a server without keywords gets \Seen in its place.
KEYWORD = b"TriageKept"
#: IDLE is renewed and the mailbox looked at so often (RFC 2177 wants it renewed before 29 minutes).
POLL = 60.0
#: Seconds for a connection to be made, and for the server to answer.
CONNECT, ANSWER = 10.0, 60.0
#: How soon a broken connection is made again, at first and at last.
SOONEST, LATEST = 1.0, 60.0

_BROKEN = (IMAPClientError, imaplib.IMAP4.error, OSError, ssl.SSLError, EOFError, ValueError, AssertionError)


@dataclass(frozen=True, slots=True)
class MailboxUrl:
    """`imaps://user:password@host:993/INBOX?done=Kept`; a plain `imap://` connection only with `?starttls=1`, or
    to this machine. With `done`, what is kept is moved to that folder."""

    host: str
    port: int
    secure: bool
    starttls: bool
    user: str
    password: str
    folder: str
    done: str | None

    @classmethod
    def read(cls, url: str) -> MailboxUrl:
        """Raises ValueError for what cannot be used, without quoting it."""
        parts = urlsplit(url)
        options = parse_qs(parts.query)
        if parts.scheme not in ("imap", "imaps") or not parts.hostname or options.keys() - {"starttls", "done"}:
            raise ValueError("a mailbox is given as imaps://user:password@host/INBOX, with ?done=FOLDER")
        secure, starttls = parts.scheme == "imaps", options.get("starttls", ["0"])[-1] == "1"
        if not secure and not starttls and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError("a password is sent over TLS only: use imaps://, or imap:// with ?starttls=1")
        return cls(
            parts.hostname,
            parts.port or (993 if secure else 143),
            secure,
            starttls,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            unquote(parts.path.lstrip("/")) or "INBOX",
            options.get("done", [None])[-1],
        )


class MailboxReader:
    """Reads one mailbox in a thread of its own, and comes back whenever the connection breaks.

    A message that is larger than `most_bytes` is handed over as far as that, and stays whole in the mailbox.
    `pause(seconds)` waits between attempts and returns True once the reader is to stop.
    """

    def __init__(
        self,
        url: str,
        accept: Accept,
        *,
        most_bytes: int,
        poll: float = POLL,
        answer: float = ANSWER,
        tls: ssl.SSLContext | None = None,
        pause: Callable[[float], bool] | None = None,
    ) -> None:
        self._url = MailboxUrl.read(url)
        self._accept = accept
        self._most_bytes = most_bytes
        self._poll, self._answer = poll, answer
        self._tls = tls or ssl.create_default_context()
        self._stopped = Event()
        self._pause = pause or self._stopped.wait
        self._thread = Thread(target=self._run, name="imap", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish the message that is being kept, and leave."""
        self._stopped.set()
        self._thread.join(self._answer)

    def _run(self) -> None:
        failures = 0
        while not self._stopped.is_set():
            try:
                with self._connected() as client:
                    failures = 0
                    self._serve(client)
            except _BROKEN as error:
                failures += 1
                log.warning("the mailbox is out of reach: %s", type(error).__name__)
            except Exception:  # the loop's edge: whatever it is, the mailbox has to be read again
                failures += 1
                log.exception("reading the mailbox failed")
            wait = min(LATEST, SOONEST * 2 ** min(failures, 10)) * random.uniform(0.5, 1.0)  # noqa: S311 - jitter
            if not self._stopped.is_set() and self._pause(wait):
                return

    @contextmanager
    def _connected(self) -> Iterator[IMAPClient]:
        url = self._url
        timeout = SocketTimeout(connect=CONNECT, read=self._answer)
        tls = self._tls if url.secure else None
        client = IMAPClient(url.host, url.port, ssl=url.secure, ssl_context=tls, timeout=timeout)
        try:
            if url.starttls:
                client.starttls(self._tls)
            client.login(url.user, url.password)
            yield client
        finally:
            client.shutdown()

    def _serve(self, client: IMAPClient) -> None:
        """Take what is there, then wait for more, until the connection breaks or we are to stop."""
        marks = _marks(client.select_folder(self._url.folder))
        can_idle = client.has_capability("IDLE")
        failures = 0
        while not self._stopped.is_set():
            failures = 0 if self._take_all(client, marks) else failures + 1
            wait = min(self._poll, SOONEST * 2 ** min(failures, 10)) if failures else self._poll
            if can_idle:
                self._idle(client, wait)
            elif self._pause(wait):
                return

    def _idle(self, client: IMAPClient, seconds: float) -> None:
        """Until the server says that something has come, or it is time to look anyway."""
        client.idle()
        try:
            waited = 0.0
            while not self._stopped.is_set() and waited < seconds:
                if client.idle_check(timeout=min(1.0, seconds)):
                    break
                waited += 1.0
        finally:
            client.idle_done()

    def _take_all(self, client: IMAPClient, mark: bytes) -> bool:
        """Hand over what is not marked; False if some of it could not be kept."""
        all_kept = True
        wanted = ["UNSEEN"] if mark == b"\\Seen" else ["UNKEYWORD", mark.decode()]
        for uid in client.search([*wanted, "UNDELETED"]):
            if self._stopped.is_set():
                break
            raw = self._fetch(client, uid)
            if raw is None:  # somebody has taken it away meanwhile
                continue
            try:
                self._accept(Envelope(Via.IMAP), raw)
            except NotKept as error:  # it stays unmarked for the next look, and holds up nothing behind it
                log.warning("a mail could not be kept: %s", error)
                all_kept = False
                continue
            except Exception:  # a bug of ours is no reason to leave the others in the mailbox
                log.exception("a mail could not be kept")
                all_kept = False
                continue
            self._done(client, uid, mark)
        return all_kept

    def _fetch(self, client: IMAPClient, uid: int) -> bytes | None:
        size = client.fetch([uid], ["RFC822.SIZE"]).get(uid, {}).get(b"RFC822.SIZE")
        if size is None:
            return None
        if size <= self._most_bytes:
            whole: bytes | None = client.fetch([uid], ["BODY.PEEK[]"]).get(uid, {}).get(b"BODY[]")
            return whole
        log.error("a mail of %s bytes is read as far as %s", size, self._most_bytes)
        found: dict[bytes, Any] = client.fetch([uid], [f"BODY.PEEK[]<0.{self._most_bytes}>"]).get(uid, {})
        return next((value for key, value in found.items() if key.startswith(b"BODY[]")), None)

    def _done(self, client: IMAPClient, uid: int, mark: bytes) -> None:
        if self._url.done is None:
            client.add_flags([uid], [mark], silent=True)
        elif client.has_capability("MOVE"):
            client.move([uid], self._url.done)
        else:
            client.copy([uid], self._url.done)
            client.delete_messages([uid], silent=True)
            client.expunge([uid] if client.has_capability("UIDPLUS") else None)


def _marks(selected: dict[bytes, Any]) -> bytes:
    """Our keyword if the mailbox keeps such, else `\\Seen`."""
    permanent = selected.get(b"PERMANENTFLAGS", ())
    return KEYWORD if b"\\*" in permanent or KEYWORD in permanent else b"\\Seen"
