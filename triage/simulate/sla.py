"""`simulate sla`: the clocks of a ticket under a contract, both of which come with the question (DESIGN 7, R20).

To read a question would cost more than its clocks do. So what recurs from question to question, which is the terms,
the calendars and all of an event but its instant, is read once, and known again by its JSON text: by their values 1,
1.0 and true would be the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeVar, cast

from marshmallow import Schema, ValidationError, fields, missing, validate

from triage.domain.calendars import ALWAYS, DAY_NAMES, Calendar, CalendarError
from triage.domain.clocks import to_plain
from triage.domain.sla import Event, EventType, fold_clocks
from triage.domain.terms import PAUSE_METRICS, Metric, PriorityChange, Reopen, Terms
from triage.domain.ticket import Priority, Role

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)

#: Longer targets do not fit into a timedelta; no calendar reaches as far.
LONGEST_TARGET = 10**13

#: What stands in for a question's and an event's own parts while the parts that recur are read.
SOME_INSTANT = "2000-01-01T00:00:00+00:00"
STAND_INS: Mapping[str, Any] = {"id": "", "events": [], "now": SOME_INSTANT}

#: The times of a day as they are written, 00:00 to 24:00.
MINUTES = {f"{minute // 60:02d}:{minute % 60:02d}": minute for minute in range(24 * 60 + 1)}


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one question; raises ValidationError (with the paths of bad keys) or ValueError."""
    clocks = fold_clocks(*read(question))
    return {"id": question["id"], "clocks": [to_plain(clock) for clock in clocks]}


def read(question: Mapping[str, Any]) -> tuple[Sequence[Event], Terms, datetime]:
    """The events, the terms and the `now` of a question; raises ValidationError with the paths of bad keys."""
    try:
        _identity(question.get("id"))
        events = cast(list[Event], EVENTS.deserialize(question.get("events")))
        now = _instant(question.get("now"))
    except ValidationError:
        QUESTION.load(question)  # tells of the terms too
        raise
    return events, _terms(json.dumps({**question, **STAND_INS})), now


@lru_cache(maxsize=512)
def _terms(written: str) -> Terms:
    """The terms of a question whose own parts are stand-ins."""
    asked = QUESTION.load(json.loads(written))
    return Terms(
        goals=asked["goals"],
        calendar=asked["calendar"] or ALWAYS,
        calendars={priority: calendar or ALWAYS for priority, calendar in asked["calendars"].items()},
        pause_on=frozenset(asked["pause_on"]),
        pause_metrics=frozenset(asked["pause_metrics"]),
        on_priority_change=asked["on_priority_change"],
        on_reopen=asked["on_reopen"],
        warn_at=tuple(asked["warn_at"]),
    )


def _day(value: object) -> date:
    """A date as YYYY-MM-DD; ISO's other ways of writing one are refused."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            raise ValidationError(f"Not a date: {error}.") from error
    raise ValidationError("Not a date as YYYY-MM-DD.")


def _interval(value: object) -> tuple[int, int]:
    """`["09:00", "17:00"]` as minutes of the day."""
    if not isinstance(value, list) or len(value) != 2:
        raise ValidationError("Not a pair of an opening and a closing time.")
    opening, closing = value
    return _minutes(opening), _minutes(closing)


def _minutes(wall: object) -> int:
    if isinstance(wall, str) and wall in MINUTES:
        return MINUTES[wall]
    raise ValidationError(f"Not a time from 00:00 to 24:00: {wall!r}.")


def _flag(value: object) -> bool:
    """JSON's true or false; marshmallow's Boolean also takes 1 and "yes"."""
    if not isinstance(value, bool):
        raise ValidationError("Not true or false.")
    return value


def _share(value: object) -> float:
    """A share of the target that is still worth a warning; marshmallow's Float also takes texts."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= 1:
        raise ValidationError("Not a number above 0 and up to 1.")
    return value


def _identity(value: object) -> str | int:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValidationError("Not a text or a whole number.")
    return value


def _one_of(choices: Mapping[str, T]) -> Callable[[object], T]:
    """A function that reads one of some texts as what it stands for."""

    def read(value: object) -> T:
        if isinstance(value, str) and value in choices:
            return choices[value]
        raise ValidationError(f"Must be one of: {', '.join(choices)}.")

    return read


def _named(kind: type[E]) -> Callable[[object], E]:
    return _one_of({str(member): member for member in kind})


class _Read(fields.Function):
    """What a function reads and checks; validators beside it would not be asked: that costs more than to read."""

    def __init__(self, read: Callable[[Any], object], **kwargs: Any) -> None:
        super().__init__(deserialize=read, **kwargs)
        self._read = read

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        if value is None or value is missing:
            return super().deserialize(value, attr, data, **kwargs)
        return self._read(value)


