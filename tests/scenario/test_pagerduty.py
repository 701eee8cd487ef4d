"""Pages over PagerDuty: what happens here is told there, and what people do there counts here."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest
import requests
import sqlalchemy as sa
from prometheus_client import REGISTRY

from integrations.http import Poster
from integrations.pagerduty import PagerDutyGateway
from tests.contract.gateway_server import answer
from tests.contract.site import Site, site_over
from tests.jira_events import ANA
from tests.pagerduty_double import PagerDutyDouble, person
from tests.scenario.harness import CONFIG, Inline, Sink, Story
from triage import documents
from triage.engine import respond
from triage.engine.deliver import Deliverer
from triage.engine.process import answer_next
from triage.store import queries
from triage.store.db import Database
from triage.store.inbox import receive
from triage.store.outbox import LEASE
from triage.store.tables import inbox

PEOPLE = """
people:
  ana:
    name: Ana Example
    jira_accounts: ["5b10ac8d82e05b22cc7d4ef5"]
    pagerduty_users: [PANA]
    contact_methods:
      - {gateway: pagerduty, address: "env:TRIAGE_SECRET_ANA_PD", wait: 10m}
      - {gateway: console}
  ben: {name: Ben Example, pagerduty_users: [PBEN], contact_methods: [{gateway: console}]}
  cy:
    name: Cy Example
    contact_methods: [{gateway: pagerduty, address: "env:TRIAGE_SECRET_CY_PD"}]
"""
SECRETS = {"TRIAGE_SECRET_ANA_PD": "a" * 32, "TRIAGE_SECRET_CY_PD": "c" * 32}
P0 = {"priority": "P0", "production": "yes", "workaround": "none"}


#: An event of somebody else on the same service.
STRANGE = {
    "routing_key": "x" * 32,
    "event_action": "trigger",
    "dedup_key": "theirs",
    "payload": {"summary": "CPU", "severity": "critical", "source": "cpu"},
    "client": "Grafana",
    "client_url": "https://grafana.example/#theirs",
}


@dataclass
class Scene:
    """The service, PagerDuty, and the console as another way to people."""

    story: Story
    pagerduty: PagerDutyDouble
    console: Sink
    site: Site

    def call_back(self) -> None:
        """PagerDuty delivers its webhooks, and those that follow from them, until it has nothing to tell any more."""
        self.story.settle()
        for _ in range(100):
            if not self.pagerduty.webhooks:
                return
            assert self.site.tell(self.pagerduty.webhooks.pop(0)) == 202
            self.story.settle()
        raise AssertionError("the two tell each other the same for ever")

    def reasons(self) -> list[str]:
        """Why nothing followed from what PagerDuty told last, the newest first."""
        told = sa.select(inbox.c.reason).where(inbox.c.source == "pagerduty").order_by(inbox.c.id.desc())
        with self.story.context.database.read() as conn:
            return list(conn.scalars(told))

    @property
    def keys(self) -> list[str]:
        """The keys of the pages, in the order in which they were opened."""
        return [row["id"] for row in self.story.pages()]

    @property
    def now(self) -> datetime:
        return self.story.now

    def take(self, page: int = -1) -> None:
        """The responder touches the page's acknowledge link."""
        with self.story.context.database.write() as conn:
            respond.acknowledge_page(conn, self.story.context, self.keys[page], self.now)

    def resolve(self) -> None:
        """Somebody resolves the incident on the dashboard."""
        with self.story.context.database.write() as conn:
            respond.resolve_incident(conn, self.story.context, 1, "lead", "", self.now)


def pages_measured() -> float:
    """Of how many pages the latency was measured in this process."""
    return REGISTRY.get_sample_value("triage_page_latency_seconds_count") or 0


@pytest.fixture
def begin(database: Database) -> Iterator[Callable[..., Scene]]:
    """Begins a story in which ana and cy are paged over PagerDuty; `edits` change words of the configuration."""
    running: list[PagerDutyDouble] = []

    def start(**edits: tuple[str, str]) -> Scene:
        double, console = PagerDutyDouble(lambda: story.now), Sink()
        running.append(double.__enter__())
        poster = Poster(deadline=20, allowed_hosts=frozenset({"127.0.0.1"}))
        gateway = PagerDutyGateway(
            poster, lambda: story.now, client_url="http://localhost/incidents", events_url=double.url
        )
        files = {**documents.read_folder(CONFIG), "people.yaml": PEOPLE}
        for name, (old, new) in edits.items():
            assert old in files[f"{name}.yaml"]
            files[f"{name}.yaml"] = files[f"{name}.yaml"].replace(old, new)
        story = Story(database, files, gateways=[gateway, console], secrets=SECRETS)
        return Scene(story, double, console, site_over(story))

    yield start
    for double in running:
        double.__exit__()


