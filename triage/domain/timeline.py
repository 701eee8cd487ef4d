"""From a ticket's facts to what it is now, what it was, and how it was judged on the way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.domain.evidence import read_answer, read_evidence
from triage.domain.priority import (
    UNKNOWN,
    Axis,
    Evidence,
    GatePolicy,
    HumanDecision,
    Judgement,
    Source,
    classify,
)
from triage.domain.ticket import (
    EMAIL,
    PARTIAL,
    RESOLVED,
    TEXT_FIELDS,
    WITHDRAWN,
    Actor,
    Fact,
    FactKind,
    Field,
    Priority,
    Role,
)
from triage.domain.words import Words, customers_words

#: Which field answers which of the gate's questions.
AXIS_FIELDS = {Field.PRODUCTION: Axis.PRODUCTION, Field.WORKAROUND: Axis.WORKAROUND}


@dataclass(frozen=True, slots=True)
class Change:
    """One field taking a value. The first one of each field is the value that the ticket was created with."""

    at: datetime
    seq: int
    field: str
    value: str | None
    actor: Actor
    fact: str
    initial: bool = False


@dataclass(frozen=True, slots=True)
class Timeline:
    """A ticket's facts in order, and what they say about each field.

    `created` is None as long as no body has told when the ticket was created; such a ticket is not judged and
    has no clocks, because every promise runs from that instant.
    """

    facts: tuple[Fact, ...]
    created: Fact | None
    changes: tuple[Change, ...]
    current: Mapping[str, str | None]
    deleted: bool

    @property
    def open(self) -> bool:
        """Whether there is still something to do."""
        return not self.deleted and self.current.get(Field.STATUS) != RESOLVED

    @property
    def by_mail(self) -> bool:
        """Whether a mail has opened it; the contract's clocks do not run on it."""
        return self.current.get(Field.CHANNEL) == EMAIL

    @property
    def answers_by_hand(self) -> tuple[Fact, ...]:
        """The answers outside the source that people have added and nobody has withdrawn."""
        known = {fact.key for fact in self.facts}
        added = (fact for fact in self.facts if fact.kind is FactKind.ANSWERED)
        return tuple(fact for fact in added if fact.key + WITHDRAWN not in known)

    def words(self, name: str) -> str:
        """The newest text of that name (`summary`, `description`), or nothing."""
        said = [fact for fact in self.facts if name in fact.texts and fact.kind is not FactKind.COMMENT]
        return said[-1].texts[name] if said else ""


@dataclass(frozen=True, slots=True)
class Judged:
    """The judgement in force from `at` on, and the fact that caused it."""

    at: datetime
    cause: str
    judgement: Judgement


def read_timeline(facts: Iterable[Fact]) -> Timeline:
    """Put facts in order; the same set gives the same timeline, in whatever order it arrived."""
    known = {fact.key: fact for fact in facts}
    for key in [key for key in known if key.endswith(PARTIAL) and key.removesuffix(PARTIAL) in known]:
        del known[key]  # what was read with something open has been read in full since
    ordered = tuple(sorted(known.values(), key=lambda fact: fact.order))
    created = next((fact for fact in ordered if fact.kind is FactKind.CREATED), None)
    changes = sorted(
        (change for name in Field if name not in TEXT_FIELDS for change in _changes(name, ordered, created)),
        key=lambda change: (change.at, not change.initial, change.seq, change.fact, change.field),
    )
    return Timeline(
        facts=ordered,
        created=created,
        changes=tuple(changes),
        current={change.field: change.value for change in changes},
        deleted=any(fact.kind is FactKind.DELETED for fact in ordered),
    )


def _changes(name: str, facts: Sequence[Fact], created: Fact | None) -> list[Change]:
    """One field's history: its changelog where there is any, else what the snapshots saw."""
    begin = created.at if created else None
    # What a ticket is created with is told by its creation, whichever body happened to name it.
    told_by = created.key if created else None
    logged = [fact for fact in facts if fact.kind is FactKind.CHANGE and name in fact.values]
    if logged:
        first = logged[0]
        start = Change(
            begin or first.at, 0, name, first.before.get(name), Actor(), told_by or first.key, initial=True
        )
        return [start, *(_change(fact, name, begin) for fact in logged)]
    history: list[Change] = []
    for fact in facts:
        if fact.kind is not FactKind.SNAPSHOT or name not in fact.values:
            continue
        if not history:
            # A status seen later than the creation may be younger than it, and must not pause or stop a clock; a
            # fetched issue without a change of status in its changelog has had it from the beginning.
            at = fact.at if name == Field.STATUS and not fact.final else begin or fact.at
            key = told_by if told_by and at == begin else fact.key
            history.append(Change(at, 0, name, fact.values[name], Actor(), key, initial=True))
        elif history[-1].value != fact.values[name]:
            history.append(_change(fact, name, begin))
    return history


