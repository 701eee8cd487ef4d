"""The P0 gate: P0 means that production is affected and that there is no workaround (DESIGN 5.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from triage.domain.ticket import Priority

UNKNOWN = "unknown"


class Axis(StrEnum):
    """The two questions that the gate asks."""

    PRODUCTION = "production"  # yes | no | unknown
    WORKAROUND = "workaround"  # none | exists | unknown


VALUES = {Axis.PRODUCTION: ("yes", "no"), Axis.WORKAROUND: ("none", "exists")}


class Source(StrEnum):
    """Where evidence comes from, the strongest first."""

    HUMAN = "human"
    FIELD = "field"
    TEXT = "text"
    RECORD = "record"


STRENGTH = {source: index for index, source in enumerate(Source)}


class Reason(StrEnum):
    """Why the gate decided as it did."""

    CONFIRMED = "confirmed"
    NOT_PRODUCTION = "production_not_affected"
    WORKAROUND_EXISTS = "workaround_exists"
    IN_DOUBT = "in_doubt"
    AS_REQUESTED = "as_requested"
    RAISED = "raised"
    HUMAN = "decided_by_human"


class Flag(StrEnum):
    """What a person should look at beside the decision."""

    UNMAPPED_PRIORITY = "unmapped_priority"
    UNMAPPED_VALUE = "unmapped_value"
    CONTRADICTION = "field_contradicts_text"
    UNKNOWN_CUSTOMER = "unknown_customer"
    WAITING_FOR_SOURCE = "waiting_for_source"
    CLAMPED_TIME = "time_in_the_future"


class Promote(StrEnum):
    """What to do when a ticket below P0 fulfils both conditions."""

    SUGGEST = "suggest"
    AUTO = "auto"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class GatePolicy:
    """The gate's rules under a name and variant, such as `p0-gate:v1`; immutable once applied.

    Without `read_texts`, only portal fields, people and what is known of the customer are evidence.
    """

    name: str
    promote: Promote = Promote.SUGGEST
    read_texts: bool = True


@dataclass(frozen=True, slots=True)
class Evidence:
    """One statement about one axis, with the exact words that make it and, for a text, the rule that read them."""

    axis: Axis
    value: str
    source: Source
    quote: str
    at: datetime
    fact: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class HumanDecision:
    """A priority that one of our people set: by hand here, or by changing it in Jira."""

    priority: Priority
    who: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the gate says about a ticket at one point of its timeline, and why."""

    requested: str
    priority: Priority
    provisional: bool
    production: str
    workaround: str
    reason: Reason
    evidence: tuple[Evidence, ...]
    flags: tuple[Flag, ...]
    suggestion: Priority | None
    policy: str
    author: str = "policy"


def classify(
    requested: str | None, evidence: Sequence[Evidence], policy: GatePolicy, human: HumanDecision | None = None
) -> Judgement:
    """Decide a ticket's priority by the table of DESIGN 5.1.

    `requested` is the customer's last priority as mapped (`P0` … `P3`); any other name, or None, counts as P1
    and is flagged. `evidence` may be in any order. A human's decision stands, whatever the evidence says.
    """
    mapped = Priority.__members__.get(requested or "")
    wanted = mapped or Priority.P1
    production = settle(Axis.PRODUCTION, evidence)
    workaround = settle(Axis.WORKAROUND, evidence)
    flags = [] if mapped else [Flag.UNMAPPED_PRIORITY]
    flags += dict.fromkeys(production.flags + workaround.flags)
    judgement = Judgement(
        requested=requested or "",
        priority=wanted,
        provisional=False,
        production=production.value,
        workaround=workaround.value,
        reason=Reason.AS_REQUESTED,
        evidence=tuple(item for axis in (production, workaround) for item in axis.evidence),
        flags=tuple(flags),
        suggestion=None,
        policy=policy.name,
    )
    if human is not None:
        return replace(judgement, priority=human.priority, reason=Reason.HUMAN, author=human.who)
    if wanted is Priority.P0:
        return _gate(judgement)
    if (production.value, workaround.value) == ("yes", "none"):
        return _promote(judgement, policy.promote)
    return judgement


def _gate(judgement: Judgement) -> Judgement:
    """The rows of the table in which P0 is requested."""
    if judgement.production == "no":
        return replace(judgement, priority=Priority.P1, reason=Reason.NOT_PRODUCTION)
    if judgement.workaround == "exists":
        return replace(judgement, priority=Priority.P1, reason=Reason.WORKAROUND_EXISTS)
    if (judgement.production, judgement.workaround) == ("yes", "none"):
        return replace(judgement, reason=Reason.CONFIRMED)
    return replace(judgement, provisional=True, reason=Reason.IN_DOUBT)


def _promote(judgement: Judgement, promote: Promote) -> Judgement:
    """The rows in which less than P0 is requested, although both conditions of a P0 are met."""
    if promote is Promote.AUTO:
        return replace(judgement, priority=Priority.P0, reason=Reason.RAISED)
    return replace(judgement, suggestion=Priority.P0 if promote is Promote.SUGGEST else None)


@dataclass(frozen=True, slots=True)
class Settled:
    """One axis after all its evidence was weighed; `evidence` holds what decided and what contradicts it."""

    value: str
    evidence: tuple[Evidence, ...]
    flags: tuple[Flag, ...]


def settle(axis: Axis, evidence: Sequence[Evidence]) -> Settled:
    """Weigh one axis: the stronger source wins, within a source the newest; a tie that conflicts is unknown."""
    heard = [item for item in evidence if item.axis is axis]
    latest: dict[Source, list[Evidence]] = {}
    for item in heard:
        newest = latest.setdefault(item.source, [item])
        if item.at > newest[0].at:
            latest[item.source] = [item]
        elif item.at == newest[0].at and item not in newest:
            newest.append(item)
    strange = any(item.value not in (*VALUES[axis], UNKNOWN) for said in latest.values() for item in said)
    flags: tuple[Flag, ...] = (Flag.UNMAPPED_VALUE,) if strange else ()
    ranked = [
        said
        for source in sorted(latest, key=STRENGTH.__getitem__)
        if (said := [item for item in latest[source] if item.value in VALUES[axis]])
    ]
    if not ranked:
        return Settled(
            UNKNOWN, tuple(item for said in latest.values() for item in said if item.value != UNKNOWN), flags
        )
    first, *others = ranked
    values = {item.value for item in first}
    value = values.pop() if len(values) == 1 else UNKNOWN
    against = tuple(item for said in others for item in said if item.value != value)
    texts = [item for item in against if item.source is Source.TEXT]
    # A person of ours may know better than what was written before, and not yet what was written since.
    if first[0].source is Source.HUMAN:
        texts = [item for item in texts if item.at > first[0].at]
    if texts and first[0].source in (Source.HUMAN, Source.FIELD):
        flags += (Flag.CONTRADICTION,)
    return Settled(value, (*first, *against), flags)
