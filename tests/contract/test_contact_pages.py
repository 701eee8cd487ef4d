"""Paging a customer from the ticket's page and by the API, and the page behind a contact's link."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.contract.site import KEY, Site, site_over, token_in
from tests.scenario.harness import Story
from tests.scenario.test_customer_pages import AFTERNOON, DORA, REASON, answer, files, ledger, opened, over, state
from triage.store.db import Database
from triage.web.links import CONTACT, PageTokens

NIGHT = datetime(2026, 11, 24, 1, tzinfo=UTC)  # 02:00 in Berlin, 20:00 in New York
PAGES = "/api/v1/tickets/1/customer-pages"


@pytest.fixture
def site(database: Database) -> Site:
    """Acme with its contacts, and an engineer who has signed in."""
    return signed_in(over(database, files()))


def signed_in(story: Story, at: datetime = AFTERNOON, **fields: Any) -> Site:
    opened(story, at, **fields)
    site = site_over(story)
    site.sign_in()
    return site


def post(site: Site, path: str, **fields: str) -> str:
    """Send a form as the ticket's page would, and follow to what it says then."""
    token = token_in(site.client.get("/tickets/1").text)
    shown = site.client.post(path, data={"csrf_token": token, **fields}, follow_redirects=True).text
    site.story.settle()
    return shown


def call(site: Site, path: str, **sent: Any) -> Any:
    headers = {"X-CSRFToken": token_in(site.client.get("/tickets/1").text)}
    answered = site.client.post(path, json=sent, headers=headers)
    site.story.settle()
    return answered


def link(site: Site, number: int = 1, place: int = 0) -> str:
    return f"/here/{PageTokens(KEY, CONTACT).sign(ledger(site.story, number)[place]['id'])}"


def test_it_is_for_those_who_are_signed_in_and_its_forms_need_a_token(database: Database) -> None:
    story = over(database, files())
    opened(story)
    site = site_over(story)
    for path in ("/tickets/1/customer-pages", "/customer-pages/1/cancel"):
        assert site.client.post(path).status_code == 400, path
    assert site.client.get(PAGES).status_code == 401
    assert site.client.post(PAGES, json={"reason": REASON}).status_code in (400, 401)
    assert ledger(story) == []


def test_an_engineer_pages_the_customer_from_the_ticket_and_sees_who_answers(site: Site) -> None:
    page = site.client.get("/tickets/1").text
    assert 'href="#page-customer"' in page
    assert re.search(r"Dora Example</span> <span>may be paged now.*Emil Example", page, re.DOTALL)
    assert "Why it cannot wait" not in page
    assert "Flo Example" not in page
    page = post(site, "/tickets/1/customer-pages", reason="<b>open</b> port 443")
    assert "The customer is being paged" in page
    assert "Nobody has answered yet" in page
    assert "&lt;b&gt;open&lt;/b&gt; port 443" in page
    assert "What you need" not in page, "one at a time"
    assert site.client.post(link(site)).status_code == 200
    page = site.client.get("/tickets/1").text
    assert "Dora Example has answered" in page
    assert "What you need" in page
    assert "customer_page answer" in page
    assert "<strong>Dora Example</strong>" in site.client.get("/pages").text
    assert "<b>open</b>" not in page


def test_outside_their_hours_the_form_asks_why_it_cannot_wait(database: Database) -> None:
    site = signed_in(over(database, files()), NIGHT)
    page = site.client.get("/tickets/1").text
    assert "may be paged from Tue 2026-11-24 08:00 Europe/Berlin on" in page
    assert 'name="override_reason" required' in page
    assert "has agreed to be paged at this hour" in post(site, "/tickets/1/customer-pages", reason=REASON)
    assert ledger(site.story) == []
    page = post(site, "/tickets/1/customer-pages", reason=REASON, override_reason="it <i>burns</i>")
    assert 'at any hour, because <q dir="auto">it &lt;i&gt;burns&lt;/i&gt;</q>' in page
    assert len(ledger(site.story)) == 1


def test_a_customer_page_is_cancelled_from_the_ticket(site: Site) -> None:
    post(site, "/tickets/1/customer-pages", reason=REASON)
    page = post(site, "/customer-pages/1/cancel", reason="it works again")
    assert "nobody else at the customer is paged" in page
    assert "Cancelled by admin" in page
    assert state(site.story) == "cancelled"
    token = token_in(page)
    assert site.client.post("/customer-pages/9/cancel", data={"csrf_token": token}).status_code == 404
    assert site.client.post("/tickets/9/customer-pages", data={"csrf_token": token}).status_code == 404


