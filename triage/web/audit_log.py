"""The page that shows who did what, when, and what it changed."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from triage.engine.context import Clock, Context
from triage.store import audit
from triage.store.queries import PAGE
from triage.web.acts import cleaned
from triage.web.asked import page_number


def blueprint(context: Context, clock: Clock) -> Blueprint:
    """The page."""
    routes = Blueprint("audit", __name__)

    @routes.get("/audit")
    def log() -> str:
        wanted = {name: cleaned(request.args.get(name, "")) for name in ("who", "act", "subject")}
        page = page_number()
        with context.database.read() as conn:
            rows = audit.listed(conn, **wanted, page=page, size=PAGE)
            acts = audit.acts(conn)
        return render_template(
            "audit.html",
            acts=acts,
            rows=rows[:PAGE],
            more=len(rows) > PAGE,
            page=page,
            asked={name: value for name, value in wanted.items() if value},
            now=clock(),
        )

    return routes
