"""SPF (RFC 7208) for mail that hosts hand to our own listener: pyspf with a DNS of ours."""

from __future__ import annotations

from typing import Any

import spf

from integrations.mail_dns import Budget, Unanswered
from triage.domain.mail import Check, Envelope, Result

_RESULTS = {
    "pass": Result.PASS,
    "fail": Result.FAIL,
    "softfail": Result.FAIL,
    "neutral": Result.NONE,
    "none": Result.NONE,
    "temperror": Result.TEMPERROR,
    "permerror": Result.PERMERROR,
}


class _Query(spf.query):  # type: ignore[misc]
    """pyspf's evaluation; only where it asks DNS is ours."""

    def __init__(self, ask: Budget, **about: Any) -> None:
        super().__init__(**about)
        self._ask = ask

    def dns(self, name: str, qtype: str, cnames: Any = None, ignore_void: bool = False) -> list[Any]:
        try:
            values = self._ask.ask(str(name), qtype)
        except Unanswered as error:
            raise spf.TempError(f"DNS does not answer ({error})") from None
        if not values and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError(f"more than {spf.MAX_VOID_LOOKUPS} lookups found nothing")
        return [_as_pyspf(value, qtype) for value in values]


def _as_pyspf(value: str, qtype: str) -> Any:
    match qtype:
        case "TXT" | "SPF":
            return (value.encode("ascii", "surrogateescape"),)
        case "MX":
            preference, _, host = value.partition(" ")
            return int(preference), host
        case _:
            return value


def check_sender(envelope: Envelope, ask: Budget) -> Check:
    """Whether the host may send for the domain of MAIL FROM; for a bounce, which names nobody, for its HELO."""
    sender = envelope.sender or ""
    domain = sender.rpartition("@")[2].casefold() if sender else envelope.helo.casefold()
    try:
        query = _Query(ask, i=envelope.peer, s=sender, h=envelope.helo or "unknown", querytime=0)
        result, _, why = query.check()
    except (ValueError, UnicodeError, IndexError, TypeError, AssertionError, spf.AmbiguityWarning) as error:
        return Check("spf", Result.PERMERROR, domain, f"it cannot be evaluated ({type(error).__name__})")
    reason = "" if result in ("pass", "none") else f"{result}: {why}".strip(": ")[:200]
    return Check("spf", _RESULTS.get(result, Result.PERMERROR), domain, reason)
