"""Makes the objects of `domain/configuration.py` out of checked documents."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, TypeVar

import holidays

from triage.documents.fields import WEEKDAYS
from triage.documents.files import ConfigurationError, Path_, Problem, Tree
from triage.documents.mail import mail_rules
from triage.documents.references import ALWAYS_OPEN, Loaded, contact_pagings, load
from triage.documents.schemas import Calendar as CalendarSchema
from triage.documents.schemas import Contract as ContractSchema
from triage.documents.schemas import Policy as PolicySchema
from triage.domain.calendars import ALWAYS, Calendar
from triage.domain.configuration import Configuration, Contact, Customer, Person, Reports, Support, Variant
from triage.domain.contract import Contract, Credit
from triage.domain.escalation import ContactMethod, EscalationPolicy, Step, TargetKind
from triage.domain.jira import DUPLICATE_LINKS, IdentityRules, JiraRules
from triage.domain.oncall import Layer, Restriction, Rotation, Schedule, zone_named
from triage.domain.priority import Axis, GatePolicy
from triage.domain.schedule_source import Source, SourceKind
from triage.domain.silence import Reconcile
from triage.domain.terms import Terms
from triage.domain.ticket import Priority, Role
from triage.domain.write_back import WriteBack

CONTRACT, POLICY = "contract", "policy"

#: Holidays are resolved for so many years back and ahead of the day on which a document is applied.
YEARS_BACK, YEARS_AHEAD = 10, 5

T = TypeVar("T")
W = TypeVar("W", bound=str)


def variants(files: Mapping[str, str], today: date) -> list[tuple[Variant, tuple[str, int]]]:
    """Every contract and policy of the documents, resolved as of `today`, and the place where it stands.

    Raises ConfigurationError with everything that is wrong in any document.
    """
    loaded = load(files)
    problems: list[Problem] = []
    for name, value in loaded.values["schedules"].items():
        _attempt(loaded.tree, ("schedules", name), problems, _schedule, value)
    for section in ("people", "channels"):
        for name, value in loaded.values[section].items():
            _attempt(loaded.tree, (section, name, "timezone"), problems, zone_named, value["timezone"])
    for path, paging in contact_pagings(loaded.values):
        _attempt(loaded.tree, (*path, "timezone"), problems, zone_named, paging["timezone"])
        for index, hours in enumerate(paging["hours"]):
            _attempt(loaded.tree, (*path, "hours", index), problems, _restriction, hours)
    resolved = {
        name: _attempt(loaded.tree, ("calendars", name), problems, _checked_calendar, raw, today)
        for name, raw in loaded.tree.data.get("calendars", {}).items()
    }
    if problems:
        raise ConfigurationError(problems)
    found = []
    for name, raw in loaded.tree.data["contracts"].items():
        wanted = _calendars_of(loaded.values["contracts"][name])
        sources = {calendar: loaded.tree.data["calendars"][calendar] for calendar in wanted}
        dates = {calendar: resolved[calendar] for calendar in wanted}
        variant = Variant(
            CONTRACT,
            name,
            source={"contract": raw, "calendars": sources},
            resolved={"contract": raw, "calendars": dates},
        )
        _attempt(loaded.tree, ("contracts", name), problems, contract, variant)
        found.append((variant, loaded.tree.places["contracts", name]))
    for name, raw in loaded.tree.data["policies"].items():
        found.append((Variant(POLICY, name, raw, raw), loaded.tree.places["policies", name]))
    if problems:
        raise ConfigurationError(problems)
    return found


def build(files: Mapping[str, str], stored: Iterable[Variant], number: int, applied_on: date) -> Configuration:
    """The configuration of stored documents and of every contract and policy that was ever applied."""
    loaded = load(files)
    values = loaded.values
    calendars = loaded.tree.data.get("calendars", {})
    known = {(variant.kind, variant.name): variant for variant in stored}
    policies = {name: _policy(variant) for (kind, name), variant in known.items() if kind == POLICY}
    service = values["service"]
    return Configuration(
        number=number,
        customers={name: _customer(name, value) for name, value in values["customers"].items()},
        contracts={name: contract(variant) for (kind, name), variant in known.items() if kind == CONTRACT},
        people={name: _person(name, value) for name, value in values["people"].items()},
        schedules={name: _schedule(value) for name, value in values["schedules"].items()},
        escalation_policies={
            name: _escalation_policy(
                name, value, lambda calendar: _calendar(_resolved(calendars[calendar], applied_on))
            )
            for name, value in values["escalation_policies"].items()
        },
        policies=tuple(sorted(((item["start"], policies[item["policy"]]) for item in service["gate"]), key=_start)),
        shadows=tuple(policies[name] for name in service["shadow"]),
        all_policies=tuple(policies.values()),
        routes=_routes(service["routes"]),
        notices_to=tuple(service["notices_to"]),
        jira=_jira(loaded),
        observe_only=service["observe_only"],
        channels={
            f"{TargetKind.CHANNEL}:{name}": _channel(name, value) for name, value in values["channels"].items()
        },
        stakeholders=tuple(service["stakeholders"]),
        reconcile=Reconcile(**service["reconcile"]),
        write_back=_write_back(values["jira"]["write_back"]),
        sources={name: source for name, value in values["schedules"].items() if (source := _source(value))},
        source_metrics=_turned(values["jira"]["slas"]),
        support=Support(**service["support"]),
        reports=Reports(service["reports"]["close_after"], tuple(service["reports"]["to"])),
        mail=mail_rules(values["mail"]),
    )


def _start(bound: tuple[datetime, object]) -> datetime:
    return bound[0]


def _attempt(tree: Tree, path: Path_, problems: list[Problem], make: Callable[..., T], *args: Any) -> T | None:
    """What `make` makes; what it refuses becomes a problem at `path`."""
    try:
        return make(*args)
    except ValueError as error:
        problems.append(tree.problem(path, str(error)))
        return None


def _checked_calendar(raw: Mapping[str, Any], today: date) -> Mapping[str, Any]:
    """The calendar with its holidays as dates; raises ValueError for what no calendar can be."""
    resolved = _resolved(raw, today)
    _calendar(resolved)
    return resolved


def _resolved(raw: Mapping[str, Any], today: date) -> Mapping[str, Any]:
    """The calendar with its holidays as dates."""
    named = raw.get("holidays") or {}
    dates = set(named.get("dates", []))
    if named.get("country"):
        years = range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)
        try:
            public = holidays.country_holidays(named["country"], subdiv=named.get("subdivision"), years=years)
        except NotImplementedError as error:
            raise ValueError(f"holidays: {error}") from error
        dates |= {day.isoformat() for day in public}
    return {**raw, "holidays": {"dates": sorted(dates)}}


def _calendar(raw: Mapping[str, Any]) -> Calendar:
    value = CalendarSchema().load(raw)
    hours = {WEEKDAYS.index(day): stretches for day, stretches in value["hours"].items()}
    closed = (value["holidays"] or {}).get("dates", [])
    return Calendar.build(value["timezone"], hours, closed, value["date_hours"])


def _calendars_of(value: Mapping[str, Any]) -> list[str]:
    """The names of the calendars on which a contract counts."""
    goals = (goal.calendar for goals in value["goals"].values() for goal in goals.values() if goal.calendar)
    return sorted({value["calendar"], *value["calendars"].values(), *goals} - {ALWAYS_OPEN})


def contract(variant: Variant) -> Contract:
    """The contract of a variant; raises ValueError for what no clock can run on."""
    value = ContractSchema().load(variant.resolved["contract"])
    return Contract(
        terms=_terms(variant, value),
        warn_to=tuple(value["tell"]["warn"]),
        breach_to=tuple(value["tell"]["breach"]),
        credits={metric: tuple(Credit(**line) for line in table) for metric, table in value["credits"].items()},
    )


def _terms(variant: Variant, value: Mapping[str, Any]) -> Terms:
    calendars = {name: _calendar(raw) for name, raw in variant.resolved["calendars"].items()}
    calendars[ALWAYS_OPEN] = ALWAYS
    return Terms(
        goals={
            metric: {Priority(priority): goal.target for priority, goal in goals.items()}
            for metric, goals in value["goals"].items()
        },
        goal_calendars={
            metric: {
                Priority(priority): calendars[goal.calendar] for priority, goal in goals.items() if goal.calendar
            }
            for metric, goals in value["goals"].items()
        },
        calendar=calendars[value["calendar"]],
        calendars={Priority(priority): calendars[name] for priority, name in value["calendars"].items()},
        pause_on=frozenset(value["pause_on"]),
        pause_metrics=frozenset(value["pause_metrics"]),
        on_priority_change=value["on_priority_change"],
        on_reopen=value["on_reopen"],
        warn_at=tuple(value["warn_at"]),
        name=variant.name,
    )


def _policy(variant: Variant) -> GatePolicy:
    return GatePolicy(variant.name, **PolicySchema().load(variant.resolved))


def _person(name: str, value: Mapping[str, Any]) -> Person:
    return Person(
        name=name,
        display_name=value["name"],
        methods=tuple(_method(method) for method in value["contact_methods"]),
        jira_accounts=frozenset(value["jira_accounts"]),
        timezone=value["timezone"],
        pagerduty_users=frozenset(value["pagerduty_users"]),
    )


def _channel(name: str, value: Mapping[str, Any]) -> Person:
    return Person(f"{TargetKind.CHANNEL}:{name}", value["name"], (_method(value),), timezone=value["timezone"])


def _method(value: Mapping[str, Any]) -> ContactMethod:
    method = ContactMethod(value["gateway"], value["address"])
    return method if value["wait"] is None else ContactMethod(value["gateway"], value["address"], value["wait"])


def _schedule(value: Mapping[str, Any]) -> Schedule:
    zone = zone_named(value["timezone"])
    return Schedule(
        timezone=value["timezone"],
        layers=tuple(
            Layer(
                rotation=Rotation(
                    type=layer["rotation"]["type"],
                    start=_in_zone(layer["rotation"]["start"], zone),
                    participants=tuple(layer["rotation"]["participants"]),
                    shift_length=layer["rotation"]["shift_length"],
                ),
                restrictions=tuple(_restriction(item) for item in layer["restrictions"]),
            )
            for layer in value["layers"]
        ),
    )


def _source(value: Mapping[str, Any]) -> Source | None:
    """Where a schedule is read from; None if it is made of layers."""
    if pagerduty := value["pagerduty"]:
        given = {name: pagerduty[name] for name in ("people", "every", "schedule", "token")}
        return Source(SourceKind.PAGERDUTY, pagerduty["url"].rstrip("/"), **given)
    if ical := value["ical"]:
        kind = SourceKind.ICAL if ical["url"] else SourceKind.ICAL_FILE
        return Source(kind, ical["url"] or ical["file"], ical["people"], ical["every"])
    return None


def _in_zone(at: datetime, zone: Any) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=zone)


def _restriction(value: Mapping[str, Any]) -> Restriction:
    if not value["days"]:
        return Restriction(value["opens"], value["closes"])
    return Restriction(value["opens"], value["closes"], frozenset(WEEKDAYS.index(day) for day in value["days"]))


def _escalation_policy(name: str, value: Mapping[str, Any], calendar: Callable[[str], Calendar]) -> EscalationPolicy:
    optional = ("fallback_every", "ack_timeout", "group_window")
    given = {key: value[key] for key in optional if value[key] is not None}
    return EscalationPolicy(
        name=name,
        steps=tuple(Step(tuple(step["targets"]), step["delay"]) for step in value["steps"]),
        fallback=tuple(value["fallback"]),
        repeat=value["repeat"],
        page_hours={Priority(priority): calendar(hours) for priority, hours in value["page_hours"].items()},
        **given,
    )


def _customer(name: str, value: Mapping[str, Any]) -> Customer:
    return Customer(
        name=name,
        display_name=value["name"],
        contracts=tuple(sorted(((item["start"], item["contract"]) for item in value["contracts"]), key=_start)),
        organizations=frozenset(value["organizations"]),
        domains=frozenset(domain.casefold() for domain in value["domains"]),
        contacts=tuple(_contact(name, item) for item in value["contacts"]),
        routes=_routes(value["routes"]),
        observe_only=value["observe_only"],
        stakeholders=tuple(value["stakeholders"]),
        reports_to=tuple(value["reports_to"]),
        record={Axis(axis): known for axis, known in value["record"].items()},
        language=value["language"],
    )


def _contact(customer: str, value: Mapping[str, Any]) -> Contact:
    paging = value["paging"]
    if paging is None:
        return Contact(value["name"], value["email"])
    methods = tuple(_method(method) for method in paging["methods"])
    pager = Person(f"contact:{customer}/{value['email']}", value["name"], methods, timezone=paging["timezone"])
    return Contact(value["name"], value["email"], pager, tuple(_restriction(hours) for hours in paging["hours"]))


def _routes(value: Mapping[str, str]) -> dict[Priority, str]:
    return {Priority(priority): policy for priority, policy in value.items()}


def _jira(loaded: Loaded) -> JiraRules:
    """The mapping turned round: from Jira's words to ours; customers are also known by their mail domains."""
    value = loaded.values["jira"]
    roles = {Role.SERVICE: "service", Role.ROBOT: "robots", Role.AGENT: "agents", Role.CUSTOMER: "customers"}
    identities = {role: value["identities"][name] for role, name in roles.items()}
    domains = {role: set(identity.get("domains", ())) for role, identity in identities.items()}
    domains[Role.CUSTOMER].update(
        domain for customer in loaded.values["customers"].values() for domain in customer["domains"]
    )
    fields = value["fields_"]
    production, workaround = fields["production"] or {}, fields["workaround"] or {}
    links = value["duplicate_links"]
    return JiraRules(
        instance="jira",
        projects=tuple(value["projects"]),
        identities=IdentityRules(
            accounts={role: _folded(identity["accounts"]) for role, identity in identities.items()},
            types={role: _folded(identity.get("types", ())) for role, identity in identities.items()},
            domains={role: _folded(names) for role, names in domains.items()},
        ),
        priorities=_turned(value["priorities"]),
        statuses=_turned(value["statuses"]),
        production_field=production.get("id"),
        production=_turned({word: production.get(word, []) for word in ("yes", "no")}),
        workaround_field=workaround.get("id"),
        workaround=_turned({word: workaround.get(word, []) for word in ("none", "exists")}),
        organizations_field=(fields["organizations"] or {}).get("id"),
        duplicate_links=DUPLICATE_LINKS if links is None else _folded(links),
    )


def _write_back(value: Mapping[str, Any]) -> WriteBack:
    priorities = {Priority(priority): name for priority, name in value["priorities"].items()}
    return WriteBack(**{**value, "priorities": priorities})


def _folded(words: Iterable[str]) -> frozenset[str]:
    return frozenset(word.casefold() for word in words)


def _turned(words: Mapping[W, Iterable[str]]) -> dict[str, W]:
    """`{P0: [Highest, 1]}` -> `{highest: P0, 1: P0}`."""
    return {name.casefold(): word for word, names in words.items() for name in names}
