"""Tokens by which programs prove who they are. Only the hash of a token is stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.store.tables import api_tokens


@dataclass(frozen=True, slots=True)
class Token:
    """What a token is called, which the audit names as who acted, and who made it."""

    id: int
    name: str
    created_at: datetime
    created_by: str


def add(conn: Connection, name: str, who: str, now: datetime) -> tuple[int, str]:
    """A new token's number and its secret, which is told this once."""
    secret = token_urlsafe(24)
    row = {"digest": _digest(secret), "name": name, "created_at": now, "created_by": who}
    number: int = conn.execute(sa.insert(api_tokens).values(row).returning(api_tokens.c.id)).scalar_one()
    return number, secret


def with_secret(conn: Connection, secret: str) -> Token | None:
    """The token with that secret; None if there is none, or not any more."""
    this = api_tokens.c.digest == _digest(secret), api_tokens.c.revoked_at.is_(None)
    row = conn.execute(sa.select(api_tokens).where(*this)).mappings().first()
    return _token(row) if row else None


def listed(conn: Connection) -> list[Token]:
    """Every token that is good, the oldest first."""
    good = sa.select(api_tokens).where(api_tokens.c.revoked_at.is_(None)).order_by(api_tokens.c.id)
    return [_token(row) for row in conn.execute(good).mappings()]


def revoke(conn: Connection, number: int, who: str, now: datetime) -> Token | None:
    """End a token for ever; None if there is none, or not any more."""
    this = api_tokens.c.id == number, api_tokens.c.revoked_at.is_(None)
    ended = sa.update(api_tokens).where(*this).values(revoked_at=now, revoked_by=who).returning(api_tokens)
    row = conn.execute(ended).mappings().first()
    return _token(row) if row else None


def _token(row: RowMapping) -> Token:
    return Token(row["id"], row["name"], row["created_at"], row["created_by"])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
