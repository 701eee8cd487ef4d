"""What people wrote is shown as they wrote it: never as Jira's markup, never too long, never changed."""

from __future__ import annotations

import html
import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.jira_adf import plain_text
from integrations.jira_markup import CUT, LIMIT, adf, literal, wiki
from tests.jira_double import spec
from triage.domain.writes import Block, BlockKind

P, Q, B = BlockKind.PARAGRAPH, BlockKind.QUOTE, BlockKind.BULLET

#: Jira's notations, as its help page "Text Formatting Notation" lists them; written down from that page and not
#: from our code. `(?m)` where they begin a line.
NOTATIONS = {
    "heading": r"(?m)^\s*h[1-6]\.",
    "block quote": r"(?mi)^\s*bq\.",
    "ruler": r"(?m)^\s*----",
    "dash": r"(?<!-)--(?!-)|---",
    "line break": r"\\\\",
    "escape": r"\\",
    "list": r"(?m)^\s*[*#-]+\s",
    "strong": r"(?<!\w)\*\S(.*\S)?\*(?!\w)",
    "emphasis": r"(?<!\w)_\S(.*\S)?_(?!\w)",
    "citation": r"\?\?.+\?\?",
    "deleted": r"(?<!\w)-\S(.*\S)?-(?!\w)",
    "inserted": r"(?<!\w)\+\S(.*\S)?\+(?!\w)",
    "superscript": r"\^\S(.*\S)?\^",
    "subscript": r"~\S(.*\S)?~",
    "macro": r"\{[^}\n]+\}",
    "monospaced": r"\{\{",
    "link": r"\[[^\]\n]+\]",
    "image": r"![^\s!][^!\n]*!",
    "table": r"\|",
    "emoticon": r":-?[)(DPp]|;-?\)|\((y|n|i|/|x|!|\+|-|\?|on|off|\*[rgby]?|flag|flagoff)\)",
    "mention": r"(?<!\w)@\w|\[~",
}

EXAMPLES = [
    "{code}rm -rf{code}",
    "*x* _y_ -z- +u+ ^v^ ~w~ ??who?? {{mono}}",
    "[~ana] [click|https://evil.example] @ana @team",
    "!img.png! !http://evil.example/x.gif|width=1!",
    "----",
    "--- and --",
    "h1. Shouting",
    "  h3. Shouting, indented",
    "bq. said",
    "BQ. said",
    "||head||\n|a|b|",
    "# x\n## y",
    "- x\n* y",
    r"C:\temp\\share \{code}",
    "&#42;bold&#42; &amp; R&D",
    ":) ;) :-D :P (x) (/) (*r) (flagoff)",
    "{color:red}x{color} {quote}y{quote} {noformat}",
    "a_b-c@vendor.example https://vendor.example/a_b-c",
    "-*bold*- _-x-_",
    "!a!!b!",
    "???",
]
TEXTS = st.one_of(
    st.sampled_from(EXAMPLES), st.text(alphabet=r"ab1 {}[]()*_-+^~?!|#\:;.@&hbq/" + "\n", max_size=40), st.text()
)
BLOCKS = st.lists(st.builds(Block, st.sampled_from(BlockKind), TEXTS), max_size=6)


def words(text: str) -> str:
    """The printable characters alone: what must never be lost."""
    return "".join(character for character in text if character.isprintable() and not character.isspace())


@pytest.mark.parametrize("text", EXAMPLES)
def test_no_notation_is_left_in_wiki_markup(text: str) -> None:
    markup = literal(text)
    assert [name for name, pattern in NOTATIONS.items() if re.search(pattern, markup)] == []
    assert html.unescape(markup) == text


@settings(max_examples=400)
@given(TEXTS)
def test_no_notation_is_left_whatever_the_text(text: str) -> None:
    markup = literal(text)
    assert [name for name, pattern in NOTATIONS.items() if re.search(pattern, markup)] == []
    assert html.unescape(markup) == html.unescape(re.sub(r"&(?=[#\w])", "&amp;", text))


def test_what_people_read_in_the_source_stays_readable() -> None:
    for text in (
        "on-call",
        "snake_case",
        "ana@vendor.example",
        "Down! Why?",
        "https://vendor.example/a-b",
        "9:30: P0",
    ):
        assert literal(text) == text


def test_the_blocks_become_wiki_markup() -> None:
    blocks = [Block(P, "Why:\nthis"), Block(Q, "*all* down"), Block(B, "one\n\nmore"), Block(B, "two"), Block(P, " ")]
    expected = "Why:\nthis\n\n{quote}\n&#42;all&#42; down\n{quote}\n\n* one\nmore\n* two\n\nReference: m-1"
    assert wiki(blocks, "Reference: m-1") == expected


def test_the_blocks_become_an_adf_document() -> None:
    document = adf([Block(P, "Why:\nthis"), Block(Q, "all down"), Block(B, "one"), Block(B, "two")], "Reference: m-1")
    assert [node["type"] for node in document["content"]] == ["paragraph", "blockquote", "bulletList", "paragraph"]
    assert plain_text(document) == "Why:\nthis\n> all down\n- one\n- two\nReference: m-1"


@pytest.mark.skipif(not spec.present(), reason="../shared/payloads/specs is absent: there is no schema of ADF")
@settings(max_examples=150)
@given(BLOCKS)
def test_every_document_is_valid(blocks: list[Block]) -> None:
    assert [error.message for error in spec.adf_schema().iter_errors(adf(blocks))] == []


@settings(max_examples=150)
@given(st.lists(st.builds(Block, st.sampled_from(BlockKind), st.text(st.characters(exclude_categories=["C"])))))
def test_a_document_keeps_every_word(blocks: list[Block]) -> None:
    read = plain_text(adf(blocks)) or ""
    for block in blocks:
        assert words(block.text) in words(re.sub(r"(?m)^(?:> |- )", "", read))


@pytest.mark.parametrize("render", [wiki, lambda blocks, ending: json.dumps(adf(blocks, ending), ensure_ascii=False)])
@pytest.mark.parametrize("letter", ["x", "*", "😀", '"', "\n.", "é"])
def test_a_long_text_is_cut_to_jiras_limit_and_says_so(render: object, letter: str) -> None:
    assert callable(render)
    text = render([Block(P, "First"), Block(Q, letter * LIMIT), Block(P, "never seen")], "Reference: m-1")
    size = len(text.encode("utf-16-le")) // 2
    assert LIMIT - 200 < size <= LIMIT
    assert CUT.text[1:-1] in text
    assert "First" in text
    assert "Reference: m-1" in text
    assert "never seen" not in text


def test_a_text_that_fits_is_not_cut() -> None:
    assert wiki([Block(P, "x" * LIMIT)]) == "x" * LIMIT
    assert CUT.text[1:-1] in wiki([Block(P, "x" * (LIMIT + 1))])
