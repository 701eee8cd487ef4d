"""What is peculiar to the PagerDuty gateway; what it shares with the others stands in test_gateways.py."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest

from integrations.pagerduty import (
    DETAILS_LIMIT,
    KEY_LIMIT,
    LINK_LENGTH,
    LINKS_LIMIT,
    SHORT_SUMMARY,
    SUMMARY_LIMIT,
    dedup_key,
)
from integrations.plain import token
from tests.contract.gateway_server import Act, LocalServer, answer, http, say
from tests.contract.test_gateways import (
    EXPECTED,
    HTTP_SITUATIONS,
    MESSAGE,
    ROUTING_KEY,
    SECRET,
    UNENDING,
    pagerduty,
)
from tests.jira_double import spec
from triage.ports import Delivered, Message, Outcome, Rejected, Retry, Settlement, Settles


def invalid(*errors: str) -> bytes:
    """How PagerDuty refuses an event."""
    return json.dumps({"status": "invalid event", "message": "Event object is invalid", "errors": errors}).encode()


def in_turn(*answers: bytes) -> Act:
    """A different answer to each request; the last one to all that follow."""
    left = list(answers)
    return http(lambda connection: connection.send(left.pop(0) if len(left) > 1 else left[0]))


def pagerduty_sends(message: Message, *answers: bytes) -> tuple[Outcome, list[dict[str, Any]]]:
    """What became of the message, and the events that arrived."""
    with LocalServer(in_turn(*answers)) as server:
        outcome = pagerduty(server.port).send(replace(message, address=ROUTING_KEY))
        assert {request.target for request in server.requests} == {"/v2/enqueue"}
        return outcome, [json.loads(request.body) for request in server.requests]


def test_pagerduty_is_triggered_with_the_page() -> None:
    body = "Everything fails.\nAcknowledge: https://triage.example/ack/abc\nSee: nothing\nTicket: http://t.example/12"
    outcome, (event,) = pagerduty_sends(replace(MESSAGE, body=body), answer(202))
    assert outcome == Delivered(MESSAGE.key)
    assert event == {
        "routing_key": ROUTING_KEY,
        "event_action": "trigger",
        "dedup_key": MESSAGE.key,
        "payload": {
            "summary": MESSAGE.subject,
            "severity": "critical",
            "source": "triage",
            "custom_details": {"page": body},
        },
        "links": [
            {"href": "https://triage.example/ack/abc", "text": "Acknowledge"},
            {"href": "http://t.example/12", "text": "Ticket"},
        ],
        "client": "triage",
        "client_url": f"https://triage.example/incidents#{MESSAGE.key}",
    }


def test_pagerduty_is_given_a_few_links_of_a_length_that_it_can_show() -> None:
    addresses = [f"https://t.example/{'y' * length}" for length in (LINK_LENGTH, *range(LINKS_LIMIT + 5))]
    _, (event,) = pagerduty_sends(
        replace(MESSAGE, body="\n".join(f"Ticket: {each}" for each in addresses)), answer(202)
    )
    assert [link["href"] for link in event["links"]] == addresses[1 : LINKS_LIMIT + 1]


def test_what_is_not_urgent_is_told_to_pagerduty_as_such() -> None:
    _, (event,) = pagerduty_sends(replace(MESSAGE, urgent=False), answer(202))
    assert event["payload"]["severity"] == "info"


@settings(max_examples=25)
@given(
    st.text(st.characters(codec=None), max_size=1500),
    st.text(st.sampled_from('x"\\\U0001f525\ud800\n\x01é'), max_size=300),
    st.integers(1, 2000),
)
def test_no_page_is_too_long_for_pagerduty(subject: str, body: str, times: int) -> None:
    message = replace(MESSAGE, subject=subject, body=(body + f"\nTicket: http://t.example/{'y' * 1900}\n") * times)
    with LocalServer(http(say(answer(202)))) as server:
        assert isinstance(pagerduty(server.port).send(replace(message, address=ROUTING_KEY)), Delivered)
        (request,) = server.requests
    assert len(request.body) < 512_000
    payload = json.loads(request.body)["payload"]
    assert 1 <= len(payload["summary"]) <= SUMMARY_LIMIT
    assert len(payload["custom_details"]["page"]) <= DETAILS_LIMIT


@pytest.mark.parametrize(
    "refusal",
    [
        answer(413),
        answer(400, body=invalid("'custom_details' is too long")),
        answer(400, body=invalid("'summary' is too long (maximum is 1024 characters)")),
        answer(400, body=invalid("Event size exceeds 512 KB")),
        answer(400, body=invalid("links[0].href is invalid")),
    ],
)
def test_a_page_that_pagerduty_finds_too_long_is_shortened_and_sent_once_more(refusal: bytes) -> None:
    message = replace(MESSAGE, subject="word " * 200, body="Ticket: https://t.example/1\n" * 100)
    outcome, (whole, short) = pagerduty_sends(message, refusal, answer(202))
    assert outcome == Delivered(MESSAGE.key)
    assert short["payload"].keys() == {"summary", "severity", "source"}
    assert len(short["payload"]["summary"]) <= SHORT_SUMMARY < len(whole["payload"]["summary"])
    assert "links" in whole
    assert "links" not in short
    same = ("routing_key", "event_action", "dedup_key", "client", "client_url")
    assert {name: short[name] for name in same} == {name: whole[name] for name in same}


def test_a_page_that_pagerduty_finds_too_long_however_short_is_rejected() -> None:
    outcome, events = pagerduty_sends(MESSAGE, answer(413))
    assert outcome == Rejected("answered 413")
    assert len(events) == 2


def test_pagerduty_says_in_its_own_words_why_it_refuses_and_the_routing_key_stays_out_of_them() -> None:
    refusal = answer(400, body=invalid("x" * 165, f"'routing_key' {ROUTING_KEY} is\nunknown"))
    outcome, events = pagerduty_sends(MESSAGE, refusal)
    assert isinstance(outcome, Rejected)
    assert outcome.reason == f"answered 400: Event object is invalid; {'x' * 165}; 'routing_key' … is unknown"
    assert len(events) == 1


@pytest.mark.parametrize("body", [b"", b"nope", b"[]", b"[" * 5000, b'{"errors": 5, "message": ["x"]}', b"\xff"])
def test_pagerduty_may_refuse_without_a_word_that_we_understand(body: bytes) -> None:
    assert pagerduty_sends(MESSAGE, answer(400, body=body))[0] == Rejected("answered 400")


@pytest.mark.parametrize("settlement", Settlement)
def test_a_key_is_settled_with_pagerduty(settlement: Settlement) -> None:
    with LocalServer(http(say(answer(202)))) as server:
        gateway = pagerduty(server.port)
        assert isinstance(gateway, Settles)
        assert gateway.settle(MESSAGE.key, ROUTING_KEY, settlement) == Delivered(MESSAGE.key)
        (request,) = server.requests
    expected = {"routing_key": ROUTING_KEY, "event_action": str(settlement), "dedup_key": MESSAGE.key}
    assert json.loads(request.body) == expected


@pytest.mark.parametrize("situation", sorted(HTTP_SITUATIONS))
def test_what_pagerduty_does_with_a_settlement_becomes_an_outcome(situation: str) -> None:
    with LocalServer(HTTP_SITUATIONS[situation]) as server:
        deadline = 0.3 if situation in UNENDING else 20.0
        outcome = pagerduty(server.port, deadline).settle(MESSAGE.key, ROUTING_KEY, Settlement.RESOLVE)
    assert isinstance(outcome, EXPECTED[situation]), outcome
    assert SECRET not in repr(outcome)


def test_pagerduty_says_when_to_come_back() -> None:
    with LocalServer(http(say(answer(429, {"Retry-After": "7"})))) as server:
        gateway = pagerduty(server.port)
        outcomes = [
            gateway.send(replace(MESSAGE, address=ROUTING_KEY)),
            gateway.settle(MESSAGE.key, ROUTING_KEY, Settlement.RESOLVE),
        ]
    assert outcomes == [Retry("answered 429", timedelta(seconds=7))] * 2


@settings(max_examples=200)
@given(st.text(st.characters(codec=None), max_size=400), st.text(st.characters(codec=None), max_size=400))
def test_every_key_has_a_dedup_key_of_its_own(one: str, other: str) -> None:
    assert re.fullmatch(r"[!-~]*", dedup_key(one))
    assert len(dedup_key(one)) <= KEY_LIMIT
    assert (dedup_key(one) == dedup_key(other)) is (one == other or token(one) == token(other))


# What PagerDuty publishes


documented = pytest.mark.skipif(
    not spec.present(), reason="../shared/payloads/specs is absent: there is nothing to check events against"
)


@cache
def events_api() -> OpenAPI:
    text = (spec.SPECS / "pagerduty-events-v2.json").read_text()
    return OpenAPI.from_dict(json.loads(text), config=Config(spec_validator_cls=None))


def check(event: dict[str, Any]) -> None:
    """Against the document, and against what it says in words only: which names there are, and the key's length."""
    body = json.dumps(event).encode()
    events_api().validate_request(MockRequest("https://events.pagerduty.com", "POST", "/v2/enqueue", data=body))
    schemas = json.loads((spec.SPECS / "pagerduty-events-v2.json").read_text())
    operation = schemas["paths"]["/enqueue"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert event.keys() <= operation["properties"].keys()
    assert event.get("payload", {}).keys() <= schemas["components"]["schemas"]["Payload"]["properties"].keys()
    assert len(event["routing_key"]) == 32
    assert event["dedup_key"]
    assert (event["event_action"] == "trigger") is ("payload" in event)


@documented
@pytest.mark.parametrize("urgent", [True, False])
def test_what_triggers_is_documented(urgent: bool) -> None:
    message = replace(MESSAGE, body="Down.\nTicket: https://t.example/1", urgent=urgent)
    _, events = pagerduty_sends(message, answer(413), answer(202))
    assert len(events) == 2
    for event in events:
        check(event)


@documented
@pytest.mark.parametrize("settlement", Settlement)
def test_what_settles_is_documented(settlement: Settlement) -> None:
    with LocalServer(http(say(answer(202)))) as server:
        pagerduty(server.port).settle("page-1", ROUTING_KEY, settlement)
        (request,) = server.requests
    check(json.loads(request.body))


@documented
@pytest.mark.parametrize(
    "wrong",
    [{"event_action": "close"}, {"routing_key": 5}, {"payload": {"summary": "s", "source": "t"}}, {"links": {}}],
)
def test_an_event_that_is_not_documented_is_found(wrong: dict[str, Any]) -> None:
    _, (event,) = pagerduty_sends(MESSAGE, answer(202))
    with pytest.raises((OpenAPIError, AssertionError)):
        check({**event, **wrong})
