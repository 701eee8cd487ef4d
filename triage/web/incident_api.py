"""The part of `/api/v1` by which programs answer incidents; what is not possible is 409, with the reason."""

from __future__ import annotations

from typing import Any

from triage.engine import hand_over, regroup, respond
from triage.engine.context import Work
from triage.store import queries
from triage.web.api_acts import Acts, Kind
from triage.web.incident_schemas import Answered, Because, Ended, Given, Merged, Snoozed, Split

VIA = "API"


def _acknowledge(work: Work, number: int, _sent: dict[str, Any], who: str) -> object:
    return respond.acknowledge_incident(work.conn, work.context, number, who, work.now, VIA)


def _resolve(work: Work, number: int, sent: dict[str, Any], who: str) -> None:
    respond.resolve_incident(work.conn, work.context, number, who, sent["reason"], work.now, VIA)


ACTS: Acts = {
    "acknowledge": (Because, _acknowledge, "Take the incident: the escalation stops."),
    "resolve": (Ended, _resolve, "End the incident; its tickets and their clocks go on."),
    "reassign": (
        Given,
        lambda work, number, sent, who: hand_over.reassign(work, number, sent["to"], who, VIA, sent["reason"]),
        "Page somebody else now; then the policy's steps follow.",
    ),
    "escalate": (
        Because,
        lambda work, number, sent, who: hand_over.escalate_now(work, number, who, VIA, sent["reason"]),
        "Page the next step now; an acknowledgement is given up by it.",
    ),
    "snooze": (
        Snoozed,
        lambda work, number, sent, who: hand_over.snooze(work, number, sent["span"], who, VIA, sent["reason"]),
        "Let the acknowledgement stand for longer.",
    ),
    "merge": (
        Merged,
        lambda work, number, sent, who: regroup.merge(work, number, sent["into"], who, VIA, sent["reason"]),
        "Merge it into another incident, which holds the tickets of both.",
    ),
    "split": (
        Split,
        lambda work, number, sent, who: regroup.split(work, number, sent["ticket"], who, VIA, sent["reason"]),
        "Give a ticket an incident of its own.",
    ),
}


INCIDENT = Kind("incident", queries.incident, Answered)
