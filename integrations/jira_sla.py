"""What Jira Service Management's own SLA engine says about an issue."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.jira_json import instant, items, mapping, name
from triage.domain.source_clock import SourceClock


def source_clocks(issue: Mapping[str, Any]) -> tuple[SourceClock, ...]:
    """One clock for each SLA: from `sla`, as the service desk API lists them, else from the issue's own fields.

    An SLA's field holds an object with `ongoingCycle`, `completedCycles` or both; what is no such object is none.
    """
    listed = items(issue.get("sla")) or [*mapping(issue.get("fields")).values()]
    found = {clock.name: clock for entry in listed for clock in _clock(mapping(entry))}
    return tuple(found[title] for title in sorted(found))


def _clock(sla: Mapping[str, Any]) -> Iterator[SourceClock]:
    """The ongoing cycle or, without one, the last completed one; nothing if the object is no SLA or never began."""
    title, ongoing = name(sla.get("name")), mapping(sla.get("ongoingCycle"))
    completed = [mapping(cycle) for cycle in items(sla.get("completedCycles"))]
    if not title or not (ongoing or completed):
        return
    cycle = ongoing or completed[-1]
    remaining = mapping(cycle.get("remainingTime")).get("millis")
    yield SourceClock(
        name=title,
        started_at=instant(cycle.get("startTime")),
        due_at=instant(cycle.get("breachTime")),
        stopped_at=None if ongoing else instant(cycle.get("stopTime")),
        breached=cycle.get("breached") is True,
        paused=cycle.get("paused") is True,
        remaining_seconds=remaining // 1000 if isinstance(remaining, int) else None,
    )
