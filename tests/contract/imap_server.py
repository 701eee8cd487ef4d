"""A real IMAP server (pymap) on loopback, and a wire in front of it that can be cut anywhere."""

from __future__ import annotations

import contextlib
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Thread

from imapclient import IMAPClient

from tests.contract.gateway_server import unused_port

USER, PASSWORD = "oncall", "a long password"


@contextmanager
def imap_server() -> Iterator[int]:
    """A mailbox in memory, empty at first; gives the port."""
    port = unused_port()
    words = ["dict", "--demo-data", "--demo-user", USER, "--demo-password", PASSWORD]
    command = [
        sys.executable,
        "-c",
        "from pymap.main import main; main()",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-tls",
        *words,
    ]
    process = subprocess.Popen([*command], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        with client(port) as mailbox:  # the demo's own messages
            mailbox.select_folder("INBOX")
            found = mailbox.search()
            if found:
                mailbox.delete_messages(found)
                mailbox.expunge()
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        assert process.poll() is None, "pymap did not start"
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        select.select([], [], [], 0.05)
    raise AssertionError("pymap does not answer")


@contextmanager
def client(port: int) -> Iterator[IMAPClient]:
    """The customer's side: somebody who looks into the mailbox, and puts mail there."""
    mailbox = IMAPClient("127.0.0.1", port, ssl=False)
    try:
        mailbox.login(USER, PASSWORD)
        yield mailbox
    finally:
        with contextlib.suppress(Exception):
            mailbox.logout()


@dataclass
class Wire:
    """Carries bytes to the server and back. `cut_on` is what the server has to say for the wire to be cut, `after` so
    many bytes more; each cut happens once. `split` hands on what the server says byte by byte."""

    server: int
    port: int = 0
    cut_on: bytes = b""
    after: int = 0
    split: bool = False
    deaf: bool = False
    cuts: int = 0
    connections: int = 0
    said: bytearray = field(default_factory=bytearray)
    changed: Condition = field(default_factory=Condition)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._open: list[socket.socket] = []
        Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End every connection now."""
        for one in self._open:
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def wait_until(self, what: str, holds: object) -> None:
        """Until what passes over the wire makes `holds()` true."""
        with self.changed:
            assert self.changed.wait_for(holds, timeout=30), what  # type: ignore[arg-type]

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", self.server))
            self._open += [near, far]
            with self.changed:
                self.connections += 1
                self.changed.notify_all()
            Thread(target=self._carry, args=(near, far, False), daemon=True).start()
            Thread(target=self._carry, args=(far, near, True), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket, from_server: bool) -> None:
        heard = b""
        with contextlib.suppress(OSError):
            while data := source.recv(4096):
                if from_server and self.deaf:
                    continue
                if from_server:
                    heard += data
                    with self.changed:
                        self.said += data
                        self.changed.notify_all()
                    place = heard.find(self.cut_on) if self.cut_on else -1
                    if place >= 0 and len(heard) >= place + len(self.cut_on) + self.after:
                        rest = place + len(self.cut_on) + self.after - (len(heard) - len(data))
                        target.sendall(data[: max(0, rest)])
                        with self.changed:
                            self.cut_on, self.cuts = b"", self.cuts + 1
                            self.changed.notify_all()
                        break
                if from_server and self.split:
                    for byte in data:
                        target.sendall(bytes([byte]))
                else:
                    target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