def test_where_nobody_has_agreed_the_ticket_says_so(database: Database) -> None:
    site = signed_in(over(database, files("\n      - {name: Flo Example, email: flo@acme.example}\n")))
    page = site.client.get("/tickets/1").text
    assert "Nobody at Acme GmbH has agreed to be paged" in page
    assert "What you need" not in page


def test_looking_at_a_contacts_link_does_nothing_and_one_touch_answers(site: Site) -> None:
    post(site, "/tickets/1/customer-pages", reason=REASON)
    outsider = site_over(site.story).client
    for _ in range(3):
        shown = outsider.get(link(site))
        assert "I am here</button>" in shown.text
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert shown.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in shown.headers
    assert state(site.story) == "open"
    answered = outsider.post(link(site))
    assert (answered.status_code, state(site.story)) == (200, "answered")
    assert "knows that you are here" in answered.text
    assert outsider.post(link(site)).status_code == 200  # a second touch changes nothing
    assert "I am here</button>" not in outsider.get(link(site)).text


def test_a_contact_who_comes_second_sees_that_nothing_is_left_to_do(site: Site) -> None:
    post(site, "/tickets/1/customer-pages", reason=REASON)
    site.story.advance(minutes=10)
    answer(site.story, ledger(site.story)[0]["id"])
    shown = site.client.post(link(site, place=1))
    assert shown.status_code == 200
    assert "Dora Example has answered already. You need not do anything." in shown.text


def test_a_contacts_link_ends_with_the_customer_page(site: Site) -> None:
    post(site, "/tickets/1/customer-pages", reason=REASON)
    post(site, "/customer-pages/1/cancel", reason="")
    for shown, status in ((site.client.get(link(site)), 200), (site.client.post(link(site)), 409)):
        assert (shown.status_code, "This is over." in shown.text) == (status, True)
    post(site, "/tickets/1/customer-pages", reason=REASON)
    site.story.advance(minutes=15)
    late = site.client.post(link(site, 2))
    assert (late.status_code, "Nobody answered in time." in late.text) == (409, True)


def test_a_contact_sees_nothing_that_is_ours(database: Database) -> None:
    quoted = "Since 09:04 nobody can pay"
    story = over(database, files())
    site = signed_in(story, priority="P0", production="yes", workaround="none", description=quoted)
    post(site, "/tickets/1/customer-pages", reason=REASON, override_reason="the board is watching")
    shown = site_over(story).client.get(link(site)).text
    for theirs in (REASON, "ACME-31601", "Checkout fails"):
        assert theirs in shown
    mail = story.sinks[1].sent[0]
    for ours in ("P0", quoted, "Production", "gold", "Globex", "admin", "Ana", "/tickets/", "board", "Emil", "Queue"):
        assert ours not in shown, ours
        assert ours not in mail.subject + mail.body, ours


def test_what_engineers_and_customers_write_is_escaped_for_contacts_too(database: Database) -> None:
    evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"
    site = signed_in(over(database, files()), summary=evil)
    post(site, "/tickets/1/customer-pages", reason=evil)
    for shown in (site.client.get(link(site)), site.client.get("/tickets/1"), site.client.post(link(site))):
        assert "<script>alert" not in shown.text
        assert "<img src=x" not in shown.text


def test_a_contacts_page_is_in_the_customers_language(database: Database) -> None:
    configuration = files()
    configuration["customers.yaml"] = configuration["customers.yaml"].replace("# language: de ", "language: fr ")
    site = signed_in(over(database, configuration))
    post(site, "/tickets/1/customer-pages", reason=REASON)
    shown = site.client.get(link(site)).text
    assert '<html lang="fr">' in shown
    assert "Je suis là</button>" in shown


