"""What may stand in the documents, section by section. An unknown key is an error."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates, validates_schema

from triage.documents.fields import (
    WEEKDAYS,
    Day,
    Duration,
    GoalField,
    Hours,
    Instant,
    Share,
    TargetField,
    WallInstant,
    WallTime,
    Word,
)
from triage.documents.mail import Mail
from triage.domain.contract import Hearer
from triage.domain.oncall import RotationType
from triage.domain.priority import VALUES, Axis, Promote
from triage.domain.terms import PAUSE_METRICS, Metric, PriorityChange, Reopen
from triage.domain.ticket import Priority

PRIORITY = validate.OneOf([str(priority) for priority in Priority])
VARIANT = validate.Regexp(
    r"[a-z0-9][a-z0-9-]*:[a-z0-9][a-z0-9.-]*$", error="is named like gold:v1, a name and a variant"
)
NAME = validate.Regexp(r"[a-z0-9][a-z0-9_-]*$", error="a name has small letters, digits, - and _")


def by_priority(value: fields.Field[Any]) -> fields.Dict:
    return fields.Dict(keys=fields.String(validate=PRIORITY), values=value, load_default={})


class PolicyBinding(Schema):
    """`- {policy: p0-gate:v1, from: 2026-01-01}`: the policy that judges facts from an instant on."""

    policy = fields.String(required=True)
    start = Instant(required=True, data_key="from")


class ContractBinding(Schema):
    """`- {contract: gold:v1, from: 2026-01-01}`: the contract of cycles that begin from an instant on."""

    contract = fields.String(required=True)
    start = Instant(required=True, data_key="from")


class Reconcile(Schema):
    """How often Jira is asked what changed, how far the sweeps overlap, and what silence is an alarm."""

    every = Duration(
        load_default=timedelta(minutes=5),
        validate=validate.Range(min=timedelta(seconds=10), error="is 10s or more"),
    )
    overlap = Duration(load_default=timedelta(minutes=30))
    silent_after = Duration(load_default=timedelta(minutes=15), allow_none=True)


class Support(Schema):
    """What customers' contacts who are paged know us by, and where they can call us back."""

    name = fields.String(load_default="Support")
    phone = fields.String(load_default="")


class Reports(Schema):
    """When a month is frozen, and who has the report of all customers together by mail."""

    close_after = Duration(load_default=timedelta(days=3))
    to = fields.List(fields.Email(), load_default=[])


class Service(Schema):
    """`service:`, how the whole service behaves."""

    observe_only = fields.Boolean(load_default=False)
    reconcile = fields.Nested(Reconcile, load_default=lambda: Reconcile().load({}))
    notices_to = fields.List(TargetField(), load_default=[])
    stakeholders = fields.List(TargetField(), load_default=[])
    routes = by_priority(fields.String())
    gate = fields.List(
        fields.Nested(PolicyBinding), required=True, validate=validate.Length(min=1, error="needs a policy")
    )
    shadow = fields.List(fields.String(), load_default=[])
    support = fields.Nested(Support, load_default=lambda: Support().load({}))
    reports = fields.Nested(Reports, load_default=lambda: Reports().load({}))


