"""Reading from Jira: whole issues, from Cloud and from Data Center."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, TypeGuard
from urllib.parse import urlsplit

import requests
from jira import JIRA

from integrations.calls import Calls, Deadline, NoAnswer, why
from integrations.http import WatchedAdapter, retry_after
from triage.ports import NotFound, SourceError

Json = dict[str, Any]

#: How many entries are asked for at once; Jira may give fewer, and says how many there are.
_PAGE = 100


class JiraClient:
    """The ticket source that asks Jira over REST; implements triage.ports.TicketSource.

    With a user, `token` is an API token (Cloud) or password (basic authentication); without one it is a
    personal access token (Data Center, bearer). `deadline` seconds cover a whole fetch, with all its pages.
    Nothing is retried and no redirect is followed; only `base_url` is ever called.

    REST version 2 is the default on Cloud too: it gives texts as webhooks do, so that a comment reads the
    same whichever way it came. Version 3 gives them as ADF documents.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        now: Callable[[], datetime],
        *,
        user: str = "",
        deadline: float = 30.0,
        at_once: int = 4,
        api_version: str = "2",
    ) -> None:
        self.instance = _instance(base_url)
        self._base_url = base_url.rstrip("/")
        self._login: Json = {"basic_auth": (user, token)} if user else {"token_auth": token}
        self._now = now
        self._calls = Calls(deadline, at_once)
        self._api_version = api_version
        self._cloud: bool | None = None  # not asked yet

    def fetch_issue(self, issue_id: str) -> Mapping[str, Any]:
        """The issue with its whole changelog and all comments, as `GET /issue` gives it with everything.

        Both lists are complete, whatever Jira's page sizes are, in `changelog.histories` and
        `fields.comment.comments`. Each comment has `jsdPublic` where Jira tells its visibility: Cloud always
        does, Data Center for the comments with the property `sd.public.comment`.

        Raises NotFound if Jira says that there is no such issue for us, and SourceError if it does not answer
        or answers anything else; `after` is when to ask again, if Jira named a time.
        """
        if not re.fullmatch(r"[0-9]{1,19}", issue_id):
            raise NotFound("an issue is asked for by its number")
        try:
            return self._calls.run(lambda deadline: self._fetch(issue_id, deadline))
        except NoAnswer as error:
            raise SourceError(f"Jira: {error}") from error

    def _fetch(self, issue_id: str, deadline: Deadline) -> Json:
        jira = self._connect(deadline)
        try:
            if self._cloud is None:
                self._cloud = _is_cloud(self._get(jira, "serverInfo"))
            path = f"issue/{issue_id}"
            expand = {} if self._cloud else {"expand": "changelog"}
            issue = self._get(jira, path, {"fields": "*all,-comment", **expand})
            if str(issue.get("id")) != issue_id or not isinstance(issue.get("fields"), dict):
                raise SourceError("Jira's answer is not the issue that was asked for")
            if self._cloud:
                issue["changelog"] = {"histories": list(self._pages(jira, f"{path}/changelog", "values", {}))}
            else:
                _require_whole_changelog(issue)
            options = {"orderBy": "created"} | ({} if self._cloud else {"expand": "properties"})
            comments = self._pages(jira, f"{path}/comment", "comments", options)
            issue["fields"]["comment"] = {"comments": [_with_visibility(comment) for comment in comments]}
            return issue
        finally:
            jira.close()

    def _connect(self, deadline: Deadline) -> Any:
        """The library's client, with a session for this fetch alone, as sessions are not for many threads."""
        jira = JIRA(
            self._base_url,
            options={"rest_api_version": self._api_version},
            get_server_info=False,
            max_retries=0,
            timeout=deadline.left(),
            **self._login,
        )
        adapter = WatchedAdapter(deadline)
        jira._session.mount("https://", adapter)
        jira._session.mount("http://", adapter)
        return jira

    def _pages(self, jira: Any, path: str, items: str, options: Json) -> Iterator[Json]:
        """Every entry of a paged list. If its size changes on the way, entries may have shifted: ask again."""
        start, size = 0, None
        while size is None or start < size:
            page = self._get(jira, path, {**options, "startAt": start, "maxResults": _PAGE})
            entries, total = page.get(items), page.get("total")
            if not isinstance(total, int) or not _is_list_of_objects(entries):
                raise SourceError(f"Jira's answer has no list of {items}")
            if size not in (None, total) or (start < total and not entries):
                raise SourceError(f"Jira's list of {items} changed while it was read")
            yield from entries
            start, size = start + len(entries), total

    def _get(self, jira: Any, path: str, params: Json | None = None) -> Json:
        """One answer as JSON.

        Past the library's own request(), which falls over error bodies such as `{"errorMessages": null}`, and
        its reader, which logs the whole text of what is no JSON.
        """
        try:
            response = requests.Session.request(
                jira._session,
                "GET",
                jira._get_url(path),
                params=params,
                timeout=jira._session.timeout,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise SourceError(f"Jira: {why(error)}") from None
        if response.status_code != requests.codes.ok:
            raise self._refusal(response)
        answer = _json(response)
        if not isinstance(answer, dict):
            raise SourceError("Jira's answer is no JSON object")
        return answer

    def _refusal(self, response: requests.Response) -> SourceError:
        """What an error status means. Only Jira's own words make an issue not found.

        A 404 without them comes from a wrong base URL or a proxy, and one with a failed login (Cloud goes on
        without it, as nobody) says nothing about the issue either.
        """
        status, headers = response.status_code, response.headers
        login = headers.get("X-Seraph-LoginReason", "") + headers.get("X-Authentication-Denied-Reason", "")
        if status == requests.codes.unauthorized or re.search("FAILED|DENIED|CHALLENGE", login):
            return SourceError(f"Jira refuses our login ({status})")
        if status in (requests.codes.forbidden, requests.codes.not_found):
            answer = _json(response)
            if isinstance(answer, dict) and answer.get("errorMessages"):
                return NotFound(f"Jira has no such issue, or does not show it to us ({status})")
        reset = headers.get("X-RateLimit-Reset") if status == requests.codes.too_many_requests else None
        after = headers.get("Retry-After") or reset
        return SourceError(f"Jira answered {status}", retry_after(after, self._now()))


def _instance(base_url: str) -> str:
    """`host[:port][/path]` of the base URL, without the usual port; raises ValueError if that is not one."""
    parts = urlsplit(base_url)
    unfit = parts.username or parts.password or parts.query or parts.fragment
    if parts.scheme not in ("http", "https") or not parts.hostname or unfit:
        raise ValueError("Jira's base URL is given as https://host[:port][/path]")
    usual = {"http": 80, "https": 443}[parts.scheme]
    port = f":{parts.port}" if parts.port not in (None, usual) else ""
    return f"{parts.hostname}{port}{parts.path.rstrip('/')}"


def _is_cloud(server_info: Json) -> bool:
    """Raises SourceError for an answer that is not Jira's, or its empty one (JRASERVER-59676)."""
    if "version" not in server_info:
        raise SourceError("the base URL is not Jira's, or Jira does not say what it is")
    return server_info.get("deploymentType") == "Cloud"


def _require_whole_changelog(issue: Json) -> None:
    """Data Center gives the changelog with the issue; half of one would stop clocks at the wrong time."""
    changelog = issue.get("changelog")
    given: Json = changelog if isinstance(changelog, dict) else {}
    histories = given.get("histories")
    if not _is_list_of_objects(histories) or given.get("total", len(histories)) != len(histories):
        raise SourceError("Jira did not give the whole changelog")


def _is_list_of_objects(value: Any) -> TypeGuard[list[Json]]:
    return isinstance(value, list) and all(isinstance(entry, dict) for entry in value)


def _with_visibility(comment: Json) -> Json:
    """`jsdPublic` from the property that Data Center has in its place; left out where neither is given."""
    for entry in comment.get("properties") or ():
        value = entry.get("value")
        if entry.get("key") == "sd.public.comment" and isinstance(value, dict) and "internal" in value:
            return {"jsdPublic": value["internal"] not in (True, "true"), **comment}
    return comment


def _json(response: requests.Response) -> Any:
    """The answer's JSON; None if it is none."""
    try:
        return response.json()
    except requests.JSONDecodeError:
        return None
