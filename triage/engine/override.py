"""What people change about who is on call: overrides are added, removed and logged. Each act is audited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import datetime, tzinfo

from triage.domain.configuration import Configuration
from triage.domain.oncall import Override, Schedule, ScheduleError
from triage.domain.walltime import first_instant
from triage.engine.context import Work
from triage.engine.respond import NotPossible
from triage.store import audit, overrides
from triage.store.overrides import Listed
from triage.telemetry import log


def instant_of(text: str, zone: tzinfo) -> datetime:
    """`2026-12-24 09:00` on the wall clock of a zone, or with an offset of its own; raises NotPossible."""
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise NotPossible(f"{text!r} is not a time; write it like 2026-12-24 09:00") from error
    try:
        return at if at.tzinfo else first_instant(at, zone)
    except OverflowError as error:
        raise NotPossible(f"{text!r} is too far away") from error


def schedule_named(config: Configuration, name: str) -> Schedule:
    """The schedule; raises NotPossible, which lists the known ones."""
    if name not in config.schedules:
        raise NotPossible(f"There is no schedule {name!r} (known: {', '.join(sorted(config.schedules))}).")
    return config.schedules[name]


def person_named(config: Configuration, name: str) -> str:
    """The person's name; raises NotPossible, which lists the known ones."""
    if name not in config.people:
        raise NotPossible(f"There is no person {name!r} (known: {', '.join(sorted(config.people))}).")
    return name


def add_override(
    work: Work,
    name: str,
    start: str,
    end: str,
    who: str,
    *,
    user: str | None = None,
    replaces: str | None = None,
    adds: bool = False,
    swaps: bool = False,
    reason: str = "",
) -> Listed:
    """Change who is on call from `start` to `end`, which are written in the schedule's zone.

    What has been stays: one that would begin in the past begins now. Raises NotPossible.
    """
    schedule = schedule_named(work.config, name)
    for person in (user, replaces):
        if person is not None:
            person_named(work.config, person)
    begins, ends = instant_of(start, schedule.zone), instant_of(end, schedule.zone)
    try:
        override = Override(begins, ends, user, replaces, adds, swaps)
        if override.end <= work.now:
            raise NotPossible(f"The override would have ended already, at {end} {schedule.timezone}.")
        override = replace(override, start=max(override.start, work.now.replace(microsecond=0)))
    except ScheduleError as error:
        raise NotPossible(f"This cannot be: {error}.") from error
    number = overrides.add(work.conn, name, override, reason.strip(), who, work.now)
    _audit(work, "override.add", name, who, reason, after=_plain(number, override))
    added = overrides.get(work.conn, number)
    assert added is not None  # noqa: S101 - it was just added
    return added


def remove_override(work: Work, number: int, who: str) -> Listed:
    """Take an override back; one that is in force ends now. It stays in the log. Raises NotPossible."""
    found = overrides.get(work.conn, number)
    if found is None:
        raise NotPossible(f"There is no override {number}.")
    if found.override.end <= work.now:
        raise NotPossible(f"Override {number} is over already; what has been stays.")
    if not overrides.remove(work.conn, number, who, work.now):
        raise NotPossible(f"Override {number} was removed before, by {found.removed_by}.")
    _audit(work, "override.remove", found.schedule, who, "", before=_plain(number, found.override))
    return found


def describe(override: Override, called: Callable[[str], str] = str) -> str:
    """What an override does, in words; `called` says what a person is called."""
    user = called(override.user) if override.user else "nobody"
    replaces = called(override.replaces) if override.replaces else "everybody"
    if override.swaps:
        return f"{user} and {replaces} stand in for each other"
    return f"{user} beside the others" if override.adds else f"{user} in place of {replaces}"


def _plain(number: int, override: Override) -> dict[str, object]:
    times = {"start": override.start.isoformat(), "end": override.end.isoformat()}
    return {"override": number, **asdict(override), **times}


def _audit(
    work: Work,
    act: str,
    schedule: str,
    who: str,
    reason: str,
    *,
    before: dict[str, object] | None = None,
    after: dict[str, object] | None = None,
) -> None:
    log.info(act, schedule=schedule, by=who, **(after or before or {}))
    audit.record(
        work.conn,
        who=who,
        act=act,
        subject=f"schedule/{schedule}",
        reason=reason.strip(),
        now=work.now,
        before=before,
        after=after,
    )
