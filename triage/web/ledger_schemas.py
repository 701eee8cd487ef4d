"""What the API says of incidents and pages, field by field."""

from __future__ import annotations

from enum import StrEnum

from marshmallow import Schema, fields, validate

from triage.domain.escalation import IncidentState, PageState
from triage.domain.story import MomentKind


def _at(meaning: str, *, nullable: bool = False) -> fields.DateTime:
    return fields.AwareDateTime(required=True, allow_none=nullable, metadata={"description": meaning})


def _word(values: type[StrEnum], meaning: str = "") -> fields.String:
    one = validate.OneOf([str(value) for value in values])
    return fields.String(required=True, validate=one, metadata={"description": meaning} if meaning else {})


def _text(meaning: str, *, nullable: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=nullable, metadata={"description": meaning})


def _number(meaning: str, *, nullable: bool = False) -> fields.Integer:
    return fields.Integer(required=True, allow_none=nullable, metadata={"description": meaning})


class Attempt(Schema):
    """One attempt to send; the same message is always sent with the same key."""

    started_at = _at("when the gateway was called")
    ended_at = _at("when the outcome was known; null if it never was, as after a crash", nullable=True)
    outcome = _text("`delivered`, `retry` or `rejected`; `started` while nobody knows")
    reason = _text("what the gateway said")


class Delivery(Schema):
    """A page over one channel. Addresses are not shown: they may be secret."""

    gateway = _text("the channel")
    state = _text("`pending`, `delivered`, `rejected`, `expired`, `cancelled` or `observed`")
    reason = _text("why it is in that state, or the provider's name for the message")
    attempts = fields.List(fields.Nested(Attempt), required=True, attribute="tries")


class Page(Schema):
    """One responder told of one incident at one escalation step."""

    id = _text("what the page is known by")
    incident = _number("the incident; null for a page to a customer's contact", nullable=True)
    customer_page = _number("the customer page; null for a page of ours", nullable=True)
    customer = _text("whose incident it is", nullable=True)
    person = _text("who was paged")
    step = _number("the escalation step, counted from 1; 0 for whom the incident was given to")
    round = _number("the round of the steps, counted from 1")
    state = _word(PageState, "open, or how it ended")
    reason = _text("why it was opened, or why it ended so")
    observed = fields.Boolean(required=True, metadata={"description": "observe only: nothing was sent"})
    paged_at = _at("when it was opened")
    ended_at = _at("when it ended", nullable=True)
    deliveries = fields.List(fields.Nested(Delivery), required=True)


class Pages(Schema):
    """A part of the ledger, the newest first."""

    pages = fields.List(fields.Nested(Page), required=True)
    next = _text("give it as `before` to read on; null at the end", nullable=True)


class HeldTicket(Schema):
    """A ticket that an incident holds."""

    id = fields.Integer(required=True)
    key = fields.String(required=True)
    summary = _text("the summary, or its beginning")
    status = fields.String(required=True)
    priority = fields.String(required=True, allow_none=True)
    provisional = fields.Boolean(required=True)
    reason = _text("why it has that priority")
    joined_at = _at("since when the incident holds it")


class IncidentLine(Schema):
    """What the team responds to, with the tickets that it holds, the first one first."""

    id = fields.Integer(required=True)
    state = _word(IncidentState)
    customer = _text("whose incident it is; null if nobody knows", nullable=True)
    policy = _text("the escalation policy")
    observed = fields.Boolean(required=True, metadata={"description": "observe only: nothing is sent"})
    reason = _text("what moved it last")
    triggered_at = _at("when it was triggered first")
    active_since = _at("when it was triggered last")
    next_step_at = _at("when the next step pages, if nobody answers", nullable=True)
    acknowledged_at = _at("since when somebody has it", nullable=True)
    acknowledged_by = _text("who has it", nullable=True)
    resolved_at = _at("when it was over", nullable=True)
    resolved_by = _text("who ended it", nullable=True)
    page_count = _number("how many pages it has")
    tickets = fields.List(fields.Nested(HeldTicket), required=True)


class Incidents(Schema):
    """Incidents, the newest first."""

    incidents = fields.List(fields.Nested(IncidentLine), required=True)
    next = _number("give it as `before` to read on; null at the end", nullable=True)


class Incident(IncidentLine):
    """One incident with its newest pages; `/api/v1/pages?incident=` has all of them."""

    as_of = _at("the instant at which it stands so")
    pages = fields.List(fields.Nested(Page), required=True)


class Moment(Schema):
    """One thing that happened."""

    at = _at("when")
    kind = _word(MomentKind)
    who = _text("who did it, or who was told; empty for the service itself")
    what = _text("what happened, in words")
    ticket = fields.Integer(
        required=True, allow_none=True, attribute="ticket_id", metadata={"description": "the ticket that it is about"}
    )


class Knowledge(Schema):
    """When somebody came to know of it."""

    who = _text("a person, or an account of the dashboard")
    paged_at = _at("the first page", nullable=True)
    reached_at = _at("when a gateway first took a page or a notice for them", nullable=True)
    answered_at = _at("when they first acknowledged", nullable=True)


class Story(Schema):
    """What happened around an incident, in order: for the review afterwards."""

    id = fields.Integer(required=True)
    as_of = _at("the instant up to which it is told")
    knowledge = fields.List(fields.Nested(Knowledge), required=True)
    moments = fields.List(fields.Nested(Moment), required=True)
