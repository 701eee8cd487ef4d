"""DKIM signatures, checked here. One proves a mail only to whom it was written, and only for some days."""

from __future__ import annotations

import binascii
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dkim
from dkim.util import InvalidTagValueList, parse_tag_value

from integrations.mail_addresses import mailboxes
from integrations.mail_dns import Budget, Unanswered
from triage.domain.mail import Check, Result
from triage.domain.mail_proof import AuthenticationRules

#: How many signatures of one mail are looked at.
MOST = 10
#: A signature that is older was made for another occasion; one from so far ahead was made by a wrong clock.
OLDEST, AHEAD = timedelta(days=3), timedelta(days=1)
#: RFC 8301: keys below 1,024 bits and SHA-1 prove nothing.
SMALLEST_KEY = 1024
ALGORITHMS = (b"rsa-sha256", b"ed25519-sha256")

_SILENT = logging.getLogger(f"{__name__}.dkimpy")
_SILENT.addHandler(logging.NullHandler())
_SILENT.propagate = False


class _Invalid(Exception):
    """The signature proves nothing; the text says why."""


Headers = list[tuple[bytes, bytes]]


def check_signatures(raw: bytes, rules: AuthenticationRules, ask: Budget, now: datetime) -> Iterator[Check]:
    """One check for each signature of the message."""
    try:
        message = dkim.DKIM(raw, logger=_SILENT, minkey=SMALLEST_KEY)
    except (dkim.DKIMException, ValueError, IndexError):
        return
    headers: Headers = message.headers
    signatures = [value for name, value in headers if name.lower() == b"dkim-signature"]
    for index, value in enumerate(signatures[:MOST]):
        domain = ""
        try:
            tags = parse_tag_value(value)
            domain = tags.get(b"d", b"").strip().decode("ascii", "replace").casefold()
            _must_prove_it_to_us(tags, headers, rules, now)
            yield Check("dkim", *_verify(message, index, ask), domain=domain)
        except (_Invalid, InvalidTagValueList, dkim.DKIMException) as error:
            yield Check("dkim", Result.PERMERROR, domain, str(error)[:200] or type(error).__name__)
        except Unanswered as error:
            yield Check("dkim", Result.TEMPERROR, domain, f"DNS does not answer ({error})")


def _verify(message: dkim.DKIM, index: int, ask: Budget) -> tuple[Result]:
    try:
        held = message.verify(index, dnsfunc=lambda name, timeout=5: _key(ask, name))
    except (binascii.Error, ValueError, KeyError, IndexError, TypeError, AttributeError, NameError) as error:
        raise _Invalid(f"the signature is malformed ({type(error).__name__})") from None
    return (Result.PASS if held else Result.FAIL,)


def _key(ask: Budget, name: bytes) -> bytes | None:
    values = ask.ask(name.decode("ascii", "replace"), "TXT")
    return values[0].encode("ascii", "surrogateescape") if values else None


def _must_prove_it_to_us(
    tags: dict[bytes, bytes], headers: Headers, rules: AuthenticationRules, now: datetime
) -> None:
    if tags.get(b"a", b"").strip().lower() not in ALGORITHMS:
        raise _Invalid("its algorithm is no longer trusted")
    if b"l" in tags:
        raise _Invalid("it covers a part of the body only")
    signed = [name.strip().lower() for name in tags.get(b"h", b"").split(b":")]
    present = [name.lower() for name, _ in headers]
    if present.count(b"from") != 1 or b"from" not in signed:
        raise _Invalid("it does not cover one From")
    _must_be_recent(tags, headers, now)
    for name in (b"to", b"cc"):
        values = [value.decode("utf-8", "surrogateescape") for key, value in headers if key.lower() == name]
        addressed = any(rules.is_ours(box.address) for box in mailboxes(values, []))
        if addressed and len(values) == 1 and name in signed:
            return
    raise _Invalid("it was written to somebody else: no signed To or Cc names one of our mailboxes")


def _must_be_recent(tags: dict[bytes, bytes], headers: Headers, now: datetime) -> None:
    if (ends := _instant(tags.get(b"x"))) is not None and ends < now:
        raise _Invalid("it has expired")
    made = _instant(tags.get(b"t"))
    if made is not None and made < now - OLDEST:
        raise _Invalid("it was made too long ago, perhaps for another occasion")
    if made is not None and made > now + AHEAD:
        raise _Invalid("it says that it was made in the future")


def _instant(value: bytes | None) -> datetime | None:
    digits = re.fullmatch(rb"\s*(\d{1,11})\s*", value or b"")
    return datetime.fromtimestamp(int(digits[1]), UTC) if digits else None
