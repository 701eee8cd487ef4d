"""The double's HTTP server: faults, logins and what was seen."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from tests.jira_double import spec
from tests.jira_double.faults import Fault, Weather
from tests.jira_double.rest import Reply, Rest

TOKEN_PATH = "/oauth/token"


@dataclass(frozen=True)
class Seen:
    """A request that arrived."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    method: str = "GET"
    body: bytes = b""


class JiraDouble(Rest):
    """The server; a context manager. `url` is the base URL to configure; port 0 is any free one.

    `authorization`, if given, is the only value of that header that is let in. `weather`, if set, brings faults
    to requests that `next_answers` says nothing about. `tokens` are the OAuth access tokens yet to be given out
    at `/oauth/token`; the one given last is let in.
    """

    def __init__(
        self,
        *,
        cloud: bool = True,
        port: int = 0,
        path: str = "",
        page_size: int = 100,
        authorization: str | None = None,
        strict: bool = False,
    ) -> None:
        super().__init__(cloud=cloud, page_size=page_size)
        self.path = path
        self.authorization = authorization
        self.strict = strict
        self.weather: Weather | None = None
        self.tokens: list[str] = []
        self.seen: list[Seen] = []
        self.violations: list[str] = []
        self.given_up = threading.Event()
        self._faults: list[Fault | None] = []
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.double = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{self.path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        if kind is None:
            assert not self.unknown, f"the double does not know {self.unknown}"
            assert not self.violations, "\n".join(self.violations)

    def next_answers(self, *faults: Fault | None) -> None:
        """Answer the next requests with these; None stands for the right answer."""
        self._faults = [*faults]

    def next_fault(self) -> Fault | None:
        if self._faults:
            return self._faults.pop(0)
        return self.weather.next() if self.weather else None

    def answer(self, seen: Seen) -> Reply:
        """The right answer to a request, or the fault that Jira itself answers with."""
        if seen.path == TOKEN_PATH:
            self.authorization = f"Bearer {self.tokens[0]}"
            return {"access_token": self.tokens.pop(0), "expires_in": 3600, "token_type": "Bearer"}
        if self.authorization not in (None, seen.headers.get("authorization")):
            return Fault(401, {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}, b"Client must be authenticated")
        path = seen.path.removeprefix(self.path).removeprefix("/")
        body = json.loads(seen.body) if seen.body else None
        reply = self.reply(seen.method, path, seen.query, body)
        if reply is None:
            self.unknown.append(f"{seen.method} {seen.path}")
            return Fault(404, {"Content-Type": "text/html"}, b"<html>dead link</html>")
        return reply

    def respond(self, seen: Seen) -> Fault:
        """The right answer as it goes over the wire, checked if the double is strict."""
        reply = self.answer(seen)
        if not isinstance(reply, Fault):
            reply = Fault(200, {"Content-Type": "application/json"}, json.dumps(reply).encode())
        if self.strict and seen.path != TOKEN_PATH and reply.status < 300:
            path = seen.path.removeprefix(self.path)
            result = (reply.status, reply.body)
            self.violations += spec.violations(self.cloud, seen.method, path, seen.query, seen.body, result)
        return reply


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    double: JiraDouble

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is none of the double's errors; what went wrong in it is a failed test."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for the client's acknowledgement
    server: _Server

    def do_GET(self) -> None:
        double = self.server.double
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        seen = Seen(parts.path, query, headers, self.command, body)
        double.seen.append(seen)
        fault = double.next_fault()
        if fault is not None and fault.late:
            time.sleep(fault.late)
            fault = None
        if fault is None or fault.done:
            try:
                right = double.respond(seen)
            except Exception as error:
                double.unknown.append(f"{seen.method} {seen.path}: {error!r}")
                raise
            if fault is None:
                fault = right
        self._say(fault)

    do_POST = do_PUT = do_DELETE = do_GET

    def _say(self, reply: Fault) -> None:
        if reply.hang:
            self.connection.recv(1)
            self.server.double.given_up.set()
            self.close_connection = True
            return
        if reply.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            return
        self.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *args: Any) -> None:
        """The double keeps what it saw in `seen` instead."""
