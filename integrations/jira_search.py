"""Lists of issues by JQL, page by page, through the endpoint that each kind of Jira has for it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from integrations.jira_connection import PAGE, JiraConnection, JiraSession, Json, is_list_of_objects
from integrations.jira_json import instant, mapping, name, numeric_id
from triage.ports import Listed, SourceError

CLOUD_SEARCH = "rest/api/3/search/jql"
SERVER_SEARCH = "rest/api/2/search"


def query(projects: Sequence[str], moment: str, within: timedelta) -> str:
    """JQL for the issues of these projects (none: of all) whose `moment` lies within that span.

    The span is told in minutes back from Jira's clock, rounded up plus one: absolute times in JQL are read in
    the account's time zone, and only to the minute.
    """
    minutes = math.ceil(within / timedelta(minutes=1)) + 1
    # JQL's quoted strings have JSON's escapes.
    ours = f"project in ({', '.join(map(json.dumps, projects))}) AND " if projects else ""
    return f"{ours}{moment} >= -{minutes}m"


def count(connection: JiraConnection, jql: str) -> int:
    """About how many issues a query finds."""

    def ask(session: JiraSession) -> Any:
        if session.cloud:
            return session.post("rest/api/3/search/approximate-count", {"jql": jql}).get("count")
        return session.get(SERVER_SEARCH, {"jql": jql, "maxResults": 0}).get("total")

    found = connection.run(ask)
    if not isinstance(found, int) or isinstance(found, bool):
        raise SourceError("Jira's answer has no count of issues")
    return found


def issues(connection: JiraConnection, jql: str, fields: str) -> Iterator[Json]:
    """Every issue that a query finds, the oldest first and each once, with some of its fields.

    Each page has a deadline of its own, and what is kept between two pages is the issues' ids.
    """
    ordered = f"{jql} ORDER BY created ASC, key ASC"
    seen: set[int] = set()
    pages = _cloud_pages if connection.run(lambda session: session.cloud) else _server_pages
    for page in pages(connection, {"jql": ordered, "fields": fields, "maxResults": PAGE}):
        for issue in page:
            if (number := _number(issue)) not in seen:
                seen.add(number)
                yield issue


def listed(issue: Json) -> Listed:
    """One entry of a list, asked for with `LISTED_FIELDS`."""
    fields = mapping(issue.get("fields"))
    created, updated = instant(fields.get("created")), instant(fields.get("updated"))
    if created is None or updated is None:
        raise SourceError("Jira's list of issues tells no times")
    return Listed(str(_number(issue)), name(issue.get("key")), created, updated)


LISTED_FIELDS = "created,updated"


def _cloud_pages(connection: JiraConnection, options: Json) -> Iterator[list[Json]]:
    """Cloud's pages, each of which names the next."""
    token: Json = {}
    while True:
        page = connection.run(_asking(CLOUD_SEARCH, options | token))
        yield _entries(page)
        following = page.get("nextPageToken")
        if page.get("isLast") is True or not following:
            return
        if not isinstance(following, str) or {"nextPageToken": following} == token:
            raise SourceError("Jira's list of issues does not go on")
        token = {"nextPageToken": following}


def _server_pages(connection: JiraConnection, options: Json) -> Iterator[list[Json]]:
    """Data Center's pages. Issues leave and enter the list while it is read, which shifts those behind.

    So each page begins with the last issue of the page before, or an earlier one, and has to contain it. Where
    it does not, that issue moved forward or left: go back, further each time, until the two pages meet. An
    issue that enters in front of what was read has changed after the reading began.
    """
    start, back, last = 0, PAGE, 0
    while True:
        page = connection.run(_asking(SERVER_SEARCH, {**options, "startAt": start}))
        entries, total = _entries(page), page.get("total")
        if not isinstance(total, int):
            raise SourceError("Jira's answer has no list of issues")
        if start and last not in map(_number, entries):
            start, back = max(0, start - back), back * 2
            continue
        yield entries
        if not entries or start + len(entries) >= total:
            return
        if len(entries) == 1:
            raise SourceError("Jira gives its list of issues one by one, so that its pages cannot overlap")
        start, back, last = start + len(entries) - 1, PAGE, _number(entries[-1])


def _asking(path: str, options: Json) -> Callable[[JiraSession], Json]:
    return lambda session: session.get(path, options)


def _entries(page: Json) -> list[Json]:
    entries = page.get("issues")
    if not is_list_of_objects(entries):
        raise SourceError("Jira's answer has no list of issues")
    return entries


def _number(issue: Json) -> int:
    number = numeric_id(issue.get("id"))
    if not number:
        raise SourceError("Jira's list of issues tells no ids")
    return int(number)
