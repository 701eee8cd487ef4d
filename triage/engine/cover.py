"""Looks for coverage gaps: for the dashboard whenever it is asked, and once a day to tell somebody."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

from sqlalchemy.engine import Connection

from triage.domain import coverage
from triage.domain.configuration import Configuration, Person
from triage.domain.coverage import Coverage, GapReason
from triage.domain.escalation import ContactMethod
from triage.engine import consult, messages
from triage.engine.context import Context, Work
from triage.engine.reach import tell_operators
from triage.store import jobs, tested
from triage.telemetry import log

JOB = "coverage"
LEASE = timedelta(minutes=1)
#: When the day's notice is sent, in UTC: it wakes nobody.
TOLD_AT = time(8)


def find_gaps(conn: Connection, context: Context, config: Configuration, now: datetime) -> Coverage:
    """Every gap of the next 30 days, with overrides, what the environment lacks and what was never tested."""
    known = tested.load(conn)
    rosters = consult.rosters(conn, config, now)
    return coverage.cover(config, rosters, now, lambda name: _fault(context, config.responder(name), known))


def _fault(context: Context, person: Person | None, known: dict[tuple[str, str, str], Any]) -> GapReason | None:
    if person is None:
        return GapReason.UNREACHABLE
    return coverage.fault(
        person.methods,
        usable=lambda method: is_usable(context, method),
        tested=lambda method: (person.name, method.gateway, person.address_of(method)) in known,
    )


def is_usable(context: Context, method: ContactMethod) -> bool:
    """Whether this process has the gateway and, where the address is a reference, the secret behind it."""
    if method.gateway not in context.gateways:
        return False
    return not method.address.startswith("env:") or bool(context.secret(method.address.removeprefix("env:")))


def sentences(config: Configuration, found: Coverage) -> list[str]:
    """The gaps in words, each with the schedule or the policy that it is about."""
    lines = []
    for name, gaps in found.schedules.items():
        lines += [f"schedule {name}: {text}" for text in coverage.told(gaps, config.schedules[name].zone)]
    for name, gaps in found.policies.items():
        lines += [f"escalation policy {name}: {text}" for text in coverage.told(gaps, UTC)]
    return lines


def cover_next(context: Context, now: datetime) -> bool:
    """Once a day and once in a cluster, tell somebody of the gaps; False if it is not due.

    The first run only says when the first notice is due: whoever has just installed the service looks at it.
    """
    with context.database.read() as conn:
        if not jobs.is_due(conn, JOB, now):
            return False
    with context.database.write() as conn:
        job = jobs.claim(conn, JOB, now, LEASE)
    if job is None:
        return False
    with context.database.read() as conn:  # it takes a while, and nobody has to wait for it
        config = context.configurations.current(conn)
        found = find_gaps(conn, context, config, now)
    with context.database.write() as conn:
        if job.data and found:
            _tell(context.work(conn, now), found)
        jobs.done(conn, job, {"looked_at": now.isoformat()}, _next_notice(now), now)
    return True


def _tell(work: Work, found: Coverage) -> None:
    log.warning("coverage gaps", schedules=sorted(found.schedules), policies=sorted(found.policies))
    text = messages.coverage_notice(sentences(work.config, found), work.context.links.oncall)
    tell_operators(work, f"coverage/{work.now:%Y-%m-%d}", text)


def _next_notice(now: datetime) -> datetime:
    today = datetime.combine(now.date(), TOLD_AT, UTC)
    return today if today > now else today + timedelta(days=1)
