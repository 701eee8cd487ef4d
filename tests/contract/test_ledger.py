"""The page ledger on each kind of database: in the API, on the dashboard, and as CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
import sqlalchemy as sa
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate as validate_openapi

from tests.contract.site import Site, site_over, token_in
from tests.scenario.harness import CONFIG, START, Sink, Story
from triage import documents
from triage.engine import respond
from triage.ports import Retry
from triage.store import ledger, tables
from triage.store.db import Database
from triage.store.ledger import Wanted

SECRET_URL = "https://hooks.vendor.example/T0/secret-part"
PEOPLE = f"""
people:
  ana:
    name: "=Ana Example"
    contact_methods:
      - {{gateway: smtp, address: "env:TRIAGE_SECRET_ANA"}}
      - {{gateway: console, address: "{SECRET_URL}"}}
  ben: {{name: Ben Example, contact_methods: [{{gateway: console}}]}}
  cy: {{name: Cy Example, contact_methods: [{{gateway: console}}]}}
"""


@pytest.fixture
def paged(database: Database) -> Site:
    """Ana's first channel rejects, her second takes two attempts, cy is paged too; ana acknowledges after 6 min."""
    files = {**documents.read_folder(CONFIG), "people.yaml": PEOPLE}
    story = Story(database, files, gateways=[Sink("smtp"), Sink("console", answers=[Retry("450 busy")])])
    story.created(priority="P0", production="yes", workaround="none")
    story.advance(minutes=6)
    with database.write() as conn:
        respond.acknowledge_page(conn, story.context, story.pages()[0]["id"], story.now)
    story.settle()
    site = site_over(story)
    site.sign_in()
    return site


def get(site: Site, path: str) -> Any:
    answer = site.client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def lines_of(site: Site, asked: str = "") -> list[dict[str, str]]:
    """The lines of the CSV, by the names of their columns."""
    return list(csv.DictReader(io.StringIO(site.client.get(f"/pages.csv?{asked}").text.removeprefix("\ufeff"))))


def at(**span: float) -> str:
    return (START + timedelta(**span)).isoformat()


def test_nobody_reads_it_without_signing_in(site: Site) -> None:
    for path in ("/incidents/1", "/pages", "/pages.csv"):
        assert site.client.get(path).status_code == 302, path
    for path in ("/incidents", "/incidents/1", "/incidents/1/story", "/pages"):
        assert site.client.get(f"/api/v1{path}").status_code == 401, path


def test_a_page_is_told_with_every_delivery_and_every_attempt(paged: Site) -> None:
    cys, anas = get(paged, "/api/v1/pages")["pages"]
    assert len(anas.pop("id")) == 32
    assert anas == {
        "customer_page": None,
        "incident": 1,
        "customer": "acme",
        "person": "ana",
        "step": 1,
        "round": 1,
        "state": "acknowledged",
        "reason": "acknowledged by ana (link)",
        "observed": False,
        "paged_at": at(),
        "ended_at": at(minutes=6),
        "deliveries": [
            {
                "gateway": "smtp",
                "state": "rejected",
                "reason": "TRIAGE_SECRET_ANA is not set in the environment",
                "attempts": [
                    {
                        "started_at": at(),
                        "ended_at": at(),
                        "outcome": "rejected",
                        "reason": "TRIAGE_SECRET_ANA is not set in the environment",
                    }
                ],
            },
            {
                "gateway": "console",
                "state": "delivered",
                "reason": "",
                "attempts": [
                    {"started_at": at(), "ended_at": at(), "outcome": "retry", "reason": "450 busy"},
                    {"started_at": at(seconds=1), "ended_at": at(seconds=1), "outcome": "delivered", "reason": ""},
                ],
            },
        ],
    }
    assert (cys["person"], cys["step"], cys["state"]) == ("cy", 2, "superseded")


def test_an_incident_has_its_tickets_and_its_pages(paged: Site) -> None:
    (line,) = get(paged, "/api/v1/incidents")["incidents"]
    whole = get(paged, "/api/v1/incidents/1")
    assert whole.pop("pages") == get(paged, "/api/v1/pages?incident=1")["pages"]
    assert whole.pop("as_of") == at(minutes=6)
    assert whole == line
    assert (line["state"], line["acknowledged_by"], line["acknowledged_at"]) == ("acknowledged", "ana", at(minutes=6))
    assert line["page_count"] == 2
    (ticket,) = line["tickets"]
    assert (ticket["id"], ticket["key"], ticket["priority"], ticket["joined_at"]) == (1, "ACME-10001", "P0", at())


