"""The part of `/api/v1` that pages a customer's contacts; what is not possible is 409, with the reason."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from flask import abort, g
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate
from sqlalchemy.engine import Connection

from triage.domain.customer_page import CustomerPageState
from triage.domain.escalation import PageState
from triage.engine import contact_pages
from triage.engine.context import Clock, Context, Work
from triage.engine.respond import NotPossible
from triage.store import queries
from triage.web.acts import cleaned
from triage.web.asked import ID

VIA = "API"


class Request(Schema):
    """What the contact is needed for."""

    reason = fields.String(
        required=True,
        validate=validate.Length(1, 500, error="Say in 1 to 500 characters what you need: the contact reads it."),
    )
    override_reason = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Length(max=500),
        metadata={"description": "why it cannot wait: contacts are paged outside their hours too; kept in the audit"},
    )


class Cancellation(Schema):
    """Why the contacts are needed no more, for the audit."""

    reason = fields.String(load_default="", validate=validate.Length(max=500))


class ContactPage(Schema):
    """One contact told of a customer page."""

    id = fields.String(required=True)
    person = fields.String(required=True, metadata={"description": "such as contact:acme/dora@acme.example"})
    state = fields.String(required=True, validate=validate.OneOf([str(state) for state in PageState]))
    reason = fields.String(required=True, metadata={"description": "why it was opened, or how it ended"})
    paged_at = fields.AwareDateTime(required=True)
    deadline_at = fields.AwareDateTime(required=True, metadata={"description": "when it goes on without an answer"})
    ended_at = fields.AwareDateTime(required=True, allow_none=True)


class Shown(Schema):
    """A customer page as it stands, with the contacts who were paged so far, the first one first."""

    id = fields.Integer(required=True)
    ticket_id = fields.Integer(required=True)
    customer = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(state) for state in CustomerPageState]))
    reason = fields.String(required=True)
    override_reason = fields.String(required=True, allow_none=True)
    observed = fields.Boolean(required=True, metadata={"description": "observe only: nothing was sent"})
    asked_by = fields.String(required=True)
    asked_at = fields.AwareDateTime(required=True)
    next_contact_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_at = fields.AwareDateTime(required=True, allow_none=True)
    ended_by = fields.String(
        required=True, allow_none=True, metadata={"description": "the contact who answered, or whoever cancelled it"}
    )
    pages = fields.List(fields.Nested(ContactPage), required=True)


class Listed(Schema):
    """The ticket's customer pages, the newest first."""

    customer_pages = fields.List(fields.Nested(Shown), required=True)


def add(routes: Blueprint, context: Context, clock: Clock, problem: Mapping[str, Any]) -> None:
    """Ask for a customer page, list a ticket's, and cancel one."""

    def carry_out(do: Callable[[Work], Any]) -> dict[str, Any]:
        try:
            with context.database.write() as conn:
                asked = do(context.work(conn, clock()))
                return _shown(conn, [asked])[0]
        except NotPossible as error:
            abort(409, str(error))

    @routes.route(f"/tickets/<{ID}:ticket_id>/customer-pages", methods=["POST"])
    @routes.response(201, Shown)
    @routes.alt_response(401, **problem, description="Neither signed in nor a token")
    @routes.alt_response(404, **problem, description="No such ticket")
    @routes.alt_response(409, **problem, description="Nobody may be paged now, or a customer page is open already")
    @routes.arguments(Request)
    def page_customer(sent: dict[str, Any], ticket_id: int) -> dict[str, Any]:
        """Page the ticket's customer: the first contact who may be paged now, then the next, until one answers."""
        with context.database.read() as conn:
            _must_exist(conn, ticket_id)
        reason, override = cleaned(sent["reason"]), cleaned(sent["override_reason"] or "")
        return carry_out(lambda work: contact_pages.request(work, ticket_id, reason, g.account.name, VIA, override))

    @routes.route(f"/tickets/<{ID}:ticket_id>/customer-pages")
    @routes.response(200, Listed)
    @routes.alt_response(401, **problem, description="Neither signed in nor a token")
    @routes.alt_response(404, **problem, description="No such ticket")
    def customer_pages(ticket_id: int) -> dict[str, Any]:
        """The ticket's customer pages, each with the contacts who were paged."""
        with context.database.read() as conn:
            _must_exist(conn, ticket_id)
            return {"customer_pages": _shown(conn, queries.customer_pages_of(conn, ticket_id))}

    @routes.route(f"/customer-pages/<{ID}:number>/cancel", methods=["POST"])
    @routes.response(200, Shown)
    @routes.alt_response(401, **problem, description="Neither signed in nor a token")
    @routes.alt_response(404, **problem, description="No such customer page")
    @routes.alt_response(409, **problem, description="It is over already")
    @routes.arguments(Cancellation)
    def cancel_customer_page(sent: dict[str, Any], number: int) -> dict[str, Any]:
        """Cancel a customer page: nobody else is paged, and the links are over."""
        with context.database.read() as conn:
            if queries.customer_page(conn, number) is None:
                abort(404, f"There is no customer page {number}.")
        reason = cleaned(sent["reason"])
        return carry_out(lambda work: contact_pages.cancel(work, number, g.account.name, VIA, reason))


def _must_exist(conn: Connection, ticket_id: int) -> None:
    if queries.ticket(conn, ticket_id) is None:
        abort(404, f"There is no ticket {ticket_id}.")


def _shown(conn: Connection, found: Sequence[Any]) -> list[dict[str, Any]]:
    """The customer pages, each with its pages."""
    rows = queries.pages_of_customer_pages(conn, [asked.id for asked in found])
    return [
        {**asdict(asked), "pages": [row for row in rows if row["customer_page_id"] == asked.id]} for asked in found
    ]
