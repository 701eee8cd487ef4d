"""The pages of customers: their contract, their tickets, their month so far, and the watches on them."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

from flask import Blueprint, abort, g, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response

from triage.domain.configuration import Configuration, Customer
from triage.domain.month_report import EVERYBODY
from triage.domain.terms import Metric
from triage.domain.ticket import Priority
from triage.engine import reports, watch
from triage.engine.context import Clock, Context
from triage.engine.override import instant_of
from triage.render import figures
from triage.store import queries
from triage.web import contact_pages
from triage.web.acts import carry_out, cleaned
from triage.web.asked import ID

Model = dict[str, Any]


def blueprint(context: Context, clock: Clock) -> Blueprint:
    """The pages and the forms of watches."""
    routes = Blueprint("customers", __name__)

    @routes.get("/customers")
    def overview() -> str:
        now = clock()
        month = date(now.year, now.month, 1)
        with context.database.read() as conn:
            config = context.configurations.current(conn)
            report = reports.as_it_stands(conn, config, EVERYBODY, month, now)
            return render_template(
                "customers.html",
                customers=config.customers,
                contracts={name: _in_force(config, one, now)[1] for name, one in config.customers.items()},
                open=queries.open_by_customer(conn),
                so_far={one["customer"]: one for one in report["customers"]},
                month=report["month"],
                watched=queries.watched(conn, now),
                figures=figures,
                now=now,
            )

    @routes.get("/customers/<name>")
    def customer(name: str) -> str:
        now = clock()
        month = date(now.year, now.month, 1)
        with context.database.read() as conn:
            config = context.configurations.current(conn)
            one = _found(config, name)
            contract = config.contracts[_in_force(config, one, now)[1]]
            return render_template(
                "customer.html",
                customer=one,
                name=name,
                contract=contract,
                goals=[(metric, contract.terms.goals[metric]) for metric in Metric if metric in contract.terms.goals],
                priorities=list(Priority),
                open=queries.open_by_customer(conn).get(name, {}),
                report=reports.as_it_stands(conn, config, name, month, now),
                contact_line=contact_pages.line(one, now),
                watches=queries.watches_to_come(conn, now, name),
                figures=figures,
                now=now,
            )

    @routes.post("/customers/<name>/watches")
    def add_watch(name: str) -> Response:
        now, given = clock(), {key: cleaned(value) for key, value in request.form.items()}
        _must_exist(context, name)

        def add(conn: Connection) -> None:
            start, end = (instant_of(given.get(key, ""), UTC).astimezone(UTC) for key in ("start", "end"))
            watch.add(context.work(conn, now), name, start, end, given.get("reason", ""), g.account.name)

        return carry_out(context, "Watched: their tickets stand out for that time.", _page(name), add)

    @routes.post(f"/customers/<name>/watches/<{ID}:number>/end")
    def end_watch(name: str, number: int) -> Response:
        now = clock()
        _must_exist(context, name)
        return carry_out(
            context,
            "The watch is over.",
            _page(name),
            lambda conn: watch.end(context.work(conn, now), number, g.account.name),
        )

    return routes


def _page(name: str) -> str:
    return url_for("customers.customer", name=name)


def _found(config: Configuration, name: str) -> Customer:
    if name not in config.customers:
        abort(404, f"There is no customer {name!r}.")
    return config.customers[name]


def _must_exist(context: Context, name: str) -> None:
    with context.database.read() as conn:
        _found(context.configurations.current(conn), name)


def _in_force(config: Configuration, customer: Customer, now: Any) -> tuple[Any, str]:
    """The contract that a cycle which begins now is judged by."""
    bound = [one for one in customer.contracts if one[0] <= now]
    return bound[-1] if bound else customer.contracts[0]
