"""Publishes shifts as they really resolve, under secret addresses that can be revoked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from triage.domain.configuration import Configuration
from triage.domain.escalation import Target, TargetKind
from triage.domain.roster import Stretch, coming
from triage.engine import consult
from triage.engine.context import Context, Work
from triage.engine.override import person_named, schedule_named
from triage.engine.respond import NotPossible
from triage.store import audit, feeds

#: How far ahead shifts are published.
AHEAD = timedelta(days=90)
#: Overrides that ended so long ago still mark where a shift that is under way has begun.
BEHIND = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Published:
    """Somebody's part of a shift. `instead_of` are those who were planned, where that person was not."""

    schedule: str
    person: str
    called: str
    start: datetime
    end: datetime
    instead_of: tuple[str, ...] | None


def add_feed(work: Work, of: Target, who: str) -> tuple[int, str]:
    """A new feed of a schedule's or a person's shifts: its number, and its secret, told this once."""
    if of.kind is TargetKind.SCHEDULE:
        schedule_named(work.config, of.name)
    else:
        person_named(work.config, of.name)
    number, secret = feeds.add(work.conn, of, who, work.now)
    _audit(work, "feed.add", number, of, who)
    return number, secret


def revoke_feed(work: Work, number: int, who: str) -> None:
    """End a feed's address for ever. Raises NotPossible."""
    found = feeds.revoke(work.conn, number, who, work.now)
    if found is None:
        raise NotPossible(f"There is no feed {number}, or it was revoked before.")
    _audit(work, "feed.revoke", number, found.of, who)


def _audit(work: Work, act: str, number: int, of: Target, who: str) -> None:
    audit.record(work.conn, who=who, act=act, subject=f"{of.kind}/{of.name}", now=work.now, after={"feed": number})


def publish(context: Context, secret: str, now: datetime) -> tuple[Target, list[Published]] | None:
    """Whose feed it is, and the shifts of the coming 90 days; None for what is no feed, or not any more."""
    with context.database.read() as conn:
        feed = feeds.with_secret(conn, secret)
        if feed is None:
            return None
        return feed.of, sorted(_shifts(conn, context.configurations.current(conn), feed.of, now), key=_order)


def _shifts(conn: Connection, config: Configuration, of: Target, now: datetime) -> Iterator[Published]:
    wanted = [of.name] if of.kind is TargetKind.SCHEDULE else list(config.schedules)
    for name in wanted:
        roster = consult.roster(conn, config, name, now - BEHIND)
        for stretch in coming(roster, now, now + AHEAD) if roster else []:
            for person in stretch.people:
                if of.kind is TargetKind.SCHEDULE or person == of.name:
                    yield _published(config, name, person, stretch)


def _published(config: Configuration, schedule: str, person: str, stretch: Stretch) -> Published:
    def called(name: str) -> str:
        return config.people[name].display_name if name in config.people else name

    instead_of = None if person in stretch.planned else tuple(map(called, stretch.planned))
    return Published(schedule, person, called(person), stretch.start, stretch.end, instead_of)


def _order(one: Published) -> tuple[datetime, str, str]:
    return one.start, one.schedule, one.person
