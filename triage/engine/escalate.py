"""Moves an incident on: pages the next responders, begins again, waits where it has to, and ends its pages."""

from __future__ import annotations

from dataclasses import replace

from triage.domain.escalation import (
    START,
    EscalationPolicy,
    IncidentState,
    Move,
    PageState,
    Target,
    TargetKind,
    plan_escalation,
)
from triage.domain.holds import Hold, next_hold
from triage.domain.oncall import zone_named
from triage.domain.ticket import Priority
from triage.engine import inform, messages, reach, write_back
from triage.engine.context import Work
from triage.engine.reach import contact, people_behind, responders
from triage.engine.settle import settle_pages
from triage.store import audit, incidents, maintenance, timers
from triage.store.incidents import Incident
from triage.store.timers import TimerKind
from triage.telemetry import PAGES, log

#: What the audit calls us where nobody acted.
SERVICE = "service"
#: So many of the tickets that an incident holds are named on a page.
NAMED = 10


def policy_of(work: Work, incident: Incident) -> EscalationPolicy:
    """The incident's escalation policy as it is now; if it is gone, as it was when the incident began."""
    if incident.policy in work.config.escalation_policies:
        return work.config.escalation_policies[incident.policy]
    then = work.context.configurations.version(work.conn, incident.config_version)
    return then.escalation_policies[incident.policy]


def advance(work: Work, incident: Incident, subject: messages.Subject, *, by_hand: bool = False) -> None:
    """Make the next move: page whoever it names and arm the move after it, or wait for what holds the page.

    What somebody asks for by hand is not held.
    """
    policy = policy_of(work, incident)
    windows = maintenance.open_windows(work.conn, work.now)
    hold = next_hold(policy, incident.priority, incident.customer, incident.triggered_at, windows, work.now)
    if hold is not None and not by_hand:
        _wait(work, incident, hold)
        return
    marks = [f"In {window.words}" for window in windows if window.covers(incident.customer, work.now)]
    subject = replace(subject, notes=(*subject.notes, *marks))
    move = plan_escalation(policy, incident.position, lambda target: responders(work, target), _given_to(incident))
    for skipped in move.skipped:
        log.warning(
            "escalation step has nobody", incident=incident.id, step=skipped.step + 1, round=skipped.round + 1
        )
    until = work.now + move.delay
    incidents.update(
        work.conn,
        incident.id,
        round=move.position.round,
        step=move.position.step,
        next_step_at=until,
        held=False,
        reason=move.reason,
    )
    timers.arm(work.conn, TimerKind.ESCALATE, incident.id, until)
    people = _page(work, incident, subject, move)
    incidents.mark_told(work.conn, incident.id, work.now)
    if incident.position == START:
        write_back.paged(work, incident, subject, people)
        inform.triggered(work, incident, subject)


def _wait(work: Work, incident: Incident, hold: Hold) -> None:
    incidents.update(work.conn, incident.id, next_step_at=hold.until, held=True, reason=hold.reason)
    timers.arm(work.conn, TimerKind.ESCALATE, incident.id, hold.until)
    log.info("page held", incident=incident.id, reason=hold.reason)


def _given_to(incident: Incident) -> Target | None:
    if incident.given_to is None:
        return None
    kind, _, name = incident.given_to.rpartition(":")
    return Target(TargetKind(kind) if kind else TargetKind.PERSON, name)


def _page(work: Work, incident: Incident, subject: messages.Subject, move: Move) -> tuple[str, ...]:
    """Open a page for each responder of the move, and send it; returns who was paged."""
    # An incident may be older than the people of its policy are.
    people = move.responders or people_behind(work, work.config.notices_to)
    company = messages.Company(
        incidents.count_held(work.conn, incident.id),
        [ticket.key for ticket in incidents.held(work.conn, incident.id, limit=NAMED)],
    )
    for person in people:
        page_id = incidents.add_page(
            work.conn, incident.id, person, move.position, move.reason, work.now + move.delay, work.now
        )
        PAGES.inc()
        log.info("page opened", incident=incident.id, ticket=subject.ref.key, person=person, reason=move.reason)
        responder = work.config.responder(person)
        zone = zone_named(responder.timezone if responder else "UTC")
        link = work.context.links.acknowledge(page_id)
        text = messages.page(subject, move.reason, link, company, zone, work.now)
        page = incidents.get_page(work.conn, page_id)
        assert page is not None  # noqa: S101 - it was just added
        contact(work, page, text, subject.ticket_id, observed=incident.observed)
    return people


def trigger_again(
    work: Work,
    incident: Incident,
    subject: messages.Subject,
    *,
    policy: str | None = None,
    priority: Priority | None = None,
    given_to: str | None = None,
    why: str = "",
    by_hand: bool = False,
) -> None:
    """Page again, first whom it is given to, then from the first step.

    `why` is audited where nobody asked for it by hand, because no other log tells that somebody has it no more.
    """
    change: dict[str, object] = {"policy": policy, "config_version": work.config.number} if policy else {}
    if priority is not None:
        change["priority"] = min(priority, incident.priority)
    incidents.update(
        work.conn,
        incident.id,
        state=IncidentState.TRIGGERED,
        active_since=work.now,
        round=START.round,
        step=START.step,
        given_to=given_to,
        acknowledged_at=None,
        acknowledged_by=None,
        **change,
    )
    timers.disarm(work.conn, TimerKind.ACK_EXPIRES, incident.id)
    if why:
        audit.record(
            work.conn,
            who=SERVICE,
            act="incident.triggered",
            subject=f"incident/{incident.id}",
            reason=why,
            now=work.now,
            before={"state": incident.state, "by": incident.acknowledged_by},
            after={"state": IncidentState.TRIGGERED},
        )
    settle_pages(work, incident.id)
    triggered = incidents.get(work.conn, incident.id)
    assert triggered is not None  # noqa: S101 - it was just changed
    advance(work, triggered, subject, by_hand=by_hand)


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
        reach.end(work, page, end, reason)
    settle_pages(work, incident.id)
