"""The `mail:` section: which addresses page, whose mail is believed, and what a mail opens."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_network
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from triage.documents.mail_rules import AlertRuleSchema, alert_rule
from triage.domain.mail_outcome import Caps, JiraTicket, MailRules, UnknownSenders
from triage.domain.mail_proof import AuthenticationRules

_HOST = validate.Regexp(r"[A-Za-z0-9._-]+$", error="is the name of a host, such as mx.vendor.example")


class Network(fields.Field[Any]):
    """`10.1.0.0/16`, or one address."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return ip_network(str(value))
        except ValueError as error:
            raise ValidationError(f"is no network such as 10.1.0.0/16: {error}") from None


class JiraTicketSchema(Schema):
    """`create_jira_ticket:`, the ticket that a mail opens; its clocks are the contract's."""

    project = fields.String(
        required=True, validate=validate.Regexp(r"[A-Z][A-Z0-9_]*$", error="is no project key such as SUP")
    )
    issue_type = fields.String(load_default="")
    request_type = fields.String(load_default="")
    on_behalf = fields.Boolean(load_default=False)
    fields_ = fields.Dict(keys=fields.String(), load_default={}, data_key="fields")

    @validates_schema
    def _one_type(self, data: dict[str, Any], **_: Any) -> None:
        if bool(data.get("issue_type")) is bool(data.get("request_type")):
            raise ValidationError("say what to open: the id of a portal's request_type, or an issue_type")


class CapsSchema(Schema):
    """`caps:`, how many mails an hour are taken before a robot is suspected."""

    sender = fields.Integer(load_default=Caps().sender, validate=validate.Range(min=1))
    thread = fields.Integer(load_default=Caps().thread, validate=validate.Range(min=1))
    overall = fields.Integer(load_default=Caps().overall, validate=validate.Range(min=1))
    answers = fields.Integer(load_default=Caps().answers, validate=validate.Range(min=0))


class Mail(Schema):
    """`mail:`, email to page."""

    mailboxes = fields.List(fields.Email(), load_default=[])
    unknown_senders = fields.Enum(UnknownSenders, by_value=True, load_default=UnknownSenders.HOLD)
    authentication_results = fields.List(fields.String(validate=_HOST), load_default=[])
    relays = fields.List(Network(), load_default=[])
    own_lists = fields.List(fields.String(), load_default=[])
    answers = fields.Boolean(load_default=True)
    gateway = fields.String(load_default="smtp")
    caps = fields.Nested(CapsSchema, load_default=lambda: CapsSchema().load({}))
    create_jira_ticket = fields.Nested(JiraTicketSchema, load_default=None)
    alerts = fields.List(fields.Nested(AlertRuleSchema), load_default=[])

    @validates_schema
    def _names_once(self, data: dict[str, Any], **_: Any) -> None:
        names = [rule["name"] for rule in data.get("alerts", []) if "name" in rule]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValidationError(f"{', '.join(twice)}: two rules have one name", "alerts")


def mail_rules(value: Mapping[str, Any]) -> MailRules:
    """The rules of a checked section."""
    mailboxes = tuple(address.casefold() for address in value["mailboxes"])
    wanted = value["create_jira_ticket"]
    return MailRules(
        mailboxes=mailboxes,
        unknown_senders=value["unknown_senders"],
        authentication=AuthenticationRules(
            mailboxes=frozenset(mailboxes),
            authserv_ids=frozenset(name.casefold() for name in value["authentication_results"]),
            relays=tuple(value["relays"]),
        ),
        own_lists=frozenset(name.casefold() for name in value["own_lists"]),
        alerts=tuple(alert_rule(rule) for rule in value["alerts"]),
        jira=_jira_ticket(wanted) if wanted else None,
        answers=value["answers"],
        gateway=value["gateway"],
        caps=Caps(**value["caps"]),
    )


def _jira_ticket(value: Mapping[str, Any]) -> JiraTicket:
    return JiraTicket(
        project=value["project"],
        issue_type=value["issue_type"],
        request_type=value["request_type"],
        on_behalf=value["on_behalf"],
        fields=value["fields_"],
    )
