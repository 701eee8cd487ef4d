"""The page of maintenance windows, and the forms that plan and end them."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response

from triage.domain.holds import Window
from triage.engine import maintain
from triage.engine.context import Clock, Context
from triage.engine.override import instant_of
from triage.store import queries
from triage.web.acts import carry_out, cleaned
from triage.web.asked import ID

#: What the form says for a window of all customers.
EVERYBODY = "-everybody"


def blueprint(context: Context, clock: Clock) -> Blueprint:
    """The page and its forms."""
    routes = Blueprint("maintenance", __name__)

    @routes.get("/maintenance")
    def overview() -> str:
        now = clock()
        with context.database.read() as conn:
            config = context.configurations.current(conn)
            model: dict[str, Any] = {
                "windows": queries.maintenance_to_come(conn, now),
                "customers": config.customers,
                "everybody": EVERYBODY,
                "now": now,
            }
        return render_template("maintenance.html", **model)

    @routes.post("/maintenance")
    def plan() -> Response:
        now, given = clock(), {name: cleaned(value) for name, value in request.form.items()}
        customer = given.get("customer", EVERYBODY)

        def add(conn: Connection) -> None:
            start, end = (instant_of(given.get(name, ""), UTC).astimezone(UTC) for name in ("start", "end"))
            window = Window(start, end, given.get("reason", ""), None if customer == EVERYBODY else customer)
            maintain.add_window(context.work(conn, now), window, g.account.name)

        done = "Planned: in the window P1 to P3 wait, and a P0 pages and says so."
        return carry_out(context, done, url_for("maintenance.overview"), add)

    @routes.post(f"/maintenance/<{ID}:number>/end")
    def end(number: int) -> Response:
        now = clock()
        return carry_out(
            context,
            "The window is over: what it held goes on now.",
            url_for("maintenance.overview"),
            lambda conn: maintain.end_window(context.work(conn, now), number, g.account.name),
        )

    return routes
