"""The pages that people look at: queue, ticket, incidents, quarantine, and the acknowledge page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection, RowMapping
from werkzeug.wrappers import Response

from triage.domain.explain import open_questions
from triage.domain.ticket import FactKind, Priority
from triage.engine import respond
from triage.engine.context import Clock, Context
from triage.engine.decide import fold
from triage.engine.respond import NotPossible
from triage.store import queries
from triage.web.auth import signed_in

#: Views whose token in the address is the permission, so that they need no session and no CSRF token.
CSRF_EXEMPT = ["acknowledge_post"]

Model = dict[str, Any]


def blueprint(context: Context, clock: Clock, read_token: Callable[[str], str | None]) -> Blueprint:
    """All pages over one context; `read_token` gives the page's id behind an acknowledge link."""
    routes = Blueprint("dashboard", __name__)
    _add_lists(routes, context, clock)
    _add_ticket(routes, context, clock)
    _add_acts(routes, context, clock)
    _add_acknowledge(routes, context, clock, read_token)
    return routes


def _add_lists(routes: Blueprint, context: Context, clock: Clock) -> None:
    @routes.get("/")
    @signed_in
    def queue() -> str:
        return render_template("queue.html", **_queue(context, clock()))

    @routes.get("/live/queue")
    @signed_in
    def live_queue() -> str:
        return render_template("_queue.html", **_queue(context, clock()))

    @routes.get("/incidents")
    @signed_in
    def incidents() -> str:
        now, page = clock(), _page_number()
        with context.database.read() as conn:
            rows = queries.newest_incidents(conn, page)
            ledger = _ledger(conn, [row["id"] for row in rows])
        shown = rows[: queries.PAGE]
        return render_template(
            "incidents.html", incidents=shown, ledger=ledger, now=now, page=page, more=len(rows) > queries.PAGE
        )

    @routes.get("/quarantine")
    @signed_in
    def quarantine() -> str:
        with context.database.read() as conn:
            events = queries.quarantine(conn)
        return render_template("quarantine.html", events=events, now=clock())


def _page_number() -> int:
    return max(0, request.args.get("page", 0, type=int))


def _queue(context: Context, now: datetime) -> Model:
    asked = {name: request.args.get(name, "").strip() for name in ("priority", "customer", "words")}
    page = _page_number()
    with context.database.read() as conn:
        config = context.configurations.current(conn)
        rows = queries.open_tickets(conn, **asked, page=page)
        ids = [row["id"] for row in rows]
        clocks = _grouped(queries.clocks_of(conn, ids), "ticket_id")
        incidents = _grouped(queries.incidents_of(conn, ids), "ticket_id")
        unanswered = queries.unanswered(conn)
        quarantined = queries.queue_depths(conn, now)["quarantine"].waiting
    return {
        "tickets": rows[: queries.PAGE],
        "clocks": clocks,
        "incidents": incidents,
        "unanswered": unanswered,
        "quarantined": quarantined,
        "customers": config.customers,
        "observe_only": config.observe_only,
        "asked": asked,
        "page": page,
        "more": len(rows) > queries.PAGE,
        "priorities": list(Priority),
        "now": now,
    }


def _add_ticket(routes: Blueprint, context: Context, clock: Clock) -> None:
    @routes.get("/tickets/<int:ticket_id>")
    @signed_in
    def ticket(ticket_id: int) -> str:
        return render_template("ticket.html", **_ticket(context, ticket_id, clock()))

    @routes.get("/live/tickets/<int:ticket_id>")
    @signed_in
    def live_ticket(ticket_id: int) -> str:
        return render_template("_ticket.html", **_ticket(context, ticket_id, clock()))


def _ticket(context: Context, ticket_id: int, now: datetime) -> Model:
    with context.database.read() as conn:
        row = queries.ticket(conn, ticket_id)
        if row is None:
            abort(404, f"There is no ticket {ticket_id}.")
        config = context.configurations.current(conn)
        folded = fold(conn, config, ticket_id, now)
        incidents = queries.incidents_of(conn, [ticket_id])
        subjects = [f"ticket/{ticket_id}", *(f"incident/{incident['id']}" for incident in incidents)]
        decisions = queries.decisions_of(conn, ticket_id)
        questions = open_questions(decisions[0]["production"], decisions[0]["workaround"]) if decisions else []
        return {
            "ticket": row,
            "customer": folded.customer,
            "clocks": folded.clocks,
            "decisions": decisions,
            "questions": questions if row["provisional"] else [],
            "suggestion": decisions[0]["suggestion"] if decisions else None,
            "incidents": incidents,
            "ledger": _ledger(conn, [incident["id"] for incident in incidents]),
            "notices": queries.notices_of(conn, ticket_id),
            "facts": [fact for fact in folded.timeline.facts if fact.kind is not FactKind.SNAPSHOT],
            "description": folded.timeline.words("description"),
            "audit": queries.audit_of(conn, subjects),
            "observed": config.observes(folded.customer),
            "priorities": list(Priority),
            "now": now,
        }


