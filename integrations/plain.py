"""Text that strangers wrote, made fit for a terminal, a header or a provider."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

#: Marks that reorder the text around them; the harmless left-to-right and right-to-left marks stay.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def block(text: str) -> str:
    """Lines without control characters and reordering marks; half a surrogate pair becomes U+FFFD."""
    return "\n".join("".join(map(_plain, line)) for line in text.splitlines())


def one_line(text: str, limit: int = 250) -> str:
    """The same on one line of at most `limit` characters, every run of white space one space."""
    line = " ".join(block(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def token(key: str) -> str:
    """A key as a header's value: itself if it is printable ASCII without blanks, else percent-encoded."""
    return key if re.fullmatch(r"[!-~]+", key) else quote(key, safe="", errors="replace")


def _plain(character: str) -> str:
    match unicodedata.category(character):
        case "Cs":
            return "\ufffd"
        case "Cc":
            return " " if character == "\t" else ""
        case _:
            return "" if character in _REORDERING else character
