"""What recurring work has in common: a run that came to nothing is tried again, sooner first and then later."""

from __future__ import annotations

from datetime import datetime, timedelta

from triage.domain.escalation import next_retry
from triage.engine.context import Context
from triage.ports import SourceError
from triage.store import jobs
from triage.store.jobs import Job
from triage.telemetry import log, report_failure

#: Nothing is asked again sooner than this.
SOONEST = timedelta(seconds=10)


def try_again(
    context: Context, job: Job, error: Exception, now: datetime, worker: str, *, soonest: timedelta = SOONEST
) -> str:
    """Write the failure down; returns its reason. What no source says of itself is a bug, and is reported."""
    after = error.after if isinstance(error, SourceError) else None
    if not isinstance(error, SourceError):
        report_failure(worker, error)
    reason = error.reason if isinstance(error, SourceError) else f"{type(error).__name__}: {error}"
    wait = max(next_retry(job.attempts, after), soonest)
    log.warning(f"{worker} failed", job=job.name, reason=reason, again_in=str(wait))
    with context.database.write() as conn:
        jobs.failed(conn, job, now + wait, reason[:500], now)
    return reason[:500]