class Method(Schema):
    """One way to reach a person."""

    gateway = fields.String(
        required=True, validate=validate.OneOf(["console", "smtp", "apprise", "webhook", "pagerduty"])
    )
    address = fields.String(load_default="")
    wait = Duration(load_default=None)

    @validates_schema
    def _addressed(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("gateway") != "console" and not data.get("address"):
            raise ValidationError(f"the gateway {data.get('gateway')} needs an address", "address")
        if data.get("gateway") == "pagerduty" and not str(data["address"]).startswith("env:TRIAGE_SECRET_"):
            raise ValidationError("a routing key is never written here: refer to env:TRIAGE_SECRET_…", "address")


class Channel(Method):
    """`channels:`, where many read at once, such as a team's chat room."""

    name = fields.String(required=True)
    timezone = fields.String(load_default="UTC")


class Person(Schema):
    """`people:`, those of ours who can be paged."""

    name = fields.String(required=True)
    timezone = fields.String(load_default="UTC")
    jira_accounts = fields.List(Word(), load_default=[])
    pagerduty_users = fields.List(Word(), load_default=[])
    contact_methods = fields.List(fields.Nested(Method), load_default=[])


class Rotation(Schema):
    """People who take turns."""

    type = fields.Enum(RotationType, by_value=True, required=True)
    shift_length = fields.Integer(load_default=1)
    start = WallInstant(required=True)
    participants = fields.List(
        fields.String(), required=True, validate=validate.Length(min=1, error="needs at least one person")
    )


class Restriction(Schema):
    """When a layer counts."""

    days = fields.List(fields.String(validate=validate.OneOf(WEEKDAYS)), load_default=[])
    opens = WallTime(required=True, data_key="from")
    closes = WallTime(required=True, data_key="to")


class Layer(Schema):
    """One rotation and its limits; the first layer with somebody on duty wins."""

    rotation = fields.Nested(Rotation, required=True)
    restrictions = fields.List(fields.Nested(Restriction), load_default=[])


class SourcePeople(fields.Dict):
    """`{ana@vendor.example: ana}`: from what a source calls people to our own names."""

    def __init__(self) -> None:
        super().__init__(
            keys=fields.String(),
            values=fields.String(),
            required=True,
            validate=validate.Length(min=1, error="name at least one person, or nobody would be on call"),
        )


class Source(Schema):
    """Where a schedule is read from, and how often."""

    people = SourcePeople()
    every = Duration(
        load_default=timedelta(minutes=15), validate=validate.Range(min=timedelta(minutes=1), error="is 1m or more")
    )


class Ical(Source):
    """`ical:`, a calendar at a URL or in a file beside the documents."""

    url = fields.String(
        load_default=None,
        validate=validate.Regexp(r"(https?://|env:TRIAGE_SECRET_)", error="is an https URL, or env:TRIAGE_SECRET_…"),
    )
    file = fields.String(
        load_default=None,
        validate=validate.Regexp(
            r"(?!.*\.\.)[^/].*$", error="is the name of a file in the folder of the documents, or below it"
        ),
    )

    @validates_schema
    def _one_place(self, data: dict[str, Any], **_: Any) -> None:
        if (data.get("url") is None) is (data.get("file") is None):
            raise ValidationError("say where the calendar is: url or file")


class PagerDuty(Source):
    """`pagerduty:`, one schedule of a PagerDuty account."""

    schedule = fields.String(
        required=True, validate=validate.Regexp(r"[A-Z0-9]+$", error="is a schedule's id, such as PI7DH85")
    )
    token = fields.String(
        required=True,
        validate=validate.Regexp(r"env:TRIAGE_SECRET_", error="is never written here: refer to env:TRIAGE_SECRET_…"),
    )
    url = fields.String(
        load_default="https://api.pagerduty.com",
        validate=validate.Regexp(r"https?://", error="is an https URL, such as https://api.eu.pagerduty.com"),
    )


class Schedule(Schema):
    """`schedules:`, who is on call when: by layers of ours, or as another system has it."""

    timezone = fields.String(required=True)
    layers = fields.List(
        fields.Nested(Layer), load_default=[], validate=validate.Length(min=1, error="needs at least one layer")
    )
    ical = fields.Nested(Ical, load_default=None)
    pagerduty = fields.Nested(PagerDuty, load_default=None)

    @validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        if sum(bool(data.get(name)) for name in ("layers", "ical", "pagerduty")) != 1:
            raise ValidationError("needs layers, or ical, or pagerduty, and only one of them")


class Step(Schema):
    """Whom to page, and how long to wait for an answer."""

    targets = fields.List(TargetField(), required=True)
    delay = Duration(required=True)


class EscalationPolicy(Schema):
    """`escalation_policies:`, ordered steps and what happens after the last one."""

    steps = fields.List(
        fields.Nested(Step), required=True, validate=validate.Length(min=1, error="needs at least one step")
    )
    repeat = fields.Integer(load_default=0, validate=validate.Range(0, 100))
    fallback = fields.List(
        TargetField(), required=True, validate=validate.Length(min=1, error="a page is never given up: name somebody")
    )
    fallback_every = Duration(
        load_default=None, validate=validate.Range(min=timedelta(seconds=30), error="is 30s or more")
    )
    ack_timeout = Duration(load_default=None)
    group_window = Duration(
        load_default=None, validate=validate.Range(max=timedelta(hours=1), error="is an hour or less")
    )
    page_hours = by_priority(fields.String())

    @validates("page_hours")
    def _p0_is_never_quiet(self, value: dict[str, str], **_: Any) -> None:
        if Priority.P0 in value:
            raise ValidationError("a P0 pages at any hour; name P1, P2 or P3")


class Holidays(Schema):
    """Dates on which a calendar is closed."""

    country = fields.String(load_default=None)
    subdivision = fields.String(load_default=None)
    dates = fields.List(Day(), load_default=[])


class Calendar(Schema):
    """`calendars:`, weekly open hours in a time zone."""

    timezone = fields.String(required=True)
    hours = fields.Dict(
        keys=fields.String(validate=validate.OneOf(WEEKDAYS)), values=fields.List(Hours()), required=True
    )
    holidays = fields.Nested(Holidays, load_default=None)
    date_hours = fields.Dict(keys=Day(), values=fields.List(Hours()), load_default={})


class Tell(Schema):
    """Who hears of a clock: `assignee`, `on_call`, both, or nobody."""

    warn = fields.List(fields.Enum(Hearer, by_value=True), load_default=[Hearer.ON_CALL])
    breach = fields.List(fields.Enum(Hearer, by_value=True), load_default=[Hearer.ON_CALL])


class Credit(Schema):
    """`{below: 0.95, credit: 0.05}`: what is given back of a month's fee if its attainment is below that."""

    below = Share(required=True)
    credit = Share(required=True)


def _descends(table: list[dict[str, Any]]) -> None:
    """Each line of a table of credits is a worse month than the one before, and worth more."""
    for better, worse in pairwise(table):
        if not (worse["below"] < better["below"] and worse["credit"] > better["credit"]):
            raise ValidationError("each line needs a lower `below` and a higher `credit` than the one before")


class Contract(Schema):
    """`contracts:`, what was promised; immutable once applied."""

    calendar = fields.String(required=True)
    calendars = by_priority(fields.String())
    goals = fields.Dict(keys=fields.Enum(Metric, by_value=True), values=by_priority(GoalField()), required=True)
    pause_on = fields.List(fields.String(), load_default=[])
    pause_metrics = fields.List(fields.Enum(Metric, by_value=True), load_default=sorted(PAUSE_METRICS))
    on_priority_change = fields.Enum(PriorityChange, by_value=True, load_default=PriorityChange.RETROACTIVE)
    on_reopen = fields.Enum(Reopen, by_value=True, load_default=Reopen.RESUME)
    warn_at = fields.List(fields.Float(validate=validate.Range(0, 1, min_inclusive=False)), load_default=[])
    tell = fields.Nested(Tell, load_default=lambda: Tell().load({}))
    credits = fields.Dict(
        keys=fields.Enum(Metric, by_value=True),
        values=fields.List(fields.Nested(Credit), validate=_descends),
        load_default={},
    )


class ContactMethod(Method):
    """One way to page a contact; without time to answer, everybody would be paged at once."""

    wait = Duration(
        load_default=None,
        validate=validate.Range(min=timedelta(minutes=1), error="is 1m or more: people need time to answer"),
    )


class ConsentHours(fields.Field[list[Any]]):
    """`always`, or `[{days: [mon, fri], from: "08:00", to: "20:00"}]`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        if value == "always":
            return []
        if not isinstance(value, list) or not value:
            raise ValidationError('say when: `always`, or a list such as [{days: [mon], from: "08:00", to: "20:00"}]')
        return fields.List(fields.Nested(Restriction)).deserialize(value)


class ContactPaging(Schema):
    """How a contact has agreed to be paged, and when."""

    methods = fields.List(
        fields.Nested(ContactMethod),
        required=True,
        validate=validate.Length(min=1, error="needs a contact method; leave `paging` out if nobody may page them"),
    )
    timezone = fields.String(required=True)
    hours = ConsentHours(required=True)


class Contact(Schema):
    """A person at a customer."""

    name = fields.String(required=True)
    email = fields.Email(required=True)
    paging = fields.Nested(ContactPaging, load_default=None)


class Record(Schema):
    """What is known of a customer, whatever their tickets say: `{production: yes}` for one without test systems."""

    production = fields.String(validate=validate.OneOf(VALUES[Axis.PRODUCTION]))
    workaround = fields.String(validate=validate.OneOf(VALUES[Axis.WORKAROUND]))


class Customer(Schema):
    """`customers:`, who has which contract."""

    name = fields.String(required=True)
    contracts = fields.List(
        fields.Nested(ContractBinding),
        required=True,
        validate=validate.Length(min=1, error="needs a contract"),
    )
    organizations = fields.List(Word(), load_default=[])
    domains = fields.List(fields.String(), load_default=[])
    contacts = fields.List(fields.Nested(Contact), load_default=[])
    routes = by_priority(fields.String())
    observe_only = fields.Boolean(load_default=False)
    stakeholders = fields.List(TargetField(), load_default=[])
    record = fields.Nested(Record, load_default=dict)
    reports_to = fields.List(fields.Email(), load_default=[])
    language = fields.String(load_default="en", validate=validate.OneOf(["de", "en", "es", "fr"]))


class Policy(Schema):
    """`policies:`, the P0 gate's rules; immutable once applied."""

    promote = fields.Enum(Promote, by_value=True, load_default=Promote.SUGGEST)
    read_texts = fields.Boolean(load_default=True)


class Identity(Schema):
    """Who counts as one of them."""

    accounts = fields.List(Word(), load_default=[])
    types = fields.List(fields.String(), load_default=[])
    domains = fields.List(fields.String(), load_default=[])


class ServiceIdentity(Schema):
    """Under which accounts this service itself acts."""

    accounts = fields.List(Word(), load_default=[])


class Identities(Schema):
    """How our own account, robots, agents and customers are told apart."""

    service = fields.Nested(ServiceIdentity, load_default=lambda: ServiceIdentity().load({}))
    robots = fields.Nested(Identity, load_default=lambda: Identity().load({}))
    agents = fields.Nested(Identity, load_default=lambda: Identity().load({}))
    customers = fields.Nested(Identity, load_default=lambda: Identity().load({}))


class AxisField(Schema):
    """A portal field that answers one of the gate's questions."""

    id = Word(required=True)


class ProductionField(AxisField):
    yes = fields.List(Word(), required=True)
    no = fields.List(Word(), required=True)


class WorkaroundField(AxisField):
    none = fields.List(Word(), required=True)
    exists = fields.List(Word(), required=True)


class JiraFields(Schema):
    """Which custom fields mean what."""

    production = fields.Nested(ProductionField, load_default=None)
    workaround = fields.Nested(WorkaroundField, load_default=None)
    organizations = fields.Nested(AxisField, load_default=None)


class WriteBack(Schema):
    """What is written back into Jira; nothing by default."""

    decisions = fields.Boolean(load_default=False)
    questions = fields.Boolean(load_default=False)
    deadlines = fields.Boolean(load_default=False)
    pages = fields.Boolean(load_default=False)
    labels = fields.Boolean(load_default=False)
    priorities = by_priority(Word())


class Jira(Schema):
    """`jira:`, how this team's Jira is to be read, and what is written into it."""

    projects = fields.List(
        fields.String(validate=validate.Regexp(r"[A-Z][A-Z0-9_]*$", error="is no project key such as SUP")),
        load_default=[],
    )
    duplicate_links = fields.List(fields.String(), load_default=None)
    slas = fields.Dict(keys=fields.Enum(Metric, by_value=True), values=fields.List(fields.String()), load_default={})
    write_back = fields.Nested(WriteBack, load_default=lambda: WriteBack().load({}))

    @validates_schema
    def _knows_itself(self, data: dict[str, Any], **_: Any) -> None:
        """Without its own account, the service would take what it writes for an agent's words."""
        if any(data["write_back"].values()) and not data["identities"]["service"]["accounts"]:
            raise ValidationError(
                "needs jira.identities.service.accounts: the id of the account that writes, which"
                " `python app.py doctor` tells",
                "write_back",
            )

    priorities = fields.Dict(keys=fields.String(validate=PRIORITY), values=fields.List(Word()), required=True)
    statuses = fields.Dict(keys=fields.String(validate=NAME), values=fields.List(Word()), required=True)
    fields_ = fields.Nested(JiraFields, load_default=lambda: JiraFields().load({}), data_key="fields")
    identities = fields.Nested(Identities, load_default=lambda: Identities().load({}))


def named(schema: type[Schema], name: validate.Regexp = NAME, *, required: bool = True) -> fields.Dict:
    given: dict[str, Any] = {"required": True} if required else {"load_default": dict}
    return fields.Dict(keys=fields.String(validate=name), values=fields.Nested(schema), **given)


class Documents(Schema):
    """All sections together."""

    service = fields.Nested(Service, required=True)
    jira = fields.Nested(Jira, required=True)
    people = named(Person)
    channels = named(Channel, required=False)
    schedules = named(Schedule)
    escalation_policies = named(EscalationPolicy)
    calendars = named(Calendar, required=False)
    contracts = named(Contract, VARIANT)
    customers = named(Customer)
    policies = named(Policy, VARIANT)
    mail = fields.Nested(Mail, load_default=lambda: Mail().load({}))
