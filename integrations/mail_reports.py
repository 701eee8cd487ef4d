"""Delivery reports: which mail came back and why, from RFC 3464's parts or from what older servers write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from email.message import Message

from integrations.mail_words import clean
from triage.domain.mail import DeliveryReport

#: How much of a report is searched for the Message-IDs of the mail that came back.
REACH = 200_000
_ID_LINE = re.compile(r"^[> \t]*message-id:[ \t]*(?:\r?\n[ \t]+)?<([^<>\s]{1,500})>", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"[^\s@<>;,\"]{1,64}@[^\s@<>;,\"]{1,255}")
_DAEMON = re.compile(r"\b(?:mailer-daemon|mail-daemon|maildaemon|postmaster|mdaemon)\b", re.IGNORECASE)
_SUBJECT = re.compile(r"undeliver|returned|failure|failed|delivery", re.IGNORECASE)
_QMAIL = re.compile(r"^Hi\. This is the ", re.MULTILINE)
_SAID = re.compile(r"^.{0,40}\b([45]\d\d[ -][45]\.\d{1,3}\.\d{1,3}\b.{0,200}|55\d .{0,200})$", re.MULTILINE)


def read_report(
    message: Message, raw: bytes, headers: Mapping[str, Iterable[str]], text: str
) -> DeliveryReport | None:
    """What a bounce says; None for a message that is built like none."""
    blocks = list(_blocks(message))
    if not blocks and not _is_old_bounce(message, headers, text):
        return None
    own = {one for value in headers.get("message-id", ()) for one in re.findall(r"<([^<>\s]+)>", value)}
    found = _ID_LINE.findall(raw[:REACH].decode("latin-1"))
    told = list(headers.get("x-failed-recipients", ()))
    for name in ("final-recipient", "original-recipient"):
        told += [value for block in blocks for value in block.get(name, ())]
    recipients = [address.casefold() for value in told for address in _ADDRESS.findall(value)]
    said = next((value for block in blocks for value in block.get("diagnostic-code", ())), "")
    guess = _SAID.search(text)
    return DeliveryReport(
        original_ids=tuple(dict.fromkeys(one for one in found if one not in own)),
        recipients=tuple(dict.fromkeys(recipients)),
        action=next((value.casefold() for block in blocks for value in block.get("action", ())), ""),
        status=next((value for block in blocks for value in block.get("status", ())), "")[:20],
        reason=(said or (guess[1].strip() if guess else ""))[:500],
    )


def _blocks(message: Message) -> Iterator[dict[str, list[str]]]:
    """The groups of fields of delivery-status parts (RFC 3464 section 2.1), however the parser has left them."""
    for part in message.walk():
        if part.get_content_type() not in ("message/delivery-status", "message/global-delivery-status"):
            continue
        payload = part.get_payload()
        if isinstance(payload, list):
            for one in payload:
                if isinstance(one, Message):
                    yield _fields(f"{name}: {value}" for name, value in one.raw_items())
                    yield from (_fields(block.splitlines()) for block in _texts(one))
        elif isinstance(payload, str):
            yield from (_fields(block.splitlines()) for block in re.split(r"\r?\n\s*\r?\n", payload))


def _texts(part: Message) -> Iterator[str]:
    payload = part.get_payload()
    if isinstance(payload, str):
        yield from re.split(r"\r?\n\s*\r?\n", payload)


def _fields(lines: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip().casefold(), []).append(" ".join(clean(value).split()))
    return found


def _is_old_bounce(message: Message, headers: Mapping[str, Iterable[str]], text: str) -> bool:
    """A bounce in no standard form: by Exim's header, qmail's greeting, or a daemon with a null return path."""
    kind = " ".join(headers.get("content-type", ())).casefold()
    if headers.get("x-failed-recipients") or ("multipart/report" in kind and "delivery-status" in kind):
        return True
    if _QMAIL.match(text):
        return True
    daemon = any(_DAEMON.search(value) for value in headers.get("from", ()))
    null = any(re.fullmatch(r"\s*<\s*>\s*", value) for value in headers.get("return-path", ()))
    return daemon and (null or any(_SUBJECT.search(value) for value in headers.get("subject", ())))
