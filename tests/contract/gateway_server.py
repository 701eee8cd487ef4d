"""Servers on loopback that behave as providers do on a good day and on a bad one.

A server runs one behaviour for every connection. `http(...)` and `smtp(...)` build behaviours of what is to
happen in place of the answer: `say(...)`, `hang`, `drip(...)`, `reset(...)`.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self


@dataclass
class Request:
    """What a client sent: headers by lower-case name, the body or the mail's raw content, and what HTTP asked for."""

    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    target: str = ""


class Ended(Exception):
    """The server ends the connection here."""


class Connection:
    """The server's end of one connection."""

    def __init__(self, server: LocalServer, end: socket.socket) -> None:
        self.server = server
        self.end = end
        self._lines = end.makefile("rb")

    def line(self) -> bytes:
        """The next line; b"" if the client has hung up."""
        return self._lines.readline()

    def read(self, count: int) -> bytes:
        return self._lines.read(count)

    def send(self, data: bytes) -> None:
        self.end.sendall(data)

    def wait_for_hang_up(self) -> None:
        """Block until the client closes the connection (or the server is stopped)."""
        while self.end.recv(4096):
            pass

    def reset(self) -> None:
        """End the connection so that the client sees "connection reset by peer"."""
        self.end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Ended

    def close(self) -> None:
        self._lines.close()
        self.end.close()

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self.end.shutdown(socket.SHUT_RDWR)


Act = Callable[[Connection], None]


class LocalServer:
    """Runs `behave` for each connection in a thread of its own; a context manager.

    `requests` is what was understood, in order. `left` is set once a client ended a connection on which the
    server was still busy or silent. Between `refuse()` and `listen()` connections are refused, at the same port.
    """

    def __init__(self, behave: Act, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Request] = []
        self.left = threading.Event()
        self.stopped = threading.Event()
        self._behave = behave
        self._tls = tls
        self._place = socket.socket()  # keeps the port while nobody listens
        self._place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self._place.bind(("127.0.0.1", 0))
        self._listener: socket.socket | None = None
        self._acceptor = threading.Thread()
        self._threads: list[threading.Thread] = []
        self._connections: list[Connection] = []
        self._open = 0
        self._change = threading.Condition()

    @property
    def port(self) -> int:
        return int(self._place.getsockname()[1])

    def listen(self) -> None:
        """Take connections from now on."""
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", self.port), reuse_port=True)
            self._acceptor = threading.Thread(target=self._accept, args=(self._listener,), daemon=True)
            self._acceptor.start()

    def refuse(self) -> None:
        """Refuse connections from now on; those under way go on."""
        if self._listener is not None:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._acceptor.join()
            self._listener.close()
            self._listener = None

    def wait_until_idle(self) -> None:
        """Until every connection is over."""
        with self._change:
            assert self._change.wait_for(lambda: self._open == 0, timeout=10), "a client did not hang up"

    def _count(self, change: int) -> None:
        with self._change:
            self._open += change
            self._change.notify_all()

    def __enter__(self) -> Self:
        self.listen()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.refuse()
        self._place.close()
        for connection in self._connections:
            connection.stop()
        for thread in self._threads:
            thread.join()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                end, _ = listener.accept()
            except OSError:
                return
            self._count(+1)
            thread = threading.Thread(target=self._serve, args=(end,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, end: socket.socket) -> None:
        try:
            self._talk(end)
        finally:
            self._count(-1)

    def _talk(self, end: socket.socket) -> None:
        try:
            end = self._tls.wrap_socket(end, server_side=True) if self._tls else end
        except OSError:
            end.close()
            return
        connection = Connection(self, end)
        self._connections.append(connection)
        if self.stopped.is_set():
            connection.stop()
        try:
            self._behave(connection)
        except Ended:
            pass
        except OSError:
            self.left.set()
        finally:
            connection.close()


def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def say(data: bytes) -> Act:
    """Send `data`."""
    return lambda connection: connection.send(data)


def hang(connection: Connection) -> None:
    """Never say anything more."""
    connection.wait_for_hang_up()
    connection.server.left.set()


def drip(data: bytes) -> Act:
    """Send `data` over and over, byte by byte, for as long as anybody listens."""

    def act(connection: Connection) -> None:
        while not connection.server.stopped.is_set():
            for byte in data:
                connection.send(bytes([byte]))
                connection.server.stopped.wait(0.02)

    return act


def reset(data: bytes) -> Act:
    """Send the first half of an answer, then break the connection."""

    def act(connection: Connection) -> None:
        connection.send(data)
        connection.reset()

    return act


def answer(status: int, headers: dict[str, str] | None = None, body: bytes = b"{}") -> bytes:
    """An HTTP answer after which the connection is closed."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def http(act: Act) -> Act:
    """Read one HTTP request, then do `act` in place of the answer."""

    def behave(connection: Connection) -> None:
        if not (line := connection.line()):
            return
        request = Request(target=line.split()[1].decode())
        while (line := connection.line().strip()) != b"":
            name, _, value = line.decode("latin-1").partition(":")
            request.headers[name.lower()] = value.strip()
        request.body = connection.read(int(request.headers.get("content-length", 0)))
        connection.server.requests.append(request)
        act(connection)

    return behave


#: What a patient mail server says at each step; MESSAGE is the end of the mail's content.
_SMTP_REPLIES = {
    "GREETING": say(b"220 mail.example.com\r\n"),
    "EHLO": say(b"250 mail.example.com\r\n"),
    "MAIL": say(b"250 ok\r\n"),
    "RCPT": say(b"250 ok\r\n"),
    "DATA": say(b"354 go on\r\n"),
    "MESSAGE": say(b"250 queued\r\n"),
    "RSET": say(b"250 ok\r\n"),
    "QUIT": say(b"221 bye\r\n"),
}


def smtp(**instead: Act) -> Act:
    """A mail server's dialogue; `instead` replaces what is said at a step, after which it goes on."""
    replies = {**_SMTP_REPLIES, **instead}

    def behave(connection: Connection) -> None:
        replies["GREETING"](connection)
        while line := connection.line():
            verb = line.strip().upper()[:4].decode("latin-1")
            replies.get(verb, say(b"502 what?\r\n"))(connection)
            if verb == "QUIT":
                return
            if verb == "DATA":
                connection.server.requests.append(_read_mail(connection))
                replies["MESSAGE"](connection)

    return behave


def _read_mail(connection: Connection) -> Request:
    lines = []
    while (line := connection.line()) not in (b".\r\n", b""):
        lines.append(line.removeprefix(b"."))
    head, _, body = b"".join(lines).partition(b"\r\n\r\n")
    headers = {}
    for line in head.replace(b"\r\n ", b" ").split(b"\r\n"):
        name, _, value = line.decode("ascii").partition(":")
        headers[name.lower()] = value.strip()
    return Request(headers, body)
