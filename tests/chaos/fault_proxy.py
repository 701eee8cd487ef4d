"""A proxy on loopback that stands between a gateway and a real server, and spoils the connections.

`proxy.fault` is what it does to each connection from now on. Where the fault lies behind the server (a reset, a
drip, a crash), the server has taken the message, and the client cannot know it.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tests.contract.gateway_server import Act, Connection, LocalServer, answer, hang, http, say, smtp


class Kind(StrEnum):
    """What goes wrong on a connection."""

    NONE = "none"
    REFUSE = "connection refused"
    HANG = "never an answer"
    ERROR = "500"
    THROTTLE = "429"
    THROTTLE_UNTIL = "429 with Retry-After"
    REJECT = "400"
    RESET = "reset in mid-answer"
    DRIP = "an answer byte by byte"
    CRASH = "taken, and no answer"


#: What is done in place of the server.
IN_FRONT = frozenset({Kind.HANG, Kind.ERROR, Kind.THROTTLE, Kind.THROTTLE_UNTIL, Kind.REJECT})


@dataclass(frozen=True, slots=True)
class Fault:
    """A kind of fault; `seconds` is the Retry-After of those that name one."""

    kind: Kind = Kind.NONE
    seconds: int = 0


@dataclass(frozen=True)
class Protocol:
    """What the proxy has to know of what it carries.

    `instead` answers in place of the server. `is_whole` says whether the message is complete in what the client
    has sent, so that what the server says next is its answer.
    """

    instead: Callable[[Fault], Act]
    is_whole: Callable[[bytes], bool]


def _http(fault: Fault) -> Act:
    answers: Mapping[Kind, Act] = {
        Kind.HANG: hang,
        Kind.ERROR: http(say(answer(500))),
        Kind.THROTTLE: http(say(answer(429))),
        Kind.THROTTLE_UNTIL: http(say(answer(429, {"Retry-After": str(fault.seconds)}))),
        Kind.REJECT: http(say(answer(400))),
    }
    return answers[fault.kind]


def _smtp(fault: Fault) -> Act:
    """What a mail server says that means the same; it cannot say when to come back."""
    answers: Mapping[Kind, Act] = {
        Kind.HANG: hang,
        Kind.ERROR: smtp(MESSAGE=say(b"451 4.3.0 local error\r\n")),
        Kind.THROTTLE: smtp(RCPT=say(b"450 4.2.1 slow down\r\n")),
        Kind.THROTTLE_UNTIL: smtp(GREETING=say(b"421 4.3.2 come back later\r\n")),
        Kind.REJECT: smtp(RCPT=say(b"550 5.1.1 no such user\r\n")),
    }
    return answers[fault.kind]


HTTP = Protocol(_http, lambda _: True)
SMTP = Protocol(_smtp, lambda sent: sent.endswith(b"\r\n.\r\n"))


class FaultProxy(LocalServer):
    """Carries connections to the port `upstream`; a dripping answer takes `drip` seconds."""

    def __init__(self, upstream: int, protocol: Protocol, drip: float) -> None:
        super().__init__(self._play)
        self._upstream = upstream
        self._protocol = protocol
        self._drip = drip
        self._fault = Fault()

    @property
    def fault(self) -> Fault:
        return self._fault

    @fault.setter
    def fault(self, fault: Fault) -> None:
        self._fault = fault
        if fault.kind is Kind.REFUSE:
            self.refuse()
        else:
            self.listen()

    def _play(self, connection: Connection) -> None:
        fault = self._fault
        if fault.kind in IN_FRONT:
            self._protocol.instead(fault)(connection)
        else:
            self._carry(connection, fault.kind)

    def _carry(self, connection: Connection, kind: Kind) -> None:
        sent = b""
        with socket.create_connection(("127.0.0.1", self._upstream)) as server:
            for end in (connection.end, server):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while True:
                ready, _, _ = select.select([connection.end, server], [], [])
                if connection.end in ready:
                    if not (data := connection.end.recv(65536)):
                        return
                    sent += data
                    server.sendall(data)
                if server in ready:
                    if not (data := server.recv(65536)):
                        return
                    self._answer(connection, data, kind if self._protocol.is_whole(sent) else Kind.NONE)

    def _answer(self, connection: Connection, data: bytes, kind: Kind) -> None:
        if kind is Kind.CRASH:
            connection.reset()
        if kind is Kind.RESET:
            connection.send(data[: len(data) // 2])
            connection.reset()
        if kind is Kind.DRIP:
            for byte in data:
                self.stopped.wait(self._drip / len(data))
                connection.send(bytes([byte]))
            return
        connection.send(data)
