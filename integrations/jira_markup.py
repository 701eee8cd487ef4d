"""Plain blocks of text -> what Jira shows literally: ADF documents (Cloud) and wiki markup (Data Center)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, TypeVar

from integrations import plain
from triage.domain.writes import Block, BlockKind

T = TypeVar("T")
Json = dict[str, Any]

#: Jira's limit for a comment or a description.
LIMIT = 32_767

CUT = Block(BlockKind.PARAGRAPH, "[This text was cut, because Jira takes no longer ones.]")

#: What begins or is any of Jira's notations, by the help page of its renderer. Marks that only count at the edge
#: of a word stay inside one, so that on-call, snake_case and ana@vendor.example can still be read in the source.
_NOTATION = re.compile(
    r"""
      [\\{}\[\]()*^~|#+]                          # macros, links, emoticons, emphasis, tables, lists, escapes
    | & (?= [#\w] )                               # what would be read as an entity
    | (?<! [A-Za-z0-9] ) [-_@]                   # dashes, rulers, lists, deletion, emphasis, mentions
    | ! (?! \s | \Z ) | ! (?= ! )                 # images
    | \? (?= \? ) | (?<= \? ) \?                  # citations
    | : (?= [-()PpDd] ) | ; (?= [)-] )            # emoticons
    | (?<= ^ [hH] [1-6] ) \. | (?<= ^ [bB] [qQ] ) \.         # headings, quotations
    | (?<= \s [hH] [1-6] ) \. | (?<= \s [bB] [qQ] ) \.       # the same after leading blanks
    """,
    re.VERBOSE | re.MULTILINE,
)


def adf(blocks: Sequence[Block], ending: str = "") -> Json:
    """The blocks as a document, which is cut so that it keeps Jira's limit as JSON; `ending` is its last line.

    The paragraphs hold text and hard breaks only, so that nothing in them is read as markup.
    """
    return _within_limit(blocks, ending, _document, lambda document: json.dumps(document, ensure_ascii=False))


def wiki(blocks: Sequence[Block], ending: str = "") -> str:
    """The blocks in wiki markup, cut so that it keeps Jira's limit; `ending` is its last line."""
    return _within_limit(blocks, ending, _markup, lambda markup: markup)


def literal(line: str) -> str:
    """Text in wiki markup that Jira shows as it stands.

    Entities, since Jira's renderer leaves them alone, and the backslash, its other escape, cannot escape itself:
    two of them break the line.
    """
    return _NOTATION.sub(lambda mark: f"&#{ord(mark[0])};", line)


def _within_limit(
    blocks: Sequence[Block], ending: str, render: Callable[[list[Block]], T], text_of: Callable[[T], str]
) -> T:
    """The longest beginning of the blocks that, rendered, keeps the limit, and says that it was cut."""
    last = [Block(BlockKind.PARAGRAPH, ending)] if ending else []
    cleaned = [Block(block.kind, plain.block(block.text)) for block in blocks]

    def rendered(length: int) -> T:
        return render([*_beginning(cleaned, length), CUT, *last])

    whole = render([*cleaned, *last])
    if _length(text_of(whole)) <= LIMIT:
        return whole
    fits, too_long = 0, sum(len(block.text) for block in cleaned)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if _length(text_of(rendered(middle))) <= LIMIT:
            fits = middle
        else:
            too_long = middle
    return rendered(fits)


def _beginning(blocks: list[Block], length: int) -> Iterator[Block]:
    for block in blocks:
        if length <= 0:
            return
        yield Block(block.kind, block.text[:length])
        length -= len(block.text)


def _length(text: str) -> int:
    """As Jira counts: in UTF-16, where an emoji is two."""
    return len(text.encode("utf-16-le")) // 2


def _groups(blocks: list[Block]) -> Iterator[tuple[BlockKind, list[str]]]:
    """The texts of neighbours of one kind, without what has no words."""
    worded = (block for block in blocks if block.text.strip())
    for kind, group in groupby(worded, key=lambda block: block.kind):
        yield kind, [block.text.strip("\n") for block in group]


def _document(blocks: list[Block]) -> Json:
    content: list[Json] = []
    for kind, texts in _groups(blocks):
        paragraphs = [_paragraph(text) for text in texts]
        match kind:
            case BlockKind.PARAGRAPH:
                content += paragraphs
            case BlockKind.QUOTE:
                content += [{"type": "blockquote", "content": [paragraph]} for paragraph in paragraphs]
            case BlockKind.BULLET:
                points = [{"type": "listItem", "content": [paragraph]} for paragraph in paragraphs]
                content.append({"type": "bulletList", "content": points})
    return {"type": "doc", "version": 1, "content": content}


def _paragraph(text: str) -> Json:
    content: list[Json] = []
    for number, line in enumerate(text.split("\n")):
        content += [{"type": "hardBreak"}] if number else []
        content += [{"type": "text", "text": line}] if line else []
    return {"type": "paragraph", "content": content}


def _markup(blocks: list[Block]) -> str:
    parts = []
    for kind, texts in _groups(blocks):
        escaped = [literal(text) for text in texts]
        match kind:
            case BlockKind.PARAGRAPH:
                parts += escaped
            case BlockKind.QUOTE:
                parts += [f"{{quote}}\n{text}\n{{quote}}" for text in escaped]
            case BlockKind.BULLET:
                # An empty line would end the list.
                parts.append("\n".join("* " + re.sub(r"\n\s*\n", "\n", text) for text in escaped))
    return "\n\n".join(parts)
