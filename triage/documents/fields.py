"""The kinds of values that documents are written in: durations, hours, instants, targets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from marshmallow import Schema, ValidationError, fields

from triage.domain.escalation import Target, TargetKind

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Duration(fields.Field[timedelta]):
    """`30m`, `4h`, `2d`, `1h30m`; a day is 24 hours of the time that is counted."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> timedelta:
        if isinstance(value, str) and re.fullmatch(r"(\d{1,6}[smhd])+", value):
            parts = re.findall(r"(\d+)([smhd])", value)
            return timedelta(seconds=sum(int(number) * UNITS[unit] for number, unit in parts))
        raise ValidationError(f"{value!r} is not a duration; write it like 30m, 4h or 2d")


class _OnCalendar(Schema):
    target = Duration(required=True)
    calendar = fields.String(required=True)


@dataclass(frozen=True, slots=True)
class Goal:
    """A target of open time; `calendar` names the one that it counts on, if it has one of its own."""

    target: timedelta
    calendar: str | None = None


class GoalField(fields.Field[Goal]):
    """`4h`, or `{target: 4h, calendar: berlin-office}` for a goal with a calendar of its own."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Goal:
        if isinstance(value, dict):
            return Goal(**_OnCalendar().load(value))
        return Goal(Duration().deserialize(value))


class Share(fields.Field[Fraction]):
    """A share above 0 and up to 1, exactly the decimal that it is written as."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Fraction:
        if not isinstance(value, bool) and isinstance(value, int | float) and 0 < value <= 1:
            return Fraction(str(value))
        raise ValidationError(f"{value!r} is not a share; write it like 0.95, above 0 and up to 1")


class Hours(fields.Field[tuple[int, int]]):
    """`09:00-17:30` -> minutes of the day; `24:00` is the day's end."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[int, int]:
        match = re.fullmatch(r"(\d\d):(\d\d)-(\d\d):(\d\d)", value) if isinstance(value, str) else None
        if match:
            first, second, third, fourth = map(int, match.groups())
            opens, closes = first * 60 + second, third * 60 + fourth
            if second < 60 and fourth < 60 and opens < closes <= 1440:
                return opens, closes
        raise ValidationError(f"{value!r} is not a stretch of the day; write it like 09:00-17:30")


class WallTime(fields.Field[int]):
    """`09:00` -> minutes of the day; `24:00` is the day's end."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        match = re.fullmatch(r"(\d\d):([0-5]\d)", value) if isinstance(value, str) else None
        if match and (minutes := int(match[1]) * 60 + int(match[2])) <= 1440:
            return minutes
        raise ValidationError(f"{value!r} is not a time of day; write it in quotes, like '09:00'")


class Day(fields.Field[date]):
    """`2026-12-24`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> date:
        try:
            return date.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise ValidationError(f"{value!r} is not a date; write it like 2026-12-24") from error


class WallInstant(fields.Field[datetime]):
    """`2026-01-05 09:00`, in the time zone of what it belongs to, unless it has an offset of its own."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        try:
            return datetime.fromisoformat(value)
        except (TypeError, ValueError) as error:
            raise ValidationError(f"{value!r} is not an instant; write it like 2026-01-05 09:00") from error


class Instant(WallInstant):
    """`2026-01-05T09:00:00+01:00`; without an offset it is UTC, a date alone is its midnight."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> datetime:
        at = super()._deserialize(value, attr, data, **kwargs)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


class TargetField(fields.Field[Target]):
    """`schedule:primary`, `person:ana` or `channel:status`."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Target:
        kind, _, name = str(value).partition(":")
        if kind in list(TargetKind) and name:
            return Target(TargetKind(kind), name)
        raise ValidationError(
            f"{value!r} is not a target; write it like schedule:primary, person:ana or channel:status"
        )


class Word(fields.String):
    """Text, or a number that is meant as text, such as an id."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        return super()._deserialize(value, attr, data, **kwargs)
