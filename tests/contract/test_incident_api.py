"""Programs answer incidents by a token, with the same effects as people, and are told why something cannot be."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.contract.site import Site, token_in
from triage.domain.rights import Role
from triage.store import queries, tokens
from triage.store.db import Database

P0 = {"priority": "P0", "production": "yes", "workaround": "none"}


def token(site: Site, name: str = "bridge") -> dict[str, str]:
    with site.story.context.database.write() as conn:
        _, secret = tokens.add(conn, name, "admin", site.story.now, Role.RESPONDER, None)
    return {"Authorization": f"Bearer {secret}"}


def act(site: Site, name: str, headers: dict[str, str], incident: int = 1, **sent: Any) -> Any:
    answered = site.client.post(f"/api/v1/incidents/{incident}/{name}", json=sent, headers=headers)
    site.story.settle()
    return answered


def audited(site: Site) -> list[tuple[str, str, str]]:
    with site.story.context.database.read() as conn:
        rows = queries.audit_of(conn, ["incident/1", "incident/2"])
    return [(row["act"], row["who"], (row["after"] or {}).get("via")) for row in rows]


def test_every_answer_has_its_effect_and_gives_the_incident_back(site: Site) -> None:
    story, headers = site.story, token(site)
    story.created(**P0)
    described = site.client.get("/api/openapi.json").get_json()

    def done(name: str, **sent: Any) -> Any:
        answered = act(site, name, headers, **sent)
        assert answered.status_code == 200, answered.text
        responses = described["paths"][f"/api/v1/incidents/{{incident_id}}/{name}"]["post"]["responses"]
        schema = {**responses["200"]["content"]["application/json"]["schema"], "components": described["components"]}
        Draft202012Validator(schema).validate(answered.get_json())
        return answered.get_json()

    assert done("acknowledge")["acknowledged_by"] == "bridge"
    done("snooze", for_seconds=7200, reason="the customer tests")
    story.advance(hours=1, minutes=59)
    story.expect_pages("ana")
    assert done("reassign", to="ben")["state"] == "triggered"
    story.expect_pages("ben")
    story.advance(seconds=1)
    assert done("escalate")["reason"] == "step 1, round 1"
    story.expect_pages("ana")
    story.created(**P0)
    story.expect_pages("ana")
    assert done("merge", into=2)["state"] == "resolved"
    split = act(site, "split", headers, incident=2, ticket=1)
    assert (split.status_code, split.get_json()["id"]) == (200, 2)
    assert act(site, "resolve", headers, incident=2, reason="fixed").get_json()["resolved_by"] == "bridge"
    acts = [entry for entry in audited(site) if entry[1] == "bridge"]
    assert {via for _, _, via in acts} == {"API"}
    assert {name for name, _, _ in acts} == {
        *(f"incident.{name}" for name in ("acknowledged", "snooze", "reassign", "escalate", "merge", "split")),
        "incident.resolved",
    }


@pytest.mark.parametrize(
    ("name", "incident", "sent", "status", "says"),
    [
        ("acknowledge", 99, {}, 404, "There is no incident 99."),
        ("snooze", 1, {"for_seconds": 60}, 409, "Nobody has acknowledged"),
        ("snooze", 1, {"for_seconds": 5}, 400, "for_seconds"),
        ("reassign", 1, {"to": "nobody"}, 409, "'nobody' cannot be paged"),
        ("reassign", 1, {}, 400, "to"),
        ("merge", 1, {"into": 1}, 409, "with itself"),
        ("split", 1, {"ticket": 1}, 409, "the only ticket"),
        ("split", 1, {"ticket": 2**63}, 400, "ticket"),
        ("resolve", 1, {}, 400, "reason"),
        ("acknowledge", 1, {"surprise": 1}, 400, "surprise"),
        ("dance", 1, {}, 404, ""),
    ],
)
def test_what_cannot_be_done_is_a_problem_and_changes_nothing(
    site: Site, name: str, incident: int, sent: dict[str, Any], status: int, says: str
) -> None:
    site.story.created(**P0)
    before = dict(site.story.incident())
    refused = act(site, name, token(site), incident, **sent)
    assert (refused.status_code, refused.content_type) == (status, "application/problem+json")
    assert says in refused.get_json()["detail"]
    assert dict(site.story.incident()) == before


def test_nobody_answers_without_a_good_token(site: Site) -> None:
    site.story.created(**P0)
    headers = token(site)
    with site.story.context.database.write() as conn:
        tokens.revoke(conn, 1, "admin", site.story.now + timedelta(0))
    for words in (headers["Authorization"], "Bearer ", "Bearer x", "Basic x", ""):
        assert act(site, "acknowledge", {"Authorization": words}).status_code == 401
    assert site.story.incident()["state"] == "triggered"


def test_a_session_needs_its_csrf_token_here_too(site: Site) -> None:
    site.story.created(**P0)
    site.sign_in()
    assert act(site, "acknowledge", {}).status_code == 400
    assert site.story.incident()["state"] == "triggered"
    assert act(site, "acknowledge", {"X-CSRFToken": token_in(site.client.get("/").text)}).status_code == 200


def test_a_token_opens_the_api_and_no_page_of_the_dashboard(site: Site, database: Database) -> None:
    headers = token(site)
    assert site.client.get("/api/v1/tickets/9/clocks", headers=headers).status_code == 404
    assert site.client.get("/", headers=headers).status_code == 302
