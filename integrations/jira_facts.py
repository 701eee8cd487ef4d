"""One Jira issue, with its changelog and comments -> facts.

A fact's key depends on nothing but what happened, and whatever body brings the fact, it says the same: key, kind,
instant, actor's id and role, values and visibility. Three things are beside that:
- A body that cannot tell a fact's author or visibility gives it under a key that ends in `/partial`, where it
  counts for nothing (its role is unknown or its visibility None). The full fact comes with the fetched issue.
- Texts and display names may be there or not, in wiki markup (webhooks) or flattened ADF (REST v3).
- The instant of a change is the history's `created` in REST and in webhooks the issue's `updated`, which is some
  milliseconds older.
An instant that lies more than five minutes in the future is set to `received_at`; keys keep Jira's own time.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from integrations.jira_adf import plain_text
from integrations.jira_json import instant, items, mapping, name, stamp
from integrations.jira_words import Person, Statuses, field_word, is_set, person, user_id
from triage.domain.jira import JiraRules, Missing
from triage.domain.ticket import TEXT_FIELDS, Actor, Fact, FactKind, Field, Origin

#: Clocks differ; an instant further ahead than this is not believed (DESIGN section 5.4).
MAX_AHEAD = timedelta(minutes=5)

PARTIAL = "/partial"


@dataclass(frozen=True, slots=True)
class Source:
    """How a body is read. `final`: it was fetched, so Jira does not know more than it says."""

    rules: JiraRules
    received_at: datetime
    origin: Origin
    final: bool

    def person(self, user: Any) -> Person:
        """Who a user object of this body names."""
        return person(user, self.rules, self.final)

    def fact(
        self,
        key: str,
        kind: FactKind,
        at: datetime,
        *,
        seq: int = 0,
        actor: Actor | None = None,
        values: Mapping[str, str | None] | None = None,
        before: Mapping[str, str | None] | None = None,
        texts: Mapping[str, str] | None = None,
        public: bool | None = None,
    ) -> Fact:
        """A fact that this body brings."""
        return Fact(
            key=key,
            kind=kind,
            at=self.received_at if at > self.received_at + MAX_AHEAD else at,
            seq=seq,
            actor=actor or Actor(),
            values=values or {},
            before=before or {},
            texts=texts or {},
            public=public,
            origin=self.origin,
            final=self.final,
            received_at=self.received_at,
        )


@dataclass(frozen=True, slots=True)
class Found:
    """A fact or, without one, only what is missing."""

    fact: Fact | None = None
    missing: Missing | None = None


def created(fields: Mapping[str, Any], source: Source) -> Found:
    """The creation: its instant alone, since not every body that tells it tells by whom."""
    at = instant(fields.get("created"))
    if at is None:
        return Found(missing=Missing.CREATED)
    return Found(source.fact("created", FactKind.CREATED, at))


def snapshot(key: str, fields: Mapping[str, Any], fallback: datetime, source: Source) -> Fact:
    """What the fields are as of `updated`: only those that the body carries; null is None, empty text is empty."""
    at = instant(fields.get("updated")) or fallback
    values: dict[str, str | None] = dict(_values(fields, source.rules))
    if key:
        values[Field.KEY] = key
    texts: dict[str, str] = {field: plain_text(fields[field]) or "" for field in TEXT_FIELDS if field in fields}
    content = json.dumps([sorted(values.items()), sorted(texts)], ensure_ascii=True)
    digest = hashlib.sha256(content.encode()).hexdigest()[:12]
    return source.fact(f"snapshot/{stamp(at)}/{digest}", FactKind.SNAPSHOT, at, values=values, texts=texts)


def _values(fields: Mapping[str, Any], rules: JiraRules) -> Iterator[tuple[Field, str | None]]:
    if "status" in fields:
        yield from _status(fields, rules)
    worded = {"priority": Field.PRIORITY, **rules.custom_fields}
    for field_id, field in worded.items():
        # An empty object (seen in hand-made bodies) tells nothing.
        if field_id in fields and fields[field_id] != {}:
            yield field, field_word(field, fields[field_id], rules)
    if "issuelinks" in fields:
        yield Field.DUPLICATE_OF, original_of(fields["issuelinks"], rules)
    for field in (Field.REPORTER, Field.ASSIGNEE):
        if field in fields:
            identifier = user_id(fields[field], rules)
            if identifier or not fields[field]:
                yield field, identifier
    reporter = fields.get(Field.REPORTER)
    if mapping(reporter).get("emailAddress") or (Field.REPORTER in fields and not reporter):
        yield Field.REPORTER_EMAIL, name(mapping(reporter).get("emailAddress")) or None


def _status(fields: Mapping[str, Any], rules: JiraRules) -> Iterator[tuple[Field, str | None]]:
    status = fields["status"]
    label = name(mapping(status).get("name")) or name(status)
    word = Statuses(rules, status).word(name(mapping(status).get("id")), label, is_set(fields.get("resolution")))
    if word is not None or status is None:
        yield Field.STATUS, word


def original_of(links: Any, rules: JiraRules) -> str | None:
    """The key of the issue that these links make this one a duplicate of; the smallest, if there are several."""
    found = set()
    for link in map(mapping, items(links)):
        for side, word in (("outwardIssue", "outward"), ("inwardIssue", "inward")):
            key = name(mapping(link.get(side)).get("key"))
            if key and name(mapping(link.get("type")).get(word)).casefold() in rules.duplicate_links:
                found.add(key)
    return min(found, default=None)


def customer_is_open(values: Mapping[str, str | None]) -> bool:
    """Whether a snapshot leaves open whose ticket it is."""
    return not values.get(Field.ORGANIZATIONS) and not values.get(Field.REPORTER_EMAIL)
