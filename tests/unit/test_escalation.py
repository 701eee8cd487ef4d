"""Whom to page next: from every state, time alone leads to another page or to a human's answer."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from triage.domain.escalation import (
    START,
    ContactMethod,
    EscalationPolicy,
    Position,
    Step,
    Target,
    TargetKind,
    next_method,
    next_retry,
    plan_escalation,
)

PEOPLE = ["ana", "ben", "cy"]
targets = st.builds(Target, st.just(TargetKind.PERSON), st.sampled_from(PEOPLE))
steps = st.builds(Step, st.lists(targets, max_size=2).map(tuple), st.just(timedelta(minutes=5)))
policies = st.builds(
    EscalationPolicy,
    name=st.just("p"),
    steps=st.lists(
        st.builds(Step, st.lists(targets, max_size=2).map(tuple), st.just(timedelta(minutes=5))),
        min_size=1,
        max_size=4,
    ).map(tuple),
    fallback=st.lists(targets, min_size=1, max_size=2).map(tuple),
    repeat=st.integers(0, 3),
)


@given(policies, st.sets(st.sampled_from(PEOPLE)))
def test_every_step_is_run_in_order_and_then_the_fallback_for_ever(policy: EscalationPolicy, awake: set[str]) -> None:
    last = START
    seen: list[Position] = []
    for _ in range((policy.repeat + 1) * len(policy.steps) + 3):
        move = plan_escalation(policy, last, lambda target: {target.name} & awake)
        assert move.delay > timedelta(0)
        assert len(set(move.responders)) == len(move.responders)
        assert set(move.responders) <= awake
        fallback = move.position.step == len(policy.steps)
        assert move.responders or fallback, "only the fallback may reach nobody, and it is tried again"
        seen += [*move.skipped, move.position]
        last = move.position
    assert seen == sorted(set(seen), key=seen.index), "no state comes twice"
    rounds = [Position(turn, step) for turn in range(policy.repeat + 1) for step in range(len(policy.steps))]
    assert seen[: len(rounds)] == rounds
    assert all(position.step == len(policy.steps) for position in seen[len(rounds) :])


@given(policies)
def test_a_step_without_anybody_is_skipped_at_once(policy: EscalationPolicy) -> None:
    move = plan_escalation(policy, START, lambda target: [])
    assert move.position.step == len(policy.steps)
    assert len(move.skipped) == (policy.repeat + 1) * len(policy.steps)
    assert move.delay == policy.fallback_every


@given(st.integers(1, 5), st.sets(st.integers(0, 4)))
def test_contact_methods_are_taken_in_order_each_once(count: int, used: set[int]) -> None:
    methods = [ContactMethod("console", "")] * count
    index = next_method(methods, used)
    left = [number for number in range(count) if number not in used]
    assert index == (left[0] if left else None)


@given(st.integers(1, 1000), st.none() | st.timedeltas(timedelta(0), timedelta(hours=1)))
def test_retries_back_off_to_a_minute_and_never_come_before_the_provider_asked(
    attempts: int, asked: timedelta | None
) -> None:
    wait = next_retry(attempts, asked)
    assert wait >= (asked or timedelta(seconds=1))
    assert wait <= max(asked or timedelta(0), timedelta(minutes=1))
    assert next_retry(1, None) == timedelta(seconds=1)
