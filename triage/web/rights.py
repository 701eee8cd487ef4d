"""Which role each route needs. What stands in neither table is refused, and the service does not start with it."""

from __future__ import annotations

from collections.abc import Iterable

from triage.domain.rights import Role

#: Routes that no account is needed for, and why they are not open all the same.
OPEN = {
    "static": "files that anybody who has the source has too",
    "api-docs.openapi_json": "describes what the source describes too",
    "api_docs.page": "the same, for people",
    "ops.healthz": "says only that the process answers",
    "ops.readyz": "says only whether it can work",
    "webhooks.receive_jira": "signed by the sender",
    "webhooks.receive_pagerduty": "signed by the sender",
    "mail_webhooks.raw": "a bearer token of its own",
    **{
        f"mail_webhooks.{name}": "signed by the provider, or with a password of its own"
        for provider in ("mailgun", "postmark", "sendgrid", "ses")
        for name in (provider, f"{provider}_mime")
    },
    "signin.form": "where one signs in",
    "signin.by_password": "where one signs in",
    "signin.link": "where one signs in",
    "signin.by_link": "the secret in the address",
    "signin.oidc": "leads to the provider",
    "signin.by_oidc": "the provider's word",
    "signin.signout": "ends what there is",
    "dashboard.acknowledge_page": "the signed link",
    "dashboard.acknowledge_post": "the signed link",
    "contact_pages.answer_page": "the signed link",
    "contact_pages.answer": "the signed link",
    "mails.confirm_page": "the signed link",
    "mails.confirm": "the signed link",
    "oncall.calendar": "the secret in the address",
}

#: Views whose link is the permission: they need no session, and so no CSRF token either.
LINKED = ("dashboard.acknowledge_post", "contact_pages.answer", "mails.confirm")

_VIEWER = (
    "dashboard.queue",
    "dashboard.live_queue",
    "dashboard.ticket",
    "dashboard.live_ticket",
    "dashboard.jira",
    "dashboard.quarantine",
    "customers.overview",
    "customers.customer",
    "incidents.overview",
    "jobs.overview",
    "incidents.incident",
    "ledger.pages",
    "ledger.pages_csv",
    "maintenance.overview",
    "mails.overview",
    "mails.mail",
    "mails.raw",
    "monitoring.overview",
    "oncall.overview",
    "reports.overview",
    "reports.report",
    "accounts.own",
    "accounts.password",
    "ops.metrics",
    "api.clocks",
    "api.customer_pages",
    "api.incident",
    "api.incidents",
    "api.listed",
    "api.mail",
    "api.pages",
    "api.report",
    "api.story",
    "api.ticket",
    "api.tickets",
    "api.told",
)

_RESPONDER = (
    "dashboard.answer",
    "dashboard.decide",
    "dashboard.state",
    "dashboard.withdraw",
    "jobs.release_event",
    "jobs.retry_event",
    "jobs.retry_job",
    "jobs.retry_message",
    "jobs.retry_timer",
    "contact_pages.ask",
    "contact_pages.cancel",
    "incidents.acknowledge",
    "incidents.resolve",
    "incident_acts.escalate",
    "incident_acts.merge",
    "incident_acts.reassign",
    "incident_acts.snooze",
    "incident_acts.split",
    "mails.close",
    "mails.drop",
    "mails.release",
    "oncall.add_feed",
    "oncall.add_override",
    "oncall.remove_override",
    "oncall.revoke_feed",
    "oncall.swap",
    "oncall.test_page",
    "api.cancel_customer_page",
    "api.drop",
    "api.incident_acknowledge",
    "api.incident_escalate",
    "api.incident_merge",
    "api.incident_reassign",
    "api.incident_resolve",
    "api.incident_snooze",
    "api.incident_split",
    "api.page_customer",
    "api.release",
    "api.ticket_answer",
    "api.ticket_decide",
    "api.ticket_state",
    "api.ticket_withdraw",
)

_LEAD = (
    "dashboard.exclude",
    "dashboard.include",
    "maintenance.plan",
    "maintenance.end",
    "api.acts",
    "api.freeze",
    "api.ticket_exclude",
    "api.ticket_include",
    "audit.log",
    "configuration.overview",
    "customers.add_watch",
    "customers.end_watch",
    "reports.restate",
    "jobs.discard_event",
    "jobs.discard_message",
)

_ADMIN = (
    "accounts.overview",
    "accounts.add",
    "accounts.invite",
    "accounts.role",
    "accounts.disable",
    "accounts.enable",
    "accounts.sign_out",
    "accounts.add_token",
    "accounts.revoke_token",
)

#: The role that each route needs, by its endpoint.
RIGHTS: dict[str, Role] = {
    **dict.fromkeys(_VIEWER, Role.VIEWER),
    **dict.fromkeys(_RESPONDER, Role.RESPONDER),
    **dict.fromkeys(_LEAD, Role.LEAD),
    **dict.fromkeys(_ADMIN, Role.ADMIN),
}


def check(endpoints: Iterable[str]) -> None:
    """Raise for an endpoint of which nobody has said who may use it."""
    missing = sorted(set(endpoints) - set(OPEN) - set(RIGHTS))
    if missing:
        raise RuntimeError(f"triage/web/rights.py does not say who may use {', '.join(missing)}")


def may(role: Role | None, endpoint: str) -> bool:
    """Whether that role may use the endpoint."""
    return endpoint in OPEN or (role is not None and role.covers(RIGHTS[endpoint]))
