"""PagerDuty's on-call as the source of a schedule: `GET /oncalls` of the REST API v2."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import urlencode

from integrations.http import Getter
from integrations.schedule_fetch import body_of
from triage.domain.schedule_source import Source, Turn
from triage.ports import SourceError

#: Entries of one page of an answer, the pages that are read, and the bytes of each.
LIMIT, PAGES, MOST_BYTES = 100, 50, 2 * 1024 * 1024


class PagerDutyOnCalls:
    """Who is on call by one schedule of a PagerDuty account.

    An entry stands there once for every escalation policy that uses the schedule; it is one turn. A user is known
    by id, mail address and name.
    """

    def __init__(self, getter: Getter, now: Callable[[], datetime]) -> None:
        self._getter = getter
        self._now = now

    def fetch_turns(self, source: Source, zone: tzinfo, start: datetime, end: datetime) -> Sequence[Turn]:
        """The turns between two instants; PagerDuty gives every time its offset, so that `zone` plays no part."""
        entries = (entry for page in self._pages(source, start, end) for entry in page)
        turns = (_turn(entry, start, end) for entry in entries if _is_of(entry, source.schedule))
        return list(dict.fromkeys(turn for turn in turns if turn.start < end and turn.end > start))

    def _pages(self, source: Source, start: datetime, end: datetime) -> Iterator[list[Any]]:
        headers = {
            "Accept": "application/vnd.pagerduty+json;version=2",
            "Authorization": f"Token token={source.token}",
        }
        for number in range(PAGES):
            asked = {
                "schedule_ids[]": source.schedule,
                "include[]": "users",
                "since": _text(start),
                "until": _text(end),
                "time_zone": "UTC",
                "limit": LIMIT,
                "offset": number * LIMIT,
            }
            url = f"{source.address}/oncalls?{urlencode(asked)}"
            page = _read(body_of(self._getter, url, headers, MOST_BYTES, self._now))
            yield page["oncalls"]
            if not page.get("more"):
                return
        raise SourceError(f"PagerDuty lists more than {PAGES * LIMIT:,} on-calls")


def _text(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read(body: bytes) -> Mapping[str, Any]:
    try:
        page = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise SourceError("PagerDuty sent no JSON") from error
    if not isinstance(page, dict) or not isinstance(page.get("oncalls"), list):
        raise SourceError("PagerDuty sent no list of on-calls")
    return page


def _is_of(entry: Any, schedule: str) -> bool:
    """Whether the entry is the schedule's; a user whom a policy names directly has none."""
    of = entry.get("schedule") if isinstance(entry, dict) else None
    return isinstance(of, dict) and of.get("id") == schedule


def _turn(entry: Mapping[str, Any], start: datetime, end: datetime) -> Turn:
    """An entry without a beginning or an end lasts as long as we look."""
    user = entry.get("user")
    if not isinstance(user, dict):
        raise SourceError("PagerDuty lists an on-call without a user")
    names = (user.get("id"), user.get("email"), user.get("name"), user.get("summary"))
    told = tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name))
    turn = Turn(_instant(entry.get("start"), start), _instant(entry.get("end"), end), told)
    if turn.start >= turn.end:
        raise SourceError("PagerDuty lists an on-call that ends before it starts")
    return turn


def _instant(text: Any, otherwise: datetime) -> datetime:
    if text is None:
        return otherwise
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (TypeError, ValueError, OverflowError) as error:
        raise SourceError(f"PagerDuty gives a time that cannot be read: {str(text)[:40]!r}") from error
    raise SourceError(f"PagerDuty gives a time without an offset: {text!r}")
