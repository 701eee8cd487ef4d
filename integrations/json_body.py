"""A body that should be a JSON object, whatever it really is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from triage.ports import Unreadable


def read_object(body: bytes) -> Mapping[str, Any] | Unreadable:
    """The object, or why the body is none; never raises, and quotes nothing of the body."""
    try:
        parsed = json.loads(body)
    except RecursionError:
        return Unreadable("the body is nested too deeply to be read as JSON")
    except ValueError as error:
        return Unreadable(f"the body is not JSON: {_shown(error)}")
    if not isinstance(parsed, dict):
        return Unreadable(f"the body is not a JSON object but a {type(parsed).__name__}")
    return parsed


def _shown(error: ValueError) -> str:
    """Where JSON or its encoding is broken, without quoting what customers wrote."""
    if isinstance(error, json.JSONDecodeError):
        return f"{error.msg} at line {error.lineno}, column {error.colno}"
    if isinstance(error, UnicodeDecodeError):
        return f"not {error.encoding} at byte {error.start}"
    return "a number is too long"
