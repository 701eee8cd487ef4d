"""Pages over PagerDuty: what happens here is told there."""

from __future__ import annotations

from collections.abc import Callable

from prometheus_client import REGISTRY

from tests.contract.gateway_server import answer
from tests.jira_events import ANA
from tests.scenario.harness import Inline
from tests.scenario.pagerduty_scene import P0, Scene
from triage.engine.deliver import Deliverer
from triage.store import queries
from triage.store.outbox import LEASE


def pages_measured() -> float:
    """Of how many pages the latency was measured in this process."""
    return REGISTRY.get_sample_value("triage_page_latency_seconds_count") or 0


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
