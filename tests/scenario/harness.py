"""A story in a few calls: `jira.created(…)`, `story.advance(minutes=5)`, `story.expect_pages("ana")`.

Everything is real but the clock and the gateway, which is a real implementation that writes down what it is
given: it answers as the story tells it to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from integrations import pagerduty_inbound
from integrations.jira_inbound import JiraNormaliser, delivery_id
from tests.jira_events import Issue
from triage import documents
from triage.domain.schedule_source import SourceKind
from triage.domain.writes import Action, Write
from triage.engine import configure
from triage.engine.configure import Configurations
from triage.engine.context import Context, Links, Post
from triage.engine.deliver import Deliverer
from triage.engine.fire import fire_next
from triage.engine.process import answer_next, fetch_next, mail_next, process_next
from triage.engine.reconcile import sweep_next
from triage.engine.refresh import refresh_next
from triage.ports import Delivered, Gateway, Message, Outcome, ScheduleSource, TicketSink, TicketSource
from triage.store import inbox, jobs, outbox, queries
from triage.store import timers as timer_store
from triage.store.db import Database
from triage.telemetry import FAILURES

CONFIG = Path(__file__).parents[2] / "config"
#: A Monday morning on which ana is on call (config/schedules.yaml).
START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Sink:
    """A gateway that keeps what it is sent. `answers` are given first, then it delivers."""

    name: str = "console"
    sent: list[Message] = field(default_factory=list)
    answers: list[Outcome] = field(default_factory=list)

    def send(self, message: Message) -> Outcome:
        self.sent.append(message)
        return self.answers.pop(0) if self.answers else Delivered()


@dataclass
class Notebook:
    """A ticket source that can be written to and keeps what it is given. `answers` are given first."""

    instance: str
    writes: list[Write] = field(default_factory=list)
    answers: list[Outcome] = field(default_factory=list)

    def write(self, write: Write) -> Outcome:
        self.writes.append(write)
        return self.answers.pop(0) if self.answers else Delivered("1")

    @property
    def actions(self) -> list[Action]:
        return [write.action for write in self.writes]


def _failures() -> float:
    """How many errors workers have caught in this process so far."""
    return sum(sample.value for metric in FAILURES.collect() for sample in metric.samples if "total" in sample.name)


class Inline(Executor):
    """Runs work at once, so that a story has no threads."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


class Story:
    """One service over one database, with its clock turned by hand."""

    def __init__(
        self,
        database: Database,
        files: Mapping[str, str] | None = None,
        sources: Mapping[str, TicketSource] | None = None,
        sinks: Mapping[str, TicketSink] | None = None,
        gateways: Sequence[Gateway] | None = None,
        schedule_sources: Mapping[SourceKind, ScheduleSource] | None = None,
        secrets: Mapping[str, str] | None = None,
        post: Callable[[Callable[[], datetime]], Post] | None = None,
    ) -> None:
        self.now = START
        gateways = gateways or [Sink()]
        self.sinks = [gateway for gateway in gateways if isinstance(gateway, Sink)]
        self.context = Context(
            database=database,
            configurations=Configurations(),
            normaliser=JiraNormaliser(),
            sources=sources or {},
            sinks=sinks or {},
            gateways={gateway.name: gateway for gateway in gateways},
            links=Links(
                lambda page_id: f"http://localhost/ack/{page_id}",
                lambda number: f"http://localhost/{number}",
                feed=lambda secret: f"feed:{secret}",
                confirm=lambda number: f"http://localhost/confirm/{number}",
                mails="http://localhost/mails",
            ),
            secret=(secrets or {}).get,
            schedule_sources=schedule_sources or {},
            call_backs={"pagerduty": pagerduty_inbound.read_event},
            post=post(lambda: self.now) if post else None,
        )
        self.deliverer = Deliverer(self.context, lambda: self.now, lambda _: Inline())
        with database.write() as conn:
            configure.apply(conn, files or documents.read_folder(CONFIG), "test", self.now)
        self._read = 0

    def receive(self, body: bytes) -> bool:
        """What the webhook does: keep the body; then everything that follows at this instant."""
        with self.context.database.write() as conn:
            new = inbox.receive(conn, "jira", delivery_id(body, None), body, self.now)
        self.settle()
        return new

    def created(self, summary: str = "Checkout fails", **fields: Any) -> Issue:
        """The customer opens an issue."""
        number = int((self.now - START).total_seconds()) + 10001
        issue = Issue(str(number), f"ACME-{number}", self.now, summary, **fields)
        self.receive(issue.created_event())
        return issue

    def settle(self) -> None:
        """Do everything that is due now; an error that a worker's loop would catch fails the story."""
        before = _failures()
        for _ in range(10_000):
            worked = [
                process_next(self.context, self.now),
                answer_next(self.context, self.now),
                mail_next(self.context, self.now),
                fetch_next(self.context, self.now),
                sweep_next(self.context, self.now),
                refresh_next(self.context, self.now),
                fire_next(self.context, self.now),
                bool(self.deliverer.deliver_due(self.now)),
            ]
            assert _failures() == before, "a worker failed: see the log above"
            if not any(worked):
                return
        raise AssertionError("the service never comes to rest")

    def advance(self, **span: float) -> None:
        """Let time pass, stopping at every instant at which something is due."""
        end = self.now + timedelta(**span)
        while (due := self.next_due()) is not None and due <= end:
            self.now = max(self.now, due)
            self.settle()
        self.now = end
        self.settle()

    def next_due(self) -> datetime | None:
        """When something is to be done next."""
        with self.context.database.read() as conn:
            due = [timer_store.next_due(conn), outbox.next_due(conn), queries.next_event(conn)]
            due += [jobs.next_due(conn, prefix) for prefix in ("sweep/", "schedule/")]
        return min((at for at in due if at is not None), default=None)

    @property
    def sent(self) -> list[Message]:
        return [message for sink in self.sinks for message in sink.sent]

    def expect_pages(self, *people: str) -> None:
        """Exactly these people have been paged since the last look, in this order."""
        rows = self.pages()
        assert [row["person"] for row in rows[self._read :]] == list(people)
        self._read = len(rows)

    def pages(self) -> list[Any]:
        with self.context.database.read() as conn:
            ids = [row["id"] for row in queries.newest_incidents(conn)]
            return list(queries.pages_of(conn, ids))

    def ticket(self) -> Any:
        """The story's only ticket."""
        with self.context.database.read() as conn:
            row = queries.ticket(conn, 1)
        assert row is not None
        return row

    def incident(self) -> Any:
        """The newest incident, or None."""
        with self.context.database.read() as conn:
            return next(iter(queries.newest_incidents(conn)), None)

    def clocks(self) -> dict[str, Any]:
        with self.context.database.read() as conn:
            return {row["metric"]: row for row in queries.clocks_of(conn, [1])}

    def notices(self) -> list[tuple[str, str, str, bool]]:
        with self.context.database.read() as conn:
            return [(n["metric"], n["kind"], n["fraction"], n["told"]) for n in queries.notices_of(conn, 1)]
