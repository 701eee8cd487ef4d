"""A schedule that another system keeps: where it is read from, and what becomes of the turns that are read there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import accumulate, pairwise

from triage.domain.oncall import ListedShifts, Shift

#: Turns are asked for so far back, for the month's view, and so far ahead, which is all that PagerDuty tells.
BACK, AHEAD = timedelta(days=31), timedelta(days=90)


class SourceKind(StrEnum):
    """What keeps the schedule."""

    ICAL = "ical"  # a calendar at a URL
    ICAL_FILE = "ical_file"  # a calendar in the configuration's folder
    PAGERDUTY = "pagerduty"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a schedule is read from, every so often.

    `address` is the URL or the file, `schedule` PagerDuty's id, `token` what opens it; address and token may be
    references to the environment. `people` leads from the source's names to ours.
    """

    kind: SourceKind
    address: str
    people: Mapping[str, str]
    every: timedelta = timedelta(minutes=15)
    schedule: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch of time in which somebody is on call; `names` are all that the source calls them."""

    start: datetime
    end: datetime
    names: tuple[str, ...]


def listed(turns: Sequence[Turn], people: Mapping[str, str]) -> ListedShifts:
    """The turns as shifts: whoever is named in turns that overlap is on call together, in the order of the turns.

    A name that `people` does not know is nobody's.
    """
    known = {name.casefold(): person for name, person in people.items()}
    staffed = [(turn, _people(turn, known)) for turn in sorted(turns, key=lambda turn: (turn.start, turn.end))]
    edges = sorted({edge for turn, _ in staffed for edge in (turn.start, turn.end)})
    shifts: list[Shift] = []
    under_way: list[tuple[Turn, tuple[str, ...]]] = []
    ahead = iter([*staffed, None])
    following = next(ahead)
    for start, end in pairwise(edges):
        while following is not None and following[0].start <= start:
            under_way.append(following)
            following = next(ahead)
        under_way = [one for one in under_way if one[0].end > start]
        on_duty = tuple(dict.fromkeys(person for _, names in under_way for person in names))
        if on_duty and shifts and shifts[-1].end == start and shifts[-1].people == on_duty:
            shifts[-1] = Shift(shifts[-1].start, end, on_duty)
        elif on_duty:
            shifts.append(Shift(start, end, on_duty))
    return ListedShifts(tuple(shifts))


def _people(turn: Turn, known: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(known[name.casefold()] for name in turn.names if name.casefold() in known))


def most_at_once(turns: Iterable[Turn]) -> int:
    """How many turns are under way at the busiest instant."""
    steps = sorted(step for turn in turns for step in ((turn.start, 1), (turn.end, -1)))
    return max(accumulate(change for _, change in steps), default=0)


def strangers(turns: Iterable[Turn], people: Mapping[str, str]) -> list[str]:
    """What turns call people whom we do not know under any name, each once: a turn of theirs is nobody's."""
    known = {name.casefold() for name in people}
    unknown = (turn for turn in turns if not any(name.casefold() in known for name in turn.names))
    return sorted({" / ".join(turn.names) or "(no name)" for turn in unknown})


def to_plain(turn: Turn) -> list[object]:
    """The turn as JSON keeps it."""
    return [turn.start.isoformat(), turn.end.isoformat(), list(turn.names)]


def from_plain(plain: Sequence[object]) -> Turn:
    """The turn that was kept."""
    start, end, names = plain
    assert isinstance(names, list)  # noqa: S101 - as `to_plain` wrote it
    return Turn(_instant(start), _instant(end), tuple(names))


def _instant(text: object) -> datetime:
    return datetime.fromisoformat(str(text)).astimezone(UTC)
