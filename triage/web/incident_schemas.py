"""What programs send to answer an incident, and what they are told, field by field."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from triage.domain.escalation import IncidentState

#: A number that a database can hold.
NUMBER = validate.Range(1, 2**63 - 1)


class Because(Schema):
    """Why, for the audit."""

    reason = fields.String(load_default="", validate=validate.Length(max=500))


class Ended(Schema):
    """Why the incident is over."""

    reason = fields.String(required=True, validate=validate.Length(1, 500))


class Given(Because):
    """Whom the incident is given to."""

    to = fields.String(required=True, metadata={"description": "a person's name, or channel:NAME"})


class Snoozed(Because):
    """How long the acknowledgement stands from now on."""

    for_seconds = fields.Integer(required=True, validate=validate.Range(60, 86400))

    @post_load
    def _as_span(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return {"reason": data["reason"], "span": timedelta(seconds=data["for_seconds"])}


class Merged(Because):
    """Which incident holds the tickets of both."""

    into = fields.Integer(required=True, validate=NUMBER)


class Split(Because):
    """Which ticket gets an incident of its own."""

    ticket = fields.Integer(required=True, validate=NUMBER)


class Answered(Schema):
    """The incident as it stands after the answer."""

    id = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf([str(state) for state in IncidentState]))
    priority = fields.String(required=True, metadata={"description": "the most urgent that it has paged for"})
    reason = fields.String(required=True, metadata={"description": "what moved it last"})
    next_step_at = fields.AwareDateTime(required=True, allow_none=True)
    acknowledged_at = fields.AwareDateTime(required=True, allow_none=True)
    acknowledged_by = fields.String(required=True, allow_none=True)
    resolved_at = fields.AwareDateTime(required=True, allow_none=True)
    resolved_by = fields.String(required=True, allow_none=True)
