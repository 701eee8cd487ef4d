"""Opening a ticket in Jira, once: as a portal request or as a plain issue."""

from __future__ import annotations

import html
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.jira_adf import plain_text
from integrations.jira_connection import JiraConnection, JiraSession, Json, Refused, Unsure, is_list_of_objects
from integrations.jira_json import mapping, name
from integrations.jira_markup import adf, wiki
from integrations.jira_search import issues, query
from triage.domain.writes import CreateTicket
from triage.ports import SourceError

log = logging.getLogger(__name__)

#: How far Jira's clock may be behind ours.
CLOCKS_DIFFER = timedelta(hours=1)


class Impossible(Exception):
    """The action cannot take place; the text says why."""


@dataclass(frozen=True, slots=True)
class Creator:
    """Opens tickets whose description ends in `Reference: <marker>`, by which they are found again.

    `organizations_field` is the id of the field by which a request is shared with an organisation: the service
    desk's own API can only add organisations to a whole desk.
    """

    connection: JiraConnection
    organizations_field: str

    def create(self, action: CreateTicket, marker: str, tried_since: datetime | None) -> str:
        """Open it, unless that was done since then; returns `<issue id> <key>`.

        Raises SourceError, and Impossible where the ticket asks for what is not configured or not there.
        """
        if action.organization and not self.organizations_field:
            raise Impossible("no field is configured by which a request is shared with an organisation")
        reference = self._find(action.project, marker, tried_since) if tried_since else None
        if reference is None:
            reference = self.connection.run(lambda session: self._open(session, action, marker))
        if action.organization and action.request_type:
            self._share(reference, action.organization)
        return reference

    def _find(self, project: str, marker: str, since: datetime) -> str | None:
        within = self.connection.now() - since + CLOCKS_DIFFER
        ending = _ending(marker)
        for issue in issues(self.connection, query([project], "created", within), "description,created"):
            text = plain_text(mapping(issue.get("fields")).get("description")) or ""
            if ending in html.unescape(text).splitlines():  # wiki markup has entities
                return f"{name(issue.get('id'))} {name(issue.get('key'))}"
        return None

    def _open(self, session: JiraSession, action: CreateTicket, marker: str) -> str:
        made = self._request(session, action, marker) if action.request_type else self._issue(session, action, marker)
        found = (name(made.get("issueId") or made.get("id")), name(made.get("issueKey") or made.get("key")))
        if not all(found):
            raise Unsure("Jira does not say what it opened")
        return " ".join(found)

    def _request(self, session: JiraSession, action: CreateTicket, marker: str) -> Json:
        desk = next(
            (
                name(each.get("id"))
                for each in session.desk_pages("rest/servicedeskapi/servicedesk")
                if each.get("projectKey") == action.project
            ),
            None,
        )
        if desk is None:
            raise Impossible(f"Jira shows us no service desk of project {action.project}"[:200])
        description = wiki(action.blocks, _ending(marker))  # what the portal itself writes, on Cloud too
        request: Json = {
            "serviceDeskId": desk,
            "requestTypeId": action.request_type,
            "requestFieldValues": {**action.fields, "summary": action.summary, "description": description},
        }
        if action.on_behalf_of:
            request["raiseOnBehalfOf"] = _account(session, action.on_behalf_of)
        return session.post("rest/servicedeskapi/request", request)

    def _issue(self, session: JiraSession, action: CreateTicket, marker: str) -> Json:
        render = adf if session.cloud else wiki
        fields: Json = {
            **action.fields,
            "project": {"key": action.project},
            "issuetype": {"id" if action.issue_type.isdecimal() else "name": action.issue_type},
            "summary": action.summary,
            "description": render(action.blocks, _ending(marker)),
        }
        if action.on_behalf_of:
            account = _account(session, action.on_behalf_of)
            fields["reporter"] = {"id" if session.cloud else "name": account}
        if action.organization:
            fields[self.organizations_field] = _organizations(action.organization)
        return session.post(f"rest/api/{3 if session.cloud else 2}/issue", {"fields": fields})

    def _share(self, reference: str, organization: str) -> None:
        """Share a request that is there. Where Jira refuses that, the ticket counts for more than who sees it."""
        body = {"fields": {self.organizations_field: _organizations(organization)}}

        def change(session: JiraSession) -> None:
            session.put(f"rest/api/{3 if session.cloud else 2}/issue/{reference.partition(' ')[0]}", body)

        try:
            self.connection.run(change)
        except Refused as error:
            log.warning("Jira issue %s could not be shared with its organisation: %s", reference, error.reason)


def _ending(marker: str) -> str:
    return f"Reference: {marker}"


def _organizations(identifier: str) -> list[int | str]:
    return [int(identifier) if identifier.isdecimal() else identifier]


def _account(session: JiraSession, customer: str) -> str:
    """The account (Cloud: its id; Data Center: its name) of a customer who is given by that or by an address."""
    if "@" not in customer:
        return customer
    path, word = ("rest/api/3/user/search", "query") if session.cloud else ("rest/api/2/user/search", "username")
    found = session.call("GET", path, params={word: customer})
    if not is_list_of_objects(found):
        raise SourceError("Jira's answer is no list of users")
    # Cloud may keep addresses to itself, but it looks for them; so the only one found is the right one.
    exact = [user for user in found if str(user.get("emailAddress", "")).casefold() == customer.casefold()]
    chosen = exact or found
    if len(chosen) != 1:
        raise Impossible(f"Jira knows {'no' if not chosen else 'more than one'} customer with that address")
    return name(chosen[0].get("accountId") if session.cloud else chosen[0].get("name"))
