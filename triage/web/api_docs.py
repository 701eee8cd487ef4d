"""The page that describes the API to people: made from its OpenAPI document, without anything of anybody else's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template

Spec = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Named:
    """A parameter, or a field of a body: what it is called, what it may be, and what it means."""

    name: str
    kind: str
    required: bool
    meaning: str


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that a program can ask."""

    method: str
    path: str
    summary: str
    parameters: tuple[Named, ...]
    body: tuple[Named, ...]
    answers: tuple[tuple[str, str], ...]
    answer: tuple[Named, ...]

    @property
    def anchor(self) -> str:
        return "".join(char if char.isalnum() else "-" for char in f"{self.method}{self.path}").casefold()


def blueprint(describe: Callable[[], Spec]) -> Blueprint:
    """The page; `describe` gives the OpenAPI document."""
    routes = Blueprint("api_docs", __name__)

    @routes.get("/api/docs")
    def page() -> str:
        spec = describe()
        return render_template("api.html", info=spec["info"], operations=list(operations(spec)))

    return routes


def operations(spec: Spec) -> Iterator[Operation]:
    """Every operation of the document, by address."""
    for path, methods in sorted(spec["paths"].items()):
        shared = methods.get("parameters", [])
        for method in ("get", "post", "put", "patch", "delete"):
            if method in methods:
                yield _operation(spec, method, path, methods[method], shared)


def _operation(spec: Spec, method: str, path: str, found: Spec, shared: list[Spec]) -> Operation:
    sent = _schema_in(spec, found.get("requestBody", {}))
    good = next((_resolved(spec, one) for code, one in found["responses"].items() if code.startswith("2")), {})
    return Operation(
        method=method.upper(),
        path=path,
        summary=found.get("summary") or found.get("description", ""),
        parameters=tuple(_parameter(_resolved(spec, one)) for one in (*shared, *found.get("parameters", []))),
        body=tuple(_fields(spec, sent)),
        answers=tuple(
            (code, _resolved(spec, one).get("description", ""))
            for code, one in found["responses"].items()
            if code.isdecimal()
        ),
        answer=tuple(_fields(spec, _schema_in(spec, good))),
    )


def _parameter(found: Spec) -> Named:
    kind, meaning = _kind(found.get("schema", {})), found.get("description", "")
    return Named(found["name"], f"{kind}, in the {found['in']}", found.get("required", False), meaning)


def _schema_in(spec: Spec, found: Spec) -> Spec:
    content: Spec = next(iter(found.get("content", {}).values()), {})
    return _resolved(spec, content.get("schema", {}))


def _fields(spec: Spec, schema: Spec) -> Iterator[Named]:
    needed = schema.get("required", ())
    for name, given in schema.get("properties", {}).items():
        yield Named(name, _kind(given), name in needed, given.get("description", ""))


def _resolved(spec: Spec, found: Spec) -> Spec:
    """What a reference stands for."""
    while "$ref" in found:
        place: Any = spec
        for part in found["$ref"].removeprefix("#/").split("/"):
            place = place[part]
        found = place
    return found


def _kind(schema: Spec) -> str:
    """`string`, `integer or null`, `one of a, b`, `list of Page`."""
    if "enum" in schema:
        return f"one of {', '.join(str(value) for value in schema['enum'] if value is not None)}"
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "anyOf" in schema or "oneOf" in schema:
        return " or ".join(dict.fromkeys(map(_kind, schema.get("anyOf") or schema["oneOf"])))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    kind = schema.get("type", "anything")
    named = " or ".join(kind) if isinstance(kind, list) else str(kind)
    return f"{named} ({schema['format']})" if "format" in schema else named
