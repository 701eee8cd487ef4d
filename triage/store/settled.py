"""The cycles that were settled in a stretch of time, for reports: each belongs to where it breached, or was met."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row, RowMapping

from triage.domain.clocks import ClockState
from triage.domain.configuration import DEFAULT
from triage.domain.month_report import EVERYBODY, Settled
from triage.domain.report import Verdict
from triage.store.tables import clocks, exclusions, tickets

#: How many rows of a sheet are in memory at a time.
BATCH = 2000

_EXCLUDED = (
    (exclusions.c.ticket_id == clocks.c.ticket_id)
    & (exclusions.c.metric == clocks.c.metric)
    & (exclusions.c.began_by == clocks.c.began_by)
)
_CUSTOMER = sa.func.coalesce(tickets.c.customer, DEFAULT)
_VERDICT = sa.case(
    (clocks.c.breached_at.is_(None), str(Verdict.MET)),
    (exclusions.c.ticket_id.is_not(None), str(Verdict.EXCLUDED)),
    else_=str(Verdict.BREACHED),
)
_SETTLED_AT = sa.func.coalesce(clocks.c.breached_at, clocks.c.stopped_at)
_SUMMARY = sa.func.substr(tickets.c.summary, 1, 200, type_=sa.Text()).label("summary")
_ALL = (
    _CUSTOMER.label("customer"),
    _VERDICT.label("verdict"),
    tickets.c.key.label("key"),
    *(column for column in clocks.c if column.name not in ("id", "state", "remaining_seconds", "measured_at")),
    exclusions.c.reason.label("excluded_reason"),
    exclusions.c.who.label("excluded_by"),
    exclusions.c.at.label("excluded_at"),
)


def figures(conn: Connection, customer: str, since: datetime, until: datetime) -> list[Settled]:
    """What figures need of every cycle that was settled in `[since, until)`."""
    columns = _CUSTOMER, clocks.c.metric, clocks.c.priority, _VERDICT, clocks.c.elapsed_seconds
    return [Settled._make(row) for row in conn.execute(_settled(columns, customer, since, until))]


def counts(conn: Connection, customer: str, since: datetime, until: datetime) -> Sequence[Row[str, str, str, int]]:
    """How many cycles were settled in which way: (customer, metric, verdict, count)."""
    by = _CUSTOMER, clocks.c.metric, _VERDICT
    return conn.execute(_settled((*by, sa.func.count()), customer, since, until).group_by(*by)).all()


def breaches(conn: Connection, customer: str, since: datetime, until: datetime, most: int) -> Sequence[RowMapping]:
    """The breaches of `[since, until)`, excluded ones too: what goes on first, then the longest, up to `most`."""
    found = (
        _settled((*_ALL, _SUMMARY), customer, since, until)
        .where(clocks.c.breached_at.is_not(None))
        .order_by(clocks.c.stopped_at.is_not(None), clocks.c.overrun_seconds.desc(), clocks.c.id)
        .limit(most)
    )
    return conn.execute(found).mappings().all()


def breach_count(conn: Connection, customer: str, since: datetime, until: datetime) -> int:
    """How many breaches there were, excluded ones too."""
    found = _settled((sa.func.count(),), customer, since, until).where(clocks.c.breached_at.is_not(None))
    return conn.scalar(found) or 0


def rows(conn: Connection, customer: str, since: datetime, until: datetime) -> Iterator[RowMapping]:
    """Every settled cycle in full, in the order in which they were settled."""
    found = _settled(_ALL, customer, since, until).order_by(
        _SETTLED_AT, clocks.c.ticket_id, clocks.c.metric, clocks.c.cycle
    )
    yield from conn.execute(found.execution_options(yield_per=BATCH)).mappings()


def _settled(columns: Sequence[Any], customer: str, since: datetime, until: datetime) -> sa.Select[Any]:
    at_breach = clocks.c.breached_at.is_not(None) & (clocks.c.breached_at >= since) & (clocks.c.breached_at < until)
    at_stop = (
        clocks.c.breached_at.is_(None)
        & (clocks.c.state == ClockState.STOPPED)
        & (clocks.c.stopped_at >= since)
        & (clocks.c.stopped_at < until)
    )
    joined = clocks.join(tickets, tickets.c.id == clocks.c.ticket_id).outerjoin(exclusions, _EXCLUDED)
    found = sa.select(*columns).select_from(joined).where(at_breach | at_stop)
    if customer == EVERYBODY:
        return found
    return found.where(tickets.c.customer.is_(None) if customer == DEFAULT else tickets.c.customer == customer)
