"""Whatever people and providers do, time alone leads an open incident to another page: no state sleeps for ever.

A machine makes any of the acts in any order, on the real engine over SQLite; after each of them it is looked whether
every open incident has something armed, and in the end nobody acts any more and every incident has to page again.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.jira_events import ANA
from tests.scenario.harness import CONFIG, Sink, Story
from triage import documents
from triage.domain.escalation import IncidentState
from triage.domain.holds import Window
from triage.engine import hand_over, maintain, regroup, respond
from triage.engine.context import Work
from triage.engine.respond import NotPossible
from triage.ports import Message, Outcome, Rejected, Retry
from triage.store.db import Database
from triage.store.tables import incidents, outbox, pages, timers
from triage.store.timers import TimerKind

POLICY = """
escalation_policies:
  around-the-clock:
    steps:
      - {targets: ["schedule:primary"], delay: 5m}
      - {targets: ["person:nora"], delay: 5m}
      - {targets: ["schedule:secondary", "person:ben"], delay: 10m}
    repeat: 1
    fallback: ["person:cy"]
    fallback_every: 5m
    ack_timeout: 1h
    page_hours: {P2: berlin-office}
"""
PEOPLE = """
people:
  ana:
    name: Ana
    jira_accounts: ["5b10ac8d82e05b22cc7d4ef5"]
    contact_methods: [{gateway: smtp, address: ana@vendor.example}, {gateway: console}]
  ben: {name: Ben, contact_methods: [{gateway: smtp, address: ben@vendor.example}]}
  cy: {name: Cy, contact_methods: [{gateway: console}]}
  nora: {name: Nora}
"""
#: Nobody acts for so long: every hold, snooze and acknowledgement is over by then, and a step is due.
LONGEST = timedelta(days=1) + timedelta(days=4)

numbers = st.integers(1, 6)
spans = st.sampled_from([timedelta(seconds=1), timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=1)])


class Moody(Sink):
    """A gateway that is up, or fails in one of its ways."""

    mood: str = "up"

    def send(self, message: Message) -> Outcome:
        delivered = super().send(message)
        return {"up": delivered, "busy": Retry("busy"), "gone": Rejected("gone")}[self.mood]


@cache
def empty() -> Path:
    """A database with the schema, from which each run's own is copied."""
    path = Path(mkdtemp(prefix="triage-empty-")) / "empty.db"
    database = Database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


