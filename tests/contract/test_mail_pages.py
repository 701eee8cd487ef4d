"""Mail on the dashboard, in the API, on a terminal, and behind a contact's confirm link."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.contract.site import KEY, Site, site_over, token_in
from tests.contract.test_commands import Terminal
from tests.contract.test_incident_api import token
from tests.mail_scene import Scene, scene_over
from triage.domain.address_tags import TagKind
from triage.domain.mail_outcome import Fate
from triage.store.db import Database
from triage.web.links import CONFIRM, PageTokens

HOSTILE = "<script>alert(1)</script>"
ALERTS = "  alerts: [{name: prod, use: nagios, senders: [nagios@monitor.example]}]\n"


@pytest.fixture
def post(database: Database) -> Scene:
    return scene_over(database, ALERTS)


@pytest.fixture
def mail_site(post: Scene) -> Site:
    site = site_over(post.story)
    site.sign_in()
    return site


def submit(site: Site, page: str, path: str, **form: str) -> Any:
    sent = {"csrf_token": token_in(site.client.get(page).text), **form}
    answer = site.client.post(path, data=sent, follow_redirects=True)
    site.story.settle()
    return answer


def test_the_list_shows_what_is_held_and_what_became_of_the_rest(post: Scene, mail_site: Site) -> None:
    post.write()
    post.write(sender=f"Zoe {HOSTILE} <zoe@new.example>", subject=HOSTILE)
    held = mail_site.client.get("/mails").text
    assert "nobody knows the sender" in held
    assert "1 mail held" in mail_site.client.get("/").text
    assert "Checkout is down" not in held
    everything = mail_site.client.get("/mails?fate=all").text
    assert "Checkout is down" in everything
    assert HOSTILE not in held + everything
    assert mail_site.client.get("/mails?fate=nonsense").status_code == 200


def test_a_mail_shows_its_verdict_and_every_check(post: Scene, mail_site: Site) -> None:
    post.write("It is down.\n\nOn Mon, 23 Nov 2026 at 9:00, X <x@y.example> wrote:\n> older words")
    page = mail_site.client.get("/mails/1").text
    assert "signed by acme.example, the author&#39;s own domain" in page
    assert "DKIM pass" in page
    assert "The whole text, with what it quotes" in page
    assert mail_site.client.get("/mails/99").status_code == 404


def test_the_raw_message_is_downloaded_and_never_shown(post: Scene, mail_site: Site) -> None:
    post.write(HOSTILE)
    answer = mail_site.client.get("/mails/1/raw")
    assert answer.headers["Content-Disposition"] == "attachment; filename=mail-1.eml"
    assert answer.content_type == "application/octet-stream"
    assert answer.data.startswith(b"DKIM-Signature:")
    assert mail_site.client.get("/mails/9/raw").status_code == 404


def test_releasing_pages_and_teaches_and_dropping_does_neither(post: Scene, mail_site: Site) -> None:
    post.write(sender="zoe@new.example")
    post.write(sender="max@new.example", subject="Buy this")
    answer = submit(mail_site, "/mails/1", "/mails/1/release", customer="globex")
    assert "Released" in answer.text
    post.story.expect_pages("ana")
    assert post.mail(1).fate is Fate.TICKET
    answer = submit(mail_site, "/mails/2", "/mails/2/drop", reason="an advertisement")
    assert "an advertisement" in answer.text
    again = submit(mail_site, "/mails?fate=all", "/mails/2/release")
    assert "not held any more: dropped by" in again.text
    post.story.expect_pages()


def test_a_form_without_its_token_does_nothing(post: Scene, mail_site: Site) -> None:
    post.write(sender="zoe@new.example")
    assert mail_site.client.post("/mails/1/release").status_code == 400
    assert post.mail(1).fate is Fate.HELD


@pytest.mark.parametrize("path", ["/mails", "/mails/1", "/mails/1/raw"])
def test_nobody_reads_mail_without_signing_in(post: Scene, path: str) -> None:
    post.write()
    assert site_over(post.story).client.get(path).status_code == 302


def test_a_ticket_of_a_mail_shows_its_mails_and_can_be_closed(post: Scene, mail_site: Site) -> None:
    post.write("Production is not affected, it is our test system.")
    page = mail_site.client.get("/tickets/1").text
    assert "Close the ticket" in page
    assert "/mails/1" in page
    closed = submit(mail_site, "/tickets/1", "/tickets/1/close", reason="answered by phone")
    assert "answered by phone" in closed.text
    assert not post.story.ticket()["open"]


def test_the_confirm_link_shows_a_button_and_only_the_button_pages(post: Scene) -> None:
    mail = post.write(signed=False, subject=HOSTILE)
    client = site_over(post.story).client
    link = f"/confirm/{PageTokens(KEY, CONFIRM).sign(str(mail.id))}"
    for _ in range(3):  # a mail scanner follows links
        page = client.get(link)
        assert "Confirm: I wrote it" in page.text
        assert HOSTILE not in page.text
    post.story.settle()
    post.story.expect_pages()
    assert "being paged" in client.post(link).text
    post.story.settle()
    post.story.expect_pages("ana")
    assert client.post(link).status_code == 200
    post.story.settle()
    post.story.expect_pages()


def test_no_other_link_confirms(post: Scene) -> None:
    mail = post.write(signed=False)
    stranger = post.write(sender="zoe@new.example")
    client = site_over(post.story).client
    for forged in (
        str(mail.id),
        PageTokens(KEY).sign(str(mail.id)),
        PageTokens("x" * 32, CONFIRM).sign(str(mail.id)),
    ):
        assert client.post(f"/confirm/{forged}").status_code == 404
    unasked = PageTokens(KEY, CONFIRM).sign(str(stranger.id))
    assert client.post(f"/confirm/{unasked}").status_code == 409
    assert post.mail(stranger.id).fate is Fate.HELD


def test_a_link_to_what_was_dropped_says_that_it_is_settled(post: Scene, mail_site: Site) -> None:
    mail = post.write(signed=False)
    submit(mail_site, f"/mails/{mail.id}", f"/mails/{mail.id}/drop", reason="a forgery")
    answer = mail_site.client.post(f"/confirm/{PageTokens(KEY, CONFIRM).sign(str(mail.id))}")
    assert answer.status_code == 409
    assert "settled" in answer.text
    post.story.expect_pages()


def test_the_api_lists_releases_and_drops(post: Scene) -> None:
    site = site_over(post.story)
    headers = token(site)
    described = site.client.get("/api/openapi.json").get_json()

    def done(method: str, path: str, route: str, **options: Any) -> Any:
        answer = site.client.open(f"/api/v1{path}", method=method, headers=headers, **options)
        site.story.settle()
        responses = described["paths"][f"/api/v1{route}"][method.lower()]["responses"]
        if str(answer.status_code) in responses and answer.status_code == 200:
            schema = responses["200"]["content"]["application/json"]["schema"]
            Draft202012Validator({**schema, "components": described["components"]}).validate(answer.get_json())
        return answer

    post.write(sender="zoe@new.example")
    post.write(sender="max@new.example")
    listed = done("GET", "/mails?fate=held", "/mails").get_json()
    assert [(one["id"], one["fate"]) for one in listed["mails"]] == [(2, "held"), (1, "held")]
    assert done("GET", "/mails/1", "/mails/{mail_id}").get_json()["reason"] == "nobody knows the sender"
    released = done("POST", "/mails/1/release", "/mails/{mail_id}/release", json={"customer": "acme"})
    assert (released.get_json()["fate"], released.get_json()["decided_by"]) == ("ticket", "bridge")
    post.story.expect_pages("ana")
    dropped = done("POST", "/mails/2/drop", "/mails/{mail_id}/drop", json={"reason": "spam"})
    assert dropped.get_json()["fate"] == "dropped"
    assert done("POST", "/mails/2/drop", "/mails/{mail_id}/drop", json={}).status_code == 409
    assert done("POST", "/mails/9/drop", "/mails/{mail_id}/drop", json={}).status_code == 404
    assert done("GET", "/mails/9", "/mails/{mail_id}").status_code == 404
    post.write(sender="eve@new.example")
    unknown = done("POST", "/mails/3/release", "/mails/{mail_id}/release", json={"customer": "nobody"})
    assert unknown.status_code == 409
    assert site.client.get("/api/v1/mails").status_code == 401


def test_the_commands(post: Scene, database_url: str) -> None:
    run = Terminal(post.story, database_url)
    assert run("mail", "held").output == "No mail is held.\n"
    post.write(sender="zoe@new.example", subject="Down\x1b[31m")
    listed = run("mail", "held").output
    assert "zoe@new.example: Down" in listed
    assert "\x1b" not in listed
    assert run("mail", "release", "1", "--customer", "globex", "--by", "lead").exit_code == 0
    post.story.settle()
    post.story.expect_pages("ana")
    refused = run("mail", "drop", "1")
    assert refused.exit_code == 1
    assert "not held any more" in refused.output
    assert run("mail", "addresses").output == f"prod: {post.tagged(TagKind.ALERT, 'prod')}\n"
