"""A small Jira: a real HTTP server on loopback that holds issues and answers REST reads as Jira does.

    with JiraDouble(cloud=True) as jira:
        jira.add_issue("10001", "SUP-1", {"summary": "Payments are down"})
        jira.change("10001", "status", "Open", "In progress")
        jira.add_comment("10001", "We look into it", public=True)
        jira.next_answers(Fault(429, {"Retry-After": "7"}))
        JiraClient(jira.url, "token", now, user="ana@example.com").fetch_issue("10001")

Cloud pages its changelog at an address of its own, marks comments with `jsdPublic` and, asked for version 3,
writes texts as ADF documents. Data Center (`cloud=False`) gives the changelog with the issue and a comment's
visibility as the property `sd.public.comment`. Both give at most `page_size` entries at once.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]

#: When the double's first event happens; each further one follows a minute later.
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Fault:
    """An answer that is given in place of the right one; `hang` says nothing until the client gives up."""

    status: int = 500
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    hang: bool = False


HANG = Fault(hang=True)
GARBAGE = Fault(200, {"Content-Type": "application/json"}, b"<html>\xff not JSON")


@dataclass(frozen=True)
class Seen:
    """A request that arrived."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass
class _Issue:
    id: str
    key: str
    created: str
    fields: Json
    histories: list[Json] = field(default_factory=list)
    comments: list[Json] = field(default_factory=list)