def test_the_story_is_told_to_programs_too(paged: Site) -> None:
    story = get(paged, "/api/v1/incidents/1/story")
    assert story["knowledge"][0] == {
        "who": "ana",
        "paged_at": at(),
        "reached_at": at(seconds=1),
        "answered_at": at(minutes=6),
    }
    assert [moment["kind"] for moment in story["moments"]][:3] == ["reported", "decided", "triggered"]
    taken = next(moment for moment in story["moments"] if moment["kind"] == "acknowledged")
    assert taken == {
        "at": at(minutes=6),
        "kind": "acknowledged",
        "who": "ana",
        "what": "has it (link)",
        "ticket": None,
    }


def test_addresses_are_shown_nowhere(paged: Site) -> None:
    for path in (
        "/pages",
        "/pages.csv",
        "/incidents/1",
        "/api/v1/pages",
        "/api/v1/incidents/1",
        "/api/v1/incidents/1/story",
    ):
        shown = paged.client.get(path).text
        assert "secret-part" not in shown, path
        assert "/ack/" not in shown, path


def test_the_description_is_openapi_and_the_answers_keep_it(paged: Site) -> None:
    described = paged.client.get("/api/openapi.json").get_json()
    validate_openapi(described)
    parameters = described["paths"]["/api/v1/pages"]["get"]["parameters"]
    assert {one["name"] for one in parameters} == {
        "from",
        "to",
        "person",
        "state",
        "customer",
        "incident",
        "before",
    }
    for path in ("/incidents", "/incidents/{incident_id}", "/incidents/{incident_id}/story", "/pages"):
        responses = described["paths"][f"/api/v1{path}"]["get"]["responses"]
        schema = {**responses["200"]["content"]["application/json"]["schema"], "components": described["components"]}
        answer = get(paged, f"/api/v1{path}".replace("{incident_id}", "1"))
        Draft202012Validator(schema).validate(answer)


NONSENSE = [
    ("from=soon", "from: 'soon' is neither a date nor a time with its offset; write 2026-11-23 or"),
    ("to=2026-11-23T09:00", "to: '2026-11-23T09:00' is neither"),
    ("to=9999-12-31", "to: '9999-12-31' is neither"),
    ("from=0001-01-01T00:00%2B14:00", "from: '0001-01-01T00:00+14:00' is neither"),
    ("state=over", "state: 'over' is no state; choose one of open, acknowledged, superseded"),
    ("incident=one", "incident: Write a number"),
    ("incident=99999999999999999999", "incident: 99999999999999999999 is no number that anything has here"),
    ("before=gone", "before: There is no page 'gone'"),
    ("persn=ana", "persn: There is no such parameter here."),
]


def test_what_makes_no_sense_is_said_in_every_form(paged: Site) -> None:
    for asked, told in NONSENSE:
        refused = paged.client.get(f"/api/v1/pages?{asked}")
        assert (refused.status_code, refused.content_type) == (400, "application/problem+json"), asked
        assert told in json.loads(refused.text)["detail"]
        shown = paged.client.get(f"/pages?{asked}")
        assert (shown.status_code, shown.content_type) == (400, "text/html; charset=utf-8"), asked
        if "before" not in asked:
            assert paged.client.get(f"/pages.csv?{asked}").status_code == 400, asked


def test_incidents_that_never_were_are_not_found(paged: Site) -> None:
    for path in (
        "/incidents/9",
        "/api/v1/incidents/9",
        "/api/v1/incidents/9/story",
        "/incidents/99999999999999999999",
    ):
        assert paged.client.get(path).status_code == 404, path
    assert paged.client.get("/api/v1/incidents?state=open").status_code == 400


NARROWED: list[tuple[str, list[str]]] = [
    ("", ["cy", "ana"]),
    ("person=ana", ["ana"]),
    ("person=%00ana", ["ana"]),
    ("state=superseded", ["cy"]),
    ("customer=acme&person=&state=", ["cy", "ana"]),
    ("customer=globex", []),
    ("incident=2", []),
    ("from=2026-11-23&to=2026-11-23", ["cy", "ana"]),
    ("from=2026-11-24", []),
    ("to=2026-11-22", []),
    ("from=2026-11-23T09:00:00Z&to=2026-11-23T09:05:00Z", ["ana"]),
    ("from=2026-11-23T10:00:00.000001%2B01:00", ["cy"]),
]


