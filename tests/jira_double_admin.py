"""What the double says of itself: version, fields, options, statuses, permissions, people and webhooks.

    with AdminDouble(cloud=True) as jira:
        jira.admin.permissions.remove("EDIT_ISSUES")
        jira.admin.options["customfield_10101"] = [("10201", "Yes"), ("10202", "No")]
        JiraAdmin(connection.call).permissions("SUP")

Webhooks are kept as they were sent, under `admin.webhooks`, and need the permission ADMINISTER.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.jira_double import Fault, JiraDouble
from tests.jira_double.issues import PRIORITIES, STATUSES, Json
from tests.jira_double.rest import MISSING, Reply, error

ALL = ("BROWSE_PROJECTS", "ADD_COMMENTS", "EDIT_ISSUES", "TRANSITION_ISSUES", "ASSIGN_ISSUES", "ADMINISTER")

#: An option's id and value.
Option = tuple[str, str]


@dataclass
class Admin:
    """How this Jira is set up. `version` is Data Center's; `server_time` None means that it tells none."""

    version: tuple[int, ...] = (10, 3, 2)
    server_time: str | None = "2026-03-02T09:00:00.000+0000"
    fields: dict[str, str] = field(
        default_factory=lambda: {
            "summary": "Summary",
            "customfield_10101": "Production affected",
            "customfield_10102": "Workaround",
            "customfield_10002": "Organizations",
        }
    )
    #: What can be chosen in a field of the edit screen; a field that is not here is not on it.
    options: dict[str, list[Option]] = field(
        default_factory=lambda: {
            "customfield_10101": [("10201", "Yes"), ("10202", "No")],
            "customfield_10102": [("10211", "None"), ("10212", "Yes, there is one")],
        }
    )
    permissions: set[str] = field(default_factory=lambda: set(ALL))
    organizations: dict[str, str] = field(default_factory=lambda: {"1": "Acme", "2": "Globex"})
    people: set[str] = field(default_factory=lambda: {"ana", "ben"})
    webhooks: dict[str, Json] = field(default_factory=dict)
    #: The choices under an option of a cascading select, by the option's id.
    children: dict[str, list[Option]] = field(default_factory=dict)


