"""What transports hand their mail to in tests: it keeps it, once for each message, and fails if it is told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition

from triage.domain.mail import Envelope
from triage.domain.mail_content import delivery_id
from triage.ports import NotKept


@dataclass
class Keeper:
    """`calls` counts how often it was handed one; `kept` has each message once, by its delivery id."""

    kept: dict[str, tuple[Envelope, bytes]] = field(default_factory=dict)
    calls: int = 0
    failures: list[Exception] = field(default_factory=list)
    changed: Condition = field(default_factory=Condition)

    def __call__(self, envelope: Envelope, raw: bytes) -> None:
        with self.changed:
            self.calls += 1
            self.changed.notify_all()
            if self.failures:
                raise self.failures.pop(0)
            self.kept.setdefault(delivery_id(raw), (envelope, raw))

    def fail(self, times: int = 1, error: Exception | None = None) -> None:
        self.failures += [error or NotKept("the disk is full")] * times

    def wait_for(self, holds: Callable[[], bool], what: str) -> None:
        with self.changed:
            assert self.changed.wait_for(holds, timeout=30), what

    def wait_for_count(self, count: int) -> None:
        self.wait_for(lambda: len(self.kept) >= count, f"{count} mails were to be kept, and {len(self.kept)} were")
