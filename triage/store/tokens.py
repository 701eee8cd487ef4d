"""Tokens by which programs prove who they are. Only the hash of a token is stored."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.rights import Role
from triage.store.tables import api_tokens

#: How exactly it is known when a token was last used; to write down every use would cost a commit a request.
USE_KNOWN_TO = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Token:
    """What a token is called, which the audit names as who acted; what it may do, until when, and who made it."""

    id: int
    name: str
    role: Role
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    used_at: datetime | None

    def is_used_afresh(self, now: datetime) -> bool:
        """Whether its use is to be written down again."""
        return self.used_at is None or now - self.used_at > USE_KNOWN_TO


def add(
    conn: Connection, name: str, who: str, now: datetime, role: Role, expires_at: datetime | None
) -> tuple[int, str]:
    """A new token's number and its secret, which is told this once."""
    secret = token_urlsafe(24)
    row = {
        "digest": _digest(secret),
        "name": name,
        "role": role,
        "expires_at": expires_at,
        "created_at": now,
        "created_by": who,
    }
    number: int = conn.execute(sa.insert(api_tokens).values(row).returning(api_tokens.c.id)).scalar_one()
    return number, secret


def with_secret(conn: Connection, secret: str, now: datetime) -> Token | None:
    """The token with that secret; None if there is none, or not any more."""
    this = api_tokens.c.digest == _digest(secret), *_good(now)
    row = conn.execute(sa.select(api_tokens).where(*this)).mappings().first()
    return _token(row) if row else None


def used(conn: Connection, number: int, now: datetime) -> None:
    """Write down that the token is in use, so that one nobody needs can be told from one in use."""
    conn.execute(sa.update(api_tokens).where(api_tokens.c.id == number).values(used_at=now))


def listed(conn: Connection, now: datetime) -> list[Token]:
    """Every token that is good, the oldest first."""
    good = sa.select(api_tokens).where(*_good(now)).order_by(api_tokens.c.id)
    return [_token(row) for row in conn.execute(good).mappings()]


def revoke(conn: Connection, number: int, who: str, now: datetime) -> Token | None:
    """End a token for ever; None if there is none, or not any more."""
    this = api_tokens.c.id == number, api_tokens.c.revoked_at.is_(None)
    ended = sa.update(api_tokens).where(*this).values(revoked_at=now, revoked_by=who).returning(api_tokens)
    row = conn.execute(ended).mappings().first()
    return _token(row) if row else None


def _good(now: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    unexpired = sa.or_(api_tokens.c.expires_at.is_(None), api_tokens.c.expires_at > now)
    return api_tokens.c.revoked_at.is_(None), unexpired


def _token(row: RowMapping) -> Token:
    return Token(
        row["id"],
        row["name"],
        Role(row["role"]),
        row["created_at"],
        row["created_by"],
        row["expires_at"],
        row["used_at"],
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
