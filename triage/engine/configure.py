"""The stored configuration: applied as a numbered version, and read by every process from there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from threading import Lock

from sqlalchemy.engine import Connection

from triage import documents
from triage.documents import ConfigurationError, Problem
from triage.domain.configuration import Configuration
from triage.store import audit, versions


class NotConfigured(RuntimeError):
    """Nothing has been applied yet."""


class Configurations:
    """The configuration of a database, parsed once per version. Versions never change, so a cache never lies."""

    def __init__(self) -> None:
        self._known: dict[int, Configuration] = {}
        self._lock = Lock()

    def current(self, conn: Connection) -> Configuration:
        """The version that every process runs from; raises NotConfigured before the first one."""
        number = versions.current_number(conn)
        if number is None:
            raise NotConfigured("no configuration is stored: run `python app.py config apply`")
        return self.version(conn, number)

    def version(self, conn: Connection, number: int) -> Configuration:
        """One version by its number."""
        with self._lock:
            if number not in self._known:
                self._known[number] = _built(conn, number)
            return self._known[number]


def _built(conn: Connection, number: int) -> Configuration:
    stored = versions.load(conn, number)
    return documents.build(stored.files, versions.load_variants(conn), number, stored.applied_at.date())


def apply(conn: Connection, files: Mapping[str, str], who: str, now: datetime) -> int:
    """Check the documents and store them; returns the number of the version that is now current.

    Raises ConfigurationError with every problem at once. A contract or policy that was applied before must
    still say what it said then, because promises were made on it.
    """
    stored = {(variant.kind, variant.name): variant for variant in versions.load_variants(conn)}
    fresh = documents.variants(files, now.date())
    problems = [
        Problem(
            *place,
            f"{variant.kind} {variant.name} was applied before, and it and its calendars cannot change; "
            f"give the changed one a new name, such as {_next_name(variant.name)}",
        )
        for variant, place in fresh
        if (known := stored.get((variant.kind, variant.name))) and known.source != variant.source
    ]
    if problems:
        raise ConfigurationError(problems)
    before = versions.current_number(conn)
    number = versions.add(conn, files, who, now)
    for variant, _ in fresh:
        if (variant.kind, variant.name) not in stored:
            versions.add_variant(conn, variant, number, now)
    if number != before:
        audit.record(
            conn,
            who=who,
            act="config.apply",
            subject="configuration",
            now=now,
            before={"version": before},
            after={"version": number},
        )
        _audit_policies(conn, before, number, who, now)
    return number


def _audit_policies(conn: Connection, before: int | None, number: int, who: str, now: datetime) -> None:
    """Which policies of the gate judge from when on is an act of its own: it decides who is woken."""

    def bindings(version: int) -> dict[str, object]:
        return _bindings(_built(conn, version))

    later = bindings(number)
    try:
        earlier = bindings(before) if before is not None else None
    except ConfigurationError:  # an older release applied it, and took what this one does not
        earlier = None
    if earlier != later:
        audit.record(
            conn,
            who=who,
            act="policy.activate",
            subject="configuration",
            now=now,
            before=earlier,
            after=later,
        )


def _bindings(config: Configuration) -> dict[str, object]:
    active = {start.isoformat(): policy.name for start, policy in config.policies}
    return {"active": active, "shadow": [policy.name for policy in config.shadows]}


def _next_name(name: str) -> str:
    """`gold:v1` -> `gold:v2`."""
    stem, _, variant = name.partition(":")
    digits = variant.lstrip("v")
    return f"{stem}:v{int(digits) + 1}" if digits.isdigit() else f"{name}-2"
