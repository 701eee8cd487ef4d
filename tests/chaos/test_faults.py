"""Providers fail in every way, and no page is given up: seeded incidents, each under bad weather of its own.

    TRIAGE_TEST_FAULTS=1000 .venv/bin/python -m pytest -s tests/chaos/test_faults.py     # the full run

A world has ten incidents, three people and six providers, each behind a fault proxy, and an hour or two of simulated
time. In every fourth world all providers break at last and stay dead. TRIAGE_TEST_SEED is the first world's seed.
"""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from tests.chaos.fault_world import FALLBACK_EVERY, ROUND, STEP, STEPS, World
from tests.chaos.providers import METHODS
from triage.domain.escalation import PageState
from triage.store.db import Database
from triage.store.tables import attempts, incidents, outbox, pages

SIZE = 10
INCIDENTS = int(os.environ.get("TRIAGE_TEST_FAULTS", "20"))
FIRST = int(os.environ.get("TRIAGE_TEST_SEED", "0"))
#: How soon after a human has answered every page has its end state.
SETTLED = timedelta(seconds=120)


@dataclass(frozen=True)
class Course:
    """How one incident went, by the database and by what the providers received.

    `ready_at` is when somebody who is awake first had a channel that works for a whole round; `accepted_at` is when
    one of theirs first took a page.
    """

    incident: RowMapping
    pages: Sequence[RowMapping]
    tried: Sequence[datetime]
    received: Sequence[datetime]
    ready_at: datetime | None
    accepted_at: datetime | None

    @property
    def reachable_at(self) -> datetime | None:
        """When a channel first accepted, or would have."""
        return min((at for at in (self.ready_at, self.accepted_at) if at is not None), default=None)

    @property
    def answered_at(self) -> datetime | None:
        at: datetime | None = self.incident["acknowledged_at"] or self.incident["resolved_at"]
        return at


@dataclass(frozen=True)
class Log:
    """What a world left in its database. An attempt's row has its message's in it."""

    incidents: Sequence[RowMapping]
    pages: Sequence[RowMapping]
    attempts: Sequence[RowMapping]
    messages: Sequence[RowMapping]

    @classmethod
    def of(cls, database: Database) -> Log:
        sent = sa.select(attempts, outbox.c.page_id, outbox.c.method).join(outbox).order_by(attempts.c.id)
        with database.read() as conn:
            queries = sa.select(incidents), sa.select(pages), sent, sa.select(outbox)
            return cls(*(conn.execute(query).mappings().all() for query in queries))


def courses(world: World, log: Log) -> list[Course]:
    return [_course(world, log, incident) for incident in log.incidents]


def _course(world: World, log: Log, incident: RowMapping) -> Course:
    own = [page for page in log.pages if page["incident_id"] == incident["id"]]
    keys, awake = {page["id"] for page in own}, world.crew(incident["id"]).awake
    received = [receipt for receipt in world.receipts if receipt.key in keys]
    channels = {provider for person in awake for _, provider in METHODS[person]}
    ready = [world.weather[name].is_good_from(incident["triggered_at"], ROUND) for name in channels]
    return Course(
        incident,
        own,
        tried=[attempt["started_at"] for attempt in log.attempts if attempt["page_id"] in keys],
        received=[receipt.at for receipt in received],
        ready_at=min((at for at in ready if at is not None), default=None),
        accepted_at=min((receipt.at for receipt in received if receipt.person in awake), default=None),
    )


