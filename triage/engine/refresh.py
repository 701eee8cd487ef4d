"""Reads the schedules that other systems keep, every so often and once in a cluster, and keeps the last good copy."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from triage.domain.configuration import Configuration
from triage.domain.schedule_source import AHEAD, BACK, Source, Turn, most_at_once, to_plain
from triage.engine import consult, messages
from triage.engine.context import Context
from triage.engine.reach import tell_operators
from triage.engine.recur import try_again
from triage.ports import SourceError
from triage.store import jobs
from triage.store.jobs import Job
from triage.telemetry import log

#: Longer than a source's total deadline and the reading of what it sent.
LEASE = timedelta(minutes=2)
#: Somebody is told from this failure in a row on: one that passes within minutes wakes nobody.
TOLD_FROM = 3
#: More people than this are never on call together, and each question about the copy would take long.
MOST_AT_ONCE = 50
#: Until then it is tried again so soon, and from then on as often as it is read anyway.
SOON = timedelta(minutes=1)


def refresh_next(context: Context, now: datetime) -> bool:
    """Read the first schedule whose source is due, if no other process does; False if none is due."""
    with context.database.read() as conn:
        config = context.configurations.current(conn)
        due = [
            name for name, source in config.sources.items() if jobs.is_due(conn, consult.job_name(name, source), now)
        ]
    for name in due:
        with context.database.write() as conn:
            job = jobs.claim(conn, consult.job_name(name, config.sources[name]), now, LEASE)
        if job is not None:
            _refresh(context, config, name, job, now)
            return True
    return False


def _refresh(context: Context, config: Configuration, name: str, job: Job, now: datetime) -> None:
    try:
        turns = _fetch(context, config, name, now)
    except Exception as error:  # noqa: BLE001 - the job's edge: the last good copy stays
        lasting = job.attempts >= TOLD_FROM
        soonest = config.sources[name].every if lasting else SOON
        reason = try_again(context, job, error, now, "refresh", soonest=soonest)
        if lasting:
            _tell(context, name, reason, job, now)
        return
    data = {"good_at": now.isoformat(), "turns": [to_plain(turn) for turn in turns]}
    with context.database.write() as conn:
        jobs.done(conn, job, data, now + config.sources[name].every, now)
    log.info("schedule read", schedule=name, turns=len(turns))


def _fetch(context: Context, config: Configuration, name: str, now: datetime) -> list[Turn]:
    source = _resolved(context, config.sources[name])
    reader = context.schedule_sources.get(source.kind)
    if reader is None:
        raise SourceError(f"this process cannot read {source.kind}")
    turns = list(reader.fetch_turns(source, config.schedules[name].zone, now - BACK, now + AHEAD))
    if (crowd := most_at_once(turns)) > MOST_AT_ONCE:
        raise SourceError(f"{crowd} turns are under way at once; a schedule may have {MOST_AT_ONCE}")
    return turns


def _resolved(context: Context, source: Source) -> Source:
    """The source with the secrets that it refers to."""
    return replace(source, address=_value(context, source.address), token=_value(context, source.token))


def _value(context: Context, text: str) -> str:
    if not text.startswith("env:"):
        return text
    value = context.secret(text.removeprefix("env:"))
    if not value:
        raise SourceError(f"{text.removeprefix('env:')} is not set in the environment")
    return value


def _tell(context: Context, name: str, reason: str, job: Job, now: datetime) -> None:
    """Tell somebody that the schedule runs on an old copy: once a day while it lasts."""
    text = messages.source_failed_notice(name, reason, job.data.get("good_at"), context.links.oncall)
    with context.database.write() as conn:
        tell_operators(context.work(conn, now), f"schedule-source/{name}/{now:%Y-%m-%d}", text)
