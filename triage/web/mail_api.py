"""The part of `/api/v1` about mails: what became of each, and deciding on what is held."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import abort, g
from flask_smorest import Blueprint
from marshmallow import Schema, fields, validate

from triage.domain.mail_outcome import Fate
from triage.engine import held_mail
from triage.engine.context import Clock, Context
from triage.engine.respond import NotPossible
from triage.store import mails
from triage.store.mails import MailRow
from triage.store.queries import PAGE
from triage.web.asked import ID, LAST_PAGE, found


class MailsQuery(Schema):
    """Which mails: of one fate, or all; pages are counted from 0."""

    fate = fields.String(load_default="", validate=validate.OneOf(["", *Fate]))
    page = fields.Integer(load_default=0, validate=validate.Range(0, LAST_PAGE))


class MailShown(Schema):
    """A mail and what became of it. `proof` is what was found out about its author."""

    id = fields.Integer(required=True)
    received_at = fields.AwareDateTime(required=True)
    message_id = fields.String(required=True)
    sender = fields.String(required=True)
    subject = fields.String(required=True)
    customer = fields.String(required=True, allow_none=True, metadata={"description": "whose it says it is"})
    kind = fields.String(required=True)
    fate = fields.String(required=True, validate=validate.OneOf([str(fate) for fate in Fate]))
    reason = fields.String(required=True)
    aligned = fields.Boolean(required=True, metadata={"description": "whether the author's domain stands behind it"})
    proof = fields.Dict(required=True)
    attachments = fields.List(fields.Dict(), required=True)
    ticket_id = fields.Integer(required=True, allow_none=True)
    decided_at = fields.AwareDateTime(required=True, allow_none=True)
    decided_by = fields.String(required=True, allow_none=True)


class Mails(Schema):
    """A page of mails, the newest first."""

    mails = fields.List(fields.Nested(MailShown), required=True)
    more = fields.Boolean(required=True)


class Released(Schema):
    """Whose sender it is from now on; left out, that stays open."""

    customer = fields.String(load_default=None, allow_none=True)


class Dropped(Schema):
    """Why nothing is to follow from it."""

    reason = fields.String(load_default="", validate=validate.Length(max=500))


def add_mails(routes: Blueprint, context: Context, clock: Clock, problem: Mapping[str, Any]) -> None:
    """The routes of mails; `problem` describes an error's answer."""

    @routes.route("/mails")
    @routes.arguments(MailsQuery, location="query")
    @routes.response(200, Mails)
    @routes.alt_response(401, **problem, description="Not signed in")
    def listed(asked: dict[str, Any]) -> dict[str, Any]:
        """Mails and what became of them, the newest first, 100 at a time."""
        with context.database.read() as conn:
            rows = mails.listed(conn, asked["fate"], asked["page"], PAGE)
        return {"mails": rows[:PAGE], "more": len(rows) > PAGE}

    @routes.route(f"/mails/<{ID}:mail_id>")
    @routes.response(200, MailShown)
    @routes.alt_response(401, **problem, description="Not signed in")
    @routes.alt_response(404, **problem, description="No such mail")
    def mail(mail_id: int) -> MailRow:
        """One mail and what became of it."""
        return _found(context, mail_id)

    @routes.route(f"/mails/<{ID}:mail_id>/release", methods=["POST"])
    @routes.response(200, MailShown)
    @routes.alt_response(401, **problem, description="Neither signed in nor a token")
    @routes.alt_response(404, **problem, description="No such mail")
    @routes.alt_response(409, **problem, description="Not held, or no such customer")
    @routes.arguments(Released)
    def release(sent: dict[str, Any], mail_id: int) -> MailRow:
        """Let a held mail page."""
        return _act(
            mail_id,
            lambda conn: held_mail.release(
                conn, context, mail_id, g.account.name, clock(), customer=sent["customer"]
            ),
        )

    @routes.route(f"/mails/<{ID}:mail_id>/drop", methods=["POST"])
    @routes.response(200, MailShown)
    @routes.alt_response(401, **problem, description="Neither signed in nor a token")
    @routes.alt_response(404, **problem, description="No such mail")
    @routes.alt_response(409, **problem, description="Not held")
    @routes.arguments(Dropped)
    def drop(sent: dict[str, Any], mail_id: int) -> MailRow:
        """Let nothing follow from a held mail."""
        return _act(
            mail_id,
            lambda conn: held_mail.drop(conn, context, mail_id, g.account.name, sent["reason"], clock()),
        )

    def _act(mail_id: int, do: Callable[[Any], object]) -> MailRow:
        _found(context, mail_id)
        try:
            with context.database.write() as conn:
                do(conn)
        except NotPossible as error:
            abort(409, str(error))
        return _found(context, mail_id)


def _found(context: Context, mail_id: int) -> MailRow:
    with context.database.read() as conn:
        return found(mails.get(conn, mail_id), "mail", mail_id)
