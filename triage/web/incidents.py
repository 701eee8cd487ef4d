"""The pages about incidents: the list, each one's story, and the forms that take and end them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response

from triage.domain.escalation import IncidentState
from triage.domain.story import fold_knowledge, fold_story
from triage.engine import respond
from triage.engine.context import Clock, Context
from triage.store import ledger, queries, record
from triage.web.acts import carry_out, cleaned
from triage.web.asked import ID, found, page_number
from triage.web.incident_acts import SNOOZES

#: Incidents on one page of the list.
INCIDENTS = 20
#: How many pages of an incident that nobody answers are shown: they have no end.
PAGES_SHOWN = 30
#: Moments on one page of a story.
MOMENTS = 200

Model = dict[str, Any]


def blueprint(context: Context, clock: Clock) -> Blueprint:
    """The pages and their forms."""
    routes = Blueprint("incidents", __name__)

    @routes.get("/incidents")
    def overview() -> str:
        return render_template("incidents.html", **_overview(context, clock()))

    @routes.get(f"/incidents/<{ID}:incident_id>")
    def incident(incident_id: int) -> str:
        return render_template("incident.html", **_incident(context, incident_id, clock()))

    _add_acts(routes, context, clock)
    return routes


def _overview(context: Context, now: datetime) -> Model:
    page, state = page_number(), request.args.get("state", "")
    state = state if state in set(IncidentState) else ""
    with context.database.read() as conn:
        config = context.configurations.current(conn)
        rows = queries.newest_incidents(conn, page, INCIDENTS, state)
        shown = rows[:INCIDENTS]
        return {
            "incidents": shown,
            "ledger": ledger.of_incidents(conn, [row["id"] for row in shown], PAGES_SHOWN),
            "customers": config.customers,
            "people": config.responders,
            "states": list(IncidentState),
            "asked": {"state": state} if state else {},
            "page": page,
            "more": len(rows) > INCIDENTS,
            "now": now,
        }


def _incident(context: Context, incident_id: int, now: datetime) -> Model:
    page = page_number()
    with context.database.read() as conn:
        row = found(queries.incident(conn, incident_id), "incident", incident_id)
        config = context.configurations.current(conn)
        tickets = ledger.tickets_held(conn, [incident_id])[incident_id]
        logs = record.load(conn, incident_id)
        decisions = queries.decisions_of(conn, tickets[0]["id"]) if tickets else []
        entries = ledger.of_incidents(conn, [incident_id], PAGES_SHOWN)[incident_id]
        others = [one for one in queries.open_incidents(conn) if one["id"] != incident_id]
    story = fold_story(logs) if logs else ()
    return {
        "incident": row,
        "tickets": tickets,
        "keys": {ticket["id"]: ticket["key"] for ticket in tickets},
        "first": tickets[0] if tickets else None,
        "decision": decisions[0] if decisions else None,
        "knowledge": fold_knowledge(story),
        "moments": story[page * MOMENTS : (page + 1) * MOMENTS],
        "page": page,
        "more": len(story) > (page + 1) * MOMENTS,
        "ledger": entries,
        "others": others,
        "responders": [one for one in config.responders.values() if one.methods],
        "snoozes": SNOOZES,
        "customers": config.customers,
        "people": config.responders,
        "now": now,
    }


def _back(incident_id: int) -> str:
    """The page that the form was on: the ticket's, the incident's, or the list."""
    ticket_id = request.form.get("ticket_id", type=int)
    if ticket_id:
        return url_for("dashboard.ticket", ticket_id=ticket_id)
    if request.form.get("back") == "incident":
        return url_for("incidents.incident", incident_id=incident_id)
    return url_for("incidents.overview")


def _add_acts(routes: Blueprint, context: Context, clock: Clock) -> None:
    def act(done: str, incident_id: int, do: Callable[[Connection], object]) -> Response:
        with context.database.read() as conn:
            found(queries.incident(conn, incident_id), "incident", incident_id)
        return carry_out(context, done, _back(incident_id), do)

    @routes.post(f"/incidents/<{ID}:incident_id>/acknowledge")
    def acknowledge(incident_id: int) -> Response:
        now = clock()
        return act(
            "Acknowledged: the escalation has stopped.",
            incident_id,
            lambda conn: respond.acknowledge_incident(conn, context, incident_id, g.account.name, now),
        )

    @routes.post(f"/incidents/<{ID}:incident_id>/resolve")
    def resolve(incident_id: int) -> Response:
        now, reason = clock(), cleaned(request.form.get("reason", ""))
        return act(
            "The incident is resolved; the ticket and its clocks go on.",
            incident_id,
            lambda conn: respond.resolve_incident(conn, context, incident_id, g.account.name, reason, now),
        )
