"""What documents alone can tell of the days to come: where a page would reach nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from triage.documents.files import Problem, parse
from triage.domain.configuration import Configuration
from triage.domain.coverage import GapReason, cover, told
from triage.domain.roster import Roster


def coverage_gaps(files: Mapping[str, str], config: Configuration, now: datetime) -> Iterator[Problem]:
    """The coverage gaps of the next 30 days, each where its schedule or escalation policy stands.

    Whether a contact method works is not written in a document, so only its absence counts. Nor is who is on call
    by a schedule that another system keeps: it is left out, and so are fallbacks that lead there.
    """
    tree = parse(files)
    known = {name: schedule for name, schedule in config.schedules.items() if name not in config.sources}
    rosters = {name: Roster(schedule) for name, schedule in known.items()}

    def fault_of(name: str) -> GapReason | None:
        responder = config.responder(name)
        return None if responder and responder.methods else GapReason.UNREACHABLE

    found = cover(config, rosters, now, fault_of)
    for name, gaps in found.schedules.items():
        for text in told(gaps, config.schedules[name].zone):
            yield tree.problem(("schedules", name), text)
    for name, gaps in found.policies.items():
        if any(target.name in config.sources for target in config.escalation_policies[name].fallback):
            continue
        for text in told(gaps, UTC):
            yield tree.problem(("escalation_policies", name), text)
