"""Addresses out of headers. They are parsed as they came, so that no encoded word can bring one in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.utils import getaddresses

from integrations.mail_words import clean, header_text, raw_text
from triage.domain.mail import Mailbox

#: How many addresses of one header are read.
MOST = 200
#: An address that mail can be sent to: no spaces, quotes or controls. Quoted local parts are not in use.
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]{1,64}@[^\s@<>()\[\],;:\\\"\x00-\x20\x7f]{1,255}")


def mailboxes(values: Iterable[str], defects: list[str]) -> tuple[Mailbox, ...]:
    """Every address of these header values, each once; what is no address is left out and said to be broken."""
    found = dict[str, Mailbox]()
    for value in values:
        unfolded = re.sub(r"\r?\n[ \t]?", " ", raw_text(value))
        if re.search(r"[\r\n\x00]", unfolded):
            defects.append("an address header has a line break or a NUL in it")
            continue
        for name, address in _addresses(unfolded):
            if not _ADDRESS.fullmatch(address):
                if address:
                    defects.append(f"{clean(address)[:80]!r} is no mail address")
                continue
            key = _plain(clean(address).casefold())
            found.setdefault(key, Mailbox(key, header_text(name)))
    return tuple(found.values())


def _plain(address: str) -> str:
    """The domain as A-labels, as DNS knows it: look-alike letters are other domains."""
    local, _, domain = address.rpartition("@")
    try:
        return f"{local}@{domain if domain.isascii() else domain.encode('idna').decode('ascii').casefold()}"
    except UnicodeError:
        return address


def _addresses(value: str) -> Iterator[tuple[str, str]]:
    try:
        yield from getaddresses([value])[:MOST]
    except (ValueError, IndexError, TypeError, RecursionError):  # an odd text may trip the parser up
        yield from (("", address) for address in _ADDRESS.findall(value)[:MOST])
