"""Jira, both ways: whole issues, lists of issues, and what we write into them; Cloud and Data Center."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from integrations.jira_connection import JiraConnection, JiraSession, Json, Params, Refused, is_list_of_objects
from integrations.jira_json import mapping, name
from integrations.jira_search import LISTED_FIELDS, count, issues, listed, query
from integrations.jira_writes import Writer
from triage.domain.writes import Write
from triage.ports import Account, Listed, NotFound, Outcome, SourceError


class JiraClient:
    """Asks Jira and writes to it over REST; implements TicketSource and TicketSink of triage.ports.

    With a user, `token` is an API token (Cloud) or password (basic authentication); without one it is a
    personal access token (Data Center, bearer). With `oauth_client`, `token` is the secret of that OAuth 2
    client, whose access tokens come from `token_url` (empty: Atlassian's); calls then go to `api_url`, such as
    https://api.atlassian.com/ex/jira/<cloud id>. `deadline` seconds cover a whole fetch, with all its pages, a
    whole write, or one page of a list. Nothing is retried, no redirect is followed, no other address is called;
    while Jira's limit for the instance lasts, every method answers at once and Jira is not called at all.

    REST version 2 is the default for issues on Cloud too: it gives texts as webhooks do, so that a comment
    reads the same whichever way it came. Cloud is searched and written to in version 3, with ADF documents.

    With `sla`, an issue of a service desk has what Jira's own clocks say under `sla`. `organizations_field` is
    the id of the field by which a request that we open is shared with an organisation.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        now: Callable[[], datetime],
        *,
        user: str = "",
        oauth_client: str = "",
        token_url: str = "",
        api_url: str = "",
        deadline: float = 30.0,
        at_once: int = 4,
        api_version: str = "2",
        sla: bool = False,
        organizations_field: str = "",
    ) -> None:
        self.connection = JiraConnection(
            base_url,
            token,
            now,
            user=user,
            oauth_client=oauth_client,
            token_url=token_url,
            api_url=api_url,
            deadline=deadline,
            at_once=at_once,
        )
        self.instance = self.connection.instance
        self._api = f"rest/api/{api_version}"
        self._sla = sla
        self._writer = Writer(self.connection, organizations_field)

    def get(self, path: str, params: Params | None = None) -> Any:
        """The JSON at any path of Jira's API, such as `rest/api/2/field`; raises SourceError, NotFound."""
        return self.connection.call("GET", path, params=params)

    def post(self, path: str, body: Any) -> Any:
        """The JSON that any path of Jira's API answers a POST with; raises SourceError, NotFound."""
        return self.connection.call("POST", path, body=body)

    def account(self) -> Account:
        """Who we are: Cloud's account id, Data Center's key, as facts name their actors."""
        about = mapping(self.get("rest/api/2/myself"))
        identifier = next((found for key in ("accountId", "key", "name") if (found := name(about.get(key)))), "")
        if not identifier:
            raise SourceError("Jira does not say who we are")
        return Account(identifier, name(about.get("displayName")))

    def changed_issues(self, projects: Sequence[str], within: timedelta) -> Iterator[Listed]:
        """See triage.ports.TicketSource; the oldest first, so that a change moves nothing in the list."""
        return map(listed, issues(self.connection, query(projects, "updated", within), LISTED_FIELDS))

    def created_issues(self, projects: Sequence[str], within: timedelta) -> Iterator[Listed]:
        """See triage.ports.TicketSource."""
        return map(listed, issues(self.connection, query(projects, "created", within), LISTED_FIELDS))

    def count_created(self, projects: Sequence[str], within: timedelta) -> int:
        """See triage.ports.TicketSource."""
        return count(self.connection, query(projects, "created", within))

    def write(self, write: Write) -> Outcome:
        """See triage.ports.TicketSink."""
        return self._writer.write(write)

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
        return self.connection.run(lambda session: self._fetch(session, issue_id))

    def _fetch(self, session: JiraSession, issue_id: str) -> Json:
        path = f"{self._api}/issue/{issue_id}"
        expand = {} if session.cloud else {"expand": "changelog"}
        issue = session.get(path, {"fields": "*all,-comment", **expand})
        if str(issue.get("id")) != issue_id or not isinstance(issue.get("fields"), dict):
            raise SourceError("Jira's answer is not the issue that was asked for")
        if session.cloud:
            issue["changelog"] = {"histories": list(session.pages(f"{path}/changelog", "values", {}))}
        else:
            _require_whole_changelog(issue)
        options = {"orderBy": "created"} | ({} if session.cloud else {"expand": "properties"})
        comments = session.pages(f"{path}/comment", "comments", options)
        issue["fields"]["comment"] = {"comments": [_with_visibility(comment) for comment in comments]}
        if self._sla and mapping(issue["fields"].get("project")).get("projectTypeKey") == "service_desk":
            issue |= _clocks(session, issue_id)
        return issue


def _require_whole_changelog(issue: Json) -> None:
    """Data Center gives the changelog with the issue; half of one would stop clocks at the wrong time."""
    given = mapping(issue.get("changelog"))
    histories = given.get("histories")
    if not is_list_of_objects(histories) or given.get("total", len(histories)) != len(histories):
        raise SourceError("Jira did not give the whole changelog")


def _with_visibility(comment: Json) -> Json:
    """`jsdPublic` from the property that Data Center has in its place; left out where neither is given."""
    for entry in comment.get("properties") or ():
        value = entry.get("value")
        if entry.get("key") == "sd.public.comment" and isinstance(value, dict) and "internal" in value:
            return {"jsdPublic": value["internal"] not in (True, "true"), **comment}
    return comment


def _clocks(session: JiraSession, issue_id: str) -> Json:
    """What Jira's own SLA clocks say; nothing where we may not see that, or the issue is no request."""
    try:
        return {"sla": list(session.desk_pages(f"rest/servicedeskapi/request/{issue_id}/sla"))}
    except Refused as error:
        if error.status in (403, 404):
            return {}
        raise
