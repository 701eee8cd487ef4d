"""Feeds: secret addresses under which calendars of shifts are read. Only the secret's hash is stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.escalation import Target, TargetKind
from triage.store.tables import feeds


@dataclass(frozen=True, slots=True)
class Feed:
    """Whose shifts can be read, and who made the address."""

    id: int
    of: Target
    created_at: datetime
    created_by: str


def add(conn: Connection, of: Target, who: str, now: datetime) -> tuple[int, str]:
    """A new feed's number and its secret, which is told this once."""
    secret = token_urlsafe(24)
    row = {"digest": _digest(secret), "kind": of.kind, "name": of.name, "created_at": now, "created_by": who}
    number: int = conn.execute(sa.insert(feeds).values(row).returning(feeds.c.id)).scalar_one()
    return number, secret


def with_secret(conn: Connection, secret: str) -> Feed | None:
    """The feed behind a secret; None if there is none, or not any more."""
    this = feeds.c.digest == _digest(secret), feeds.c.revoked_at.is_(None)
    row = conn.execute(sa.select(feeds).where(*this)).mappings().first()
    return _feed(row) if row else None


def listed(conn: Connection) -> list[Feed]:
    """Every feed that can be read, the oldest first."""
    rows = conn.execute(sa.select(feeds).where(feeds.c.revoked_at.is_(None)).order_by(feeds.c.id)).mappings()
    return [_feed(row) for row in rows]


def revoke(conn: Connection, number: int, who: str, now: datetime) -> Feed | None:
    """End a feed's address for ever; None if there is none, or not any more."""
    this = feeds.c.id == number, feeds.c.revoked_at.is_(None)
    ended = sa.update(feeds).where(*this).values(revoked_at=now, revoked_by=who).returning(feeds)
    row = conn.execute(ended).mappings().first()
    return _feed(row) if row else None


def _feed(row: RowMapping) -> Feed:
    return Feed(row["id"], Target(TargetKind(row["kind"]), row["name"]), row["created_at"], row["created_by"])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
