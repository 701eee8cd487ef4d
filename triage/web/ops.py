"""What the operator's tools ask: is it alive, is it ready, how is it doing."""

from __future__ import annotations

from collections.abc import Callable

import prometheus_client
from flask import Blueprint, Response, json
from sqlalchemy.exc import SQLAlchemyError

from triage.domain.silence import is_silent
from triage.engine import reconcile
from triage.engine.context import Clock, Context
from triage.store import queries
from triage.telemetry import JIRA_SILENT, OLDEST, QUEUE


def blueprint(context: Context, clock: Clock, is_ticking: Callable[[], bool]) -> Blueprint:
    """`/healthz` says that the process answers, `/readyz` that it can work."""
    routes = Blueprint("ops", __name__)

    @routes.get("/healthz")
    def healthz() -> Response:
        return Response("ok\n", content_type="text/plain")

    @routes.get("/readyz")
    def readyz() -> Response:
        checks = {"database": _database(context), "scheduler": "ok" if is_ticking() else "stalled"}
        ready = all(state == "ok" for state in checks.values())
        return Response(json.dumps(checks), 200 if ready else 503, content_type="application/json")

    @routes.get("/metrics")
    def metrics() -> Response:
        with context.database.read() as conn:
            for name, depth in queries.queue_depths(conn, clock()).items():
                QUEUE.labels(name).set(depth.waiting)
                OLDEST.labels(name).set(depth.oldest_seconds)
            after = context.configurations.current(conn).reconcile.silent_after
            JIRA_SILENT.set(is_silent(reconcile.silence(conn), after, clock()))
        return Response(prometheus_client.generate_latest(), content_type=prometheus_client.CONTENT_TYPE_LATEST)

    return routes


def _database(context: Context) -> str:
    try:
        return "ok" if context.database.schema_is_current() else "the schema is not this release's"
    except SQLAlchemyError as error:
        return f"out of reach: {type(error).__name__}"
