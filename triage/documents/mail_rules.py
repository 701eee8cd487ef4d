"""Alert rules as an operator writes them: a ready format by `use`, or one of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from triage.domain.mail_alerts import FORMATS, RESOLVED, AlertRule, Format, placeholders
from triage.domain.ticket import Priority

_SENDER = validate.Regexp(
    r"(\*|[^@\s*]+)@[^@\s*]+\.?[^@\s*]*$", error="is an address, or *@ and a domain, such as *@monitor.example"
)
_NAME = validate.Regexp(r"[a-z0-9_]{1,20}$", error="has small letters, digits and _, at most 20 of them")
_PART = validate.Regexp(r"[a-z_]+$", error="a part has small letters and _")


class Pattern(fields.String):
    """A regular expression with named groups. It is the operator's own, and is given short texts only."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        try:
            re.compile(text)
        except re.error as error:
            raise ValidationError(f"is no regular expression: {error}") from None
        return text


class AlertRuleSchema(Schema):
    """One of `mail.alerts`: `{name: prod, use: nagios, senders: [nagios@monitor.example]}`."""

    name = fields.String(required=True, validate=_NAME)
    use = fields.String(load_default=None, validate=validate.OneOf(sorted(FORMATS)))
    senders = fields.List(fields.String(validate=_SENDER), load_default=[])
    subject = Pattern(load_default=None)
    key = fields.String(load_default=None)
    lines = fields.Dict(keys=fields.String(validate=_PART), values=fields.String(), load_default={})
    resolved = fields.List(fields.String(), load_default=None)
    customer = fields.String(load_default=None)
    priority = fields.Enum(Priority, by_value=True, load_default=Priority.P0)

    @validates_schema
    def _one_format(self, data: dict[str, Any], **_: Any) -> None:
        own = data.get("subject") is not None or data.get("key") is not None
        if (data.get("use") is None) is not own:
            known = ", ".join(sorted(FORMATS))
            raise ValidationError(f"say how it writes: use one of {known}, or give subject and key")
        if own and (data.get("subject") is None or data.get("key") is None):
            raise ValidationError("a format of your own needs both: subject and key")

    @validates_schema
    def _parts_are_there(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("subject") is None or data.get("key") is None:
            return
        try:
            wanted = set(placeholders(data["key"]))
        except ValueError as error:
            raise ValidationError(str(error), "key") from None
        known = set(re.compile(data["subject"]).groupindex) | set(data.get("lines", {}))
        if missing := sorted(wanted - known):
            raise ValidationError(f"names {', '.join(missing)}, which neither subject nor lines have", "key")

    @validates_schema
    def _has_senders(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("senders") and not (data.get("use") in FORMATS and FORMATS[data["use"]].senders):
            raise ValidationError("say who writes: addresses, or *@ and a domain", "senders")


def alert_rule(value: Mapping[str, Any]) -> AlertRule:
    """The rule of a checked entry."""
    return AlertRule(
        name=value["name"],
        senders=tuple(value["senders"]) or FORMATS[value["use"]].senders,
        format=FORMATS[value["use"]] if value["use"] else _own(value),
        customer=value["customer"],
        priority=value["priority"],
    )


def _own(value: Mapping[str, Any]) -> Format:
    resolved = RESOLVED if value["resolved"] is None else frozenset(word.casefold() for word in value["resolved"])
    return Format(value["subject"], (value["key"],), value["lines"], resolved)
