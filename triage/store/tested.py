"""Which contact methods have taken a page or a test page."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from triage.store.tables import tested_methods


def record(conn: Connection, person: str, gateway: str, address: str, now: datetime) -> None:
    """The method works: its gateway took a message for that address."""
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    row = {"person": person, "gateway": gateway, "address": address, "tested_at": now}
    keys = ["person", "gateway", "address"]
    conn.execute(
        insert(tested_methods).values(row).on_conflict_do_update(index_elements=keys, set_={"tested_at": now})
    )


def load(conn: Connection) -> dict[tuple[str, str, str], datetime]:
    """When each (person, gateway, address) last took one."""
    return {(row.person, row.gateway, row.address): row.tested_at for row in conn.execute(sa.select(tested_methods))}
