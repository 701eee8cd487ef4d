"""Moves an incident on: opens it, pages the next responders, tries the next contact method, and ends it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from triage.domain.escalation import (
    EscalationPolicy,
    IncidentState,
    PageState,
    Target,
    TargetKind,
    next_method,
    plan_escalation,
)
from triage.engine import consult, messages, write_back
from triage.engine.context import Work
from triage.store import audit, incidents, outbox, timers
from triage.store.incidents import Incident, Page
from triage.store.outbox import OutboxKind, OutboxState
from triage.store.timers import TimerKind
from triage.telemetry import PAGES, log

#: A notice nobody could deliver for this long is out of date.
NOTICE_LIFE = timedelta(hours=6)


def responders(work: Work, target: Target) -> tuple[str, ...]:
    """Who is reached through a target now; people without a contact method are not.

    A schedule that is gone reaches nobody, so that an incident older than its removal goes on.
    """
    if target.kind is TargetKind.PERSON:
        names: tuple[str, ...] = (target.name,)
    else:
        names = consult.people(work.conn, work.config, target.name, work.now)
    people = work.config.people
    return tuple(name for name in names if name in people and people[name].methods)


def people_behind(work: Work, targets: Iterable[Target]) -> tuple[str, ...]:
    """Everybody who is reached through any of the targets now, once each."""
    return tuple(dict.fromkeys(name for target in targets for name in responders(work, target)))


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
    triggered = incidents.get(work.conn, incident.id)
    assert triggered is not None  # noqa: S101 - it was just changed
    advance(work, triggered, subject, first=True)


def contact(work: Work, page: Page, text: tuple[str, str], ticket_id: int, *, observed: bool) -> bool:
    """Queue the page for the responder's next contact method; False if all of them are in use already."""
    person = work.config.people.get(page.person)
    used = [method for method, _, _ in outbox.of_page(work.conn, page.id)]
    index = next_method(person.methods, used) if person else None
    if person is None or index is None:
        return False
    method = person.methods[index]
    outbox.put(
        work.conn,
        kind=OutboxKind.PAGE,
        key=page.id,
        person=page.person,
        method=index,
        gateway=method.gateway,
        address=person.address_of(method),
        subject=text[0],
        body=text[1],
        deadline_at=page.deadline_at,
        now=work.now,
        observed=observed,
        page_id=page.id,
        ticket_id=ticket_id,
    )
    if next_method(person.methods, [*used, index]) is not None:
        timers.arm(work.conn, TimerKind.NEXT_METHOD, page.id, work.now + method.wait)
    return True


def next_contact(work: Work, page: Page) -> bool:
    """Repeat the page over the responder's next contact method, in the words of the first."""
    first = outbox.first_of_page(work.conn, page.id)
    if page.state is not PageState.OPEN or first is None:
        return False
    observed = first["state"] == OutboxState.OBSERVED
    return contact(work, page, (first["subject"], first["body"]), first["ticket_id"], observed=observed)


def notify(
    work: Work,
    people: Iterable[str],
    key: str,
    text: tuple[str, str],
    *,
    observed: bool,
    ticket_id: int | None = None,
) -> None:
    """Queue a notice, which asks for no answer, for each person's first contact method; once for each key."""
    for name in dict.fromkeys(people):
        person = work.config.people.get(name)
        if person is None or not person.methods or outbox.queued(work.conn, f"{key}/{name}"):
            continue
        method = person.methods[0]
        outbox.put(
            work.conn,
            kind=OutboxKind.NOTICE,
            key=f"{key}/{name}",
            person=name,
            method=0,
            gateway=method.gateway,
            address=person.address_of(method),
            subject=text[0],
            body=text[1],
            deadline_at=work.now + NOTICE_LIFE,
            now=work.now,
            observed=observed,
            ticket_id=ticket_id,
        )


def tell_operators(work: Work, key: str, text: tuple[str, str]) -> None:
    """Queue a notice about the service itself for whoever hears of notices."""
    people = people_behind(work, work.config.notices_to)
    notify(work, people, key, text, observed=work.config.observe_only)


def end_pages(work: Work, incident: Incident, reason: str, *, state: PageState, by: str | None = None) -> None:
    """Give every open page its end state and call back what is not sent yet.

    The pages of the person who acted get `state`; under an acknowledgement the others are superseded.
    """
    for page in incidents.open_pages(work.conn, incident.id):
        taken_over = state is PageState.ACKNOWLEDGED and page.person != by
        end = PageState.SUPERSEDED if taken_over else state
        incidents.end_page(work.conn, page.id, end, reason, work.now)
        outbox.cancel_page(work.conn, page.id, reason, work.now)
        timers.disarm(work.conn, TimerKind.NEXT_METHOD, page.id)


def acknowledge(work: Work, incident: Incident, who: str, via: str) -> bool:
    """A human has taken the incident: the escalation stops; False if it was acknowledged or resolved before."""
    if incident.state is not IncidentState.TRIGGERED:
        return False
    policy, how = policy_of(work, incident), f"acknowledged by {who} ({via})"
    incidents.update(
        work.conn,
        incident.id,
        state=IncidentState.ACKNOWLEDGED,
        acknowledged_at=work.now,
        acknowledged_by=who,
        next_step_at=None,
        reason=how,
    )
    timers.disarm(work.conn, TimerKind.ESCALATE, incident.id)
    end_pages(work, incident, how, state=PageState.ACKNOWLEDGED, by=who)
    if policy.ack_timeout is not None:
        timers.arm(work.conn, TimerKind.ACK_EXPIRES, incident.id, work.now + policy.ack_timeout)
    write_back.answered(work, incident, IncidentState.ACKNOWLEDGED, who, via)
    _audit(work, incident, IncidentState.ACKNOWLEDGED, who, via)
    return True


def resolve(work: Work, incident: Incident, who: str, via: str, *, reason: str = "") -> bool:
    """The incident is over; False if it was over before."""
    if incident.state is IncidentState.RESOLVED:
        return False
    how = f"resolved by {who} ({via})"
    incidents.update(
        work.conn,
        incident.id,
        state=IncidentState.RESOLVED,
        resolved_at=work.now,
        resolved_by=who,
        next_step_at=None,
        reason=how,
    )
    for kind in (TimerKind.ESCALATE, TimerKind.ACK_EXPIRES):
        timers.disarm(work.conn, kind, incident.id)
    end_pages(work, incident, how, state=PageState.RESOLVED)
    write_back.answered(work, incident, IncidentState.RESOLVED, who, via)
    _audit(work, incident, IncidentState.RESOLVED, who, via, reason)
    return True


def _audit(work: Work, incident: Incident, state: IncidentState, who: str, via: str, reason: str = "") -> None:
    """Write down who moved the incident on, whichever way it came: link, dashboard or Jira."""
    log.info(f"incident {state}", incident=incident.id, by=who, via=via)
    audit.record(
        work.conn,
        who=who,
        act=f"incident.{state}",
        subject=f"incident/{incident.id}",
        reason=reason,
        now=work.now,
        before={"state": incident.state},
        after={"state": state, "via": via},
    )
