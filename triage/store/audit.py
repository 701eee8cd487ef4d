"""Who did what, when, and what it changed: every act of a human."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.store.tables import audit


def record(
    conn: Connection,
    *,
    who: str,
    act: str,
    subject: str,
    now: datetime,
    reason: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write one act down, in the transaction that carries it out."""
    row = {
        "at": now,
        "who": who,
        "act": act,
        "subject": subject,
        "reason": reason,
        "before": before,
        "after": after,
    }
    conn.execute(sa.insert(audit).values(row))


def listed(
    conn: Connection, who: str = "", act: str = "", subject: str = "", page: int = 0, size: int = 100
) -> Sequence[RowMapping]:
    """What people did, the newest first; one row more than `size` tells that there is another page."""
    asked = (audit.c.who, who), (audit.c.act, act), (audit.c.subject, subject)
    wanted = [column == value for column, value in asked if value]
    rows = sa.select(audit).where(*wanted).order_by(audit.c.id.desc()).limit(size + 1).offset(page * size)
    return conn.execute(rows).mappings().all()


def acts(conn: Connection) -> Sequence[str]:
    """Every kind of act that stands in the log."""
    return conn.scalars(sa.select(audit.c.act).distinct().order_by(audit.c.act)).all()
