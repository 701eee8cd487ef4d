"""What the API answers with, field by field; the OpenAPI document is made from this."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from triage.domain.clocks import ClockState, Reason
from triage.domain.terms import Metric
from triage.domain.ticket import Priority


def instant(meaning: str, *, nullable: bool = False) -> fields.String:
    return fields.String(required=True, allow_none=nullable, metadata={"format": "date-time", "description": meaning})


def word(values: type[Metric] | type[Priority] | type[ClockState] | type[Reason]) -> fields.String:
    return fields.String(required=True, validate=validate.OneOf([str(value) for value in values]))


def seconds(meaning: str, *, nullable: bool = False) -> fields.Integer:
    return fields.Integer(required=True, allow_none=nullable, metadata={"description": meaning})


class Problem(Schema):
    """Why a request was not answered (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)


class Warned(Schema):
    """A share of the target that was used up, and when."""

    at = instant("when the share was used up")
    fraction = fields.Float(required=True)


class Interval(Schema):
    """One line of a receipt; `from` counts, `to` does not."""

    from_ = fields.String(required=True, data_key="from", attribute="from", metadata={"format": "date-time"})
    to = instant("the end of the stretch")
    reason = word(Reason)


class Exclusion(Schema):
    """Why a breach is left out of the statement."""

    reason = fields.String(required=True)
    by = fields.String(required=True)
    at = instant("when it was excluded")


class Clock(Schema):
    """One cycle of one promise, in the words of `simulate sla`; and whose promise it is."""

    metric = word(Metric)
    cycle = fields.Integer(required=True)
    priority = word(Priority)
    state = word(ClockState)
    started_at = instant("when the cycle began")
    due_at = instant("when it will breach, or would have; null while paused or dropped", nullable=True)
    stopped_at = instant("when it ended", nullable=True)
    elapsed_seconds = seconds("open time used since the cycle began")
    remaining_seconds = seconds("open time left; negative is the overrun; null for a dropped cycle", nullable=True)
    breached_at = instant("null, or the same as due_at", nullable=True)
    overrun_seconds = seconds("open time by which the target was missed")
    warnings = fields.List(fields.Nested(Warned), required=True)
    receipt = fields.List(fields.Nested(Interval), required=True)
    contract = fields.String(required=True, metadata={"description": "the contract variant that judges the cycle"})
    began_by = fields.String(required=True, metadata={"description": "the key of the fact that began the cycle"})
    exclusion = fields.Nested(Exclusion, required=True, allow_none=True)


class TicketClocks(Schema):
    """Every cycle of a ticket, by metric and number."""

    id = fields.Integer(required=True)
    key = fields.String(required=True)
    customer = fields.String(required=True, allow_none=True)
    as_of = instant("the instant at which the clocks stand so")
    clocks = fields.List(fields.Nested(Clock), required=True)
