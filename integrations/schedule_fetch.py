"""What the sources of schedules that speak HTTP share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from integrations.http import Answer, Getter, settle
from triage.ports import Delivered, Retry, SourceError


def body_of(getter: Getter, url: str, headers: Mapping[str, str], most: int, now: Callable[[], datetime]) -> bytes:
    """The body of a good answer; raises SourceError, which names only the host."""
    answer = getter.get(url, headers, most)
    host = urlsplit(url).hostname
    if isinstance(answer, Answer):
        outcome = settle(answer.status, answer.headers, now())
        if isinstance(outcome, Delivered):
            return answer.body
        raise SourceError(f"{host} {outcome.reason}", outcome.after if isinstance(outcome, Retry) else None)
    raise SourceError(answer.reason, answer.after if isinstance(answer, Retry) else None)
