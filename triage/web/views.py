"""How times, clocks and words are shown: the filters of the templates."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from flask import Flask

from triage.domain.explain import FLAGS, REASONS, in_words, until
from triage.engine.messages import METRICS

#: How much of a text is shown before the rest is left to Jira.
SHOWN = 4000


def shorten(text: str, most: int = SHOWN) -> str:
    """The text without control characters, cut with a note where it is too long to read here."""
    clean = "".join(char for char in text[:most] if char in "\n\t" or unicodedata.category(char) != "Cc")
    return clean if len(text) <= most else f"{clean}… ({len(text):,} characters in all)"


def instant(at: datetime | None) -> str:
    """`2026-11-23 09:15:40` in UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%S") if at else "–"


def seconds(count: int | None) -> str:
    """A number of seconds in words."""
    return "–" if count is None else in_words(timedelta(seconds=count))


def urgency(clock: Mapping[str, Any], now: datetime) -> str:
    """How a clock is coloured: `breached`, `close` (less than a quarter is left), `ok`, or `still`."""
    if clock["breached_at"]:
        return "breached"
    if clock["stopped_at"] or clock["due_at"] is None:
        return "still"
    if clock["due_at"] < now:
        return "breached"
    whole = clock["due_at"] - clock["started_at"]
    return "close" if (clock["due_at"] - now) * 4 < whole else "ok"


def register(app: Flask) -> None:
    """Make the filters known to the templates."""
    app.jinja_env.filters.update(shorten=shorten, instant=instant, seconds=seconds, urgency=urgency, until=until)
    app.jinja_env.globals.update(REASONS=REASONS, FLAGS=FLAGS, METRICS=METRICS)
