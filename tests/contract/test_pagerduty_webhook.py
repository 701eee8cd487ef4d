"""The endpoint that PagerDuty calls back: what is let in, what is kept, what is answered."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from prometheus_client import REGISTRY

import app as wiring
from tests.contract.site import KEY, SECRET, Site
from tests.jira_events import sign
from tests.pagerduty_double import signed
from tests.scenario.harness import START
from triage import settings
from triage.store.tables import inbox
from triage.web import Worker

PATH = "/webhooks/pagerduty"
PING = b'{"event": {"id": "01PING", "event_type": "pagey.ping", "data": {"type": "ping"}}}'


def received(outcome: str) -> float:
    labels = {"source": "pagerduty", "outcome": outcome}
    return REGISTRY.get_sample_value("triage_events_received_total", labels) or 0


def test_a_signed_body_is_kept_and_a_repeat_of_the_event_gets_the_same_answer(site: Site) -> None:
    again = PING.replace(b'"ping"}', b'"ping", "told": "again"}')
    answers = [site.client.post(PATH, data=body, headers=signed(body, SECRET)) for body in (PING, PING, again)]
    assert [answer.status_code for answer in answers] == [202] * 3
    assert [answer.json for answer in answers] == [{"status": "accepted", "delivery": "01PING"}] * 3
    assert site.kept() == 1


def test_what_pagerduty_sends_is_kept_apart_from_what_jira_sends(site: Site) -> None:
    assert [site.post(PING), site.tell(PING)] == [202, 202]
    with site.story.context.database.read() as conn:
        kept = conn.execute(sa.select(inbox.c.source, inbox.c.body).order_by(inbox.c.id)).all()
    assert [tuple(row) for row in kept] == [("jira", PING), ("pagerduty", PING)]


def test_during_a_rotation_either_secret_will_do(site: Site) -> None:
    assert site.tell(PING, "old-secret") == 202
    body = PING.replace(b"01PING", b"02PING")
    answer = site.client.post(PATH, data=body, headers=signed(body, "not yet known here", SECRET))
    assert answer.status_code == 202
    assert site.kept() == 2


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(PING, "wrong"),
        signed(PING + b" ", SECRET),
        sign(PING, SECRET),
        {"X-PagerDuty-Signature": "v1="},
        {"Authorization": f"Bearer {SECRET}"},
        {"Authorization": "Bearer automation-token"},
    ],
)
def test_what_pagerduty_did_not_sign_is_refused_and_counted(site: Site, headers: dict[str, str]) -> None:
    before = received("bad_signature")
    answer = site.client.post(PATH, data=PING, headers=headers)
    assert (answer.status_code, answer.content_type) == (401, "application/problem+json")
    assert "TRIAGE_PAGERDUTY_WEBHOOK_SECRETS" in json.loads(answer.data)["detail"]
    assert received("bad_signature") - before == 1
    assert site.kept() == 0


def test_without_a_secret_nobody_is_let_in(site: Site) -> None:
    env = settings.read({"TRIAGE_SECRET_KEY": KEY, "TRIAGE_PUBLIC_URL": "http://localhost"})
    worker = Worker(lambda: None, lambda: True)
    client = wiring.create_app(site.story.context, env, worker, lambda: START).test_client()
    for headers in (signed(PING, ""), {"X-PagerDuty-Signature": ""}, {}):
        assert client.post(PATH, data=PING, headers=headers).status_code == 401
    assert site.kept() == 0


def test_an_oversize_body_is_413(site: Site) -> None:
    before = received("too_large")
    assert site.tell(b" " * 64001) == 413
    assert received("too_large") - before == 1
    assert site.tell(b" " * 64000) == 202


@pytest.mark.parametrize("body", [b"", b"not json", b"\xff\x00", b"[]", b"{" * 5000])
def test_with_a_good_signature_nothing_is_refused(site: Site, body: bytes) -> None:
    assert site.tell(body) == 202
    assert site.kept() == 1
