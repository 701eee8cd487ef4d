"""Decides on a ticket from its facts, and stores everything that follows, in the caller's transaction.

It is the same code for a new event, a late one, a doubled one and a due timer: load the facts, fold them, and
tell only what the logs do not hold yet.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.engine import RowMapping

from triage.domain.clocks import next_deadline
from triage.domain.escalation import IncidentState
from triage.domain.ticket import FactKind, Field, Origin, Priority
from triage.domain.timeline import Response, Timeline, judge, response_wanted
from triage.engine import (
    contact_pages,
    escalate,
    group,
    hand_over,
    mail_origin,
    messages,
    reach,
    respond,
    tell,
    write_back,
)
from triage.engine.context import Work
from triage.engine.fold import ASKED, Folded, fold, subject_of
from triage.store import incidents, mails, tickets, timers
from triage.store.incidents import Incident
from triage.store.tickets import TicketRow
from triage.store.timers import TimerKind
from triage.telemetry import DECISIONS, log

#: A P0 that was over before we heard of it is still responded to for so long.
STILL_WAITING = timedelta(hours=4)


def decide(work: Work, ticket: TicketRow) -> set[str]:
    """Fold the ticket and store state, decision, clocks, notices, timers and what the incident needs.

    Returns what is known by now, in the words of `Read.missing`, so that nobody asks Jira for it.
    """
    folded = fold(work.conn, work.config, ticket.id, work.now)
    tickets.save_state(work.conn, ticket.id, _state(folded, ticket, work.now))
    tickets.save_clocks(work.conn, ticket.id, folded.clocks, work.now)
    if not folded.timeline.open:
        contact_pages.ticket_closed(work, ticket.id, _how_closed(folded))
    if folded.judged:
        before = tickets.last_decision(work.conn, ticket.id)
        new = tickets.log_decision(work.conn, ticket.id, folded.judged[-1], work.config.number, work.now)
        _look_on(work, ticket.id, folded)
        if new is not None:
            DECISIONS.labels(new["priority"], new["reason"]).inc()
            log.info("decided", ticket=ticket.ref.key, priority=new["priority"], reason=new["reason"])
        subject = subject_of(work, ticket, folded)
        observed = work.config.observes(folded.customer)
        tell.deadlines(work, folded.timeline, subject, observed=observed)
        _arm_deadline(work, folded, ticket.id)
        if not work.silent:
            write_back.decided(work, folded.timeline, subject, (before, new), ticket.labels, observed=observed)
            _suggest(work, folded, subject, before, new)
            _respond(work, folded, subject, before, new)
    return ASKED - folded.missing


def _look_on(work: Work, ticket_id: int, folded: Folded) -> None:
    """Log what the policies that run in shadow would decide; nothing follows from it."""
    record = folded.customer.record if folded.customer else None
    for policy in work.config.shadows:
        judged = judge(folded.timeline, [(folded.judged[0].at, policy)], record)
        tickets.log_decision(work.conn, ticket_id, judged[-1], work.config.number, work.now, shadow=True)


def _state(folded: Folded, ticket: TicketRow, now: datetime) -> dict[str, object]:
    last = folded.judged[-1].judgement if folded.judged else None
    current = folded.timeline.current
    return {
        "key": current.get(Field.KEY) or ticket.ref.key,
        "summary": folded.timeline.words("summary").replace("\x00", ""),
        "status": current.get(Field.STATUS) or "",
        "customer": folded.customer.name if folded.customer else None,
        "priority": last.priority if last else None,
        "provisional": bool(last and last.provisional),
        "reason": last.reason if last else "",
        "flags": folded.flags,
        "open": folded.timeline.open,
        "created_at": folded.timeline.created.at if folded.timeline.created else None,
        "folded_at": now,
    }


def _arm_deadline(work: Work, folded: Folded, ticket_id: int) -> None:
    """Let the timer fire at the next warning or breach, or when the next event begins to count."""
    deadline = next_deadline(folded.clocks)
    upcoming = [deadline.at] if deadline else []
    if folded.ahead_at is not None:  # clocks count whole seconds
        upcoming.append(folded.ahead_at.replace(microsecond=0) + timedelta(seconds=1))
    if upcoming:
        timers.arm(work.conn, TimerKind.DEADLINE, ticket_id, min(upcoming))
    else:
        timers.disarm(work.conn, TimerKind.DEADLINE, ticket_id)


def _suggest(
    work: Work, folded: Folded, subject: messages.Subject, before: RowMapping | None, new: RowMapping | None
) -> None:
    """Both conditions of a P0 are met although less was asked for: whoever hears of notices may raise it."""
    if new is None or not new["suggestion"] or not folded.timeline.open:
        return
    if before is not None and before["suggestion"] == new["suggestion"]:
        return
    people = reach.people_behind(work, work.config.notices_to)
    text, observed = messages.suggestion_notice(subject), work.config.observes(folded.customer)
    reach.notify(work, people, f"suggest/{new['id']}", text, observed=observed, ticket_id=subject.ticket_id)


def _respond(
    work: Work, folded: Folded, subject: messages.Subject, before: RowMapping | None, new: RowMapping | None
) -> None:
    """Open, acknowledge, end or explain the ticket's incident, as the facts have it."""
    conn, ticket_id = work.conn, subject.ticket_id
    paging = {priority for priority in Priority if work.config.escalation_of(folded.customer, priority)}
    wanted = response_wanted(folded.timeline, folded.judged, paging)
    cause = wanted.cause if wanted else None
    unanswered = wanted is not None and _is_unanswered(work, folded, ticket_id, wanted)
    incident = incidents.open_for_ticket(conn, ticket_id)
    origin = mails.origin_of(conn, ticket_id)
    if origin is not None:
        called = mail_origin.incident_to_join(work, origin, ticket_id)
        if called is not None:
            incident = _go_on(work, subject, incident, called, cause)
            unanswered = False
        mail_origin.goes_on(work, origin, subject.ref.key)
    original = _incident_of_original(work, folded, subject)
    if original is not None and (incident.id != original.id if incident else unanswered):
        _join(work, subject, incident, original, cause if cause and unanswered else f"joined/{original.id}")
        return
    if incident is None:
        if wanted is not None and unanswered:
            _open(work, folded, subject, wanted)
        return
    if not folded.timeline.open:
        if not incidents.has_open_ticket(conn, incident.id):
            who = "mail" if folded.timeline.by_mail else "Jira"
            respond.resolve(work, incident, who, _how_closed(folded))
        return
    _answer_in_source(work, folded.timeline, incident)
    if before is None or new is None:
        return
    # Late facts may take a raise back and bring it again: the same cause asks once.
    if cause is not None and unanswered and new["priority"] < before["priority"]:
        policy = work.config.escalation_of(folded.customer, Priority(new["priority"]))
        assert policy is not None  # noqa: S101 - a priority that pages has a policy
        incidents.set_cause(conn, incident.id, ticket_id, cause)
        raised = Priority(new["priority"])
        why = f"the priority was raised to {raised}"
        escalate.trigger_again(work, incident, subject, policy=policy.name, priority=raised, why=why)
    elif before["priority"] in paging and new["priority"] not in paging:
        text = messages.downgrade_notice(subject)
        told = _who_has_it(work, incident)
        key = f"decision/{new['id']}"
        reach.notify(work, told, key, text, observed=incident.observed, ticket_id=ticket_id)


