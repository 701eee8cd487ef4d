"""How times, clocks, facts and words are shown: pure helpers, and the filters that templates know them by."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask

from triage.domain.explain import FLAGS, METRICS, REASONS, hours, in_words, instant, until, wall
from triage.domain.ticket import TEXT_FIELDS, Fact, FactKind, Field, Origin, Role
from triage.domain.writes import Assign, Comment, CreateTicket, SetFields, SetLabels, Transition, from_plain

#: How much of a text is shown before the rest is left to Jira.
SHOWN = 4000

TITLES = {
    FactKind.CREATED: "Created",
    FactKind.SNAPSHOT: "Seen",
    FactKind.CHANGE: "Changed",
    FactKind.COMMENT: "Comment",
    FactKind.COMMENT_EDITED: "Comment edited",
    FactKind.COMMENT_DELETED: "Comment deleted",
    FactKind.MAIL: "Mail",
    FactKind.ANSWERED: "Answered outside Jira",
    FactKind.WITHDRAWN: "An answer withdrawn",
    FactKind.DELETED: "Deleted",
    FactKind.DECISION: "Decided by hand",
}
ORIGINS = {Origin.SWEEP: "found by a sweep", Origin.BACKFILL: "backfilled, without effects"}
VISIBILITY = {True: "public", False: "internal", None: "visibility unknown"}


@dataclass(frozen=True, slots=True)
class Line:
    """One fact as the timeline shows it; `changes` are (field, before, after), `words` are a person's own."""

    at: datetime
    title: str
    who: str
    notes: tuple[str, ...]
    changes: tuple[tuple[str, str, str], ...]
    words: str


def describe(fact: Fact) -> Line:
    """Put a fact into the words of the timeline."""
    notes = [VISIBILITY[fact.public]] if fact.kind is FactKind.COMMENT else []
    if fact.kind is FactKind.ANSWERED:
        notes.append(f"added by hand {instant(fact.received_at)}")
    if fact.origin in ORIGINS:
        notes.append(ORIGINS[fact.origin])
    changes = [(name, _value(name, fact.before.get(name)), _value(name, to)) for name, to in fact.values.items()]
    changes += [
        (name, fact.texts.get(f"{name}_before", ""), text) for name, text in fact.texts.items() if name in TEXT_FIELDS
    ]
    words = fact.texts.get("body") or fact.texts.get("reason") or ""
    return Line(fact.at, TITLES[fact.kind], _who(fact), tuple(notes), tuple(changes), words)


def _who(fact: Fact) -> str:
    role = "" if fact.actor.role is Role.UNKNOWN else fact.actor.role
    name = fact.actor.name or fact.actor.id
    return f"{name} ({role})" if name and role else name or role


def _value(name: str, value: str | None) -> str:
    if value is None:
        return ""
    return value.replace("_", " ") if name == Field.STATUS else value


@dataclass(frozen=True, slots=True)
class Written:
    """One write into a ticket's source; `words` are a comment's."""

    title: str
    words: str


def written(write: Mapping[str, Any]) -> Written:
    """Put what was queued to be written into words."""
    match from_plain(write["subject"], json.loads(write["body"])):
        case Comment(blocks, public):
            kind = "Comment to the customer" if public else "Internal comment"
            return Written(kind, "\n".join(block.text for block in blocks))
        case SetFields(fields):
            values = (f"{name} = {_shown(value)}" for name, value in fields.items())
            return Written(f"Set {', '.join(values)}", "")
        case SetLabels(add, remove):
            taken = f", take off {', '.join(remove)}" if remove else ""
            return Written(f"Label {', '.join(add)}{taken}", "")
        case Transition(status):
            return Written(f"Bring to {status}", "")
        case Assign(account):
            return Written(f"Assign to {account or 'nobody'}", "")
        case CreateTicket(project):
            return Written(f"Open a ticket in {project}", "")


def _shown(value: Any) -> str:
    """A field's value as people know it."""
    return str(value.get("name") or value.get("id")) if isinstance(value, dict) else str(value)


def shorten(text: str, most: int = SHOWN) -> str:
    """The text without control characters, cut with a note where it is too long to read here."""
    clean = "".join(char for char in text[:most] if char in "\n\t" or unicodedata.category(char) != "Cc")
    return clean if len(text) <= most else f"{clean.rstrip()}… ({len(text):,} characters in all)"


def headline(text: str, most: int) -> str:
    """The text on one line, cut without ado: what a list shows of a summary."""
    line = " ".join(shorten(text, most * 2).split())
    return line if len(line) <= most else f"{line[:most].rstrip()}…"


def excerpt(body: bytes) -> str:
    """The beginning of a body that nobody could read, as text; what is not text is marked."""
    return shorten(body.decode("utf-8", "replace"))


def size(count: int) -> str:
    """`17 bytes`, `46.4 kB`."""
    return f"{count:,} byte{'' if count == 1 else 's'}" if count < 1000 else f"{count / 1000:,.1f} kB"


def seconds(count: int | None) -> str:
    """A number of seconds in words."""
    return "–" if count is None else in_words(timedelta(seconds=count))


def share(fraction: str) -> str:
    """`50 %` of the fraction that a notice is keyed by."""
    return f"{float(fraction) * 100:.4g} %" if fraction else ""


def urgency(clock: Mapping[str, Any], now: datetime) -> str:
    """How a clock is marked: `breached`, `close` (less than a quarter of its span is left), `ok`, or `still`."""
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
    filters = (
        describe,
        excerpt,
        headline,
        hours,
        instant,
        seconds,
        share,
        shorten,
        size,
        until,
        urgency,
        wall,
        written,
    )
    app.jinja_env.filters.update({shown.__name__: shown for shown in filters})
    app.jinja_env.globals.update(REASONS=REASONS, FLAGS=FLAGS, METRICS=METRICS)
