"""Decisions and times in words that a person reads at 3 a.m."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from triage.domain.priority import Flag, Reason

METRICS = {
    "first_response": "First response",
    "next_reply": "Next reply",
    "periodic_update": "Next update",
    "resolution": "Resolution",
}

REASONS = {
    Reason.CONFIRMED: "Production is affected and there is no workaround.",
    Reason.NOT_PRODUCTION: "P0 was requested, but production is not affected.",
    Reason.WORKAROUND_EXISTS: "P0 was requested, but there is a workaround.",
    Reason.IN_DOUBT: "P0 was requested and the facts do not settle it yet, so it counts until somebody knows better.",
    Reason.AS_REQUESTED: "As the customer requested.",
    Reason.RAISED: "Raised: production is affected and there is no workaround.",
    Reason.HUMAN: "A human decided.",
}

FLAGS = {
    Flag.UNMAPPED_PRIORITY: "The requested priority has no mapping in config/jira.yaml; it counts as P1.",
    Flag.UNMAPPED_VALUE: "A portal field has a value that config/jira.yaml does not map; it counts as unknown.",
    Flag.CONTRADICTION: "What the customer writes contradicts the portal field or one of ours, which counts more.",
    Flag.UNKNOWN_CUSTOMER: "Nobody knows whose ticket this is; the default contract applies.",
    Flag.WAITING_FOR_SOURCE: "Jira has not told everything about this ticket yet.",
    Flag.CLAMPED_TIME: "A time lay in the future and was set to the time of its arrival.",
}

OPEN_QUESTIONS = {
    "production": "Is production affected?",
    "workaround": "Is there a workaround?",
}


def open_questions(production: str, workaround: str) -> list[str]:
    """What has to be answered before a provisional decision is settled."""
    values = {"production": production, "workaround": workaround}
    return [question for axis, question in OPEN_QUESTIONS.items() if values[axis] == "unknown"]


def in_words(span: timedelta) -> str:
    """`2 d 3 h`, `1 h 5 min`, `4 min`, `30 s`: the two largest units, without a sign."""
    seconds = abs(int(span.total_seconds()))
    units = [
        ("d", seconds // 86400),
        ("h", seconds // 3600 % 24),
        ("min", seconds // 60 % 60),
        ("s", seconds % 60),
    ]
    first = next((index for index, (_, count) in enumerate(units) if count), 3)
    shown = units[first : first + 2] if first < 2 else units[first : first + 1]
    return " ".join(f"{count} {unit}" for unit, count in shown if count) or "0 s"


def instant(at: datetime | None) -> str:
    """`2026-11-23 09:15:40`, in UTC."""
    return at.strftime("%Y-%m-%d %H:%M:%S") if at else "–"


def utc(at: datetime) -> str:
    """`2026-11-23 09:15:40 UTC`, where nothing else says which time it is."""
    return f"{instant(at)} UTC"


def until(at: datetime, now: datetime) -> str:
    """`in 14 min` or `3 h ago`."""
    return f"in {in_words(at - now)}" if at >= now else f"{in_words(now - at)} ago"


def wall(at: datetime, zone: tzinfo) -> str:
    """`Mon 2026-11-23 09:00` on the wall clock of a zone."""
    return at.astimezone(zone).strftime("%a %Y-%m-%d %H:%M")


def hours(start: datetime, end: datetime, zone: tzinfo) -> str:
    """`09:00–24:00`: a part of a local day; with seconds only where they matter."""
    shown = [at.astimezone(zone).strftime("%H:%M:%S").removesuffix(":00") for at in (start, end)]
    return f"{shown[0]}–{'24:00' if shown[1] == '00:00' else shown[1]}"
