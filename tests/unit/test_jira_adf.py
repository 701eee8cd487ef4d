"""Atlassian documents as plain text."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.jira_adf import MAX_DEPTH, plain_text

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "payloads" / "jira_rest_samples"


def node(kind, *content, **attrs):
    made = {"type": kind, "content": list(content)}
    return made | {"attrs": attrs} if attrs else made


def text(words, **mark):
    return {"type": "text", "text": words} | ({"marks": [mark]} if mark else {})


def paragraph(*inline):
    return node("paragraph", *inline)


def doc(*blocks):
    return {"type": "doc", "version": 1, "content": list(blocks)}


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (None, None),
        ("h1. *wiki* markup\r\nstays", "h1. *wiki* markup\r\nstays"),
        ("", ""),
        (doc(), ""),
        (doc(paragraph()), ""),
        (doc(paragraph(text("Prod is "), text("down", type="strong"))), "Prod is down"),
        (doc(paragraph(text("one")), paragraph(text("two"))), "one\ntwo"),
        (doc(paragraph(text("one"), {"type": "hardBreak"}, text("two"))), "one\ntwo"),
        (doc(node("codeBlock", text("a = 1\nb = 2"), language="python")), "a = 1\nb = 2"),
        (doc(node("heading", text("Title"), level=1), node("rule"), paragraph(text("x"))), "Title\n\nx"),
        (doc(paragraph({"type": "mention", "attrs": {"id": "1", "text": "@Ana"}}, text(" look"))), "@Ana look"),
        (doc(paragraph({"type": "emoji", "attrs": {"shortName": ":fire:", "text": "🔥"}})), "🔥"),
        (doc(paragraph({"type": "emoji", "attrs": {"shortName": ":custom:"}})), ":custom:"),
        (doc(paragraph({"type": "status", "attrs": {"text": "BLOCKED", "color": "red"}})), "BLOCKED"),
        (doc(paragraph({"type": "date", "attrs": {"timestamp": "1773482733452"}})), "2026-03-14"),
        (doc(paragraph({"type": "placeholder", "attrs": {"text": "Describe the impact"}})), ""),
        (doc(paragraph({"type": "inlineCard", "attrs": {"url": "https://example.com/x"}})), "https://example.com/x"),
        (doc({"type": "blockCard", "attrs": {"url": "https://example.com/x"}}), "https://example.com/x"),
        (doc(node("mediaSingle", {"type": "media", "attrs": {"alt": "screen.png"}})), "screen.png"),
        (doc(node("expand", paragraph(text("inside")), title="Logs")), "Logs\ninside"),
        (doc(node("panel", paragraph(text("note")), panelType="info")), "note"),
        (doc(node("blockquote", paragraph(text("you wrote")), paragraph(text("this")))), "> you wrote\n> this"),
        (
            doc(
                node("bulletList", *(node("listItem", paragraph(text(word))) for word in "ab")),
                node("orderedList", *(node("listItem", paragraph(text(word))) for word in "cd")),
            ),
            "- a\n- b\n1. c\n2. d",
        ),
        (
            doc(
                node(
                    "orderedList",
                    node(
                        "listItem", paragraph(text("a")), node("bulletList", node("listItem", paragraph(text("b"))))
                    ),
                )
            ),
            "1. a\n   - b",
        ),
        (
            doc(
                node(
                    "taskList",
                    node("taskItem", text("done"), state="DONE"),
                    node("taskItem", text("open"), state="TODO"),
                )
            ),
            "- [x] done\n- [ ] open",
        ),
        (
            doc(
                node(
                    "table",
                    node("tableRow", *(node("tableHeader", paragraph(text(word))) for word in ("Env", "State"))),
                    node("tableRow", *(node("tableCell", paragraph(text(word))) for word in ("prod", "down"))),
                )
            ),
            "Env | State\nprod | down",
        ),
        (
            doc(paragraph(text("here", type="link", attrs={"href": "https://example.com"}))),
            "here (https://example.com)",
        ),
        (
            doc(paragraph(text("https://example.com", type="link", attrs={"href": "https://example.com"}))),
            "https://example.com",
        ),
        (doc(node("hologram", paragraph(text("from")), paragraph(text("the future")))), "from\nthe future"),
        (
            doc(paragraph({"type": "newInline", "text": "kept"}, {"type": "other", "attrs": {"text": " too"}})),
            "kept too",
        ),
        ("nul \x00 and half \ud83d", "nul \ufffd and half \ufffd"),
        (doc(paragraph(text("nul \x00"))), "nul \ufffd"),
        (42, "42"),
        ({"no": "document"}, ""),
    ],
)
def test_a_document_reads_as_people_see_it(document, expected):
    assert plain_text(document) == expected


@pytest.mark.parametrize("kind", ["bulletList", "blockquote", "paragraph", "unknown", "tableRow"])
@pytest.mark.parametrize("depth", [MAX_DEPTH - 1, MAX_DEPTH + 1, 50_000])
def test_words_survive_any_depth(kind, depth):
    document = text("help")
    for _ in range(depth):
        document = node(kind, document)
    assert plain_text(doc(document)).endswith("help")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["type", "content", "attrs", "text", "marks", "url", "state"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)
KINDS = st.sampled_from(["doc", "paragraph", "text", "bulletList", "tableRow", "blockquote", "date", "emoji", "odd"])


@settings(max_examples=200)
@given(KINDS, JSON, JSON)
def test_anything_at_all_gives_text(kind, content, attrs):
    found = plain_text({"type": kind, "content": content, "attrs": attrs, "text": content})
    assert isinstance(found, str)


@settings(max_examples=100)
@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1), min_size=1, max_size=6))
def test_no_word_is_lost(words):
    found = plain_text(doc(*(paragraph(text(word)) for word in words)))
    assert found == "\n".join(words).strip("\n")


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the REST samples (../shared/payloads) are not here")
def test_real_documents_lose_no_text():
    def texts(value):
        if isinstance(value, dict):
            return ([value["text"]] if value.get("type") == "text" else []) + texts(list(value.values()))
        return [found for entry in value for found in texts(entry)] if isinstance(value, list) else []

    documents = [
        json.loads(path.read_bytes())["fields"]["description"] for path in SAMPLES.glob("ocean__issue_?.json")
    ]
    assert len(documents) == 4
    for document in documents:
        found = plain_text(document)
        assert all(line in found for words in texts(document) for line in words.split("\n"))
