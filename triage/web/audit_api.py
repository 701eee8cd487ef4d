"""The part of `/api/v1` that tells who did what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from triage.engine.context import Context
from triage.store import audit
from triage.store.queries import PAGE
from triage.web.parameters import Query, Words


class AuditQuery(Query):
    """Which acts."""

    who = Words(load_default="", metadata={"description": "only those of that person or program"})
    act = Words(load_default="", metadata={"description": "only those of that kind, such as `ticket.decide`"})
    subject = Words(load_default="", metadata={"description": "only those of that, such as `ticket/12`"})
    page = fields.Integer(
        load_default=0, validate=validate.Range(0, 9999), metadata={"description": "which page, counted from 0"}
    )


class ActShown(Schema):
    """One act, with what it changed."""

    id = fields.Integer(required=True)
    at = fields.AwareDateTime(required=True)
    who = fields.String(required=True)
    act = fields.String(required=True)
    subject = fields.String(required=True)
    reason = fields.String(required=True)
    before = fields.Dict(required=True, allow_none=True)
    after = fields.Dict(required=True, allow_none=True)


class Acts(Schema):
    """A page of acts, the newest first."""

    acts = fields.List(fields.Nested(ActShown), required=True)
    more = fields.Boolean(required=True)


def add_audit(routes: Blueprint, context: Context, problem: Mapping[str, Any]) -> None:
    """The route of the audit."""

    @routes.route("/audit")
    @routes.arguments(AuditQuery, location="query")
    @routes.response(200, Acts)
    @routes.alt_response(401, **problem, description="Not signed in")
    @routes.alt_response(403, **problem, description="Not a lead")
    def acts(asked: dict[str, Any]) -> dict[str, Any]:
        """What people and programs did, the newest first, 100 at a time."""
        with context.database.read() as conn:
            rows = audit.listed(conn, **asked, size=PAGE)
        return {"acts": rows[:PAGE], "more": len(rows) > PAGE}