# What happens here is told there


def test_a_page_rings_at_its_responders_service_until_it_is_taken(begin: Callable[..., Scene]) -> None:
    scene = begin()
    scene.story.created(**P0)
    (page,) = scene.keys
    assert [(e["routing_key"], e["dedup_key"]) for e in scene.pagerduty.events] == [("a" * 32, page)]
    assert scene.pagerduty.ringing == [page]
    scene.take()
    scene.story.settle()
    assert scene.pagerduty.settled() == [("acknowledge", page)]
    assert scene.pagerduty.ringing == []
    assert scene.console.sent == []


def test_whoever_takes_it_stops_it_ringing_for_everybody_and_the_end_settles_every_key(
    begin: Callable[..., Scene],
) -> None:
    scene = begin()
    scene.story.created(**P0)
    scene.story.advance(minutes=10)
    ana, cy, ana_again = scene.keys
    assert scene.pagerduty.ringing == [ana, cy, ana_again]
    scene.take(1)
    scene.story.settle()
    assert set(scene.pagerduty.settled()) == {("resolve", ana), ("acknowledge", cy), ("resolve", ana_again)}
    scene.resolve()
    scene.story.settle()
    assert scene.pagerduty.settled()[3:] == [("resolve", cy)]
    assert {incident.status for incident in scene.pagerduty.incidents} == {"resolved"}


def test_two_pages_of_one_person_ring_each_and_are_both_acknowledged(begin: Callable[..., Scene]) -> None:
    scene = begin(escalation=('["schedule:secondary"]', '["schedule:primary"]'))
    scene.story.created(**P0)
    scene.story.advance(minutes=5)
    first, second = scene.keys
    assert scene.pagerduty.ringing == [first, second]
    scene.take()
    scene.story.settle()
    assert set(scene.pagerduty.settled()) == {("acknowledge", first), ("acknowledge", second)}


def test_a_ticket_that_is_resolved_in_jira_is_quiet_in_pagerduty(begin: Callable[..., Scene]) -> None:
    scene = begin()
    issue = scene.story.created(**P0)
    scene.story.advance(minutes=6)
    scene.story.receive(issue.change(scene.now, "status", "Resolved", ANA))
    assert set(scene.pagerduty.settled()) == {("resolve", key) for key in scene.keys}
    assert scene.pagerduty.ringing == []


def test_where_an_acknowledgement_expires_the_new_page_takes_the_old_ones_place(begin: Callable[..., Scene]) -> None:
    scene = begin()
    scene.story.created(**P0)
    scene.take()
    scene.story.advance(hours=1)
    first, second = scene.keys
    assert scene.pagerduty.settled() == [("acknowledge", first), ("resolve", first)]
    assert scene.pagerduty.ringing == [second]
    scene.take()
    scene.resolve()
    scene.story.settle()
    assert scene.pagerduty.settled()[2:] == [("resolve", second)]  # it was acknowledged and resolved at once


def test_an_answer_never_overtakes_the_page_that_it_answers(begin: Callable[..., Scene]) -> None:
    """The page is on its way, its responder has read it elsewhere and takes it, another worker is quicker."""
    scene = begin()

    def taken_meanwhile(event: dict[str, str]) -> None:
        if event["event_action"] == "trigger":
            scene.take()
            other = Deliverer(scene.story.context, lambda: scene.now, lambda _: Inline())
            other.deliver_due(scene.now)

    scene.pagerduty.before = taken_meanwhile
    scene.story.created(**P0)
    assert scene.pagerduty.ringing == scene.keys
    scene.story.advance(seconds=LEASE.total_seconds())
    assert [event["event_action"] for event in scene.pagerduty.events] == ["trigger", "acknowledge"]
    assert scene.pagerduty.ringing == []


