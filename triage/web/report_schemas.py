"""What the API says of reports, field by field: the plain JSON from which every form of a report is made."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from triage.web.parameters import Query, Words
from triage.web.schemas import Exclusion, Interval


def _share(meaning: str, *, nullable: bool = False) -> fields.String:
    """An exact share, such as `3/4`."""
    fraction = validate.Regexp(r"^\d+/\d+$")
    return fields.String(
        required=True, allow_none=nullable, validate=fraction, metadata={"description": f"{meaning}, exactly: `3/4`"}
    )


def _seconds(meaning: str) -> fields.Integer:
    return fields.Integer(required=True, allow_none=True, metadata={"description": meaning})


class ReportQuery(Query):
    """Whose report, and which edition."""

    customer = Words(load_default="", metadata={"description": "whose; all customers together if it is left out"})
    version = fields.Integer(
        load_default=None,
        validate=validate.Range(1, 2**31 - 1),
        metadata={"description": "an older version of what was told"},
    )
    live = fields.Boolean(load_default=False, metadata={"description": "as things stand, whatever was told"})


class Counts(Schema):
    """How many cycles were settled in which way."""

    cycles = fields.Integer(required=True)
    met = fields.Integer(required=True)
    breached = fields.Integer(required=True)
    excluded = fields.Integer(required=True)
    attainment = _share("met ÷ (met + breached); null where nothing counts", nullable=True)


class Line(Counts):
    """One promise for one priority."""

    metric = fields.String(required=True)
    priority = fields.String(required=True)
    median_seconds = _seconds("half of the cycles took no longer")
    ninetieth_seconds = _seconds("nine tenths of the cycles took no longer")
    worst_seconds = _seconds("the longest one")


class Total(Counts):
    """One promise over all priorities."""

    metric = fields.String(required=True)
    credit = _share("of the monthly fee that it gives back")


class CustomerPart(Counts):
    """One customer's part of the report of all."""

    customer = fields.String(required=True)
    name = fields.String(required=True)
    credit = _share("of the monthly fee that is given back")


class TrendPoint(Counts):
    """One promise in one month."""

    month = fields.String(required=True)
    metric = fields.String(required=True)


class CreditLine(Schema):
    """One line of the contract's table of credits."""

    metric = fields.String(required=True)
    below = _share("an attainment below it gives back")
    credit = _share("of the monthly fee")


class MissedPromise(Schema):
    """One cycle that missed its target."""

    ticket_id = fields.Integer(required=True)
    key = fields.String(required=True)
    summary = fields.String(required=True)
    customer = fields.String(required=True)
    metric = fields.String(required=True)
    cycle = fields.Integer(required=True)
    began_by = fields.String(required=True)
    priority = fields.String(required=True)
    contract = fields.String(required=True)
    started_at = fields.String(required=True, metadata={"format": "date-time"})
    due_at = fields.String(required=True, metadata={"format": "date-time"})
    stopped_at = fields.String(required=True, allow_none=True, metadata={"format": "date-time"})
    elapsed_seconds = fields.Integer(required=True)
    overrun_seconds = _seconds("by how much; null while it goes on")
    exclusion = fields.Nested(Exclusion, required=True, allow_none=True)
    receipt = fields.List(fields.Nested(Interval), required=True)


class Edition(Schema):
    """A version that was told, by whom and why."""

    version = fields.Integer(required=True)
    frozen_at = fields.String(required=True, metadata={"format": "date-time"})
    frozen_by = fields.String(required=True)
    reason = fields.String(required=True)


class Report(Schema):
    """A month's report; `edition` is null for a report as things stand."""

    customer = fields.String(required=True, metadata={"description": "empty for all customers together"})
    name = fields.String(required=True)
    vendor = fields.String(required=True)
    month = fields.String(required=True)
    as_of = fields.String(required=True, metadata={"format": "date-time"})
    contract = fields.String(required=True)
    credit = _share("of the monthly fee that the month gives back")
    credit_table = fields.List(fields.Nested(CreditLine), required=True)
    lines = fields.List(fields.Nested(Line), required=True)
    totals = fields.List(fields.Nested(Total), required=True)
    customers = fields.List(fields.Nested(CustomerPart), required=True)
    trend = fields.List(fields.Nested(TrendPoint), required=True)
    breach_count = fields.Integer(required=True)
    breaches = fields.List(fields.Nested(MissedPromise), required=True)
    edition = fields.Nested(Edition, required=True, allow_none=True)


class Told(Schema):
    """Freeze a month; once it was told, with the reason why it is told anew."""

    customer = fields.String(load_default="", metadata={"description": "empty for all customers together"})
    reason = fields.String(load_default="", validate=validate.Length(max=500))


class StatementShown(Schema):
    """One version of a statement, without its figures."""

    version = fields.Integer(required=True)
    frozen_by = fields.String(required=True)
    reason = fields.String(required=True)
    customer = fields.String(required=True)
    month = fields.Date(required=True, metadata={"description": "its first day"})
    frozen_at = fields.AwareDateTime(required=True)


class Statements(Schema):
    """Every version of every statement, the newest month first, 500 at most."""

    statements = fields.List(fields.Nested(StatementShown), required=True)
