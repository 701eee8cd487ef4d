"""What a policy would have decided otherwise on past tickets, and whom that would have woken or let sleep."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from triage.domain.explain import REASONS
from triage.domain.priority import Judgement
from triage.domain.ticket import Priority
from triage.domain.timeline import Judged


@dataclass(frozen=True, slots=True)
class Comparison:
    """One ticket under two policies: its last judgements, and how often each would have called somebody."""

    ticket: int
    key: str
    customer: str
    now: Judgement | None
    instead: Judgement | None
    pages: int
    pages_instead: int

    @property
    def differs(self) -> bool:
        """Whether anybody would have noticed."""
        if self.now is None or self.instead is None:
            return False
        told = ("priority", "provisional", "reason", "production", "workaround", "suggestion")
        return self.pages != self.pages_instead or any(
            getattr(self.now, name) != getattr(self.instead, name) for name in told
        )


def compare(
    ticket: int,
    key: str,
    customer: str,
    judged: Sequence[Judged],
    instead: Sequence[Judged],
    paging: Collection[Priority],
) -> Comparison:
    """Put both ways of judging one ticket side by side; `paging` are the priorities that call somebody."""
    last = judged[-1].judgement if judged else None
    other = instead[-1].judgement if instead else None
    return Comparison(ticket, key, customer, last, other, _calls(judged, paging), _calls(instead, paging))


def _calls(judged: Sequence[Judged], paging: Collection[Priority]) -> int:
    """How often the ticket came to a priority that pages, or was raised within them."""
    priorities = [step.judgement.priority for step in judged]
    before = [None, *priorities]
    return sum(
        priority in paging and (earlier is None or earlier not in paging or priority < earlier)
        for earlier, priority in zip(before, priorities, strict=False)
    )


@dataclass(frozen=True, slots=True)
class Summary:
    """A replay as a whole."""

    tickets: int
    differing: tuple[Comparison, ...]

    @property
    def pages(self) -> int:
        return sum(one.pages for one in self.differing)

    @property
    def pages_instead(self) -> int:
        return sum(one.pages_instead for one in self.differing)

    @property
    def more(self) -> int:
        """How many tickets would have called somebody more often."""
        return sum(one.pages_instead > one.pages for one in self.differing)

    @property
    def fewer(self) -> int:
        return sum(one.pages_instead < one.pages for one in self.differing)


def summed_up(compared: Iterable[Comparison]) -> Summary:
    """Keep what differs, those first that call somebody otherwise; count the rest."""
    count, differing = 0, []
    for one in compared:
        count += 1
        if one.differs:
            differing.append(one)
    return Summary(count, tuple(sorted(differing, key=lambda one: (one.pages == one.pages_instead, one.ticket))))


def to_lines(summary: Summary, policy: str) -> list[str]:
    """The summary for a terminal."""
    counts = f"{len(summary.differing)} would be judged otherwise, {summary.more} would page more often"
    lines = [f"{summary.tickets} tickets under {policy}: {counts}, {summary.fewer} less often."]
    for one in summary.differing:
        lines += _shown(one)
    return lines


def _shown(one: Comparison) -> list[str]:
    assert one.now is not None  # noqa: S101 - else it would not differ
    assert one.instead is not None  # noqa: S101
    who = f"{one.key or one.ticket} ({one.customer or 'unknown customer'})"
    pages = "" if one.pages == one.pages_instead else f", pages {one.pages} → {one.pages_instead}"
    why = [
        f"      {item.axis}: {item.value}, from the {item.source}: “{' '.join(item.quote.split())}”"
        for item in one.instead.evidence
    ]
    return [f"  {who}: {_named(one.now)} → {_named(one.instead)}{pages}. {REASONS[one.instead.reason]}", *why]


def _named(judgement: Judgement) -> str:
    return f"{judgement.priority}{'?' if judgement.provisional else ''}"


def to_plain(summary: Summary, policy: str) -> dict[str, Any]:
    """The summary for programs."""
    return {
        "policy": policy,
        "tickets": summary.tickets,
        "pages_more": summary.more,
        "pages_fewer": summary.fewer,
        "differing": [
            {
                "ticket": one.ticket,
                "key": one.key,
                "customer": one.customer,
                "now": _plain(one.now),
                "instead": _plain(one.instead),
                "pages": one.pages,
                "pages_instead": one.pages_instead,
            }
            for one in summary.differing
        ],
    }


def _plain(judgement: Judgement | None) -> dict[str, Any] | None:
    if judgement is None:
        return None
    return {
        "priority": judgement.priority,
        "provisional": judgement.provisional,
        "reason": judgement.reason,
        "production": judgement.production,
        "workaround": judgement.workaround,
        "policy": judgement.policy,
        "evidence": [
            {"axis": item.axis, "value": item.value, "source": item.source, "quote": item.quote, "rule": item.rule}
            for item in judgement.evidence
        ],
    }
