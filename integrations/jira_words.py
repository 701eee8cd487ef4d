"""Jira's users and option values -> our roles and words, by the configured rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from integrations.jira_adf import plain_text
from integrations.jira_json import NAME_LIMIT, items, mapping, name
from triage.domain.jira import JiraRules
from triage.domain.ticket import RESOLVED, Actor, Field, Role

#: Older bodies name a user by this query of `self` alone.
_USER_QUERY = re.compile(r"[?&](accountId|key|username)=([^&#]{1,255})")


@dataclass(frozen=True, slots=True)
class Person:
    """A user as one body shows them; `open` says that Jira may know more about their role."""

    actor: Actor
    open: bool = False


def person(user: Any, rules: JiraRules, final: bool) -> Person:
    """Who a user object names; `final` says that it was fetched, so that what it lacks cannot be had.

    The id is the account's (Cloud), else the user's key or name (Server), so that it agrees with what
    changelogs call the same user.
    """
    user = mapping(user)
    if not user:
        return Person(Actor())
    asked = {key: name(unquote(value)) for key, value in _USER_QUERY.findall(_short(user.get("self")))}
    account = name(user.get("accountId")) or asked.get("accountId", "")
    keys = [name(user.get("key")), name(user.get("name")), asked.get("key", ""), asked.get("username", "")]
    known = [identifier for identifier in (account, *keys) if identifier]
    nothing = "" if final else None
    role = rules.identities.role_of(
        frozenset(known),
        name(user.get("accountType")) or (nothing if account else ""),  # a Server has no account types
        name(user.get("emailAddress")) or nothing,
    )
    label = name(user.get("displayName"))
    return Person(Actor(next(iter(known), ""), label, role or Role.UNKNOWN), open=role is None)


def _short(value: Any) -> str:
    return value[:2048] if isinstance(value, str) else ""


def user_id(user: Any, rules: JiraRules) -> str | None:
    """The id of the user that a field holds; None for an empty field."""
    return name(user) or person(user, rules, final=True).actor.id or None


def word(words: Mapping[str, str], identifier: str, label: str) -> str | None:
    """Our word for one value, by its id, else by its name; Jira's own name where neither is mapped."""
    for known in (identifier.casefold(), label.casefold()):
        if known and known in words:
            return words[known]
    return label or identifier or None


def field_word(field: Field, value: Any, rules: JiraRules) -> str | None:
    """Our word for what a field holds: an object with id and name or value, plain text, or a list of these.

    Several values that mean the same are that word; several that do not stay apart, one a line and sorted, which
    no rule maps, so that the contradiction is seen.
    """
    options = value if isinstance(value, list) else [value]
    if field is Field.ORGANIZATIONS:
        known = [mapping(option).get(key) for option in options for key in ("id", "name")]
        return _organizations(map(name, [*options, *known]))
    words = rules.words(field)
    return _joined(_option(words, option) for option in options)


def _option(words: Mapping[str, str], option: Any) -> str | None:
    if not isinstance(option, Mapping):
        return word(words, "", name(option))
    if "content" in option:  # a text field in REST v3
        return word(words, "", (plain_text(option) or "")[:NAME_LIMIT])
    label = name(option.get("value")) or name(option.get("name"))
    child = mapping(option.get("child"))
    if child:  # a cascading select: the choice is the innermost one
        return _option(words, child)
    return word(words, name(option.get("id")), label)


def item_word(field: Field, ids: Any, labels: Any, rules: JiraRules) -> str | None:
    """Our word for one side of a changelog item, which has `ids` as `3` or `[3, 4]` and `labels` as `A, B`."""
    words = rules.words(field)
    identifier, label = name(ids), name(labels)
    several = _parts(identifier.strip("[]"))
    names = _parts(label)
    if field is Field.ORGANIZATIONS:
        return _organizations([*several, *names])
    if len(several) < 2 or len(several) != len(names):
        return word(words, "".join(several) if len(several) == 1 else "", label)
    return _joined(word(words, *pair) for pair in zip(several, names, strict=True))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _organizations(found: Iterable[str]) -> str | None:
    """Ids and names together, sorted, with commas between them: customers may be bound by either."""
    return ",".join(sorted({part for one in found for part in _parts(one)})) or None


def _joined(found: Iterable[str | None]) -> str | None:
    return "\n".join(sorted({one for one in found if one})) or None


def is_set(value: Any) -> bool:
    """Whether a field such as the resolution holds anything."""
    return bool(mapping(value)) or bool(items(value)) or bool(name(value))


@dataclass(frozen=True, slots=True)
class Statuses:
    """What this body tells about statuses: the current one with its category."""

    rules: JiraRules
    current: Any

    def word(self, identifier: str, label: str, resolution_set: bool | None) -> str | None:
        """Our word for a status: as mapped, else `resolved` if it ends the work, else Jira's own name.

        Jira's category `done` ends the work. It is told for the current status only; an earlier one that is not
        mapped is taken to have ended the work if the resolution was set while the ticket was in it.
        """
        mapped = word(self.rules.statuses, identifier, label)
        if mapped is None or {identifier.casefold(), label.casefold()} & self.rules.statuses.keys():
            return mapped
        category = self._category(identifier, label)
        ended = category == "done" if category else resolution_set is True
        return RESOLVED if ended else mapped

    def _category(self, identifier: str, label: str) -> str:
        current = mapping(self.current)
        same_id = identifier and identifier == name(current.get("id"))
        same_name = not identifier and label == name(current.get("name"))
        return name(mapping(current.get("statusCategory")).get("key")) if same_id or same_name else ""
