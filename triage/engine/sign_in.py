"""Signing in: by a password, by a one-time link, by an OpenID provider; what fails is counted and audited."""

from __future__ import annotations

from datetime import datetime
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.engine import Connection

from triage.domain.explain import in_words
from triage.domain.rights import Role, wait_after
from triage.engine.context import Context
from triage.engine.respond import NotPossible
from triage.store import audit, people
from triage.store.people import Account
from triage.telemetry import SIGN_INS

_hasher = PasswordHasher()
#: A hash takes 64 MiB for a tenth of a second: a crowd of wrong passwords must not take the machine.
_hashing = BoundedSemaphore(2)
#: What the passwords of unknown names are compared to, so that an answer takes as long as for a known one.
_nobody: list[str] = []

WRONG = "That name and password do not fit together."


def hashed(password: str) -> str:
    """What is stored of a password."""
    with _hashing:
        return _hasher.hash(password)


def _fits(stored: str, password: str) -> bool:
    with _hashing:
        try:
            return _hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False


def _of_nobody() -> str:
    if not _nobody:
        _nobody.append(hashed("nobody has this password"))
    return _nobody[0]


def by_password(context: Context, name: str, password: str, now: datetime) -> Account:
    """The account with that name and password; raises NotPossible, which does not say which of them is wrong.

    A name that had too many wrong passwords takes none for a while, not even the right one; a link or the provider
    still lets its owner in.
    """
    with context.database.read() as conn:
        row = people.row_named(conn, name)
    if row is not None and row["locked_until"] is not None and row["locked_until"] > now:
        SIGN_INS.labels("password", "locked").inc()
        left = in_words(row["locked_until"] - now)
        raise NotPossible(f"Too many wrong passwords: this account takes none for another {left}.")
    # Outside of any transaction, since it takes a while.
    stored = row["password"] if row is not None else None
    fits = _fits(stored or _of_nobody(), password[:1024])
    if row is None or stored is None or not fits or row["disabled_at"] is not None:
        SIGN_INS.labels("password", "wrong").inc()
        if row is not None:
            _count(context, row["id"], name, now)
        raise NotPossible(WRONG)
    with context.database.write() as conn:
        if _hasher.check_needs_rehash(stored):
            people.change(conn, row["id"], password=_hasher.hash(password))
        account = people.get(conn, row["id"])
        if account is None:
            raise NotPossible(WRONG)
        return let_in(conn, account, "password", now)


def _count(context: Context, account_id: int, name: str, now: datetime) -> None:
    """One wrong password more, and what follows from it."""
    with context.database.write() as conn:
        wait = wait_after(failures := people.count_failure(conn, account_id))
        after = {"failures": failures, "locked_until": (now + wait).isoformat()} if wait else {"failures": failures}
        if wait:
            people.change(conn, account_id, locked_until=now + wait)
        audit.record(conn, who=name, act="signin.failed", subject=f"account/{account_id}", now=now, after=after)


def by_link(context: Context, secret: str, now: datetime) -> Account:
    """The account that a one-time link belongs to; the link is used up."""
    with context.database.write() as conn:
        account = people.use_link(conn, secret, now)
        if account is None:
            SIGN_INS.labels("link", "wrong").inc()
            raise NotPossible(
                "This sign-in link is used up or too old. An admin, or `python app.py signin`, makes a new one."
            )
        return let_in(conn, account, "link", now)


def by_identity(context: Context, identity: str, name: str, role: Role | None, now: datetime) -> Account:
    """The account of somebody whom the OpenID provider vouches for, made if it is their first time.

    `identity` is issuer and subject, which never change; `name` may. The role is what the provider says each time.
    """
    if role is None:
        SIGN_INS.labels("oidc", "no_role").inc()
        raise NotPossible(f"{name} is known there, and none of their groups has a role here: TRIAGE_OIDC_ROLES.")
    with context.database.write() as conn:
        row = people.row_with_identity(conn, identity)
        if row is None:
            if people.row_named(conn, name) is not None:
                raise NotPossible(
                    f"There is an account {name!r} here that signs in otherwise: take another name at the provider."
                )
            new = people.add(conn, name, role, now, identity)
            after = {"name": name, "role": role, "identity": identity}
            audit.record(conn, who=name, act="account.add", subject=f"account/{new.id}", now=now, after=after)
            return let_in(conn, new, "oidc", now)
        if row["disabled_at"] is not None:
            SIGN_INS.labels("oidc", "disabled").inc()
            raise NotPossible("This account is disabled. An admin can enable it.")
        if row["role"] != role:
            people.change(conn, row["id"], role=role)
            audit.record(
                conn,
                who=row["name"],
                act="account.role",
                subject=f"account/{row['id']}",
                now=now,
                reason="the provider's groups",
                before={"role": row["role"]},
                after={"role": role},
            )
        account = people.get(conn, row["id"])
        assert account is not None  # noqa: S101 - it was there just now, in this transaction
        return let_in(conn, account, "oidc", now)


def let_in(conn: Connection, account: Account, way: str, now: datetime) -> Account:
    """Write down that somebody came in; wrong passwords before that are forgotten."""
    assert account.id is not None  # noqa: S101 - a program does not sign in
    people.change(conn, account.id, failures=0, locked_until=None, signed_in_at=now)
    subject = f"account/{account.id}"
    audit.record(conn, who=account.name, act="signin", subject=subject, now=now, after={"way": way})
    SIGN_INS.labels(way, "in").inc()
    return account
