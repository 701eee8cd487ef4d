"""What Jira sends us: is it from Jira, is it known already, and which facts does it hold?"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.jira_changelog import change_facts, read_histories, webhook_instant
from integrations.jira_comments import comment_deleted, comment_facts, comment_list
from integrations.jira_facts import Found, Source, created, customer_is_open, snapshot
from integrations.jira_json import NAME_LIMIT, clean, instant, items, mapping, name, numeric_id
from integrations.jira_sla import source_clocks
from integrations.json_body import read_object
from integrations.signed import is_signed
from triage.domain.jira import JiraRules, Missing
from triage.domain.ticket import Fact, FactKind, Origin, TicketRef
from triage.ports import Ignored, Read, Reading, Unreadable

SOURCE = "jira"

_DIGESTS = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512}
_SIGNATURE = re.compile(r"(sha256|sha384|sha512)=([0-9a-f]{64,128})", re.IGNORECASE | re.ASCII)
_IDENTIFIER = re.compile(r"[!-~]{1,128}")

_SITE = re.compile(r"(https?)://(?:[^/?#@\s]*@)?([^/?#@\s]+)([^?#\s]*)", re.IGNORECASE)
_ISSUE_IN_SELF = re.compile(r"/rest/api/[^/]+/(?:issue/)?([1-9][0-9]{0,18})(?=/comment/|/?$)")
_DEFAULT_PORTS = {"https": ":443", "http": ":80"}
_SELF_LIMIT = 2048

#: Fetched with an OAuth token, issues name this host instead of their site's.
_GATEWAY = "api.atlassian.com"

#: Updates of an issue that have no changelog because they change none of its fields.
_WITHOUT_CHANGELOG = re.compile(r"issue_comment|issue_work|issuelink")


def verify_signature(body: bytes, header: str | None, secrets: Sequence[str]) -> bool:
    """Whether `X-Hub-Signature` (`sha256=<hex>`, also sha384 and sha512) signs the body with any of the secrets.

    The method is the sender's choice, so that Jira may change it, but never weaker than SHA-256 and never none.
    """
    match = _SIGNATURE.fullmatch(header or "")
    if match is None:
        return False
    return is_signed(body, [match[2].lower()], secrets, _DIGESTS[match[1].lower()])


def delivery_id(body: bytes, identifier: str | None) -> str:
    """By what a delivery is known again: Jira's identifier, which stays on retries, and the body's hash.

    `identifier` is the header `X-Atlassian-Webhook-Identifier`. Jira Server and automation rules send none;
    there a repeat is known by its body alone, which has the time in it.
    """
    given = identifier if identifier and _IDENTIFIER.fullmatch(identifier) else "-"
    return f"{given}:{hashlib.sha256(body).hexdigest()}"


@dataclass(frozen=True, slots=True)
class Event:
    """The parts of a body that we read, wherever its kind keeps them."""

    name: str
    kind: str
    at: datetime | None
    user: Any
    issue: Mapping[str, Any]
    comment: Mapping[str, Any]
    changelog: Mapping[str, Any]

    @property
    def fields(self) -> Mapping[str, Any]:
        """The issue's fields, as far as the body carries them."""
        return mapping(self.issue.get("fields"))

    @property
    def deletes_comment(self) -> bool:
        """Whether the comment in this body is gone."""
        return self.name == "comment_deleted" or self.kind == "issue_comment_deleted"


class JiraNormaliser:
    """Reads webhooks of Jira Cloud and Server, bodies of automation rules, and issues as fetched by REST.

    Implements `triage.ports.Normaliser`. Never raises, whatever the body holds, and takes time in proportion to
    its length. Parts of an unexpected type count as absent.
    """

    def read_event(self, body: bytes, rules: JiraRules, received_at: datetime) -> Reading:
        """The facts of a body that Jira sent; `missing` holds `triage.domain.jira.Missing` members.

        Ignored: the event concerns no ticket. Unreadable: not JSON, or an event of a ticket without its id.
        """
        parsed = read_object(body)
        if isinstance(parsed, Unreadable):
            return parsed
        event = _event(parsed)
        ticket = _ticket(event, rules)
        if ticket is None:
            return _no_ticket(event)
        found = _facts(event, Source(rules, received_at, Origin.LIVE, final=False))
        return _read(ticket, [*found, *_unsaid(event)], event, rules)

    def read_issue(
        self, issue: Mapping[str, Any], rules: JiraRules, received_at: datetime, origin: Origin
    ) -> Reading:
        """The facts of a fetched issue: fields, `changelog.histories` and `fields.comment.comments`.

        It is Jira's last word: `missing` then says what cannot be had, and fetching again would not help.
        """
        event = Event("", "", None, None, mapping(issue), {}, {})
        ticket = _ticket(event, rules)
        if ticket is None:
            return Unreadable("the fetched issue has no numeric id")
        found = list(_facts(event, Source(rules, received_at, origin, final=True)))
        if not _whole_changelog(event.issue):
            found.append(Found(missing=Missing.CHANGELOG))
        if not comment_list(event.fields)[1]:
            found.append(Found(missing=Missing.COMMENTS))
        return _read(ticket, found, event, rules)


