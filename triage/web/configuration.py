"""The page of the configuration as every process runs it: its documents, and every version before it."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request

from triage.engine.context import Clock, Context
from triage.store import queries


def blueprint(context: Context, clock: Clock) -> Blueprint:
    """The page."""
    routes = Blueprint("configuration", __name__)

    @routes.get("/configuration")
    def overview() -> str:
        asked = request.args.get("version", type=int)
        with context.database.read() as conn:
            rows = queries.config_versions(conn)
            number = rows[0]["number"] if asked is None else asked
            if number not in {row["number"] for row in rows}:
                abort(404, f"There is no version {number} of the configuration.")
            version = queries.config_version(conn, number)
        return render_template("configuration.html", version=version, versions=rows, now=clock())

    return routes
