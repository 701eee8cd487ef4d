"""Jira changelogs -> one fact for each change of a field that decisions read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from integrations.jira_adf import plain_text
from integrations.jira_facts import PARTIAL, Found, Source
from integrations.jira_json import instant, items, mapping, name
from integrations.jira_words import Person, Statuses, is_set, item_word
from triage.domain.jira import JiraRules, Missing
from triage.domain.ticket import TEXT_FIELDS, Fact, FactKind, Field

#: A webhook is sent at most this long after the issue's `updated`, when it tells of that very update (0.6 s at
#: most in the bodies collected); if it lies further off, the issue was not updated, or has been again.
_UPDATE_WINDOW = timedelta(seconds=5)

#: A field that is filled within this time of the creation was created with that value.
_CREATION_WINDOW = timedelta(seconds=1)

_CHANGELOG_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_PEOPLE = frozenset({Field.REPORTER, Field.ASSIGNEE})


@dataclass(frozen=True, slots=True)
class History:
    """One entry of a changelog: what one action changed. `resolution_set` is as of after it, None if not told."""

    id: str
    at: datetime
    author: Any
    items: tuple[Mapping[str, Any], ...]
    resolution_set: bool | None = None

    @property
    def seq(self) -> int:
        """The numeric id; what is numbered otherwise is not ordered."""
        return int(self.id) if self.id.isdigit() else 0


def webhook_instant(timestamp: datetime | None, updated: datetime | None) -> datetime | None:
    """When the change that a webhook tells of was made: as near to the history's `created` as can be told."""
    if timestamp is None or updated is None:
        return timestamp or updated
    return updated if timedelta(0) <= timestamp - updated <= _UPDATE_WINDOW else timestamp


def read_histories(
    entries: list[tuple[Any, Any, datetime | None]], fields: Mapping[str, Any]
) -> tuple[list[History], bool]:
    """The entries (id and items, author, instant) from old to new, and whether all of them could be read.

    Whether a resolution was set after each is reckoned back from the issue's present resolution.
    """
    known: dict[str, History] = {}
    for entry, author, at in entries:
        entry_id = name(mapping(entry).get("id"))
        if at is not None and _CHANGELOG_ID.fullmatch(entry_id):
            changed = tuple(mapping(item) for item in items(mapping(entry).get("items")))
            known.setdefault(entry_id, History(entry_id, at, author, changed))
    after = is_set(fields["resolution"]) if "resolution" in fields else None
    backwards = []
    for history in sorted(known.values(), key=lambda one: (one.at, one.seq, one.id), reverse=True):
        changes = [item for item in history.items if _is_resolution(item)]
        if changes:
            after = _side_set(changes[-1], "to")
        backwards.append(replace(history, resolution_set=after))
        if changes:
            after = _side_set(changes[0], "from")
    return backwards[::-1], len(known) == len(entries)


def _is_resolution(item: Mapping[str, Any]) -> bool:
    return (name(item.get("fieldId")) or name(item.get("field"))).casefold() == "resolution"


def _side_set(item: Mapping[str, Any], side: str) -> bool:
    return is_set(item.get(side)) or is_set(item.get(f"{side}String"))


def change_facts(history: History, fields: Mapping[str, Any], source: Source) -> Iterator[Found]:
    """The facts of one history, keyed `log/<id>/<field>`.

    The field stands in the key, not the item's place: webhooks and REST are free to list items in another order
    and to leave out what the reader may not see. A field listed twice is one change from the first to the last.
    Left out are fields that no decision reads (labels, rank, links, versions, time tracking, ...), and the values
    that a ticket is created with: Cloud's webhook lists them as changes from nothing, REST does not, and they
    are no decision by whoever filled in the form. The snapshot has them.
    """
    author, status = source.person(history.author), fields.get("status")
    by_field = _by_field(history, instant(fields.get("created")), source.rules)
    if author.open and Field.PRIORITY in by_field:
        yield Found(missing=Missing.AUTHOR)
    resolutions = [item for item in history.items if _is_resolution(item)]
    resolution_before = _side_set(resolutions[0], "from") if resolutions else history.resolution_set
    for field, changes in by_field.items():
        value = _side(field, changes[-1], "to", status, history.resolution_set, source)
        earlier = _side(field, changes[0], "from", status, resolution_before, source)
        yield Found(_fact(history, field, author, value, earlier, source))


def _by_field(history: History, created: datetime | None, rules: JiraRules) -> dict[Field, list[Mapping[str, Any]]]:
    at_creation = created is not None and history.at - created <= _CREATION_WINDOW
    found: dict[Field, list[Mapping[str, Any]]] = {}
    for item in history.items:
        custom = name(item.get("fieldtype")).casefold() == "custom"
        field = rules.field_of(name(item.get("fieldId")), name(item.get("field")), custom)
        if field is Field.DUPLICATE_OF and not _is_duplicate_link(item, rules):
            continue
        if field is not None and not (at_creation and not _side_set(item, "from")):
            found.setdefault(field, []).append(item)
    return found


def _is_duplicate_link(item: Mapping[str, Any], rules: JiraRules) -> bool:
    """Whether an item such as `This issue duplicates SUP-7` tells of an original, and not of any other link."""
    words = [name(item.get(side)).casefold() for side in ("fromString", "toString")]
    return any(f" {link} " in text for link in rules.duplicate_links for text in words)


def _fact(
    history: History,
    field: Field,
    author: Person,
    value: str | None,
    before: str | None,
    source: Source,
) -> Fact:
    is_text = field in TEXT_FIELDS
    return source.fact(
        f"log/{history.id}/{field}" + PARTIAL * author.open,
        FactKind.CHANGE,
        history.at,
        seq=history.seq,
        actor=author.actor,
        values={} if is_text else {field: value},
        before={} if is_text else {field: before},
        texts={field: value or "", f"{field}_before": before or ""} if is_text else {},
    )


def _side(
    field: Field,
    item: Mapping[str, Any],
    side: str,
    status: Any,
    resolution_set: bool | None,
    source: Source,
) -> str | None:
    identifier, label = item.get(side), item.get(f"{side}String")
    if field in TEXT_FIELDS:
        return plain_text(label)
    if field is Field.STATUS:
        return Statuses(source.rules, status).word(name(identifier), name(label), resolution_set)
    if field in _PEOPLE:
        account = "tmpToAccountId" if side == "to" else "tmpFromAccountId"
        return name(item.get(account)) or name(identifier) or None
    if field is Field.KEY:
        return name(label) or None
    if field is Field.DUPLICATE_OF:
        return name(identifier) or None
    return item_word(field, identifier, label, source.rules)
