"""`simulate sla`: the clocks of a ticket under a contract, both of which come with the question (DESIGN 7, R20)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from triage.domain.calendars import ALWAYS, DAY_NAMES, Calendar, CalendarError
from triage.domain.clocks import to_plain
from triage.domain.sla import Event, EventType, fold_clocks
from triage.domain.terms import PAUSE_METRICS, Metric, PriorityChange, Reopen, Terms
from triage.domain.ticket import Priority, Role

#: Longer targets do not fit into a timedelta; no calendar reaches as far.
LONGEST_TARGET = 10**13


def answer(question: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one question; raises ValidationError (with the paths of bad keys) or ValueError."""
    clocks = fold_clocks(*read(question))
    return {"id": question["id"], "clocks": [to_plain(clock) for clock in clocks]}


def read(question: Mapping[str, Any]) -> tuple[Sequence[Event], Terms, datetime]:
    """The events, the terms and the `now` of a question; raises ValidationError with the paths of bad keys."""
    asked = QUESTION.load(question)
    terms = Terms(
        goals=asked["goals"],
        calendar=asked["calendar"] or ALWAYS,
        calendars={priority: calendar or ALWAYS for priority, calendar in asked["calendars"].items()},
        pause_on=frozenset(asked["pause_on"]),
        pause_metrics=frozenset(asked["pause_metrics"]),
        on_priority_change=asked["on_priority_change"],
        on_reopen=asked["on_reopen"],
        warn_at=tuple(asked["warn_at"]),
    )
    return asked["events"], terms, asked["now"]


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
    if isinstance(wall, str) and re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]|24:00", wall):
        hours, minutes = wall.split(":")
        return int(hours) * 60 + int(minutes)
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


class _CalendarSchema(Schema):
    timezone = fields.String(required=True)
    hours = _Object(
        fields.String(validate=validate.OneOf(DAY_NAMES)),
        fields.List(fields.Function(deserialize=_interval)),
        required=True,
    )
    holidays = fields.List(fields.Function(deserialize=_day), load_default=())
    date_hours = _Object(
        fields.Function(deserialize=_day),
        fields.List(fields.Function(deserialize=_interval)),
        load_default=dict,
    )


CALENDAR = _CalendarSchema()


@lru_cache(maxsize=512)
def _built(written: str) -> Calendar:
    """The calendar of a canonical JSON text; cached, since scenarios share few calendars."""
    plan = CALENDAR.load(json.loads(written))
    hours = {DAY_NAMES.index(day): intervals for day, intervals in plan["hours"].items()}
    try:
        return Calendar.build(plan["timezone"], hours, plan["holidays"], plan["date_hours"])
    except CalendarError as error:
        raise ValidationError(str(error)) from error


def _calendar(value: object) -> Calendar:
    return _built(json.dumps(value, sort_keys=True))


TARGET = fields.Integer(strict=True, validate=validate.Range(0, LONGEST_TARGET))
TARGETS = _Object(fields.Enum(Priority, by_value=True), TARGET)


def _goal(value: object) -> Mapping[Priority, timedelta]:
    """A target in whole seconds, for every priority or by priority."""
    if isinstance(value, dict):
        targets = TARGETS.deserialize(value)
    else:
        targets = dict.fromkeys(Priority, TARGET.deserialize(value))
    return {priority: timedelta(seconds=target) for priority, target in targets.items()}


class _EventSchema(Schema):
    at = fields.AwareDateTime(required=True)
    type = fields.Enum(EventType, by_value=True, required=True)


class _PrioritySchema(_EventSchema):
    priority = fields.Enum(Priority, by_value=True, required=True)


class _CommentSchema(_EventSchema):
    by = fields.Enum(Role, by_value=True, required=True, validate=validate.NoneOf([Role.UNKNOWN]))
    public = fields.Function(deserialize=_flag, required=True)


class _StatusSchema(_EventSchema):
    status = fields.String(required=True)


#: Which keys an event may have depends on its type; the plain schema also tells of a type that is not known.
PLAIN_EVENT = _EventSchema()
EVENTS: Mapping[object, Schema] = {
    EventType.CREATED: _PrioritySchema(),
    EventType.PRIORITY: _PrioritySchema(),
    EventType.COMMENT: _CommentSchema(),
    EventType.STATUS: _StatusSchema(),
}


def _event(value: object) -> Event:
    if not isinstance(value, dict):
        raise ValidationError("Not an object.")
    kind = value.get("type")
    schema = EVENTS.get(kind, PLAIN_EVENT) if isinstance(kind, str) else PLAIN_EVENT
    return Event(**schema.load(value))


class _Question(Schema):
    id = fields.Function(deserialize=_identity, required=True)
    calendar = fields.Function(deserialize=_calendar, required=True, allow_none=True)
    calendars = _Object(
        fields.Enum(Priority, by_value=True),
        fields.Function(deserialize=_calendar, allow_none=True),
        load_default=dict,
    )
    goals = _Object(fields.Enum(Metric, by_value=True), fields.Function(deserialize=_goal), required=True)
    pause_on = fields.List(fields.String(), load_default=())
    pause_metrics = fields.List(fields.Enum(Metric, by_value=True), load_default=PAUSE_METRICS)
    on_priority_change = fields.Enum(PriorityChange, by_value=True, load_default=PriorityChange.RETROACTIVE)
    on_reopen = fields.Enum(Reopen, by_value=True, load_default=Reopen.RESUME)
    warn_at = fields.List(fields.Function(deserialize=_share), load_default=())
    events = fields.List(fields.Function(deserialize=_event), required=True)
    now = fields.AwareDateTime(required=True)


#: Building a schema costs far more than using it.
QUESTION = _Question()
