"""The part of `/api/v1` by which programs answer incidents; what is not possible is 409, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, g
from flask_smorest import Blueprint
from marshmallow import Schema

from triage.engine import hand_over, regroup, respond
from triage.engine.context import Clock, Context, Work
from triage.engine.respond import NotPossible
from triage.store import queries
from triage.web.asked import ID
from triage.web.incident_schemas import Answered, Because, Ended, Given, Merged, Snoozed, Split

VIA = "API"

#: What an answer does: in which transaction, to which incident, with what was sent, and by whom.
Act = Callable[[Work, int, dict[str, Any], str], object]


def _acknowledge(work: Work, number: int, _sent: dict[str, Any], who: str) -> object:
    return respond.acknowledge_incident(work.conn, work.context, number, who, work.now, VIA)


def _resolve(work: Work, number: int, sent: dict[str, Any], who: str) -> None:
    respond.resolve_incident(work.conn, work.context, number, who, sent["reason"], work.now, VIA)


ACTS: Mapping[str, tuple[type[Schema], Act, str]] = {
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


def add_acts(routes: Blueprint, context: Context, clock: Clock, problem: Mapping[str, Any]) -> None:
    """`POST /incidents/<id>/<act>`, one for each answer; each gives the incident as it stands afterwards."""
    for name, (schema, do, summary) in ACTS.items():
        _add(routes, context, clock, problem, name, schema, do, summary)


def _add(
    routes: Blueprint,
    context: Context,
    clock: Clock,
    problem: Mapping[str, Any],
    name: str,
    schema: type[Schema],
    do: Act,
    summary: str,
) -> None:
    @routes.response(200, Answered)
    @routes.alt_response(401, **problem, description="Neither signed in nor a token")
    @routes.alt_response(404, **problem, description="No such incident")
    @routes.alt_response(409, **problem, description="Not possible as things stand")
    @routes.arguments(schema)
    def answer(sent: dict[str, Any], incident_id: int) -> Any:
        with context.database.read() as conn:
            if queries.incident(conn, incident_id) is None:
                abort(404, f"There is no incident {incident_id}.")
        try:
            with context.database.write() as conn:
                do(context.work(conn, clock()), incident_id, sent, g.account.name)
                return queries.incident(conn, incident_id)
        except NotPossible as error:
            abort(409, str(error))

    answer.__doc__ = summary
    routes.route(f"/incidents/<{ID}:incident_id>/{name}", methods=["POST"], endpoint=f"incident_{name}")(answer)