def _change(fact: Fact, name: str, begin: datetime | None) -> Change:
    """What is dated before the creation counts as of the creation (SEMANTICS R5)."""
    return Change(max(fact.at, begin or fact.at), fact.seq, name, fact.values[name], fact.actor, fact.key)


def judge(
    timeline: Timeline, policies: Sequence[tuple[datetime, GatePolicy]], record: Mapping[Axis, str] | None = None
) -> tuple[Judged, ...]:
    """Run the gate after every fact that bears on it; one entry for each time the judgement differed.

    `policies` are (in force from, policy), oldest first; a fact is judged by the one in force when it occurred,
    and what is older than all of them by the first. `record` is what is known of the customer, whatever they write.
    """
    if timeline.created is None:
        return ()
    moments = _moments(timeline)
    judged: list[Judged] = []
    requested: str | None = None
    human: HumanDecision | None = None
    told = [
        Evidence(axis, value, Source.RECORD, f"{axis}: {value}", timeline.created.at, timeline.created.key)
        for axis, value in (record or {}).items()
    ]
    written: dict[str, list[Evidence]] = {}  # by the text's place; a new wording takes the place of the old one
    for position, (at, cause, step) in enumerate(moments):
        policy = next((policy for start, policy in reversed(policies) if start <= at), policies[0][1])
        if isinstance(step, Words):
            open_axis = _open_axis(judged[-1].judgement) if judged and step.answers else None
            said = _read(step, open_axis) if policy.read_texts else []
            written[step.place] = _in_place(step, said, written)
        else:
            requested, human = _heard(step, requested, human)
            told += _evidence(step)
        if position + 1 < len(moments) and moments[position + 1][0] == at:
            continue  # what is saved in one instant, as a new ticket's fields are, is one statement
        evidence = [*told, *(item for items in written.values() for item in items)]
        judgement = classify(requested, evidence, policy, human)
        if not judged or judged[-1].judgement != judgement:
            # What a ticket is created with is caused by its creation, whichever body told of it first.
            judged.append(Judged(at, timeline.created.key if at == timeline.created.at else cause, judgement))
    return tuple(judged)


def _read(words: Words, open_axis: Axis | None) -> list[tuple[Evidence, bool]]:
    """What a text says about the gate's questions, and whether it is but a hint.

    A bare yes or no answers the one question that we have just asked.
    """
    found = [
        (Evidence(one.axis, one.value, Source.TEXT, one.quote, words.at, words.fact, one.rule), one.hinted)
        for one in read_evidence(words.body, words.subject)
    ]
    answer = read_answer(open_axis, words.body) if open_axis is not None and not found else None
    if answer is None:
        return found
    return [
        (Evidence(answer.axis, answer.value, Source.TEXT, answer.quote, words.at, words.fact, answer.rule), False)
    ]


def _in_place(
    words: Words, said: Iterable[tuple[Evidence, bool]], written: Mapping[str, Sequence[Evidence]]
) -> list[Evidence]:
    """What stands at a place from now on.

    Words that stood there before are as old as they were, and a mere hint takes back nothing that another text says:
    whoever tries it in a test system has not said that production is well.
    """
    before = {(item.axis, item.value, item.quote): item for item in written.get(words.place, ())}
    elsewhere = {item.axis for place, items in written.items() if place != words.place for item in items}
    return [
        before.get((item.axis, item.value, item.quote), item)
        for item, hinted in said
        if not (hinted and item.axis in elsewhere)
    ]


def _open_axis(judgement: Judgement) -> Axis | None:
    """The question that a provisional decision has asked the customer, if it is only one."""
    values = {Axis.PRODUCTION: judgement.production, Axis.WORKAROUND: judgement.workaround}
    asked = [axis for axis, value in values.items() if value == UNKNOWN]
    return asked[0] if judgement.provisional and len(asked) == 1 else None


