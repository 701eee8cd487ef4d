"""Consults a schedule as it stands: what its document says, and the overrides that people have added since."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.engine import Connection

from triage.domain.configuration import Configuration
from triage.domain.roster import Roster
from triage.store import overrides


def roster(conn: Connection, config: Configuration, name: str, since: datetime) -> Roster | None:
    """The schedule with its overrides from then on; None if there is no such schedule."""
    schedule = config.schedules.get(name)
    return Roster(schedule, overrides.in_force(conn, name, since)) if schedule else None


def rosters(conn: Connection, config: Configuration, since: datetime) -> dict[str, Roster]:
    """Every schedule with its overrides from then on, by name."""
    found = {name: roster(conn, config, name, since) for name in config.schedules}
    return {name: one for name, one in found.items() if one is not None}


def people(conn: Connection, config: Configuration, name: str, at: datetime) -> tuple[str, ...]:
    """Who is on call at an instant; a schedule that is gone has nobody."""
    found = roster(conn, config, name, at)
    return found.people(at) if found else ()
