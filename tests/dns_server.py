"""A DNS server on loopback that answers from a zone in memory."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.mail_zone import Zone


@contextmanager
def dns_server(zone: Zone) -> Iterator[str]:
    """Serves the zone over UDP; gives `address:port`. What the zone does not have does not exist."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=_serve, args=(line, zone), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{line.getsockname()[1]}"
    finally:
        line.close()


def _serve(line: socket.socket, zone: Zone) -> None:
    while True:
        try:
            data, asker = line.recvfrom(4096)
        except OSError:
            return
        query = dns.message.from_wire(data)
        question = query.question[0]
        answer = dns.message.make_response(query)
        answer.set_rcode(dns.rcode.SERVFAIL if zone.fails else dns.rcode.NOERROR)
        values = zone.records.get(
            (question.name.to_text(True).casefold(), dns.rdatatype.to_text(question.rdtype)), []
        )
        if values and not zone.fails:
            texts = [_text(value) if question.rdtype == dns.rdatatype.TXT else value for value in values]
            answer.answer.append(dns.rrset.from_text(question.name, 60, "IN", question.rdtype, *texts))
        elif not zone.fails:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        try:
            line.sendto(answer.to_wire(), asker)
        except OSError:
            return


def _text(value: str) -> str:
    """A TXT record is made of strings of at most 255 characters."""
    pieces = [value[at : at + 200] for at in range(0, len(value), 200)]
    return " ".join('"' + piece.replace('"', '\\"') + '"' for piece in pieces)