def _moments(timeline: Timeline) -> list[tuple[datetime, str, Change | Fact | Words]]:
    """What bears on the gate, in order; the creation always does, so that every created ticket is judged."""
    assert timeline.created is not None  # noqa: S101 - the caller has looked
    relevant = {Field.PRIORITY, *AXIS_FIELDS}
    steps: list[tuple[tuple[datetime, bool, int, str], str, Change | Fact | Words]] = [
        ((change.at, not change.initial, change.seq, change.fact), change.fact, change)
        for change in timeline.changes
        if change.field in relevant
    ]
    steps += [
        ((max(fact.at, timeline.created.at), True, fact.seq, fact.key), fact.key, fact)
        for fact in timeline.facts
        if fact.kind is FactKind.DECISION
    ]
    created = timeline.created
    steps += [
        ((max(words.at, created.at), not words.initial, words.seq, words.fact), words.fact, words)
        for words in customers_words(timeline.facts, created)
    ]
    first = ((created.at, False, -1, created.key), created.key, created)
    return [(order[0], cause, step) for order, cause, step in sorted([first, *steps], key=lambda step: step[0])]


def _heard(
    step: Change | Fact, requested: str | None, human: HumanDecision | None
) -> tuple[str | None, HumanDecision | None]:
    """Who asks for which priority: an agent's change is a human decision, anybody else's is a request.

    What we wrote back ourselves is neither.
    """
    if isinstance(step, Fact):
        wanted = step.values.get(Field.PRIORITY)
        if step.kind is FactKind.DECISION and wanted in Priority.__members__:
            human = HumanDecision(Priority(str(wanted)), step.actor.name, step.texts.get("reason", ""))
        return requested, human
    if step.field != Field.PRIORITY or step.actor.role is Role.SERVICE:
        return requested, human
    if step.actor.role is Role.AGENT and step.value in Priority.__members__:
        return requested, HumanDecision(Priority(str(step.value)), step.actor.name)
    return step.value, human


def _evidence(step: Change | Fact) -> list[Evidence]:
    """What a portal field, or a person by hand, says about the gate's questions."""
    if isinstance(step, Fact):
        if step.kind is not FactKind.DECISION:
            return []
        return [
            Evidence(axis, str(step.values[name]), Source.HUMAN, _testimony(step), step.at, step.key)
            for name, axis in AXIS_FIELDS.items()
            if step.values.get(name)
        ]
    if step.field not in AXIS_FIELDS or step.actor.role is Role.SERVICE:
        return []
    axis = AXIS_FIELDS[Field(step.field)]
    quote = f"{axis}: {step.value}" if step.value else f"{axis}: (empty)"
    return [Evidence(axis, step.value or "unknown", Source.FIELD, quote, step.at, step.fact)]


def _testimony(step: Fact) -> str:
    """Who of ours said it, and how they know."""
    reason = step.texts.get("reason", "")
    return f"{step.actor.name}: {reason}" if reason else step.actor.name


@dataclass(frozen=True, slots=True)
class Response:
    """What asks for a response: the fact that made the ticket page at `at`, or reopened it since.

    `ended_at` is None while the ticket has a priority that pages; else it is when the last such stretch ended.
    """

    cause: str
    at: datetime
    priority: Priority
    ended_at: datetime | None = None


def response_wanted(timeline: Timeline, judged: Sequence[Judged], paging: Collection[Priority]) -> Response | None:
    """The response that the ticket asks for; None if it is closed or never had a priority that pages.

    A raise asks anew; otherwise a stretch of paging priority keeps its cause, so that an incident that a human has
    resolved is not opened again by a comment. A downgrade ends the stretch, but nobody's response to it; a
    resolution since does.
    """
    last = next((index for index in reversed(range(len(judged))) if judged[index].judgement.priority in paging), None)
    if not timeline.open or last is None:
        return None
    begun = judged[last]
    for step in reversed(judged[: last + 1]):
        if step.judgement.priority not in paging or step.judgement.priority > begun.judgement.priority:
            break
        begun = step
    ended_at = judged[last + 1].at if last + 1 < len(judged) else None
    at, cause, status = begun.at, begun.cause, None
    for change in timeline.changes:
        if change.field != Field.STATUS:
            continue
        if change.at >= at and RESOLVED in (status, change.value) and ended_at is not None:
            return None
        if status == RESOLVED and change.at >= at:
            at, cause = change.at, change.fact
        status = change.value
    return Response(cause, at, judged[last].judgement.priority, ended_at)
