"""The page that shows how well the service itself does: its own promises, its gateways, its queues."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, render_template, request
from markupsafe import Markup

from triage.domain.service_levels import PAGE_WITHIN, days_until, spread
from triage.domain.silence import is_silent
from triage.engine import reconcile
from triage.engine.context import Clock, Context
from triage.render import charts
from triage.store import queries, service_levels

#: How far back the page may look.
SPANS = {"24h": timedelta(days=1), "7d": timedelta(days=7), "30d": timedelta(days=30)}
#: A page is to be answered so soon.
ANSWER_WITHIN = timedelta(minutes=5)
#: How many days the charts show.
DAYS = 30
TITLES = {"incidents": "Incidents", "pages": "Pages", "breaches": "Missed promises"}


def blueprint(context: Context, clock: Clock) -> Blueprint:
    """The page."""
    routes = Blueprint("monitoring", __name__)

    @routes.get("/monitoring")
    def overview() -> str:
        now, named = clock(), request.args.get("span", "24h")
        named = named if named in SPANS else "24h"
        since, days = now - SPANS[named], days_until(now, DAYS)
        with context.database.read() as conn:
            config = context.configurations.current(conn)
            daily = service_levels.daily(conn, days)
            return render_template(
                "monitoring.html",
                latency=spread(service_levels.page_latencies(conn, since), PAGE_WITHIN),
                answers=spread(service_levels.answer_times(conn, since), ANSWER_WITHIN),
                page_within=PAGE_WITHIN,
                answer_within=ANSWER_WITHIN,
                deliveries=service_levels.deliveries(conn, since),
                finds=reconcile.finds(conn, since),
                jira_silent=is_silent(reconcile.silence(conn), config.reconcile.silent_after, now),
                depths=queries.queue_depths(conn, now),
                charts=[Markup(charts.daily(TITLES[name], days, daily[name])) for name in TITLES],  # noqa: S704
                span=named,
                spans=list(SPANS),
                now=now,
            )

    return routes
