"""Numbered versions of the configuration, and the contracts and policies that are immutable once applied."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.configuration import Variant
from triage.store.tables import config_versions, variants


@dataclass(frozen=True, slots=True)
class Version:
    """The documents as they were applied, by file name."""

    number: int
    files: Mapping[str, str]
    applied_at: datetime
    applied_by: str


def current_number(conn: Connection) -> int | None:
    """The number of the version that every process runs from."""
    number: int | None = conn.scalar(sa.select(sa.func.max(config_versions.c.number)))
    return number


def first_applied_at(conn: Connection) -> datetime | None:
    """Since when the service has had a configuration; None before the first one."""
    first: datetime | None = conn.scalar(sa.select(sa.func.min(config_versions.c.applied_at)))
    return first


def load(conn: Connection, number: int) -> Version:
    row = conn.execute(sa.select(config_versions).where(config_versions.c.number == number)).mappings().one()
    return Version(row["number"], row["files"], row["applied_at"], row["applied_by"])


def listed(conn: Connection, newest: int) -> Sequence[RowMapping]:
    """The versions without their documents, the newest first."""
    columns = config_versions.c.number, config_versions.c.applied_at, config_versions.c.applied_by
    found = sa.select(*columns).order_by(config_versions.c.number.desc()).limit(newest)
    return conn.execute(found).mappings().all()


def add(conn: Connection, files: Mapping[str, str], who: str, now: datetime) -> int:
    """Store the documents as the next version; the current one's number if nothing has changed."""
    digest = hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()
    number = current_number(conn)
    if number is not None:
        last = sa.select(config_versions.c.digest).where(config_versions.c.number == number)
        if conn.scalar(last) == digest:
            return number
    number = (number or 0) + 1
    row = {"number": number, "files": dict(files), "digest": digest, "applied_at": now, "applied_by": who}
    conn.execute(sa.insert(config_versions).values(row))
    return number


def load_variants(conn: Connection) -> list[Variant]:
    """Every contract and policy that was ever applied."""
    rows = conn.execute(sa.select(variants).order_by(variants.c.kind, variants.c.name)).mappings()
    return [Variant(row["kind"], row["name"], row["source"], row["resolved"]) for row in rows]


def add_variant(conn: Connection, variant: Variant, config_version: int, now: datetime) -> None:
    """Store a contract or policy for ever."""
    conn.execute(
        sa.insert(variants).values(
            kind=variant.kind,
            name=variant.name,
            source=dict(variant.source),
            resolved=dict(variant.resolved),
            config_version=config_version,
            applied_at=now,
        )
    )
