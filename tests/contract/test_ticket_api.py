"""Tickets, reports and the audit for programs: what they read, and what they may change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.contract.site import Site
from tests.month import fill
from tests.scenario.harness import START
from triage.domain.rights import Role
from triage.store import tokens


@pytest.fixture
def site_with_p0(site: Site) -> Site:
    site.story.created(priority="P0", production="yes", workaround="none")
    return site


def ask(site: Site, method: str, path: str, role: Role = Role.LEAD, **options: Any) -> TestResponse:
    with site.story.context.database.write() as conn:
        _, secret = tokens.add(conn, "bridge", "admin", site.story.now, role, None)
    headers = {"Authorization": f"Bearer {secret}"}
    return site.client.open(f"/api/v1{path}", method=method, headers=headers, **options)


def post(site: Site, path: str, status: int = 200, **sent: Any) -> Any:
    answer = ask(site, "POST", path, json=sent)
    assert answer.status_code == status, answer.text
    return answer.get_json()


def get(site: Site, path: str) -> Any:
    answer = ask(site, "GET", path)
    assert answer.status_code == 200, answer.text
    return answer.get_json()


def test_tickets_are_listed_and_narrowed_down(site_with_p0: Site) -> None:
    site = site_with_p0
    (ticket,) = get(site, "/tickets")["tickets"]
    assert (ticket["key"], ticket["priority"], ticket["customer"]) == ("ACME-10001", "P0", "acme")
    assert get(site, "/tickets?priority=P3") == {"tickets": [], "more": False}
    assert len(get(site, "/tickets?customer=acme&state=unanswered&words=checkout")["tickets"]) == 1
    for wrong in ("priority=P9", "state=lost", "page=-1", "what=this"):
        refused = ask(site, "GET", f"/tickets?{wrong}")
        assert refused.status_code == 400
        assert wrong.partition("=")[0] in refused.get_json()["detail"]


def test_a_ticket_says_why_it_has_its_priority(site_with_p0: Site) -> None:
    ticket = get(site_with_p0, "/tickets/1")
    (decision,) = ticket["decisions"]
    assert (decision["priority"], decision["policy"], decision["production"]) == ("P0", "p0-gate:v1", "yes")
    assert {one["axis"] for one in decision["evidence"]} == {"production", "workaround"}
    assert ticket["incidents"] == [1]
    assert ask(site_with_p0, "GET", "/tickets/9").status_code == 404


def test_a_program_decides_states_and_answers_under_its_own_name(site_with_p0: Site) -> None:
    site = site_with_p0
    assert post(site, "/tickets/1/decide", priority="P1", reason="a test system")["priority"] == "P1"
    stated = post(site, "/tickets/1/state", production="no", reason="asked by phone")
    assert stated["decisions"][0]["author"] == "bridge"
    site.story.advance(minutes=5)
    at = (START + timedelta(minutes=1)).isoformat()
    post(site, "/tickets/1/answer", at=at, reason="called Dora")
    clocks = {one["metric"]: one for one in get(site, "/tickets/1/clocks")["clocks"]}
    assert clocks["first_response"]["elapsed_seconds"] == 60
    acts = get(site, "/audit?who=bridge")["acts"]
    assert [act["act"] for act in acts] == ["answer.add", "ticket.state", "ticket.decide"]
    assert acts[-1]["before"] == {"priority": "P0"}
    assert acts[-1]["after"] == {"priority": "P1"}


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        ("decide", {"priority": "P1"}, 400),
        ("decide", {"priority": "P7", "reason": "x"}, 400),
        ("state", {"reason": "x"}, 400),
        ("answer", {"at": "2026-11-23T09:00:00", "reason": "x"}, 400),  # no offset
        ("answer", {"at": "2030-01-01T00:00:00Z", "reason": "x"}, 409),
        ("withdraw", {"key": "hand/none", "reason": "x"}, 409),
        ("exclude", {"metric": "resolution", "began_by": "created", "reason": "x"}, 409),
        ("include", {"metric": "resolution", "began_by": "created", "reason": "x"}, 409),
    ],
)
def test_what_makes_no_sense_is_a_problem_and_changes_nothing(
    site_with_p0: Site, path: str, sent: dict[str, str], status: int
) -> None:
    before = get(site_with_p0, "/tickets/1")
    problem = post(site_with_p0, f"/tickets/1/{path}", status, **sent)
    assert problem["status"] == status
    assert problem["detail"]
    assert get(site_with_p0, "/tickets/1") == before


def test_what_no_database_keeps_is_left_out_of_what_is_sent(site_with_p0: Site) -> None:
    decided = post(site_with_p0, "/tickets/1/decide", priority="P1", reason="a\x00b")
    assert decided["priority"] == "P1"
    assert get(site_with_p0, "/audit?act=ticket.decide")["acts"][0]["reason"] == "ab"


def test_a_breach_is_excluded_and_put_back(site_with_p0: Site) -> None:
    site = site_with_p0
    site.story.advance(hours=5)
    breach = {"metric": "resolution", "began_by": "created"}
    post(site, "/tickets/1/exclude", **breach, reason="their firewall")
    clocks = {one["metric"]: one for one in get(site, "/tickets/1/clocks")["clocks"]}
    assert clocks["resolution"]["exclusion"]["reason"] == "their firewall"
    post(site, "/tickets/1/include", **breach, reason="ours after all")
    clocks = {one["metric"]: one for one in get(site, "/tickets/1/clocks")["clocks"]}
    assert clocks["resolution"]["exclusion"] is None


def test_a_month_is_read_frozen_and_restated(site: Site) -> None:
    with site.story.context.database.write() as conn:
        fill(conn, 40)
    assert get(site, "/reports/2026-10?customer=acme")["edition"] is None
    told = post(site, "/reports/2026-10", customer="acme")
    assert told["edition"] == {
        "version": 1, "frozen_at": START.isoformat(), "frozen_by": "bridge", "reason": "",
    }  # fmt: skip
    assert get(site, "/reports/2026-10?customer=acme") == told
    assert "needs a reason" in post(site, "/reports/2026-10", 409, customer="acme")["detail"]
    assert "Nothing differs" in post(site, "/reports/2026-10", 409, customer="acme", reason="again")["detail"]
    assert get(site, "/reports/2026-10?customer=acme&live=true")["edition"] is None
    (one,) = get(site, "/statements")["statements"]
    assert (one["customer"], one["month"], one["version"]) == ("acme", "2026-10-01", 1)
    for path in ("/reports/2026-13", "/reports/2026-10?customer=nobody", "/reports/2026-10?customer=acme&version=9"):
        assert ask(site, "GET", path).status_code == 404, path


def test_a_responder_reads_reports_and_does_not_tell_them(site: Site) -> None:
    assert ask(site, "GET", "/reports/2026-10", Role.RESPONDER).status_code == 200
    assert ask(site, "POST", "/reports/2026-10", Role.RESPONDER, json={}).status_code == 403
    assert ask(site, "GET", "/audit", Role.RESPONDER).status_code == 403
