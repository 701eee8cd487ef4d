"""What a look at the real Jira finds: whether it answers, who we are to it, and what we may do there."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby

from triage.domain.configuration import Customer, Person
from triage.domain.explain import in_words
from triage.domain.jira import IdentityRules
from triage.domain.ticket import Role
from triage.domain.write_back import WriteBack


class Level(StrEnum):
    """How bad it is: a problem loses tickets, time or pages; a warning is to be looked at once."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Check(StrEnum):
    """What is looked at, in this order; the words are the report's headings."""

    SERVER = "Jira"
    ACCOUNT = "Account"
    FIELDS = "Fields"
    OPTIONS = "Options"
    STATUSES = "Statuses"
    PRIORITIES = "Priorities"
    PERMISSIONS = "Permissions"
    ORGANIZATIONS = "Organisations"
    PEOPLE = "People"
    WEBHOOK = "Webhook"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, and what to change; `paste` are lines for the configuration."""

    check: Check
    level: Level
    text: str
    paste: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Server:
    """Which Jira answered; `at` is its clock, if it told."""

    cloud: bool
    version: tuple[int, ...]
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Myself:
    """Under which ids Jira knows us, the one to configure first, and how it calls us."""

    ids: tuple[str, ...]
    name: str


@dataclass(frozen=True, slots=True)
class Named:
    """A field, an option, a status, a priority or an organisation."""

    id: str
    name: str


#: How far Jira's clock and ours may lie apart: what happened when is told by Jira's, what is due by ours.
DRIFT, MUCH_DRIFT = timedelta(seconds=5), timedelta(minutes=5)

#: The report's width, and the marks of the levels.
WIDTH = 80
MARKS = {Level.OK: "✓", Level.WARNING: "!", Level.PROBLEM: "✗"}


def check_server(server: Server, asked_at: datetime, answered_at: datetime) -> Iterator[Finding]:
    """Which Jira it is, and whether its clock lies between our two readings around the answer."""
    kind = "Jira Cloud" if server.cloud else f"Jira Data Center {'.'.join(map(str, server.version))}"
    yield Finding(Check.SERVER, Level.OK, f"{kind} answers.")
    if server.at is None:
        yield Finding(
            Check.SERVER, Level.WARNING, "Jira does not tell its time: compare its clock with ours by hand."
        )
        return
    ahead, behind = server.at - answered_at, asked_at - server.at
    drift = max(ahead, behind)
    if drift <= DRIFT:
        return
    way = "ahead of" if ahead > behind else "behind"
    yield Finding(
        Check.SERVER,
        Level.PROBLEM if drift > MUCH_DRIFT else Level.WARNING,
        f"Jira's clock is {in_words(drift)} {way} ours, and SLA clocks count from Jira's times. "
        "Let both machines follow NTP.",
    )


def check_account(me: Myself, identities: IdentityRules, people: Iterable[Person]) -> Iterator[Finding]:
    """Whether what we write will be known as ours, and as nobody else's."""
    who = f"{me.name or 'without a name'} ({me.ids[0]})"
    ours = {identifier.casefold() for identifier in me.ids}
    known = identities.accounts.get(Role.SERVICE, frozenset())
    if known & ours:
        yield Finding(Check.ACCOUNT, Level.OK, f"We are {who}, as jira.identities.service says.")
    else:
        accounts = ", ".join(f'"{account}"' for account in (*sorted(known), me.ids[0]))
        yield Finding(
            Check.ACCOUNT,
            Level.PROBLEM,
            f"We are {who}, and jira.identities.service does not list that account: what the service writes would "
            "count as somebody else's words. Put under identities in config/jira.yaml:",
            (f"service: {{accounts: [{accounts}]}}",),
        )
    for person in people:
        if ours & {account.casefold() for account in person.jira_accounts}:
            yield Finding(
                Check.ACCOUNT,
                Level.PROBLEM,
                f"This is also the account of {person.name}, so what {person.name} does in Jira would cause nothing. "
                "Give the service an account of its own.",
            )