class Incidents(RuleBasedStateMachine):
    """People and providers at their worst."""

    @initialize()
    def begin(self) -> None:
        self.folder = Path(mkdtemp(prefix="triage-machine-"))
        shutil.copy(empty(), self.folder / "triage.db")
        self.database = Database(f"sqlite:///{self.folder}/triage.db")
        files = {**documents.read_folder(CONFIG), "escalation.yaml": POLICY, "people.yaml": PEOPLE}
        routes = "".join(f"\n    {priority}: around-the-clock" for priority in ("P0", "P1", "P2"))
        files["service.yaml"] = files["service.yaml"].replace("\n    P0: around-the-clock", routes)
        self.gateways = [Moody("smtp"), Moody("console")]
        self.story = Story(self.database, files, gateways=list(self.gateways))
        self.issues: list[Any] = []

    def teardown(self) -> None:
        if hasattr(self, "database"):
            self.silence_ends_in_a_page()
            self.database.close()
            shutil.rmtree(self.folder)

    def act(self, do: Callable[[Work], object]) -> None:
        """What cannot be done is refused, and changes nothing."""
        try:
            with self.database.write() as conn:
                do(self.story.context.work(conn, self.story.now))
        except NotPossible:
            return
        self.story.settle()

    @rule(priority=st.sampled_from(["P0", "P0", "P1", "P2"]), organization=st.sampled_from(["1", "1", "2", "9"]))
    def report(self, priority: str, organization: str) -> None:
        given = {"production": "yes", "workaround": "none"} if priority == "P0" else {}
        self.story.now += timedelta(seconds=1)
        self.issues.append(self.story.created(priority=priority, organization=organization, **given))

    @precondition(lambda self: self.issues)
    @rule(data=st.data(), status=st.sampled_from(["Resolved", "Open"]))
    def move(self, data: st.DataObject, status: str) -> None:
        issue = data.draw(st.sampled_from(self.issues))
        self.story.now += timedelta(seconds=1)
        self.story.receive(issue.change(self.story.now, "status", status))

    @precondition(lambda self: self.issues)
    @rule(data=st.data(), priority=st.sampled_from(["P0", "P1", "P2", "P3"]))
    def judge(self, data: st.DataObject, priority: str) -> None:
        issue = data.draw(st.sampled_from(self.issues))
        self.story.now += timedelta(seconds=1)
        self.story.receive(issue.change(self.story.now, "priority", priority, ANA))

    @rule(number=numbers, who=st.sampled_from(["ana", "cy", "lead"]))
    def acknowledge(self, number: int, who: str) -> None:
        self.act(lambda work: respond.acknowledge_incident(work.conn, work.context, number, who, work.now))

    @rule(number=numbers)
    def resolve(self, number: int) -> None:
        self.act(lambda work: respond.resolve_incident(work.conn, work.context, number, "lead", "done", work.now))

    @rule(number=numbers, to=st.sampled_from(["ana", "ben", "nora", "nobody"]))
    def reassign(self, number: int, to: str) -> None:
        self.act(lambda work: hand_over.reassign(work, number, to, "lead", "dashboard"))

    @rule(number=numbers)
    def escalate(self, number: int) -> None:
        self.act(lambda work: hand_over.escalate_now(work, number, "lead", "dashboard"))

    @rule(number=numbers, span=spans)
    def snooze(self, number: int, span: timedelta) -> None:
        self.act(lambda work: hand_over.snooze(work, number, span, "lead", "dashboard"))

    @rule(number=numbers, into=numbers)
    def merge(self, number: int, into: int) -> None:
        self.act(lambda work: regroup.merge(work, number, into, "lead", "dashboard"))

    @rule(number=numbers, ticket=numbers)
    def split(self, number: int, ticket: int) -> None:
        self.act(lambda work: regroup.split(work, number, ticket, "lead", "dashboard"))

    @rule(customer=st.sampled_from([None, "acme"]), span=spans)
    def plan(self, customer: str | None, span: timedelta) -> None:
        now = self.story.now
        self.act(lambda work: maintain.add_window(work, Window(now, now + span, "disks", customer), "lead"))

    @rule(number=numbers)
    def end(self, number: int) -> None:
        self.act(lambda work: maintain.end_window(work, number, "lead"))

    @rule(gateway=st.sampled_from([0, 1]), mood=st.sampled_from(["up", "busy", "gone"]))
    def change_mood(self, gateway: int, mood: str) -> None:
        self.gateways[gateway].mood = mood

    @rule(span=spans)
    def wait(self, span: timedelta) -> None:
        self.story.advance(seconds=span.total_seconds())

    @invariant()
    def something_is_armed_for_every_open_incident(self) -> None:
        if not hasattr(self, "database"):
            return
        wanted = {IncidentState.TRIGGERED: TimerKind.ESCALATE, IncidentState.ACKNOWLEDGED: TimerKind.ACK_EXPIRES}
        with self.database.read() as conn:
            armed = set(conn.scalars(sa.select(timers.c.key)))
            for row in conn.execute(sa.select(incidents.c.id, incidents.c.state)):
                for state, kind in wanted.items():
                    assert (f"{kind}/{row.id}" in armed) is (row.state == state), (row.id, row.state, armed)

    @invariant()
    def every_page_has_a_key_of_its_own_and_only_open_incidents_have_open_pages(self) -> None:
        if not hasattr(self, "database"):
            return
        with self.database.read() as conn:
            keys = conn.execute(sa.select(outbox.c.key, outbox.c.page_id).where(outbox.c.page_id.is_not(None)))
            assert all(key == page_id for key, page_id in keys)
            left = sa.select(pages.c.id).join(incidents, incidents.c.id == pages.c.incident_id)
            over = pages.c.state == "open", incidents.c.state != IncidentState.TRIGGERED
            assert conn.execute(left.where(*over)).all() == []

    def silence_ends_in_a_page(self) -> None:
        """Nobody acts any more: whatever is open pages again."""
        since = self.story.now
        with self.database.read() as conn:
            still = sa.select(incidents.c.id).where(incidents.c.state != IncidentState.RESOLVED)
            waiting = set(conn.scalars(still))
        while waiting and self.story.now < since + LONGEST:
            self.story.advance(hours=1)
            with self.database.read() as conn:
                paged = sa.select(pages.c.incident_id).where(pages.c.paged_at > since)
                waiting -= set(conn.scalars(paged))
        assert not waiting, f"these sleep: {waiting}"


TestIncidents = Incidents.TestCase
TestIncidents.settings = settings(
    max_examples=30,
    stateful_step_count=15,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)
