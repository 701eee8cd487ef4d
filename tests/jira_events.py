"""Jira webhook bodies as Cloud sends them, for scenarios, the demo and the kill test."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

SITE = "https://vendor.atlassian.example"
CUSTOMER = {"accountId": "c-dora", "displayName": "Dora Example", "accountType": "customer"}
ANA = {
    "accountId": "5b10ac8d82e05b22cc7d4ef5",
    "displayName": "Ana Example",
    "accountType": "atlassian",
    "emailAddress": "ana@vendor.example",
}
PRODUCTION, WORKAROUND, ORGANIZATIONS = "customfield_10101", "customfield_10102", "customfield_10002"
PRIORITY_NAMES = {"P0": "P0 - Critical", "P1": "P1 - High", "P2": "P2 - Medium", "P3": "P3 - Low"}
#: What an answer is called on the portal.
OPTIONS = {"yes": "Yes", "no": "No", "none": "None", "exists": "Yes, there is one"}


def sign(body: bytes, secret: str) -> dict[str, str]:
    """The headers that prove that Jira sent the body."""
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return {"X-Hub-Signature": f"sha256={digest}", "Content-Type": "application/json"}


def stamp(at: datetime) -> str:
    """A time as Jira writes it, without a colon in the offset."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}+0000"


@dataclass
class Issue:
    """One issue of the customer Acme, and the bodies that its events send."""

    id: str
    key: str
    created: datetime
    summary: str = "Checkout fails"
    priority: str = "P2"
    production: str | None = None
    workaround: str | None = None
    status: str = "Open"
    organization: str = "1"
    description: str | None = None
    assignee: str | None = None
    _changes: int = field(default=0, repr=False)

    def body(self, at: datetime, event: str = "jira:issue_updated", **more: Any) -> bytes:
        return json.dumps(
            {
                "timestamp": int(at.timestamp() * 1000),
                "webhookEvent": event,
                "issue_event_type_name": event.removeprefix("jira:"),
                "user": CUSTOMER,
                "issue": {
                    "id": self.id,
                    "key": self.key,
                    "self": f"{SITE}/rest/api/2/{self.id}",
                    "fields": self._fields(at),
                },
                **more,
            }
        ).encode()

    def _fields(self, at: datetime) -> dict[str, Any]:
        return {
            "summary": self.summary,
            "description": self.description,
            "created": stamp(self.created),
            "updated": stamp(at),
            "priority": {"name": PRIORITY_NAMES.get(self.priority, self.priority), "id": "99"},
            "status": {"name": self.status, "id": "98", "statusCategory": {"key": "new"}},
            "reporter": {**CUSTOMER, "emailAddress": "dora@acme.example"},
            "assignee": {"accountId": self.assignee} if self.assignee else None,
            "project": {"id": "1", "key": self.key.partition("-")[0], "projectTypeKey": "service_desk"},
            PRODUCTION: {"value": OPTIONS[self.production]} if self.production else None,
            WORKAROUND: {"value": OPTIONS[self.workaround]} if self.workaround else None,
            ORGANIZATIONS: [{"id": self.organization, "name": "Acme GmbH"}],
        }

    def created_event(self) -> bytes:
        return self.body(self.created, "jira:issue_created", issue_event_type_name="issue_created")

    def change(self, at: datetime, name: str, value: str | None, user: dict[str, Any] = CUSTOMER) -> bytes:
        """Set a field (`status`, `priority`, `production`, `workaround`) and tell of it."""
        before = getattr(self, name)
        setattr(self, name, value)
        self._changes += 1
        shown = {"priority": PRIORITY_NAMES, "production": OPTIONS, "workaround": OPTIONS}.get(name, {})
        field_id = {"production": PRODUCTION, "workaround": WORKAROUND}.get(name, name)
        item = {
            "field": name.title(),
            "fieldId": field_id,
            "fieldtype": "custom" if field_id != name else "jira",
            "from": None,
            "fromString": shown.get(before, before),
            "to": None,
            "toString": shown.get(value, value),
        }
        changelog = {"id": f"{self.id}{self._changes:03d}", "items": [item]}
        return self.body(at, changelog=changelog, issue_event_type_name="issue_generic", user=user)

    def comment(
        self, at: datetime, text: str, user: dict[str, Any] = CUSTOMER, *, public: bool = True, number: int = 1
    ) -> bytes:
        comment_id = f"{self.id}9{number:03d}"
        comment = {
            "self": f"{SITE}/rest/api/2/issue/{self.id}/comment/{comment_id}",
            "id": comment_id,
            "author": user,
            "updateAuthor": user,
            "body": text,
            "created": stamp(at),
            "updated": stamp(at),
            "jsdPublic": public,
        }
        return self.body(at, "comment_created", comment=comment)

    def later(self, **span: float) -> datetime:
        return self.created + timedelta(**span)
