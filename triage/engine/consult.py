"""Consults a schedule as it stands: its document or the last good copy of its source, and the overrides since."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.engine import Connection

from triage.domain.configuration import Configuration
from triage.domain.roster import Roster
from triage.domain.schedule_source import Source, Turn, from_plain, listed
from triage.store import jobs, overrides


def job_name(name: str, source: Source) -> str:
    """What reading a schedule's source is called among the jobs: another source is another job."""
    place = f"{source.kind} {source.address} {source.schedule}"
    return f"schedule/{name}@{hashlib.sha256(place.encode()).hexdigest()[:12]}"


def copy_of(conn: Connection, name: str, source: Source) -> Sequence[Turn]:
    """The last good copy of a schedule's source.

    Until a new source has been read once, the newest copy of an older one counts: better that than nobody.
    """
    copies = {job: data for job, data in jobs.data_of(conn, f"schedule/{name}@").items() if "turns" in data}
    found = copies.get(job_name(name, source)) or max(copies.values(), key=lambda data: data["good_at"], default=None)
    return [from_plain(turn) for turn in found["turns"]] if found else []


def roster(conn: Connection, config: Configuration, name: str, since: datetime) -> Roster | None:
    """The schedule with its overrides from then on; None if there is no such schedule."""
    schedule, source = config.schedules.get(name), config.sources.get(name)
    if schedule is None:
        return None
    if source is not None:
        schedule = replace(schedule, layers=(listed(copy_of(conn, name, source), source.people),))
    return Roster(schedule, overrides.in_force(conn, name, since))


def rosters(conn: Connection, config: Configuration, since: datetime) -> dict[str, Roster]:
    """Every schedule with its overrides from then on, by name."""
    found = {name: roster(conn, config, name, since) for name in config.schedules}
    return {name: one for name, one in found.items() if one is not None}


def people(conn: Connection, config: Configuration, name: str, at: datetime) -> tuple[str, ...]:
    """Who is on call at an instant; a schedule that is gone has nobody."""
    found = roster(conn, config, name, at)
    return found.people(at) if found else ()
