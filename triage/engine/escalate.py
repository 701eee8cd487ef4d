"""Moves an incident on: pages the next responders, begins again, and ends its pages."""

from __future__ import annotations

from triage.domain.escalation import EscalationPolicy, IncidentState, PageState, plan_escalation
from triage.engine import messages, write_back
from triage.engine.context import Work
from triage.engine.reach import contact, people_behind, responders
from triage.engine.settle import settle_pages
from triage.store import incidents, outbox, timers
from triage.store.incidents import Incident
from triage.store.timers import TimerKind
from triage.telemetry import PAGES, log


def policy_of(work: Work, incident: Incident) -> EscalationPolicy:
    """The incident's escalation policy as it is now; if it is gone, as it was when the incident began."""
    if incident.policy in work.config.escalation_policies:
        return work.config.escalation_policies[incident.policy]
    then = work.context.configurations.version(work.conn, incident.config_version)
    return then.escalation_policies[incident.policy]


def advance(work: Work, incident: Incident, subject: messages.Subject, *, first: bool = False) -> None:
    """Make the next move: page whoever it names and arm the move after it."""
    conn, now = work.conn, work.now
    policy = policy_of(work, incident)
    last = None if first else incident.position
    move = plan_escalation(policy, last, lambda target: responders(work, target))
    until = now + move.delay
    for skipped in move.skipped:
        log.warning(
            "escalation step has nobody", incident=incident.id, step=skipped.step + 1, round=skipped.round + 1
        )
    incidents.update(
        conn,
        incident.id,
        round=move.position.round,
        step=move.position.step,
        next_step_at=until,
        reason=move.reason,
    )
    timers.arm(conn, TimerKind.ESCALATE, incident.id, until)
    # An incident may be older than the people of its policy are.
    people = move.responders or people_behind(work, work.config.notices_to)
    for person in people:
        page_id = incidents.add_page(conn, incident.id, person, move.position, move.reason, until, now)
        PAGES.inc()
        log.info("page opened", incident=incident.id, ticket=subject.ref.key, person=person, reason=move.reason)
        text = messages.page(subject, move.reason, work.context.links.acknowledge(page_id), now)
        page = incidents.get_page(conn, page_id)
        assert page is not None  # noqa: S101 - it was just added
        contact(work, page, text, subject.ticket_id, observed=incident.observed)
    if first:
        write_back.paged(work, incident, subject, people)


def trigger_again(work: Work, incident: Incident, subject: messages.Subject, *, policy: str | None = None) -> None:
    """Page again from the first step: an acknowledgement has expired, or the ticket was raised."""
    change = {"policy": policy, "config_version": work.config.number} if policy else {}
    incidents.update(
        work.conn,
        incident.id,
        state=IncidentState.TRIGGERED,
        active_since=work.now,
        acknowledged_at=None,
        acknowledged_by=None,
        **change,
    )
    timers.disarm(work.conn, TimerKind.ACK_EXPIRES, incident.id)
    settle_pages(work, incident.id)
    triggered = incidents.get(work.conn, incident.id)
    assert triggered is not None  # noqa: S101 - it was just changed
    advance(work, triggered, subject, first=True)


def end_pages(
    work: Work, incident: Incident, reason: str, *, state: PageState, by: str | None = None, answered: str = ""
) -> None:
    """Give every open page its end state and call back what is not sent yet.

    The pages of the person who acted get `state`, and so does the page that was `answered` itself; under an
    acknowledgement the others are superseded.
    """
    for page in incidents.open_pages(work.conn, incident.id):
        taken_over = state is PageState.ACKNOWLEDGED and page.person != by and page.id != answered
        end = PageState.SUPERSEDED if taken_over else state
        incidents.end_page(work.conn, page.id, end, reason, work.now)
        outbox.cancel_page(work.conn, page.id, reason, work.now)
        timers.disarm(work.conn, TimerKind.NEXT_METHOD, page.id)
    settle_pages(work, incident.id)
