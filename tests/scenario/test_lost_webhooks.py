"""Webhooks that are lost, doubled, late and out of order leave what a perfect run leaves, once the sweep has run.

`TRIAGE_TEST_ISSUES=300 python -m pytest tests/scenario/test_lost_webhooks.py` runs it at full size.
"""

from __future__ import annotations

import heapq
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy as sa

from integrations.jira_client import JiraClient
from tests.jira_double import JiraDouble
from tests.jira_double.faults import Weather
from tests.jira_events import ORGANIZATIONS, PRODUCTION, WORKAROUND
from tests.scenario.harness import CONFIG, START, Story
from triage import documents
from triage.domain.clocks import Clock
from triage.domain.escalation import IncidentState
from triage.domain.ticket import FactKind
from triage.engine.fold import fold
from triage.store.db import Database
from triage.store.tables import facts, incident_tickets, incidents, pages, tickets

ISSUES = int(os.environ.get("TRIAGE_TEST_ISSUES", "40"))
EVENTS = 10
#: The customers' day, and the time that Jira is given to retry and the sweeps to find the rest.
DAY, REST = timedelta(hours=6), timedelta(hours=2)
AGENTS, CUSTOMERS = ("ana", "ben"), ("dora", "emil")
NAMES = {"P0": "Highest", "P1": "High", "P2": "Medium"}
STATUSES = ("In progress", "Waiting for customer", "Open")

#: What people do in Jira, some of it more often.
DEEDS = ["reply", "reply", "internal", "comment", "comment", "status", "status", "priority", "raise", "production"]
DEEDS += ["workaround", "organization", "assignee", "description", "resolve", "edit", "move"]

#: How a fact reached us and which row it is; Jira itself forgets the first words of a comment that was edited.
ACCIDENTAL = {"id", "ticket_id", "received_at", "folded_at", "measured_at", "origin", "instance"}


def files() -> dict[str, str]:
    found = documents.read_folder(CONFIG)
    accounts = {role: ", ".join(f'"712020:{name}"' for name in names) for role, names in ROLES.items()}
    jira = found["jira.yaml"].replace("agents: {types: [atlassian]", f"agents: {{accounts: [{accounts['agents']}]")
    found["jira.yaml"] = jira.replace("customers: {types", f"customers: {{accounts: [{accounts['customers']}], types")
    return found


ROLES = {"agents": AGENTS, "customers": CUSTOMERS}


@dataclass(frozen=True)
class Mutation:
    """What somebody does in Jira at an instant; the same for the same seed."""

    at: datetime
    issue: str
    what: str
    who: str
    value: Any = None


def script(seed: int) -> list[Mutation]:
    """Everything that happens to every issue, in order; no two things at the same instant."""
    rolls = random.Random(seed)
    instants = sorted(rolls.sample(range(int(DAY.total_seconds())), ISSUES * EVENTS))
    left = {str(10001 + number): EVENTS for number in range(ISSUES)}
    found = []
    for second in instants:
        issue = rolls.choice([name for name, events in left.items() if events])
        first = left[issue] == EVENTS
        left[issue] -= 1
        found.append(_mutation(rolls, START + timedelta(seconds=second), issue, first=first))
    return found


def _mutation(rolls: random.Random, at: datetime, issue: str, *, first: bool) -> Mutation:
    customer, agent = rolls.choice(CUSTOMERS), rolls.choice(AGENTS)
    if first:
        filled = {
            "priority": rolls.choice(list(NAMES)),
            PRODUCTION: rolls.choice(["Yes", "No", None]),
            WORKAROUND: rolls.choice(["None", "Yes, there is one", None]),
            ORGANIZATIONS: rolls.choice(["1", "2"]),
        }
        return Mutation(at, issue, "create", customer, filled)
    what = rolls.choice(DEEDS)
    value = {
        "status": rolls.choice(STATUSES),
        "priority": rolls.choice(list(NAMES)),
        "raise": rolls.choice(list(NAMES)),
        "production": rolls.choice(["Yes", "No"]),
        "workaround": rolls.choice(["None", "Yes, there is one"]),
        "organization": rolls.choice(["1", "2"]),
    }.get(what, f"{what} at {at:%H:%M:%S}")
    who = agent if what in ("reply", "internal", "priority", "resolve") else customer
    return Mutation(at, issue, what, who, value)


