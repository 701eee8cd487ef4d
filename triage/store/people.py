"""Who may sign in: accounts and their one-time links."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from triage.store.tables import accounts, signin_links

#: How long a one-time sign-in link can be used.
LINK_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in to the dashboard."""

    id: int
    name: str
    role: str


def admin(conn: Connection, now: datetime) -> Account:
    """The first account, made on the first start."""
    row = conn.execute(sa.select(accounts).order_by(accounts.c.id).limit(1)).mappings().first()
    if row is None:
        new = sa.insert(accounts).values(name="admin", role="admin", created_at=now).returning(accounts)
        row = conn.execute(new).mappings().one()
    return Account(row["id"], row["name"], row["role"])


def get(conn: Connection, account_id: int) -> Account | None:
    row = conn.execute(sa.select(accounts).where(accounts.c.id == account_id)).mappings().first()
    return Account(row["id"], row["name"], row["role"]) if row else None


def new_link(conn: Connection, account: Account, now: datetime) -> str:
    """A secret that signs the account in once; only its hash is stored."""
    secret = token_urlsafe(24)
    conn.execute(
        sa.insert(signin_links).values(digest=_digest(secret), account_id=account.id, expires_at=now + LINK_LIFE)
    )
    return secret


def use_link(conn: Connection, secret: str, now: datetime) -> Account | None:
    """The account that the secret signs in; None if it is unknown, used up or too old."""
    used = conn.execute(
        sa.update(signin_links)
        .where(
            signin_links.c.digest == _digest(secret),
            signin_links.c.used_at.is_(None),
            signin_links.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(signin_links.c.account_id)
    ).scalar()
    return get(conn, used) if used is not None else None


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