def test_the_ledger_is_narrowed_alike_in_every_form(paged: Site) -> None:
    for asked, people in NARROWED:
        assert [page["person"] for page in get(paged, f"/api/v1/pages?{asked}")["pages"]] == people, asked
        assert [line["person"] for line in lines_of(paged, asked)] == people, asked
        shown = paged.client.get(f"/pages?{asked}").text
        assert (f"<h2>{len(people)} page" if people else "Nobody was paged then.") in shown, asked


def fill(site: Site, count: int) -> None:
    """More pages of incident 1, three at each instant, over the years before."""
    rows = [
        {
            "id": f"{number:032x}",
            "incident_id": 1,
            "person": f"person-{number % 7}",
            "round": 0,
            "step": 0,
            "state": "resolved",
            "reason": "",
            "paged_at": START - timedelta(hours=number // 3),
            "deadline_at": START,
            "ended_at": START,
        }
        for number in range(3, count + 3)
    ]
    with site.story.context.database.write() as conn:
        conn.execute(sa.insert(tables.pages), rows)


def test_a_long_ledger_is_read_on_without_a_gap_or_a_repeat(paged: Site) -> None:
    fill(paged, 250)
    seen: list[str] = []
    answer: dict[str, Any] = {"next": ""}
    while answer["next"] is not None:
        answer = get(paged, f"/api/v1/pages?before={answer['next']}")
        seen += [page["id"] for page in answer["pages"]]
    assert len(seen) == len(set(seen)) == 252
    with paged.story.context.database.read() as conn:
        rows = ledger.listed(conn, Wanted(), size=300)
        assert ledger.count(conn, Wanted()) == 252
    assert seen == [row["id"] for row in rows]
    assert [row["paged_at"] for row in rows] == sorted((row["paged_at"] for row in rows), reverse=True)
    assert get(paged, "/api/v1/incidents/1")["page_count"] == 252
    first = paged.client.get("/pages?from=2020-01-01").text
    assert 'rel="next">Older</a>' in first
    assert "<h2>252 pages</h2>" in first
    found = re.search(r'href="([^"]+)" rel="next">Older', first)
    assert found
    older = paged.client.get(unescape(found[1])).text
    assert older.count("No message yet.") == 100
    assert ">Newest</a>" in older
    assert "<h2>252 pages</h2>" in older


def test_incidents_are_read_on_by_the_last_ones_number(paged: Site) -> None:
    with paged.story.context.database.write() as conn:
        row = dict(conn.execute(sa.select(tables.incidents)).mappings().one())
        row.pop("id")
        conn.execute(
            sa.insert(tables.incidents), [{**row, "state": "resolved", "customer": None} for _ in range(105)]
        )
    first = get(paged, "/api/v1/incidents")
    second = get(paged, f"/api/v1/incidents?before={first['next']}")
    ids = [incident["id"] for incident in (*first["incidents"], *second["incidents"])]
    assert (ids, second["next"]) == (list(range(106, 0, -1)), None)
    assert [one["id"] for one in get(paged, "/api/v1/incidents?state=acknowledged&customer=acme")["incidents"]] == [1]
    assert first["incidents"][0]["tickets"] == []
    for path in ("/incidents/106", "/api/v1/incidents/106", "/api/v1/incidents/106/story"):
        assert paged.client.get(path).status_code == 200, path


def test_the_csv_has_a_line_for_each_page_with_what_came_of_its_attempts(paged: Site) -> None:
    answer = paged.client.get("/pages.csv?from=2026-11-23&to=2026-11-23")
    assert answer.content_type == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="pages-20261123-20261124.csv"'
    _, anas = lines_of(paged, "from=2026-11-23&to=2026-11-23")
    assert len(anas.pop("page")) == 32
    assert anas == {
        "incident": "1",
        "ticket": "ACME-10001",
        "customer": "acme",
        "person": "ana",
        "name": "'=Ana Example",
        "step": "1",
        "round": "1",
        "paged_at": "2026-11-23 09:00:00",
        "week": "2026-W48",
        "night": "no",
        "state": "acknowledged",
        "ended_at": "2026-11-23 09:06:00",
        "answer_seconds": "360",
        "delivered_at": "2026-11-23 09:00:01",
        "delivered_over": "console",
        "attempts": "3",
        "failed_attempts": "2",
        "observed": "no",
        "reason": "acknowledged by ana (link)",
    }


def test_a_long_csv_comes_in_parts_and_leaves_nothing_out(paged: Site) -> None:
    fill(paged, 1100)
    assert paged.client.get("/pages.csv").is_streamed
    lines = lines_of(paged)
    assert len({line["page"] for line in lines}) == len(lines) == 1102


def test_the_figures_by_person_and_week_are_those_of_the_pages_below(paged: Site) -> None:
    fill(paged, 60)  # three an hour, back to the evening before
    shown = paged.client.get("/pages").text
    lines = lines_of(paged)
    for week, person in (("2026-W47", "person-3"), ("2026-W48", "person-3"), ("2026-W48", "ana")):
        mine = [line for line in lines if (line["week"], line["person"]) == (week, person)]
        row = shown.partition(f"<span>{week} ")[2].partition(
            f">{'=Ana Example' if person == 'ana' else person}</td>"
        )[2]
        assert re.findall(r'class="number">(\d+)</td>', row)[:3] == [
            str(len(mine)),
            str(sum(line["night"] == "yes" for line in mine)),
            str(sum(line["state"] == "acknowledged" for line in mine)),
        ]
    assert {line["night"] for line in lines} == {"yes", "no"}
    assert '<td data-label="Median answer" class="number">6 min</td>' in shown


def test_what_was_only_observed_is_listed_and_called_nobody(database: Database) -> None:
    files = documents.read_folder(CONFIG)
    files["service.yaml"] = files["service.yaml"].replace("observe_only: false", "observe_only: true")
    story = Story(database, files)
    story.created(priority="P0", production="yes", workaround="none")
    site = site_over(story)
    site.sign_in()
    shown = site.client.get("/pages").text
    assert "All of these pages were under observe only" in shown
    assert "· observe only" in shown
    (page,) = get(site, "/api/v1/pages")["pages"]
    assert (page["observed"], [one["state"] for one in page["deliveries"]]) == (True, ["observed"])


def test_an_incidents_page_tells_its_story_and_its_forms_lead_back_to_it(paged: Site) -> None:
    shown = paged.client.get("/incidents/1").text
    assert "Who knew when" in shown
    assert "after&nbsp;6\u00a0min" in shown
    assert "=Ana Example has it" in shown
    assert "TRIAGE_SECRET_ANA is not set in the environment" in shown
    assert 'href="/incidents/1"' in paged.client.get("/tickets/1").text
    assert 'href="/incidents/1"' in paged.client.get("/incidents").text
    form = {"csrf_token": token_in(shown), "ticket_id": "", "back": "incident", "reason": "fixed <b>"}
    answer = paged.client.post("/incidents/1/resolve", data=form)
    assert answer.headers["Location"] == "/incidents/1"
    shown = paged.client.get("/incidents/1").text
    assert "ended it (dashboard): “fixed &lt;b&gt;”" in shown
    answer = paged.client.post("/incidents/1/resolve", data={**form, "back": ""}, follow_redirects=True)
    assert answer.request.path == "/incidents"
    assert "over already" in answer.text


def test_what_customers_write_is_escaped_in_a_story(site: Site) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    new = site.story.created(evil, priority="P0", production="yes", workaround="none", description=evil)
    site.story.receive(new.comment(START, evil))
    site.sign_in()
    for path in ("/incidents/1", "/pages", "/tickets/1"):
        page = site.client.get(path).text
        assert "<script>alert" not in page, path
        assert "<img src=x" not in page, path
    assert "&lt;script&gt;alert" in site.client.get("/incidents/1").text


def test_a_story_without_end_is_turned_page_by_page(paged: Site) -> None:
    fill(paged, 250)
    first, second = (paged.client.get(f"/incidents/1?page={page}").text for page in (0, 1))
    assert first.count('<span class="state paged">') == 200  # the pages that were added are older than the incident
    assert "reported" not in first
    assert "reported" in second
    assert 'href="/incidents/1?page=1"' in first
    assert "The newest 30 of 252 pages" in first