def worlds() -> list[object]:
    seeds = range(FIRST, FIRST + -(-INCIDENTS // SIZE))
    return [pytest.param(("sqlite", "postgresql")[(seed + seed // 4) % 2], seed, id=str(seed)) for seed in seeds]


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("apprise_is_loaded")
@pytest.mark.parametrize(("database_url", "seed"), worlds(), indirect=["database_url"])
def test_no_page_is_given_up_whatever_the_providers_do(database: Database, seed: int) -> None:
    mended = seed % 4 != 1
    with World(database, seed, SIZE, mended=mended) as world:
        world.play()
    log = Log.of(database)
    found = courses(world, log)
    tell(world, log, found)
    assert len(found) == SIZE
    for course in found:
        check_answered(world, course, mended=mended)
        check_never_idle(world, course)
        check_next_step(course)
        check_ended(course)
    check_keys(world, log)
    check_attempts(world, log)
    check_next_channel(log)


def check_answered(world: World, course: Course, *, mended: bool) -> None:
    """Answered within two rounds from when somebody who is awake can be reached.

    Once one of their channels stands ready the page arrives within a round, and they take less than another one.
    """
    if mended:
        assert course.answered_at is not None, course
    if course.ready_at is not None and course.ready_at + ROUND <= world.ends_at:
        assert course.accepted_at is not None, course
        assert course.accepted_at <= course.ready_at + ROUND, course
    if course.reachable_at is not None and course.reachable_at + 2 * ROUND <= world.ends_at:
        assert course.answered_at is not None, course
        assert course.answered_at <= course.reachable_at + 2 * ROUND, course


def check_never_idle(world: World, course: Course) -> None:
    """Until somebody answers, no fallback interval, nor a step, passes without an attempt."""
    instants = [course.incident["triggered_at"], *course.tried, course.answered_at or world.ends_at]
    idle = max(later - earlier for earlier, later in pairwise(instants))
    assert idle <= max(FALLBACK_EVERY, STEP), course


def check_next_step(course: Course) -> None:
    """Where all pages of a step found no channel, the next step began at that moment, or there was an answer."""
    begun = {(page["round"], page["step"]): page["paged_at"] for page in course.pages}
    for position in begun:
        own = [page for page in course.pages if (page["round"], page["step"]) == position]
        if position[1] == STEPS or any(page["state"] != PageState.UNDELIVERED for page in own):
            continue
        ended_at = max(page["ended_at"] for page in own)
        after = [at for later, at in begun.items() if later > position]
        assert min([*after, course.answered_at or datetime.max.replace(tzinfo=UTC)]) <= ended_at, course


def check_ended(course: Course) -> None:
    """The answer ends every page, and nothing is sent or arrives any more."""
    if course.answered_at is None:
        return
    assert max(course.tried) <= course.answered_at, course
    for page in course.pages:
        assert page["state"] in set(PageState) - {PageState.OPEN}, page
        assert page["ended_at"] <= course.answered_at + SETTLED, page
    assert all(at <= course.answered_at + SETTLED for at in course.received), course


def check_keys(world: World, log: Log) -> None:
    """Whatever arrived under a page's key is that page, on its person's own device."""
    person = {page["id"]: page["person"] for page in log.pages}
    subjects = defaultdict(set)
    for receipt in world.receipts:
        assert receipt.key == receipt.link, receipt
        assert person[receipt.key] == receipt.person, receipt
        subjects[receipt.key].add(receipt.subject)
    assert all(len(same) == 1 for same in subjects.values())


def check_attempts(world: World, log: Log) -> None:
    """Every attempt came to an end, a delivered one was the message's last, and what it delivered did arrive.

    Nothing waits past its page's deadline.
    """
    outcomes: dict[int, list[str]] = defaultdict(list)
    arrived = Counter((receipt.key, receipt.at) for receipt in world.receipts)
    for attempt in log.attempts:
        assert attempt["ended_at"] is not None
        outcomes[attempt["outbox_id"]].append(attempt["outcome"])
        if attempt["outcome"] == "delivered":
            arrived[attempt["page_id"], attempt["started_at"]] -= 1
    assert min(arrived.values(), default=0) >= 0
    for message in log.messages:
        assert message["state"] != "pending" or message["deadline_at"] > world.ends_at, message
        assert "delivered" not in outcomes[message["id"]][:-1]
        assert (message["state"] == "delivered") <= (outcomes[message["id"]][-1:] == ["delivered"])


def check_next_channel(log: Log) -> None:
    """Where an attempt failed, the page's next channel is in use from that moment on, unless the page ended."""
    begun = {(message["page_id"], message["method"]): message["created_at"] for message in log.messages}
    pages_by_id = {page["id"]: page for page in log.pages}
    for attempt in log.attempts:
        page, following = pages_by_id[attempt["page_id"]], attempt["method"] + 1
        over = page["ended_at"] is not None and page["ended_at"] <= attempt["ended_at"]
        if attempt["outcome"] != "delivered" and following < len(METHODS[page["person"]]) and not over:
            assert begun[page["id"], following] <= attempt["ended_at"], attempt


def tell(world: World, log: Log, found: list[Course]) -> None:
    """The figures of a world, for who reads along."""
    took = [c.answered_at - c.reachable_at for c in found if c.answered_at and c.reachable_at]
    figures = Counter(attempt["outcome"] for attempt in log.attempts)
    figures |= {"incidents": len(found), "answered": len(took), "pages": len(log.pages)}
    figures |= {"received": len(world.receipts), "keys": len({receipt.key for receipt in world.receipts})}
    slowest = max(took, default=timedelta(0))
    print(
        f"world {world.seed}:",
        *(f"{count} {name}" for name, count in figures.items()),
        f"slowest {slowest}",
        sep=", ",
    )
