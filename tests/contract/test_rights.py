"""Every route, asked by nobody and by every role, with a session and with a token."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from werkzeug.routing import Rule

import app as wiring
from tests.contract.site import KEY, Site, site_over, token_in
from tests.scenario.harness import Story
from triage import settings
from triage.domain.rights import Role
from triage.store import people, tokens
from triage.store.db import Database
from triage.web import Worker, rights

NOBODY = "nobody"
PROGRAMS = ("/api/v1/", "/metrics")
ROLES = (NOBODY, *Role)
#: Everything that the environment can switch on, so that every route is there.
EVERYTHING = {
    "TRIAGE_SECRET_KEY": KEY,
    "TRIAGE_PUBLIC_URL": "http://localhost",
    "TRIAGE_MAIL_WEBHOOK_TOKEN": "a token of the mail server",
    "TRIAGE_MAILGUN_SIGNING_KEY": "k",
    "TRIAGE_POSTMARK_PASSWORD": "p",
    "TRIAGE_SENDGRID_PUBLIC_KEY": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+2fNNRaINXvVpiglSI8eNEc6wEA3F+g==",  # noqa: E501
    "TRIAGE_SES_TOPIC": "arn:aws:sns:eu-central-1:123456789012:mail",
    "TRIAGE_OIDC_ISSUER": "http://127.0.0.1:9",
    "TRIAGE_OIDC_CLIENT_ID": "triage",
    "TRIAGE_OIDC_CLIENT_SECRET": "s",
    "TRIAGE_OIDC_ROLES": "*:viewer",
}


class Entry(NamedTuple):
    """One line of the table."""

    needs: str
    method: str
    path: str


def table() -> dict[tuple[str, str], str]:
    lines = (Path(__file__).parent / "rights.txt").read_text().splitlines()
    entries = [Entry(*line.split()) for line in lines if line and not line.startswith("#")]
    assert len({entry[1:] for entry in entries}) == len(entries), "a route stands in the table twice"
    return {(entry.method, entry.path): entry.needs for entry in entries}


def path_of(rule: Rule) -> str:
    """The address as the table writes it, without what its parts have to look like."""
    return re.sub(r"<[^>]*?:?(\w+)>", r"<\1>", rule.rule)


def routes(site: Site) -> Iterator[tuple[str, str, str]]:
    """Method, address and endpoint of every route."""
    for rule in site.client.application.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, path_of(rule), rule.endpoint


@pytest.fixture
def everything(tmp_path: Path) -> Site:
    """The application with all that can be switched on; what it lets in is the same on every database."""
    database = Database(f"sqlite:///{tmp_path}/t.db")
    database.upgrade()
    story = Story(database)
    worker = Worker(lambda: None, lambda: True)
    built = wiring.create_app(story.context, settings.read(EVERYTHING), worker, lambda: story.now)
    return replace(site_over(story), client=built.test_client())


def test_the_table_has_every_route_and_no_other(everything: Site) -> None:
    assert {(method, path) for method, path, _ in routes(everything)} == set(table())


def test_a_route_of_which_nobody_said_who_may_use_it_keeps_the_service_from_starting() -> None:
    with pytest.raises(RuntimeError, match=re.escape("does not say who may use reports.secret")):
        rights.check(["dashboard.queue", "reports.secret"])


def test_nothing_is_said_of_routes_that_are_not_there(everything: Site) -> None:
    there = set(everything.client.application.view_functions)
    assert set(rights.RIGHTS) | set(rights.OPEN) <= there
    assert not set(rights.RIGHTS) & set(rights.OPEN)


def _filled(path: str) -> str:
    """The address with numbers and words that nothing has."""
    return re.sub(r"<(\w+)>", lambda part: "4711" if part[1].endswith(("id", "number")) else "nothing", path)


def _is_let_in(site: Site, method: str, path: str, headers: dict[str, str], csrf: str) -> bool:
    answer = site.client.open(_filled(path), method=method, headers=headers, data={"csrf_token": csrf})
    assert answer.status_code != 500, (method, path)
    led_away = answer.status_code == 302 and answer.headers["Location"].startswith("/signin")
    return answer.status_code not in (401, 403) and not led_away


@pytest.mark.parametrize("role", ROLES)
def test_with_a_session_each_role_is_let_in_where_the_table_says_so_and_nowhere_else(
    everything: Site, role: str
) -> None:
    site = everything
    if role != NOBODY:
        site.sign_in(Role(role))
    # What a form sends along, whoever sends it: without it nobody would come as far as the rights.
    page = site.client.get("/account" if role != NOBODY else "/signin").text
    csrf = token_in(page)
    wrong = [
        (method, path)
        for (method, path), needs in table().items()
        if needs != NOBODY and path != "/account/password"  # it begins a new session
        if _is_let_in(site, method, path, {"X-CSRFToken": csrf}, csrf)
        != (role != NOBODY and Role(role).covers(Role(needs)))
    ]
    assert not wrong


@pytest.mark.parametrize("role", ROLES)
def test_with_a_token_each_role_is_let_in_where_programs_call_and_nowhere_else(everything: Site, role: str) -> None:
    site = everything
    headers = {"Authorization": "Bearer nonsense"}
    if role != NOBODY:
        with site.story.context.database.write() as conn:
            _, secret = tokens.add(conn, "bridge", "admin", site.story.now, Role(role), None)
        headers = {"Authorization": f"Bearer {secret}"}
    csrf = token_in(site.client.get("/signin").text)
    wrong = []
    for (method, path), needs in table().items():
        if needs == NOBODY:
            continue
        may = role != NOBODY and path.startswith(PROGRAMS) and Role(role).covers(Role(needs))
        if _is_let_in(site, method, path, headers, csrf) != may:
            wrong.append((method, path))
    assert not wrong


def test_a_session_needs_the_token_of_forms_at_the_api_too(everything: Site) -> None:
    everything.sign_in()
    assert everything.client.post("/api/v1/mails/4711/drop", json={}).status_code == 400
    csrf = token_in(everything.client.get("/account").text)
    with_token = everything.client.post("/api/v1/mails/4711/drop", json={}, headers={"X-CSRFToken": csrf})
    assert with_token.status_code == 404


def test_what_somebody_may_not_do_is_not_offered(everything: Site) -> None:
    """Every form on every page that a viewer sees is one that a viewer may send."""
    site = everything
    site.sign_in(Role.VIEWER)
    mine = {f"POST {path}" for (method, path), needs in table().items() if method == "POST" and needs == Role.VIEWER}
    for path in (
        "/",
        "/incidents",
        "/pages",
        "/oncall",
        "/maintenance",
        "/mails",
        "/jira",
        "/quarantine",
        "/account",
    ):
        page = site.client.get(path)
        assert page.status_code == 200, path
        offered = set(re.findall(r'<form method="post" action="([^"]+)"', page.text)) - {"/signout"}
        assert {f"POST {action}" for action in offered} <= mine, path
        assert "/accounts" not in page.text, path
        assert "/audit" not in page.text, path


def test_a_refusal_says_what_is_needed(everything: Site) -> None:
    everything.sign_in(Role.RESPONDER)
    answer = everything.client.get("/audit")
    assert answer.status_code == 403
    assert "This needs the role lead, and a-responder is responder." in answer.text


def test_a_disabled_account_is_out_at_once(everything: Site) -> None:
    everything.sign_in(Role.LEAD)
    assert everything.client.get("/").status_code == 200
    with everything.story.context.database.write() as conn:
        row = people.row_named(conn, "a-lead")
        assert row is not None
        people.change(conn, row["id"], disabled_at=everything.story.now)
    assert everything.client.get("/").status_code == 302
