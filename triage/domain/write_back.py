"""What is written back into a ticket at its source, and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from triage.domain.ticket import Priority

#: Every label of ours begins so; labels of others are never touched.
LABEL = "triage-"


@dataclass(frozen=True, slots=True)
class WriteBack:
    """What the operator has switched on.

    `priorities` are the source's ids or names to set for ours; a priority without one is never set.
    """

    decisions: bool = False  # why the ticket has its priority
    questions: bool = False  # what is still open about a provisional P0
    deadlines: bool = False  # SLA warnings and breaches
    pages: bool = False  # who was paged, and who has it
    labels: bool = False
    priorities: Mapping[Priority, str] = field(default_factory=dict)


def labels_of(priority: Priority, *, provisional: bool, breached: bool) -> tuple[str, ...]:
    """The labels by which people filter: `triage-p0`, `triage-provisional`, `triage-breached`."""
    found = [f"{LABEL}{priority.lower()}"]
    found += [f"{LABEL}provisional"] * provisional + [f"{LABEL}breached"] * breached
    return tuple(found)
