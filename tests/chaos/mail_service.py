"""The real service with an SMTP listener, a DNS of ours, and a customer who signs."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

from tests.chaos.service import PageSink, Service, documents
from tests.contract.gateway_server import unused_port
from tests.dns_server import dns_server
from tests.mail_zone import Zone

BOX = "oncall@vendor.example"


class MailHouse:
    """Starts and starts again the service over one database; `send` delivers a signed mail and returns after 250."""

    def __init__(self, database_url: str, folder: Path, sink: PageSink, dns: str, zone: Zone) -> None:
        self._url, self._zone = database_url, zone
        self._config = folder / "config"
        self._config.mkdir()
        files = documents(sink)
        files["mail.yaml"] = f"mail:\n  mailboxes: [{BOX}]\n"
        for name, text in files.items():
            (self._config / name).write_text(text)
        self.port = unused_port()
        self._more = {"TRIAGE_SMTP_LISTEN": f"127.0.0.1:{self.port}", "TRIAGE_DNS_SERVERS": dns}

    def service(self) -> Service:
        return Service(self._url, self._config, self._more)

    def mail(self, number: int) -> bytes:
        """Signed by the customer, and different from all others."""
        lines = ["From: Dora <dora@acme.example>", f"To: {BOX}", f"Subject: outage {number}"]
        lines += [f"Date: {format_datetime(datetime.now(UTC))}", f"Message-ID: <{number}@acme.example>", ""]
        raw = "\r\n".join([*lines, "Production is down, and there is no workaround.", ""]).encode()
        return self._zone.signed(raw, "acme.example")

    def send(self, raw: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as session:
            session.sendmail("dora@acme.example", [BOX], raw)


@contextmanager
def mail_house(database_url: str, folder: Path, sink: PageSink) -> Iterator[MailHouse]:
    zone = Zone()
    with dns_server(zone) as server:
        yield MailHouse(database_url, folder, sink, server, zone)
