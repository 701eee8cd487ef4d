"""Moves an incident on: opens it, pages the next responders, tries the next contact method, and ends it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from triage.domain.configuration import Configuration, Person
from triage.domain.escalation import (
    EscalationPolicy,
    IncidentState,
    PageState,
    Target,
    TargetKind,
    next_method,
    plan_escalation,
)
from triage.domain.oncall import on_call
from triage.engine import messages
from triage.engine.context import Context
from triage.store import audit, incidents, outbox, timers
from triage.store.incidents import Incident, Page
from triage.store.outbox import OutboxKind, OutboxState
from triage.store.timers import TimerKind
from triage.telemetry import PAGES, log

#: A notice nobody could deliver for this long is out of date.
NOTICE_LIFE = timedelta(hours=6)


def responders(config: Configuration, target: Target, at: datetime) -> tuple[str, ...]:
    """Who is reached through a target now; people without a contact method are not.

    A schedule that is gone reaches nobody, so that an incident older than its removal goes on.
    """
    if target.kind is TargetKind.PERSON:
        names: tuple[str, ...] = (target.name,)
    else:
        schedule = config.schedules.get(target.name)
        names = on_call(schedule, (), at).people if schedule else ()
    return tuple(name for name in names if name in config.people and config.people[name].methods)


def people_behind(config: Configuration, targets: Iterable[Target], at: datetime) -> tuple[str, ...]:
    """Everybody who is reached through any of the targets now, once each."""
    return tuple(dict.fromkeys(name for target in targets for name in responders(config, target, at)))


def policy_of(conn: Connection, context: Context, config: Configuration, incident: Incident) -> EscalationPolicy:
    """The incident's escalation policy as it is now; if it is gone, as it was when the incident began."""
    if incident.policy in config.escalation_policies:
        return config.escalation_policies[incident.policy]
    return context.configurations.version(conn, incident.config_version).escalation_policies[incident.policy]


def advance(
    conn: Connection,
    context: Context,
    config: Configuration,
    incident: Incident,
    subject: messages.Subject,
    ticket_id: int,
    now: datetime,
    *,
    first: bool = False,
) -> None:
    """Make the next move: page whoever it names and arm the move after it."""
    policy = policy_of(conn, context, config, incident)
    last = None if first else incident.position
    move = plan_escalation(policy, last, lambda target: responders(config, target, now))
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
    for person in move.responders or people_behind(config, config.notices_to, now):
        page_id = incidents.add_page(conn, incident.id, person, move.position, move.reason, until, now)
        PAGES.inc()
        log.info("page opened", incident=incident.id, ticket=subject.ref.key, person=person, reason=move.reason)
        link, ticket = context.links.acknowledge(page_id), context.links.ticket(ticket_id)
        text = messages.page(subject, move.reason, link, ticket, now)
        page = incidents.get_page(conn, page_id)
        assert page is not None  # noqa: S101 - it was just added
        contact(conn, config, page, text, ticket_id, now, observed=incident.observed)


def trigger_again(
    conn: Connection,
    context: Context,
    config: Configuration,
    incident: Incident,
    subject: messages.Subject,
    ticket_id: int,
    now: datetime,
    *,
    policy: str | None = None,
) -> None:
    """Page again from the first step: an acknowledgement has expired, or the ticket was raised."""
    change = {"policy": policy, "config_version": config.number} if policy else {}
    incidents.update(
        conn,
        incident.id,
        state=IncidentState.TRIGGERED,
        active_since=now,
        acknowledged_at=None,
        acknowledged_by=None,
        **change,
    )
    timers.disarm(conn, TimerKind.ACK_EXPIRES, incident.id)
    triggered = incidents.get(conn, incident.id)
    assert triggered is not None  # noqa: S101 - it was just changed
    advance(conn, context, config, triggered, subject, ticket_id, now, first=True)


def contact(
    conn: Connection,
    config: Configuration,
    page: Page,
    text: tuple[str, str],
    ticket_id: int,
    now: datetime,
    *,
    observed: bool,
) -> bool:
    """Queue the page for the responder's next contact method; False if all of them are in use already."""
    person = config.people.get(page.person)
    used = [method for method, _, _ in outbox.of_page(conn, page.id)]
    index = next_method(person.methods, used) if person else None
    if person is None or index is None:
        return False
    method = person.methods[index]
    outbox.put(
        conn,
        kind=OutboxKind.PAGE,
        key=page.id,
        person=page.person,
        method=index,
        gateway=method.gateway,
        address=method.address or person.display_name,
        subject=text[0],
        body=text[1],
        deadline_at=page.deadline_at,
        now=now,
        observed=observed,
        page_id=page.id,
        ticket_id=ticket_id,
    )
    if next_method(person.methods, [*used, index]) is not None:
        timers.arm(conn, TimerKind.NEXT_METHOD, page.id, now + method.wait)
    return True


