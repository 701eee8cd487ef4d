"""Atlassian Document Format -> plain text, for people and for the rules that look for words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from integrations.jira_json import clean, instant, items, mapping, name

#: Below this depth a document's structure is dropped and only its words are kept.
MAX_DEPTH = 30

#: Nodes that stand on lines of their own; all others, known or not, stand in the line.
_BLOCKS = frozenset(
    {"doc", "paragraph", "heading", "blockquote", "panel", "expand", "nestedExpand", "codeBlock", "rule"}
    | {"bulletList", "orderedList", "listItem", "taskList", "taskItem", "blockTaskItem"}
    | {"decisionList", "decisionItem", "table", "tableRow", "tableCell", "tableHeader", "caption"}
    | {"mediaSingle", "mediaGroup", "media", "blockCard", "embedCard"}
    | {"layoutSection", "layoutColumn", "bodiedExtension"}
)


def plain_text(value: Any) -> str | None:
    """The text of a summary, description or comment: ADF flattened, a string kept; None if there is none.

    Lists keep their bullets and numbers, quotations a leading `> `, cells a ` | ` between them, links their
    address, mentions and emoji their visible text. An unknown node gives the text that it holds.
    """
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping | list):
        return clean("\n".join(_lines(value, 0))).strip("\n")
    return name(value) or None


def _lines(node: Any, depth: int) -> list[str]:
    """A block as lines; blocks of its own kind inside it follow each other."""
    if depth > MAX_DEPTH:
        return [_words(node)]
    children = node if isinstance(node, list) else items(mapping(node).get("content"))
    kind = name(mapping(node).get("type"))
    shape = _SHAPES.get(kind)
    if shape is not None:
        return shape(mapping(node), children, depth)
    title = name(_attributes(node).get("title"))
    return ([title] if title else []) + _flow(children, depth) if children else [_inline(node, depth)]


def _flow(children: list[Any], depth: int) -> list[str]:
    """Children in order: each block on lines of its own, neighbouring inline nodes joined."""
    lines: list[str] = []
    run: list[str] = []
    for child in children:
        if name(mapping(child).get("type")) in _BLOCKS:
            if run:
                lines += "".join(run).split("\n")
                run = []
            lines += _lines(child, depth + 1)
        else:
            run.append(_inline(child, depth + 1))
    return lines + "".join(run).split("\n") if run else lines


def _list(node: Mapping[str, Any], children: list[Any], depth: int) -> list[str]:
    numbered = node.get("type") == "orderedList"
    lines: list[str] = []
    for number, child in enumerate(children, start=1):
        done = _attributes(child).get("state")
        box = {"DONE": "[x] ", "TODO": "[ ] "}.get(done, "") if isinstance(done, str) else ""
        first = f"{number}. " if numbered else f"- {box}"
        lines += _prefixed(_lines(child, depth + 1), first, " " * len(first))
    return lines


def _quote(_node: Mapping[str, Any], children: list[Any], depth: int) -> list[str]:
    return _prefixed(_flow(children, depth), "> ", "> ")


def _row(_node: Mapping[str, Any], children: list[Any], depth: int) -> list[str]:
    return [" | ".join(" ".join(_lines(cell, depth + 1)) for cell in children)]


def _prefixed(lines: Iterable[str], first: str, others: str) -> list[str]:
    return [(others if index else first) + line for index, line in enumerate(lines)]


_SHAPES: Mapping[str, Callable[[Mapping[str, Any], list[Any], int], list[str]]] = {
    "bulletList": _list,
    "orderedList": _list,
    "taskList": _list,
    "decisionList": _list,
    "blockquote": _quote,
    "tableRow": _row,
}


def _inline(node: Any, depth: int) -> str:
    if isinstance(node, str):
        return node
    node = mapping(node)
    attributes = _attributes(node)
    match node.get("type"):
        case "text":
            return _linked(node)
        case "hardBreak":
            return "\n"
        case "emoji":
            return name(attributes.get("text")) or name(attributes.get("shortName"))
        case "date":
            moment = instant(attributes.get("timestamp"))
            return moment.date().isoformat() if moment else ""
        case "placeholder":
            return ""  # the editor's hint, not the writer's words
    if items(node.get("content")):
        return "\n".join(_lines(node, depth + 1))
    own = (node.get("text"), *(attributes.get(key) for key in ("text", "url", "alt")))
    return next((text for text in own if isinstance(text, str) and text), "")


def _linked(node: Mapping[str, Any]) -> str:
    text = node.get("text")
    text = text if isinstance(text, str) else name(text)
    for mark in items(node.get("marks")):
        address = _attributes(mark).get("href")
        if isinstance(address, str) and address and address != text:
            return f"{text} ({address})"
    return text


def _attributes(node: Any) -> Mapping[str, Any]:
    return mapping(mapping(node).get("attrs"))


def _words(node: Any) -> str:
    """Every text below a node, without structure and without recursion."""
    found: list[str] = []
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if isinstance(current, str):
            found.append(current)
        elif isinstance(current, list):
            waiting += reversed(current)
        elif isinstance(current, Mapping):
            waiting += [current.get("content"), current.get("text")]
    return " ".join(found)