def test_no_token_opens_what_it_was_not_signed_for(site: Site) -> None:
    site.story.now = AFTERNOON
    site.story.created(priority="P0", production="yes", workaround="none")
    post(site, "/tickets/1/customer-pages", reason=REASON)
    contacts, ours = ledger(site.story)[0]["id"], site.story.pages()[0]["id"]
    signed, answers = PageTokens(KEY), PageTokens(KEY, CONTACT)
    for path in (
        f"/here/{signed.sign(contacts)}",
        f"/here/{answers.sign(ours)}",
        f"/here/{contacts}",
        f"/here/{PageTokens('x' * 32, CONTACT).sign(contacts)}",
        f"/ack/{answers.sign(contacts)}",
        f"/ack/{answers.sign(ours)}",
        f"/ack/{signed.sign(contacts)}",
    ):
        for shown in (site.client.get(path), site.client.post(path)):
            assert shown.status_code in (404, 409), path
    assert (state(site.story), site.story.incident()["state"]) == ("open", "triggered")


def test_a_program_pages_the_customer_looks_and_cancels(site: Site) -> None:
    described = site.client.get("/api/openapi.json").get_json()
    path = described["paths"]["/api/v1/tickets/{ticket_id}/customer-pages"]

    def keeps(answered: Any, operation: Any, status: str) -> Any:
        assert answered.status_code == int(status), answered.text
        schema = operation["responses"][status]["content"]["application/json"]["schema"]
        Draft202012Validator({**schema, "components": described["components"]}).validate(answered.get_json())
        return answered.get_json()

    asked = keeps(call(site, PAGES, reason=f"  {REASON}\x00"), path["post"], "201")
    assert (asked["id"], asked["ticket_id"], asked["customer"], asked["state"]) == (1, 1, "acme", "open")
    assert (asked["reason"], asked["override_reason"], asked["asked_by"]) == (REASON, None, "admin")
    assert [(page["person"], page["state"]) for page in asked["pages"]] == [(DORA, "open")]
    assert asked["next_contact_at"] == asked["pages"][0]["deadline_at"] == "2026-11-23T15:10:00+00:00"
    answer(site.story, asked["pages"][0]["id"])
    call(site, PAGES, reason="again", override_reason="it burns")
    cancel = described["paths"]["/api/v1/customer-pages/{number}/cancel"]["post"]
    ended = keeps(call(site, "/api/v1/customer-pages/2/cancel", reason="over"), cancel, "200")
    assert (ended["state"], ended["ended_by"], ended["override_reason"]) == ("cancelled", "admin", "it burns")
    listed = keeps(site.client.get(PAGES), path["get"], "200")["customer_pages"]
    assert [(one["id"], one["state"], one["ended_by"]) for one in listed] == [
        (2, "cancelled", "admin"),
        (1, "answered", DORA),
    ]


@pytest.mark.parametrize(
    ("path", "sent", "status", "says"),
    [
        ("/api/v1/tickets/9/customer-pages", {"reason": REASON}, 404, "There is no ticket 9."),
        (PAGES, {}, 400, ""),
        (PAGES, {"reason": ""}, 400, ""),
        (PAGES, {"reason": "x" * 501}, 400, ""),
        (PAGES, {"reason": "\x00 "}, 409, "Say what you need"),
        (PAGES, {"reason": REASON, "surprise": 1}, 400, ""),
        (PAGES, {"reason": REASON}, 409, "If it cannot wait, override that with a reason"),
        ("/api/v1/customer-pages/9/cancel", {}, 404, "There is no customer page 9."),
    ],
)
def test_what_a_program_cannot_do_is_a_problem_and_changes_nothing(
    database: Database, path: str, sent: dict[str, Any], status: int, says: str
) -> None:
    site = signed_in(over(database, files()), NIGHT.replace(hour=2))
    refused = call(site, path, **sent)
    assert (refused.status_code, refused.content_type) == (status, "application/problem+json")
    assert says in refused.get_json()["detail"]
    assert ledger(site.story) == []


def test_what_is_over_cannot_be_cancelled_and_one_is_open_at_a_time(site: Site) -> None:
    assert call(site, PAGES, reason=REASON).status_code == 201
    second = call(site, PAGES, reason=REASON)
    assert (second.status_code, second.get_json()["detail"]) == (
        409,
        "Customer page 1 is open: admin asked for it 2026-11-23 15:00:00 UTC. Cancel it first.",
    )
    assert call(site, "/api/v1/customer-pages/1/cancel").status_code == 200
    assert call(site, "/api/v1/customer-pages/1/cancel").status_code == 409