class AdminDouble(JiraDouble):
    """The double with what an administrator sets up."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.admin = Admin()

    def reply(self, method: str, path: str, query: Mapping[str, str], body: Any) -> Reply | None:
        found = answer_admin(self, method, path, query, body)
        return super().reply(method, path, query, body) if found is None else found


def answer_admin(double: AdminDouble, method: str, path: str, query: Mapping[str, str], body: Any) -> Reply | None:
    """The answer to a request about Jira itself; None for any other."""
    admin = double.admin
    match method, path.split("/"):
        case "GET", ["rest", "api", _, "serverInfo"]:
            return _server_info(double)
        case "GET", ["rest", "api", _, "field"]:
            return [_field(field_id, title) for field_id, title in admin.fields.items()]
        case "GET", ["rest", "api", _, ("status" | "priority") as kind]:
            return [_described(double, kind, title) for title in (STATUSES if kind == "status" else PRIORITIES)]
        case "GET", ["rest", "api", _, "issue", key, "editmeta"]:
            return _edit_screen(admin) if double.find(key) else error(404, MISSING)
        case "GET", ["rest", "api", _, "mypermissions"]:
            return _permissions(double, query)
        case "GET", ["rest", "api", _, "user"]:
            return _user(double, query)
        case "GET", ["rest", "servicedeskapi", "organization"]:
            found = [{"id": number, "name": title} for number, title in admin.organizations.items()]
            return double._desk_page(found, query)
        case _, ["rest", "webhooks", "1.0", "webhook", *rest] if double.cloud or admin.version[0] < 10:
            return _webhooks(double, method, rest, body)
        case _, ["rest", "jira-webhook", "1.0", "webhooks", *rest] if not double.cloud and admin.version[0] >= 10:
            return _webhooks(double, method, rest, body)
    return None


def _server_info(double: AdminDouble) -> Json:
    version = (1001, 0, 0) if double.cloud else double.admin.version
    about = {"baseUrl": double.url, "version": ".".join(map(str, version)), "versionNumbers": [*version]}
    about["deploymentType"] = "Cloud" if double.cloud else "Server"
    return about | ({"serverTime": double.admin.server_time} if double.admin.server_time else {})


def _field(field_id: str, title: str) -> Json:
    return {"id": field_id, "name": title, "custom": field_id.startswith("customfield_"), "searchable": True}


def _described(double: AdminDouble, kind: str, title: str) -> Json:
    """A status or priority; only the former have a category, with an id and more."""
    value = double.named(kind, title)
    value.pop("statusCategory", None)
    if kind == "status":
        value["statusCategory"] = {"id": 2, "key": STATUSES[title], "name": STATUSES[title]}
    return value


def _edit_screen(admin: Admin) -> Json:
    return {
        "fields": {
            field_id: {
                "key": field_id,
                "name": admin.fields.get(field_id, field_id),
                "required": False,
                "operations": ["set"],
                "schema": {"type": "option"},
                "allowedValues": [_option(admin, each) for each in options],
            }
            for field_id, options in admin.options.items()
        }
    }


def _option(admin: Admin, option: Option) -> Json:
    number, value = option
    children = [_option(admin, each) for each in admin.children.get(number, ())]
    return {"id": number, "value": value} | ({"children": children} if children else {})


def _permissions(double: AdminDouble, query: Mapping[str, str]) -> Reply:
    """Cloud wants to be told which permissions it is asked for; Data Center tells of all."""
    asked = query.get("permissions", "").split(",") if double.cloud else [*ALL]
    if asked == [""]:
        return error(400, "The 'permissions' query parameter is required.")
    if query.get("projectKey") and not any(
        issue.key.startswith(query["projectKey"] + "-") for issue in double.everything()
    ):
        return error(404, f"No project could be found with key '{query['projectKey']}'.")
    granted = double.admin.permissions
    return {"permissions": {key: {"key": key, "name": key, "havePermission": key in granted} for key in asked}}


def _user(double: AdminDouble, query: Mapping[str, str]) -> Reply:
    """Who has that id (Cloud), or that name or key (Data Center)."""
    keys = {"accountId": "accountId"} if double.cloud else {"username": "name", "key": "key"}
    known = [double.user(person) for person in double.admin.people]
    found = [user for user in known if any(user[ours] == query.get(asked) for asked, ours in keys.items())]
    return found[0] if found else error(404, "The user does not exist.")


def _webhooks(double: AdminDouble, method: str, rest: list[str], body: Any) -> Reply | None:
    admin = double.admin
    if "ADMINISTER" not in admin.permissions:
        return error(403, "You are not authorised to perform this operation.")
    match method, rest:
        case "GET", []:
            return [_shown(double, number, webhook) for number, webhook in admin.webhooks.items()]
        case "POST", []:
            number = str(len(admin.webhooks) + 71)
            admin.webhooks[number] = body
            return Fault(201, {"Content-Type": "application/json"}, json.dumps(_shown(double, number, body)).encode())
        case "PUT", [number] if number in admin.webhooks:
            admin.webhooks[number] = body
            return _shown(double, number, body)
    return None


def _shown(double: AdminDouble, number: str, webhook: Json) -> Json:
    """A webhook as it is read back: under its id or its own address, and never with its secret."""
    shown = {key: value for key, value in webhook.items() if key != "secret"}
    if "configuration" in shown:
        shown["configuration"] = {key: value for key, value in shown["configuration"].items() if key != "SECRET"}
    old = double.cloud or double.admin.version[0] < 10
    return shown | ({"self": f"{double.url}/rest/webhooks/1.0/webhook/{number}"} if old else {"id": int(number)})
