"""Tells people of warnings and breaches, and of a breach that turned out to be none; each once."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from sqlalchemy.engine import RowMapping

from triage.domain.clocks import Clock, Notice, NoticeKind, notices_due
from triage.domain.contract import Hearer
from triage.domain.terms import Metric
from triage.domain.ticket import Field
from triage.domain.timeline import Timeline
from triage.engine import messages, reach, write_back
from triage.engine.context import Work
from triage.store import tickets
from triage.telemetry import log


def deadlines(work: Work, timeline: Timeline, subject: messages.Subject, *, observed: bool) -> None:
    """Tell what the clocks call for and the log does not hold yet.

    What was passed together, as after a stop of the service, is told once: the breach, or the highest fraction.
    """
    logged = tickets.logged_notices(work.conn, subject.ticket_id)
    known = {(row["metric"], row["began_by"], row["kind"], row["fraction"]) for row in logged}
    fresh = [notice for notice in notices_due(subject.clocks) if _key(notice) not in known]
    for identity, group in groupby(sorted(fresh, key=_loudness), key=lambda notice: notice.identity[:2]):
        *quieter, loudest = group
        clock = next(clock for clock in subject.clocks if clock.identity == identity)
        for notice in quieter:
            _log(work, subject, notice, untold=f"told together with the {_label(loudest)}")
        if work.silent:
            _log(work, subject, loudest, untold="passed before the ticket was brought in")
        else:
            _log(work, subject, loudest, _tell(work, timeline, subject, clock, loudest, observed=observed))
    if not work.silent:
        _correct(work, subject, logged, observed=observed)


def _tell(
    work: Work, timeline: Timeline, subject: messages.Subject, clock: Clock, notice: Notice, *, observed: bool
) -> tuple[str, ...]:
    """Tell the people whom the cycle's contract names; returns their names."""
    contract = work.config.contracts[clock.contract]
    hearers = contract.breach_to if notice.kind is NoticeKind.BREACH else contract.warn_to
    people = _people(work, timeline, hearers)
    text = messages.deadline_notice(subject, clock, notice, work.now)
    reach.notify(work, people, _marker(subject, notice), text, observed=observed, ticket_id=subject.ticket_id)
    write_back.deadline(work, subject, _marker(subject, notice), clock, notice, observed=observed)
    log.warning("SLA notice", ticket=subject.ref.key, metric=notice.metric, kind=notice.kind, fraction=_share(notice))
    return people


def _people(work: Work, timeline: Timeline, hearers: Sequence[Hearer]) -> tuple[str, ...]:
    """Who is meant: a ticket that none of ours has is everybody's on call."""
    on_call = reach.people_behind(work, work.config.notices_to)
    account = timeline.current.get(Field.ASSIGNEE)
    person = work.config.person_with_account(account) if account else None
    assignee = (person.name,) if person and person.methods else on_call
    groups = {Hearer.ASSIGNEE: assignee, Hearer.ON_CALL: on_call}
    return tuple(dict.fromkeys(name for hearer in hearers for name in groups[hearer]))


def _correct(work: Work, subject: messages.Subject, logged: Sequence[RowMapping], *, observed: bool) -> None:
    """Tell whoever was told of a breach that it is none any more: once, whatever becomes of it later."""
    breached = {clock.identity for clock in subject.clocks if clock.breached_at is not None}
    corrected = {(row["metric"], row["began_by"]) for row in logged if row["kind"] == NoticeKind.CORRECTION}
    for row in logged:
        identity = Metric(row["metric"]), row["began_by"]
        if row["kind"] != NoticeKind.BREACH or not row["told"] or identity in breached | corrected:
            continue
        notice = Notice(*identity, NoticeKind.CORRECTION, None, work.now)
        clock = next((clock for clock in subject.clocks if clock.identity == identity), None)
        text = messages.correction_notice(subject, notice.metric, clock, row["told_at"], work.now)
        marker = _marker(subject, notice)
        reach.notify(work, row["people"], marker, text, observed=observed, ticket_id=subject.ticket_id)
        write_back.correction(work, subject, marker, notice.metric, clock, row["told_at"], observed=observed)
        _log(work, subject, notice, tuple(row["people"]))
        log.warning("SLA notice", ticket=subject.ref.key, metric=notice.metric, kind=notice.kind, fraction="")


def _marker(subject: messages.Subject, notice: Notice) -> str:
    """What the notice is known by in the outbox and in Jira."""
    return f"sla/{subject.ticket_id}/{'/'.join(_key(notice))}"


def _key(notice: Notice) -> tuple[str, str, str, str]:
    return (notice.metric, notice.began_by, notice.kind, _share(notice))


def _share(notice: Notice) -> str:
    return "" if notice.fraction is None else str(float(notice.fraction))


def _loudness(notice: Notice) -> tuple[str, str, bool, float]:
    return (notice.metric, notice.began_by, notice.kind is NoticeKind.BREACH, float(notice.fraction or 0))


def _label(notice: Notice) -> str:
    return "breach" if notice.kind is NoticeKind.BREACH else f"warning at {float(notice.fraction or 0):.0%}"


def _log(
    work: Work, subject: messages.Subject, notice: Notice, people: tuple[str, ...] = (), *, untold: str = ""
) -> None:
    """Write the notice into the log; `untold` is why nobody is told of it."""
    metric, began_by, kind, fraction = _key(notice)
    row = {
        "metric": metric,
        "began_by": began_by,
        "kind": kind,
        "fraction": fraction,
        "at": notice.at,
        "told_at": work.now,
        "told": not untold,
        "people": list(people),
        "reason": untold,
    }
    tickets.log_notice(work.conn, subject.ticket_id, row)
