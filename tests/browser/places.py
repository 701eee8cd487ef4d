"""Every page of the dashboard: where it is, and whether it is for those who have signed in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A page by its address; names in braces are links of `seed.Links`."""

    name: str
    path: str
    status: int = 200
    inside: bool = True

    def __str__(self) -> str:
        return self.name


PLACES = [
    Place("queue", "/"),
    Place("queue-empty", "/?words=nothing-has-this-name"),
    Place("ticket", "/tickets/1"),
    Place("ticket-of-mail", "/tickets/{mailed_ticket}"),
    Place("incidents", "/incidents"),
    Place("incident", "/incidents/1"),
    Place("pages", "/pages?from=2026-11-01&to=2026-11-30"),
    Place("oncall", "/oncall"),
    Place("maintenance", "/maintenance"),
    Place("mails", "/mails?fate=all"),
    Place("mail", "/mails/{held_mail}"),
    Place("customers", "/customers"),
    Place("customer", "/customers/acme"),
    Place("monitoring", "/monitoring"),
    Place("configuration", "/configuration"),
    Place("reports", "/reports"),
    Place("report", "/reports/2026-11"),
    Place("report-of-customer", "/reports/2026-11/acme"),
    Place("jira", "/jira"),
    Place("jobs", "/jobs"),
    Place("audit", "/audit"),
    Place("accounts", "/accounts"),
    Place("account", "/account"),
    Place("quarantine", "/quarantine"),
    Place("problem", "/tickets/999", status=404),
    Place("api", "/api/docs"),
    Place("signin", "/signin", status=401, inside=False),
    Place("signin-link", "{signin}", inside=False),
    Place("acknowledge", "{acknowledge}", inside=False),
    Place("contact", "{contact}", inside=False),
    Place("confirm", "{confirm}", inside=False),
    Place("bad-link", "/ack/forged", status=404, inside=False),
]
