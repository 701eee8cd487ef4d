"""The HTTP side over a real application: what is let in, what is kept, what is shown."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client import REGISTRY

import app as wiring
from tests.contract.site import KEY, SECRET, TOKEN, Site, token_in
from tests.jira_events import Issue, sign
from tests.scenario.harness import START, Story
from triage import settings
from triage.domain.rights import Role
from triage.store import inbox, people, queries, tokens
from triage.store.db import Database
from triage.web import Worker
from triage.web.links import PageTokens


def issue(**fields: str) -> Issue:
    return Issue("10001", "ACME-1", START, **fields)  # type: ignore[arg-type]


def test_a_signed_body_is_kept_before_the_answer_and_a_repeat_gets_the_same_answer(site: Site) -> None:
    body = issue().created_event()
    assert [site.post(body), site.post(body)] == [202, 202]
    assert site.kept() == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Hub-Signature": "sha256=" + "0" * 64},
        {"X-Hub-Signature": "sha1=" + "0" * 40},
        {"X-Forwarded-For": "127.0.0.1"},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
    ],
)
def test_what_jira_did_not_sign_is_refused_and_counted(site: Site, headers: dict[str, str]) -> None:
    before = REGISTRY.get_sample_value("triage_events_received_total", {"source": "jira", "outcome": "bad_signature"})
    answer = site.client.post("/webhooks/jira", data=b"{}", headers=headers)
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    after = REGISTRY.get_sample_value("triage_events_received_total", {"source": "jira", "outcome": "bad_signature"})
    assert (after or 0) - (before or 0) == 1
    assert site.kept() == 0


def test_an_automation_rule_may_send_a_bearer_token(site: Site) -> None:
    assert site.post(b'{"id": 1}', Authorization=f"Bearer {TOKEN}") == 202


@pytest.mark.parametrize("body", [b"", b"not json", b"\xff\x00", b"[]", b'{"issue": null}', b"{" * 5000])
def test_with_a_good_signature_nothing_is_refused(site: Site, body: bytes) -> None:
    assert site.post(body) == 202
    site.story.settle()
    with site.story.context.database.read() as conn:
        assert [event["body"] for event in queries.quarantine(conn)] == [body]


def test_an_oversize_body_is_413(site: Site) -> None:
    assert site.post(b" " * 64001) == 413
    assert site.post(b" " * 64000) == 202


def test_without_a_database_the_answer_is_503_and_comes_again(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/t.db")
    database.upgrade()
    story = Story(database)
    env = settings.read({"TRIAGE_JIRA_WEBHOOK_SECRET": SECRET, "TRIAGE_SECRET_KEY": KEY})
    client = wiring.create_app(story.context, env, Worker(lambda: None, lambda: True), lambda: START).test_client()
    database.close()
    for file in tmp_path.iterdir():
        file.unlink()
    (tmp_path / "t.db").mkdir()  # nobody can open that
    body = issue().created_event()
    answer = client.post("/webhooks/jira", data=body, headers=sign(body, SECRET))
    assert (answer.status_code, answer.content_type) == (503, "application/problem+json")
    assert client.get("/readyz").status_code == 503
    assert client.get("/healthz").status_code == 200


def test_it_is_never_open(site: Site) -> None:
    for path in ("/", "/tickets/1", "/incidents", "/quarantine", "/live/queue", "/live/tickets/1"):
        assert site.client.get(path).status_code == 302, path
    for path in (
        "/incidents/1/acknowledge",
        "/tickets/1/decide",
        "/tickets/1/answer",
        "/tickets/1/exclude",
        "/quarantine/1/release",
    ):
        assert site.client.post(path).status_code == 400, path  # no CSRF token
    assert site.client.get("/api/v1/tickets/1/clocks").status_code == 401
    assert site.client.get("/", headers={"Host": "evil.example"}).status_code == 400


def test_a_sign_in_link_works_once(site: Site) -> None:
    with site.story.context.database.write() as conn:
        link = people.new_link(conn, people.admin(conn, START), START)
    token = token_in(site.client.get(f"/signin/{link}").text)
    assert site.client.post(f"/signin/{link}", data={"csrf_token": token}).status_code == 302
    assert site.client.get("/").status_code == 200
    token = token_in(site.client.get("/").text)
    assert site.client.post("/signout", data={"csrf_token": token}).status_code == 302
    token = token_in(site.client.get(f"/signin/{link}").text)
    assert site.client.post(f"/signin/{link}", data={"csrf_token": token}).status_code == 403


def test_the_queue_and_the_ticket_show_what_was_decided(site: Site) -> None:
    site.post(issue(priority="P0", production="yes", workaround="none").created_event())
    site.story.settle()
    site.sign_in()
    queue, ticket = site.client.get("/").text, site.client.get("/tickets/1").text
    for page in (queue, ticket):
        assert "ACME-1" in page
        assert "Production is affected and there is no workaround." in page
    assert "production: yes" in ticket
    assert "gold:v1, P0" in ticket
    assert site.client.get("/?priority=P3").text.count("ACME-1") == 0
    assert site.client.get("/tickets/99").status_code == 404


def test_what_customers_write_is_escaped_everywhere(site: Site) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    new = issue(summary=evil, description=evil, priority="P0")
    site.post(new.created_event())
    site.post(new.comment(START, evil))
    site.post(evil.encode())
    site.story.settle()
    site.sign_in()
    page_id = site.story.pages()[0]["id"]
    for path in ("/", "/tickets/1", "/incidents", "/quarantine", f"/ack/{PageTokens(KEY).sign(page_id)}"):
        page = site.client.get(path)
        assert "<script>alert" not in page.text, path
        assert "<img src=x" not in page.text, path
        assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "\n<" not in site.story.sent[0].subject


def test_looking_at_an_acknowledge_link_does_nothing_and_one_touch_takes_the_incident(site: Site) -> None:
    site.post(issue(priority="P0", production="yes", workaround="none").created_event())
    site.story.settle()
    link = f"/ack/{PageTokens(KEY).sign(site.story.pages()[0]['id'])}"
    for _ in range(3):
        assert "Acknowledge</button>" in site.client.get(link).text
    assert site.story.incident()["state"] == "triggered"
    assert "You have it" in site.client.post(link).text
    assert site.story.incident()["state"] == "acknowledged"
    assert site.client.post(link).status_code == 200  # a second touch changes nothing
    site.sign_in()
    token = token_in(site.client.get("/incidents").text)
    site.client.post("/incidents/1/resolve", data={"csrf_token": token, "reason": "fixed"})
    assert site.story.incident()["state"] == "resolved"
    assert site.client.post(link).status_code == 409  # the link ends with the incident
    assert "The incident is over" in site.client.get(link).text


def test_a_forged_acknowledge_link_is_none_of_ours(site: Site) -> None:
    site.post(issue(priority="P0", production="yes", workaround="none").created_event())
    site.story.settle()
    page_id = site.story.pages()[0]["id"]
    for token in (page_id, PageTokens("x" * 32).sign(page_id), "a.b"):
        assert site.client.post(f"/ack/{token}").status_code == 404
    assert site.story.incident()["state"] == "triggered"


def test_a_decision_by_hand_stands_and_is_audited(site: Site) -> None:
    new = issue(priority="P0", production="no")
    site.post(new.created_event())
    site.story.settle()
    site.sign_in()
    token = token_in(site.client.get("/tickets/1").text)
    decide = {"csrf_token": token, "priority": "P0", "reason": ""}
    assert "needs a reason" in site.client.post("/tickets/1/decide", data=decide, follow_redirects=True).text
    assert site.story.ticket()["priority"] == "P1"
    site.client.post("/tickets/1/decide", data={**decide, "reason": "they host it themselves"})
    site.story.settle()
    assert site.story.ticket()["priority"] == "P0"
    site.story.expect_pages("ana")
    site.story.advance(minutes=1)
    site.post(new.change(site.story.now, "workaround", "exists"))
    site.story.settle()
    assert site.story.ticket()["priority"] == "P0"
    assert "they host it themselves" in site.client.get("/tickets/1").text
    with site.story.context.database.read() as conn:
        (act,) = queries.audit_of(conn, ["ticket/1"])
    assert (act["who"], act["before"], act["after"]) == ("admin", {"priority": "P1"}, {"priority": "P0"})


def test_an_answer_by_phone_is_added_shown_and_withdrawn(site: Site) -> None:
    site.post(issue(priority="P2").created_event())
    site.story.settle()
    site.story.advance(minutes=10)
    site.sign_in()
    form = {"csrf_token": token_in(site.client.get("/tickets/1").text), "reason": "by phone: <b>restart</b>"}
    assert site.client.post("/tickets/1/answer", data={**form, "at": "noon"}).status_code == 400
    refused = site.client.post("/tickets/1/answer", data={**form, "at": "2026-11-23T10:00"}, follow_redirects=True)
    assert "it was created 2026-11-23 09:00:00 UTC" in refused.text
    site.client.post("/tickets/1/answer", data={**form, "at": "2026-11-23T09:03"})
    page = site.client.get("/tickets/1").text
    assert "Answered outside Jira</strong>" in page
    assert "added by hand 2026-11-23 09:10:00" in page
    assert "by phone: &lt;b&gt;restart&lt;/b&gt;" in page
    assert site.story.clocks()["first_response"]["stopped_at"] == START + timedelta(minutes=3)
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found
    withdraw = {"csrf_token": form["csrf_token"], "key": found[1], "reason": "wrong ticket"}
    assert "Withdrawn" in site.client.post("/tickets/1/withdraw", data=withdraw, follow_redirects=True).text
    assert site.story.clocks()["first_response"]["stopped_at"] is None


def test_a_breach_is_excluded_with_a_reason_that_everybody_can_see(site: Site) -> None:
    site.post(issue(priority="P1").created_event())
    site.story.settle()
    site.sign_in()
    assert "Breaches and the statement" not in site.client.get("/tickets/1").text
    site.story.advance(minutes=61)
    page = site.client.get("/tickets/1").text
    assert "Breaches and the statement" in page
    breach = {"metric": "first_response", "began_by": site.story.clocks()["first_response"]["began_by"]}
    form = {"csrf_token": token_in(page), "reason": "<i>their</i> firewall", **breach}
    assert site.client.post("/tickets/1/exclude", data={**form, "metric": "speed"}).status_code == 400
    shown = site.client.post("/tickets/1/exclude", data=form, follow_redirects=True).text
    assert "excluded from the statement, because" in shown
    assert "&lt;i&gt;their&lt;/i&gt; firewall</q>, by admin" in shown
    assert "breached by" in shown
    shown = site.client.post("/tickets/1/include", data=form, follow_redirects=True).text
    assert "excluded from the statement, because" not in shown


def test_a_quarantined_event_can_be_tried_again(site: Site) -> None:
    site.post(b"broken")
    site.story.settle()
    site.sign_in()
    page = site.client.get("/quarantine").text
    assert "broken" in page
    site.client.post("/quarantine/1/release", data={"csrf_token": token_in(page)})
    with site.story.context.database.read() as conn:
        assert inbox.is_due(conn, ("jira",), site.story.now)


def test_the_metrics_count(site: Site) -> None:
    site.post(b"{}")
    assert site.client.get("/metrics").status_code == 401
    with site.story.context.database.write() as conn:
        _, secret = tokens.add(conn, "prometheus", "admin", START, Role.VIEWER, None)
    text = site.client.get("/metrics", headers={"Authorization": f"Bearer {secret}"}).text
    assert 'triage_queue_depth{queue="inbox"} 1.0' in text
    assert "triage_events_received_total" in text
