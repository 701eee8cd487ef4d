"""What the API says of tickets, and what it takes to act on one, field by field."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from triage.domain.priority import UNKNOWN, VALUES, Axis
from triage.domain.terms import Metric
from triage.domain.ticket import Priority
from triage.store.queries import QueueState
from triage.web.parameters import Query, Words

PRIORITIES = validate.OneOf([str(priority) for priority in Priority])
REASON = fields.String(
    required=True,
    validate=validate.Length(1, 500, error="Say in 1 to 500 characters why: the audit keeps it."),
)


def _at(meaning: str) -> fields.DateTime:
    return fields.AwareDateTime(required=True, allow_none=True, metadata={"description": meaning})


class TicketsQuery(Query):
    """Which tickets."""

    priority = fields.String(validate=PRIORITIES, metadata={"description": "only those of that priority"})
    customer = Words(metadata={"description": "only those of that customer"})
    state = fields.String(
        validate=validate.OneOf([str(state) for state in QueueState]),
        metadata={"description": "only those in that state; open ones if it is left out"},
    )
    words = Words(metadata={"description": "only those with these words in their key or summary"})
    page = fields.Integer(
        load_default=0, validate=validate.Range(0, 9999), metadata={"description": "which page, counted from 0"}
    )


class Ticket(Schema):
    """A ticket as its facts make it now."""

    id = fields.Integer(required=True)
    key = fields.String(required=True)
    source = fields.String(required=True)
    summary = fields.String(required=True)
    status = fields.String(required=True)
    customer = fields.String(required=True, allow_none=True, metadata={"description": "null where nobody knows"})
    priority = fields.String(required=True, allow_none=True, metadata={"description": "null until it is judged"})
    provisional = fields.Boolean(required=True, metadata={"description": "a P0 until somebody knows better"})
    reason = fields.String(required=True, metadata={"description": "why it has the priority"})
    flags = fields.List(fields.String(), required=True, metadata={"description": "what a person should look at"})
    open = fields.Boolean(required=True)
    created_at = _at("when it was opened at its source")
    received_at = _at("when we first heard of it")


class Tickets(Schema):
    """A page of tickets, those that want attention first."""

    tickets = fields.List(fields.Nested(Ticket), required=True)
    more = fields.Boolean(required=True, metadata={"description": "whether there is another page"})


class Evidence(Schema):
    """What a decision rests on, in the customer's own words."""

    axis = fields.String(required=True)
    value = fields.String(required=True)
    source = fields.String(required=True)
    quote = fields.String(required=True)


class Decision(Schema):
    """One decision; the newest one counts, and none is ever changed."""

    id = fields.Integer(required=True)
    decided_at = _at("when it was made")
    caused_at = _at("when the fact occurred that caused it; the clocks follow it from then on")
    priority = fields.String(required=True)
    requested = fields.String(required=True)
    provisional = fields.Boolean(required=True)
    production = fields.String(required=True)
    workaround = fields.String(required=True)
    reason = fields.String(required=True)
    evidence = fields.List(fields.Nested(Evidence), required=True)
    policy = fields.String(required=True)
    author = fields.String(required=True)


class TicketInFull(Ticket):
    """A ticket with its decisions, the newest first, and the incidents that hold or held it."""

    decisions = fields.List(fields.Nested(Decision), required=True)
    incidents = fields.List(fields.Integer(), required=True, metadata={"description": "their numbers"})


class Decided(Schema):
    """A priority by a human's word, which stands until a human says otherwise."""

    priority = fields.String(required=True, validate=PRIORITIES)
    reason = REASON


class Stated(Schema):
    """What somebody of ours knows; the policy decides with it. `unknown` takes back what was stated."""

    production = fields.String(validate=validate.OneOf([*VALUES[Axis.PRODUCTION], UNKNOWN]))
    workaround = fields.String(validate=validate.OneOf([*VALUES[Axis.WORKAROUND], UNKNOWN]))
    reason = REASON

    @validates_schema
    def _says_something(self, data: dict[str, Any], **_: Any) -> None:
        if not {"production", "workaround"} & data.keys():
            raise ValidationError("Say at least one of the two.", "production")


class AnsweredOutside(Schema):
    """The customer was answered outside Jira, as by phone; the clocks count it as a public comment."""

    at = fields.AwareDateTime(required=True, metadata={"description": "when"})
    reason = REASON


class Withdrawn(Schema):
    """An answer was added wrongly."""

    key = fields.String(required=True, metadata={"description": "the answer's key, which begins with `hand/`"})
    reason = REASON


class OfBreach(Schema):
    """Which breach: the promise, and the fact that began its cycle, as `/clocks` tells them."""

    metric = fields.String(required=True, validate=validate.OneOf([str(metric) for metric in Metric]))
    began_by = fields.String(required=True)
    reason = REASON
