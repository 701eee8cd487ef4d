"""The API: who is let in, what it answers, and that it answers what it says it does."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate as validate_openapi

from tests.contract.site import Site, token_in
from tests.contract.test_web import issue
from tests.scenario.harness import START
from triage.domain.terms import Terms
from triage.simulate.sla import answer

CLOCKS = "/api/v1/tickets/1/clocks"


def breached_ticket(site: Site) -> None:
    site.post(issue(priority="P1").created_event())
    site.story.settle()
    site.story.advance(minutes=61)
    site.sign_in()


def test_who_has_not_signed_in_gets_a_problem_and_no_page(site: Site) -> None:
    refused = site.client.get(CLOCKS)
    assert (refused.status_code, refused.content_type) == (401, "application/problem+json")
    assert json.loads(refused.text)["detail"].startswith("Sign in first")


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/api/v1/tickets/99/clocks", "GET", 404),
        ("/api/v1/tickets/99999999999999999999/clocks", "GET", 404),
        ("/api/v1/nothing", "GET", 404),
        (CLOCKS, "DELETE", 405),
    ],
)
def test_errors_are_problems_for_programs(site: Site, path: str, method: str, status: int) -> None:
    site.sign_in()
    refused = site.client.open(path, method=method, headers={"X-CSRFToken": token_in(site.client.get("/").text)})
    assert (refused.status_code, refused.content_type) == (status, "application/problem+json")
    assert json.loads(refused.text)["status"] == status
    if status == 405:
        assert "GET" in refused.headers["Allow"]


def test_errors_stay_pages_for_people(site: Site) -> None:
    site.sign_in()
    missing = site.client.get("/tickets/99")
    assert (missing.status_code, missing.content_type) == (404, "text/html; charset=utf-8")
    assert "There is no ticket 99." in missing.text


def test_the_clocks_of_a_ticket_are_in_the_words_of_simulate_sla(site: Site) -> None:
    breached_ticket(site)
    answered = site.client.get(CLOCKS).get_json()
    with site.story.context.database.read() as conn:
        gold: Terms = site.story.context.configurations.current(conn).contracts["gold:v1"].terms
    goals = {metric: {p: int(t.total_seconds()) for p, t in goal.items()} for metric, goal in gold.goals.items()}
    question = {
        "id": 1,
        "calendar": None,
        "goals": goals,
        "pause_on": ["waiting_on_customer"],
        "warn_at": [0.5, 0.75],
        "events": [{"at": START.isoformat(), "type": "created", "priority": "P1"}],
        "now": site.story.now.isoformat(),
    }
    simulated = json.loads(json.dumps(answer(question)["clocks"]))
    ours = [{name: clock[name] for name in simulated[0]} for clock in answered["clocks"]]
    assert ours == simulated
    assert {clock["contract"] for clock in answered["clocks"]} == {"gold:v1"}
    assert (answered["key"], answered["customer"]) == ("ACME-1", "acme")
    assert answered["as_of"] == (START + timedelta(minutes=61)).isoformat()


def test_an_excluded_breach_says_why_and_by_whom(site: Site) -> None:
    breached_ticket(site)
    clock, other = site.client.get(CLOCKS).get_json()["clocks"]
    assert (clock["metric"], clock["exclusion"]) == ("first_response", None)
    form = {"csrf_token": token_in(site.client.get("/tickets/1").text), "reason": "their firewall"}
    site.client.post("/tickets/1/exclude", data={**form, "metric": clock["metric"], "began_by": clock["began_by"]})
    excluded = {"reason": "their firewall", "by": "admin", "at": site.story.now.isoformat()}
    assert site.client.get(CLOCKS).get_json()["clocks"] == [{**clock, "exclusion": excluded}, other]


def test_the_description_is_openapi_and_the_answers_keep_it(site: Site) -> None:
    described = site.client.get("/api/openapi.json").get_json()
    validate_openapi(described)
    assert described["openapi"] == "3.1.0"
    responses = described["paths"]["/api/v1/tickets/{ticket_id}/clocks"]["get"]["responses"]
    assert {"200", "401", "404", "default"} == set(responses)
    assert list(responses["404"]["content"]) == ["application/problem+json"]
    breached_ticket(site)
    schema = {**responses["200"]["content"]["application/json"]["schema"], "components": described["components"]}
    Draft202012Validator(schema).validate(site.client.get(CLOCKS).get_json())


def test_people_read_the_same_as_programs_and_nothing_from_elsewhere(site: Site) -> None:
    document = site.client.get("/api/openapi.json").get_json()
    page = site.client.get("/api/docs")
    assert page.status_code == 200
    for path, methods in document["paths"].items():
        for method in set(methods) & {"get", "post"}:
            assert f"<code>{method.upper()} {path}</code>" in page.text
            assert methods[method]["summary"], (method, path)
    assert "http://" not in page.text.replace("http://localhost", "")
    assert "https://" not in page.text
