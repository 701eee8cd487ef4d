"""The forms by which an incident is given on, escalated, kept, merged and split."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from flask import Blueprint, g, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response

from triage.engine import hand_over, regroup
from triage.engine.context import Clock, Context, Work
from triage.store import queries
from triage.web.acts import carry_out, cleaned
from triage.web.asked import ID, found

VIA = "dashboard"
#: For how long an acknowledgement can be made to last by one touch, in hours.
SNOOZES = (1, 2, 4, 8, 24)


def blueprint(context: Context, clock: Clock) -> Blueprint:
    """`POST /incidents/<id>/<act>`; all of them lead back to the incident's page."""
    routes = Blueprint("incident_acts", __name__, url_prefix=f"/incidents/<{ID}:incident_id>")

    def act(incident_id: int, done: str, do: Callable[[Work, str, str], object]) -> Response:
        now, reason = clock(), cleaned(request.form.get("reason", ""))
        with context.database.read() as conn:
            found(queries.incident(conn, incident_id), "incident", incident_id)

        def carried(conn: Connection) -> object:
            return do(context.work(conn, now), g.account.name, reason)

        return carry_out(context, done, url_for("incidents.incident", incident_id=incident_id), carried)

    @routes.post("/reassign")
    def reassign(incident_id: int) -> Response:
        to = cleaned(request.form.get("to", ""))
        done = "Given on: the page is on its way, and the policy's steps follow."
        return act(incident_id, done, lambda work, who, why: hand_over.reassign(work, incident_id, to, who, VIA, why))

    @routes.post("/escalate")
    def escalate(incident_id: int) -> Response:
        done = "The next step is being paged."
        return act(incident_id, done, lambda work, who, why: hand_over.escalate_now(work, incident_id, who, VIA, why))

    @routes.post("/snooze")
    def snooze(incident_id: int) -> Response:
        span = timedelta(hours=request.form.get("hours", 0, type=int) % 1000)
        done = "The acknowledgement stands for longer; then the incident pages again."
        return act(incident_id, done, lambda work, who, why: hand_over.snooze(work, incident_id, span, who, VIA, why))

    @routes.post("/merge")
    def merge(incident_id: int) -> Response:
        into = request.form.get("into", 0, type=int)
        done = f"Merged: incident {into} holds these tickets now."
        return act(incident_id, done, lambda work, who, why: regroup.merge(work, incident_id, into, who, VIA, why))

    @routes.post("/split")
    def split(incident_id: int) -> Response:
        ticket = request.form.get("ticket", 0, type=int)
        done = "The ticket has an incident of its own now."
        return act(incident_id, done, lambda work, who, why: regroup.split(work, incident_id, ticket, who, VIA, why))

    return routes
