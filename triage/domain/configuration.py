"""One stored version of the operator's documents, as the objects that decisions work with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from triage.domain.contract import Contract
from triage.domain.escalation import ContactMethod, EscalationPolicy, Target
from triage.domain.jira import JiraRules
from triage.domain.mail_outcome import MailRules, Sender
from triage.domain.oncall import Restriction, Schedule
from triage.domain.priority import Axis, GatePolicy
from triage.domain.schedule_source import Source
from triage.domain.silence import Reconcile
from triage.domain.terms import Metric, Terms
from triage.domain.ticket import Field, Priority, Role
from triage.domain.timeline import Timeline
from triage.domain.write_back import WriteBack

#: The customer of tickets whose real one is not known; every configuration must define its contract.
DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Person:
    """One of ours who can be paged, or a channel. `jira_accounts` and `pagerduty_users` are the ids under
    which they act there.

    Times are told on the clock of `timezone`. A channel's name is its target's, such as `channel:status`. Customers'
    contacts are paged by the same code, as `contact:acme/dora@acme.example`.
    """

    name: str
    display_name: str
    methods: tuple[ContactMethod, ...]
    jira_accounts: frozenset[str] = frozenset()
    timezone: str = "UTC"
    pagerduty_users: frozenset[str] = frozenset()

    def address_of(self, method: ContactMethod) -> str:
        """Where a message goes by that method; a gateway without addresses is told the name."""
        return method.address or self.display_name


@dataclass(frozen=True, slots=True)
class Contact:
    """A person at a customer.

    One who has agreed to be paged is `paged_as` somebody, in these `hours` on their own clock, or always without any.
    """

    name: str
    email: str
    paged_as: Person | None = None
    hours: tuple[Restriction, ...] = ()


@dataclass(frozen=True, slots=True)
class Customer:
    """A company with a contract. `contracts` are (in force from, variant), oldest first."""

    name: str
    display_name: str
    contracts: tuple[tuple[datetime, str], ...]
    organizations: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    contacts: tuple[Contact, ...] = ()
    routes: Mapping[Priority, str] = field(default_factory=dict)
    observe_only: bool = False
    stakeholders: tuple[Target, ...] = ()
    record: Mapping[Axis, str] = field(default_factory=dict)  # what is known of all their tickets
    language: str = "en"
    reports_to: tuple[str, ...] = ()  # addresses that have their statement each month


@dataclass(frozen=True, slots=True)
class Support:
    """What customers' contacts know us by, and where they can call us back."""

    name: str = "Support"
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Reports:
    """How long after its end a month is frozen, and the addresses that have the report of all customers together."""

    close_after: timedelta = timedelta(days=3)
    to: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """A contract or policy that is immutable once applied.

    `source` is what was written and `resolved` what is run, with calendars inside and holidays as dates; both
    are plain JSON.
    """

    kind: str
    name: str
    source: Mapping[str, Any]
    resolved: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Configuration:
    """Everything that decisions need beside a ticket's facts; immutable, known by its number."""

    number: int
    customers: Mapping[str, Customer]
    contracts: Mapping[str, Contract]
    people: Mapping[str, Person]
    schedules: Mapping[str, Schedule]
    escalation_policies: Mapping[str, EscalationPolicy]
    policies: tuple[tuple[datetime, GatePolicy], ...]  # (in force from, policy), oldest first
    shadows: tuple[GatePolicy, ...]  # decide too, and act never
    all_policies: tuple[GatePolicy, ...]
    routes: Mapping[Priority, str]
    notices_to: tuple[Target, ...]
    jira: JiraRules
    observe_only: bool = False
    channels: Mapping[str, Person] = field(default_factory=dict)
    stakeholders: tuple[Target, ...] = ()  # told of every customer's P0
    reconcile: Reconcile = field(default_factory=Reconcile)
    write_back: WriteBack = field(default_factory=WriteBack)
    sources: Mapping[str, Source] = field(default_factory=dict)  # of the schedules that others keep, by their names
    source_metrics: Mapping[str, Metric] = field(default_factory=dict)  # of the source's own SLAs, by casefolded name
    support: Support = field(default_factory=Support)
    mail: MailRules = field(default_factory=MailRules)
    reports: Reports = field(default_factory=Reports)

    def customer_of(self, timeline: Timeline) -> Customer | None:
        """Whose ticket this is: as it was settled, by organisation, or by the reporter; None if nobody knows."""
        settled = self.customers.get(timeline.current.get(Field.CUSTOMER) or "")
        if settled is not None:
            return settled
        organizations = set((timeline.current.get(Field.ORGANIZATIONS) or "").split(","))
        known = (customer for customer in self.customers.values() if customer.name != DEFAULT)
        shared = next((customer for customer in known if customer.organizations & organizations), None)
        return shared or self.customer_with_address(timeline.current.get(Field.REPORTER_EMAIL) or "")

    def customer_with_address(self, address: str) -> Customer | None:
        """Whose mail address it is: one of their contacts', or one in their domains."""
        address = address.casefold()
        domain = address.rpartition("@")[2]
        known = [customer for customer in self.customers.values() if customer.name != DEFAULT]
        listed = (one for one in known if any(contact.email.casefold() == address for contact in one.contacts))
        within = (one for one in known if domain in {name.casefold() for name in one.domains})
        return next(listed, None) or next(within, None)

    def sender_of(self, address: str, taught: str | None, own: frozenset[str]) -> Sender:
        """Whom a mail says it is from; `taught` is the customer that people have named for the address, and `own`
        are the addresses that we write from."""
        customer = self.customer_with_address(address) or self.customers.get(taught or "")
        contacts = customer.contacts if customer else ()
        return Sender(
            address,
            customer.name if customer else None,
            listed=any(contact.email.casefold() == address for contact in contacts),
            colleague=address.rpartition("@")[2] in self.jira.identities.domains.get(Role.AGENT, frozenset()),
            is_us=address in own,
        )

    def terms_of(self, customer: Customer | None) -> tuple[tuple[datetime, Terms], ...]:
        """The terms by which the customer's cycles are judged, each with the instant from which they are in force."""
        return tuple((start, contract.terms) for start, contract in self.contracts_of(customer))

    def contracts_of(self, customer: Customer | None) -> tuple[tuple[datetime, Contract], ...]:
        """The contracts that bind the customer, each with the instant from which it is in force, oldest first."""
        bound = customer or self.customers[DEFAULT]
        return tuple((start, self.contracts[name]) for start, name in bound.contracts)

    def escalation_of(self, customer: Customer | None, priority: Priority) -> EscalationPolicy | None:
        """How a ticket of that priority is paged; None if it pages nobody."""
        name = (customer.routes if customer else {}).get(priority) or self.routes.get(priority)
        return self.escalation_policies[name] if name else None

    def observes(self, customer: Customer | None) -> bool:
        """Whether everything is decided and shown for this customer, and nothing sent."""
        return self.observe_only or (customer is not None and customer.observe_only)

    @property
    def responders(self) -> Mapping[str, Person]:
        """Whoever can be paged, people and channels, by the name that a page has."""
        return {**self.people, **self.channels}

    def responder(self, name: str) -> Person | None:
        """Whoever is paged under that name: a person, or a channel; None if the documents name them no more."""
        return self.people.get(name) or self.channels.get(name)

    @property
    def contacts(self) -> dict[str, Contact]:
        """The contacts who have agreed to be paged, by the name that the ledger gives them.

        They are no responders: no incident is given to a customer.
        """
        everybody = (contact for customer in self.customers.values() for contact in customer.contacts)
        return {contact.paged_as.name: contact for contact in everybody if contact.paged_as is not None}

    def stakeholders_of(self, customer: str | None) -> tuple[Target, ...]:
        """Who is told of that customer's P0s without being on call."""
        own = self.customers[customer].stakeholders if customer is not None and customer in self.customers else ()
        return tuple(dict.fromkeys((*self.stakeholders, *own)))

    def person_with_account(self, account: str) -> Person | None:
        """Who of ours acts in Jira under that account."""
        return next((person for person in self.people.values() if account in person.jira_accounts), None)

    def person_with_pagerduty_user(self, user: str) -> Person | None:
        """Who of ours acts in PagerDuty as that user."""
        return next((person for person in self.people.values() if user in person.pagerduty_users), None)
