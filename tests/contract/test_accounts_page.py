"""What admins do about accounts and tokens: the pages, what they refuse, and what the audit keeps of it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from tests.contract.site import Site, site_over, token_in
from triage.domain.rights import Role
from triage.store import audit, people, tokens


@pytest.fixture
def admin(site: Site) -> Site:
    """Signed in as the admin."""
    site.sign_in()
    return site


def post(site: Site, path: str, **form: str) -> str:
    csrf = token_in(site.client.get("/accounts").text)
    answer = site.client.post(path, data={"csrf_token": csrf, **form}, follow_redirects=True)
    assert answer.status_code == 200, answer.text
    return answer.text


def fresh(page: str) -> str:
    found = re.search(r'<code id="fresh">([^<]+)</code>', page)
    assert found, page
    return found[1]


def number_of(site: Site, name: str) -> int:
    with site.story.context.database.read() as conn:
        row = people.row_named(conn, name)
    assert row is not None
    number: int = row["id"]
    return number


def test_a_new_account_signs_in_by_its_link_and_has_its_role(admin: Site) -> None:
    link = fresh(post(admin, "/accounts", name="ben", role="responder"))
    assert link.startswith("http://localhost/signin/")
    assert "ben" not in fresh(post(admin, "/accounts", name="cy", role="viewer"))
    theirs = site_over(admin.story)
    path = link.removeprefix("http://localhost")
    csrf = token_in(theirs.client.get(path).text)
    assert theirs.client.post(path, data={"csrf_token": csrf}).status_code == 302
    assert "You are responder." in theirs.client.get("/account").text
    assert "Pages for Ben Example are yours" in theirs.client.get("/account").text


@pytest.mark.parametrize("name", ["", "a b", "admin", "x" * 65, "<b>", "a\nb"])
def test_a_name_that_will_not_do(admin: Site, name: str) -> None:
    page = post(admin, "/accounts", name=name, role="viewer")
    assert "will not do as a name" in page or "already" in page
    with admin.story.context.database.read() as conn:
        assert [row["name"] for row in people.listed(conn)] == ["admin"]


def test_roles_change_and_the_last_admin_stays(admin: Site) -> None:
    post(admin, "/accounts", name="ben", role="responder")
    ben, me = number_of(admin, "ben"), number_of(admin, "admin")
    assert "The role is lead from now on." in post(admin, f"/accounts/{ben}/role", role="lead")
    assert "ben is lead already." in post(admin, f"/accounts/{ben}/role", role="lead")
    assert "admin is the last admin" in post(admin, f"/accounts/{me}/role", role="lead")
    assert "admin is the last admin" in post(admin, f"/accounts/{me}/disable")
    post(admin, f"/accounts/{ben}/role", role="admin")
    csrf = token_in(admin.client.get("/accounts").text)
    assert admin.client.post(f"/accounts/{me}/role", data={"csrf_token": csrf, "role": "lead"}).status_code == 302
    assert admin.client.get("/accounts").status_code == 403, "it holds from the next request on"


def test_a_disabled_account_loses_its_links_and_comes_back(admin: Site) -> None:
    link = fresh(post(admin, "/accounts", name="ben", role="lead")).removeprefix("http://localhost")
    ben = number_of(admin, "ben")
    assert "Disabled" in post(admin, f"/accounts/{ben}/disable")
    theirs = site_over(admin.story)
    csrf = token_in(theirs.client.get(link).text)
    assert theirs.client.post(link, data={"csrf_token": csrf}).status_code == 403
    assert "disabled: enable it first" in post(admin, f"/accounts/{ben}/link")
    assert "They are let in again." in post(admin, f"/accounts/{ben}/enable")
    again = fresh(post(admin, f"/accounts/{ben}/link")).removeprefix("http://localhost")
    csrf = token_in(theirs.client.get(again).text)
    assert theirs.client.post(again, data={"csrf_token": csrf}).status_code == 302


def test_a_new_link_takes_the_place_of_the_one_before(admin: Site) -> None:
    first = fresh(post(admin, "/accounts", name="ben", role="lead")).removeprefix("http://localhost")
    post(admin, f"/accounts/{number_of(admin, 'ben')}/link")
    theirs = site_over(admin.story)
    csrf = token_in(theirs.client.get(first).text)
    assert theirs.client.post(first, data={"csrf_token": csrf}).status_code == 403


def test_a_token_is_shown_once_does_what_its_role_may_and_ends(admin: Site) -> None:
    secret = fresh(post(admin, "/tokens", name="bridge", role="viewer", days="30"))
    assert secret not in admin.client.get("/accounts").text
    theirs, headers = site_over(admin.story).client, {"Authorization": f"Bearer {secret}"}
    assert theirs.get("/api/v1/incidents", headers=headers).status_code == 200
    assert theirs.post("/api/v1/incidents/1/acknowledge", headers=headers, json={}).status_code == 403
    with admin.story.context.database.read() as conn:
        (token,) = tokens.listed(conn, admin.story.now)
    assert (token.role, token.used_at) == (Role.VIEWER, admin.story.now)
    admin.story.now += timedelta(days=30)
    assert theirs.get("/api/v1/incidents", headers=headers).status_code == 401


def test_a_revoked_token_opens_nothing(admin: Site) -> None:
    secret = fresh(post(admin, "/tokens", name="bridge", role="admin", days="366"))
    assert "revoked for ever" in post(admin, "/tokens/1/revoke")
    headers = {"Authorization": f"Bearer {secret}"}
    assert site_over(admin.story).client.get("/api/v1/incidents", headers=headers).status_code == 401
    assert "no token 1, or not any more" in post(admin, "/tokens/1/revoke")


@pytest.mark.parametrize("days", ["0", "-1", "367", "many", ""])
def test_no_token_is_good_for_ever(admin: Site, days: str) -> None:
    assert "1 to 366 days" in post(admin, "/tokens", name="bridge", role="viewer", days=days)


def test_every_act_is_audited_with_who_and_what(admin: Site) -> None:
    post(admin, "/accounts", name="ben", role="responder")
    ben = number_of(admin, "ben")
    post(admin, f"/accounts/{ben}/role", role="lead")
    post(admin, f"/accounts/{ben}/signout")
    post(admin, f"/accounts/{ben}/disable")
    post(admin, "/tokens", name="bridge", role="viewer", days="30")
    with admin.story.context.database.read() as conn:
        rows = audit.listed(conn, who="admin")
    told = [(row["act"], row["before"], row["after"] and row["after"].get("role")) for row in rows]
    assert (
        told[:-2]
        == [
            ("token.add", None, "viewer"),
            ("account.disable", None, None),
            ("account.signout", None, None),
            ("account.role", {"role": "responder"}, "lead"),
            ("account.add", None, "responder"),
        ][: len(told) - 2]
    )
    page = admin.client.get("/audit?act=account.role").text
    assert "role: responder" in page
    assert f"account/{ben}" in page
    assert "token.add</td>" not in page


def test_the_audit_turns_its_pages_and_takes_any_words(admin: Site) -> None:
    with admin.story.context.database.write() as conn:
        for number in range(101):
            audit.record(conn, who="ana", act="test", subject=f"ticket/{number}", now=admin.story.now)
    assert "ticket/100<" in admin.client.get("/audit?who=ana").text
    assert "ticket/0<" in admin.client.get("/audit?who=ana&page=1").text
    assert admin.client.get("/audit?who=%00<script>&subject='&act=%25").status_code == 200
