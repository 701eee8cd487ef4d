"""HTML as the text that a person sees."""

from __future__ import annotations

import html
import re

from inscriptis import get_text
from inscriptis.model.config import ParserConfig
from lxml.etree import LxmlError

#: How much HTML is laid out; a mail that needs more is no message to an engineer.
MOST = 500_000
_CONFIG = ParserConfig(display_links=False, display_images=False)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_UNSEEN = re.compile(r"<(style|script|head|title)\b[^<>]{0,500}>.{0,20000}?</\1\s*>", re.IGNORECASE | re.DOTALL)


def to_text(markup: str) -> str:
    """The text of HTML; where it is too broken to be laid out, without its tags."""
    markup = markup[:MOST].replace("\x00", "")
    try:
        return _trimmed(get_text(markup, _CONFIG))
    except (LxmlError, ValueError, RecursionError, IndexError, KeyError, AttributeError, TypeError, AssertionError):
        return html.unescape(_TAG.sub(" ", _UNSEEN.sub(" ", markup)))


def _trimmed(text: str) -> str:
    """Without the spaces that the layout adds at the ends of lines."""
    return "\n".join(line.rstrip() for line in text.splitlines())
