"""Connections: one way to read and one way to write, on SQLite and on PostgreSQL."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Dialect, Engine

MIGRATIONS = Path(__file__).parent / "migrations"


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware UTC datetime. A naive one is refused, because nobody can tell which instant it means."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"a naive datetime cannot be stored: {value!r}")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """The database behind `url`.

    SQLite has two engines: a query-only one, so that the dashboard never blocks ingest, and one with a single
    connection that begins with BEGIN IMMEDIATE, so that writers queue in front of it instead of failing with
    "database is locked". PostgreSQL uses one engine for both.
    """

    def __init__(self, url: str) -> None:
        self.url = sa.make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        if self.is_sqlite:
            self._writer = _sqlite_engine(self.url, query_only=False)
            self._reader = _sqlite_engine(self.url, query_only=True)
        else:
            self._writer = sa.create_engine(
                self.url.set(drivername="postgresql+psycopg"),
                hide_parameters=True,
                pool_size=10,
                max_overflow=10,
                pool_pre_ping=True,
                pool_timeout=5,
                connect_args={"connect_timeout": 3},
            )
            self._reader = self._writer

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view that changes nothing."""
        with self._reader.connect() as conn:
            yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        with self._writer.begin() as conn:
            yield conn

    def upgrade(self) -> None:
        """Bring the schema to this release's version."""
        if self.is_sqlite and self.url.database not in (None, "", ":memory:"):
            Path(str(self.url.database)).parent.mkdir(parents=True, exist_ok=True)
        with self.schema_change() as conn:
            config = alembic_config()
            config.attributes["connection"] = conn
            command.upgrade(config, "head")

    @contextmanager
    def schema_change(self) -> Iterator[Connection]:
        """One transaction in which tables may be altered.

        SQLite alters many things only by making the table anew, which rows that refer to the old one would forbid.
        So references are not looked at there until the end, and then all of them are.
        """
        with self._writer.connect() as conn:
            if self.is_sqlite:
                _set_foreign_keys(conn, "OFF")  # SQLite ignores it within a transaction
            try:
                with conn.begin():
                    yield conn
                    if self.is_sqlite:
                        _check_references(conn)
            finally:
                if self.is_sqlite:
                    _set_foreign_keys(conn, "ON")

    def schema_is_current(self) -> bool:
        """Whether the schema is the one that this release works with."""
        with self._reader.connect() as conn:
            current = MigrationContext.configure(conn).get_current_revision()
        return current == ScriptDirectory.from_config(alembic_config()).get_current_head()

    def close(self) -> None:
        self._writer.dispose()
        self._reader.dispose()


def _set_foreign_keys(conn: Connection, state: str) -> None:
    driver = conn.connection.driver_connection
    assert driver is not None  # noqa: S101 - it is connected
    driver.execute(f"PRAGMA foreign_keys = {state}")


def _check_references(conn: Connection) -> None:
    broken = conn.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise RuntimeError(f"{len(broken)} row(s) would refer to nothing, such as {broken[0]}; nothing was changed")


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _sqlite_engine(url: sa.URL, *, query_only: bool) -> Engine:
    pool: dict[str, Any] = {"pool_size": 8, "max_overflow": 8} if query_only else {"pool_size": 1, "max_overflow": 0}
    engine = sa.create_engine(
        url,
        poolclass=sa.pool.QueuePool,
        hide_parameters=True,
        pool_timeout=10,
        connect_args={"check_same_thread": False},
        **pool,
    )

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late: it loses updates
        for pragma in (
            "busy_timeout = 5000",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            f"query_only = {'ON' if query_only else 'OFF'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        conn.exec_driver_sql("BEGIN" if query_only else "BEGIN IMMEDIATE")

    return engine
