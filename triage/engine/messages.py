"""What a page and a notice say: who is hurt, why, which promise ends when, and how to answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.domain.clocks import Clock
from triage.domain.explain import REASONS, in_words, open_questions, until
from triage.domain.priority import Judgement, Reason
from triage.domain.ticket import TicketRef

METRICS = {
    "first_response": "First response",
    "next_reply": "Next reply",
    "periodic_update": "Next update",
    "resolution": "Resolution",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """The ticket that a message is about."""

    ref: TicketRef
    customer: str
    summary: str
    judgement: Judgement
    clocks: Sequence[Clock]

    @property
    def title(self) -> str:
        """`ACME-7 Acme GmbH: Checkout fails` on one line."""
        words = " ".join(self.summary.split()) or "(no summary)"
        return f"{self.ref.key or self.ref.id} {self.customer}: {words}"


def page(subject: Subject, reason: str, acknowledge: str, ticket: str, now: datetime) -> tuple[str, str]:
    """Subject line and body of a page; the first lines must do, the rest is for those who are awake."""
    judgement = subject.judgement
    mark = "P0?" if judgement.provisional else judgement.priority
    lines = [
        subject.title,
        "",
        f"Acknowledge: {acknowledge}",
        "",
        f"Why {judgement.priority}: {REASONS[judgement.reason]}",
        *(f'  {item.axis}: {item.value}, from the {item.source}: "{item.quote}"' for item in judgement.evidence),
        *(f"  Open question: {text}" for text in _open(judgement)),
        *_promises(subject.clocks, now),
        "",
        f"Ticket: {ticket}",
        f"You are paged because: {reason}.",
    ]
    return f"{mark} {subject.title}", "\n".join(lines)


def _open(judgement: Judgement) -> list[str]:
    return open_questions(judgement.production, judgement.workaround) if judgement.reason is Reason.IN_DOUBT else []


def _promises(clocks: Sequence[Clock], now: datetime) -> list[str]:
    running = sorted((clock for clock in clocks if clock.due_at and not clock.stopped_at), key=_due)
    return [f"{METRICS[clock.metric]}: due {_at(_due(clock))} ({until(_due(clock), now)})" for clock in running]


def _due(clock: Clock) -> datetime:
    assert clock.due_at is not None  # noqa: S101 - only called on clocks that have one
    return clock.due_at


def _at(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def deadline_notice(
    subject: Subject, clock: Clock, kind: str, fraction: str, ticket: str, now: datetime
) -> tuple[str, str]:
    """Subject line and body of a warning, or of a breach, of one SLA clock."""
    metric = METRICS[clock.metric]
    if kind == "breach":
        head = f"SLA breached: {metric} of {subject.title}"
        lines = [f"{metric} was due {_at(_due(clock))} ({until(_due(clock), now)})."]
    else:
        head = f"SLA warning: {metric} of {subject.title}"
        left = f", {in_words(clock.remaining)} left" if clock.remaining is not None else ""
        due = f" It is due {_at(clock.due_at)}{left}." if clock.due_at else ""
        lines = [f"{float(fraction):.0%} of the time for it is used up.{due}"]
    return head, "\n".join(
        [*lines, f"Contract: {clock.contract}, priority {clock.priority}.", "", f"Ticket: {ticket}"]
    )


def downgrade_notice(subject: Subject, ticket: str) -> tuple[str, str]:
    """Tells the paged engineer that the ticket is no longer what it was paged as."""
    judgement = subject.judgement
    head = f"Now {judgement.priority}: {subject.title}"
    lines = [
        f"{REASONS[judgement.reason]}",
        *(f'  {item.axis}: {item.value}, from the {item.source}: "{item.quote}"' for item in judgement.evidence),
        "",
        "The incident stays open until you resolve it.",
        f"Ticket: {ticket}",
    ]
    return head, "\n".join(lines)


def quarantine_notice(reason: str, source: str) -> tuple[str, str]:
    """Tells a human that an event could not be read."""
    return (
        f"An event from {source} could not be read",
        f"{reason}\n\nIt is kept in quarantine on the dashboard; nothing behind it is held up.",
    )
