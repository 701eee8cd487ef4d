"""Whether Jira will call us: the address, the secret, and the webhook that is registered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from triage.domain.doctor import Check, Finding, Level

#: Where the service takes what Jira sends.
PATH = "/webhooks/jira"
NAME = "Support triage"

#: The events that the service lives by, and those that only save waiting for the next sweep.
EVENTS = (
    "jira:issue_created",
    "jira:issue_updated",
    "jira:issue_deleted",
    "comment_created",
    "comment_updated",
    "comment_deleted",
)
NICE_EVENTS = ("issuelink_created", "issuelink_deleted")

#: A shorter secret can be guessed.
SECRET_LENGTH = 16


@dataclass(frozen=True, slots=True)
class Receiver:
    """Where we take webhooks, and what proves that they are Jira's; secrets are left out of `repr`."""

    public_url: str
    secrets: tuple[str, ...] = field(repr=False)
    tokens: tuple[str, ...] = field(default=(), repr=False)

    @property
    def url(self) -> str:
        return self.public_url.rstrip("/") + PATH


@dataclass(frozen=True, slots=True)
class Webhook:
    """A webhook of Jira's. `id` is empty for one that is not registered; `jql` is empty for all issues."""

    id: str
    name: str
    url: str
    events: frozenset[str]
    jql: str = ""
    enabled: bool = True
    excludes_body: bool = False


def check_receiver(receiver: Receiver, cloud: bool | None) -> Iterator[Finding]:
    """Whether Jira can reach us and prove itself; `cloud` is None where Jira did not tell what it is."""
    parts = urlsplit(receiver.public_url)
    where = f"TRIAGE_PUBLIC_URL is {receiver.public_url}"
    if _is_private(parts.hostname or ""):
        level = Level.WARNING if cloud is False else Level.PROBLEM
        text = f"{where}, which only machines near it can reach. Set it to the address that Jira is to call."
        yield Finding(Check.WEBHOOK, level, text)
    if parts.scheme != "https":
        level = Level.WARNING if cloud is False else Level.PROBLEM
        text = f"{where}: Jira Cloud calls https only, and over http everybody on the way reads along."
        yield Finding(Check.WEBHOOK, level, text)
    if not receiver.secrets and not receiver.tokens:
        text = "TRIAGE_JIRA_WEBHOOK_SECRET is not set, so everything that Jira sends is refused. Make one by:"
        yield Finding(Check.WEBHOOK, Level.PROBLEM, text, ("openssl rand -hex 32",))
    if any(len(secret) < SECRET_LENGTH for secret in receiver.secrets):
        text = f"A TRIAGE_JIRA_WEBHOOK_SECRET has fewer than {SECRET_LENGTH} characters. Make a better one by:"
        yield Finding(Check.WEBHOOK, Level.PROBLEM, text, ("openssl rand -hex 32",))


def check_webhooks(receiver: Receiver, projects: Sequence[str], known: Sequence[Webhook]) -> Iterator[Finding]:
    """Whether a webhook that Jira has brings us everything."""
    ours = [webhook for webhook in known if is_ours(webhook, receiver)]
    live = [webhook for webhook in ours if webhook.enabled]
    if not live:
        yield _without(ours, receiver, projects, known)
        return
    if len(live) > 1:
        names = ", ".join(f"“{webhook.name}”" for webhook in live)
        yield Finding(Check.WEBHOOK, Level.WARNING, f"Jira calls us {len(live)} times for each event: {names}.")
    events = frozenset[str]().union(*(webhook.events for webhook in live))
    if missing := [event for event in EVENTS if event not in events]:
        text = f"The webhook does not send {', '.join(missing)}: add them, or run doctor --register-webhook."
        yield Finding(Check.WEBHOOK, Level.PROBLEM, text)
    if missing := [event for event in NICE_EVENTS if event not in events]:
        text = f"The webhook does not send {', '.join(missing)}: links to duplicates wait for the next sweep."
        yield Finding(Check.WEBHOOK, Level.WARNING, text)
    for webhook in live:
        yield from _check_content(webhook, projects)
    text = "Secrets cannot be read back. If deliveries are refused with 401, set the secret in Jira again."
    yield Finding(Check.WEBHOOK, Level.OK, text)


