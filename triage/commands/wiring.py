"""What every command works with."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import click

from triage import telemetry
from triage.engine.context import Context
from triage.engine.doctor import Inspector
from triage.settings import Settings, SettingsError
from triage.store.db import Database


class Refused(click.ClickException):
    """The command cannot be carried out as things are; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Wiring:
    """What app.py hands in: the concrete classes stay there."""

    read_settings: Callable[[], Settings]
    serve: Callable[[Settings, str | None], None]
    with_secrets: Callable[[Settings], Settings]
    create_context: Callable[[Settings, Database], Context]
    create_inspector: Callable[[Settings], Inspector]
    clock: Callable[[], datetime]
    pause: Callable[[float], None]

    def settings(self) -> Settings:
        try:
            return self.read_settings()
        except SettingsError as error:
            raise Refused(str(error)) from error

    @contextmanager
    def context(self) -> Iterator[Context]:
        """The service over its database, which must be there and have this release's schema."""
        env = self.settings()
        telemetry.configure(env, logging.WARNING)  # a command says itself what it has done
        if env.sqlite_path and not env.sqlite_path.exists():
            raise Refused(f"there is no database {env.sqlite_path}: `python app.py db upgrade` makes it")
        database = Database(env.database_url)
        try:
            if not database.schema_is_current():
                raise Refused("the schema is not this release's: run `python app.py db upgrade`")
            yield self.create_context(env, database)
        finally:
            database.close()
