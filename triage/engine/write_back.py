"""Queues what is written back into the ticket's source; the outbox carries it out, each write once.

Nothing is queued where the source cannot be written to, where the operator has switched it off, or where the
work is silent. Under observe only it is queued to be shown, and never sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from sqlalchemy.engine import RowMapping

from triage.domain.clocks import Clock, Notice
from triage.domain.escalation import IncidentState
from triage.domain.priority import Reason
from triage.domain.terms import Metric
from triage.domain.ticket import FactKind, Field, Priority, TicketRef
from triage.domain.timeline import Timeline
from triage.domain.write_back import WriteBack, labels_of
from triage.domain.writes import Action, Comment, SetFields, SetLabels
from triage.engine import comments, customer_comments, messages
from triage.engine.context import Work
from triage.store import incidents, outbox, tickets
from triage.store.incidents import Incident

#: A write that the source has not taken for so long is out of date.
LIFE = timedelta(days=3)
#: Somebody, or another robot, keeps changing the priority back: so often a decision is written, and no more.
MOST_PRIORITY_WRITES = 3


def decided(
    work: Work,
    timeline: Timeline,
    subject: messages.Subject,
    decisions: tuple[RowMapping | None, RowMapping | None],
    labels: tuple[str, ...],
    *,
    observed: bool,
) -> None:
    """The ticket was judged: explain what is new, and bring its priority and labels in line.

    `decisions` are the last one before and the new one, if there is one; `labels` those that were set last.
    """
    before, new = decisions
    if new is not None and timeline.open:  # nobody is told now why a ticket was urgent that is done
        for name, comment in _explanations(work.config.write_back, subject, before):
            _put(work, subject, f"decision/{new['id']}/{name}", comment, observed=observed)
    decision = new or before
    if decision is not None:
        _put_priority(work, timeline, subject, decision["id"], observed=observed)
    _put_labels(work, subject, labels, observed=observed)


def _explanations(
    wanted: WriteBack, subject: messages.Subject, before: RowMapping | None
) -> Iterator[tuple[str, Comment]]:
    """What is to be said about a decision; nothing that was said about the one before."""
    judgement = subject.judgement
    told = ("priority", "reason", "provisional", "requested", "suggestion", "production", "workaround")
    if before is not None and all(before[name] == getattr(judgement, name) for name in told):
        return
    if wanted.questions and judgement.reason is Reason.IN_DOUBT:
        yield "question", customer_comments.question(judgement, subject.language)
    if not wanted.decisions:
        return
    if judgement.reason in (Reason.NOT_PRODUCTION, Reason.WORKAROUND_EXISTS):
        yield "downgraded", customer_comments.downgraded(judgement, subject.language)
    elif judgement.reason is not Reason.AS_REQUESTED or judgement.suggestion:
        yield "explained", comments.explained(judgement)


def _put_priority(
    work: Work, timeline: Timeline, subject: messages.Subject, decision_id: int, *, observed: bool
) -> None:
    """Set the priority in the source where it differs from the decision: once for each change that made it so."""
    priority = subject.judgement.priority
    value = work.config.write_back.priorities.get(priority)
    current = timeline.current.get(Field.PRIORITY)
    if not value or current == priority or current not in Priority.__members__ or not timeline.open:
        return
    changed = [fact.key for fact in timeline.facts if fact.kind is FactKind.CHANGE and Field.PRIORITY in fact.values]
    prefix = f"priority/{decision_id}/"
    key = prefix + (changed[-1] if changed else "created")
    if outbox.count_writes(work.conn, subject.ticket_id, prefix) < MOST_PRIORITY_WRITES:
        named = {"id": value} if value.isdigit() else {"name": value}
        _put(work, subject, key, SetFields({"priority": named}), observed=observed)


def _put_labels(work: Work, subject: messages.Subject, labels: tuple[str, ...], *, observed: bool) -> None:
    judgement = subject.judgement
    breached = any(clock.breached_at is not None for clock in subject.clocks)
    wanted = labels_of(Priority(judgement.priority), provisional=judgement.provisional, breached=breached)
    if not work.config.write_back.labels or wanted == labels:
        return
    gone = tuple(label for label in labels if label not in wanted)
    prefix = f"labels/{subject.ticket_id}/"
    key = f"{prefix}{outbox.count_writes(work.conn, subject.ticket_id, prefix)}"
    if _put(work, subject, key, SetLabels(wanted, gone), observed=observed):
        tickets.save_state(work.conn, subject.ticket_id, {"labels": list(wanted)})


def deadline(
    work: Work, subject: messages.Subject, key: str, clock: Clock, notice: Notice, *, observed: bool
) -> None:
    """A warning or a breach was told."""
    if work.config.write_back.deadlines:
        _put(work, subject, key, comments.deadline(clock, notice, work.now), observed=observed)


def correction(
    work: Work,
    subject: messages.Subject,
    key: str,
    metric: Metric,
    clock: Clock | None,
    told_at: datetime,
    *,
    observed: bool,
) -> None:
    """A breach that was told was taken back."""
    if work.config.write_back.deadlines:
        _put(work, subject, key, comments.correction(metric, clock, told_at, work.now), observed=observed)


def paged(work: Work, incident: Incident, subject: messages.Subject, people: Iterable[str]) -> None:
    """An incident began to page."""
    if work.config.write_back.pages:
        called = [work.config.responder(name) for name in people]
        names = [responder.display_name for responder in called if responder is not None]
        key = f"paged/{incident.id}/{incident.active_since.isoformat()}"
        _put(work, subject, key, comments.paged(subject, names), observed=incident.observed)


def answered(work: Work, incident: Incident, state: IncidentState, who: str, via: str) -> None:
    """An incident was acknowledged or resolved; its tickets hear of it, unless it was in the source itself."""
    if not work.config.write_back.pages or via == "jira" or who == "Jira":
        return
    person = work.config.responder(who)
    comment = comments.answered(state, person.display_name if person else who, via)
    for ticket_id in incidents.ticket_ids(work.conn, incident.id):
        ref = tickets.by_id(work.conn, ticket_id).ref
        key = f"{state}/{incident.id}/{incident.active_since.isoformat()}/{ticket_id}"
        _queue(work, ticket_id, ref, key, comment, observed=incident.observed)


def add(work: Work, ticket_id: int, ref: TicketRef, key: str, comment: Comment) -> None:
    """Something that belongs on the ticket whatever is switched on, as what a customer has added by mail."""
    customer = tickets.customer_of(work.conn, ticket_id)
    _queue(
        work, ticket_id, ref, key, comment, observed=work.config.observes(work.config.customers.get(customer or ""))
    )


def _put(work: Work, subject: messages.Subject, key: str, action: Action, *, observed: bool) -> bool:
    return _queue(work, subject.ticket_id, subject.ref, key, action, observed=observed)


def _queue(work: Work, ticket_id: int, ref: TicketRef, key: str, action: Action, *, observed: bool) -> bool:
    """Queue the write, once for each key; False if the ticket's source cannot be written to."""
    if work.silent or ref.instance not in work.context.sinks:
        return False
    if not outbox.queued(work.conn, f"write/{key}"):
        outbox.put_write(
            work.conn,
            instance=ref.instance,
            issue=ref.id,
            key=f"write/{key}",
            action=action,
            deadline_at=work.now + LIFE,
            now=work.now,
            observed=observed,
            ticket_id=ticket_id,
        )
    return True
