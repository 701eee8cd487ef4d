"""The double's issues: what is in them, how they change, and what is logged and told of each change."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

#: When the double's first event happens; each further one follows a minute later, unless `now` is set.
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

#: Statuses that every project has, with their categories; each can be reached from each.
STATUSES = {
    "Open": "new",
    "In progress": "indeterminate",
    "Waiting for customer": "indeterminate",
    "Done": "done",
}
PRIORITIES = ("Highest", "High", "Medium", "Low", "Lowest")

#: Fields whose value is an object with id and name; those of users hold a user.
_NAMED = frozenset({"status", "priority", "resolution", "issuetype"})
_USERS = frozenset({"assignee", "reporter"})
#: The field by which the portal shares a request with organisations.
ORGANIZATIONS = "customfield_10002"


@dataclass
class Issue:
    """One issue as Jira keeps it; a comment has `public` and `properties` of ours beside Jira's own."""

    id: str
    key: str
    fields: Json
    histories: list[Json] = field(default_factory=list)
    comments: list[Json] = field(default_factory=list)
    sla: list[Json] = field(default_factory=list)


class Issues:
    """All issues of one Jira. Every change updates `updated` and the changelog, and tells `on_event` of it.

    `now` is Jira's clock. `on_event`, if set, is given the body of each webhook, in the thread that made the
    change and after it took place.
    """

    @property
    def url(self) -> str:
        """The base URL."""
        return "http://jira.example"

    def __init__(self, cloud: bool) -> None:
        self.cloud = cloud
        self.on_event: Callable[[bytes], None] | None = None
        self.now: Callable[[], datetime] = lambda: START + timedelta(minutes=self._events)
        self._events = 0
        self._issues: dict[str, Issue] = {}
        self._ids: dict[tuple[str, str], str] = {}
        self._changing = threading.RLock()
        self._numbers: dict[str, int] = {}  # the last one of each project
        for status in STATUSES:
            self.named("status", status)
        for priority in PRIORITIES:
            self.named("priority", priority)

    def find(self, id_or_key: str) -> Issue | None:
        """The issue with that id, or that key."""
        by_key = (issue for issue in [*self._issues.values()] if issue.key == id_or_key)
        return self._issues.get(id_or_key) or next(by_key, None)

    def everything(self) -> list[Issue]:
        """All issues, in no order that Jira promises."""
        return [*self._issues.values()]

    def user(self, name: str) -> Json:
        """A person, as this kind of Jira names people."""
        about = {"displayName": name.title(), "active": True, "timeZone": "Etc/UTC"}
        if self.cloud:
            return {"accountId": f"712020:{name}", "accountType": "atlassian", **about}
        return {"name": name, "key": f"JIRAUSER{name}", "emailAddress": f"{name}@example.com", **about}

    def named(self, field_id: str, name: str) -> Json:
        """A status, priority or the like by its name, with the id that it has had since it was first named."""
        with self._changing:
            taken = sum(1 for kind, _ in self._ids if kind == field_id)
            value: Json = {"id": self._ids.setdefault((field_id, name), str(taken + 1)), "name": name}
        if field_id == "status":
            value["statusCategory"] = {"key": STATUSES.get(name, "indeterminate")}
        return value

    # What happens to issues

    def add_issue(self, issue_id: str, key: str, fields: Json | None = None, author: str = "ben") -> None:
        """File an issue; `fields` come beside a few that every issue has."""
        with self._changing:
            created, project = self._next_instant(), key.rpartition("-")[0]
            usual: Json = {
                "summary": f"Summary of {key}",
                "description": f"Description of {key}",
                "created": created,
                "updated": created,
                "issuetype": {"id": "10001", "name": "Incident"},
                "status": self.named("status", "Open"),
                "priority": self.named("priority", "Highest"),
                "project": self.project(key),
                "labels": [],
                "assignee": None,
                "resolution": None,
                "reporter": self.user(author),
                "creator": self.user(author),
            }
            self._issues[issue_id] = issue = Issue(issue_id, key, usual | (fields or {}))
            number = int(key.rpartition("-")[2])
            self._numbers[project] = max(number, self._numbers.get(project, 0))
            told = self._body(issue, author, "jira:issue_created", issue_event_type_name="issue_created")
        self._send(told)

    def new_issue(self, project: str, fields: Json, author: str) -> Issue:
        """File an issue under the next free id and key of a project."""
        with self._changing:
            number = self._numbers[project] = self._numbers.get(project, 0) + 1
            issue_id, key = str(90000 + sum(self._numbers.values())), f"{project}-{number}"
        self.add_issue(issue_id, key, {**fields, "project": self.project(key)}, author)
        return self._issues[issue_id]

    def change(self, issue_id: str, name: str, before: str, after: str, author: str = "ana") -> str:
        """Set a field by the words that its value is shown with; returns the id of the changelog's entry."""
        issue = self._issues[issue_id]
        value: Any = after
        if name in _NAMED:
            value = self.named(name, after)
            issue.fields[name] = self.named(name, before)
        elif name in _USERS:
            value = self.user(after) if after else None
        elif name.startswith("customfield_"):
            value = {"id": self.named(name, after)["id"], "value": after}
            issue.fields.setdefault(name, {"id": self.named(name, before)["id"], "value": before} if before else None)
        else:
            issue.fields[name] = before
        return self.set_fields(issue_id, {name: value}, author)

    def set_fields(self, issue_id: str, fields: Mapping[str, Any], author: str = "ana") -> str:
        """Set fields to values as REST gives them; one entry in the changelog, whose id is returned ("": none)."""
        with self._changing:
            issue = self._issues[issue_id]
            changed = {name: value for name, value in fields.items() if issue.fields.get(name) != value}
            if not changed:
                return ""
            items = [self._item(name, issue.fields.get(name), value) for name, value in changed.items()]
            issue.fields.update(changed)
            history, told = self._log(
                issue, items, author, "issue_generic" if "status" in changed else "issue_updated"
            )
        self._send(told)
        return history

    def resolve(self, issue_id: str, author: str = "ana", status: str = "Done") -> str:
        """End the work on an issue."""
        done = {"status": self.named("status", status), "resolution": self.named("resolution", "Done")}
        return self.set_fields(issue_id, done, author)

    def move(self, issue_id: str, new_key: str, author: str = "ana") -> str:
        """Move an issue to another project: its key changes, its id stays."""
        with self._changing:
            issue = self._issues[issue_id]
            old, new = issue.fields["project"], self.project(new_key)
            items = [
                self._item("project", old, new),
                {"field": "Key", "fieldtype": "jira", "from": None, "fromString": issue.key}
                | {"to": None, "toString": new_key},
            ]
            issue.key, issue.fields["project"] = new_key, new
            history, told = self._log(issue, items, author, "issue_moved")
        self._send(told)
        return history

    def delete_issue(self, issue_id: str, author: str = "ana") -> None:
        """Delete an issue; REST knows nothing of it any more."""
        with self._changing:
            issue = self._issues.pop(issue_id)
            issue.fields["updated"] = self._next_instant()
            told = self._body(issue, author, "jira:issue_deleted")
        self._send(told)

    def add_comment(
        self,
        issue_id: str,
        body: Any,
        *,
        author: str = "ana",
        public: bool | None = True,
        properties: list[Json] | None = None,
    ) -> str:
        """Add a comment; returns its id. `public` None is a comment whose visibility Jira does not tell."""
        with self._changing:
            issue, at, by = self._issues[issue_id], self._next_instant(), self.user(author)
            comment = {"id": str(30000 + self._events), "author": by, "updateAuthor": by, "body": body}
            comment |= {"created": at, "updated": at, "public": public, "properties": properties or []}
            issue.comments.append(comment)
            issue.fields["updated"] = at
            told = self._comment_bodies(issue, comment, author, "comment_created")
        self._send(*told)
        return str(comment["id"])

    def edit_comment(self, issue_id: str, comment_id: str, body: Any, author: str = "ana") -> None:
        """Change a comment's text."""
        with self._changing:
            issue = self._issues[issue_id]
            comment = next(each for each in issue.comments if each["id"] == comment_id)
            at = self._next_instant()
            comment.update(body=body, updated=at, updateAuthor=self.user(author))
            issue.fields["updated"] = at
            told = self._comment_bodies(issue, comment, author, "comment_updated")
        self._send(*told)

    def delete_comment(self, issue_id: str, comment_id: str, author: str = "ana") -> None:
        """Delete a comment; those behind it move up."""
        with self._changing:
            issue = self._issues[issue_id]
            comment = next(each for each in issue.comments if each["id"] == comment_id)
            issue.comments.remove(comment)
            issue.fields["updated"] = self._next_instant()
            told = self._comment_bodies(issue, comment, author, "comment_deleted")
        self._send(*told)

    # How it is logged

    def project(self, key: str) -> Json:
        """The project of a key."""
        name = key.rpartition("-")[0]
        return {
            "id": str(10000 + sum(name.encode())),
            "key": name,
            "name": f"Project {name}",
            "projectTypeKey": "service_desk",
        }

    def _item(self, name: str, before: Any, after: Any) -> Json:
        """One entry of the changelog: Cloud names the field's id too."""
        (old_id, old), (new_id, new) = self._shown(name, before), self._shown(name, after)
        custom = name.startswith("customfield_")
        title = {ORGANIZATIONS: "Organizations"}.get(name, f"Field {name.rpartition('_')[2]}") if custom else name
        item = {"field": title, "fieldtype": "custom" if custom else "jira"}
        item |= {"fieldId": name} if self.cloud else {}
        return item | {"from": old_id, "fromString": old, "to": new_id, "toString": new}

    def _shown(self, name: str, value: Any) -> tuple[str | None, str | None]:
        """A value's id and words, as the changelog has them."""
        if value is None:
            return None, None
        if name == "labels":
            return None, " ".join(value)
        if isinstance(value, list):
            ids = ", ".join(str(each.get("id")) for each in value)
            return f"[{ids}]", ", ".join(str(each.get("name")) for each in value)
        if isinstance(value, dict):
            words = value.get("displayName") or value.get("name") or value.get("value") or ""
            return value.get("id") or value.get("accountId") or value.get("key"), words
        return None, str(value)

    def _log(self, issue: Issue, items: list[Json], author: str, event: str) -> tuple[str, bytes]:
        """Note a change; returns the entry's id and the webhook's body."""
        at = self._next_instant()
        history = {"id": str(20000 + self._events), "author": self.user(author), "created": at, "items": items}
        issue.histories.append(history)
        issue.fields["updated"] = at
        changelog = {"id": history["id"], "items": items}
        told = self._body(issue, author, "jira:issue_updated", issue_event_type_name=event, changelog=changelog)
        return str(history["id"]), told

    def _next_instant(self) -> str:
        at = self.now()
        self._events += 1
        return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"

    # How it is told

    def _send(self, *bodies: bytes) -> None:
        if self.on_event is not None:
            for body in bodies:
                self.on_event(body)

    def _body(self, issue: Issue, author: str, event: str, **more: Any) -> bytes:
        body = {"timestamp": _milliseconds(issue), "webhookEvent": event, "user": self.user(author)}
        return json.dumps({**body, "issue": self._about(issue, issue.fields), **more}).encode()

    def _comment_bodies(self, issue: Issue, comment: Json, author: str, event: str) -> list[bytes]:
        """Cloud sends the comment with a few of the issue's fields; Data Center the comment alone, and when it is
        made or edited once more with the whole issue.
        """
        told = {key: value for key, value in comment.items() if key not in ("properties", "public")}
        told["self"] = f"{self.url}/rest/api/2/issue/{issue.id}/comment/{comment['id']}"
        body: Json = {"timestamp": _milliseconds(issue), "webhookEvent": event, "comment": told}
        if self.cloud:
            told |= {} if comment["public"] is None else {"jsdPublic": comment["public"]}
            few = ("summary", "issuetype", "project", "assignee", "priority", "status")
            body["issue"] = self._about(issue, {name: issue.fields[name] for name in few})
            return [json.dumps(body).encode()]
        kinds = {"comment_created": "issue_commented", "comment_updated": "issue_comment_edited"}
        bodies = [json.dumps(body).encode()]
        if event in kinds:
            more = {"issue_event_type_name": kinds[event], "comment": told}
            bodies.append(self._body(issue, author, "jira:issue_updated", **more))
        return bodies

    def _about(self, issue: Issue, fields: Json) -> Json:
        path = issue.id if self.cloud else f"issue/{issue.id}"
        return {"id": issue.id, "self": f"{self.url}/rest/api/2/{path}", "key": issue.key, "fields": fields}


def _milliseconds(issue: Issue) -> int:
    return int(datetime.fromisoformat(issue.fields["updated"]).timestamp() * 1000)
