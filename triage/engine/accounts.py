"""What admins do about accounts and tokens, and what everybody does about their own; each act is audited."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection, RowMapping

from triage.domain.rights import Role, fault_of_password
from triage.engine.respond import NotPossible
from triage.engine.sign_in import hashed
from triage.store import audit, people, tokens
from triage.store.people import Account

#: A name stands in the audit, in logs and on command lines; a person's own one in people.yaml fits.
NAME = re.compile(r"[\w.@+-]{1,64}")
#: How long a token is good unless its maker says otherwise, and at most.
TOKEN_LIFE = timedelta(days=90)
LONGEST_TOKEN_LIFE = timedelta(days=366)


def add(conn: Connection, name: str, role: Role, who: str, now: datetime) -> tuple[Account, str]:
    """A new account, and the secret of the link by which its owner signs in the first time."""
    if not NAME.fullmatch(name):
        raise NotPossible(f"{name!r} will not do as a name: 1 to 64 letters, digits and . _ @ + - without spaces.")
    if people.row_named(conn, name) is not None:
        raise NotPossible(f"There is an account {name!r} already.")
    account = people.add(conn, name, role, now)
    _record(conn, account.id, "account.add", who, now, after={"name": name, "role": role})
    return account, people.new_link(conn, account, now)


def invite(conn: Connection, account_id: int, who: str, now: datetime) -> tuple[Account, str]:
    """A new one-time link for an account; the links before it are dropped."""
    account = people.get(conn, account_id)
    if account is None:
        raise NotPossible("The account is disabled: enable it first.")
    people.drop_links(conn, account_id, now)
    _record(conn, account_id, "account.link", who, now)
    return account, people.new_link(conn, account, now)


def change_role(conn: Connection, account_id: int, role: Role, who: str, now: datetime) -> None:
    """Give an account another role; it holds from the next request on."""
    row = _row(conn, account_id)
    if row["identity"] is not None:
        raise NotPossible("The OpenID provider's groups say what this account may do: TRIAGE_OIDC_ROLES.")
    if row["role"] == role:
        raise NotPossible(f"{row['name']} is {role} already.")
    if role is not Role.ADMIN:
        _keep_an_admin(conn, account_id)
    people.change(conn, account_id, role=role)
    _record(conn, account_id, "account.role", who, now, before={"role": row["role"]}, after={"role": role})


def disable(conn: Connection, account_id: int, who: str, now: datetime) -> None:
    """Let somebody in no more: neither with a password nor a link, a session or the provider's word."""
    row = _row(conn, account_id)
    if row["disabled_at"] is not None:
        raise NotPossible(f"{row['name']} is disabled already.")
    _keep_an_admin(conn, account_id)
    people.change(conn, account_id, disabled_at=now)
    people.end_sessions(conn, account_id)
    people.drop_links(conn, account_id, now)
    _record(conn, account_id, "account.disable", who, now)


def enable(conn: Connection, account_id: int, who: str, now: datetime) -> None:
    """Let somebody in again; wrong passwords are forgotten."""
    row = _row(conn, account_id)
    if row["disabled_at"] is None and row["locked_until"] is None:
        raise NotPossible(f"{row['name']} is neither disabled nor shut.")
    people.change(conn, account_id, disabled_at=None, failures=0, locked_until=None)
    _record(conn, account_id, "account.enable", who, now)


def sign_out(conn: Connection, account_id: int, who: str, now: datetime) -> None:
    """End every session of an account, wherever it is signed in."""
    _row(conn, account_id)
    people.end_sessions(conn, account_id)
    _record(conn, account_id, "account.signout", who, now)


def set_password(conn: Connection, account: Account, digest: str, now: datetime) -> Account:
    """A new password for one's own account, as `digest_of` made it; every other session of it ends."""
    assert account.id is not None  # noqa: S101 - a program has no password
    people.change(conn, account.id, password=digest, failures=0, locked_until=None)
    people.end_sessions(conn, account.id)
    _record(conn, account.id, "account.password", account.name, now)
    renewed = people.get(conn, account.id)
    assert renewed is not None  # noqa: S101 - whoever asked is signed in
    return renewed


def digest_of(password: str, name: str) -> str:
    """What is stored of a new password; raises NotPossible for one that will not do. It takes a while."""
    if fault := fault_of_password(password, name):
        raise NotPossible(fault)
    return hashed(password)


def add_token(
    conn: Connection, name: str, role: Role, life: timedelta, maker: Account, now: datetime
) -> tuple[int, str]:
    """A new token's number and secret. Nobody gives a program more than they may do themselves."""
    if not NAME.fullmatch(name):
        raise NotPossible(f"{name!r} will not do as a name: 1 to 64 letters, digits and . _ @ + - without spaces.")
    if not maker.role.covers(role):
        raise NotPossible(f"You are {maker.role}: a token of yours cannot be {role}.")
    if not timedelta() < life <= LONGEST_TOKEN_LIFE:
        raise NotPossible(f"A token is good for 1 to {LONGEST_TOKEN_LIFE.days} days.")
    number, secret = tokens.add(conn, name, maker.name, now, role, now + life)
    after = {"name": name, "role": role, "expires_at": (now + life).isoformat()}
    audit.record(conn, who=maker.name, act="token.add", subject=f"token/{number}", now=now, after=after)
    return number, secret


def revoke_token(conn: Connection, number: int, who: str, now: datetime) -> None:
    """End a token for ever."""
    ended = tokens.revoke(conn, number, who, now)
    if ended is None:
        raise NotPossible(f"There is no token {number}, or not any more.")
    audit.record(conn, who=who, act="token.revoke", subject=f"token/{number}", now=now, before={"name": ended.name})


def _row(conn: Connection, account_id: int) -> RowMapping:
    row = people.row_of(conn, account_id)
    if row is None:
        raise NotPossible(f"There is no account {account_id}.")
    return row


def _keep_an_admin(conn: Connection, account_id: int) -> None:
    row = _row(conn, account_id)
    if row["role"] == Role.ADMIN and not people.admins_left(conn, without=account_id):
        raise NotPossible(f"{row['name']} is the last admin: make another one first.")


def _record(
    conn: Connection,
    account_id: int | None,
    act: str,
    who: str,
    now: datetime,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    audit.record(conn, who=who, act=act, subject=f"account/{account_id}", now=now, before=before, after=after)
