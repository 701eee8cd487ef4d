"""Reading Jira's JSON without trusting it: whatever the type, a clean value or None comes back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: Numbers below this are seconds (until the year 5138), those above are milliseconds (since 1973).
_SECONDS_BELOW = 10**11

_NUMBERS_BELOW = 10**19
_NUMERIC_ID = re.compile(r"[1-9][0-9]{0,18}")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

#: Names, keys and option values are one line; what is longer is no name.
NAME_LIMIT = 255


def mapping(value: Any) -> Mapping[str, Any]:
    """The object itself, or an empty one for anything else."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> list[Any]:
    """The list itself, or an empty one for anything else."""
    return value if isinstance(value, list) else []


def clean(text: str) -> str:
    """The text without what databases refuse: NULs and halves of surrogate pairs."""
    return _UNSTORABLE.sub("\ufffd", text)


def name(value: Any) -> str:
    """A string or number as one short clean text; empty for anything else."""
    if isinstance(value, str):
        return clean(value[:NAME_LIMIT]).strip()
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) >= _NUMBERS_BELOW:
        return ""
    return str(value)


def numeric_id(value: Any) -> str:
    """An id as Jira gives out: digits, as text or number; empty for anything else."""
    text = name(value)
    return text if _NUMERIC_ID.fullmatch(text) else ""


def instant(value: Any) -> datetime | None:
    """A time as Jira writes it, in aware UTC and whole milliseconds; None if it is not told for certain.

    Taken are ISO 8601 with an offset (also without colon, `+0100`), milliseconds since 1970 as number or text,
    and the service desk API's objects that hold both. A local time without offset is not certain.
    """
    if isinstance(value, Mapping):
        return instant(value.get("epochMillis")) or _iso(value.get("iso8601"))
    text = name(value)
    if not text.isascii():
        return None
    return _since_epoch(int(text)) if text.isdigit() else _iso(text)


def _since_epoch(count: int) -> datetime | None:
    try:
        return EPOCH + (timedelta(seconds=count) if count < _SECONDS_BELOW else timedelta(milliseconds=count))
    except OverflowError:
        return None


def _iso(value: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(name(value))
        if moment.tzinfo is None:
            return None
        moment = moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def stamp(moment: datetime) -> str:
    """An instant as it stands in a fact's key."""
    return moment.isoformat(timespec="milliseconds")
