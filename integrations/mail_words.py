"""Text out of bytes: charsets that exist, those that do not, and bodies that are in another one than they say."""

from __future__ import annotations

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header

#: Names in use that Python does not know, and subsets whose name is given to their supersets (WHATWG's table).
_ALIASES = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "iso8859-1": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "x-mac-cyrillic": "mac-cyrillic",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "unicode-1-1-utf-7": "utf-7",
    "windows-874": "cp874",
    "cp-850": "cp850",
    "utf8mb4": "utf-8",
}

#: Control characters but for tab and newline; what they do to a terminal or a database is nobody's wish.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def codec(charset: str) -> str | None:
    """The codec for a charset as a mail names it; None for one that nobody knows."""
    name = charset.strip().strip("\"'").casefold()
    for candidate in (_ALIASES.get(name), name, name.replace("_", "-"), name.removeprefix("x-"), _within(name)):
        if not candidate:
            continue
        try:
            found = codecs.lookup(candidate)
        except (LookupError, ValueError):
            continue
        if found._is_text_encoding:  # not rot13 or base64, which are codecs too
            return _ALIASES.get(found.name, found.name)
    return None


def _within(name: str) -> str:
    """`windows-1252http-equivcontent-type` -> `windows-1252`."""
    found = re.search(r"(?:windows-?|cp)125\d|iso-?8859-?\d{1,2}|utf-?8|koi8-[ru]", name)
    return found[0] if found else ""


def decode(data: bytes, charset: str, defects: list[str]) -> str:
    """The text in its declared charset if it is in it, else in the likeliest; what is no text is marked."""
    wanted = codec(charset) if charset else "cp1252"
    if wanted is None:
        defects.append(f"the charset {clean(charset)[:60]!r} is unknown")
    if not data.isascii() or wanted in ("utf-7", "iso2022_jp_ext"):
        tries = ["utf-8", wanted] if wanted in (None, "cp1252", "cp1254") else [wanted, "utf-8"]
        for name in filter(None, tries):
            try:
                text = data.decode(name)
            except (UnicodeError, ValueError):
                continue
            return text
        defects.append("its text is not in the charset that it names")
        return data.decode("cp1252" if wanted in (None, "utf-8") else wanted, "replace")
    if wanted and not wanted.startswith(("utf-16", "utf-32", "utf_16", "utf_32", "hz", "iso2022", "cp037", "cp500")):
        return data.decode("ascii")
    return data.decode(wanted or "ascii", "replace")


def header_text(value: str) -> str:
    """A header's value on one line, with its encoded words decoded; they cannot make another header."""
    return " ".join(clean(_decoded(raw_text(value))).split())


def raw_text(value: str) -> str:
    """Bytes that are in a header against the rules (RFC 5322 wants ASCII): UTF-8, as RFC 6532 allows, or Windows'."""
    data = value.encode("utf-8", "surrogateescape")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _decoded(value: str) -> str:
    if "=?" not in value:
        return value
    try:
        parts = decode_header(value.replace("\r", "").replace("\n", ""))
    except (HeaderParseError, ValueError, AssertionError):
        return value
    ignored: list[str] = []
    return "".join(part if isinstance(part, str) else decode(part, name or "", ignored) for part, name in parts)


def clean(text: str) -> str:
    """Without NUL and other control characters, and without halves of surrogate pairs, which no database takes."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL.sub("", text).encode("utf-8", "replace").decode("utf-8")
