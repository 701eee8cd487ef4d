"""What a provider tells of a page that was sent over it, and what follows."""

from __future__ import annotations

from triage.domain.escalation import PageState
from triage.engine import respond
from triage.engine.context import Work
from triage.engine.respond import Answer
from triage.ports import Answered, Opened, Settlement
from triage.store import incidents, provider_incidents
from triage.telemetry import log


def follow(work: Work, gateway: str, told: Opened | Answered) -> str:
    """Do what follows; returns the reason if nothing does."""
    if isinstance(told, Opened):
        return _remember(work, gateway, told)
    reason = _answer(work, gateway, told)
    log.info("answered at a provider", gateway=gateway, user=told.user, said=told.settlement, ignored=reason)
    return reason


def _remember(work: Work, gateway: str, told: Opened) -> str:
    if incidents.get_page(work.conn, told.key) is None:
        return f"no page has the key {told.key}"
    provider_incidents.remember(work.conn, gateway, told.incident, told.key)
    return ""


def _answer(work: Work, gateway: str, told: Answered) -> str:
    """A person's answer counts as that of the page's responder, unless the person is another one of ours."""
    found = _find(work, gateway, told)
    if found is None:
        return f"no page is known by {told.incident}: it is not ours, or its incident.triggered never reached us"
    page, incident = found.page, found.incident
    if page.paged_at < incident.active_since and told.at <= incident.active_since:
        return "it was said before the incident began to page again"
    if told.settlement is Settlement.RESOLVE and page.state is PageState.SUPERSEDED:
        return "somebody else has taken the incident, so its end is theirs to tell"
    person = work.config.person_with_pagerduty_user(told.user)
    who = person.name if person else page.person
    if told.settlement is Settlement.RESOLVE:
        done = respond.resolve(work, incident, who, gateway)
    else:
        done = respond.acknowledge(work, incident, who, gateway, answered=page.id)
    return "" if done else f"the incident is {incident.state} already"


def _find(work: Work, gateway: str, told: Answered) -> Answer | None:
    """The page that the answer is for: by the provider's own incident, else by the key where that is repeated."""
    known = provider_incidents.page_of(work.conn, gateway, told.incident)
    candidates = (page_id for page_id in (known, told.key) if page_id)
    return next((found for page_id in candidates if (found := respond.find_page(work.conn, page_id))), None)
