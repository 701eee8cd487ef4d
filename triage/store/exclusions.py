"""The breaches that a lead has taken out of the statement."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from triage.domain.clocks import Identity
from triage.domain.report import Exclusion
from triage.domain.terms import Metric
from triage.store.tables import exclusions


def of_ticket(conn: Connection, ticket_id: int) -> dict[Identity, Exclusion]:
    """The ticket's excluded breaches, by the metric and the fact that began the cycle."""
    rows = conn.execute(sa.select(exclusions).where(exclusions.c.ticket_id == ticket_id)).mappings()
    return {(Metric(row["metric"]), row["began_by"]): Exclusion(row["reason"], row["who"], row["at"]) for row in rows}


def add(conn: Connection, ticket_id: int, breach: Identity, exclusion: Exclusion) -> None:
    """Take the breach out of the statement. The ticket must be locked."""
    metric, began_by = breach
    row = {"reason": exclusion.reason, "who": exclusion.who, "at": exclusion.at}
    conn.execute(sa.insert(exclusions).values(ticket_id=ticket_id, metric=metric, began_by=began_by, **row))


def remove(conn: Connection, ticket_id: int, breach: Identity) -> None:
    """Put the breach back into the statement."""
    metric, began_by = breach
    of = exclusions.c.ticket_id == ticket_id, exclusions.c.metric == metric, exclusions.c.began_by == began_by
    conn.execute(sa.delete(exclusions).where(*of))
