"""`simulate gate`: what the P0 gate would decide on a new ticket, and with which words as evidence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, fields, validate

from triage.domain.evidence import read_evidence
from triage.domain.priority import VALUES, Axis, Evidence, GatePolicy, Source, classify
from triage.domain.ticket import Priority

#: All that a question says is said at once.
AT = datetime(1970, 1, 1, tzinfo=UTC)


class _FieldsSchema(Schema):
    production = fields.String(validate=validate.OneOf(VALUES[Axis.PRODUCTION]), load_default=None, allow_none=True)
    workaround = fields.String(validate=validate.OneOf(VALUES[Axis.WORKAROUND]), load_default=None, allow_none=True)


class _RequestSchema(Schema):
    id = fields.Raw(required=True)
    channel = fields.String(validate=validate.OneOf(["jira", "email"]), load_default="jira")
    subject = fields.String(load_default="", allow_none=True)
    body = fields.String(load_default="", allow_none=True)
    requested = fields.String(validate=validate.OneOf(list(Priority)), load_default=None, allow_none=True)
    fields_ = fields.Nested(_FieldsSchema, data_key="fields", load_default=dict, allow_none=True)


#: Building a schema costs far more than using it.
REQUEST = _RequestSchema()


def answerer(policy: GatePolicy) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """Answers requests (DESIGN section 7) by one policy; raises marshmallow's ValidationError for a bad one."""
    return lambda request: _answer(policy, request)


def _answer(policy: GatePolicy, request: Mapping[str, Any]) -> dict[str, Any]:
    asked = REQUEST.load(request)
    evidence = [
        Evidence(Axis(axis), value, Source.FIELD, f"{axis}: {value}", AT)
        for axis, value in (asked["fields_"] or {}).items()
        if value
    ]
    if policy.read_texts:
        evidence += [
            Evidence(said.axis, said.value, Source.TEXT, said.quote, AT, rule=said.rule)
            for said in read_evidence(asked["body"] or "", asked["subject"] or "")
        ]
    # A mail to the on-call address requests P0 (DESIGN 5.1).
    requested = asked["requested"] or (Priority.P0 if asked["channel"] == "email" else None)
    judgement = classify(requested, evidence, policy)
    return {
        "id": asked["id"],
        "priority": judgement.priority,
        "provisional": judgement.provisional,
        "production": judgement.production,
        "workaround": judgement.workaround,
        "reason": judgement.reason,
        "evidence": [
            {"axis": item.axis, "value": item.value, "source": item.source, "quote": item.quote}
            for item in judgement.evidence
        ],
        "policy": judgement.policy,
    }
