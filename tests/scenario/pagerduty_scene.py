"""A story in which ana and cy are paged over PagerDuty: `begin()`, `scene.take()`, `scene.call_back()`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from integrations.http import Poster
from integrations.pagerduty import PagerDutyGateway
from tests.contract.site import Site, site_over
from tests.pagerduty_double import PagerDutyDouble
from tests.scenario.harness import CONFIG, Sink, Story
from triage import documents
from triage.engine import respond
from triage.store.db import Database
from triage.store.tables import inbox

PEOPLE = """
people:
  ana:
    name: Ana Example
    jira_accounts: ["5b10ac8d82e05b22cc7d4ef5"]
    pagerduty_users: [PANA]
    contact_methods:
      - {gateway: pagerduty, address: "env:TRIAGE_SECRET_ANA_PD", wait: 10m}
      - {gateway: console}
  ben: {name: Ben Example, pagerduty_users: [PBEN], contact_methods: [{gateway: console}]}
  cy:
    name: Cy Example
    contact_methods: [{gateway: pagerduty, address: "env:TRIAGE_SECRET_CY_PD"}]
"""
SECRETS = {"TRIAGE_SECRET_ANA_PD": "a" * 32, "TRIAGE_SECRET_CY_PD": "c" * 32}
P0 = {"priority": "P0", "production": "yes", "workaround": "none"}


@dataclass
class Scene:
    """The service, PagerDuty, and the console as another way to people."""

    story: Story
    pagerduty: PagerDutyDouble
    console: Sink
    site: Site

    def call_back(self) -> None:
        """PagerDuty delivers its webhooks, and those that follow from them, until it has nothing to tell any more."""
        self.story.settle()
        for _ in range(100):
            if not self.pagerduty.webhooks:
                return
            assert self.site.tell(self.pagerduty.webhooks.pop(0)) == 202
            self.story.settle()
        raise AssertionError("the two tell each other the same for ever")

    def reasons(self) -> list[str]:
        """Why nothing followed from what PagerDuty told last, the newest first."""
        told = sa.select(inbox.c.reason).where(inbox.c.source == "pagerduty").order_by(inbox.c.id.desc())
        with self.story.context.database.read() as conn:
            return list(conn.scalars(told))

    @property
    def keys(self) -> list[str]:
        """The keys of the pages, in the order in which they were opened."""
        return [row["id"] for row in self.story.pages()]

    @property
    def now(self) -> datetime:
        return self.story.now

    def take(self, page: int = -1) -> None:
        """The responder touches the page's acknowledge link."""
        with self.story.context.database.write() as conn:
            respond.acknowledge_page(conn, self.story.context, self.keys[page], self.now)

    def resolve(self) -> None:
        """Somebody resolves the incident on the dashboard."""
        with self.story.context.database.write() as conn:
            respond.resolve_incident(conn, self.story.context, 1, "lead", "", self.now)


@contextmanager
def scenes(database: Database) -> Iterator[Callable[..., Scene]]:
    """What begins a scene; its `edits` change words of the configuration."""
    with ExitStack() as running:
        yield lambda **edits: _begin(database, running, edits)


def _begin(database: Database, running: ExitStack, edits: dict[str, tuple[str, str]]) -> Scene:
    double, console = running.enter_context(PagerDutyDouble(lambda: story.now)), Sink()
    poster = Poster(deadline=20, allowed_hosts=frozenset({"127.0.0.1"}))
    gateway = PagerDutyGateway(
        poster, lambda: story.now, client_url="http://localhost/incidents", events_url=double.url
    )
    files = {**documents.read_folder(CONFIG), "people.yaml": PEOPLE}
    for name, (old, new) in edits.items():
        assert old in files[f"{name}.yaml"]
        files[f"{name}.yaml"] = files[f"{name}.yaml"].replace(old, new)
    story = Story(database, files, gateways=[gateway, console], secrets=SECRETS)
    return Scene(story, double, console, site_over(story))
