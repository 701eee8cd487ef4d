"""Pages over PagerDuty: what people do there counts here, and the two never tell each other the same for ever."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
import requests

from tests.contract.gateway_server import answer
from tests.pagerduty_double import person
from tests.scenario.pagerduty_scene import P0, Scene
from triage.engine.process import answer_next
from triage.store import queries
from triage.store.inbox import receive

#: An event of somebody else on the same service.
STRANGE = {
    "routing_key": "x" * 32,
    "event_action": "trigger",
    "dedup_key": "theirs",
    "payload": {"summary": "CPU", "severity": "critical", "source": "cpu"},
    "client": "Grafana",
    "client_url": "https://grafana.example/#theirs",
}


@pytest.mark.parametrize("keyed", [False, True], ids=["a service that makes alerts", "an older service"])
def test_an_acknowledgement_in_pagerduty_stops_the_escalation(begin: Callable[..., Scene], keyed: bool) -> None:
    scene = begin()
    scene.pagerduty.keyed = keyed
    scene.story.created(**P0)
    scene.call_back()
    assert scene.story.incident()["state"] == "triggered"
    scene.story.advance(minutes=2)
    scene.pagerduty.act(scene.keys[0], "acknowledge", person("PANA"))
    scene.call_back()
    incident = scene.story.incident()
    assert (incident["state"], incident["acknowledged_by"]) == ("acknowledged", "ana")
    assert incident["reason"] == "acknowledged by ana (pagerduty)"
    scene.story.advance(minutes=30)
    scene.story.expect_pages("ana")


def test_a_resolution_in_pagerduty_ends_the_incident_and_every_other_alert(begin: Callable[..., Scene]) -> None:
    scene = begin()
    scene.story.created(**P0)
    scene.story.advance(minutes=5)
    scene.pagerduty.act(scene.keys[1], "resolve", person("PCY"))
    scene.call_back()
    incident = scene.story.incident()
    assert (incident["state"], incident["resolved_by"]) == ("resolved", "cy")
    assert scene.pagerduty.ringing == []
    assert {row["state"] for row in scene.story.pages()} == {"resolved"}
    scene.story.advance(hours=2)
    assert len(scene.keys) == 2


def test_what_we_settle_comes_back_and_causes_nothing(begin: Callable[..., Scene]) -> None:
    scene = begin()
    scene.story.created(**P0)
    scene.story.advance(minutes=5)
    scene.call_back()
    scene.take(0)
    scene.call_back()
    ana, cy = scene.keys
    assert scene.reasons()[:2] == [
        "incident.resolved by inbound_integration_reference: only a person's answer counts",
        "incident.acknowledged by inbound_integration_reference: only a person's answer counts",
    ]
    assert scene.story.incident()["state"] == "acknowledged"
    scene.resolve()
    scene.call_back()
    assert scene.pagerduty.settled() == [("acknowledge", ana), ("resolve", cy), ("resolve", ana)]


def test_a_clock_of_pagerdutys_own_that_resolves_its_incident_ends_nothing_here(begin: Callable[..., Scene]) -> None:
    scene = begin()
    scene.story.created(**P0)
    scene.pagerduty.act(scene.keys[0], "resolve", None)
    scene.call_back()
    assert scene.story.incident()["state"] == "triggered"
    assert scene.reasons()[0] == "incident.resolved by nobody: only a person's answer counts"
    scene.story.advance(minutes=5)
    scene.story.expect_pages("ana", "cy")


def test_merging_two_alerts_in_pagerduty_resolves_nothing_here(begin: Callable[..., Scene]) -> None:
    scene = begin()
    scene.story.created(**P0)
    scene.story.advance(minutes=10)
    ana, _, ana_again = scene.keys
    scene.pagerduty.merge(ana_again, ana, person("PANA"))
    scene.call_back()
    assert scene.story.incident()["state"] == "triggered"
    scene.pagerduty.act(ana, "acknowledge", person("PANA"))
    scene.call_back()
    assert scene.story.incident()["state"] == "acknowledged"


def test_another_of_ours_who_acknowledges_in_pagerduty_has_it_and_the_alert_stays_theirs(
    begin: Callable[..., Scene],
) -> None:
    """PagerDuty has handed the alert on to ben, whom we have not paged."""
    scene = begin()
    scene.story.created(**P0)
    scene.call_back()
    (page,) = scene.keys
    scene.pagerduty.act(page, "acknowledge", person("PBEN"))
    scene.call_back()
    assert scene.story.incident()["acknowledged_by"] == "ben"
    assert scene.story.pages()[0]["state"] == "acknowledged"
    assert scene.pagerduty.status(page) == "acknowledged"
    scene.pagerduty.act(page, "resolve", person("PBEN"))
    scene.call_back()
    assert scene.story.incident()["resolved_by"] == "ben"


def test_a_user_of_pagerduty_who_is_none_of_ours_counts_as_the_pages_responder(begin: Callable[..., Scene]) -> None:
    scene = begin()
    scene.story.created(**P0)
    scene.call_back()
    scene.pagerduty.act(scene.keys[0], "acknowledge", person("PSTRANGER"))
    scene.call_back()
    assert scene.story.incident()["acknowledged_by"] == "ana"


def test_whoever_was_relieved_does_not_end_the_incident_of_who_has_it(begin: Callable[..., Scene]) -> None:
    """ana resolves her alert in the moment in which cy takes the incident."""
    scene = begin()
    scene.story.created(**P0)
    scene.story.advance(minutes=5)
    scene.call_back()
    scene.pagerduty.act(scene.keys[0], "resolve", person("PANA"))
    scene.take(1)
    scene.call_back()
    assert scene.story.incident()["state"] == "acknowledged"
    assert "somebody else has taken the incident, so its end is theirs to tell" in scene.reasons()


def test_an_acknowledgement_that_comes_late_does_not_answer_what_came_after_it(begin: Callable[..., Scene]) -> None:
    """ana's webhook is delivered when cy's acknowledgement has expired and the incident pages again."""
    scene = begin()
    scene.story.created(**P0)
    scene.story.advance(minutes=5)
    scene.call_back()
    scene.pagerduty.act(scene.keys[0], "acknowledge", person("PANA"))
    late = scene.pagerduty.webhooks.pop()
    scene.take(1)
    scene.call_back()
    scene.story.advance(hours=1)
    scene.story.expect_pages("ana", "cy", "ana")
    assert scene.site.tell(late) == 202
    scene.story.settle()
    assert scene.story.incident()["state"] == "triggered"
    assert scene.reasons()[0] == "it was said before the incident began to page again"


def test_an_older_alert_may_be_answered_after_the_ticket_was_raised(begin: Callable[..., Scene]) -> None:
    scene = begin(service=("P0: around-the-clock", "P0: around-the-clock\n    P1: around-the-clock"))
    issue = scene.story.created(priority="P1", production="yes", workaround="none")
    scene.story.advance(minutes=3)
    scene.story.receive(issue.change(scene.now, "priority", "P0"))
    scene.call_back()
    old, new = scene.keys
    assert scene.pagerduty.ringing == [old, new]
    scene.story.advance(minutes=1)
    scene.pagerduty.act(old, "acknowledge", person("PANA"))
    scene.call_back()
    assert scene.story.incident()["acknowledged_by"] == "ana"
    assert scene.pagerduty.ringing == []


def test_answers_that_change_nothing_say_why(begin: Callable[..., Scene]) -> None:
    scene = begin()
    scene.story.created(**P0)
    scene.call_back()
    (page,) = scene.keys
    scene.take()
    scene.pagerduty.act(page, "acknowledge", person("PANA"))
    scene.call_back()
    assert "the incident is acknowledged already" in scene.reasons()
    scene.resolve()
    scene.pagerduty.act(page, "resolve", person("PANA"))
    scene.call_back()
    assert "the incident is resolved already" in scene.reasons()


def test_where_pagerduty_repeats_the_key_that_is_enough(begin: Callable[..., Scene]) -> None:
    scene = begin()
    scene.pagerduty.keyed = True
    scene.story.created(**P0)
    scene.pagerduty.webhooks.clear()  # incident.triggered was not subscribed to
    scene.pagerduty.act(scene.keys[0], "acknowledge", person("PANA"))
    scene.call_back()
    assert scene.story.incident()["acknowledged_by"] == "ana"


def test_what_is_none_of_ours_is_left_alone(begin: Callable[..., Scene]) -> None:
    scene = begin()
    scene.story.created(**P0)
    scene.pagerduty.webhooks.clear()  # incident.triggered was not subscribed to
    scene.pagerduty.act(scene.keys[0], "acknowledge", person("PANA"))
    scene.call_back()
    assert scene.story.incident()["state"] == "triggered"
    unknown = "no page is known by Q0: it is not ours, or its incident.triggered never reached us"
    assert scene.reasons()[0] == unknown
    requests.post(f"{scene.pagerduty.url}/v2/enqueue", json=STRANGE, timeout=10)
    scene.call_back()
    assert scene.reasons()[0] == "no page has the key theirs"


def test_an_answer_waits_behind_no_pile_of_tickets(begin: Callable[..., Scene]) -> None:
    scene = begin()
    scene.story.created(**P0)
    scene.call_back()
    with scene.story.context.database.write() as conn:
        for number in range(20):
            receive(conn, "jira", str(number), b"{}", scene.now)
    scene.pagerduty.act(scene.keys[0], "acknowledge", person("PANA"))
    assert scene.site.tell(scene.pagerduty.webhooks.pop()) == 202
    assert answer_next(scene.story.context, scene.now)
    assert scene.story.incident()["state"] == "acknowledged"


def test_a_body_that_nobody_can_read_is_quarantined_and_told(begin: Callable[..., Scene]) -> None:
    scene = begin()
    assert scene.site.tell(b"nonsense") == 202
    scene.story.settle()
    with scene.story.context.database.read() as conn:
        (event,) = queries.quarantine(conn)
    assert (event["source"], event["body"]) == ("pagerduty", b"nonsense")
    assert scene.console.sent[0].subject == "An event from pagerduty could not be read"


@pytest.mark.parametrize("seed", range(5))
def test_whatever_people_do_in_whatever_order_nothing_rings_on_and_nothing_is_left_open(
    begin: Callable[..., Scene], seed: int
) -> None:
    chance = random.Random(seed)
    scene = begin()
    scene.story.created(**P0)
    for _ in range(12):
        page, user = chance.randrange(len(scene.keys)), person(chance.choice(["PANA", "PBEN", "PSTRANGER"]))
        sent = [incident.key for incident in scene.pagerduty.incidents] or [None]
        key = chance.choice(sent)
        match chance.randrange(5):
            case 0:
                scene.pagerduty.refusals = [answer(503)] * chance.randrange(1, 8)
            case 1 if scene.story.incident()["state"] != "resolved":
                scene.take(page)
            case 2 if key:
                scene.pagerduty.act(key, "acknowledge", user)
            case 3 if key and chance.random() < 0.3:
                scene.pagerduty.act(key, "resolve", user)
            case 4:
                scene.story.advance(minutes=chance.choice([1, 6, 70]))
        if chance.random() < 0.7:
            scene.call_back()
    scene.pagerduty.refusals = []
    scene.story.advance(minutes=2)
    scene.call_back()
    asked = {row["id"] for row in scene.story.pages() if row["state"] == "open"}
    assert set(scene.pagerduty.ringing) <= asked
    if scene.story.incident()["state"] == "acknowledged":
        assert asked == set()
    if scene.story.incident()["state"] != "resolved":
        scene.resolve()
        scene.story.advance(minutes=2)
        scene.call_back()
    assert {incident.status for incident in scene.pagerduty.incidents} <= {"resolved"}
