"""The environment: every mistake at once, and no secret in a log."""

from __future__ import annotations

import socket

import pytest

from triage import settings
from triage.domain.rights import Role
from triage.settings import SettingsError


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        settings.read({"TRIAGE_PORT": "eighty", "TRIAGE_DATABASE_URL": "mysql://x", "TRIAGE_SECRET_KEY": "short"})
    for name in ("TRIAGE_PORT", "TRIAGE_DATABASE_URL", "TRIAGE_SECRET_KEY"):
        assert name in str(caught.value)
    assert "short" not in str(caught.value)


def test_nothing_set_is_enough_and_empty_is_not_set() -> None:
    env = settings.read({"TRIAGE_PORT": ""})
    assert (env.host, env.port, env.public_url) == ("127.0.0.1", 8080, "http://127.0.0.1:8080")


def test_two_secrets_at_a_time_and_none_is_shown() -> None:
    env = settings.read({"TRIAGE_JIRA_WEBHOOK_SECRET": "old-one, new-one", "TRIAGE_JIRA_TOKEN": "tok-en"})
    assert env.jira_webhook_secrets == ("old-one", "new-one")
    assert "one" not in repr(env)
    assert "tok-en" not in repr(env)


def test_pagerduty_is_called_in_its_region_and_calls_back_with_any_of_its_secrets() -> None:
    assert settings.read({}).pagerduty_events_url == "https://events.pagerduty.com"
    given = {"PAGERDUTY_EVENTS_URL": "https://events.eu.pagerduty.com/", "PAGERDUTY_WEBHOOK_SECRETS": "hid,den"}
    env = settings.read({f"TRIAGE_{name}": value for name, value in given.items()})
    assert env.pagerduty_events_url == "https://events.eu.pagerduty.com"
    assert env.pagerduty_webhook_secrets == ("hid", "den")
    assert "hid" not in repr(env)


def test_tests_reach_loopback_only() -> None:
    with socket.socket() as outside, pytest.raises(RuntimeError, match="loopback only"):
        outside.connect(("192.0.2.1", 80))


def test_a_provider_needs_its_client_and_the_groups_that_it_lets_in() -> None:
    issuer = {"TRIAGE_OIDC_ISSUER": "https://login.vendor.example"}
    with pytest.raises(settings.SettingsError) as caught:
        settings.read(issuer)
    for name in ("TRIAGE_OIDC_CLIENT_ID", "TRIAGE_OIDC_CLIENT_SECRET", "TRIAGE_OIDC_ROLES"):
        assert name in str(caught.value)
    client = {"TRIAGE_OIDC_CLIENT_ID": "triage", "TRIAGE_OIDC_CLIENT_SECRET": "hid-den"}
    env = settings.read({**issuer, **client, "TRIAGE_OIDC_ROLES": "urn:x:support:responder, *:viewer"})
    assert env.oidc_roles == {"urn:x:support": Role.RESPONDER, "*": Role.VIEWER}
    assert "hid-den" not in repr(env)


@pytest.mark.parametrize("roles", ["support", "support:boss", ":lead", "support:lead,"])
def test_a_group_without_a_role_of_ours_is_told(roles: str) -> None:
    with pytest.raises(settings.SettingsError, match="TRIAGE_OIDC_ROLES"):
        settings.read({"TRIAGE_OIDC_ROLES": roles})


def test_a_proxy_is_an_address() -> None:
    assert settings.read({"TRIAGE_TRUSTED_PROXY": "10.0.0.7"}).trusted_proxy == "10.0.0.7"
    with pytest.raises(settings.SettingsError, match="TRIAGE_TRUSTED_PROXY"):
        settings.read({"TRIAGE_TRUSTED_PROXY": "*"})
