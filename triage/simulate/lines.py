"""Runs a question-answering function over JSON lines: an answer a line, in order, errors in their place (R20)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from marshmallow import ValidationError

Answer = Callable[[dict[str, Any]], Mapping[str, Any]]


class Run:
    """The output lines of one run, without line ends; once they are read, `exit_status` says how it went."""

    def __init__(self, lines: Iterable[str | bytes], answer: Answer) -> None:
        self._lines = lines
        self._answer = answer
        self.failures = 0

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            yield json.dumps(self._result(line))

    @property
    def exit_status(self) -> int:
        return 1 if self.failures else 0

    def _result(self, line: str | bytes) -> Mapping[str, Any]:
        try:
            question = _parsed(line)
        except ValueError as error:
            self.failures += 1
            return {"id": None, "error": str(error)}
        try:
            return self._answer(question)
        except (ValueError, ValidationError) as error:
            self.failures += 1
            return {"id": question.get("id"), "error": describe(error)}
        except RecursionError:  # what could just be read may yet be too deep to be looked at
            self.failures += 1
            return {"id": question.get("id"), "error": "nested too deep"}


def run(lines: Iterable[str | bytes], answer: Answer) -> Run:
    """Answer every line; `answer` raises ValueError or marshmallow's ValidationError for a bad question.

    Lines may be bytes, so that one that is not UTF-8 is an error in its place like any other that is not JSON.
    """
    return Run(lines, answer)


def describe(error: ValueError | ValidationError) -> str:
    """What is wrong, with the path of each bad key if marshmallow knows it."""
    if isinstance(error, ValidationError):
        return "; ".join(f"{path or 'line'}: {message}" for path, message in _faults(error.messages))
    return str(error)


def _parsed(line: str | bytes) -> dict[str, Any]:
    try:
        value = json.loads(line, parse_constant=_refuse, object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("not JSON: nested too deep") from None
    except ValueError as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _refuse(constant: str) -> None:
    """Python reads NaN and Infinity, JSON does not have them."""
    raise ValueError(f"{constant} is no JSON value")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object with a doubled key would silently lose one of its values."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"doubled key {next(name for name in names if names.count(name) > 1)!r}")
    return found


def _faults(messages: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Marshmallow's nested messages, one by one, each with its path."""
    if not isinstance(messages, dict):
        yield from ((path, str(message)) for message in messages)
        return
    for key, inner in messages.items():
        if key == "_schema":
            yield from _faults(inner, path)
        elif isinstance(key, int):
            yield from _faults(inner, f"{path}[{key}]")
        else:
            yield from _faults(inner, f"{path}.{key}" if path else str(key))
