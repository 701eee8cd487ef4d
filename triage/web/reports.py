"""The pages of reports: what is about to breach, each month as it was told or as it stands, and telling it anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, abort, g, json, render_template, request, url_for
from markupsafe import Markup
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response as BaseResponse

from triage.domain.configuration import DEFAULT, Configuration
from triage.domain.month_report import EVERYBODY, begin_of, month_named, next_month
from triage.engine import reports
from triage.engine.context import Clock, Context
from triage.render import charts, figures
from triage.render.report_sheet import report_sheet
from triage.render.statement_pdf import statement_pdf
from triage.store import queries, statements
from triage.web.acts import cleaned, flashed
from triage.web.parameters import ReportQuery, asked

#: How far the page looks ahead for promises that will be missed.
AHEAD = timedelta(hours=24)
#: Months can be asked for from here on.
FIRST = date(2000, 1, 1)

Model = dict[str, Any]


def blueprint(context: Context, clock: Clock) -> Blueprint:
    """The pages and the form."""
    routes = Blueprint("reports", __name__)

    @routes.get("/reports")
    def overview() -> str:
        now = clock()
        month = date(now.year, now.month, 1)
        with context.database.read() as conn:
            config = context.configurations.current(conn)
            return render_template(
                "reports.html",
                report=reports.as_it_stands(conn, config, EVERYBODY, month, now),
                at_risk=queries.at_risk(conn, now, AHEAD),
                statements=statements.listed(conn, most=100),
                names={name: reports.name_of(config, name) for name in (EVERYBODY, *config.customers)},
                figures=figures,
                now=now,
            )

    @routes.get("/reports/<month>")
    @routes.get("/reports/<month>/<customer>")
    def report(month: str, customer: str = EVERYBODY) -> str | Response:
        now, then, given = clock(), month_of(month, clock()), asked(ReportQuery())
        version, live, form = given.get("version"), given.get("live", False), given.get("format", "html")
        with context.database.read() as conn:
            config = context.configurations.current(conn)
            check_customer(conn, config, customer)
            shown = reports.asked(conn, config, customer, then, version, now, live=live)
            if shown is None:
                abort(404, f"There is no version {version} of this report.")
            if form != "html":
                return _download(conn, shown, customer, then, form)
            model = _model(conn, config, customer, then, shown, now)
        return render_template("report.html", **model)

    @routes.post("/reports/<month>")
    @routes.post("/reports/<month>/<customer>")
    def restate(month: str, customer: str = EVERYBODY) -> BaseResponse:
        now, then, reason = clock(), month_of(month, clock()), cleaned(request.form.get("reason", ""))
        with context.database.read() as conn:
            check_customer(conn, context.configurations.current(conn), customer)
        back = url_for("reports.report", month=month, customer=customer or None)
        return flashed(
            "This is what is told about the month from now on.",
            back,
            lambda: reports.freeze(context, customer, then, g.account.name, reason, now),
        )

    return routes


def month_of(name: str, now: datetime) -> date:
    """The month that an address names; 404 for one that there is not."""
    try:
        month = month_named(name)
    except ValueError as error:
        abort(404, str(error))
    if not month >= FIRST or begin_of(month) > now:
        abort(404, f"{name} has not begun." if month >= FIRST else f"{name} is before anything was promised here.")
    return month


def check_customer(conn: Connection, config: Configuration, customer: str) -> None:
    """Whoever is in the documents, or was told something, has a report."""
    if customer in (EVERYBODY, *config.customers):
        return
    if customer == cleaned(customer) and statements.listed(conn, customer, most=1):
        return
    abort(404, f"There is no customer {customer!r}.")


def _model(conn: Connection, config: Configuration, customer: str, month: date, shown: Model, now: datetime) -> Model:
    versions = [row for row in statements.listed(conn, customer) if row["month"] == month]
    told = shown["edition"]
    following = next_month(month)
    return {
        "report": shown,
        "customer": customer,
        "month": f"{month:%Y-%m}",
        "before": f"{next_month(month, -1):%Y-%m}" if month > FIRST else None,
        "after": f"{following:%Y-%m}" if begin_of(following) <= now else None,
        "over": begin_of(following) <= now,
        "trend": Markup(charts.trend(shown)),  # noqa: S704 - of words and figures of ours alone
        "versions": versions,
        "is_newest": not told or told["version"] == versions[0]["version"],
        "customers": {
            name: one.display_name for name, one in config.customers.items() if name != DEFAULT or shown["customers"]
        },
        "figures": figures,
        "now": now,
    }


def _download(conn: Connection, shown: Mapping[str, Any], customer: str, month: date, form: str) -> Response:
    told = shown["edition"]
    name = "-".join(
        ["report", customer or "all", f"{month:%Y-%m}", *([f"v{told['version']}"] if told else ["draft"])]
    )
    match form:
        case "csv":
            body = "".join(report_sheet(reports.rows_of(conn, shown, customer, month))).encode()
            kind = "text/csv; charset=utf-8"
        case "pdf":
            body, kind = statement_pdf(shown), "application/pdf"
        case _:
            body, kind = json.dumps(shown, ensure_ascii=False).encode(), "application/json"
    plain = "".join(char if char.isascii() and (char.isalnum() or char in "-_.") else "_" for char in name)
    headers = {"Content-Disposition": f'attachment; filename="{plain}.{form}"'}
    return Response(body, content_type=kind, headers=headers)
