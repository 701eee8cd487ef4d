"""What PagerDuty sends: signatures, deliveries, and which events are a person's answer to a page."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.pagerduty_inbound import delivery_id, read_event, verify_signature
from tests.jira_double import spec
from triage.ports import Answered, Ignored, Opened, Settlement, Unreadable

SAMPLES = spec.SPECS.parent / "jira_rest_samples"
KEY = "0123456789abcdef0123456789abcdef"
AT = datetime(2026, 11, 23, 9, 5, 0, 169000, UTC)
ANA = {"id": "PANA", "type": "user_reference", "summary": "Ana"}
INTEGRATION = {"id": "PXMQRWJ", "type": "inbound_integration_reference", "summary": "Events API V2"}
MERGED = {"type": "merge_resolve_reason", "incident": {"id": "Q9", "type": "incident_reference"}}


def body(kind: str = "incident.acknowledged", **changes: Any) -> bytes:
    """A webhook; `changes` are of the event, those of its data under `data`."""
    data = {"id": "Q1", "type": "incident", "incident_key": None, "resolve_reason": None, **changes.pop("data", {})}
    event = {
        "id": "01EVENT",
        "event_type": kind,
        "resource_type": "incident",
        "occurred_at": "2026-11-23T09:05:00.169Z",
        "agent": ANA,
        "client": None,
        "data": data,
    }
    return json.dumps({"event": {**event, **changes}}).encode()


def hexed(content: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), content, hashlib.sha256).hexdigest()


# --- signatures and deliveries -------------------------------------------------------------------------------------


def test_one_good_signature_of_several_is_enough_and_so_is_one_known_secret_of_several() -> None:
    content = body()
    old, new, strange = (f"v1={hexed(content, secret)}" for secret in ("old", "new", "strange"))
    assert verify_signature(content, f"{strange},{new}", ["old", "new"])
    assert verify_signature(content, f"{old}, {new.upper().replace('V1', 'v1')}", ["new"])
    assert not verify_signature(content, strange, ["old", "new"])
    assert not verify_signature(content + b" ", f"{old},{new}", ["old", "new"])


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "v1=",
        "v1",
        hexed(body(), "s"),
        f"v0={hexed(body(), 's')}",
        f"v2={hexed(body(), 's')}",
        f"sha256={hexed(body(), 's')}",
        f"v1={hexed(body(), 's')[:-1]}",
        f"v1={hexed(body(), 's')}0",
        f"v1={hmac.new(b's', body(), hashlib.sha1).hexdigest()}",
        "v1=" + "é" * 64,
        "," * 1000,
    ],
)
def test_what_is_malformed_or_of_another_version_is_no_signature(header: str | None) -> None:
    assert not verify_signature(body(), header, ["s"])


def test_without_a_secret_nothing_is_signed() -> None:
    for secrets in ([], [""]):
        assert not verify_signature(body(), f"v1={hexed(body(), '')}", secrets)


def test_a_delivery_is_known_by_its_event_else_by_the_header_else_by_its_hash() -> None:
    assert delivery_id(body(), "webhook-1") == "01EVENT"
    assert delivery_id(body(agent=None), None) == "01EVENT"
    assert delivery_id(body(id=None), "webhook-1") == "webhook-1"
    digest = hashlib.sha256(b"nonsense").hexdigest()
    for identifier in (None, "", "two words", "x" * 129):
        assert delivery_id(b"nonsense", identifier) == digest


# --- events --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "settlement"),
    [("incident.acknowledged", Settlement.ACKNOWLEDGE), ("incident.resolved", Settlement.RESOLVE)],
)
def test_a_person_answers_at_pagerduty(kind: str, settlement: Settlement) -> None:
    assert read_event(body(kind)) == Answered(settlement, "Q1", "", "PANA", AT)
    assert read_event(body(kind, data={"incident_key": KEY})) == Answered(settlement, "Q1", KEY, "PANA", AT)


@pytest.mark.parametrize("kind", ["incident.acknowledged", "incident.resolved"])
@pytest.mark.parametrize("agent", [INTEGRATION, None, {"type": "service_reference"}, "PANA", {"type": ["user"]}])
def test_what_no_person_did_is_no_answer(kind: str, agent: Any) -> None:
    told = read_event(body(kind, agent=agent))
    assert isinstance(told, Ignored)
    assert "only a person's answer counts" in told.reason


def test_an_incident_that_a_person_merged_is_not_resolved() -> None:
    told = read_event(body("incident.resolved", data={"resolve_reason": MERGED}))
    assert told == Ignored("the incident Q1 was merged into another, which is no answer")


@pytest.mark.parametrize(
    "kind",
    [
        "incident.reassigned",
        "incident.escalated",
        "incident.delegated",
        "incident.unacknowledged",
        "incident.reopened",
        "incident.annotated",
        "service.updated",
        "pagey.ping",
    ],
)
def test_other_events_are_no_answers(kind: str) -> None:
    assert read_event(body(kind)) == Ignored(f"{kind} is no answer to a page")


@pytest.mark.parametrize(
    ("client", "incident_key", "expected"),
    [
        ({"name": "triage", "url": f"https://t.example/incidents#{KEY}"}, None, Opened(KEY, "Q1")),
        ({"name": "triage", "url": f"https://t.example/{'x' * 400}#{KEY}"}, None, Opened(KEY, "Q1")),
        ({"name": "triage", "url": f"https://t.example/incidents#{KEY}"}, "another", Opened(KEY, "Q1")),
        (None, KEY, Opened(KEY, "Q1")),
        ({"name": "Grafana", "url": "https://grafana.example/"}, KEY, Opened(KEY, "Q1")),
        ({"name": "Grafana", "url": "https://grafana.example/"}, None, Ignored),
        ({"name": "Grafana", "url": "https://grafana.example/#"}, None, Ignored),
        ({"url": 5}, None, Ignored),
        ("triage", 5.5e300, Ignored),
        (None, None, Ignored),
    ],
)
def test_an_incident_of_pagerdutys_own_belongs_to_the_page_whose_address_it_carries(
    client: Any, incident_key: Any, expected: Any
) -> None:
    told = read_event(
        body("incident.triggered", agent=INTEGRATION, client=client, data={"incident_key": incident_key})
    )
    assert told == expected or (isinstance(expected, type) and isinstance(told, expected))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nope",
        b"[]",
        b"{}",
        b'{"event": []}',
        b'{"event": {"event_type": 5.5e300}}',
        b"[" * 100_000,
        body(data={"id": None}),
        body("incident.triggered", data={"id": {}}),
        body(occurred_at=None),
        body(occurred_at="soon"),
        body(occurred_at="2026-11-23T09:05:00"),
    ],
)
def test_what_nobody_can_read_is_told_apart_from_what_means_nothing(content: bytes) -> None:
    assert isinstance(read_event(content), Unreadable)


def test_what_a_database_cannot_keep_is_taken_out() -> None:
    told = read_event(body(data={"id": "Q\x001", "incident_key": "k\ud800" * 500}))
    assert isinstance(told, Answered)
    assert (told.incident, len(told.key)) == ("Q\ufffd1", 255)
    (told.incident + told.key).encode()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None), max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300)
@given(
    st.sampled_from(["incident.triggered", "incident.acknowledged", "incident.resolved"]) | JSON,
    st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "agent", "client", "data", "occurred_at"), JSON)),
    st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "incident_key", "resolve_reason"), JSON)),
)
def test_nothing_that_is_sent_is_an_error(kind: Any, event: dict[str, Any], data: dict[str, Any]) -> None:
    content = json.dumps({"event": {"data": data, **event, "event_type": kind}}).encode()
    assert isinstance(read_event(content), Opened | Answered | Ignored | Unreadable)
    assert 1 <= len(delivery_id(content, None)) <= 128


# --- real bodies ---------------------------------------------------------------------------------------------------


def sample(name: str) -> Any:
    """What a real body says; the collection keeps its agent and its data, in an envelope of its own."""
    file = SAMPLES / f"superplane__pagerduty_example_data_on_{name}.json"
    if not file.exists():
        pytest.skip("../shared/payloads is absent")
    return json.loads(file.read_text())


def real(kind: str, name: str) -> bytes:
    """The same as PagerDuty sends it."""
    kept = sample(name)
    event = {
        "id": "5ac64822-4adc-4fda-ade0-410becf0de4f",
        "event_type": kind,
        "resource_type": "incident",
        "occurred_at": "2026-11-23T09:05:00.169Z",
        "agent": kept["data"]["agent"],
        "client": {"name": "PagerDuty"},
        "data": kept["data"].get("status_update") or kept["data"]["incident"],
    }
    return json.dumps({"event": event}).encode()


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("incident.triggered", "incident", Opened("d3640fbd41094207a1c11e58e46b1662", "PGR0VU2")),
        (
            "incident.acknowledged",
            "incident_annotated",
            Answered(Settlement.ACKNOWLEDGE, "PGR0VU2", "d3640fbd41094207a1c11e58e46b1662", "PLH1HKV", AT),
        ),
        (
            "incident.resolved",
            "incident",
            Answered(Settlement.RESOLVE, "PGR0VU2", "d3640fbd41094207a1c11e58e46b1662", "PLH1HKV", AT),
        ),
        ("incident.annotated", "incident_annotated", Ignored("incident.annotated is no answer to a page")),
        (
            "incident.status_update_published",
            "incident_status_update",
            Ignored("incident.status_update_published is no answer to a page"),
        ),
    ],
)
def test_real_bodies_are_read(kind: str, name: str, expected: Any) -> None:
    content = real(kind, name)
    assert read_event(content) == expected
    assert delivery_id(content, None) == "5ac64822-4adc-4fda-ade0-410becf0de4f"


@pytest.mark.parametrize("name", ["incident", "incident_annotated", "incident_status_update"])
def test_what_is_no_webhook_of_pagerdutys_is_quarantined(name: str) -> None:
    assert read_event(json.dumps(sample(name)).encode()) == Unreadable("the body has no event.event_type")