def _event(body: Mapping[str, Any]) -> Event:
    bare = "issue" not in body and "webhookEvent" not in body and isinstance(body.get("fields"), dict)
    return Event(
        name=name(body.get("webhookEvent")),
        kind=name(body.get("issue_event_type_name")),
        at=None if bare else instant(body.get("timestamp")),
        user=body.get("user"),
        issue=body if bare else mapping(body.get("issue")),
        comment={} if bare else mapping(body.get("comment")),
        changelog={} if bare else mapping(body.get("changelog")),
    )


def _ticket(event: Event, rules: JiraRules) -> TicketRef | None:
    """Which issue: by its own id, else by the address of the issue or of the comment."""
    addresses = [_address(part.get("self")) for part in (event.issue, event.comment)]
    in_addresses = [match[1] for match in map(_ISSUE_IN_SELF.search, addresses) if match]
    issue_id = next(filter(None, [numeric_id(event.issue.get("id")), *in_addresses]), "")
    if not issue_id:
        return None
    instance = next(filter(None, map(_site, addresses)), rules.instance)
    return TicketRef(SOURCE, instance, issue_id, name(event.issue.get("key")))


def _address(value: Any) -> str:
    return clean(value[:_SELF_LIMIT]) if isinstance(value, str) else ""


def _site(address: str) -> str:
    """`host[:port][/context path]` of a REST address; empty if it does not tell the site."""
    match = _SITE.match(address)
    if match is None:
        return ""
    scheme, host, path = (
        match[1].lower(),
        match[2].lower().removesuffix(_DEFAULT_PORTS[match[1].lower()]),
        match[3],
    )
    context = path.partition("/rest/")[0] if "/rest/" in path else ""
    return "" if host == _GATEWAY or not scheme else (host + context)[:NAME_LIMIT]


def _no_ticket(event: Event) -> Reading:
    if event.name.startswith(("jira:issue_", "comment_")):
        return Unreadable(f"{event.name} has no issue.id, and neither issue.self nor comment.self names one")
    if event.name:
        return Ignored(f"{event.name} concerns no ticket")
    return Unreadable("the body has neither webhookEvent nor an issue with an id")


def _facts(event: Event, source: Source) -> Iterator[Found]:
    fields = event.fields
    updated = instant(fields.get("updated"))
    happened_at = event.at or updated or instant(event.comment.get("updated")) or source.received_at
    if fields:
        yield created(fields, source)
        state = snapshot(name(event.issue.get("key")), fields, happened_at, source)
        yield Found(state, Missing.CUSTOMER if customer_is_open(state.values) else None)
    else:
        yield Found(missing=Missing.ISSUE)
    changed_at = webhook_instant(event.at, updated) or source.received_at
    histories, complete = read_histories(_entries(event, changed_at), fields)
    if not complete:
        yield Found(missing=Missing.CHANGELOG)
    for history in histories:
        yield from change_facts(history, fields, source)
    project_type = name(mapping(fields.get("project")).get("projectTypeKey"))
    for comment in [*comment_list(fields)[0], *([event.comment] if event.comment else [])]:
        yield from comment_facts(comment, project_type, source)
    if event.deletes_comment and event.comment:
        yield comment_deleted(event.comment, event.user, happened_at, source)
    if event.name == "jira:issue_deleted":
        by = source.person(event.user).actor
        yield Found(source.fact("deleted", FactKind.DELETED, happened_at, actor=by))


def _entries(event: Event, changed_at: datetime) -> list[tuple[Any, Any, datetime | None]]:
    """The changelog of a webhook, which is one history, and the histories that the issue carries."""
    own = [(event.changelog, event.user, changed_at)] if items(event.changelog.get("items")) else []
    histories = items(mapping(event.issue.get("changelog")).get("histories"))
    return [
        *own,
        *((entry, mapping(entry).get("author"), instant(mapping(entry).get("created"))) for entry in histories),
    ]


def _unsaid(event: Event) -> Iterator[Found]:
    """What happened may be more than the body says: an update without changelog, or an automation rule's body."""
    told = event.changelog or event.comment or _WITHOUT_CHANGELOG.match(event.kind)
    if not event.name or (event.name == "jira:issue_updated" and not told):
        yield Found(missing=Missing.CHANGELOG)


def _whole_changelog(issue: Mapping[str, Any]) -> bool:
    changelog = mapping(issue.get("changelog"))
    total = changelog.get("total")
    histories = changelog.get("histories")
    return isinstance(histories, list) and not (isinstance(total, int) and total > len(histories))


def _read(ticket: TicketRef, found: Sequence[Found], event: Event, rules: JiraRules) -> Read:
    """Facts by time, each key once (a webhook's comment is often in the issue's own list too)."""
    facts: dict[str, Fact] = {}
    for one in found:
        if one.fact is not None:
            facts.setdefault(one.fact.key, one.fact)
    missing = {one.missing for one in found if one.missing is not None}
    return Read(
        ticket,
        tuple(sorted(facts.values(), key=lambda fact: fact.order)),
        tuple(reason for reason in Missing if reason in missing),
        foreign=bool(rules.projects and ticket.key) and ticket.key.rpartition("-")[0] not in rules.projects,
        clocks=source_clocks(event.issue),
    )