def _ledger(conn: Connection, incident_ids: list[int]) -> dict[int, list[Model]]:
    """The pages of each incident, each with its deliveries, each of those with its attempts."""
    pages = queries.pages_of(conn, incident_ids)
    deliveries = queries.deliveries_of(conn, [page["id"] for page in pages])
    attempts = _grouped(queries.attempts_of(conn, [delivery["id"] for delivery in deliveries]), "outbox_id")
    sent = _grouped(deliveries, "page_id")
    ledger: dict[int, list[Model]] = defaultdict(list)
    for page in pages:
        lines = [{**delivery, "tries": attempts.get(delivery["id"], [])} for delivery in sent.get(page["id"], [])]
        ledger[page["incident_id"]].append({**page, "deliveries": lines})
    return ledger


def _grouped(rows: queries.Rows, column: str) -> dict[Any, list[RowMapping]]:
    groups: dict[Any, list[RowMapping]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def _add_acts(routes: Blueprint, context: Context, clock: Clock) -> None:
    def act(done: str, back: str, do: Callable[[Connection], object]) -> Response:
        """Carry an act out and say so; what is not possible is said too, and changes nothing."""
        try:
            with context.database.write() as conn:
                do(conn)
            flash(done, "done")
        except NotPossible as error:
            flash(str(error), "refused")
        return redirect(back)

    def back_to_ticket() -> str:
        ticket_id = request.form.get("ticket_id", type=int)
        return url_for("dashboard.ticket", ticket_id=ticket_id) if ticket_id else url_for("dashboard.incidents")

    @routes.post("/incidents/<int:incident_id>/acknowledge")
    @signed_in
    def acknowledge(incident_id: int) -> Response:
        now = clock()
        return act(
            "Acknowledged: the escalation has stopped.",
            back_to_ticket(),
            lambda conn: respond.acknowledge_incident(conn, context, incident_id, g.account.name, now),
        )

    @routes.post("/incidents/<int:incident_id>/resolve")
    @signed_in
    def resolve(incident_id: int) -> Response:
        now, reason = clock(), request.form.get("reason", "")
        return act(
            "The incident is resolved; the ticket and its clocks go on.",
            back_to_ticket(),
            lambda conn: respond.resolve_incident(conn, incident_id, g.account.name, reason, now),
        )

    @routes.post("/tickets/<int:ticket_id>/decide")
    @signed_in
    def decide(ticket_id: int) -> Response:
        wanted, reason, now = request.form.get("priority", ""), request.form.get("reason", ""), clock()
        if wanted not in Priority.__members__:
            abort(400, f"{wanted!r} is no priority; choose one of {', '.join(Priority)}.")
        with context.database.read() as conn:
            if queries.ticket(conn, ticket_id) is None:
                abort(404, f"There is no ticket {ticket_id}.")
        return act(
            f"Decided: {wanted}. It stands until a human decides otherwise.",
            url_for("dashboard.ticket", ticket_id=ticket_id),
            lambda conn: respond.decide_by_hand(
                conn, context, ticket_id, Priority(wanted), g.account.name, reason, now
            ),
        )

    @routes.post("/quarantine/<int:event_id>/release")
    @signed_in
    def release(event_id: int) -> Response:
        now = clock()
        return act(
            "The event is tried again.",
            url_for("dashboard.quarantine"),
            lambda conn: respond.release_event(conn, event_id, g.account.name, now),
        )


def _add_acknowledge(
    routes: Blueprint, context: Context, clock: Clock, read_token: Callable[[str], str | None]
) -> None:
    def page_id_of(token: str) -> str:
        page_id = read_token(token)
        if page_id is None:
            abort(404, "This link is not one of ours. Open the newest page that you were sent.")
        return page_id

    def model(page_id: str, now: datetime) -> Model:
        with context.database.read() as conn:
            found = queries.page_with_ticket(conn, page_id)
            if found is None:
                abort(404, "This link belongs to no page.")
            config = context.configurations.current(conn)
            folded = fold(conn, config, found["ticket_id"], now)
            judgement = folded.judged[-1].judgement if folded.judged else None
            going = [clock_ for clock_ in folded.clocks if clock_.due_at and not clock_.stopped_at]
            return {
                "page": found,
                "customer": folded.customer,
                "judgement": judgement,
                "clocks": sorted(going, key=lambda one: str(one.due_at)),
                "description": folded.timeline.words("description"),
                "now": now,
            }

    @routes.get("/ack/<token>")
    def acknowledge_page(token: str) -> str:
        return render_template("acknowledge.html", **model(page_id_of(token), clock()))

    @routes.post("/ack/<token>")
    def acknowledge_post(token: str) -> tuple[str, int]:
        page_id, now = page_id_of(token), clock()
        refused = ""
        try:
            with context.database.write() as conn:
                respond.acknowledge_page(conn, context, page_id, now)
        except NotPossible as error:
            refused = str(error)
        shown = model(page_id, now)
        return render_template("acknowledge.html", **shown, answered=True, refused=refused), 409 if refused else 200
