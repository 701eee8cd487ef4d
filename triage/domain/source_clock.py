"""What the source's own SLA engine says about a ticket, to be shown beside what ours says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.domain.clocks import Clock
from triage.domain.terms import Metric

#: The source shows minutes, so less than this is no difference.
TOLERANCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class SourceClock:
    """One SLA of the source: its ongoing cycle or, without one, its last completed one.

    `due_at` is None while it stands still. `remaining_seconds` is None where the source does not tell.
    """

    name: str
    started_at: datetime | None
    due_at: datetime | None
    stopped_at: datetime | None
    breached: bool
    paused: bool
    remaining_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """One SLA of the source that promises another instant than ours, or judges otherwise."""

    name: str
    theirs: datetime | None
    ours: datetime | None
    breached: bool


def differences(
    clocks: Iterable[Clock], source_clocks: Iterable[SourceClock], metrics: Mapping[str, Metric]
) -> list[Difference]:
    """Where the source's clocks and the newest cycles of ours differ; `metrics` are ours by the source's names."""
    newest = {clock.metric: clock for clock in sorted(clocks, key=lambda clock: clock.cycle)}
    found = []
    for theirs in source_clocks:
        ours = newest.get(metrics[theirs.name.casefold()]) if theirs.name.casefold() in metrics else None
        if ours is not None and (_apart(theirs.due_at, ours.due_at) or theirs.breached != bool(ours.breached_at)):
            found.append(Difference(theirs.name, theirs.due_at, ours.due_at, theirs.breached))
    return found


def _apart(one: datetime | None, other: datetime | None) -> bool:
    if one is None or other is None:
        return one is not other
    return abs(one - other) >= TOLERANCE
