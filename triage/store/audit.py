"""Who did what, when, and what it changed: every act of a human."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

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
