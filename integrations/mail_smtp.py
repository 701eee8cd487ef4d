"""The SMTP listener: takes mail for our own mailboxes, and says 250 only once it is kept."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Thread
from typing import Any

from aiosmtpd.smtp import SMTP, Session
from aiosmtpd.smtp import Envelope as Transaction

from triage.domain.mail import Envelope, Via
from triage.ports import Accept, NotKept

log = logging.getLogger(__name__)

#: Whom we talk to at a time, in all and from one address; what else calls is asked to come back.
MOST_SESSIONS, MOST_PER_PEER = 200, 20
#: Seconds without a word after which a session ends (RFC 5321 section 4.5.3.2 has minutes for each step).
SILENCE = 120.0
#: Recipients of one mail; ours are few.
MOST_RECIPIENTS = 100
#: Commands of one session, of each kind: nobody needs more for one mail after the other.
MOST_COMMANDS = 500
#: How long a stop waits for mails that are being kept.
GRACE = 10.0


class MailListener:
    """Listens in a thread of its own, with its event loop; `is_ours` says for which addresses.

    `tls` makes STARTTLS available. `most_bytes` is told as SIZE and enforced. Port 0 takes a free one.
    """

    def __init__(
        self,
        host: str,
        port: int,
        accept: Accept,
        is_ours: Callable[[str], bool],
        *,
        most_bytes: int,
        hostname: str,
        tls: ssl.SSLContext | None = None,
        most_sessions: int = MOST_SESSIONS,
        most_per_peer: int = MOST_PER_PEER,
        silence: float = SILENCE,
    ) -> None:
        self._host, self.port = host, port
        self._pool = ThreadPoolExecutor(8, thread_name_prefix="smtp-keep")
        self._handler = _Handler(accept, is_ours, self._pool)
        self._doors = _Doors(most_sessions, most_per_peer)
        self._options: dict[str, Any] = {
            "data_size_limit": most_bytes,
            "enable_SMTPUTF8": True,
            "hostname": hostname,
            "ident": "support triage",
            "tls_context": tls,
            "timeout": silence,
            "command_call_limit": MOST_COMMANDS,
            "auth_exclude_mechanism": ["LOGIN", "PLAIN"],
        }
        self._loop = asyncio.new_event_loop()
        self._ready, self._failure = Event(), list[BaseException]()
        self._server: asyncio.Server | None = None
        self._thread = Thread(target=self._run, name="smtp", daemon=True)

    def start(self) -> int:
        """Begin to listen; returns the port. Raises OSError if it cannot be had."""
        self._thread.start()
        self._ready.wait()
        if self._failure:
            self._thread.join()
            raise self._failure[0]
        assert self._server is not None  # noqa: S101 - it is ready
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self.port

    def stop(self) -> None:
        """Take no new sessions, and let what is being kept be kept and answered."""
        if self._loop.is_running():
            asyncio.run_coroutine_threadsafe(self._leave(), self._loop).result(GRACE + 5)
            self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(GRACE)
        self._pool.shutdown()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            made = self._loop.create_server(self._session, self._host, self.port)
            self._server = self._loop.run_until_complete(made)
        except OSError as error:
            self._failure.append(error)
            self._loop.close()
            self._ready.set()
            return
        self._ready.set()
        try:
            self._loop.run_forever()
        finally:
            tasks = asyncio.all_tasks(self._loop)
            for task in tasks:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
            self._loop.close()

    def _session(self) -> SMTP:
        return _Session(self._doors, self._handler, loop=self._loop, **self._options)

    async def _leave(self) -> None:
        assert self._server is not None  # noqa: S101 - it is running
        self._server.close()
        for _ in range(int(GRACE * 20)):
            if not self._handler.keeping:
                return
            await asyncio.sleep(0.05)


class _Doors:
    """Counts who is in; all of it happens on the event loop."""

    def __init__(self, most: int, most_per_peer: int) -> None:
        self._most, self._most_per_peer = most, most_per_peer
        self._inside: Counter[str] = Counter()

    def enter(self, peer: str) -> bool:
        if self._inside.total() >= self._most or self._inside[peer] >= self._most_per_peer:
            return False
        self._inside[peer] += 1
        return True

    def leave(self, peer: str) -> None:
        self._inside[peer] -= 1
        if self._inside[peer] <= 0:
            del self._inside[peer]


class _Session(SMTP):
    """aiosmtpd's session behind a door, with patience for lines that RFC 5321 forbids and real servers send."""

    line_length_limit = 1_000_000

    def __init__(self, doors: _Doors, handler: _Handler, **options: Any) -> None:
        super().__init__(handler, **options)
        self._doors = doors
        self._peer: str | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._peer is None:  # STARTTLS makes the connection a second time
            address = transport.get_extra_info("peername")
            peer = str(address[0]) if address else ""
            if not self._doors.enter(peer):
                assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - a TCP connection
                transport.write(b"421 4.3.2 Too many connections, come back later\r\n")
                transport.close()
                return
            self._peer = peer
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._peer is None:
            return
        if self.transport is not None:
            self._doors.leave(self._peer)
            super().connection_lost(error)


class _Handler:
    """What is said to RCPT and DATA. Whatever breaks here is answered 451: the sender keeps the mail."""

    def __init__(self, accept: Accept, is_ours: Callable[[str], bool], pool: ThreadPoolExecutor) -> None:
        self._accept = accept
        self._is_ours = is_ours
        self._pool = pool
        self.keeping = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, transaction: Transaction, address: str, options: list[str]
    ) -> str:
        if len(transaction.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        try:
            ours = await asyncio.get_running_loop().run_in_executor(self._pool, self._is_ours, address)
        except Exception:
            log.exception("nobody knows whether the recipient is ours")
            return "451 4.3.0 Try again later"
        if not ours:
            return "550 5.1.1 No such mailbox here"
        transaction.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, transaction: Transaction) -> str:
        told = Envelope(
            Via.SMTP,
            sender=(transaction.mail_from or "").strip("<>"),  # aiosmtpd leaves a null sender in its brackets
            recipients=tuple(transaction.rcpt_tos),
            peer=str(session.peer[0]) if session.peer else "",
            helo=session.host_name or "",
        )
        raw = transaction.content
        assert isinstance(raw, bytes)  # noqa: S101 - it is not decoded
        self.keeping += 1
        try:
            await asyncio.get_running_loop().run_in_executor(self._pool, self._accept, told, raw)
        except NotKept as error:
            log.warning("a mail could not be kept: %s", error)
            return "451 4.3.0 Could not be kept, try again later"
        except Exception:
            log.exception("a mail could not be kept")
            return "451 4.3.0 Could not be kept, try again later"
        finally:
            self.keeping -= 1
        return "250 2.0.0 Kept"

    async def handle_exception(self, error: Exception) -> str:
        log.error("an SMTP session broke", exc_info=error)
        return "451 4.3.0 Try again later"
