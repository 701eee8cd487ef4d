"""What our internal comments on a ticket tell the team."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from triage.domain.clocks import Clock, Notice, NoticeKind
from triage.domain.explain import METRICS, REASONS
from triage.domain.priority import Evidence, Judgement, Reason
from triage.domain.terms import Metric
from triage.domain.writes import Block, BlockKind, Comment
from triage.engine.messages import Subject, correction_sentence, deadline_sentence


def explained(judgement: Judgement) -> Comment:
    """Tells the team what was decided and why."""
    provisional = ", provisional" if judgement.provisional else ""
    lines = [_said(f"{judgement.priority}{provisional}: {REASONS[judgement.reason]}")]
    if judgement.reason is Reason.HUMAN:
        lines = [_said(f"{judgement.priority}: decided by {judgement.author}.")]
    if judgement.suggestion:
        lines.append(_said(f"Both conditions of a {judgement.suggestion} are met: consider raising it."))
    return Comment((*lines, *_quotes(judgement.evidence), _said(f"Policy: {judgement.policy}.")), public=False)


def deadline(clock: Clock, notice: Notice, now: datetime) -> Comment:
    """Tells the team of a warning or a breach of one SLA clock."""
    head = "SLA breached" if notice.kind is NoticeKind.BREACH else "SLA warning"
    return Comment(
        (
            _said(f"{head}: {METRICS[clock.metric]}. {deadline_sentence(clock, notice, now)}"),
            _said(f"Contract: {clock.contract}, priority {clock.priority}."),
        ),
        public=False,
    )


def correction(metric: Metric, clock: Clock | None, told_at: datetime, now: datetime) -> Comment:
    """Tells the team that a breach turned out to be none."""
    return Comment((_said(f"SLA not breached: {correction_sentence(metric, clock, told_at, now)}"),), public=False)


def paged(subject: Subject, names: Sequence[str]) -> Comment:
    """Tells the team who was called."""
    who = ", ".join(names) if names else "nobody could be"
    return Comment((_said(f"Paged for {subject.judgement.priority}: {who}. {subject.link}"),), public=False)


def answered(state: str, name: str, via: str) -> Comment:
    """Tells the team who has taken or ended the incident, and how."""
    return Comment((_said(f"The incident is {state}: {name} ({via})."),), public=False)


def _said(text: str) -> Block:
    return Block(BlockKind.PARAGRAPH, text)


def _quotes(evidence: Iterable[Evidence]) -> list[Block]:
    return [Block(BlockKind.QUOTE, item.quote) for item in evidence]
