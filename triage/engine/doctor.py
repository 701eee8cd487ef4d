"""Looks at the real Jira, check by check, and says what to change there or in the configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Protocol

from triage.domain.configuration import DEFAULT, Configuration
from triage.domain.doctor import (
    Check,
    Finding,
    Level,
    Myself,
    Named,
    Server,
    check_account,
    check_organizations,
    check_permissions,
    check_person,
    check_server,
    has_problem,
)
from triage.domain.doctor_mapping import (
    EditScreen,
    Status,
    check_fields,
    check_options,
    check_priorities,
    check_statuses,
)
from triage.domain.doctor_webhook import Receiver, Webhook, by_hand, check_receiver, check_webhooks, wanted
from triage.domain.ticket import Field
from triage.engine.context import Clock
from triage.ports import NotFound, SourceError


class Inspector(Protocol):
    """What can be asked of a Jira about itself; every method raises SourceError. An empty project means any."""

    def server(self) -> Server: ...

    def myself(self) -> Myself: ...

    def fields(self) -> Sequence[Named]: ...

    def edit_screen(self, project: str) -> EditScreen | None:
        """That of the project's newest issue; None if there is no issue that we may see."""
        ...

    def statuses(self) -> Sequence[Status]: ...

    def priorities(self) -> Sequence[Named]: ...

    def permissions(self, project: str) -> frozenset[str]:
        """Those that we have."""
        ...

    def organizations(self) -> Sequence[Named]: ...

    def has_user(self, account: str) -> bool: ...

    def webhooks(self) -> Sequence[Webhook]: ...

    def put_webhook(self, webhook: Webhook, secret: str) -> None:
        """Register a webhook without an id; bring the one with that id up to date."""
        ...


def examine(
    jira: Inspector, config: Configuration, receiver: Receiver, clock: Clock, *, register: bool = False
) -> Iterator[Finding]:
    """Every finding, in the order of `Check`. A check that fails is a finding too, and the others go on.

    With `register`, the webhook is registered or brought up to date before it is looked at. If Jira does not
    answer at all, nothing more is asked.
    """
    projects = config.jira.projects
    try:
        asked_at = clock()
        server = jira.server()
        yield from check_server(server, asked_at, clock())
    except SourceError as error:
        text = f"{_reason(error)}. Is TRIAGE_JIRA_URL right, and can this machine reach it? Nothing else was asked."
        yield Finding(Check.SERVER, Level.PROBLEM, text)
        yield from check_receiver(receiver, None)
        return
    yield from _attempt(Check.ACCOUNT, lambda: _account(jira, config), Level.PROBLEM)
    yield from _attempt(Check.FIELDS, lambda: check_fields(config.jira, jira.fields()))
    yield from _attempt(Check.OPTIONS, lambda: _options(jira, config))
    yield from _attempt(Check.STATUSES, lambda: _statuses(jira, config))
    yield from _attempt(Check.PRIORITIES, lambda: _priorities(jira, config))
    for project in projects or ("",):
        yield from _attempt(Check.PERMISSIONS, partial(_permissions, jira, config, project))
    yield from _attempt(Check.ORGANIZATIONS, lambda: _organizations(jira, config))
    yield from _attempt(Check.PEOPLE, lambda: _people(jira, config))
    yield from check_receiver(receiver, server.cloud)
    if register:
        yield from _register(jira, receiver, projects, server)
    yield from _webhooks(jira, receiver, projects)


def _attempt(check: Check, look: Callable[[], Iterable[Finding]], level: Level = Level.WARNING) -> Sequence[Finding]:
    """What a check finds; that it could not be made is a finding."""
    try:
        return [*look()]
    except SourceError as error:
        return [Finding(check, level, f"This could not be checked: {_reason(error)}.")]


def _reason(error: SourceError) -> str:
    return error.reason.rstrip(".")


