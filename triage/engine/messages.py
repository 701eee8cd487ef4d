"""What a page and a notice say: who is hurt, why, which promise ends when, and how to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from triage.domain.clocks import Clock, ClockState, Notice, NoticeKind
from triage.domain.escalation import IncidentState
from triage.domain.explain import METRICS, REASONS, in_words, instant, open_questions, until, utc
from triage.domain.priority import Judgement, Reason
from triage.domain.terms import Metric
from triage.domain.ticket import Priority, TicketRef

#: From here on a notice says that it comes late.
LATE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Subject:
    """The ticket that a message is about; `link` is its page on the dashboard."""

    ticket_id: int
    ref: TicketRef
    link: str
    customer: str
    summary: str
    judgement: Judgement
    clocks: Sequence[Clock]
    language: str = "en"  # the customer's
    issue: str = ""  # the ticket's address at its source
    notes: tuple[str, ...] = ()  # what else whoever is paged has to know

    @property
    def title(self) -> str:
        """`ACME-7 Acme GmbH: Checkout fails` on one line."""
        words = " ".join(self.summary.split()) or "(no summary)"
        return f"{self.ref.key or self.ref.id} {self.customer}: {words}"


@dataclass(frozen=True, slots=True)
class Company:
    """The tickets that an incident holds: how many, and the keys of the most urgent ones."""

    count: int
    keys: Sequence[str]


def page(
    subject: Subject, reason: str, acknowledge: str, company: Company, zone: tzinfo, now: datetime
) -> tuple[str, str]:
    """Subject line and body of a page; the first lines must do, the rest is for those who are awake.

    Times are told on the clock of `zone`, which is the responder's.
    """
    judgement = subject.judgement
    mark = "P0?" if judgement.provisional else judgement.priority
    more = f" (+{company.count - 1} more)" if company.count > 1 else ""
    lines = [
        subject.title,
        "",
        f"Acknowledge: {acknowledge}",
        "",
        *subject.notes,
        *([f"{company.count} tickets: {named(company.count, company.keys)}"] if company.count > 1 else []),
        f"Why {judgement.priority}: {REASONS[judgement.reason]}",
        *_evidence(judgement),
        *(f"  Open question: {text}" for text in _open(judgement)),
        *_promises(subject.clocks, zone, now),
        "",
        *([f"In Jira: {subject.issue}"] if subject.issue else []),
        f"Ticket: {subject.link}",
        f"You are paged because: {reason}.",
    ]
    return f"{mark} {subject.title}{more}", "\n".join(lines)


def named(count: int, keys: Sequence[str]) -> str:
    """`ACME-1, ACME-2 and 7 more`."""
    rest = f" and {count - len(keys)} more" if count > len(keys) else ""
    return f"{', '.join(keys)}{rest}"


def joined(count: int, keys: Sequence[str]) -> str:
    """What has joined an incident since its responders last heard."""
    return f"{count} more ticket{'s' if count > 1 else ''} joined this incident: {named(count, keys)}"


def joined_notice(subject: Subject, note: str) -> tuple[str, str]:
    """Tells responders what has joined; it asks for no answer, their page or acknowledgement stands."""
    return f"{note.partition(':')[0]}: {subject.title}", f"{note}\n\nTicket: {subject.link}"


def stakeholder_notice(subject: Subject) -> tuple[str, str]:
    """Tells somebody of a P0 who is not on call."""
    judgement = subject.judgement
    lines = [f"Why {judgement.priority}: {REASONS[judgement.reason]}", *_evidence(judgement)]
    lines += ["", "The engineers on call are being paged. Nothing is asked of you.", f"Ticket: {subject.link}"]
    return f"For information: {judgement.priority} {subject.title}", "\n".join(lines)


def stakeholder_answer(incident_id: int, state: IncidentState, who: str) -> tuple[str, str]:
    """Tells the same person who has the P0, or that it is over."""
    return f"For information: incident {incident_id} is {state}", f"By {who}. Nothing is asked of you."


def late(priority: Priority, begun_at: datetime, ended_at: datetime) -> str:
    """Why somebody is paged about a ticket that is not urgent any more."""
    return f"It was {priority} from {utc(begun_at)} to {utc(ended_at)}, and nobody was paged: Jira told us late."


def _evidence(judgement: Judgement) -> list[str]:
    """What decided, each on a line of its own, whatever lines the words had."""
    return [
        f'  {item.axis}: {item.value}, from the {item.source}: "{" ".join(item.quote.split())}"'
        for item in judgement.evidence
    ]


def _open(judgement: Judgement) -> list[str]:
    return open_questions(judgement.production, judgement.workaround) if judgement.reason is Reason.IN_DOUBT else []


def _promises(clocks: Sequence[Clock], zone: tzinfo, now: datetime) -> list[str]:
    running = sorted((clock for clock in clocks if clock.due_at and not clock.stopped_at), key=_due)
    lines = [
        f"{METRICS[clock.metric]}: due {_local(_due(clock), zone)} ({until(_due(clock), now)})" for clock in running
    ]
    return [*lines, *(f"Contract: {name}" for name in sorted({clock.contract for clock in running}))]


def _local(at: datetime, zone: tzinfo) -> str:
    """`2026-11-23 10:15:00 Europe/Berlin`."""
    return utc(at) if zone is UTC or str(zone) == "UTC" else f"{instant(at.astimezone(zone))} {zone}"


def _due(clock: Clock) -> datetime:
    assert clock.due_at is not None  # noqa: S101 - only called on clocks that have one
    return clock.due_at


def deadline_notice(subject: Subject, clock: Clock, notice: Notice, now: datetime) -> tuple[str, str]:
    """Subject line and body of a warning, or of a breach, of one SLA clock."""
    word = "breached" if notice.kind is NoticeKind.BREACH else "warning"
    head = f"SLA {word}: {METRICS[clock.metric]} of {subject.title}"
    lines = [
        deadline_sentence(clock, notice, now),
        f"Contract: {clock.contract}, priority {clock.priority}.",
        "",
        f"Ticket: {subject.link}",
    ]
    return head, "\n".join(lines)


def deadline_sentence(clock: Clock, notice: Notice, now: datetime) -> str:
    """What has become of the time for one SLA clock, and how late that is told, as after a stop of the service."""
    behind = now - notice.at
    late = f" You hear of it {in_words(behind)} late." if behind >= LATE else ""
    if notice.kind is NoticeKind.BREACH:
        return f"{METRICS[clock.metric]} was due {utc(_due(clock))} ({until(_due(clock), now)}).{late}"
    left = f", {in_words(clock.remaining)} left" if clock.remaining is not None else ""
    due = f" It is due {utc(clock.due_at)}{left}." if clock.due_at else ""
    return f"{float(notice.fraction or 0):.0%} of the time for it is used up.{due}{late}"


def correction_notice(
    subject: Subject, metric: Metric, clock: Clock | None, told_at: datetime, now: datetime
) -> tuple[str, str]:
    """Takes back a breach that was told; `clock` is the cycle as it is now, if there still is one."""
    head = f"SLA not breached: {METRICS[metric]} of {subject.title}"
    return head, "\n".join([correction_sentence(metric, clock, told_at, now), "", f"Ticket: {subject.link}"])


def correction_sentence(metric: Metric, clock: Clock | None, told_at: datetime, now: datetime) -> str:
    """What was told, and what is so by all that is known now."""
    told = f"{METRICS[metric]} was told as breached on {utc(told_at)}. By what is known now it is not:"
    if clock is None or clock.state is ClockState.DROPPED:
        return f"{told} the contract promises nothing here."
    if clock.stopped_at is not None:
        return f"{told} it was met {utc(clock.stopped_at)}, and was due {utc(_due(clock))}."
    if clock.due_at is None:
        return f"{told} its clock stands still."
    return f"{told} it is due {utc(clock.due_at)} ({until(clock.due_at, now)})."


def suggestion_notice(subject: Subject) -> tuple[str, str]:
    """Tells an engineer that a ticket fulfils both conditions of a P0, although nobody asked for one."""
    judgement = subject.judgement
    lines = [
        f"{judgement.requested or 'No priority'} was requested, but production is affected without a workaround:",
        *_evidence(judgement),
        "",
        f"Raise it to {judgement.suggestion} in Jira or on its page, if you agree; nobody is paged until then.",
        f"Ticket: {subject.link}",
    ]
    return f"Raise to {judgement.suggestion}? {subject.title}", "\n".join(lines)


def downgrade_notice(subject: Subject) -> tuple[str, str]:
    """Tells the paged engineer that the ticket is no longer what it was paged as."""
    judgement = subject.judgement
    head = f"Now {judgement.priority}: {subject.title}"
    lines = [
        f"{REASONS[judgement.reason]}",
        *_evidence(judgement),
        "",
        "The incident stays open until you resolve it.",
        f"Ticket: {subject.link}",
    ]
    return head, "\n".join(lines)


def test_page(name: str, gateway: str, method: int, who: str) -> tuple[str, str]:
    """A page that only shows that it arrives."""
    lines = [
        f"This is a test of contact method {method}, {gateway}, of {name}. You need not do anything.",
        "",
        f"Asked for by {who}. A real page arrives the same way.",
    ]
    return f"Test page for {name}", "\n".join(lines)


def coverage_notice(sentences: Sequence[str], link: str) -> tuple[str, str]:
    """Tells a human where a page of the next 30 days could come to nothing."""
    lines = [*sentences[:20], *([f"… and {len(sentences) - 20} more."] if len(sentences) > 20 else [])]
    return "On call: coverage gaps in the next 30 days", "\n".join([*lines, "", f"All of them: {link}"])


def source_failed_notice(name: str, reason: str, good_at: str | None, link: str) -> tuple[str, str]:
    """Tells a human that a schedule cannot be read any more where it is kept."""
    copy = (
        f"The copy of {utc(datetime.fromisoformat(good_at))} is in use until it can be read again."
        if good_at
        else "It has never been read, so it has nobody on call."
    )
    return f"The schedule {name} cannot be read: {reason}", f"{copy}\n\nWho is on call: {link}"


def quarantine_notice(reason: str, source: str) -> tuple[str, str]:
    """Tells a human that an event could not be read."""
    return (
        f"An event from {source} could not be read",
        f"{reason}\n\nIt is kept in quarantine on the dashboard; nothing behind it is held up.",
    )


def silence_notice(since: datetime | None, news: int) -> tuple[str, str]:
    """Tells a human that Jira changes without calling us."""
    heard = f"The last webhook came {utc(since)}." if since else "No webhook has ever come."
    lines = [
        f"{heard} Since then the sweeps have found {news} change(s) that no webhook brought.",
        "Tickets are still read by the sweeps, but minutes late.",
        "Look at the webhook in Jira: `python app.py doctor` says what it should be.",
    ]
    return "Jira no longer calls us", "\n".join(lines)


def write_failed_notice(key: str, action: str, reason: str) -> tuple[str, str]:
    """Tells a human that something could not be written into Jira."""
    lines = [
        f"{action} on {key} was refused and is not tried again: {reason}",
        "",
        "`python app.py doctor` checks the permissions of our account.",
    ]
    return f"Jira refuses what we write: {reason}", "\n".join(lines)
