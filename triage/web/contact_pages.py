"""Paging a customer's contacts from a ticket, and the page behind a contact's link, which needs no session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, g, render_template, request, url_for
from werkzeug.wrappers import Response

from triage.domain.configuration import Customer
from triage.domain.customer_page import line_up
from triage.domain.explain import wall
from triage.domain.oncall import zone_named
from triage.engine import contact_pages
from triage.engine.contact_messages import View
from triage.engine.context import Clock, Context
from triage.engine.respond import NotPossible
from triage.store import queries
from triage.web.acts import carry_out, cleaned
from triage.web.asked import ID

VIA = "dashboard"
Model = dict[str, Any]


def blueprint(context: Context, clock: Clock, read_token: Callable[[str], str | None]) -> Blueprint:
    """The forms and the contact's page; `read_token` gives the page's id behind a contact's link."""
    routes = Blueprint("contact_pages", __name__)
    _add_forms(routes, context, clock)
    _add_answer(routes, context, clock, read_token)
    return routes


def line(customer: Customer | None, now: datetime) -> list[Model]:
    """Who at the customer has agreed to be paged, in order, and when: on their own clocks."""
    return [
        {
            "name": person.display_name,
            "may_be_paged": opens <= now,
            "opens_at": opens,
            "opens_there": f"{wall(opens, zone_named(person.timezone))} {person.timezone}",
        }
        for person, opens in line_up(customer.contacts if customer else (), now)
    ]


def _add_forms(routes: Blueprint, context: Context, clock: Clock) -> None:
    @routes.post(f"/tickets/<{ID}:ticket_id>/customer-pages")
    def ask(ticket_id: int) -> Response:
        now, given = clock(), {name: cleaned(request.form.get(name, "")) for name in ("reason", "override_reason")}
        with context.database.read() as conn:
            if queries.ticket(conn, ticket_id) is None:
                abort(404, f"There is no ticket {ticket_id}.")
        return carry_out(
            context,
            "The customer is being paged; what becomes of it is shown under “Customer pages”.",
            url_for("dashboard.ticket", ticket_id=ticket_id),
            lambda conn: contact_pages.request(
                context.work(conn, now), ticket_id, given["reason"], g.account.name, VIA, given["override_reason"]
            ),
        )

    @routes.post(f"/customer-pages/<{ID}:number>/cancel")
    def cancel(number: int) -> Response:
        now, reason = clock(), cleaned(request.form.get("reason", ""))
        with context.database.read() as conn:
            asked = queries.customer_page(conn, number)
        if asked is None:
            abort(404, f"There is no customer page {number}.")
        return carry_out(
            context,
            "Cancelled: nobody else at the customer is paged.",
            url_for("dashboard.ticket", ticket_id=asked.ticket_id),
            lambda conn: contact_pages.cancel(context.work(conn, now), number, g.account.name, VIA, reason),
        )


def _add_answer(routes: Blueprint, context: Context, clock: Clock, read_token: Callable[[str], str | None]) -> None:
    def page_id_of(token: str) -> str:
        page_id = read_token(token)
        if page_id is None:
            abort(404, "This link is not one of ours. Open the newest message that you were sent.")
        return page_id

    def view_of(page_id: str) -> View:
        with context.database.read() as conn:
            view = contact_pages.look(conn, context, page_id)
        if view is None:
            abort(404, "This link belongs to no message of ours. Open the newest one that you were sent.")
        return view

    @routes.get("/here/<token>")
    def answer_page(token: str) -> str:
        return render_template("contact.html", view=view_of(page_id_of(token)))

    @routes.post("/here/<token>")
    def answer(token: str) -> tuple[str, int]:
        page_id, status = page_id_of(token), 200
        try:
            with context.database.write() as conn:
                contact_pages.answer(context.work(conn, clock()), page_id)
        except NotPossible:
            status = 409  # the page says what has become of it
        return render_template("contact.html", view=view_of(page_id)), status
