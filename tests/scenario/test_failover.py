"""The first provider is down: the second channel has the page within 10 s, however many pages there are."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa

from integrations.apprise_gateway import AppriseGateway
from integrations.http import Poster, WebhookGateway
from tests.contract.gateway_server import Connection, LocalServer, answer, http
from tests.scenario.harness import CONFIG, START, Sink, Story
from tests.scenario.test_p0 import TWO_WAYS
from triage import documents
from triage.engine.deliver import WIDTH, Deliverer
from triage.ports import Gateway, Message, Outcome, Rejected, Retry
from triage.store import outbox
from triage.store.db import Database
from triage.store.outbox import OutboxKind, OutboxState
from triage.store.tables import outbox as messages

#: How many P0s a bad day may bring at once.
STORM = 30


@dataclass
class Down:
    """A provider that is down: its gateway gives `outcome` after so many seconds of the story's clock."""

    seconds: int
    outcome: Outcome
    name: str = "smtp"
    pass_time: Callable[[int], None] = field(default=lambda _: None)

    def send(self, message: Message) -> Outcome:
        self.pass_time(self.seconds)
        return self.outcome


@pytest.mark.parametrize(
    "down",
    [
        pytest.param(Down(5, Retry("no answer within 5 s")), id="hangs"),
        pytest.param(Down(0, Retry("Connection refused")), id="refuses connections"),
        pytest.param(Down(1, Retry("answered 429", timedelta(days=1))), id="has had enough for today"),
        pytest.param(Down(1, Rejected("answered 401")), id="knows us no more"),
    ],
)
def test_the_second_channel_has_accepted_within_ten_seconds(database: Database, down: Down) -> None:
    files = {**documents.read_folder(CONFIG), "people.yaml": TWO_WAYS}
    story = Story(database, files, gateways=[down, Sink("console")])

    def pass_time(seconds: int) -> None:
        story.now += timedelta(seconds=seconds)

    down.pass_time = pass_time
    story.created(priority="P0", production="yes", workaround="none")
    with database.read() as conn:
        row = conn.execute(sa.select(messages).where(messages.c.gateway == "console")).mappings().one()
    assert row["state"] == OutboxState.DELIVERED
    assert row["settled_at"] - story.incident()["triggered_at"] == timedelta(seconds=down.seconds)
    assert timedelta(seconds=down.seconds) <= timedelta(seconds=10)


@pytest.mark.usefixtures("apprise_is_loaded")
@pytest.mark.parametrize("scheme", ["http", "json"])
def test_a_provider_that_hangs_holds_up_no_page_behind_it(database: Database, scheme: str) -> None:
    """All of a storm's pages are with the provider at the same time; none waits until others are given up."""
    all_there = threading.Barrier(STORM, timeout=20)

    def meet(connection: Connection) -> None:
        with suppress(threading.BrokenBarrierError):
            all_there.wait()
            connection.send(answer(202))

    with LocalServer(http(meet)) as server:
        poster = Poster(deadline=60, allowed_hosts=frozenset({"127.0.0.1"}))
        ways: dict[str, Gateway] = {
            "http": WebhookGateway("shared", poster, lambda: START),
            "json": AppriseGateway(lambda: START, deadline=60),
        }
        story = Story(database, gateways=[ways[scheme]])
        with database.write() as conn:
            for number in range(STORM):
                outbox.put(
                    conn,
                    kind=OutboxKind.PAGE,
                    key=f"page-{number}",
                    person="ana",
                    method=0,
                    gateway=ways[scheme].name,
                    address=f"{scheme}://127.0.0.1:{server.port}/ana",
                    subject="P0",
                    body="Checkout fails",
                    deadline_at=START + timedelta(minutes=5),
                    now=START,
                    observed=False,
                )
        with ThreadPoolExecutor(WIDTH) as pool:
            assert Deliverer(story.context, lambda: START, lambda _: pool).deliver_due(START) == STORM
    with database.read() as conn:
        assert set(conn.scalars(sa.select(messages.c.state))) == {OutboxState.DELIVERED}
