"""A ticket's facts: the same set gives the same timeline, however it arrived."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from triage.domain.priority import GatePolicy
from triage.domain.ticket import RESOLVED, Actor, Fact, FactKind, Field, Priority, Role
from triage.domain.timeline import judge, read_timeline, response_wanted

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
POLICIES = [(AT, GatePolicy("p0-gate:v1"))]
AGENT, CUSTOMER = Actor("a", "Ana", Role.AGENT), Actor("d", "Dora", Role.CUSTOMER)


def created() -> Fact:
    return Fact("created", FactKind.CREATED, AT)


def snapshot(minutes: int, **values: str | None) -> Fact:
    return Fact(f"snapshot/{minutes}", FactKind.SNAPSHOT, AT + timedelta(minutes=minutes), values=values)


def change(minutes: int, name: Field, before: str | None, value: str | None, actor: Actor = CUSTOMER) -> Fact:
    at = AT + timedelta(minutes=minutes)
    return Fact(f"log/{minutes}/{name}", FactKind.CHANGE, at, minutes, actor, {name: value}, {name: before})


def priorities(*facts: Fact) -> list[tuple[int, Priority]]:
    judged = judge(read_timeline(facts), POLICIES)
    return [((step.at - AT) // timedelta(minutes=1), step.judgement.priority) for step in judged]


def test_order_and_doubling_change_nothing() -> None:
    facts = [
        created(),
        snapshot(0, priority="P2", status="open"),
        change(5, Field.PRIORITY, "P2", "P0"),
        change(9, Field.PRODUCTION, None, "no"),
        change(12, Field.STATUS, "open", RESOLVED),
    ]
    once = read_timeline(facts)
    for seed in range(20):
        shuffled = facts * 2
        random.Random(seed).shuffle(shuffled)
        assert read_timeline(shuffled) == once
        assert judge(read_timeline(shuffled), POLICIES) == judge(once, POLICIES)
    assert priorities(*facts) == [(0, Priority.P2), (5, Priority.P0), (9, Priority.P1)]


def test_any_changelog_overrules_the_snapshots_of_its_field() -> None:
    facts = [created(), snapshot(3, priority="P3"), change(5, Field.PRIORITY, "P1", "P2"), snapshot(9, priority="P3")]
    assert priorities(*facts) == [(0, Priority.P1), (5, Priority.P2)]


def test_without_a_changelog_the_snapshots_tell_the_history() -> None:
    facts = [created(), snapshot(1, priority="P3"), snapshot(5, priority="P3"), snapshot(9, priority="P1")]
    assert priorities(*facts) == [(0, Priority.P3), (9, Priority.P1)]


def test_a_status_seen_late_counts_from_then_and_not_from_the_creation() -> None:
    timeline = read_timeline([created(), snapshot(30, status=RESOLVED)])
    (status,) = [step for step in timeline.changes if step.field == Field.STATUS]
    assert status.at == AT + timedelta(minutes=30)


def test_a_fact_in_full_replaces_the_partial_one() -> None:
    partial = Fact("comment/7/partial", FactKind.COMMENT, AT, 7, CUSTOMER)
    full = Fact("comment/7", FactKind.COMMENT, AT, 7, AGENT, public=True)
    assert read_timeline([created(), partial]).facts[-1] == partial
    for facts in ([created(), partial, full], [full, created(), partial]):
        assert [fact.key for fact in read_timeline(facts).facts] == ["created", "comment/7"]


def test_an_agents_change_is_a_decision_and_the_customers_next_wish_does_not_undo_it() -> None:
    facts = [
        created(),
        snapshot(0, priority="P0", production="yes", workaround="none"),
        change(5, Field.PRIORITY, "P0", "P2", AGENT),
        change(9, Field.PRIORITY, "P2", "P0", CUSTOMER),
    ]
    assert priorities(*facts) == [(0, Priority.P0), (5, Priority.P2)]


def test_a_ticket_whose_creation_nobody_told_is_not_judged() -> None:
    assert priorities(snapshot(0, priority="P0")) == []


def test_what_asks_for_a_response() -> None:
    facts = [created(), snapshot(0, priority="P2", status="open"), change(5, Field.PRIORITY, "P2", "P0")]

    def cause(*more: Fact) -> str | None:
        timeline = read_timeline([*facts, *more])
        wanted = response_wanted(timeline, judge(timeline, POLICIES), {Priority.P0})
        return wanted.cause if wanted and wanted.ended_at is None else None

    assert cause() == "log/5/priority"
    assert cause(change(6, Field.PRODUCTION, None, "yes")) == "log/5/priority"  # still the same stretch
    over = change(7, Field.STATUS, "open", RESOLVED)
    assert cause(over) is None
    assert cause(over, change(8, Field.STATUS, RESOLVED, "open")) == "log/8/status"
    assert cause(change(6, Field.PRODUCTION, None, "no")) is None