def _go_on(
    work: Work, subject: messages.Subject, own: Incident | None, origin: Incident, cause: str | None
) -> Incident | None:
    """Whoever was called because of the mail has, or had, the ticket in which it goes on; returns its incident."""
    cause = cause or f"mail/{origin.id}"
    if origin.state is IncidentState.RESOLVED:
        incidents.join(work.conn, origin.id, subject.ticket_id, cause, work.now, told_at=work.now)
        return own
    _join(work, subject, own, origin, cause)
    return origin


def _how_closed(folded: Folded) -> str:
    return "the ticket was deleted" if folded.timeline.deleted else "the ticket was resolved"


def _is_unanswered(work: Work, folded: Folded, ticket_id: int, wanted: Response) -> bool:
    """Whether nobody was called yet because of that fact, and somebody may still be waiting for it.

    A stretch that was over before we heard of it, as when webhooks were lost, is answered for a few hours, unless
    there has been an incident since it began.
    """
    if _is_past(folded, wanted.cause) or incidents.answered(work.conn, ticket_id, wanted.cause):
        return False
    if wanted.ended_at is None:
        return True
    recent = work.now - wanted.ended_at < STILL_WAITING
    return recent and not incidents.held_since(work.conn, ticket_id, wanted.at)


def _is_past(folded: Folded, cause: str) -> bool:
    """Whether the fact was only brought in from the past, and so asks nobody for anything."""
    return any(fact.key == cause and fact.origin is Origin.BACKFILL for fact in folded.timeline.facts)