def next_contact(conn: Connection, config: Configuration, page: Page, now: datetime) -> bool:
    """Repeat the page over the responder's next contact method, in the words of the first."""
    first = outbox.first_of_page(conn, page.id)
    if page.state is not PageState.OPEN or first is None:
        return False
    observed = first["state"] == OutboxState.OBSERVED
    text = (first["subject"], first["body"])
    return contact(conn, config, page, text, first["ticket_id"], now, observed=observed)


def notify(
    conn: Connection,
    config: Configuration,
    people: tuple[str, ...],
    key: str,
    text: tuple[str, str],
    now: datetime,
    *,
    observed: bool,
    ticket_id: int | None = None,
) -> None:
    """Queue a notice, which asks for no answer, for each person's first contact method; once for each key."""
    for name in dict.fromkeys(people):
        person: Person | None = config.people.get(name)
        if person is None or not person.methods or outbox.queued(conn, f"{key}/{name}"):
            continue
        method = person.methods[0]
        outbox.put(
            conn,
            kind=OutboxKind.NOTICE,
            key=f"{key}/{name}",
            person=name,
            method=0,
            gateway=method.gateway,
            address=method.address or person.display_name,
            subject=text[0],
            body=text[1],
            deadline_at=now + NOTICE_LIFE,
            now=now,
            observed=observed,
            ticket_id=ticket_id,
        )


def end_pages(
    conn: Connection, incident: Incident, now: datetime, reason: str, *, state: PageState, by: str | None = None
) -> None:
    """Give every open page its end state and call back what is not sent yet.

    The pages of the person who acted get `state`; under an acknowledgement the others are superseded.
    """
    for page in incidents.open_pages(conn, incident.id):
        taken_over = state is PageState.ACKNOWLEDGED and page.person != by
        incidents.end_page(conn, page.id, PageState.SUPERSEDED if taken_over else state, reason, now)
        outbox.cancel_page(conn, page.id, reason, now)
        timers.disarm(conn, TimerKind.NEXT_METHOD, page.id)


def acknowledge(
    conn: Connection,
    context: Context,
    config: Configuration,
    incident: Incident,
    who: str,
    via: str,
    now: datetime,
) -> bool:
    """A human has taken the incident: the escalation stops; False if it was acknowledged or resolved before."""
    if incident.state is not IncidentState.TRIGGERED:
        return False
    policy = policy_of(conn, context, config, incident)
    incidents.update(
        conn,
        incident.id,
        state=IncidentState.ACKNOWLEDGED,
        acknowledged_at=now,
        acknowledged_by=who,
        next_step_at=None,
        reason=f"acknowledged by {who} ({via})",
    )
    timers.disarm(conn, TimerKind.ESCALATE, incident.id)
    end_pages(conn, incident, now, f"acknowledged by {who} ({via})", state=PageState.ACKNOWLEDGED, by=who)
    if policy.ack_timeout is not None:
        timers.arm(conn, TimerKind.ACK_EXPIRES, incident.id, now + policy.ack_timeout)
    _audit(conn, incident, IncidentState.ACKNOWLEDGED, who, via, now)
    return True


def resolve(conn: Connection, incident: Incident, who: str, via: str, now: datetime, *, reason: str = "") -> bool:
    """The incident is over; False if it was over before."""
    if incident.state is IncidentState.RESOLVED:
        return False
    how = f"resolved by {who} ({via})"
    incidents.update(
        conn,
        incident.id,
        state=IncidentState.RESOLVED,
        resolved_at=now,
        resolved_by=who,
        next_step_at=None,
        reason=how,
    )
    for kind in (TimerKind.ESCALATE, TimerKind.ACK_EXPIRES):
        timers.disarm(conn, kind, incident.id)
    end_pages(conn, incident, now, how, state=PageState.RESOLVED)
    _audit(conn, incident, IncidentState.RESOLVED, who, via, now, reason)
    return True


def _audit(
    conn: Connection, incident: Incident, state: IncidentState, who: str, via: str, now: datetime, reason: str = ""
) -> None:
    """Write down who moved the incident on, whichever way it came: link, dashboard or Jira."""
    log.info(f"incident {state}", incident=incident.id, by=who, via=via)
    audit.record(
        conn,
        who=who,
        act=f"incident.{state}",
        subject=f"incident/{incident.id}",
        reason=reason,
        now=now,
        before={"state": incident.state},
        after={"state": state, "via": via},
    )
