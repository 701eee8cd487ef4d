"""Signing in by an OpenID provider, over a real one on loopback that lies in every way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import app as wiring
from tests.contract.site import KEY, Site, site_over
from tests.oidc_double import CLIENT, SECRET, Lie, OidcDouble
from tests.scenario.harness import Story
from triage import settings
from triage.domain.rights import Role
from triage.store import audit, people
from triage.store.db import Database
from triage.web import Worker
from triage.web.oidc import role_of


@pytest.fixture
def provider() -> Iterator[OidcDouble]:
    with OidcDouble() as double:
        yield double
        assert not double.problems


@pytest.fixture
def site(tmp_path: Path, provider: OidcDouble) -> Site:
    """The application with that provider; who is let in is the same on every database."""
    database = Database(f"sqlite:///{tmp_path}/t.db")
    database.upgrade()
    story = Story(database)
    env = settings.read(
        {
            "TRIAGE_SECRET_KEY": KEY,
            "TRIAGE_PUBLIC_URL": "http://localhost",
            "TRIAGE_OIDC_ISSUER": provider.issuer,
            "TRIAGE_OIDC_CLIENT_ID": CLIENT,
            "TRIAGE_OIDC_CLIENT_SECRET": SECRET,
            "TRIAGE_OIDC_ROLES": "support:responder, leads:lead",
        }
    )
    built = wiring.create_app(story.context, env, Worker(lambda: None, lambda: True), lambda: story.now)
    return replace(site_over(story), client=built.test_client())


def begin(site: Site, wanted: str = "/") -> str:
    answer = site.client.get(f"/signin/oidc?next={wanted}")
    assert answer.status_code == 302
    return answer.headers["Location"]


def come_back(site: Site, address: str) -> str:
    """Follow the provider's way back; where that leads."""
    answer = site.client.get(address.removeprefix("http://localhost"))
    assert answer.status_code == 302, answer.text
    return answer.headers["Location"]


def accounts(site: Site) -> dict[str, Any]:
    with site.story.context.database.read() as conn:
        return {row["name"]: row for row in people.listed(conn)}


def test_whom_the_provider_vouches_for_gets_an_account_and_comes_where_they_wanted(
    site: Site, provider: OidcDouble
) -> None:
    assert (
        come_back(site, provider.sign_in(begin(site, "/incidents?state=triggered"))) == "/incidents?state=triggered"
    )
    assert site.client.get("/incidents").status_code == 200
    row = accounts(site)["ana"]
    assert (row["role"], row["identity"]) == ("responder", f"{provider.issuer} u-1")
    with site.story.context.database.read() as conn:
        assert [line["act"] for line in audit.listed(conn, who="ana")] == ["signin", "account.add"]


def test_the_role_follows_the_groups_at_each_sign_in(site: Site, provider: OidcDouble) -> None:
    come_back(site, provider.sign_in(begin(site)))
    provider.user["groups"] = ["support", "leads"]
    provider.user["preferred_username"] = "ana.renamed"
    come_back(site, provider.sign_in(begin(site)))
    assert [(name, row["role"]) for name, row in accounts(site).items()] == [("ana", "lead")]


def test_who_has_no_group_of_ours_is_not_let_in(site: Site, provider: OidcDouble) -> None:
    provider.user["groups"] = ["sales"]
    assert come_back(site, provider.sign_in(begin(site))).startswith("/signin")
    assert "none of their groups has a role here" in site.client.get("/signin").text
    assert accounts(site) == {}


def test_a_name_that_signs_in_otherwise_is_not_taken_over(site: Site, provider: OidcDouble) -> None:
    with site.story.context.database.write() as conn:
        people.add(conn, "ana", Role.ADMIN, site.story.now)
    assert come_back(site, provider.sign_in(begin(site))).startswith("/signin")
    assert accounts(site)["ana"]["identity"] is None
    assert site.client.get("/").status_code == 302


def test_a_disabled_account_is_not_let_in_by_the_provider_either(site: Site, provider: OidcDouble) -> None:
    come_back(site, provider.sign_in(begin(site)))
    with site.story.context.database.write() as conn:
        people.change(conn, accounts(site)["ana"]["id"], disabled_at=site.story.now)
    assert come_back(site, provider.sign_in(begin(site))).startswith("/signin")
    assert site.client.get("/").status_code == 302


