"""One call to an outside system: a deadline for the whole of it, and a bounded number at once."""

from __future__ import annotations

import contextlib
import contextvars
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

from triage.ports import Outcome, Retry

T = TypeVar("T")


class NoAnswer(Exception):
    """The call was not over in time; the text is fit for a delivery's reason."""


class Deadline:
    """The end of one call. Connections that it watches are cut when the time is up.

    Libraries offer a timeout per read, which a slow drip of bytes renews for ever; cutting the connection
    ends every read, in a TLS handshake too.
    """

    def __init__(self, seconds: float) -> None:
        self._ends = time.monotonic() + seconds
        self._lock = threading.Lock()
        self._twins: list[socket.socket] = []
        self._over = False

    def left(self) -> float:
        """Seconds until the end, never quite zero: to a socket, zero means "do not block"."""
        return max(0.001, self._ends - time.monotonic())

    def watch(self, connection: socket.socket) -> socket.socket:
        """Cut this connection at the end. A duplicate is kept, because TLS takes the original over."""
        twin = connection.dup()
        with self._lock:
            self._twins.append(twin)
            if self._over:
                _cut(twin)
        return connection

    def cut(self) -> None:
        """The time is up: end the watched connections, and those yet to come."""
        with self._lock:
            self._over = True
            for twin in self._twins:
                _cut(twin)

    def close(self) -> None:
        """The call is over: let go of its connections."""
        with self._lock:
            while self._twins:
                self._twins.pop().close()


def _cut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):  # the other side was faster
        connection.shutdown(socket.SHUT_RDWR)


class Calls:
    """Runs calls in threads of their own, `at_once` at most, and waits `seconds` for each at most.

    A thread is the only way to bound what cannot be interrupted, such as a name lookup. A call that is late
    keeps its place until it has really ended, so that the number of threads is bounded too. The threads are
    daemons: a stuck one does not keep the process from ending.
    """

    def __init__(self, seconds: float, at_once: int) -> None:
        self._seconds = seconds
        self._at_once = at_once
        self._places = threading.BoundedSemaphore(at_once)

    def run(self, work: Callable[[Deadline], T]) -> T:
        """What `work` returns or raises. Raises NoAnswer if it was late, or if no place became free."""
        deadline = Deadline(self._seconds)
        if not self._places.acquire(timeout=deadline.left()):
            raise NoAnswer(f"{self._at_once} calls were under way for {self._seconds:g} s, and none ended")
        done: Future[T] = Future()
        context = contextvars.copy_context()
        thread = threading.Thread(target=context.run, args=(self._work, work, deadline, done), daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            self._places.release()
            raise NoAnswer("no thread could be started for the call") from error
        wait([done], timeout=deadline.left())
        if not done.done():
            deadline.cut()
            raise NoAnswer(f"no answer within {self._seconds:g} s")
        return done.result()

    def outcome(self, send: Callable[[Deadline], Outcome]) -> Outcome:
        """The same for a gateway's send: what is late is to be tried again."""
        try:
            return self.run(send)
        except NoAnswer as error:
            return Retry(str(error))

    def _work(self, work: Callable[[Deadline], T], deadline: Deadline, done: Future[T]) -> None:
        try:
            result = work(deadline)
        except BaseException as error:  # noqa: BLE001 -- raised again where the result is waited for
            done.set_exception(error)
        else:
            done.set_result(result)
        finally:
            deadline.close()
            self._places.release()


def why(error: BaseException) -> str:
    """The root of a network error in the system's words, else its type.

    Never the error's own message: libraries quote the URL in it, and URLs hold secrets.
    """
    link: BaseException | None = error
    while link is not None:
        if isinstance(link, OSError) and link.strerror:
            return link.strerror
        link = link.__cause__ or link.__context__
    return type(error).__name__