def _incident_of_original(work: Work, folded: Folded, subject: messages.Subject) -> Incident | None:
    """The open incident of the ticket that this open one is a duplicate of."""
    key = folded.timeline.current.get(Field.DUPLICATE_OF)
    if not key or not folded.timeline.open:
        return None
    original = tickets.with_key(work.conn, subject.ref.instance, key)
    if original is None or original == subject.ticket_id:
        return None
    return incidents.open_for_ticket(work.conn, original)


def _join(work: Work, subject: messages.Subject, own: Incident | None, original: Incident, cause: str) -> None:
    """One problem has one incident: the duplicate's ends, and the original's holds both tickets from now on."""
    incidents.join(work.conn, original.id, subject.ticket_id, cause, work.now, told_at=work.now)
    log.info("duplicate joined", incident=original.id, ticket=subject.ref.key)
    if own is None:
        return
    alone = incidents.count_held(work.conn, own.id) == 1
    if not alone:
        incidents.leave(work.conn, own.id, subject.ticket_id, work.now)
    if alone or not incidents.has_open_ticket(work.conn, own.id):
        respond.resolve(work, own, "Jira", f"a duplicate, joined to incident {original.id}")


def _open(work: Work, folded: Folded, subject: messages.Subject, wanted: Response) -> None:
    """Let the ticket join what its customer has reported just now, or open an incident for it."""
    policy = work.config.escalation_of(folded.customer, wanted.priority)
    assert policy is not None  # noqa: S101 - a priority that pages has a policy
    observed = work.config.observes(folded.customer)
    if wanted.ended_at is not None:  # it is told why it comes so late, so it pages alone
        note = messages.late(wanted.priority, wanted.at, wanted.ended_at)
        subject = replace(subject, notes=(*subject.notes, note))
    elif shared := group.find(work, folded.customer, policy, observed=observed):
        group.join(work, shared, subject, wanted.cause, wanted.priority)
        return
    incident_id = incidents.trigger(
        work.conn,
        subject.ticket_id,
        wanted.cause,
        folded.customer.name if folded.customer else None,
        policy.name,
        wanted.priority,
        work.config.number,
        work.now,
        observed=observed,
    )
    log.info("incident triggered", incident=incident_id, ticket=subject.ref.key, cause=wanted.cause)
    incident = incidents.get(work.conn, incident_id)
    assert incident is not None  # noqa: S101 - it was just opened
    escalate.advance(work, incident, subject)


def _who_has_it(work: Work, incident: Incident) -> tuple[str, ...]:
    """Whoever acknowledged, if we can reach them; else everybody who was paged; else whoever hears of notices."""
    if incident.acknowledged_by in work.config.people:
        return (str(incident.acknowledged_by),)
    paged = tuple(incidents.paged_people(work.conn, incident.id))
    return paged or reach.people_behind(work, work.config.notices_to)


def _answer_in_source(work: Work, timeline: Timeline, incident: Incident) -> None:
    """What one of ours did in Jira after the incident began answers it: whoever was named has it, or is paged."""
    if incident.state is not IncidentState.TRIGGERED:
        return
    since = incident.active_since
    for fact in timeline.facts:
        # Jira's clock may run ahead of ours: what had reached us when the incident began is no answer to it.
        later = fact.at > since and fact.received_at is not None and fact.received_at > since
        if not later or fact.kind not in (FactKind.COMMENT, FactKind.CHANGE):
            continue
        person = work.config.person_with_account(fact.actor.id)
        if person is None:
            continue
        assigned = work.config.person_with_account(fact.values.get(Field.ASSIGNEE) or "")
        if assigned is not None and assigned != person and assigned.methods:
            hand_over.reassign(work, incident.id, assigned.name, person.name, "jira")
        else:
            respond.acknowledge(work, incident, person.name, "jira")
        return
