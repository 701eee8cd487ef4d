"""Work that recurs and that one process of the cluster does at a time: sweeps, and imports that can be resumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from triage.store import leases
from triage.store.tables import jobs


@dataclass(frozen=True, slots=True)
class Job:
    """A job that this process holds under `token`; `data` is what its last run left."""

    id: int
    name: str
    data: Mapping[str, Any]
    attempts: int
    token: str


def is_due(conn: Connection, name: str, now: datetime) -> bool:
    """Whether nobody holds the job and its time has come, as it has for one that never ran."""
    due_at = conn.scalar(sa.select(jobs.c.due_at).where(jobs.c.name == name))
    return due_at is None or due_at <= now


def claim(conn: Connection, name: str, now: datetime, lease: timedelta) -> Job | None:
    """Take the job for the time of the lease, making it if it is new; None if it is not due or somebody has it."""
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    fresh = {"name": name, "data": {}, "state": leases.PENDING, "due_at": now}
    conn.execute(insert(jobs).values(fresh).on_conflict_do_nothing())
    for row in leases.claim(conn, jobs, now, lease, 1, jobs.c.name == name):
        conn.execute(sa.update(jobs).where(jobs.c.id == row["id"]).values(started_at=now))
        return Job(row["id"], name, row["data"], row["attempts"], row["lease_token"])
    return None


def keep(conn: Connection, job: Job, data: Mapping[str, Any], until: datetime) -> bool:
    """Write down how far the job has come and hold it until then; False if the lease was lost."""
    held = jobs.c.id == job.id, jobs.c.lease_token == job.token
    return conn.execute(sa.update(jobs).where(*held).values(data=dict(data), due_at=until)).rowcount == 1


def done(conn: Connection, job: Job, data: Mapping[str, Any], due_at: datetime, now: datetime) -> bool:
    """The run is over, and the next one is due then; False if the lease was lost."""
    values = {"data": dict(data), "due_at": due_at, "ended_at": now, "attempts": 0, "reason": ""}
    return leases.settle(conn, jobs, job.id, job.token, **values)


def failed(conn: Connection, job: Job, due_at: datetime, reason: str, now: datetime) -> bool:
    """The run came to nothing and is tried again then; False if the lease was lost."""
    return leases.settle(conn, jobs, job.id, job.token, due_at=due_at, ended_at=now, reason=reason)


def release(conn: Connection, job: Job, now: datetime) -> None:
    """Nobody holds the job any more, and it may be taken up at once."""
    leases.settle(conn, jobs, job.id, job.token, due_at=now, ended_at=now, attempts=0)


def release_all(conn: Connection, prefix: str, now: datetime) -> None:
    """Nobody holds the jobs any more whose names begin so; only for a process that knows that it is so."""
    held = jobs.c.name.startswith(prefix, autoescape=True), jobs.c.lease_token.is_not(None)
    conn.execute(sa.update(jobs).where(*held).values(lease_token=None, due_at=now))


def data_of(conn: Connection, prefix: str) -> dict[str, Mapping[str, Any]]:
    """What the last good runs of the jobs left whose names begin so, by name."""
    named = jobs.c.name.startswith(prefix, autoescape=True)
    return {row.name: row.data for row in conn.execute(sa.select(jobs.c.name, jobs.c.data).where(named))}


def next_due(conn: Connection, prefix: str) -> datetime | None:
    """When the first job is due whose name begins so."""
    named = jobs.c.name.startswith(prefix, autoescape=True)
    first: datetime | None = conn.scalar(sa.select(sa.func.min(jobs.c.due_at)).where(named))
    return first
