"""Whom to page next, and when: escalation steps, contact methods and retries (DESIGN 5.6).

A page is never given up: after the last step and its repeats the fallback target is paged again and again,
until a human answers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class IncidentState(StrEnum):
    """triggered → acknowledged → resolved; an expired acknowledgement goes back to triggered."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class PageState(StrEnum):
    """Every page ends in one of the last four."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SUPERSEDED = "superseded"
    RESOLVED = "resolved"
    UNDELIVERED = "undelivered"


class TargetKind(StrEnum):
    SCHEDULE = "schedule"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Target:
    """A schedule (whoever is on call) or a person."""

    kind: TargetKind
    name: str


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to page, and how long to wait for an answer before the next step."""

    targets: tuple[Target, ...]
    delay: timedelta


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """Ordered steps, run `1 + repeat` times; then `fallback` every `fallback_every` until a human answers."""

    name: str
    steps: tuple[Step, ...]
    fallback: tuple[Target, ...]
    repeat: int = 0
    fallback_every: timedelta = timedelta(minutes=5)
    ack_timeout: timedelta | None = None


@dataclass(frozen=True, slots=True)
class ContactMethod:
    """One way to reach a person: a gateway, the address in its terms, and how long to wait for the human."""

    gateway: str
    address: str
    wait: timedelta = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Position:
    """Where an escalation stands. `step` counts from 0; the step after the last one is the fallback."""

    round: int = 0
    step: int = 0


@dataclass(frozen=True, slots=True)
class Move:
    """The next step: page `responders` now, and look again after `delay`. `skipped` steps had nobody."""

    position: Position
    responders: tuple[str, ...]
    delay: timedelta
    reason: str
    skipped: tuple[Position, ...] = ()


def plan_escalation(
    policy: EscalationPolicy, last: Position | None, on_call: Callable[[Target], Collection[str]]
) -> Move:
    """The move after `last` (None: the incident has just been triggered).

    A step that reaches nobody is skipped at once. Where even the fallback reaches nobody the move has no
    responders, and is tried again after `fallback_every`: people may come on call at any time.
    """
    skipped: list[Position] = []
    position = Position() if last is None else _after(policy, last)
    while True:
        step = _step(policy, position)
        people = tuple(dict.fromkeys(person for target in step.targets for person in on_call(target)))
        fallback = position.step == len(policy.steps)
        if people or fallback:
            reason = _reason(position, fallback=fallback, reached=bool(people))
            return Move(position, people, step.delay, reason, tuple(skipped))
        skipped.append(position)
        position = _after(policy, position)


def _step(policy: EscalationPolicy, position: Position) -> Step:
    if position.step < len(policy.steps):
        return policy.steps[position.step]
    return Step(policy.fallback, policy.fallback_every)


def _after(policy: EscalationPolicy, position: Position) -> Position:
    """The next step; behind the last one the next round's first, and behind the last round the fallback."""
    if position.step + 1 < len(policy.steps):
        return Position(position.round, position.step + 1)
    if position.step < len(policy.steps) and position.round < policy.repeat:
        return Position(position.round + 1, 0)
    if position.step < len(policy.steps):
        return Position(position.round, len(policy.steps))
    return Position(position.round + 1, len(policy.steps))


def _reason(position: Position, *, fallback: bool, reached: bool) -> str:
    if not reached:
        return "no step has anybody on call, nor has the fallback"
    if fallback:
        return "no human has answered in any step: the fallback is paged until one does"
    return f"step {position.step + 1}, round {position.round + 1}"


def next_method(methods: Sequence[ContactMethod], used: Collection[int]) -> int | None:
    """The index of the first of a person's contact methods that this page has not used yet."""
    return next((index for index in range(len(methods)) if index not in used), None)


def next_retry(attempts: int, asked: timedelta | None) -> timedelta:
    """How long to wait after `attempts` failed ones: doubling from 1 s to 1 min, or longer if asked to."""
    backoff = timedelta(seconds=min(60, 2 ** min(attempts - 1, 6)))
    return max(backoff, asked) if asked is not None else backoff
