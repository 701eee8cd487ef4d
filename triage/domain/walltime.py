"""Wall-clock time in a zone turned into instants, the same way at every clock change."""

from __future__ import annotations

from bisect import bisect_left
from datetime import UTC, datetime, timedelta, tzinfo


def wall_at(at: datetime, zone: tzinfo) -> datetime:
    """What the wall clock shows at an instant, as a naive datetime."""
    return at.astimezone(zone).replace(tzinfo=None)


def first_instant(wall: datetime, zone: tzinfo) -> datetime:
    """The first instant (aware UTC) at which the wall clock shows `wall` or, where that is skipped, more.

    So a skipped local time is the gap's end and a doubled one is its first occurrence (SEMANTICS R2). A later
    `wall` never gives an earlier instant.
    """
    plain = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    shifted = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if plain <= shifted:
        return plain
    # In a gap fold=0 overshoots the change of the clock and fold=1 falls short of it (PEP 495).
    behind = range(int((plain - shifted).total_seconds()))
    second = bisect_left(behind, True, key=lambda n: wall_at(shifted + timedelta(seconds=n), zone) > wall)
    return shifted + timedelta(seconds=second)
