"""`Authentication-Results` headers (RFC 8601) that a server of ours has written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import authres

from triage.domain.mail import Check, Result

_METHODS = ("dkim", "spf", "dmarc")


def read_results(values: Sequence[str], trusted: frozenset[str]) -> Iterator[Check]:
    """What the topmost header of each trusted server says; those below it may have been there when the mail came."""
    seen: set[str] = set()
    for value in values:
        header = _parsed(value)
        name = str(header.authserv_id or "").casefold() if header else ""
        if header is None or name not in trusted or name in seen:
            continue
        seen.add(name)
        for result in header.results or ():
            if result.method in _METHODS:
                yield Check(
                    result.method, _result(result.result), _domain(result), str(result.reason or "")[:200], name
                )


def _parsed(value: str) -> authres.AuthenticationResultsHeader | None:
    try:
        return authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {' '.join(value.split())}")
    except (authres.AuthResError, ValueError, IndexError, AttributeError, TypeError, RecursionError):
        return None  # nobody can say what it says, so it says nothing


def _result(word: str) -> Result:
    return Result(word) if word in set(Result) else Result.FAIL


def _domain(result: authres.AuthenticationResult) -> str:
    """The domain that the result speaks for: header.d or header.i of DKIM, MAIL FROM of SPF, From of DMARC."""
    wanted = {"dkim": ("d", "i"), "spf": ("mailfrom", "helo"), "dmarc": ("from",)}[result.method]
    told = {prop.name: str(prop.value or "") for prop in result.properties}
    value = next((told[name] for name in wanted if told.get(name)), "")
    return value.rpartition("@")[2].strip().casefold()
