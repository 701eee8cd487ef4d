"""The real resolver against a DNS server on loopback."""

from __future__ import annotations

import socket

import pytest

from integrations.mail_dns import Budget, Resolver, Unanswered
from tests.dns_server import dns_server
from tests.mail_zone import Zone


def test_values_of_each_kind_and_of_nothing() -> None:
    zone = Zone()
    long = "v=DKIM1; k=rsa; p=" + "A" * 400
    zone.publish("s._domainkey.acme.example", "TXT", long)
    zone.publish("acme.example", "MX", "10 mx1.acme.example.")
    zone.publish("mx1.acme.example", "A", "192.0.2.1", "192.0.2.2")
    with dns_server(zone) as server:
        resolver = Resolver([server])
        assert resolver.ask("s._domainkey.acme.example", "TXT", 5) == [long]
        assert resolver.ask("acme.example", "MX", 5) == ["10 mx1.acme.example"]
        assert sorted(resolver.ask("mx1.acme.example", "A", 5)) == ["192.0.2.1", "192.0.2.2"]
        assert resolver.ask("nobody.example", "TXT", 5) == []
        for name in ("", "a..b", "x" * 70 + ".example", "\udcff.example"):
            assert resolver.ask(name, "TXT", 5) == []


def test_a_server_that_fails_or_is_silent_is_no_answer() -> None:
    zone = Zone(fails=True)
    with dns_server(zone) as server, pytest.raises(Unanswered):
        Resolver([server]).ask("acme.example", "TXT", 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        with pytest.raises(Unanswered):
            Resolver([f"127.0.0.1:{silent.getsockname()[1]}"]).ask("acme.example", "TXT", 0.3)


def test_one_mail_asks_so_much_and_no_more() -> None:
    zone = Zone()
    ask = Budget(zone, most=3)
    for name in ("a.example", "A.example.", "b.example", "c.example"):
        assert ask.ask(name, "TXT") == []
    assert len(zone.asked) == 3
    with pytest.raises(Unanswered):
        ask.ask("d.example", "TXT")
    with pytest.raises(Unanswered):
        Budget(zone, seconds=0).ask("a.example", "TXT")