def test_what_becomes_of_a_page_last_is_told_last(begin: Callable[..., Scene]) -> None:
    """The acknowledgement is on its way when the incident is resolved."""
    scene = begin()

    def resolved_meanwhile(event: dict[str, str]) -> None:
        if event["event_action"] == "acknowledge":
            scene.resolve()
            other = Deliverer(scene.story.context, lambda: scene.now, lambda _: Inline())
            other.deliver_due(scene.now)

    scene.story.created(**P0)
    scene.pagerduty.before = resolved_meanwhile
    scene.take()
    scene.story.settle()
    assert [action for action, _ in scene.pagerduty.settled()] == ["acknowledge"]
    scene.story.advance(seconds=LEASE.total_seconds())
    assert [action for action, _ in scene.pagerduty.settled()] == ["acknowledge", "resolve"]


def test_pagerduty_is_told_for_as_long_as_it_takes(begin: Callable[..., Scene]) -> None:
    scene = begin()
    scene.story.created(**P0)
    scene.pagerduty.refusals = [answer(503)] * 40
    scene.take()
    scene.resolve()
    scene.story.advance(minutes=20)
    assert scene.pagerduty.ringing == scene.keys
    scene.story.advance(minutes=30)
    assert [action for action, _ in scene.pagerduty.settled()] == ["resolve"]


def test_a_page_that_pagerduty_may_have_taken_is_settled_although_it_never_said_so(
    begin: Callable[..., Scene],
) -> None:
    scene = begin()
    scene.pagerduty.refusals = [answer(503)] * 3
    scene.story.created(**P0)
    assert [message.key for message in scene.console.sent] == scene.keys  # the next way, at once
    scene.take()
    scene.story.advance(minutes=2)
    assert scene.pagerduty.settled() == [("acknowledge", scene.keys[0])]
    assert scene.pagerduty.incidents == []  # what never arrived is nothing to acknowledge


def test_what_pagerduty_refused_or_was_never_sent_needs_no_answer(begin: Callable[..., Scene]) -> None:
    console = "      - {gateway: console}\n"
    third = console.replace("console", 'pagerduty, address: "env:TRIAGE_SECRET_CY_PD"')
    scene = begin(people=(console, console + third))
    scene.pagerduty.refusals = [answer(400)]
    scene.story.created(**P0)
    assert len(scene.console.sent) == 1
    scene.take()
    scene.story.advance(minutes=2)
    assert scene.pagerduty.events == []


def test_a_page_that_ends_undelivered_is_settled_too(begin: Callable[..., Scene]) -> None:
    scene = begin(people=("      - {gateway: console}\n", ""))
    scene.pagerduty.refusals = [answer(503)] * 14
    scene.story.created(**P0)
    scene.story.advance(minutes=6)
    ana, cy = scene.keys
    assert scene.story.pages()[0]["state"] == "undelivered"
    assert ("resolve", ana) in scene.pagerduty.settled()
    assert scene.pagerduty.ringing == [cy]


def test_under_observe_only_pagerduty_hears_nothing(begin: Callable[..., Scene]) -> None:
    scene = begin(service=("observe_only: false", "observe_only: true"))
    scene.story.created(**P0)
    scene.take()
    scene.resolve()
    scene.story.advance(minutes=2)
    assert len(scene.keys) == 1
    assert scene.pagerduty.events == []


def test_a_notice_asks_for_no_answer_and_so_goes_another_way_where_there_is_one(begin: Callable[..., Scene]) -> None:
    scene = begin()
    scene.story.created(**P0)
    scene.story.advance(minutes=8)
    assert [message.subject[:13] for message in scene.console.sent] == ["SLA warning: "]
    assert {event["payload"]["severity"] for event in scene.pagerduty.events} == {"critical"}


def test_the_ledger_shows_what_pagerduty_was_told(begin: Callable[..., Scene]) -> None:
    scene, measured = begin(), pages_measured()
    scene.story.created(**P0)
    scene.take()
    scene.story.settle()
    assert pages_measured() - measured == 1  # an answer is no page
    with scene.story.context.database.read() as conn:
        shown = [(row["settlement"], row["state"], row["reason"]) for row in queries.deliveries_of(conn, scene.keys)]
    assert shown == [("", "delivered", scene.keys[0]), ("acknowledge", "delivered", scene.keys[0])]


# What people do there counts here


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
    scene.story.advance(minutes=1)
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
