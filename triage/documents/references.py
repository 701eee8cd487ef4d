"""Loads documents by their schemas, checks that every name leads somewhere, and reports all problems at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow import ValidationError

from triage.documents.files import ConfigurationError, Path_, Problem, Tree, parse
from triage.documents.schemas import Documents
from triage.domain.configuration import DEFAULT
from triage.domain.escalation import Target, TargetKind

#: Where a target's name leads.
SECTIONS = {TargetKind.SCHEDULE: "schedules", TargetKind.PERSON: "people", TargetKind.CHANNEL: "channels"}

#: The calendar that is always open and needs no document.
ALWAYS_OPEN = "24x7"


@dataclass(frozen=True, slots=True)
class Loaded:
    """Documents that fit their schemas: the raw tree, and the values as the schemas read them."""

    tree: Tree
    values: Mapping[str, Any]


def load(files: Mapping[str, str]) -> Loaded:
    """Read the documents; raises ConfigurationError with every problem, each with its file and line."""
    tree = parse(files)
    try:
        values = Documents().load(tree.data)
    except ValidationError as error:
        raise ConfigurationError(_problems(tree, (), error.messages)) from error
    problems = list(_dangling(tree, values))
    if problems:
        raise ConfigurationError(problems)
    return Loaded(tree, values)


def _problems(tree: Tree, path: Path_, messages: Any) -> Iterator[Problem]:
    """Flatten marshmallow's nested messages into places."""
    if isinstance(messages, dict):
        for key, inner in messages.items():
            # A mapping's own errors come one level deeper, under "key" or "value".
            wrapped = key in ("key", "value") and (*path, key) not in tree.places
            skip = wrapped or key == "_schema"
            yield from _problems(tree, path if skip else (*path, key), inner)
        return
    for message in messages if isinstance(messages, list) else [messages]:
        yield tree.problem(path, str(message))


def _dangling(tree: Tree, values: Mapping[str, Any]) -> Iterator[Problem]:
    """Names that lead nowhere, and what every configuration must have."""
    for path, section, name in _references(values):
        if name not in values.get(section, {}):
            known = ", ".join(sorted(values.get(section, {}))) or "none"
            yield tree.problem(path, f"there is no {name!r} in {section} (known: {known})")
    if DEFAULT not in values["customers"]:
        yield tree.problem(("customers",), f"a customer named {DEFAULT!r} is needed, for tickets of nobody known")
    yield from _claimed_twice(tree, values)
    yield from _paged_twice(tree, values)


def _references(values: Mapping[str, Any]) -> Iterator[tuple[Path_, str, str]]:
    """(where it stands, the section it leads to, the name)"""
    for path, target in _targets(values):
        yield path, SECTIONS[target.kind], target.name
    for priority, policy in values["service"]["routes"].items():
        yield ("service", "routes", priority), "escalation_policies", policy
    for index, binding in enumerate(values["service"]["gate"]):
        yield ("service", "gate", index, "policy"), "policies", binding["policy"]
    for index, policy in enumerate(values["service"]["shadow"]):
        yield ("service", "shadow", index), "policies", policy
    for name, schedule in values["schedules"].items():
        for index, layer in enumerate(schedule["layers"]):
            for place, person in enumerate(layer["rotation"]["participants"]):
                yield ("schedules", name, "layers", index, "rotation", "participants", place), "people", person
        for source in ("ical", "pagerduty"):
            for word, person in (schedule[source] or {}).get("people", {}).items():
                yield ("schedules", name, source, "people", word), "people", person
    for name, customer in values["customers"].items():
        for index, binding in enumerate(customer["contracts"]):
            yield ("customers", name, "contracts", index, "contract"), "contracts", binding["contract"]
        for priority, policy in customer["routes"].items():
            yield ("customers", name, "routes", priority), "escalation_policies", policy
    for index, rule in enumerate(values["mail"]["alerts"]):
        if rule["customer"] is not None:
            yield ("mail", "alerts", index, "customer"), "customers", rule["customer"]
    for name, policy in values["escalation_policies"].items():
        for priority, calendar in policy["page_hours"].items():
            yield ("escalation_policies", name, "page_hours", priority), "calendars", calendar
    for name, contract in values["contracts"].items():
        if contract["calendar"] != ALWAYS_OPEN:
            yield ("contracts", name, "calendar"), "calendars", contract["calendar"]
        for priority, calendar in contract["calendars"].items():
            if calendar != ALWAYS_OPEN:
                yield ("contracts", name, "calendars", priority), "calendars", calendar
        for metric, goals in contract["goals"].items():
            for priority, goal in goals.items():
                if goal.calendar not in (None, ALWAYS_OPEN):
                    yield ("contracts", name, "goals", metric, priority, "calendar"), "calendars", goal.calendar


def _targets(values: Mapping[str, Any]) -> Iterator[tuple[Path_, Target]]:
    for key in ("notices_to", "stakeholders"):
        for index, target in enumerate(values["service"][key]):
            yield ("service", key, index), target
    for name, customer in values["customers"].items():
        for index, target in enumerate(customer["stakeholders"]):
            yield ("customers", name, "stakeholders", index), target
    for name, policy in values["escalation_policies"].items():
        for index, step in enumerate(policy["steps"]):
            for place, target in enumerate(step["targets"]):
                yield ("escalation_policies", name, "steps", index, "targets", place), target
        for index, target in enumerate(policy["fallback"]):
            yield ("escalation_policies", name, "fallback", index), target


def contact_pagings(values: Mapping[str, Any]) -> Iterator[tuple[Path_, Mapping[str, Any]]]:
    """(where it stands, how a contact has agreed to be paged)"""
    for name, customer in values["customers"].items():
        for index, contact in enumerate(customer["contacts"]):
            if contact["paging"] is not None:
                yield ("customers", name, "contacts", index, "paging"), contact["paging"]


def _paged_twice(tree: Tree, values: Mapping[str, Any]) -> Iterator[Problem]:
    """The ledger knows a contact by their mail address, so one may be paged under one name only."""
    for name, customer in values["customers"].items():
        known: set[str] = set()
        for index, contact in enumerate(customer["contacts"]):
            email = contact["email"].casefold()
            if contact["paging"] is not None and email in known:
                path = ("customers", name, "contacts", index, "paging")
                yield tree.problem(path, f"another contact with the address {email!r} has `paging` already")
            if contact["paging"] is not None:
                known.add(email)


def _claimed_twice(tree: Tree, values: Mapping[str, Any]) -> Iterator[Problem]:
    """What may belong to one customer only, or tickets would go to whoever comes first."""
    owners: dict[tuple[str, str], str] = {}
    for name, customer in values["customers"].items():
        for kind in ("organizations", "domains"):
            for index, entry in enumerate(customer[kind]):
                owner = owners.setdefault((kind, entry.casefold()), name)
                if owner != name:
                    yield tree.problem(("customers", name, kind, index), f"{entry!r} belongs to {owner!r} already")