def _account(jira: Inspector, config: Configuration) -> Iterable[Finding]:
    return check_account(jira.myself(), config.jira.identities, config.people.values())


def _options(jira: Inspector, config: Configuration) -> Iterator[Finding]:
    """The options of the gate's two fields, as issues of all projects offer them."""
    configured = [
        field for field in (Field.PRODUCTION, Field.WORKAROUND) if field in config.jira.custom_fields.values()
    ]
    screens = []
    for project in (config.jira.projects or ("",)) if configured else ():
        try:
            screen = jira.edit_screen(project)
        except SourceError as error:
            text = f"What issues{_of(project)} offer could not be checked: {_reason(error)}."
            yield Finding(Check.OPTIONS, Level.WARNING, text)
            continue
        if screen is not None:
            screens.append(screen)
        elif project:
            text = f"{project} has no issue that we may see, so the options that it offers could not be checked."
            yield Finding(Check.OPTIONS, Level.WARNING, text)
    for field in configured:
        yield from check_options(field, config.jira, screens)


def _of(project: str) -> str:
    return f" of {project}" if project else ""


def _statuses(jira: Inspector, config: Configuration) -> Iterable[Finding]:
    pauses = {name: contract.terms.pause_on for name, contract in config.contracts.items()}
    return check_statuses(config.jira, pauses, jira.statuses())


def _priorities(jira: Inspector, config: Configuration) -> Iterable[Finding]:
    return check_priorities(config.jira, config.write_back, jira.priorities())


def _permissions(jira: Inspector, config: Configuration, project: str) -> Iterable[Finding]:
    try:
        granted = jira.permissions(project)
    except NotFound:
        text = f"jira.projects names {project}, which Jira does not have or does not show us."
        return [Finding(Check.PERMISSIONS, Level.PROBLEM, text)]
    return check_permissions(granted, project, config.write_back)


def _organizations(jira: Inspector, config: Configuration) -> Iterable[Finding]:
    customers = [customer for customer in config.customers.values() if customer.name != DEFAULT]
    return check_organizations(jira.organizations(), customers)


def _people(jira: Inspector, config: Configuration) -> Iterator[Finding]:
    for person in config.people.values():
        if person.jira_accounts:
            exists = {account: jira.has_user(account) for account in person.jira_accounts}
            yield from check_person(person, exists)


def _register(jira: Inspector, receiver: Receiver, projects: Sequence[str], server: Server) -> Iterator[Finding]:
    """Register the webhook, or bring the one that calls us up to date; never a second one.

    Not while it could not work: Jira would call an address or with a secret that must be changed anyway.
    """
    if has_problem(check_receiver(receiver, server.cloud)) or not receiver.secrets:
        text = "The webhook was not registered: mend the above first, and set TRIAGE_JIRA_WEBHOOK_SECRET."
        yield Finding(Check.WEBHOOK, Level.PROBLEM, text)
        return
    try:
        webhook = wanted(receiver, projects, jira.webhooks())
        jira.put_webhook(webhook, receiver.secrets[0])
    except SourceError as error:
        text = f"The webhook could not be registered: {_reason(error)}. Only Jira's administrators may do that."
        yield Finding(Check.WEBHOOK, Level.PROBLEM, text)
        return
    done = "brought up to date" if webhook.id else "registered"
    yield Finding(Check.WEBHOOK, Level.OK, f"The webhook “{webhook.name}” was {done}, with our secret.")


def _webhooks(jira: Inspector, receiver: Receiver, projects: Sequence[str]) -> Iterator[Finding]:
    """What Jira's webhooks bring us, or what to compare by hand where only administrators may look."""
    try:
        known = jira.webhooks()
    except SourceError as error:
        text = f"Jira does not show us its webhooks ({_reason(error)}). Let an administrator compare:"
        yield Finding(Check.WEBHOOK, Level.WARNING, text, by_hand(receiver, projects))
        return
    yield from check_webhooks(receiver, projects, known)