class _Object(fields.Dict):
    """An object with checked keys, whose errors stand at the key; marshmallow adds a level below it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            named = {key: parts.get("key", parts.get("value")) for key, parts in error.messages.items()}
            raise ValidationError(named) from error


PRIORITY = _Read(_named(Priority))
METRIC = _Read(_named(Metric))
WEEKDAY = _Read(_one_of({name: day for day, name in enumerate(DAY_NAMES)}))


class _CalendarSchema(Schema):
    timezone = fields.String(required=True)
    hours = _Object(WEEKDAY, fields.List(_Read(_interval)), required=True)
    holidays = fields.List(_Read(_day), load_default=())
    date_hours = _Object(_Read(_day), fields.List(_Read(_interval)), load_default=dict)


CALENDAR = _CalendarSchema()


@lru_cache(maxsize=512)
def _built(written: str) -> Calendar:
    """The calendar of a canonical JSON text."""
    plan = CALENDAR.load(json.loads(written))
    try:
        return Calendar.build(plan["timezone"], plan["hours"], plan["holidays"], plan["date_hours"])
    except CalendarError as error:
        raise ValidationError(str(error)) from error


def _calendar(value: object) -> Calendar:
    return _built(json.dumps(value, sort_keys=True))


def _target(value: object) -> timedelta:
    """Whole seconds."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValidationError("Not a valid integer.")
    if not 0 <= value <= LONGEST_TARGET:
        raise ValidationError(f"Must be greater than or equal to 0 and less than or equal to {LONGEST_TARGET}.")
    return timedelta(seconds=value)


TARGETS = _Object(PRIORITY, _Read(_target))


def _goal(value: object) -> Mapping[Priority, timedelta]:
    """A target for every priority, or by priority."""
    if isinstance(value, dict):
        return cast(dict[Priority, timedelta], TARGETS.deserialize(value))
    return dict.fromkeys(Priority, _target(value))


def _instant(value: object) -> datetime:
    """An instant with its offset from UTC."""
    try:
        at = datetime.fromisoformat(value)  # type: ignore[arg-type]  # whatever is no text is refused by it
    except (TypeError, ValueError) as error:
        raise ValidationError("Not a valid datetime.") from error
    if at.tzinfo is None:
        raise ValidationError("Not a valid aware datetime.")
    return at


class _EventSchema(Schema):
    at = _Read(_instant, required=True)
    type = _Read(_named(EventType), required=True)


class _PrioritySchema(_EventSchema):
    priority = _Read(_named(Priority), required=True)


class _CommentSchema(_EventSchema):
    by = fields.Enum(Role, by_value=True, required=True, validate=validate.NoneOf([Role.UNKNOWN]))
    public = _Read(_flag, required=True)


class _StatusSchema(_EventSchema):
    status = fields.String(required=True)


#: Which keys an event may have depends on its type; the plain schema also tells of a type that is not known.
PLAIN_EVENT = _EventSchema()
EVENT_OF_TYPE: Mapping[object, Schema] = {
    EventType.CREATED: _PrioritySchema(),
    EventType.PRIORITY: _PrioritySchema(),
    EventType.COMMENT: _CommentSchema(),
    EventType.STATUS: _StatusSchema(),
}


def _event(value: object) -> Event:
    if not isinstance(value, dict):
        raise ValidationError("Not an object.")
    try:
        at = _instant(value.get("at"))
    except ValidationError:
        _loaded(value)  # tells of its other keys too
        raise
    return _undated(json.dumps({**value, "at": SOME_INSTANT}))._replace(at=at)


@lru_cache(maxsize=4096)
def _undated(written: str) -> Event:
    """The event of a JSON text whose instant is a stand-in."""
    return _loaded(json.loads(written))


def _loaded(value: Mapping[str, Any]) -> Event:
    kind = value.get("type")
    schema = EVENT_OF_TYPE.get(kind, PLAIN_EVENT) if isinstance(kind, str) else PLAIN_EVENT
    return Event(**schema.load(value))


EVENTS = fields.List(_Read(_event), required=True)


class _Question(Schema):
    id = _Read(_identity, required=True)
    calendar = _Read(_calendar, required=True, allow_none=True)
    calendars = _Object(PRIORITY, _Read(_calendar, allow_none=True), load_default=dict)
    goals = _Object(METRIC, _Read(_goal), required=True)
    pause_on = fields.List(fields.String(), load_default=())
    pause_metrics = fields.List(METRIC, load_default=PAUSE_METRICS)
    on_priority_change = _Read(_named(PriorityChange), load_default=PriorityChange.RETROACTIVE)
    on_reopen = _Read(_named(Reopen), load_default=Reopen.RESUME)
    warn_at = fields.List(_Read(_share), load_default=())
    events = EVENTS
    now = _Read(_instant, required=True)


#: Building a schema costs far more than using it.
QUESTION = _Question()
