"""How this team's Jira is to be read: field ids, names of priorities and statuses, who is who."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from triage.domain.ticket import Field, Role


class Missing(StrEnum):
    """What a body leaves open that a decision needs; the members are what `Read.missing` may hold.

    `issue`, `created` and `customer` are moot where the ticket's timeline already tells them. `visibility` and
    `author` are moot where the timeline has the fact whose key lacks the ending `/partial`. The others always
    want the issue to be fetched. In the reading of a fetched issue they say what Jira itself does not tell, so
    there they are flags, not a reason to fetch again.
    """

    ISSUE = "issue"  # nothing but its id: no fields
    CREATED = "created"  # when the ticket was created
    CUSTOMER = "customer"  # neither an organization nor the reporter's address
    VISIBILITY = "visibility"  # whether a comment is public
    AUTHOR = "author"  # the role of who commented or changed the priority
    CHANGELOG = "changelog"  # what was changed, and when
    COMMENTS = "comments"  # a comment without id or time, or a list that is cut short


@dataclass(frozen=True, slots=True)
class IdentityRules:
    """Who counts as ourselves, robot, agent or customer, tried in that order; nobody else counts as anything.

    `accounts` are account ids (Cloud) or user keys and names (Server), `types` are Cloud account types
    (`atlassian`, `app`, `customer`), `domains` are mail domains. All are written casefolded and compared so.
    """

    accounts: Mapping[Role, frozenset[str]] = field(default_factory=dict)
    types: Mapping[Role, frozenset[str]] = field(default_factory=dict)
    domains: Mapping[Role, frozenset[str]] = field(default_factory=dict)

    def role_of(self, ids: frozenset[str], account_type: str | None, email: str | None) -> Role | None:
        """The role of a user known by any of `ids`: an account named outright beats its domain, that its type.

        `account_type` and `email` are None where the body at hand does not carry them but Jira may know them
        (Cloud webhooks never carry addresses). The answer is None if what is not carried could decide. A type
        alone makes nobody an agent while addresses could say otherwise: customers with an Atlassian account of
        their own have the same type as agents, and an agent's comment stops clocks.
        """
        named = _first(self.accounts, frozenset(name.casefold() for name in ids))
        if named is not None:
            return named
        by_type = _first(self.types, frozenset({(account_type or "").casefold()}))
        if email is None and any(self.domains.values()):
            return by_type if by_type in (Role.ROBOT, Role.CUSTOMER) else None
        by_domain = _first(self.domains, frozenset({(email or "").rpartition("@")[2].casefold()}))
        if by_domain is not None:
            return by_domain
        if account_type is None and any(self.types.values()):
            return None
        return by_type or Role.UNKNOWN


def _first(rules: Mapping[Role, frozenset[str]], names: frozenset[str]) -> Role | None:
    known = names - {""}
    for role in (Role.SERVICE, Role.ROBOT, Role.AGENT, Role.CUSTOMER):
        if known & rules.get(role, frozenset()):
            return role
    return None


#: Jira's own fields by id; `issuekey` is what the changelog of a moved issue calls the key.
SYSTEM_FIELDS: Mapping[str, Field] = {
    "status": Field.STATUS,
    "priority": Field.PRIORITY,
    "key": Field.KEY,
    "issuekey": Field.KEY,
    "summary": Field.SUMMARY,
    "description": Field.DESCRIPTION,
    "reporter": Field.REPORTER,
    "assignee": Field.ASSIGNEE,
    "link": Field.DUPLICATE_OF,
}

#: How links from a duplicate to its original are worded (casefolded).
DUPLICATE_LINKS = frozenset({"duplicates", "is merged into", "merged into"})

#: What Jira calls the fields that steer clocks where it translates a changelog; more can be configured.
TRANSLATED_FIELDS: Mapping[str, Field] = {
    **dict.fromkeys(("statut", "état", "estado", "stato", "статус", "状态", "ステータス"), Field.STATUS),
    **dict.fromkeys(("priorität", "priorité", "prioridad", "prioridade", "priorità"), Field.PRIORITY),
    **dict.fromkeys(("приоритет", "优先级", "優先度"), Field.PRIORITY),
}


@dataclass(frozen=True, slots=True)
class JiraRules:
    """The mapping from Jira's words to ours.

    The keys of `priorities`, `statuses`, `production` and `workaround` are Jira ids or names, casefolded; the
    values are our words. A name that is not mapped is kept as Jira wrote it, so that it can be flagged.
    `field_names` (casefolded) tells fields by their display names, for changelogs without field ids. `projects` are
    the keys of those whose issues are tickets; none means all. `duplicate_links` are casefolded.
    """

    instance: str
    identities: IdentityRules = IdentityRules()
    priorities: Mapping[str, str] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    production_field: str | None = None
    production: Mapping[str, str] = field(default_factory=dict)
    workaround_field: str | None = None
    workaround: Mapping[str, str] = field(default_factory=dict)
    organizations_field: str | None = None
    field_names: Mapping[str, Field] = field(default_factory=dict)
    projects: tuple[str, ...] = ()
    duplicate_links: frozenset[str] = DUPLICATE_LINKS

    @property
    def custom_fields(self) -> dict[str, Field]:
        """The configured custom fields by id."""
        configured = {
            self.production_field: Field.PRODUCTION,
            self.workaround_field: Field.WORKAROUND,
            self.organizations_field: Field.ORGANIZATIONS,
        }
        return {field_id.casefold(): field for field_id, field in configured.items() if field_id}

    def words(self, field: Field) -> Mapping[str, str]:
        """The mapping for one field; empty for a field whose values are not ours to name."""
        match field:
            case Field.STATUS:
                return self.statuses
            case Field.PRIORITY:
                return self.priorities
            case Field.PRODUCTION:
                return self.production
            case Field.WORKAROUND:
                return self.workaround
            case _:
                return {}

    def field_of(self, field_id: str, name: str, custom: bool) -> Field | None:
        """The field of a changelog item, or None if no decision reads it.

        The id decides wherever there is one: display names are translated, repeated and renamed. Without an
        id, old Servers write the id as the name, and only a system field may go by a system field's name.
        """
        by_id = {**SYSTEM_FIELDS, **self.custom_fields}
        if field_id:
            return by_id.get(field_id.casefold())
        name = name.casefold()
        configured = self.field_names.get(name) or self.custom_fields.get(name)
        return configured if configured or custom else SYSTEM_FIELDS.get(name) or TRANSLATED_FIELDS.get(name)
