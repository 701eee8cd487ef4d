"""DNS as checks of mail need it: a few questions for each mail, within a few seconds, and no more."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, Protocol

import dns.exception
import dns.name
import dns.resolver


class Unanswered(Exception):
    """No server has answered in time: nobody knows what the answer would have been."""


class Dns(Protocol):
    """Answers questions. Raises Unanswered; what does not exist has no values."""

    def ask(self, name: str, kind: str, timeout: float) -> list[str]:
        """The values of a name: of TXT the whole text (bytes beyond ASCII as surrogates), of MX `preference host`."""
        ...


class Resolver:
    """Asks DNS servers, by default those of the system; `servers` are addresses, or `address:port`."""

    def __init__(self, servers: Sequence[str] = ()) -> None:
        self._servers = servers
        self._resolver: dns.resolver.Resolver | None = None

    def ask(self, name: str, kind: str, timeout: float) -> list[str]:
        try:
            answer = self._made().resolve(name, kind, lifetime=timeout, raise_on_no_answer=False, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.YXDOMAIN):
            return []
        except (
            dns.exception.Timeout,
            dns.resolver.NoNameservers,
            dns.resolver.NoResolverConfiguration,
            OSError,
        ) as error:
            raise Unanswered(type(error).__name__) from None
        except (dns.exception.DNSException, UnicodeError, ValueError):  # no name that anybody could have
            return []
        values = answer.rrset or ()
        return [_text(value) if kind == "TXT" else value.to_text(omit_final_dot=True) for value in values]

    def _made(self) -> dns.resolver.Resolver:
        if self._resolver is None:
            resolver = dns.resolver.Resolver(configure=not self._servers)
            resolver.cache = dns.resolver.LRUCache(1000)
            if self._servers:
                pairs = [
                    server.rpartition(":") if server.count(":") == 1 else (server, "", "53")
                    for server in self._servers
                ]
                resolver.nameservers = [host for host, _, _ in pairs]
                resolver.nameserver_ports = {host: int(port) for host, _, port in pairs}
            self._resolver = resolver
        return self._resolver


def _text(value: Any) -> str:
    return b"".join(value.strings).decode("ascii", "surrogateescape")


class Budget:
    """What one mail may cost: `seconds` in all, and `most` questions. What was answered is not asked again."""

    def __init__(self, source: Dns, seconds: float = 5.0, most: int = 40) -> None:
        self._source = source
        self._ends = time.monotonic() + seconds
        self._left = most
        self._known: dict[tuple[str, str], list[str]] = {}

    def ask(self, name: str, kind: str) -> list[str]:
        """The values of a name. Raises Unanswered, also where the mail has used up what it may cost."""
        key = (name.casefold().rstrip("."), kind)
        if key not in self._known:
            left = self._ends - time.monotonic()
            if self._left <= 0 or left <= 0:
                raise Unanswered("the mail wants to know too much" if left > 0 else "the time for this mail is over")
            self._left -= 1
            self._known[key] = self._source.ask(key[0], kind, left)
        return self._known[key]
