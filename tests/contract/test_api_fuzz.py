"""Everything that the OpenAPI document allows, and much that it does not, sent to every route."""

from __future__ import annotations

import re
import tempfile
from functools import cache

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance

from tests.contract.site import Site, site_over
from tests.contract.test_rights import table
from tests.month import MONTH, fill
from tests.scenario.harness import Story
from triage.domain.rights import Role
from triage.engine import reports
from triage.store import tokens
from triage.store.db import Database

CHECKS = [not_a_server_error, content_type_conformance, response_schema_conformance]


@cache
def busy() -> tuple[Site, dict[str, str]]:
    """A service in which there is something behind every route, and the token of an admin.

    It is one for all examples: what they do to it is what programs do.
    """
    database = Database(f"sqlite:///{tempfile.mkdtemp()}/t.db")
    database.upgrade()
    story = Story(database)
    story.created(priority="P0", production="yes", workaround="none")
    story.advance(minutes=20)
    with database.write() as conn:
        fill(conn, 60, first=1000)
        _, secret = tokens.add(conn, "fuzz", "admin", story.now, Role.ADMIN, None)
    reports.freeze(story.context, "acme", MONTH, "ana", "", story.now)
    site = site_over(story, rate_limited=False)
    return site, {"Authorization": f"Bearer {secret}"}


@cache
def document() -> schemathesis.BaseSchema:
    """What the service says of itself."""
    site, _ = busy()
    return schemathesis.openapi.from_wsgi("/api/openapi.json", site.client.application)


def operations() -> list[tuple[str, str]]:
    """Every route of the API, as the table of rights has it."""
    return [(method, re.sub(r"<(\w+)>", r"{\1}", path)) for method, path in table() if path.startswith("/api/v1/")]


def test_every_route_is_described() -> None:
    described = {(found.ok().method.upper(), found.ok().full_path) for found in document().get_all_operations()}
    assert described == set(operations())


@pytest.mark.parametrize(("method", "path"), operations(), ids=map(" ".join, operations()))
def test_no_request_breaks_it_and_every_answer_is_as_described(method: str, path: str) -> None:
    _, headers = busy()

    @settings(max_examples=30, suppress_health_check=list(HealthCheck))
    @given(case=document()[path][method].as_strategy())
    def ask(case: schemathesis.Case) -> None:
        case.call_and_validate(headers=headers, checks=CHECKS)

    ask()
