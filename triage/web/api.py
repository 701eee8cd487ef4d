"""`/api/v1`, for programs: what the service knows, as JSON, described by `/api/openapi.json`."""

from __future__ import annotations

from flask import Flask
from flask_smorest import Api, Blueprint
from flask_wtf.csrf import CSRFProtect

from triage.engine.context import Clock, Context
from triage.web import (
    api_docs,
    audit_api,
    contact_pages_api,
    incident_api,
    ledger_api,
    mail_api,
    report_api,
    ticket_api,
)
from triage.web.api_acts import add_acts
from triage.web.limits import API, Limits
from triage.web.parameters import Parser
from triage.web.schemas import Problem

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


def register(app: Flask, context: Context, clock: Clock, csrf: CSRFProtect, limits: Limits) -> None:
    """Make the API and its description known to the application."""
    app.config.update(
        API_TITLE="Support triage",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api",
        API_SPEC_OPTIONS={
            "info": {"description": "Tickets with decisions and receipts, incidents, pages, mail, reports, audit."}
        },
    )
    routes = _blueprint(context, clock)
    csrf.exempt(routes)  # a token is no cookie; who has a session is checked by the guard of rights
    limits.at_most(API)(routes)
    described = _Api(app)
    described.register_blueprint(routes)
    app.register_blueprint(api_docs.blueprint(described.spec.to_dict))


def _blueprint(context: Context, clock: Clock) -> Blueprint:
    routes = _Blueprint("api", __name__, url_prefix="/api/v1", description="Tickets, incidents and pages")

    problem = {"schema": Problem, "content_type": PROBLEM}
    add_acts(routes, context, clock, problem, incident_api.INCIDENT, incident_api.ACTS)
    ledger_api.add_incidents(routes, context, clock, problem)
    ledger_api.add_pages(routes, context, problem)
    mail_api.add_mails(routes, context, clock, problem)
    contact_pages_api.add(routes, context, clock, problem)
    ticket_api.add_tickets(routes, context, clock, problem)
    add_acts(routes, context, clock, problem, ticket_api.TICKET, ticket_api.ACTS)
    report_api.add_reports(routes, context, clock, problem)
    audit_api.add_audit(routes, context, problem)
    return routes
