"""What each fault of the proxy does to each gateway, and whether the server has the message all the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.chaos.fault_proxy import Fault, Kind
from tests.chaos.providers import ADDRESSES, Providers, gateways
from tests.scenario.harness import START
from triage.ports import Delivered, Message, Outcome, Rejected, Retry

#: The outcome, and whether the server took the message.
MEANING: dict[Kind, tuple[type[Outcome], bool]] = {
    Kind.NONE: (Delivered, True),
    Kind.REFUSE: (Retry, False),
    Kind.HANG: (Retry, False),
    Kind.ERROR: (Retry, False),
    Kind.THROTTLE: (Retry, False),
    Kind.THROTTLE_UNTIL: (Retry, False),
    Kind.REJECT: (Rejected, False),
    Kind.RESET: (Retry, True),
    Kind.DRIP: (Retry, True),
    Kind.CRASH: (Retry, True),
}
WAYS = {"webhook": "hook-a", "apprise": "chat-b", "smtp": "mail"}


class Shown:
    """The keys that devices show, in the order of their arrival."""

    def __init__(self) -> None:
        self.keys: list[str] = []
        self.providers = Providers(self._take, patience=1)

    def _take(self, _person: str, key: str, _subject: str, _words: str) -> None:
        self.keys.append(key)

    def send(self, name: str, key: str, patience: float) -> Outcome:
        gateway = next(way for way in gateways(self.providers, lambda: START, patience) if way.name == name)
        address = ADDRESSES[name].format(port=self.providers.proxies[WAYS[name]].port, person="ana")
        return gateway.send(Message(key, address, "P0", "Checkout fails"))


@pytest.fixture(scope="module")
def shown() -> Iterator[Shown]:
    devices = Shown()
    yield devices
    devices.providers.close()


@pytest.mark.usefixtures("apprise_is_loaded")
@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("way", WAYS)
def test_every_fault_means_the_same_to_every_gateway(shown: Shown, way: str, kind: Kind) -> None:
    expected, taken = MEANING[kind]
    proxy, key = shown.providers.proxies[WAYS[way]], f"{way}/{kind.name}"
    proxy.fault = Fault(kind, 7)
    outcome = shown.send(way, key, patience=1 if kind in (Kind.HANG, Kind.DRIP) else 20)
    assert isinstance(outcome, expected), outcome
    assert shown.keys.count(key) == taken
    if way == "webhook" and kind is Kind.THROTTLE_UNTIL:
        assert isinstance(outcome, Retry)
        assert outcome.after == timedelta(seconds=7)
    proxy.fault = Fault()
    assert isinstance(shown.send(way, "mended", patience=20), Delivered)
