"""The part of `/api/v1` that tells of reports, and freezes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, g
from flask_smorest import Blueprint

from triage.engine import reports
from triage.engine.context import Clock, Context
from triage.engine.respond import NotPossible
from triage.store import statements
from triage.web.report_schemas import Report, ReportQuery, Statements, Told
from triage.web.reports import check_customer, month_of

Model = dict[str, Any]


def add_reports(routes: Blueprint, context: Context, clock: Clock, problem: Mapping[str, Any]) -> None:
    """The routes of reports; `problem` describes an error's answer."""

    @routes.route("/statements")
    @routes.response(200, Statements)
    @routes.alt_response(401, **problem, description="Not signed in")
    def told() -> Model:
        """What was told about which month."""
        with context.database.read() as conn:
            return {"statements": statements.listed(conn)}

    @routes.route("/reports/<month>")
    @routes.arguments(ReportQuery, location="query")
    @routes.response(200, Report)
    @routes.alt_response(401, **problem, description="Not signed in")
    @routes.alt_response(404, **problem, description="No such month, customer or version")
    def report(asked: Model, month: str) -> Model:
        """A month as it was told, or as it stands if it was never told."""
        now, then, customer = clock(), month_of(month, clock()), asked["customer"]
        with context.database.read() as conn:
            config = context.configurations.current(conn)
            check_customer(conn, config, customer)
            shown = reports.asked(conn, config, customer, then, asked["version"], now, live=asked["live"])
        if shown is None:
            abort(404, f"There is no version {asked['version']} of this report.")
        return shown

    @routes.route("/reports/<month>", methods=["POST"])
    @routes.response(200, Report)
    @routes.alt_response(401, **problem, description="Neither signed in nor a token")
    @routes.alt_response(404, **problem, description="No such month or customer")
    @routes.alt_response(409, **problem, description="Not over, nothing differs, or a reason is missing")
    @routes.arguments(Told)
    def freeze(sent: Model, month: str) -> Model:
        """Freeze a month as it stands, or tell it anew with a reason."""
        then, customer = month_of(month, clock()), sent["customer"]
        with context.database.read() as conn:
            check_customer(conn, context.configurations.current(conn), customer)
        try:
            frozen = reports.freeze(context, customer, then, g.account.name, sent["reason"], clock())
        except NotPossible as error:
            abort(409, str(error))
        return reports.edition(frozen)
