"""Brings in a project's past, without any effect on people: facts, decisions and cycles, as they were then."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from triage.domain.escalation import next_retry
from triage.domain.ticket import Origin, TicketRef
from triage.engine.context import Clock, Context
from triage.engine.decide import decide
from triage.engine.sources import JIRA
from triage.ports import Listed, NotFound, Read, SourceError, TicketSource
from triage.store import jobs, tickets
from triage.store.jobs import Job
from triage.telemetry import log

#: A backfill that has not moved for so long has died, and can be taken up again.
LEASE = timedelta(minutes=1)
#: Jira is asked so often for one issue, or for the list, before the backfill stops; run again, it goes on.
MOST_FAILURES = 8


class Busy(RuntimeError):
    """Somebody else brings in this project right now; the text says until when to wait."""


class Stopped(RuntimeError):
    """Jira did not answer for too long; what was brought in stays, and another run goes on from there."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it has come. `wait` is how long the caller has to pause before it goes on, and `why`."""

    total: int
    read: int = 0  # brought in by this run
    known: int = 0  # brought in before and unchanged since
    hidden: int = 0  # listed, but not shown to us
    wait: timedelta = timedelta(0)
    why: str = ""

    @property
    def seen(self) -> int:
        """How many issues of the list are dealt with."""
        return self.read + self.known + self.hidden


def backfill(
    context: Context, source: TicketSource, project: str, since: datetime, clock: Clock
) -> Iterator[Progress]:
    """Bring in the issues of the project that were made since then, the oldest first; one step for each.

    What was brought in before is passed over, so that a run that was killed is resumed by running it again. The
    caller sets the pace: it pauses between steps as it likes, and for `wait` where a step asks for that.
    Raises Busy and Stopped.
    """
    now = clock()
    with context.database.write() as conn:
        job = jobs.claim(conn, f"backfill/{source.instance}/{project}", now, LEASE)
    if job is None:
        raise Busy(f"{project} is being brought in, or was until less than {LEASE.seconds} s ago: try again then")
    reached = job.data.get("reached") if job.data.get("since") == since.isoformat() else None
    run = _Run(context, source, project, job, since, clock)
    try:
        yield from run.steps(max(since, datetime.fromisoformat(reached)) if reached else since)
    finally:  # however it ended, the next run need not wait for the lease
        with context.database.write() as conn:
            jobs.release(conn, job, clock())


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of one project's backfill."""

    context: Context
    source: TicketSource
    project: str
    job: Job
    since: datetime
    clock: Clock

    def steps(self, begin: datetime) -> Iterator[Progress]:
        """Go through the list from `begin` on; where it ends early, ask for it again from where it was."""
        progress = Progress(total=self._count(self.clock() - begin))
        yield progress
        failures, listing = 0, True
        while listing:
            try:
                for listed in self.source.created_issues([self.project], self.clock() - begin):
                    for step in self._bring(listed, progress):
                        yield step
                    progress = step
                    begin, failures = listed.created_at, 0
                listing = False
            except SourceError as error:
                failures += 1
                yield _waiting(progress, failures, error)

    def _count(self, within: timedelta) -> int:
        try:
            return self.source.count_created([self.project], within)
        except SourceError as error:
            log.warning("cannot count", project=self.project, reason=error.reason)  # the bar has no end: that is all
            return 0

    def _bring(self, listed: Listed, progress: Progress) -> Iterator[Progress]:
        """Read one issue; several steps if Jira lets us wait."""
        ref = TicketRef(JIRA, self.source.instance, listed.id, listed.key)
        with self.context.database.read() as conn:
            fetched = tickets.fetched_as_of(conn, ref)
        if fetched is not None and fetched >= listed.updated_at:
            yield replace(progress, known=progress.known + 1)
            return
        for failures in range(1, MOST_FAILURES + 2):
            try:
                self._read(listed)
            except NotFound:
                yield replace(progress, hidden=progress.hidden + 1)
                return
            except SourceError as error:
                yield _waiting(progress, failures, error)
            else:
                yield replace(progress, read=progress.read + 1)
                return

    def _read(self, listed: Listed) -> None:
        """Fetch an issue and keep its facts, silently; one that is watched already is read as a sweep would."""
        issue, now = self.source.fetch_issue(listed.id), self.clock()
        with self.context.database.write() as conn:
            config = self.context.configurations.current(conn)
            reading = self.context.normaliser.read_issue(issue, config.jira, now, Origin.BACKFILL)
            if not isinstance(reading, Read):
                raise SourceError(f"{listed.key} cannot be read: {reading.reason}")
            ticket = tickets.locked(conn, reading.ticket, now)
            watched = tickets.is_watched(conn, ticket.id)
            facts = reading.facts
            if watched:
                facts = tuple(replace(fact, origin=Origin.SWEEP) for fact in facts)
            if tickets.add_facts(conn, ticket.id, facts, now).changed:
                decide(self.context.work(conn, now, silent=not watched), ticket)
            reached = {"since": self.since.isoformat(), "reached": listed.created_at.isoformat()}
            if not jobs.keep(conn, self.job, reached, now + LEASE):
                raise Busy("another process has taken this backfill over")


def _waiting(progress: Progress, failures: int, error: SourceError) -> Progress:
    if failures > MOST_FAILURES:
        raise Stopped(f"Jira does not answer: {error.reason}. Run the same command again to go on from here.")
    return replace(progress, wait=next_retry(failures, error.after), why=error.reason)
