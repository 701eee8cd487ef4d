"""From a ticket's timeline and judgements to the events that its SLA clocks run on."""

from __future__ import annotations

from collections.abc import Sequence

from triage.domain.sla import Event, EventType
from triage.domain.ticket import RESOLVED, FactKind, Field
from triage.domain.timeline import Change, Judged, Timeline


def sla_events(timeline: Timeline, judged: Sequence[Judged]) -> list[Event]:
    """Everything that starts, stops, pauses or retargets a clock; nothing for a ticket that is not judged."""
    if timeline.created is None or not judged:
        return []
    first, *later = judged
    events = [Event(timeline.created.at, EventType.CREATED, timeline.created.key, priority=first.judgement.priority)]
    comments = [fact for fact in timeline.facts if fact.kind is FactKind.COMMENT]
    events += [
        Event(fact.at, EventType.COMMENT, fact.key, by=fact.actor.role, public=fact.public)
        for fact in (*comments, *timeline.answers_by_hand)
    ]
    events += _status_events([change for change in timeline.changes if change.field == Field.STATUS])
    events += [
        Event(fact.at, EventType.RESOLVED, fact.key) for fact in timeline.facts if fact.kind is FactKind.DELETED
    ]
    last = first.judgement.priority
    for step in later:
        if step.judgement.priority is not last:
            last = step.judgement.priority
            events.append(Event(step.at, EventType.PRIORITY, step.cause, priority=last))
    return sorted(events, key=lambda event: event.at)


def _status_events(changes: Sequence[Change]) -> list[Event]:
    """A status is a pause or not; `resolved` ends the work, and leaving it reopens the ticket."""
    events = []
    resolved = False
    for change in changes:
        if change.value == RESOLVED:
            events.append(Event(change.at, EventType.RESOLVED, change.fact))
        else:
            if resolved:
                events.append(Event(change.at, EventType.REOPENED, change.fact))
            events.append(Event(change.at, EventType.STATUS, change.fact, status=change.value or ""))
        resolved = change.value == RESOLVED
    return events
