"""Signing in by name and password: who is let in, for how long, and what becomes of guessing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from tests.contract.site import Site, site_over, token_in
from triage.domain.rights import FIRST_WAIT, FREE_TRIES, Role
from triage.engine import accounts
from triage.store import audit, people
from triage.web.auth import SESSION_LIFE

PASSWORD, OTHER = "four words of mine", "some other words"


@pytest.fixture
def home(site: Site) -> Site:
    """With an account `ana` that has a password."""
    with site.story.context.database.write() as conn:
        account = people.add(conn, "ana", Role.RESPONDER, site.story.now)
        accounts.set_password(conn, account, accounts.digest_of(PASSWORD, "ana"), site.story.now)
    return site


def try_in(site: Site, name: str, password: str, wanted: str = "/") -> TestResponse:
    form = {"csrf_token": token_in(site.client.get("/signin").text), "name": name, "password": password}
    return site.client.post("/signin", data={**form, "next": wanted})


def is_in(site: Site) -> bool:
    return site.client.get("/").status_code == 200


def acts(site: Site) -> list[str]:
    with site.story.context.database.read() as conn:
        return [row["act"] for row in audit.listed(conn)]


def test_name_and_password_let_in(home: Site) -> None:
    answer = try_in(home, "ana", PASSWORD, "/incidents")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/incidents")
    assert is_in(home)
    assert acts(home)[0] == "signin"
    cookie = home.client.get_cookie("triage")
    assert cookie is not None
    assert (cookie.http_only, cookie.same_site) == (True, "Lax")


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\r\nX: y", ""]
)
def test_signing_in_leads_to_no_other_place(home: Site, elsewhere: str) -> None:
    assert try_in(home, "ana", PASSWORD, elsewhere).headers["Location"] == "/"


def test_who_has_to_sign_in_first_comes_to_what_they_wanted(home: Site) -> None:
    led = home.client.get("/tickets/7?from=page").headers["Location"]
    assert led == "/signin?next=/tickets/7?from%3Dpage"
    page = home.client.get(led).text
    assert 'name="next" value="/tickets/7?from=page"' in page
    assert home.client.get("/live/queue").headers["Location"] == "/signin"


@pytest.mark.parametrize(
    ("name", "password"),
    [("ana", OTHER), ("ana", ""), ("nobody", PASSWORD), ("", ""), ("ANA", PASSWORD), ("a\x00", "x")],
)
def test_a_wrong_name_and_a_wrong_password_are_told_alike(home: Site, name: str, password: str) -> None:
    answer = try_in(home, name, password)
    assert answer.status_code == 403
    assert "That name and password do not fit together." in answer.text
    assert not is_in(home)


def test_an_account_without_a_password_takes_none(home: Site) -> None:
    with home.story.context.database.write() as conn:
        people.add(conn, "ben", Role.ADMIN, home.story.now)
    assert try_in(home, "ben", "").status_code == 403


def test_guessing_shuts_the_account_for_a_while_and_the_owner_in_again(home: Site) -> None:
    for _ in range(FREE_TRIES):
        assert try_in(home, "ana", OTHER).status_code == 403
    shut = try_in(home, "ana", PASSWORD)
    assert "Too many wrong passwords: this account takes none for another 30 s." in shut.text
    assert acts(home).count("signin.failed") == FREE_TRIES
    home.story.now += FIRST_WAIT
    assert try_in(home, "ana", OTHER).status_code == 403
    home.story.now += FIRST_WAIT
    assert "another 30 s" in try_in(home, "ana", PASSWORD).text, "the next one waits twice as long"
    home.story.now += FIRST_WAIT
    assert try_in(home, "ana", PASSWORD).status_code == 302
    assert try_in(home, "ana", OTHER).status_code == 403, "and it begins anew"
    with home.story.context.database.read() as conn:
        row = people.row_named(conn, "ana")
    assert row is not None
    assert (row["failures"], row["locked_until"]) == (1, None)


def test_a_link_lets_in_whom_guessing_has_shut_out(home: Site) -> None:
    for _ in range(FREE_TRIES):
        try_in(home, "ana", OTHER)
    with home.story.context.database.write() as conn:
        row = people.row_named(conn, "ana")
        assert row is not None
        _, secret = accounts.invite(conn, row["id"], "admin", home.story.now)
    page = home.client.get(f"/signin/{secret}").text
    assert home.client.post(f"/signin/{secret}", data={"csrf_token": token_in(page)}).status_code == 302
    assert is_in(home)


def test_one_address_may_not_try_for_ever(home: Site) -> None:
    answers = [try_in(home, f"name-{number}", "x").status_code for number in range(21)]
    assert answers == [403] * 20 + [429]
    refused = try_in(home, "ana", PASSWORD)
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "429" in refused.text


def test_a_session_ends_after_a_shift(home: Site) -> None:
    try_in(home, "ana", PASSWORD)
    home.story.now += SESSION_LIFE
    assert is_in(home)
    home.story.now += timedelta(seconds=1)
    assert not is_in(home)


def test_signing_out_and_being_signed_out(home: Site) -> None:
    try_in(home, "ana", PASSWORD)
    csrf = token_in(home.client.get("/account").text)
    assert home.client.post("/signout", data={"csrf_token": csrf}).status_code == 302
    assert not is_in(home)
    try_in(home, "ana", PASSWORD)
    with home.story.context.database.write() as conn:
        row = people.row_named(conn, "ana")
        assert row is not None
        accounts.sign_out(conn, row["id"], "admin", home.story.now)
    assert not is_in(home)


def test_a_new_password_ends_the_sessions_elsewhere_and_not_this_one(home: Site) -> None:
    elsewhere = site_over(home.story)
    for one in (home, elsewhere):
        try_in(one, "ana", PASSWORD)
    csrf = token_in(home.client.get("/account").text)
    change = {"csrf_token": csrf, "password": OTHER, "again": OTHER}
    assert (
        "Your password is changed" in home.client.post("/account/password", data=change, follow_redirects=True).text
    )
    assert is_in(home)
    assert not is_in(elsewhere)
    assert try_in(elsewhere, "ana", PASSWORD).status_code == 403
    assert try_in(elsewhere, "ana", OTHER).status_code == 302


@pytest.mark.parametrize(
    ("password", "again", "why"),
    [
        ("short", "short", "at least 12 characters"),
        (OTHER, PASSWORD, "The two do not agree"),
        ("", "", "at least 12"),
    ],
)
def test_a_new_password_that_will_not_do_changes_nothing(home: Site, password: str, again: str, why: str) -> None:
    try_in(home, "ana", PASSWORD)
    csrf = token_in(home.client.get("/account").text)
    change = {"csrf_token": csrf, "password": password, "again": again}
    assert why in home.client.post("/account/password", data=change, follow_redirects=True).text
    assert try_in(site_over(home.story), "ana", PASSWORD).status_code == 302


def test_what_is_stored_of_a_password_is_an_argon2_hash(home: Site) -> None:
    with home.story.context.database.read() as conn:
        row = people.row_named(conn, "ana")
    assert row is not None
    assert row["password"].startswith("$argon2id$")
    assert PASSWORD not in str(dict(row))
