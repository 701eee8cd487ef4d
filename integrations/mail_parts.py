"""The parts of a message: the text that a person reads, and what is attached and never opened."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from integrations.mail_html import to_text
from integrations.mail_words import clean, decode, header_text
from triage.domain.mail import Attachment

#: Bounds on what is read: parts, how deep they are nested, and characters of text.
MOST_PARTS, DEEPEST, MOST_TEXT = 1_000, 50, 200_000
#: What stands in the plain text of mail that is meant to be read as HTML only.
_PLACEHOLDER = re.compile(
    r"\W*(?:this (?:message|e-?mail|is) .{0,60}(?:html|mime)|your (?:e-?mail )?(?:client|program|reader"
    r"|browser) .{0,80}html"
    r"|(?:please |to )?view (?:this|the) .{0,60}(?:html|browser)|text version\W*$|no text version)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a message. `calendar_method` is in capitals, or empty."""

    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    calendar_method: str = ""


class _Reader:
    def __init__(self, defects: list[str]) -> None:
        self.defects = defects
        self.attachments: list[Attachment] = []
        self.method = ""
        self.parts = 0

    def texts(self, part: Message, depth: int = 0) -> Iterator[str]:
        """The readable text of a part and those in it, in order."""
        self.parts += 1
        if self.parts > MOST_PARTS or depth > DEEPEST:
            self.defects.append("it has more parts than are read")
            return
        kind = part.get_content_type()
        if kind == "multipart/alternative" and part.is_multipart():
            yield from self._alternative(part, depth)
        elif part.is_multipart() and kind.startswith("multipart/"):
            for one in _children(part):
                yield from self.texts(one, depth + 1)
        elif kind in ("text/plain", "text/html", "text/enriched") and not _is_attached(part):
            yield self._text(part, kind)
        elif kind == "text/calendar":
            self._calendar(part)
        else:
            self._attach(part)

    def _alternative(self, part: Message, depth: int) -> Iterator[str]:
        """The plain text, unless it is empty or only says that there is an HTML one."""
        found = [(one, "\n\n".join(self.texts(one, depth + 1))) for one in _children(part)]
        plain = [text for one, text in found if one.get_content_type() == "text/plain" and text.strip()]
        rich = [text for one, text in found if one.get_content_type() != "text/plain" and text.strip()]
        wanted = next((text for text in plain if not (rich and _PLACEHOLDER.match(text) and len(text) < 500)), None)
        yield wanted if wanted is not None else next(iter(rich), "\n\n".join(plain))

    def _text(self, part: Message, kind: str) -> str:
        data = _payload(part)
        text = decode(data[: 4 * MOST_TEXT], str(part.get_param("charset", "") or ""), self.defects)
        return to_text(text) if kind != "text/plain" else text

    def _calendar(self, part: Message) -> None:
        body = decode(_payload(part)[:20_000], "utf-8", [])
        said = re.search(r"^METHOD:\s*(\w+)", body, re.MULTILINE)
        told = said[1] if said else str(part.get_param("method", "") or "")
        self.method = self.method or told.upper()[:40]
        self._attach(part)

    def _attach(self, part: Message) -> None:
        name = header_text(str(part.get_filename("") or ""))[:255]
        self.attachments.append(Attachment(name, clean(part.get_content_type())[:200], _size(part)))


def read_content(message: Message, defects: list[str]) -> Content:
    """The text and the list of attachments; `defects` gets what was broken."""
    reader = _Reader(defects)
    pieces = [piece.strip("\n") for piece in reader.texts(message)]
    text = clean("\n\n".join(piece for piece in pieces if piece.strip())).strip()
    if len(text) > MOST_TEXT:
        defects.append(f"its text is cut: it has {len(text):,} characters")
        text = text[:MOST_TEXT]
    for part in message.walk() if reader.parts <= MOST_PARTS else ():
        defects += [type(defect).__name__ for defect in part.defects]
    return Content(text, tuple(reader.attachments), reader.method)


def _children(part: Message) -> list[Message]:
    payload = part.get_payload()
    return [one for one in payload if isinstance(one, Message)] if isinstance(payload, list) else []


def _is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment"


def _size(part: Message) -> int:
    """The bytes of what is attached; of a message that cannot be written out again, those of its parts."""
    if not part.is_multipart():
        return len(_payload(part))
    try:
        return len(part.as_bytes())
    except (ValueError, KeyError, LookupError, AttributeError, TypeError, RecursionError):
        return sum(_size(one) for one in _children(part))


def _payload(part: Message) -> bytes:
    """The part's bytes, decoded as far as its encoding holds."""
    try:
        data = part.get_payload(decode=True)
    except (ValueError, AssertionError, LookupError, IndexError):
        data = None
    if isinstance(data, bytes):
        return data
    text = part.get_payload()
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else b""
