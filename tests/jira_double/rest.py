"""What the double answers to each request of the platform's and the service desk's REST interfaces."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.jira_adf import plain_text
from tests.jira_double import jql
from tests.jira_double.faults import Fault
from tests.jira_double.issues import ORGANIZATIONS, STATUSES, Issue, Issues, Json

Query = Mapping[str, str]
Reply = Fault | Json | list[Any]

#: The longest text that Jira takes.
LIMIT = 32_767

MISSING = "Issue does not exist or you do not have permission to see it."
DONE = Fault(204)
_TOO_LONG = f"The entered text is too long. It exceeds the allowed limit of {LIMIT:,} characters."


class Rest(Issues):
    """Issues that are asked for and changed over REST. `account` is whom a client is logged in as.

    `refuse`, if set, answers every request that would change something, as Jira does for want of permission.
    """

    def __init__(self, *, cloud: bool, page_size: int) -> None:
        super().__init__(cloud)
        self.page_size = page_size
        #: What was asked for and is not understood; a test that leaves any fails.
        self.unknown: list[str] = []
        self.account = "triage"
        self.refuse: Fault | None = None
        #: Customers by address, who have an account.
        self.customers: dict[str, str] = {}
        #: The service desk's id of each project that is one, and the request types of all.
        self.desks: dict[str, str] = {}
        self.request_types = ("25",)

    def reply(self, method: str, path: str, query: Query, body: Any) -> Reply | None:
        """The answer to a request; None for a path that the double does not know."""
        if method != "GET" and self.refuse is not None and "search" not in path:
            return self.refuse
        match path.split("/"):
            case ["rest", "api", api, "issue", *rest]:
                return self._issue(method, api, rest, query, body)
            case ["rest", "api", api, *rest]:
                return self._platform(method, api, rest, query, body)
            case ["rest", "servicedeskapi", *rest]:
                return self._desk(method, rest, query, body)
        return None

    def _platform(self, method: str, api: str, rest: list[str], query: Query, body: Any) -> Reply | None:
        match method, rest:
            case "GET", ["serverInfo"]:
                return {"baseUrl": self.url, "version": "10.3.2", "versionNumbers": [10, 3, 2]} | {
                    "deploymentType": "Cloud" if self.cloud else "Server"
                }
            case "GET", ["myself"]:
                return self.user(self.account)
            case "GET", ["user", "search"]:
                address = query.get("query" if self.cloud else "username", "")
                return [self.user(name) for known, name in self.customers.items() if known == address]
            case "GET", ["search", "jql"] if self.cloud and api == "3":
                return self._cloud_search(query)
            case "POST", ["search", "approximate-count"] if self.cloud and api == "3":
                return self._searched(body.get("jql", ""), lambda found: {"count": len(found)})
            case "GET", ["search"] if not self.cloud:
                return self._server_search(query)
            case "GET" | "POST", ["search"]:
                return error(
                    410, "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API."
                )
        return None

    # Search

    def _searched(self, query: str, answer: Any) -> Reply:
        known = [
            {"key": issue.key, "issue": issue}
            | {name: datetime.fromisoformat(issue.fields[name]) for name in ("created", "updated")}
            for issue in self.everything()
        ]
        try:
            reply: Reply = answer([each["issue"] for each in jql.search(query, known, self.now())])
        except jql.NotUnderstood as unknown:
            self.unknown.append(f"JQL {query!r}")
            return error(400, f"Error in the JQL Query: {unknown}")
        return reply

    def _cloud_search(self, query: Query) -> Reply:
        """A token names the last issue that was given, so that pages go on where the one before ended."""
        size = min(int(query.get("maxResults", 50)), self.page_size)
        token = query.get("nextPageToken", "")

        def answer(found: list[Issue]) -> Reply:
            ids = [issue.id for issue in found]
            if token and token not in ids:
                return error(400, "The provided next page token is invalid or has expired.")
            start = ids.index(token) + 1 if token else 0
            page = [self._found(issue, query) for issue in found[start : start + size]]
            if start + size >= len(found):
                return {"issues": page, "isLast": True}
            return {"issues": page, "isLast": False, "nextPageToken": ids[start + size - 1]}

        return self._searched(query.get("jql", ""), answer)

    def _server_search(self, query: Query) -> Reply:
        start, size = int(query.get("startAt", 0)), min(int(query.get("maxResults", 50)), self.page_size)

        def answer(found: list[Issue]) -> Reply:
            page = [self._found(issue, query) for issue in found[start : start + size]]
            return {"startAt": start, "maxResults": size, "total": len(found), "issues": page}

        return self._searched(query.get("jql", ""), answer)

    def _found(self, issue: Issue, query: Query) -> Json:
        """An issue in a list: without named fields Cloud gives nothing but its id."""
        if "fields" not in query and self.cloud:
            return {"id": issue.id}
        api = "3" if self.cloud else "2"
        fields = {name: issue.fields.get(name) for name in query.get("fields", "summary").split(",")}
        if "description" in fields:
            fields["description"] = self._text(fields["description"], api)
        return {"id": issue.id, "key": issue.key, "self": self._self(f"issue/{issue.id}", api), "fields": fields}

    # Issues

    def _issue(self, method: str, api: str, rest: list[str], query: Query, body: Any) -> Reply | None:
        if not rest:
            return self._create(body["fields"], api) if method == "POST" else None
        issue = self.find(rest[0])
        if issue is None:
            return error(404, MISSING)
        match method, rest[1:]:
            case "GET", []:
                return self._whole(issue, api, query)
            case "PUT", []:
                return self._edit(issue, body)
            case "GET", ["comment"]:
                return self._comments(issue, api, query)
            case "POST", ["comment"]:
                return self._add_comment(issue, api, body)
            case "GET", ["changelog"] if self.cloud:
                page = self._page("values", issue.histories, query)
                return page | {"isLast": page["startAt"] + len(page["values"]) >= page["total"]}
            case "PUT", ["assignee"]:
                self.set_fields(issue.id, {"assignee": self._person(body)}, self.account)
                return DONE
            case "GET", ["transitions"]:
                return {"transitions": [{"id": str(n), "name": s["name"], "to": s} for n, s in self._ways(issue)]}
            case "POST", ["transitions"]:
                return self._transition(issue, body["transition"]["id"])
            case _, ["changelog"]:
                return Fault(404, {"Content-Type": "text/html"}, b"<html>dead link</html>")
        return None

    def _whole(self, issue: Issue, api: str, query: Query) -> Json:
        asked = query.get("fields", "*all").split(",")
        fields = {**issue.fields, "description": self._text(issue.fields["description"], api)}
        if "-comment" not in asked:
            shown = [self._comment(issue, comment, api, []) for comment in issue.comments]
            fields["comment"] = self._page("comments", shown, {})
        if "*all" not in asked:
            fields = {name: fields[name] for name in asked if name in fields}
        whole: Json = {"id": issue.id, "key": issue.key, "self": self._self(f"issue/{issue.id}", api)}
        if "changelog" in query.get("expand", "").split(","):
            # Cloud: the newest few, newest first; Data Center: all, oldest first.
            count = len(issue.histories)
            given = issue.histories[: -self.page_size - 1 : -1] if self.cloud else issue.histories
            whole["changelog"] = {"startAt": 0, "maxResults": count, "total": count, "histories": given}
        return whole | {"fields": fields}

    def _edit(self, issue: Issue, body: Json) -> Reply:
        changed = {name: self._value(name, value) for name, value in body.get("fields", {}).items()}
        labels = list(issue.fields["labels"])
        for step in body.get("update", {}).get("labels", []):
            if "add" in step and step["add"] not in labels:
                labels.append(step["add"])
            if "remove" in step and step["remove"] in labels:
                labels.remove(step["remove"])
        unknown = [name for name in changed if name not in issue.fields and not name.startswith("customfield_")]
        if unknown:
            wrong = f"Field '{unknown[0]}' cannot be set. It is not on the appropriate screen, or unknown."
            return _error_of(400, {unknown[0]: wrong})
        self.set_fields(issue.id, changed | ({"labels": labels} if "update" in body else {}), self.account)
        return DONE

    def _transition(self, issue: Issue, chosen: str) -> Reply:
        status = next((status for number, status in self._ways(issue) if str(number) == chosen), None)
        if status is None:
            return error(400, "It seems that you have tried to perform a workflow operation that is not valid.")
        ended = {"resolution": self.named("resolution", "Done") if STATUSES[status["name"]] == "done" else None}
        self.set_fields(issue.id, {"status": status, **ended}, self.account)
        return DONE

    def _ways(self, issue: Issue) -> list[tuple[int, Json]]:
        """The transitions from where the issue is: to every other status."""
        statuses = [self.named("status", name) for name in STATUSES]
        here = issue.fields["status"]["name"]
        return [(10 * number + 1, status) for number, status in enumerate(statuses, 1) if status["name"] != here]

    def _create(self, fields: Json, api: str) -> Reply:
        project = fields.get("project", {}).get("key", "")
        if not fields.get("issuetype", {}).get("name"):
            return _error_of(400, {"issuetype": "Specify an issue type"})
        if len(self._words(fields.get("description"))) > LIMIT:
            return _error_of(400, {"description": _TOO_LONG})
        values = {name: self._value(name, value) for name, value in fields.items() if name != "project"}
        issue = self.new_issue(project, values, self.account)
        return Fault(
            201, _JSON, _bytes({"id": issue.id, "key": issue.key, "self": self._self(f"issue/{issue.id}", api)})
        )

    # Comments

    def _comments(self, issue: Issue, api: str, query: Query) -> Json:
        expand = query.get("expand", "").split(",")
        shown = [self._comment(issue, comment, api, expand) for comment in issue.comments]
        return self._page("comments", shown[::-1] if query.get("orderBy") == "-created" else shown, query)

    def _add_comment(self, issue: Issue, api: str, body: Json) -> Reply:
        text = body.get("body")
        if isinstance(text, dict) != (api == "3"):
            return _error_of(400, {"comment": "Comment body is not valid!"})
        if not self._words(text).strip():
            return _error_of(400, {"comment": "Comment body can not be empty!"})
        if len(text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)) > LIMIT:
            return _error_of(400, {"comment": _TOO_LONG})
        properties = body.get("properties", [])
        desk = next((each["value"] for each in properties if each["key"] == "sd.public.comment"), {})
        public = not desk.get("internal", False)
        comment_id = self.add_comment(
            issue.id, self._words(text), author=self.account, public=public, properties=properties
        )
        comment = next(each for each in issue.comments if each["id"] == comment_id)
        return Fault(201, _JSON, _bytes(self._comment(issue, comment, api, [])))

    def _comment(self, issue: Issue, comment: Json, api: str, expand: list[str]) -> Json:
        public = comment["public"]
        shown = {name: value for name, value in comment.items() if name not in ("public", "properties")}
        shown |= {
            "self": self._self(f"issue/{issue.id}/comment/{comment['id']}", api),
            "body": self._text(comment["body"], api),
        }
        if public is not None and self.cloud:
            shown["jsdPublic"] = public
        if "properties" in expand:
            others = [each for each in comment["properties"] if each["key"] != "sd.public.comment"]
            told = [] if public is None else [{"key": "sd.public.comment", "value": {"internal": not public}}]
            shown["properties"] = others + told
        return shown

    # The service desk

    def _desk(self, method: str, rest: list[str], query: Query, body: Any) -> Reply | None:
        match method, rest:
            case "GET", ["servicedesk"]:
                desks = [
                    {"id": desk, "projectId": self.project(f"{key}-1")["id"], "projectKey": key, "projectName": key}
                    for key, desk in self.desks.items()
                ]
                return self._desk_page(desks, query)
            case "POST", ["request"]:
                return self._open_request(body)
            case "GET", ["request", issue_id, "sla"]:
                issue = self.find(issue_id)
                if issue is None:
                    return _desk_error(404, "The request does not exist or you do not have permission to see it.")
                return self._desk_page(issue.sla, query)
        return None

    def _open_request(self, body: Json) -> Reply:
        project = next((key for key, desk in self.desks.items() if desk == body["serviceDeskId"]), None)
        if project is None or body["requestTypeId"] not in self.request_types:
            return _desk_error(400, "The request type or the service desk does not exist.")
        values = dict(body["requestFieldValues"])
        on_behalf = body.get("raiseOnBehalfOf", "").rpartition(":")[2]
        if on_behalf:
            values["reporter"] = self.user(on_behalf)
        issue = self.new_issue(project, values, self.account)
        reply = {"issueId": issue.id, "issueKey": issue.key, "requestTypeId": body["requestTypeId"]}
        return Fault(201, _JSON, _bytes({**reply, "serviceDeskId": body["serviceDeskId"]}))

    def _desk_page(self, values: list[Json], query: Query) -> Json:
        start, limit = int(query.get("start", 0)), min(int(query.get("limit", 50)), self.page_size)
        page = values[start : start + limit]
        last = start + limit >= len(values)
        return {"size": len(page), "start": start, "limit": limit, "isLastPage": last, "values": page}

    # Values

    def _value(self, name: str, value: Any) -> Any:
        """What a field holds after it was set to what REST takes."""
        if name in ("assignee", "reporter"):
            return self._person(value)
        if name == "description":
            return self._words(value)
        if name == ORGANIZATIONS:
            return [{"id": str(each), "name": f"Organisation {each}"} for each in value]
        if name in ("priority", "resolution", "issuetype") and isinstance(value, dict) and "id" not in value:
            return self.named(name, value["name"])
        return value

    def _person(self, user: Any) -> Json | None:
        """Whom an account id, key or name means."""
        user = user or {}
        identifier = next((user[key] for key in ("accountId", "id", "name", "key") if user.get(key)), "")
        return self.user(identifier.removeprefix("712020:")) if identifier else None

    @staticmethod
    def _words(text: Any) -> str:
        return text if isinstance(text, str) else plain_text(text) or ""

    def _page(self, name: str, entries: list[Json], query: Query) -> Json:
        start, size = int(query.get("startAt", 0)), min(int(query.get("maxResults", 50)), self.page_size)
        page = {"startAt": start, "maxResults": size, "total": len(entries)}
        return page | {name: entries[start : start + size]}

    @staticmethod
    def _text(text: str | None, api: str) -> Any:
        """Version 3 writes texts as ADF documents."""
        if api != "3" or text is None:
            return text
        lines = [
            {"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in text.split("\n") if line
        ]
        return {"type": "doc", "version": 1, "content": lines}

    def _self(self, path: str, api: str) -> str:
        return f"{self.url}/rest/api/{api}/{path}"


_JSON = {"Content-Type": "application/json"}


def _bytes(answer: Any) -> bytes:
    return json.dumps(answer).encode()


def error(status: int, message: str) -> Fault:
    """An error in the platform's words."""
    return Fault(status, _JSON, _bytes({"errorMessages": [message], "errors": {}}))


def _error_of(status: int, errors: Json) -> Fault:
    return Fault(status, _JSON, _bytes({"errorMessages": [], "errors": errors}))


def _desk_error(status: int, message: str) -> Fault:
    about = {"errorMessage": message, "i18nErrorMessage": {"i18nKey": "sd.error", "parameters": []}}
    return Fault(status, _JSON, _bytes(about))
