"""`/api/v1`, for programs: what the service knows, as JSON, described by `/api/openapi.json`."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort
from flask_smorest import Api, Blueprint
from flask_wtf.csrf import CSRFProtect

from triage.domain.clocks import Clock, to_plain
from triage.domain.report import Exclusion
from triage.engine.context import Clock as Now
from triage.engine.context import Context
from triage.engine.fold import fold
from triage.store import queries
from triage.web import contact_pages_api, incident_api, ledger_api, mail_api
from triage.web.asked import ID
from triage.web.limits import API, Limits
from triage.web.parameters import Parser
from triage.web.schemas import Problem, TicketClocks

PROBLEM = "application/problem+json"


class _Api(Api):
    """Errors are answered by `problems.py`, for programs and people alike; here they are only described."""

    def _register_error_handlers(self) -> None:
        pass

    def _register_responses(self) -> None:
        described = {"description": "Why it was not answered", "content": {PROBLEM: {"schema": Problem}}}
        for name in ("DEFAULT_ERROR", "BAD_REQUEST"):
            self.spec.components.response(name, described, lazy=True)


class _Blueprint(Blueprint):
    """Parameters that make no sense are answered as the rest of the service answers them."""

    ARGUMENTS_PARSER = Parser()


def register(app: Flask, context: Context, clock: Now, csrf: CSRFProtect, limits: Limits) -> None:
    """Make the API and its description known to the application."""
    app.config.update(
        API_TITLE="Support triage",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        API_SPEC_OPTIONS={
            "info": {"description": "Tickets with the receipts of every clock, incidents, the page ledger, and mail."}
        },
    )
    routes = _blueprint(context, clock)
    csrf.exempt(routes)  # a token is no cookie; who has a session is checked by the guard of rights
    limits.at_most(API)(routes)
    _Api(app).register_blueprint(routes)


def _blueprint(context: Context, clock: Now) -> Blueprint:
    routes = _Blueprint("api", __name__, url_prefix="/api/v1", description="Tickets, incidents and pages")

    problem = {"schema": Problem, "content_type": PROBLEM}
    incident_api.add_acts(routes, context, clock, problem)
    ledger_api.add_incidents(routes, context, clock, problem)
    ledger_api.add_pages(routes, context, problem)

    mail_api.add_mails(routes, context, clock, problem)
    contact_pages_api.add(routes, context, clock, problem)

    @routes.route(f"/tickets/<{ID}:ticket_id>/clocks")
    @routes.response(200, TicketClocks)
    @routes.alt_response(401, **problem, description="Not signed in")
    @routes.alt_response(404, **problem, description="No such ticket")
    def clocks(ticket_id: int) -> dict[str, Any]:
        """The ticket's clocks as they stand now, each with its receipt."""
        now = clock()
        with context.database.read() as conn:
            row = queries.ticket(conn, ticket_id)
            if row is None:
                abort(404, f"There is no ticket {ticket_id}.")
            folded = fold(conn, context.configurations.current(conn), ticket_id, now)
            exclusions = queries.exclusions_of(conn, ticket_id)
        return {
            "id": ticket_id,
            "key": row["key"],
            "customer": row["customer"],
            "as_of": now.isoformat(),
            "clocks": [_shown(one, exclusions.get(one.identity)) for one in folded.clocks],
        }

    return routes


def _shown(clock: Clock, exclusion: Exclusion | None) -> dict[str, Any]:
    why = exclusion and {"reason": exclusion.reason, "by": exclusion.who, "at": exclusion.at.isoformat()}
    return {**to_plain(clock), "contract": clock.contract, "began_by": clock.began_by, "exclusion": why}
