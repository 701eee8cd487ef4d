"""A page that did not get through over one contact method goes over the next one now, and not at the next step."""

from __future__ import annotations

from triage.domain.escalation import IncidentState, PageState
from triage.engine import contact_pages, escalate, reach
from triage.engine.context import Work
from triage.engine.fold import subject_of_incident
from triage.engine.settle import settle_pages
from triage.store import incidents, outbox
from triage.store.incidents import Page
from triage.store.outbox import OutboxState
from triage.telemetry import log


def fail_over(work: Work, page: Page) -> None:
    """Use the responder's next contact method; if all channels have failed, run the next step."""
    reach.next_contact(work, page)
    _give_up_if_dead(work, page)


def _give_up_if_dead(work: Work, page: Page) -> None:
    """All channels of the page have failed: it ends undelivered, and the next step runs now, not later."""
    alive = {OutboxState.PENDING, OutboxState.DELIVERED, OutboxState.OBSERVED}
    if any(state in alive for _, state, _ in outbox.of_page(work.conn, page.id)):
        return
    if not incidents.end_page(work.conn, page.id, PageState.UNDELIVERED, "all channels failed", work.now):
        return
    if page.incident_id is None:
        contact_pages.undelivered(work, page)
        return
    settle_pages(work, page.incident_id)
    incident = incidents.get(work.conn, page.incident_id)
    if incident is None or incident.state is not IncidentState.TRIGGERED or incident.position != page.position:
        return
    if any(other.position == page.position for other in incidents.open_pages(work.conn, incident.id)):
        return
    policy = escalate.policy_of(work, incident)
    if page.position.step >= len(policy.steps):
        return  # the fallback keeps its interval, or dead channels would be called without a pause
    log.error("page undelivered: next step at once", incident=incident.id, person=page.person)
    escalate.advance(work, incident, subject_of_incident(work, incident.id))
