"""Asks Jira what has changed, so that a webhook that never came costs minutes and no ticket."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy.engine import Connection

from triage.domain.silence import Silence, is_silent
from triage.engine import messages
from triage.engine.context import Context, Work
from triage.engine.reach import tell_operators
from triage.engine.recur import try_again
from triage.engine.sources import JIRA, JIRA_SWEEP
from triage.ports import Listed, TicketSource
from triage.store import inbox, jobs
from triage.store.jobs import Job
from triage.telemetry import log

#: A sweep that takes longer has died, and another process begins it anew.
LEASE = timedelta(minutes=10)
#: The first sweep of all looks back so far; what is older is for `backfill`.
FIRST_LOOK = timedelta(days=1)
#: However long the service was down, a sweep looks back no further.
LONGEST_LOOK = timedelta(days=30)
#: How many findings are kept in one transaction.
BATCH = 100


def job_name(instance: str) -> str:
    """What the sweep of an instance is called among the jobs."""
    return f"sweep/{instance}"


def sweep_next(context: Context, now: datetime) -> bool:
    """Sweep the first Jira whose sweep is due, if no other process does; False if none is due."""
    for instance, source in context.sources.items():
        name = job_name(instance)
        with context.database.read() as conn:
            if not jobs.is_due(conn, name, now):
                continue
        with context.database.write() as conn:
            job = jobs.claim(conn, name, now, LEASE)
        if job is not None:
            _sweep(context, source, job, now)
            return True
    return False


def _sweep(context: Context, source: TicketSource, job: Job, now: datetime) -> None:
    """List what changed since the last good sweep, and a little before, and feed it in as events."""
    with context.database.write() as conn:
        config = context.configurations.current(conn)
    rules = config.reconcile
    good_at = job.data.get("good_at")
    span = min(now - datetime.fromisoformat(good_at) + rules.overlap, LONGEST_LOOK) if good_at else FIRST_LOOK
    try:
        seen, fresh = _feed(context, source, config.jira.projects, span, now)
    except Exception as error:  # noqa: BLE001 - the job's edge: the next attempt sweeps as far back
        try_again(context, job, error, now, "sweep")
        return
    data = {"good_at": now.isoformat(), "seen": seen, "fresh": fresh}
    with context.database.write() as conn:
        jobs.done(conn, job, data, now + rules.every, now)
        _tell_silence(context.work(conn, now))
    log.info("swept", instance=source.instance, back=str(span), seen=seen, fresh=fresh)


def _feed(
    context: Context, source: TicketSource, projects: Sequence[str], span: timedelta, now: datetime
) -> tuple[int, int]:
    """How many issues have changed, and how many of these no sweep had found in this state before."""
    seen = fresh = 0
    batch: list[Listed] = []
    for listed in source.changed_issues(projects, span):
        batch.append(listed)
        seen += 1
        if len(batch) == BATCH:
            fresh += _keep(context, source.instance, batch, now)
            batch.clear()
    return seen, fresh + _keep(context, source.instance, batch, now)


def _keep(context: Context, instance: str, batch: Sequence[Listed], now: datetime) -> int:
    """An issue that was found as it is by an earlier sweep, which overlaps, is not asked for again."""
    with context.database.write() as conn:
        return sum(_note(conn, instance, listed, now) for listed in batch)


def _note(conn: Connection, instance: str, listed: Listed, now: datetime) -> bool:
    note = json.dumps({"instance": instance, "issue": listed.id}).encode()
    found = f"{instance}/{listed.id}/{listed.updated_at.isoformat()}"
    return inbox.receive(conn, JIRA_SWEEP, found, note, now)


def silence(conn: Connection) -> Silence:
    """When Jira last called us, and what the sweeps have found since that no webhook brought."""
    heard_at = inbox.last_received(conn, JIRA)
    news, first_at = inbox.news_since(conn, JIRA_SWEEP, heard_at)
    return Silence(heard_at, news, first_at)


def finds(conn: Connection, since: datetime) -> int:
    """How many facts sweeps have found since then that no webhook had brought."""
    return inbox.news_since(conn, JIRA_SWEEP, since)[0]


def _tell_silence(work: Work) -> None:
    """Raise the alarm if Jira changes without calling us: once a day while it lasts."""
    found = silence(work.conn)
    silent = is_silent(found, work.config.reconcile.silent_after, work.now)
    if silent:
        log.error("Jira no longer calls us", heard_at=str(found.heard_at), news=found.news)
        since = found.heard_at.isoformat() if found.heard_at else "never"
        key = f"jira-silent/{since}/{work.now:%Y-%m-%d}"
        tell_operators(work, key, messages.silence_notice(found.heard_at, found.news))
