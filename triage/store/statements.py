"""Frozen statements: what was told about a month, and every version of it. Nothing here is ever changed."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.store.tables import statements

#: Packing harder than this takes far longer and saves little.
LEVEL = 1

_SHOWN = [column for column in statements.c if column.name != "cycles"]


@dataclass(frozen=True, slots=True)
class Statement:
    """One version of what was told about a customer's month; `report` is plain JSON."""

    id: int
    customer: str
    month: date
    version: int
    report: dict[str, Any]
    frozen_at: datetime
    frozen_by: str
    reason: str


def add(
    conn: Connection,
    customer: str,
    month: date,
    version: int,
    report: dict[str, Any],
    packed_cycles: bytes,
    who: str,
    reason: str,
    now: datetime,
) -> Statement:
    """Keep one version of what is told about the month, with the rows behind it as `packed` gave them."""
    row = {
        "customer": customer,
        "month": month,
        "version": version,
        "report": json.dumps(report, ensure_ascii=False, separators=(",", ":")),
        "cycles": packed_cycles,
        "frozen_at": now,
        "frozen_by": who,
        "reason": reason,
    }
    added = conn.execute(sa.insert(statements).values(row).returning(*_SHOWN)).mappings().one()
    return _statement(added)


def packed(cycles: Iterable[Sequence[Any]]) -> bytes:
    """The rows of a sheet as they are kept."""
    return zlib.compress(json.dumps(list(cycles), ensure_ascii=False, separators=(",", ":")).encode(), LEVEL)


def latest(conn: Connection, customer: str, month: date) -> Statement | None:
    """What is told about the month now; None if it was never frozen."""
    of = statements.c.customer == customer, statements.c.month == month
    found = sa.select(*_SHOWN).where(*of).order_by(statements.c.version.desc()).limit(1)
    row = conn.execute(found).mappings().first()
    return _statement(row) if row else None


def version(conn: Connection, customer: str, month: date, number: int) -> Statement | None:
    """One version of what was told."""
    of = statements.c.customer == customer, statements.c.month == month, statements.c.version == number
    row = conn.execute(sa.select(*_SHOWN).where(*of)).mappings().first()
    return _statement(row) if row else None


def between(conn: Connection, customer: str, first: date, last: date) -> dict[date, Statement]:
    """What is told about each frozen month from `first` to `last`."""
    of = statements.c.customer == customer, statements.c.month >= first, statements.c.month <= last
    rows = conn.execute(sa.select(*_SHOWN).where(*of).order_by(statements.c.version)).mappings()
    return {row["month"]: _statement(row) for row in rows}


def with_id(conn: Connection, statement_id: int) -> Statement:
    """The statement with that number."""
    return _statement(conn.execute(sa.select(*_SHOWN).where(statements.c.id == statement_id)).mappings().one())


def frozen(conn: Connection, month: date) -> set[str]:
    """Whose month has been told."""
    return set(conn.scalars(sa.select(statements.c.customer).where(statements.c.month == month)))


def listed(conn: Connection, customer: str | None = None, most: int = 500) -> Sequence[RowMapping]:
    """Every version of every statement without its report, the newest month first."""
    columns = [column for column in _SHOWN if column.name != "report"]
    found = sa.select(*columns).order_by(
        statements.c.month.desc(), statements.c.customer, statements.c.version.desc()
    )
    if customer is not None:
        found = found.where(statements.c.customer == customer)
    return conn.execute(found.limit(most)).mappings().all()


def cycles(conn: Connection, customer: str, month: date, number: int) -> list[list[Any]]:
    """The rows of a version's sheet, as they were frozen."""
    of = statements.c.customer == customer, statements.c.month == month, statements.c.version == number
    kept: bytes = conn.execute(sa.select(statements.c.cycles).where(*of)).scalar_one()
    rows: list[list[Any]] = json.loads(zlib.decompress(kept))
    return rows


def _statement(row: RowMapping) -> Statement:
    return Statement(
        row["id"],
        row["customer"],
        row["month"],
        row["version"],
        json.loads(row["report"]),
        row["frozen_at"],
        row["frozen_by"],
        row["reason"],
    )
