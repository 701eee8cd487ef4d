"""What an address may ask of the ledger, field by field: the same for the dashboard, the CSV and the API.

What makes no sense is answered with 400: which parameter, what it was given, and what to write instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NoReturn

from flask import abort, request
from marshmallow import RAISE, Schema, ValidationError, fields, pre_load, validate
from sqlalchemy.engine import Connection, RowMapping
from webargs.flaskparser import FlaskParser

from triage.domain.escalation import IncidentState, PageState
from triage.store import ledger
from triage.web.acts import cleaned

DAY = timedelta(days=1)
NO_NUMBER: dict[str, Any] = dict.fromkeys(("invalid", "too_large"), "Write a number, such as 12.")


class Since(fields.String):
    """An instant with its offset, or a date, which is the beginning of that day in UTC."""

    days = timedelta()

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        text = str(super()._deserialize(value, *args, **kwargs)).strip()
        try:
            if len(text) <= len("2026-11-23"):
                return datetime.combine(date.fromisoformat(text), time(), UTC) + self.days
            at = datetime.fromisoformat(text)
            if at.tzinfo is not None:
                return at.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        raise ValidationError(
            f"{text[:40]!r} is neither a date nor a time with its offset; write 2026-11-23 or 2026-11-23T09:00:00Z."
        )


class Until(Since):
    """An instant with its offset, or a date, which is the end of that day in UTC."""

    days = DAY


class Words(fields.String):
    """A name; what a database refuses is left out of it."""

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return cleaned(str(super()._deserialize(value, *args, **kwargs)))


def _one_of(states: type[IncidentState] | type[PageState], meaning: str) -> fields.String:
    choices = validate.OneOf(
        [str(state) for state in states], error="{input!r} is no state; choose one of {choices}."
    )
    return fields.String(validate=choices, metadata={"description": meaning})


def _number(meaning: str) -> fields.Integer:
    within = validate.Range(1, 2**63 - 1, error="{input} is no number that anything has here.")
    return fields.Integer(validate=within, error_messages=NO_NUMBER, metadata={"description": meaning})


class Query(Schema):
    """Parameters of which each narrows the answer; an empty one, as a form sends it, narrows nothing."""

    class Meta:
        unknown = RAISE

    error_messages = {"unknown": "There is no such parameter here."}  # noqa: RUF012 - the library reads it

    @pre_load
    def _drop_empty(self, data: Mapping[str, Any], **_kwargs: Any) -> dict[str, Any]:
        return {name: data[name] for name in data if data[name] != ""}


class IncidentsQuery(Query):
    """Which incidents."""

    state = _one_of(IncidentState, "only those in that state")
    customer = Words(metadata={"description": "only those of that customer"})
    before = _number("only those older than that one: `next` of the answer before")


class LedgerQuery(Query):
    """Which pages of the ledger."""

    from_at = Since(data_key="from", metadata={"description": "opened then or later: an instant, or a day in UTC"})
    to_at = Until(data_key="to", metadata={"description": "opened before that instant, or until that day's end"})
    person = Words(metadata={"description": "only those of that person"})
    state = _one_of(PageState, "only those in that state")
    customer = Words(metadata={"description": "only those for that customer's incidents"})
    incident = _number("only those for that incident")


class PagesQuery(LedgerQuery):
    """Which pages of the ledger, and from where the list goes on."""

    before = Words(metadata={"description": "only those that follow after that page: `next` of the answer before"})


class ReportQuery(Query):
    """Which edition of a report, in which form."""

    version = _number("that version of what was told")
    live = fields.Boolean(metadata={"description": "the month as things stand, whatever was told"})
    format = fields.String(
        validate=validate.OneOf(["html", "csv", "json", "pdf"], error="{input!r} is no form; choose {choices}."),
        metadata={"description": "the form of the answer"},
    )


def asked(schema: Schema) -> dict[str, Any]:
    """What this request's address asks for."""
    try:
        given: dict[str, Any] = schema.load(request.args.to_dict())
    except ValidationError as error:
        _refuse(error)
    return given


def place(conn: Connection, page_id: str) -> RowMapping | None:
    """The page after which a list goes on, if one is named."""
    row = ledger.page(conn, page_id) if page_id else None
    if page_id and row is None:
        abort(400, f"before: There is no page {page_id[:40]!r}; give what `next` of the answer before said.")
    return row


class Parser(FlaskParser):
    """Reads the parameters of the API's routes."""

    DEFAULT_VALIDATION_STATUS = 400
    DEFAULT_UNKNOWN_BY_LOCATION = {"query": RAISE}  # noqa: RUF012 - the library reads it

    def load_json(self, req: Any, schema: Schema) -> Any:
        """What was sent, without what a database refuses: nobody means it, and PostgreSQL keeps no text with it."""
        return _without_nul(super().load_json(req, schema))

    def handle_error(self, error: ValidationError, *_args: Any, **_kwargs: Any) -> NoReturn:
        _refuse(error)


def _without_nul(sent: Any) -> Any:
    match sent:
        case str():
            return sent.replace("\x00", "")
        case list():
            return [_without_nul(one) for one in sent]
        case dict():
            return {name: _without_nul(one) for name, one in sent.items()}
        case _:
            return sent


def _refuse(error: ValidationError) -> NoReturn:
    abort(400, " ".join(_sentences(error.messages)))


def _sentences(messages: Any, name: str = "") -> Iterator[str]:
    """`state: 'x' is no state; …` for each parameter, however deep the parser has put it."""
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _sentences(inner, str(key))
    else:
        yield f"{name}: {' '.join(messages)}"
