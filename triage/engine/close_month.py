"""Freezes each month some days after its end, once in a cluster, and mails what is told."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from triage.domain.month_report import begin_of, next_month
from triage.engine import reports
from triage.engine.context import Context
from triage.engine.recur import try_again
from triage.store import jobs, statements, versions
from triage.telemetry import log

JOB = "close-month"
#: Longer than it takes to freeze the largest month; each statement lengthens it.
LEASE = timedelta(minutes=10)
#: How often it is looked whether a month is to be closed.
EVERY = timedelta(hours=1)
#: Who freezes what nobody has frozen by hand.
WHO = "schedule"


def close_next(context: Context, now: datetime) -> bool:
    """Freeze one statement that is due, if no other process does; False if none is due."""
    with context.database.read() as conn:
        if not jobs.is_due(conn, JOB, now):
            return False
    with context.database.write() as conn:
        job = jobs.claim(conn, JOB, now, LEASE)
    if job is None:
        return False
    try:
        month = _month_to_close(context, now)
        customer = _next_of(context, month) if month else None
        if month is not None and customer is not None:
            reports.freeze(context, customer, month, WHO, "", now)
            log.info("month closed", customer=customer or "all", month=f"{month:%Y-%m}")
    except Exception as error:  # noqa: BLE001 - the job's edge: it is tried again
        try_again(context, job, error, now, "close-month")
        return True
    with context.database.write() as conn:
        jobs.done(conn, job, {}, now if customer is not None else now + EVERY, now)
    return customer is not None


def _month_to_close(context: Context, now: datetime) -> date | None:
    """The month before this one, once what comes late has had its time.

    One that ended before the service was first set up is left to a human: its past may still be brought in.
    """
    this = date(now.year, now.month, 1)
    with context.database.read() as conn:
        after = context.configurations.current(conn).reports.close_after
        since = versions.first_applied_at(conn)
    is_ours = since is not None and since < begin_of(this)
    return next_month(this, -1) if is_ours and now >= begin_of(this) + after else None


def _next_of(context: Context, month: date) -> str | None:
    """The first customer whose month nobody has frozen yet; None if all are done."""
    with context.database.read() as conn:
        config = context.configurations.current(conn)
        done = statements.frozen(conn, month)
        return next((name for name in reports.freezable(conn, config, month) if name not in done), None)