def _without(
    ours: Sequence[Webhook], receiver: Receiver, projects: Sequence[str], known: Sequence[Webhook]
) -> Finding:
    """Jira does not call us: because the webhook is off, because it calls an address like ours, or at all."""
    if ours:
        text = f"The webhook “{ours[0].name}” is switched off: Jira does not call us. Switch it on."
        return Finding(Check.WEBHOOK, Level.PROBLEM, text)
    host = urlsplit(receiver.url).hostname
    near = [webhook.url for webhook in known if _split(webhook.url).hostname == host]
    text = "No webhook of Jira calls us" + (f", though one calls {near[0]}" if near else "")
    return Finding(
        Check.WEBHOOK,
        Level.PROBLEM,
        f"{text}. Run doctor --register-webhook, or register by hand:",
        by_hand(receiver, projects),
    )


def _check_content(webhook: Webhook, projects: Sequence[str]) -> Iterator[Finding]:
    """What a webhook sends of each issue, and of which ones."""
    if webhook.excludes_body:
        text = f"The webhook “{webhook.name}” sends no body: take “Exclude body” off."
        yield Finding(Check.WEBHOOK, Level.PROBLEM, text)
    if not webhook.jql:
        yield Finding(Check.WEBHOOK, Level.OK, f"“{webhook.name}” calls us for all issues.")
    elif covers(webhook.jql, projects):
        yield Finding(Check.WEBHOOK, Level.OK, f"“{webhook.name}” calls us for the issues of: {webhook.jql}")
    else:
        wanted = jql_of(projects) or "all issues, that is no filter, as jira.projects names none"
        text = f"“{webhook.name}” calls us only for the issues of: {webhook.jql} — wanted are: {wanted}"
        yield Finding(Check.WEBHOOK, Level.WARNING, text)


def covers(jql: str, projects: Sequence[str]) -> bool:
    """Whether a filter lets all our projects through, as far as can be told: it names each, or there is none."""
    if not jql:
        return True
    return bool(projects) and all(re.search(rf"\b{re.escape(key)}\b", jql, re.IGNORECASE) for key in projects)


def jql_of(projects: Sequence[str]) -> str:
    """The filter for our projects; empty for all."""
    return f"project in ({', '.join(map(json.dumps, projects))})" if projects else ""


def wanted(receiver: Receiver, projects: Sequence[str], known: Sequence[Webhook]) -> Webhook:
    """The webhook as it should be: the first that calls us brought up to date, else a new one.

    More events and a filter that lets our projects through are the operator's, and stay.
    """
    old = next((webhook for webhook in known if is_ours(webhook, receiver)), None)
    events = frozenset((*EVENTS, *NICE_EVENTS))
    if old is None:
        return Webhook("", NAME, receiver.url, events, jql_of(projects))
    jql = old.jql if covers(old.jql, projects) else jql_of(projects)
    return Webhook(old.id, old.name, old.url, old.events | events, jql)


def by_hand(receiver: Receiver, projects: Sequence[str]) -> tuple[str, ...]:
    """What an administrator enters under System, WebHooks."""
    return (
        f"URL     {receiver.url}",
        "Secret  that of TRIAGE_JIRA_WEBHOOK_SECRET",
        f"JQL     {jql_of(projects) or '(none)'}",
        "Issue   created, updated, deleted",
        "Comment created, updated, deleted",
        "Link    created, deleted",
        "Exclude body: no",
    )


def is_ours(webhook: Webhook, receiver: Receiver) -> bool:
    """Whether a webhook calls our address; a query may stand behind it, with or without `{issue.key}`."""
    return _normal(webhook.url) == _normal(receiver.url)


def _normal(url: str) -> tuple[str, str, int | None, str]:
    parts = _split(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    return parts.scheme, (parts.hostname or ""), parts.port or usual, parts.path.rstrip("/")


def _split(url: str) -> SplitResult:
    """The URL's parts; none for what is no URL. Anybody may have entered it in Jira."""
    try:
        parts = urlsplit(url.strip())
        _ = parts.port  # raises for what is no number
    except ValueError:
        return urlsplit("")
    return parts


def _is_private(host: str) -> bool:
    """Whether the internet cannot reach a host: a name without a domain, or an address that is not global."""
    try:
        return not ip_address(host).is_global
    except ValueError:
        return "." not in host or host.endswith((".localhost", ".local", ".internal", ".lan"))
