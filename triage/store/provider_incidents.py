"""Which of a provider's own incidents belongs to which page: the provider may speak of nothing else later."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from triage.store.tables import provider_incidents


def remember(conn: Connection, gateway: str, incident: str, page_id: str) -> None:
    """The provider has opened that incident for the page; the first page that it was opened for counts."""
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    row = {"gateway": gateway, "incident": incident, "page_id": page_id}
    conn.execute(insert(provider_incidents).values(row).on_conflict_do_nothing())


def page_of(conn: Connection, gateway: str, incident: str) -> str | None:
    """The id of the page that the provider opened that incident for; None if it has told us of none."""
    this = provider_incidents.c.gateway == gateway, provider_incidents.c.incident == incident
    found: str | None = conn.scalar(sa.select(provider_incidents.c.page_id).where(*this))
    return found
