"""Whom to page next, and when: escalation steps, contact methods and retries (DESIGN 5.6).

A page is never given up: after the last step and its repeats the fallback target is paged again and again,
until a human answers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from triage.domain.calendars import Calendar
from triage.domain.ticket import Priority


class IncidentState(StrEnum):
    """triggered → acknowledged → resolved; an expired acknowledgement goes back to triggered."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class PageState(StrEnum):
    """Every page ends in one of the others; only a customer's contact can be given up."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    SUPERSEDED = "superseded"
    RESOLVED = "resolved"
    UNDELIVERED = "undelivered"
    UNANSWERED = "unanswered"


class TargetKind(StrEnum):
    SCHEDULE = "schedule"
    PERSON = "person"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Target:
    """A schedule (whoever is on call), a person, or a channel, such as a team's chat room."""

    kind: TargetKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to page, and how long to wait for an answer before the next step."""

    targets: tuple[Target, ...]
    delay: timedelta


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """Ordered steps, run `1 + repeat` times; then `fallback` every `fallback_every` until a human answers.

    Tickets of one customer that come within `group_window` of each other share an incident, and what is less than
    a P0 waits that long for company before it pages. It pages in the hours of `page_hours` only, if it names any.
    """

    name: str
    steps: tuple[Step, ...]
    fallback: tuple[Target, ...]
    repeat: int = 0
    fallback_every: timedelta = timedelta(minutes=5)
    ack_timeout: timedelta | None = None
    group_window: timedelta = timedelta(minutes=2)
    page_hours: Mapping[Priority, Calendar] = field(default_factory=dict)


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


#: Nobody has been paged yet.
START = Position(0, -2)
#: The one person whom the incident was given to has been paged; the first step follows.
GIVEN = Position(0, -1)


@dataclass(frozen=True, slots=True)
class Move:
    """The next step: page `responders` now, and look again after `delay`. `skipped` steps had nobody."""

    position: Position
    responders: tuple[str, ...]
    delay: timedelta
    reason: str
    skipped: tuple[Position, ...] = ()


def plan_escalation(
    policy: EscalationPolicy,
    last: Position,
    on_call: Callable[[Target], Collection[str]],
    given_to: Target | None = None,
) -> Move:
    """The move after `last`, which is START for an incident that begins to page.

    One that was given to somebody pages that person first. A step that reaches nobody is skipped at once. Where even
    the fallback reaches nobody the move has no responders, and is tried again after `fallback_every`: people may
    come on call at any time.
    """
    skipped: list[Position] = []
    position = GIVEN if last == START and given_to else _after(policy, last)
    while True:
        step = Step((given_to,), policy.steps[0].delay) if position == GIVEN and given_to else _step(policy, position)
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
    if position.step < 0:
        return Position()
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
    if position == GIVEN:
        return "the incident was given to you"
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
