"""Reads any message, however broken, into what a person would make of it; it never raises."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parsedate_to_datetime

from integrations.mail_addresses import mailboxes
from integrations.mail_parts import Content, read_content
from integrations.mail_reports import read_report
from integrations.mail_words import clean, header_text
from triage.domain.mail import Mail
from triage.domain.mail_quotes import new_text

#: How much of the headers is kept; a real message has some 60 of them.
MOST_HEADERS, MOST_VALUE = 500, 2_000
#: How many of the mails that one answers are kept.
MOST_REFERENCES = 200

_ID = re.compile(r"<\s*([^<>\s]{1,500})\s*>")
#: What may stand in front of the headers by mistake.
_IN_FRONT = b" \t\r\n\x00\xef\xbb\xbf"
_TO = ("to", "cc", "delivered-to", "x-original-to", "envelope-to")


def read_mail(raw: bytes) -> Mail:
    """What the message says. What is broken stands in `defects`; the raw message is kept by whoever has it."""
    raw = raw.lstrip(_IN_FRONT)
    defects: list[str] = []
    message = _parse(raw, defects)
    headers, whole = _headers(message)
    if len(message.keys()) > MOST_HEADERS:
        defects.append(f"it has more than {MOST_HEADERS} headers")
    content = _content(message, raw, defects)
    authors = mailboxes(whole.get("from", ()), defects)
    text = content.text
    return Mail(
        message_id=_message_id(headers),
        references=_references(headers),
        authors=authors,
        reply_to=mailboxes(whole.get("reply-to", ()), defects),
        recipients=tuple(
            dict.fromkeys(box.address for name in _TO for box in mailboxes(whole.get(name, ()), defects))
        ),
        subject=next(iter(headers.get("subject", ())), ""),
        date=_date(headers),
        text=text,
        new_text=new_text(text),
        headers=headers,
        media_type=_media_type(message),
        attachments=content.attachments,
        report=read_report(message, raw, headers, text),
        calendar_method=content.calendar_method,
        defects=tuple(dict.fromkeys(defects)),
    )


def _parse(raw: bytes, defects: list[str]) -> Message:
    try:
        return BytesParser(policy=compat32).parsebytes(raw)
    except (MessageError, LookupError, ValueError, AttributeError, TypeError, RecursionError) as error:
        # Parts that are nested too deep for the parser, or that it trips over: the headers and the text as it stands.
        defects.append(f"it could not be taken apart: {type(error).__name__}")
        head, _, body = re.sub(rb"\r\n?", b"\n", raw).partition(b"\n\n")
        message = BytesParser(policy=compat32).parsebytes(head + b"\n\n", headersonly=True)
        for name in ("content-type", "content-transfer-encoding"):
            del message[name]
        message.set_payload(body.decode("utf-8", "surrogateescape"))
        return message


def _headers(message: Message) -> tuple[dict[str, tuple[str, ...]], dict[str, list[str]]]:
    """Every header by its lower-case name: decoded, unfolded and cut; and as it came, for what has to be parsed."""
    decoded: dict[str, list[str]] = {}
    whole: dict[str, list[str]] = {}
    for name, value in list(message.raw_items())[:MOST_HEADERS]:
        key = clean(name).casefold()
        whole.setdefault(key, []).append(str(value)[: 10 * MOST_VALUE])
        decoded.setdefault(key, []).append(header_text(str(value)[: 2 * MOST_VALUE])[:MOST_VALUE])
    return {name: tuple(values) for name, values in decoded.items()}, whole


def _content(message: Message, raw: bytes, defects: list[str]) -> Content:
    try:
        return read_content(message, defects)
    except (MessageError, LookupError, ValueError, AttributeError, TypeError, RecursionError, OverflowError) as error:
        defects.append(f"its parts could not be read: {type(error).__name__}")
        body = re.sub(rb"\r\n?", b"\n", raw).partition(b"\n\n")[2]
        return Content(clean(body[:100_000].decode("utf-8", "replace")).strip())


def _message_id(headers: Mapping[str, Iterable[str]]) -> str:
    """Without angle brackets; some programs leave them out, or write words beside it."""
    for value in headers.get("message-id", ()):
        found = _ID.search(value)
        if found:
            return found[1]
        if value.strip() and len(value.split()) == 1:
            return value.strip()[:500]
    return ""


def _references(headers: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    """The mails that it answers, the oldest first; the one of In-Reply-To last, as it is the closest."""
    older = [one for value in headers.get("references", ()) for one in _ID.findall(value)]
    direct = [one for value in headers.get("in-reply-to", ()) for one in _ID.findall(value)]
    return tuple(dict.fromkeys([*(one for one in older if one not in direct), *direct]))[-MOST_REFERENCES:]


def _date(headers: Mapping[str, Iterable[str]]) -> datetime | None:
    for value in headers.get("date", ()):
        try:
            at = parsedate_to_datetime(value)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def _media_type(message: Message) -> str:
    return clean(message.get_content_type())[:200]
