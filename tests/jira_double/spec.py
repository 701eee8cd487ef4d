"""Requests and answers against the documents that Atlassian publishes, where these are present."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

SPECS = Path(__file__).parents[2].parent / "shared" / "payloads" / "specs"

CLOUD_V2, CLOUD_V3 = "jira-cloud-platform-v2.json", "jira-cloud-platform-v3.json"
SERVER, DESK = "jira-server-7.6.1-v2.json", "jsm-cloud-servicedeskapi.json"
ADF = "adf-schema-v1-full.json"


def present() -> bool:
    """Whether the documents are there; they are not part of the project."""
    return SPECS.is_dir()


def violations(cloud: bool, method: str, path: str, query: Any, body: bytes, reply: tuple[int, bytes]) -> list[str]:
    """What is wrong with a request and its good answer by the documents that know them; empty without these."""
    if not present():
        return []
    if path.startswith("/rest/servicedeskapi/"):
        return _openapi(DESK, method, path, query, body, reply)
    if not cloud:
        return _swagger(method, path, query, body)
    version = path.removeprefix("/rest/api/").partition("/")[0]
    found = _openapi({"2": CLOUD_V2, "3": CLOUD_V3}.get(version, CLOUD_V3), method, path, query, body, reply)
    return found + (_adf(json.loads(body)) if version == "3" and body and "search" not in path else [])


def _openapi(file: str, method: str, path: str, query: Any, body: bytes, reply: tuple[int, bytes]) -> list[str]:
    openapi, paths = _document(file)
    status, content = reply
    request = MockRequest("https://your-domain.atlassian.net", method, path, args=dict(query), data=body)
    found = []
    try:
        openapi.validate_request(request)
        if content:
            openapi.validate_response(request, MockResponse(content, status))
    except OpenAPIError as error:
        found.append(f"{file}: {method} {path}: {error!r} from {error.__cause__!r}"[:2000])
    return found + _undocumented(file, paths, method, path, query)


@cache
def _document(file: str) -> tuple[OpenAPI, dict[str, Any]]:
    """The document with what is wrong in it put right.

    Cloud's second document gives its paths as version 3. Jira writes `+0000`, which no RFC 3339 date-time has.
    Logins are checked elsewhere. That an account id may be null is said in prose only; that a change may be from
    nothing or to nothing, not at all.
    """
    text = (
        (SPECS / file).read_text().replace('"format":"date-time"', '"x":1').replace('"format": "date-time"', '"x":1')
    )
    spec = json.loads(text)
    spec.pop("security", None)
    if file == CLOUD_V2:
        spec["paths"] = {path.replace("/api/3/", "/api/2/"): item for path, item in spec["paths"].items()}
    for item in spec["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict):
                operation.pop("security", None)
    schemas = spec["components"]["schemas"]
    empty = {"User": ["accountId"], "ChangeDetails": ["from", "fromString", "to", "toString"]}
    for name, properties in empty.items():
        for each in properties if name in schemas else ():
            schemas[name]["properties"][each]["nullable"] = True
    spec.setdefault("servers", [{"url": "https://your-domain.atlassian.net"}])
    return OpenAPI.from_dict(spec, config=Config(spec_validator_cls=None)), spec["paths"]


def _swagger(method: str, path: str, query: Any, body: bytes) -> list[str]:
    """Against Server's document, which is Swagger 2; that openapi-core does not read, and it has no answers."""
    paths = {f"/rest{each}": item for each, item in _server().items()}
    found = _undocumented(SERVER, paths, method, path, query)
    if found or not body:
        return found
    operation = paths[_template(paths, path)][method.lower()]
    schemas = [each["schema"] for each in operation.get("parameters", ()) if each.get("in") == "body"]
    errors = [error.message for schema in schemas for error in Draft4Validator(schema).iter_errors(json.loads(body))]
    return [f"{SERVER}: {method} {path}: {error}" for error in errors]


@cache
def _server() -> dict[str, Any]:
    paths: dict[str, Any] = json.loads((SPECS / SERVER).read_text())["paths"]
    return paths


def _undocumented(file: str, paths: dict[str, Any], method: str, path: str, query: Any) -> list[str]:
    """The path, or those of its parameters, that the document does not describe."""
    template = _template(paths, path)
    operation = paths.get(template, {}).get(method.lower())
    if operation is None:
        return [f"{file}: {method} {path} is not described"]
    names = {each["name"] for each in operation.get("parameters", ())}
    return [f"{file}: {method} {path} has no parameter {name}" for name in query.keys() - names]


def _template(paths: dict[str, Any], path: str) -> str:
    """The document's path that a path is one of, one without variables first."""
    fitting = [each for each in paths if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", each), path)]
    return min(fitting, key=lambda each: each.count("{"), default="")


def _adf(body: Any) -> list[str]:
    """The body's texts against the schema of ADF documents."""
    fields = body.get("fields", {}) if isinstance(body, dict) else {}
    texts = [body.get("body"), fields.get("description")] if isinstance(body, dict) else []
    return [f"{ADF}: {error.message[:300]}" for text in texts if text for error in adf_schema().iter_errors(text)]


@cache
def adf_schema() -> Draft4Validator:
    """The schema of ADF documents."""
    return Draft4Validator(json.loads((SPECS / ADF).read_text()))
