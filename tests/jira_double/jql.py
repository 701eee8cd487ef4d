"""The JQL that the double understands: clauses joined by AND, then an order."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

Fields = dict[str, Any]

_STRING = r'"(?:[^"\\]|\\.)*"'
_CLAUSES = (
    re.compile(rf"project\s*=\s*(?P<projects>{_STRING}|\w+)", re.IGNORECASE),
    re.compile(rf"project\s+in\s*\(\s*(?P<projects>{_STRING}(?:\s*,\s*{_STRING})*)\s*\)", re.IGNORECASE),
    re.compile(r"(?P<moment>created|updated)\s*>=\s*-(?P<minutes>\d+)m", re.IGNORECASE),
)
_ORDER = re.compile(r"\s+ORDER\s+BY\s+(.+)$", re.IGNORECASE)
_TERM = re.compile(r"(created|updated|key)(?:\s+(asc|desc))?", re.IGNORECASE)


class NotUnderstood(Exception):
    """The query is in no shape that the double knows."""


def search(jql: str, issues: list[Fields], now: datetime) -> list[Fields]:
    """The issues (`key`, `created` and `updated` as instants) that the query finds, in its order."""
    order = _ORDER.search(jql)
    where = jql[: order.start()] if order else jql
    tests = [_test(clause.strip(), now) for clause in re.split(r"\s+AND\s+", where, flags=re.IGNORECASE) if clause]
    found = [issue for issue in issues if all(test(issue) for test in tests)]
    for term in reversed(re.split(r"\s*,\s*", order[1]) if order else ["key DESC"]):
        match = _TERM.fullmatch(term.strip())
        if match is None:
            raise NotUnderstood(term)
        found.sort(key=_key(match[1].lower()), reverse=(match[2] or "asc").lower() == "desc")
    return found


def _test(clause: str, now: datetime) -> Callable[[Fields], bool]:
    match = next((match for pattern in _CLAUSES if (match := pattern.fullmatch(clause))), None)
    if match is None:
        raise NotUnderstood(clause)
    parts = match.groupdict()
    if "projects" in parts:
        keys = [
            json.loads(each) if each[0] == '"' else each for each in re.findall(rf"{_STRING}|\w+", parts["projects"])
        ]
        return lambda issue: issue["key"].rpartition("-")[0] in keys
    since = now - timedelta(minutes=int(parts["minutes"]))
    return lambda issue: issue[parts["moment"].lower()] >= since


def _key(name: str) -> Callable[[Fields], Any]:
    def number(issue: Fields) -> tuple[str, int]:
        project, _, count = issue["key"].rpartition("-")
        return project, int(count)

    return number if name == "key" else lambda issue: issue[name]