class JiraDouble:
    """The server; a context manager. `url` is the base URL to configure; port 0 is any free one.

    `authorization`, if given, is the only value of that header that is let in.
    """

    def __init__(
        self,
        *,
        cloud: bool = True,
        port: int = 0,
        path: str = "",
        page_size: int = 100,
        authorization: str | None = None,
    ) -> None:
        self.cloud = cloud
        self.path = path
        self.page_size = page_size
        self.authorization = authorization
        self.seen: list[Seen] = []
        self.given_up = threading.Event()
        self._faults: list[Fault | None] = []
        self._issues: dict[str, _Issue] = {}
        self._events = 0
        self._server = _Server(("127.0.0.1", port), _Handler)
        self._server.double = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}{self.path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def next_answers(self, *faults: Fault | None) -> None:
        """Answer the next requests with these; None stands for the right answer."""
        self._faults = [*faults]

    def add_issue(self, issue_id: str, key: str, fields: Json | None = None) -> None:
        """File an issue; `fields` come beside a few that every issue has."""
        created = self._next_instant()
        usual: Json = {
            "summary": f"Summary of {key}",
            "description": f"Description of {key}",
            "created": created,
            "updated": created,
            "status": {"id": "1", "name": "Open"},
            "priority": {"id": "1", "name": "Highest"},
            "project": {"id": "1", "key": key.split("-", maxsplit=1)[0], "projectTypeKey": "service_desk"},
            "reporter": self.user("ben"),
            "creator": self.user("ben"),
        }
        self._issues[issue_id] = _Issue(issue_id, key, created, usual | (fields or {}))

    def change(self, issue_id: str, name: str, before: str, after: str, author: str = "ana") -> str:
        """Add an entry to the changelog; returns its id."""
        histories = self._issues[issue_id].histories
        histories.append(
            {
                "id": str(20000 + self._events),
                "author": self.user(author),
                "created": self._next_instant(),
                "items": [
                    {"field": name, "fieldtype": "jira", "from": "1", "fromString": before}
                    | ({"fieldId": name} if self.cloud else {})
                    | {"to": "2", "toString": after}
                ],
            }
        )
        return str(histories[-1]["id"])

    def add_comment(self, issue_id: str, body: str, *, author: str = "ana", public: bool | None = True) -> str:
        """Add a comment; returns its id. `public` None is a comment whose visibility Jira does not tell."""
        comments = self._issues[issue_id].comments
        at, by = self._next_instant(), self.user(author)
        comment = {"id": str(30000 + self._events), "author": by, "updateAuthor": by, "body": body}
        comments.append(comment | {"created": at, "updated": at, "public": public})
        return str(comments[-1]["id"])

    def delete_comment(self, issue_id: str, comment_id: str) -> None:
        """Delete a comment; those behind it move up."""
        comments = self._issues[issue_id].comments
        comments[:] = [comment for comment in comments if comment["id"] != comment_id]

    def user(self, name: str) -> Json:
        """A person, as this kind of Jira names people."""
        about = {"displayName": name.title(), "active": True, "timeZone": "Etc/UTC"}
        if self.cloud:
            return {"accountId": f"712020:{name}", "accountType": "atlassian", **about}
        return {"name": name, "key": f"JIRAUSER{name}", "emailAddress": f"{name}@example.com", **about}

    def answer(self, seen: Seen) -> Fault | Json:
        """The right answer to a GET, or the fault that Jira itself answers with."""
        if self.authorization not in (None, seen.headers.get("authorization")):
            return Fault(401, {"X-Seraph-LoginReason": "AUTHENTICATED_FAILED"}, b"Client must be authenticated")
        api, _, rest = seen.path.removeprefix(f"{self.path}/rest/api/").partition("/")
        match rest.split("/"):
            case ["serverInfo"]:
                return {"baseUrl": self.url, "version": "10.3.2", "versionNumbers": [10, 3, 2]} | {
                    "deploymentType": "Cloud" if self.cloud else "Server"
                }
            case ["issue", issue_id, *what] if issue_id in self._issues:
                return self._about(self._issues[issue_id], what, api, seen.query)
        return _error(404, "Issue does not exist or you do not have permission to see it.")

    def next_fault(self) -> Fault | None:
        return self._faults.pop(0) if self._faults else None

    def _about(self, issue: _Issue, what: list[str], api: str, query: Mapping[str, str]) -> Fault | Json:
        expand = query.get("expand", "").split(",")
        match what:
            case []:
                return self._whole(issue, api, expand, query)
            case ["comment"]:
                shown = [self._comment(issue, comment, api, expand) for comment in issue.comments]
                return self._page("comments", shown, query)
            case ["changelog"] if self.cloud:
                page = self._page("values", issue.histories, query)
                return page | {"isLast": page["startAt"] + len(page["values"]) >= page["total"]}
        return Fault(404, {"Content-Type": "text/html"}, b"<html>dead link</html>")

    def _whole(self, issue: _Issue, api: str, expand: list[str], query: Mapping[str, str]) -> Json:
        fields = {**issue.fields, "description": self._text(issue.fields["description"], api)}
        if "-comment" not in query.get("fields", "*all"):
            shown = [self._comment(issue, comment, api, []) for comment in issue.comments]
            fields["comment"] = self._page("comments", shown, {})
        whole: Json = {"id": issue.id, "key": issue.key, "self": self._self(f"issue/{issue.id}", api)}
        if "changelog" in expand:  # Cloud: the newest few, newest first; Data Center: all, oldest first
            count = len(issue.histories)
            given = issue.histories[: -self.page_size - 1 : -1] if self.cloud else issue.histories
            whole["changelog"] = {"startAt": 0, "maxResults": count, "total": count, "histories": given}
        return whole | {"fields": fields}

    def _comment(self, issue: _Issue, comment: Json, api: str, expand: list[str]) -> Json:
        public = comment["public"]
        shown = {name: value for name, value in comment.items() if name != "public"}
        shown |= {
            "self": self._self(f"issue/{issue.id}/comment/{comment['id']}", api),
            "body": self._text(comment["body"], api),
        }
        if public is not None and self.cloud:
            shown["jsdPublic"] = public
        elif public is not None and "properties" in expand:
            shown["properties"] = [{"key": "sd.public.comment", "value": {"internal": not public}}]
        return shown

    def _page(self, name: str, entries: list[Json], query: Mapping[str, str]) -> Json:
        start, size = int(query.get("startAt", 0)), min(int(query.get("maxResults", 50)), self.page_size)
        page = {"startAt": start, "maxResults": size, "total": len(entries)}
        return page | {name: entries[start : start + size]}

    def _text(self, text: str | None, api: str) -> Any:
        """Version 3 writes texts as ADF documents."""
        if api != "3" or text is None:
            return text
        lines = [
            {"type": "paragraph", "content": [{"type": "text", "text": line}]} for line in text.split("\n") if line
        ]
        return {"type": "doc", "version": 1, "content": lines}

    def _self(self, path: str, api: str) -> str:
        return f"{self.url}/rest/api/{api}/{path}"

    def _next_instant(self) -> str:
        at = START + timedelta(minutes=self._events)
        self._events += 1
        return at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _error(status: int, message: str) -> Fault:
    body = json.dumps({"errorMessages": [message], "errors": {}}).encode()
    return Fault(status, {"Content-Type": "application/json"}, body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    double: JiraDouble

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is none of the double's errors."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for the client's acknowledgement
    server: _Server

    def do_GET(self) -> None:
        double = self.server.double
        parts = urlsplit(self.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        seen = Seen(parts.path, query, {name.lower(): value for name, value in self.headers.items()})
        double.seen.append(seen)
        reply = double.next_fault() or double.answer(seen)
        if isinstance(reply, dict):
            reply = Fault(200, {"Content-Type": "application/json"}, json.dumps(reply).encode())
        if reply.hang:
            self.connection.recv(1)
            double.given_up.set()
            return
        self.send_response(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(reply.body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *args: Any) -> None:
        """The double keeps what it saw in `seen` instead."""
