"""What a Jira says of itself: its version, fields, options, statuses, permissions, people and webhooks."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

import requests

from integrations.jira_connection import Refused, is_list_of_objects
from integrations.jira_json import clean, instant, items, mapping, name, numeric_id
from triage.domain.doctor import PERMISSIONS, Myself, Named, Server
from triage.domain.doctor_mapping import EditScreen, Status
from triage.domain.doctor_webhook import Webhook
from triage.ports import NotFound, SourceError

Json = dict[str, Any]

#: How many entries are asked for at once.
PAGE = 50

#: Where webhooks are registered: in Cloud and up to Server 9, and since Data Center 10
#: (developer.atlassian.com/server/jira/platform/webhooks).
WEBHOOKS, WEBHOOKS_10 = "rest/webhooks/1.0/webhook", "rest/jira-webhook/1.0/webhooks"

#: The filter's name in a webhook's body, up to Server 9.
JQL = "issue-related-events-section"

#: A year: Cloud searches for nothing that has no bounds.
_YEAR = 365 * 24 * 60


class Call(Protocol):
    """One request, such as `integrations.jira_connection.JiraConnection.call`: JSON, or SourceError."""

    def __call__(
        self, method: str, path: str, *, params: Mapping[str, Any] | None = None, body: Any = None
    ) -> Any: ...


class JiraAdmin:
    """Asks a Jira about itself; implements Inspector of triage.engine.doctor, for Cloud and Data Center."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._known: Server | None = None  # not asked yet

    def server(self) -> Server:
        """Which Jira it is, and its time."""
        about = self._object("rest/api/2/serverInfo")
        version = tuple(each for each in items(about.get("versionNumbers")) if isinstance(each, int))
        if not version:
            raise SourceError("the base URL is not Jira's, or Jira does not say what it is")
        cloud = about.get("deploymentType") == "Cloud"
        self._known = Server(cloud, version, instant(about.get("serverTime")))
        return self._known

    def myself(self) -> Myself:
        """Who we are: Cloud's account id; Data Center's key and name."""
        about = self._object("rest/api/2/myself")
        ids = tuple(found for key in ("accountId", "key", "name") if (found := name(about.get(key))))
        if not ids:
            raise SourceError("Jira does not say who we are")
        return Myself(tuple(dict.fromkeys(ids)), name(about.get("displayName")))

    def fields(self) -> Sequence[Named]:
        """All fields, the system's too."""
        return [_named(field) for field in self._list("rest/api/2/field")]

    def statuses(self) -> Sequence[Status]:
        """All statuses, of whichever workflow."""
        return [
            Status(name(each.get("id")), name(each.get("name")), _is_done(each))
            for each in self._list("rest/api/2/status")
        ]

    def priorities(self) -> Sequence[Named]:
        """All priorities, of whichever scheme."""
        return [_named(priority) for priority in self._list("rest/api/2/priority")]

    def edit_screen(self, project: str) -> EditScreen | None:
        """What can be chosen in the newest issue of a project (empty: of any), or None without one.

        The edit screen is shown without an administrator's rights, on Cloud and Data Center alike.
        """
        key = self._newest_issue(project)
        if not key:
            return None
        fields = mapping(self._object(f"rest/api/2/issue/{key}/editmeta").get("fields"))
        return EditScreen(key, {field_id: tuple(_options(field)) for field_id, field in fields.items()})

    def permissions(self, project: str) -> frozenset[str]:
        """The permissions that we have in a project; empty: in any. Cloud wants to be told which it is asked for."""
        params = {"projectKey": project} if project else {}
        if self._about().cloud:
            params["permissions"] = ",".join(PERMISSIONS)
        found = mapping(self._object("rest/api/2/mypermissions", params).get("permissions"))
        return frozenset(key for key, about in found.items() if mapping(about).get("havePermission") is True)

    def organizations(self) -> Sequence[Named]:
        """The organisations of Jira Service Management that we may see."""
        found: list[Named] = []
        while True:
            page = self._object("rest/servicedeskapi/organization", {"start": len(found), "limit": PAGE})
            values, last = page.get("values"), page.get("isLastPage")
            if not is_list_of_objects(values) or not isinstance(last, bool) or not (values or last):
                raise SourceError("Jira's answer has no list of organisations")
            found += map(_named, values)
            if last:
                return found

    def has_user(self, account: str) -> bool:
        """Whether there is such an account: by its id on Cloud, by name or key on Data Center."""
        keys = ("accountId",) if self._about().cloud else ("username", "key")
        return any(self._is_user({key: account}) for key in keys)

    def webhooks(self) -> Sequence[Webhook]:
        """The webhooks that administrators registered; those of apps are not among them."""
        new = self._is_10()
        path, params = (WEBHOOKS_10, {"start": 0, "limit": 1000}) if new else (WEBHOOKS, {})
        return [(_webhook_10 if new else _webhook)(each) for each in self._list(path, params)]

    def put_webhook(self, webhook: Webhook, secret: str) -> None:
        """Register a webhook without an id; bring the one with that id up to date.

        Everything is sent each time, since what is left out would stay as it is (a secret) or be emptied.
        """
        new = self._is_10()
        path = WEBHOOKS_10 if new else WEBHOOKS
        body = (_body_10 if new else _body)(webhook, secret)
        if webhook.id:
            self._call("PUT", f"{path}/{webhook.id}", body=body)
        else:
            self._call("POST", path, body=body)

    def _about(self) -> Server:
        return self._known or self.server()

    def _is_10(self) -> bool:
        about = self._about()
        return not about.cloud and about.version[0] >= 10

    def _newest_issue(self, project: str) -> str:
        where = f"project = {json.dumps(project)}" if project else f"created >= -{_YEAR}m"
        path = "rest/api/3/search/jql" if self._about().cloud else "rest/api/2/search"
        params = {"jql": f"{where} ORDER BY created DESC", "fields": "created", "maxResults": 1}
        found = self._object(path, params).get("issues")
        if not is_list_of_objects(found):
            raise SourceError("Jira's answer has no list of issues")
        return name(found[0].get("key")) if found else ""

    def _is_user(self, params: Mapping[str, str]) -> bool:
        try:
            return bool(self._object("rest/api/2/user", params))
        except NotFound as error:
            if isinstance(error, Refused) and error.status != requests.codes.not_found:
                raise  # it is we who may not look
            return False

    def _object(self, path: str, params: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        answer = self._call("GET", path, params=params)
        if not isinstance(answer, dict):
            raise SourceError("Jira's answer is no JSON object")
        return answer

    def _list(self, path: str, params: Mapping[str, Any] | None = None) -> list[Json]:
        answer = self._call("GET", path, params=params)
        if not is_list_of_objects(answer):
            raise SourceError("Jira's answer is no list")
        return answer


def _named(value: Json) -> Named:
    return Named(name(value.get("id")), name(value.get("name")))


def _is_done(status: Json) -> bool:
    return name(mapping(status.get("statusCategory")).get("key")) == "done"


def _options(field: Any) -> Iterator[Named]:
    """What can be chosen in a field; of a cascading select the innermost choices, as tickets are read by these."""
    for option in map(mapping, items(mapping(field).get("allowedValues"))):
        for choice in map(mapping, items(option.get("children")) or [option]):
            yield Named(name(choice.get("id")), name(choice.get("value")) or name(choice.get("name")))


def _webhook(found: Json) -> Webhook:
    """A webhook of Cloud or Server, whose id stands in its own address."""
    return Webhook(
        id=_id(_text(found.get("self")).rstrip("/").rpartition("/")[2]),
        name=name(found.get("name")),
        url=_text(found.get("url")),
        events=_events(found),
        jql=_text(mapping(found.get("filters")).get(JQL)).strip(),
        enabled=found.get("enabled") is not False,
        excludes_body=found.get("excludeBody") is True,
    )


def _webhook_10(found: Json) -> Webhook:
    """A webhook of Data Center 10, whose configuration is all texts."""
    configuration = mapping(found.get("configuration"))
    return Webhook(
        id=_id(found.get("id")),
        name=name(found.get("name")),
        url=_text(found.get("url")),
        events=_events(found),
        jql=_text(configuration.get("FILTERS")).strip(),
        enabled=found.get("active") not in (False, "false"),
        excludes_body=configuration.get("EXCLUDE_BODY") in (True, "true"),
    )


def _id(value: Any) -> str:
    """A webhook's id. One that cannot be told must not be taken for new, and registered a second time."""
    found = numeric_id(value)
    if not found:
        raise SourceError("Jira's list of webhooks tells no ids")
    return found


def _events(found: Json) -> frozenset[str]:
    return frozenset(map(name, items(found.get("events"))))


def _body(webhook: Webhook, secret: str) -> Json:
    return _common(webhook) | {
        "filters": {JQL: webhook.jql} if webhook.jql else {},
        "excludeBody": webhook.excludes_body,
        "enabled": webhook.enabled,
        "secret": secret,
    }


def _body_10(webhook: Webhook, secret: str) -> Json:
    """Data Center 10 ignores a secret that stands outside the configuration."""
    excluded = "true" if webhook.excludes_body else "false"
    configuration = {"EXCLUDE_BODY": excluded, "SECRET": secret}
    if webhook.jql:
        configuration["FILTERS"] = webhook.jql
    return _common(webhook) | {"configuration": configuration, "active": webhook.enabled}


def _common(webhook: Webhook) -> Json:
    return {"name": webhook.name, "url": webhook.url, "events": sorted(webhook.events)}


def _text(value: Any) -> str:
    """A text of any length: addresses and filters are no names."""
    return clean(value) if isinstance(value, str) else ""
