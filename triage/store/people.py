"""Who may sign in: accounts, what proves that somebody is one of them, and their one-time links."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.rights import Role
from triage.store.tables import accounts, signin_links

#: How long a one-time sign-in link can be used.
LINK_LIFE = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in to the dashboard; a program that brings a token is one without a number."""

    id: int | None
    name: str
    role: Role
    #: Sessions that were begun in another one are over.
    epoch: int = 0

    @property
    def is_program(self) -> bool:
        return self.id is None


def admin(conn: Connection, now: datetime) -> Account:
    """The first account that says who is let in; made on the first start."""
    good = accounts.c.role == Role.ADMIN, accounts.c.disabled_at.is_(None)
    row = conn.execute(sa.select(accounts).where(*good).order_by(accounts.c.id).limit(1)).mappings().first()
    return add(conn, "admin", Role.ADMIN, now) if row is None else _account(row)


def anybody_signed_in(conn: Connection) -> bool:
    """Whether somebody has ever signed in here."""
    signed_in = sa.exists().where(accounts.c.signed_in_at.is_not(None))
    return bool(conn.scalar(sa.select(signed_in)))


def add(conn: Connection, name: str, role: Role, now: datetime, identity: str | None = None) -> Account:
    """A new account. Its name must be free."""
    row = {"name": name, "role": role, "created_at": now, "identity": identity}
    return _account(conn.execute(sa.insert(accounts).values(row).returning(accounts)).mappings().one())


def get(conn: Connection, account_id: int) -> Account | None:
    """The account, unless it is disabled."""
    good = accounts.c.id == account_id, accounts.c.disabled_at.is_(None)
    row = conn.execute(sa.select(accounts).where(*good)).mappings().first()
    return _account(row) if row else None


def row_of(conn: Connection, account_id: int) -> RowMapping | None:
    """Everything about an account, disabled or not."""
    return conn.execute(sa.select(accounts).where(accounts.c.id == account_id)).mappings().first()


def row_named(conn: Connection, name: str) -> RowMapping | None:
    """The same, by the name."""
    return conn.execute(sa.select(accounts).where(accounts.c.name == name)).mappings().first()


def row_with_identity(conn: Connection, identity: str) -> RowMapping | None:
    """The same, by what the OpenID provider calls them."""
    return conn.execute(sa.select(accounts).where(accounts.c.identity == identity)).mappings().first()


def listed(conn: Connection) -> Sequence[RowMapping]:
    """Every account, by name."""
    return conn.execute(sa.select(accounts).order_by(accounts.c.name)).mappings().all()


def change(conn: Connection, account_id: int, **values: Any) -> None:
    """Change columns of an account."""
    conn.execute(sa.update(accounts).where(accounts.c.id == account_id).values(**values))


def end_sessions(conn: Connection, account_id: int) -> None:
    """Whoever is signed in as the account is so no longer."""
    change(conn, account_id, epoch=accounts.c.epoch + 1)


def count_failure(conn: Connection, account_id: int) -> int:
    """One wrong password more; how many there are in a row."""
    counted = sa.update(accounts).where(accounts.c.id == account_id).values(failures=accounts.c.failures + 1)
    failures: int = conn.execute(counted.returning(accounts.c.failures)).scalar_one()
    return failures


def admins_left(conn: Connection, without: int) -> int:
    """How many accounts could still say who is let in if that one could not."""
    others = accounts.c.id != without, accounts.c.role == Role.ADMIN, accounts.c.disabled_at.is_(None)
    return conn.scalar(sa.select(sa.func.count()).select_from(accounts).where(*others)) or 0


def new_link(conn: Connection, account: Account, now: datetime) -> str:
    """A secret that signs the account in once; only its hash is stored."""
    secret = token_urlsafe(24)
    conn.execute(
        sa.insert(signin_links).values(digest=_digest(secret), account_id=account.id, expires_at=now + LINK_LIFE)
    )
    return secret


def use_link(conn: Connection, secret: str, now: datetime) -> Account | None:
    """The account that the secret signs in; None if it is unknown, used up, too old, or the account disabled."""
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


def drop_links(conn: Connection, account_id: int, now: datetime) -> None:
    """No link that the account was given signs it in any more."""
    unused = signin_links.c.account_id == account_id, signin_links.c.used_at.is_(None)
    conn.execute(sa.update(signin_links).where(*unused).values(used_at=now))


def _account(row: RowMapping) -> Account:
    return Account(row["id"], row["name"], Role(row["role"]), row["epoch"])


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