def carry_out(jira: JiraDouble, step: Mutation) -> None:
    """Do in Jira what the step says."""
    issue, who, value = step.issue, step.who, step.value
    match step.what:
        case "create":
            jira.add_issue(issue, f"SUP-{issue}", _fields(jira, value), author=who)
        case "reply" | "comment" | "internal":
            jira.add_comment(issue, value, author=who, public=step.what != "internal")
        case "edit":
            known = jira.find(issue)
            fresh = [one for one in known.comments if one["created"] == one["updated"]] if known else []
            if fresh:
                jira.edit_comment(issue, fresh[-1]["id"], value, author=who)
        case "status":
            jira.set_fields(issue, {"status": jira.named("status", value), "resolution": None}, who)
        case "resolve":
            jira.resolve(issue, who)
        case "priority" | "raise":
            jira.set_fields(issue, {"priority": jira.named("priority", NAMES[value])}, who)
        case "move":
            jira.move(issue, f"HELP-{issue}" if jira.find(f"SUP-{issue}") else f"SUP-{issue}", who)
        case "assignee" | "description":
            jira.set_fields(issue, {step.what: jira.user("ana") if step.what == "assignee" else value}, who)
        case _:
            field_id = {"production": PRODUCTION, "workaround": WORKAROUND, "organization": ORGANIZATIONS}[step.what]
            jira.set_fields(issue, {field_id: _field(jira, field_id, value)}, who)


def _fields(jira: JiraDouble, filled: dict[str, Any]) -> dict[str, Any]:
    fields = {name: _field(jira, name, value) for name, value in filled.items() if name != "priority"}
    return fields | {"priority": jira.named("priority", NAMES[filled["priority"]])}


def _field(jira: JiraDouble, field_id: str, value: str | None) -> Any:
    if field_id == ORGANIZATIONS:
        return [{"id": value, "name": f"Organisation {value}"}]
    return {"id": jira.named(field_id, value)["id"] + field_id[-2:], "value": value} if value else None


@dataclass
class Post:
    """What lies between Jira and us: it loses, doubles and delays, or it is perfect."""

    story: Story
    rolls: random.Random | None = None
    _waiting: list[tuple[datetime, int, bytes]] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=count)

    def take(self, body: bytes) -> None:
        """Jira sends a body."""
        copies, late = 1, timedelta(0)
        if self.rolls is not None:
            fate = self.rolls.random()
            copies = 0 if fate < 0.1 else 2 if fate < 0.2 else 1
        for _ in range(copies):
            if self.rolls is not None:
                late = timedelta(seconds=self.rolls.choice([0, 1, 30, self.rolls.uniform(0, 1800)]))
            heapq.heappush(self._waiting, (self.story.now + late, next(self._numbers), body))

    def deliver(self, until: datetime) -> None:
        """Hand over what is due until then, each at its time."""
        while self._waiting and self._waiting[0][0] <= until:
            at, _, body = heapq.heappop(self._waiting)
            self.story.advance(seconds=max(0.0, (at - self.story.now).total_seconds()))
            self.story.receive(body)
        self.story.advance(seconds=(until - self.story.now).total_seconds())


def run(database: Database, seed: int, *, perfect: bool, cloud: bool) -> Story:
    """The whole day and the rest after it, over a Jira of its own."""
    with JiraDouble(cloud=cloud) as jira:
        client = JiraClient(jira.url, "token", lambda: story.now, user="triage@vendor.example")
        story = Story(database, files(), sources={client.instance: client})
        post = Post(story, None if perfect else random.Random(seed))
        jira.now, jira.on_event = lambda: story.now, post.take
        jira.weather = None if perfect else Weather(seed, 0.05)
        for step in script(seed):
            post.deliver(step.at)
            carry_out(jira, step)
        post.deliver(START + DAY + REST)
    return story


