"""People, their providers behind fault proxies, and the service between them, in simulated time.

The service, its gateways, the proxies and the servers are real; the clock is turned by hand, so that a connection
takes no time: a provider that hangs costs the gateway's short deadline, and no simulated second.
"""

from __future__ import annotations

import heapq
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Self

from tests.chaos.providers import ADDRESSES, METHODS, PROVIDERS, Providers, gateways
from tests.chaos.weather import Weather
from tests.scenario.harness import CONFIG, START, Story
from triage import documents
from triage.engine import respond
from triage.ports import Gateway, Message, Outcome
from triage.store import incidents
from triage.store.db import Database

#: Seconds for which a gateway waits.
PATIENCE = 0.15
STEPS = 2
STEP = timedelta(minutes=5)
#: All steps of the policy once.
ROUND = STEPS * STEP
FALLBACK_EVERY = timedelta(minutes=5)

#: The fallback is everybody, so that every channel gets a fresh page in every round.
POLICY = """
escalation_policies:
  around-the-clock:
    steps:
      - {targets: ["person:ana"], delay: 5m}
      - {targets: ["person:ben", "person:cy"], delay: 5m}
    repeat: 1
    fallback: ["person:ana", "person:ben", "person:cy"]
    fallback_every: 5m
    group_window: 0s
"""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A message that a provider has taken: when, for whom, under which key, and for which page its link stands."""

    at: datetime
    person: str
    key: str
    link: str
    subject: str


@dataclass(frozen=True, slots=True)
class Crew:
    """How people behave in one incident: who wakes up at all, after how long, and what they do then."""

    awake: frozenset[str]
    delay: timedelta
    act: str

    @classmethod
    def of(cls, seed: str) -> Self:
        chance = random.Random(seed)
        awake = [person for person in METHODS if chance.random() < 0.6] or [chance.choice(list(METHODS))]
        # Some answer while the provider still talks to us; nobody needs a whole round.
        delay = chance.choice([timedelta(0), timedelta(seconds=chance.randint(5, 540))])
        return cls(frozenset(awake), delay, chance.choice(["link", "link", "dashboard", "resolve"]))


class UnderWeather:
    """A gateway whose providers meet the weather of the moment at which it sends; time stands still meanwhile."""

    def __init__(self, gateway: Gateway, providers: Providers, turn: Callable[[], None]) -> None:
        self.name = gateway.name
        self._gateway = gateway
        self._providers = providers
        self._turn = turn

    def send(self, message: Message) -> Outcome:
        self._turn()
        outcome = self._gateway.send(message)
        self._providers.wait_until_idle()
        return outcome


class World(Story):
    """One seeded run: P0 tickets in bad weather, which ends with every provider mended, or broken for good."""

    def __init__(self, database: Database, seed: int, tickets: int, *, mended: bool) -> None:
        chance = random.Random(seed)
        self.seed = seed
        self.receipts: list[Receipt] = []
        self._reached: set[int] = set()
        self._agenda: list[tuple[datetime, int, Callable[[], object]]] = []
        self._count = count()
        self._providers = Providers(self._take, PATIENCE)
        settled_at = START + timedelta(minutes=80 if mended else 35)
        self.ends_at = settled_at + timedelta(minutes=25)
        self.weather = {name: Weather(f"{seed}/{name}", START, settled_at, mended=mended) for name in PROVIDERS}
        ways = gateways(self._providers, lambda: self.now, PATIENCE)
        under_weather = [UnderWeather(way, self._providers, self._turn) for way in ways]
        super().__init__(database, self._files(), gateways=under_weather)
        # Some are opened after all has broken. An issue's number is the second in which it is made.
        for second in chance.sample(range(45 * 60), tickets):
            self._plan(START + timedelta(seconds=second), self._open)

    def _files(self) -> dict[str, str]:
        files = documents.read_folder(CONFIG)
        lines = ["people:"]
        for person, methods in METHODS.items():
            lines += [f"  {person}:", f"    name: {person}", "    contact_methods:"]
            for gateway, name in methods:
                address = ADDRESSES[gateway].format(port=self._providers.proxies[name].port, person=person)
                lines.append(f"      - {{gateway: {gateway}, address: '{address}', wait: 2m}}")
        files["people.yaml"] = "\n".join(lines)
        files["escalation.yaml"] = POLICY
        files["service.yaml"] = files["service.yaml"].replace('notices_to: ["schedule:primary"]', "notices_to: []")
        return files

    def _turn(self) -> None:
        for name, proxy in self._providers.proxies.items():
            proxy.fault = self.weather[name].fault(self.now)

    def crew(self, incident: int) -> Crew:
        return Crew.of(f"{self.seed}/{incident}")

    # What people do

    def _open(self) -> None:
        self.created(priority="P0", production="yes", workaround="none")

    def _take(self, person: str, key: str, subject: str, words: str) -> None:
        """A person's device shows a message; the first one who is awake will answer."""
        link = re.search(r"/ack/(\w+)", words)
        self.receipts.append(Receipt(self.now, person, key, link[1] if link else "", subject))
        with self.context.database.read() as conn:
            page = incidents.get_page(conn, key)
        if page is None or page.incident_id in self._reached:
            return
        crew = self.crew(page.incident_id)
        if person not in crew.awake:
            return
        self._reached.add(page.incident_id)
        if crew.delay:
            self._plan(self.now + crew.delay, lambda: self._answer(page.incident_id, key, person))
        else:
            self._answer(page.incident_id, key, person)

    def _answer(self, incident: int, page: str, person: str) -> None:
        with self.context.database.write() as conn:
            match self.crew(incident).act:
                case "link":
                    respond.acknowledge_page(conn, self.context, page, self.now)
                case "dashboard":
                    respond.acknowledge_incident(conn, self.context, incident, person, self.now)
                case _:
                    respond.resolve_incident(conn, self.context, incident, person, "mended", self.now)

    # Time

    def _plan(self, at: datetime, act: Callable[[], object]) -> None:
        heapq.heappush(self._agenda, (at, next(self._count), act))

    def next_due(self) -> datetime | None:
        """The same with what people are going to do."""
        due = [super().next_due(), *(at for at, _, _ in self._agenda[:1])]
        return min((at for at in due if at is not None), default=None)

    def settle(self) -> None:
        """The same after what people do now."""
        while self._agenda and self._agenda[0][0] <= self.now:
            _, _, act = heapq.heappop(self._agenda)
            act()
        super().settle()

    def play(self) -> None:
        """From the beginning to the end."""
        self.advance(seconds=(self.ends_at - self.now).total_seconds())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._providers.close()
