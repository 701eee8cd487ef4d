"""The page of what does not go through, and the buttons that try it again or give it up."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import Blueprint, g, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response

from triage.engine import retry
from triage.engine.context import Clock, Context
from triage.store import queries, stuck
from triage.web.acts import carry_out, cleaned
from triage.web.asked import ID

#: What each kind of thing is tried again by, and what is said then.
RETRIES: Mapping[str, tuple[Callable[..., None], str]] = {
    "event": (retry.retry_event, "The event is tried again."),
    "message": (retry.retry_message, "The message is sent again."),
    "timer": (retry.retry_timer, "The timer fires again."),
    "job": (retry.retry_job, "The job runs again."),
}


def blueprint(context: Context, clock: Clock) -> Blueprint:
    """The page and its forms."""
    routes = Blueprint("jobs", __name__)

    @routes.get("/jobs")
    def overview() -> str:
        now = clock()
        with context.database.read() as conn:
            config = context.configurations.current(conn)
            return render_template(
                "jobs.html",
                depths=queries.queue_depths(conn, now),
                events=stuck.events(conn),
                messages=stuck.messages(conn, now),
                retried=stuck.RETRIED,
                timers=stuck.timers_failing(conn),
                jobs=stuck.jobs_all(conn),
                people={**config.responders, **{name: one.paged_as for name, one in config.contacts.items()}},
                now=now,
            )

    def back(done: str, do: Callable[[Connection], object], to: str = "jobs.overview") -> Response:
        return carry_out(context, done, url_for(to), do)

    for kind, (act, done) in RETRIES.items():

        def again(number: int, act: Callable[..., None] = act, done: str = done) -> Response:
            now = clock()
            return back(done, lambda conn: act(conn, number, g.account.name, now))

        routes.add_url_rule(f"/jobs/{kind}s/<{ID}:number>/retry", f"retry_{kind}", again, methods=["POST"])

    @routes.post(f"/jobs/messages/<{ID}:number>/discard")
    def discard_message(number: int) -> Response:
        now, reason = clock(), cleaned(request.form.get("reason", ""))
        return back(
            "Discarded: it is not sent.",
            lambda conn: retry.discard_message(conn, number, g.account.name, reason, now),
        )

    @routes.post(f"/quarantine/<{ID}:event_id>/release")
    def release_event(event_id: int) -> Response:
        now = clock()
        return back(
            "The event is tried again.",
            lambda conn: retry.release_event(conn, event_id, g.account.name, now),
            "dashboard.quarantine",
        )

    @routes.post(f"/quarantine/<{ID}:event_id>/discard")
    def discard_event(event_id: int) -> Response:
        now, reason = clock(), cleaned(request.form.get("reason", ""))
        return back(
            "Discarded: nothing follows from it.",
            lambda conn: retry.discard_event(conn, event_id, g.account.name, reason, now),
            "dashboard.quarantine",
        )

    return routes