def state(story: Story) -> dict[str, Any]:
    """Facts, cycles and the current judgement of every ticket."""
    with story.context.database.read() as conn:
        config = story.context.configurations.current(conn)
        keys = {row.id: row.external_id for row in conn.execute(sa.select(tickets.c.id, tickets.c.external_id))}
        found: dict[str, Any] = {}
        for table in (tickets, facts):
            for row in conn.execute(sa.select(table)).mappings():
                name = f"{table.name} {keys[row.get('ticket_id') or row['id']]} {row['key']}"
                found[name] = {column: value for column, value in row.items() if column not in ACCIDENTAL}
        for ticket_id, issue in keys.items():
            folded = fold(conn, config, ticket_id, story.now)  # stored cycles are as of each ticket's last fold
            found[f"judged {issue}"] = {"judged": folded.judged}
            found |= {f"clocks {issue} {clock.metric} {clock.cycle}": _figures(clock) for clock in folded.clocks}
    for name in [name for name, row in found.items() if row.get("kind") == FactKind.COMMENT_EDITED]:
        comment = name.partition("/edited/")[0]
        found[comment]["texts"] = "(edited since)"
    return found


def _figures(clock: Clock) -> dict[str, Any]:
    """Everything about a cycle, down to each second of its receipt."""
    return {"clock": clock, "receipt": clock.receipt()}


@pytest.mark.timeout(600 + 20 * ISSUES)
@pytest.mark.parametrize("cloud", [True, False], ids=["cloud", "data center"])
def test_a_lossy_run_ends_as_a_perfect_one(database: Database, tmp_path: Any, cloud: bool) -> None:
    seed = 20261124
    other = Database(f"sqlite:///{tmp_path}/perfect.db")
    other.upgrade()
    perfect, lossy = run(other, seed, perfect=True, cloud=cloud), run(database, seed, perfect=False, cloud=cloud)
    expected, found = state(perfect), state(lossy)
    different = [name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)]
    assert [_difference(name, expected.get(name), found.get(name)) for name in sorted(different)[:5]] == []
    assert len([name for name in expected if name.startswith("tickets")]) == ISSUES
    assert paging(perfect) <= paged(lossy)
    assert paging(perfect), "no incident is open: the script tests nothing"
    with lossy.context.database.read() as conn:
        assert conn.scalar(sa.select(sa.func.count()).select_from(facts).where(facts.c.origin == "sweep"))
    other.close()


def _difference(name: str, expected: Any, found: Any) -> Any:
    """Where two of a name differ, for whoever reads the failure."""
    if expected is None or found is None:
        return name, expected, found
    return name, [(part, expected[part], found[part]) for part in expected if expected[part] != found[part]]


def paging(story: Story) -> set[str]:
    """The issues that an open incident holds."""
    with story.context.database.read() as conn:
        return {row["key"] for row in _held(conn) if row["state"] != IncidentState.RESOLVED}


def paged(story: Story) -> set[str]:
    """The issues for whose incident somebody was paged; lost webhooks may put an issue into another one."""
    with story.context.database.read() as conn:
        told = set(conn.scalars(sa.select(pages.c.incident_id)))
        return {row["key"] for row in _held(conn) if row["incident_id"] in told}


def _held(conn: sa.Connection) -> list[Any]:
    columns = incidents.c.id.label("incident_id"), incidents.c.state, tickets.c.key
    held = sa.select(*columns).join(incident_tickets, incident_tickets.c.incident_id == incidents.c.id)
    return list(conn.execute(held.join(tickets, tickets.c.id == incident_tickets.c.ticket_id)).mappings())