def _set(**changed: Any) -> Any:
    return lambda claims: claims.update(changed)


LIES = {
    "another issuer": Lie(claims=_set(iss="http://evil.example")),
    "no issuer": Lie(claims=lambda claims: claims.pop("iss")),
    "for another client": Lie(claims=_set(aud="another")),
    "for us and another, of another": Lie(claims=_set(aud=[CLIENT, "another"], azp="another")),
    "expired": Lie(claims=_set(exp=1_000_000_000)),
    "never expiring": Lie(claims=lambda claims: claims.pop("exp")),
    "from the future": Lie(claims=_set(iat=4_000_000_000)),
    "another nonce": Lie(claims=_set(nonce="replayed")),
    "no nonce": Lie(claims=lambda claims: claims.pop("nonce")),
    "nobody": Lie(claims=lambda claims: claims.pop("sub")),
    "unsigned": Lie(algorithm="none"),
    "signed by a stranger": Lie(key="stranger"),
    "signed with the public key": Lie(key="public", algorithm="HS256"),
    "no token": Lie(answer=b'{"access_token": "a", "token_type": "Bearer"}'),
    "no JSON": Lie(answer=b"<html>"),
    "a number for a token": Lie(answer=b'{"access_token": "a", "token_type": "Bearer", "id_token": 5}'),
    "nonsense for a token": Lie(answer=b'{"access_token": "a", "token_type": "Bearer", "id_token": "a.b.c"}'),
    "an error": Lie(answer=b'{"error": "server_error"}', status=500),
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES)
def test_nobody_is_let_in_by_a_lie(site: Site, provider: OidcDouble, lie: Lie) -> None:
    provider.lie = lie
    assert come_back(site, provider.sign_in(begin(site))).startswith("/signin")
    assert "did not go through" in site.client.get("/signin").text or lie.answer is not None
    assert site.client.get("/").status_code == 302
    assert accounts(site) == {}


@pytest.mark.parametrize(
    "changed",
    [{"state": "another"}, {"code": "code-99"}, {"error": "access_denied"}],
    ids=lambda one: next(iter(one)),
)
def test_nobody_is_let_in_by_a_way_back_that_is_not_theirs(
    site: Site, provider: OidcDouble, changed: dict[str, str]
) -> None:
    assert come_back(site, provider.sign_in(begin(site), **changed)).startswith("/signin")
    assert site.client.get("/").status_code == 302


def test_a_way_back_works_once(site: Site, provider: OidcDouble) -> None:
    back = provider.sign_in(begin(site))
    assert come_back(site, back) == "/"
    assert come_back(site, back).startswith("/signin")


def test_a_way_back_without_a_beginning_lets_nobody_in(site: Site) -> None:
    """Somebody else's code, sent to a browser that did not ask: it would be signed in as them."""
    assert come_back(site, "/signin/oidc/callback?code=code-0&state=s").startswith("/signin")
    assert come_back(site, "/signin/oidc/callback").startswith("/signin")


def test_a_provider_that_calls_itself_otherwise_is_not_asked(site: Site, provider: OidcDouble) -> None:
    provider.lie = Lie(metadata=_set(issuer="http://evil.example"))
    assert begin(site).startswith("/signin")
    assert "TRIAGE_OIDC_ISSUER says otherwise" in site.client.get("/signin").text


def test_a_provider_that_is_gone_is_said(site: Site, provider: OidcDouble) -> None:
    provider.lie = Lie(metadata=lambda metadata: metadata.clear())
    assert begin(site).startswith("/signin")
    assert site.client.get("/signin").status_code == 401


def test_the_highest_group_counts_and_everybody_has_the_star() -> None:
    roles = {"support": Role.RESPONDER, "leads": Role.LEAD}
    assert role_of(["support", "leads", "sales"], roles) is Role.LEAD
    assert role_of(["sales"], roles) is None
    assert role_of([], {**roles, "*": Role.VIEWER}) is Role.VIEWER
    assert role_of(["support"], {**roles, "*": Role.VIEWER}) is Role.RESPONDER