#: The permissions that the service uses, and what does not work without each.
PERMISSIONS: Mapping[str, str] = {
    "BROWSE_PROJECTS": "the service cannot read issues: no fetch, no sweep, no backfill",
    "ADD_COMMENTS": "no comment can be written",
    "EDIT_ISSUES": "neither priority nor labels can be set",
    "TRANSITION_ISSUES": "no status can be set",
    "ASSIGN_ISSUES": "no issue can be assigned",
    "ADMINISTER": "the webhook can be neither checked nor registered from here",
}


def needed(wanted: WriteBack) -> frozenset[str]:
    """The permissions without which something does not work that is switched on."""
    found = {"BROWSE_PROJECTS"}
    if wanted.decisions or wanted.questions or wanted.deadlines or wanted.pages:
        found.add("ADD_COMMENTS")
    if wanted.labels or wanted.priorities:
        found.add("EDIT_ISSUES")
    return frozenset(found)


def check_permissions(granted: frozenset[str], project: str, wanted: WriteBack) -> Iterator[Finding]:
    """What we may do in a project (empty: anywhere). That we are no administrator is as it should be."""
    where = f" in {project}" if project else ""
    missing = [name for name in PERMISSIONS if name not in granted]
    if not set(missing) - {"ADMINISTER"}:
        yield Finding(Check.PERMISSIONS, Level.OK, f"We may do everything that the service does{where}.")
    for name in missing:
        level = Level.PROBLEM if name in needed(wanted) else Level.WARNING
        if name == "ADMINISTER":
            level = Level.OK
        yield Finding(Check.PERMISSIONS, level, f"{name} is not granted{where}: {PERMISSIONS[name]}.")


def check_organizations(known: Sequence[Named], customers: Iterable[Customer]) -> Iterator[Finding]:
    """Whether each configured organisation exists, and each that exists has a contract."""
    names = {name for each in known for name in (each.id, each.name)}
    claimed: set[str] = set()
    for customer in customers:
        claimed |= customer.organizations
        for organization in sorted(customer.organizations - names):
            yield Finding(
                Check.ORGANIZATIONS,
                Level.PROBLEM,
                f"Customer {customer.name} has the organisation {organization}, which Jira does not have or does not "
                "show us: its tickets fall under the default contract unless the reporter's address tells whose they "
                "are.",
            )
    free = [each for each in known if not {each.id, each.name} & claimed]
    if free:
        yield Finding(
            Check.ORGANIZATIONS,
            Level.WARNING,
            "No customer has these organisations. Put into a customer of config/customers.yaml:",
            tuple(f'organizations: ["{each.id}"]  # {each.name}' for each in free),
        )
    yield Finding(Check.ORGANIZATIONS, Level.OK, f"Jira shows us {_count(len(known), 'organisation')}.")


def check_person(person: Person, exists: Mapping[str, bool]) -> Iterator[Finding]:
    """Whether the accounts of one of ours exist; what an unknown one does is not known as theirs."""
    gone = [account for account in sorted(person.jira_accounts) if not exists[account]]
    for account in gone:
        yield Finding(
            Check.PEOPLE,
            Level.PROBLEM,
            f"{person.name} has the Jira account {account}, which does not exist or which we may not see: what "
            f"{person.name} does in Jira acknowledges nothing. Correct jira_accounts in config/people.yaml.",
        )
    if not gone:
        yield Finding(Check.PEOPLE, Level.OK, f"{person.name}: {', '.join(sorted(person.jira_accounts))}.")


def report(findings: Iterable[Finding]) -> Iterator[str]:
    """The findings as lines of a terminal, by check, with a count at the end; what is to be pasted is not wrapped."""
    told = list(findings)
    for check, group in groupby(told, key=lambda finding: finding.check):
        yield str(check)
        for finding in group:
            lines = textwrap.wrap(finding.text, WIDTH - 4, break_long_words=False, break_on_hyphens=False)
            yield f"  {MARKS[finding.level]} {lines[0]}"
            yield from (f"    {line}" for line in lines[1:])
            yield from (f"        {line}" for line in finding.paste)
        yield ""
    levels = [finding.level for finding in told]
    yield f"{_count(levels.count(Level.PROBLEM), 'problem')}, {_count(levels.count(Level.WARNING), 'warning')}"


def has_problem(findings: Iterable[Finding]) -> bool:
    """Whether anything must be changed before the service can be relied on."""
    return any(finding.level is Level.PROBLEM for finding in findings)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
