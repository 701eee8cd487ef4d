"""Writing to Jira: each action as requests, and whether it took place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from integrations.jira_connection import JiraConnection, JiraSession, Json, Refused, Unsure
from integrations.jira_create import CLOCKS_DIFFER, Creator, Impossible
from integrations.jira_json import instant, items, mapping, name
from integrations.jira_markup import adf, wiki
from integrations.plain import one_line
from triage.domain.writes import Action, Assign, Comment, CreateTicket, SetFields, SetLabels, Transition, Write
from triage.ports import Delivered, Outcome, Rejected, Retry, SourceError

#: The comment property that tells one of our comments from all others.
MARKER = "triage.marker"

#: A request that was cut off may still be on its way through Jira; by then it has been carried out or lost.
SETTLED_AFTER = timedelta(seconds=30)

_CONFLICT = 409

#: Shorter values of fields are names and ids, which an operator wants to see in Jira's errors.
_TEXT_FROM = 40


@dataclass(frozen=True, slots=True)
class Writer:
    """Carries writes out over a connection; `organizations_field` is the id of the field that shares requests."""

    connection: JiraConnection
    organizations_field: str = ""

    def write(self, write: Write) -> Outcome:
        """See triage.ports.TicketSink.

        Retry where Jira is not there, asks us to wait or does not let us in; where it may have carried out what
        must not be done twice, after half a minute, when it has. Rejected where Jira says no, in its words.
        """
        action = write.action
        try:
            if isinstance(action, CreateTicket):
                creator = Creator(self.connection, self.organizations_field)
                return Delivered(creator.create(action, write.marker, write.tried_since))
            return Delivered(self.connection.run(lambda session: _carry_out(session, write)))
        except Refused as error:
            if error.status == _CONFLICT and isinstance(action, Transition):
                return Retry(f"Jira answered {error.status}")  # somebody else changes the issue just now
            words = one_line(without_texts(error.words, action), 200)
            return Rejected(f"Jira answered {error.status}" + (f": {words}" if words else ""))
        except Impossible as error:
            return Rejected(str(error))
        except Unsure as error:
            once = isinstance(action, Comment | CreateTicket)
            after = max(error.after or SETTLED_AFTER, SETTLED_AFTER) if once else error.after
            return Retry(error.reason, after)
        except SourceError as error:
            return Retry(error.reason, error.after)


def _carry_out(session: JiraSession, write: Write) -> str:
    """Do it; returns the id of what is new."""
    if not (write.issue.isascii() and write.issue.isdecimal()):
        raise Impossible("an issue is written to by its number")
    path = f"rest/api/{3 if session.cloud else 2}/issue/{write.issue}"
    match write.action:
        case Comment() as action:
            return _comment(session, path, write, action)
        case SetFields() as action:
            session.put(path, {"fields": dict(action.fields)})
        case SetLabels() as action:
            session.put(path, {"update": {"labels": list(_label_changes(action))}})
        case Assign() as action:
            session.put(f"{path}/assignee", {"accountId" if session.cloud else "name": action.account or None})
        case Transition() as action:
            _transition(session, path, action.status.strip().casefold())
    return ""


def _label_changes(action: SetLabels) -> Iterator[Json]:
    yield from ({"add": label} for label in action.add)
    yield from ({"remove": label} for label in action.remove)


def _comment(session: JiraSession, path: str, write: Write, action: Comment) -> str:
    """Comment once; visibility and marker are part of the one request, so that none is ever without them."""
    if write.tried_since is not None and (earlier := _marked(session, path, write.marker, write.tried_since)):
        return earlier
    properties = [
        {"key": MARKER, "value": {"key": write.marker}},
        {"key": "sd.public.comment", "value": {"internal": not action.public}},
    ]
    text: Any = adf(action.blocks) if session.cloud else wiki(action.blocks)
    return name(session.post(f"{path}/comment", {"body": text, "properties": properties}).get("id"))


def _marked(session: JiraSession, path: str, marker: str, since: datetime) -> str | None:
    """The id of the comment that has the marker, among those that an earlier attempt can have made."""
    options = {"orderBy": "-created", "expand": "properties"}
    for comment in session.pages(f"{path}/comment", "comments", options):
        for entry in map(mapping, items(comment.get("properties"))):
            if entry.get("key") == MARKER and mapping(entry.get("value")).get("key") == marker:
                return name(comment.get("id"))
        created = instant(comment.get("created"))
        if created is not None and created < since - CLOCKS_DIFFER:
            return None
    return None


def _transition(session: JiraSession, path: str, status: str) -> None:
    """Go where `status` (an id or a name) is, if the issue is not there yet."""
    current = mapping(session.get(path, {"fields": "status"}).get("fields")).get("status")
    if _is_status(current, status):
        return
    found = [mapping(each) for each in items(session.get(f"{path}/transitions").get("transitions"))]
    chosen = next((each for each in found if _is_status(each.get("to"), status)), None)
    if chosen is None:
        ways = ", ".join(sorted({name(mapping(each.get("to")).get("name")) for each in found})) or "nowhere"
        raise Impossible(one_line(f"no transition leads to that status; from here the issue can go to: {ways}", 200))
    session.call("POST", f"{path}/transitions", body={"transition": {"id": name(chosen.get("id"))}})


def _is_status(value: Any, wanted: str) -> bool:
    status: Mapping[str, Any] = mapping(value)
    return wanted in (name(status.get("id")), name(status.get("name")).casefold())


def without_texts(words: str, action: Action) -> str:
    """Jira's words without the text that was to be written, which they may quote."""
    blocks = action.blocks if isinstance(action, Comment | CreateTicket) else ()
    texts = [line for block in blocks for line in block.text.splitlines()]
    texts += [action.summary] if isinstance(action, CreateTicket) else []
    if isinstance(action, SetFields | CreateTicket):
        texts += [value for value in action.fields.values() if isinstance(value, str) and len(value) >= _TEXT_FROM]
    for text in sorted(filter(None, (" ".join(text.split()) for text in texts)), key=len, reverse=True):
        words = words.replace(text, "…")
    return words
