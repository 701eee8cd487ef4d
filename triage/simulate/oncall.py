"""`simulate oncall`: who would be on call under a schedule that comes with the question."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate

from triage.domain.calendars import DAY_NAMES
from triage.domain.oncall import (
    EVERY_DAY,
    Layer,
    Override,
    Restriction,
    Rotation,
    RotationType,
    Schedule,
    ScheduleError,
    on_call,
    zone_named,
)
from triage.simulate.lines import describe

WEEKDAYS = {name: number for number, name in enumerate(DAY_NAMES)}
WALL_TIME = validate.Regexp(r"(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)\Z", error="Not a time, 00:00 to 24:00.")
WEEKDAY = fields.String(validate=validate.OneOf(WEEKDAYS))
NAME = validate.Length(min=1, error="An empty name.")


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one request (DESIGN section 7); ValueError names the path of all that is wrong with it.

    A layer without participants has nobody on call. If none of the layers has any, only the times of the
    first one's shift can have been asked for, and they are told.
    """
    try:
        asked = REQUEST.load(request)
    except ValidationError as error:
        raise ValueError(describe(error)) from error
    plan, at = asked["schedule"], asked["at"]
    staffed = tuple(Layer(**layer) for layer in plan["layers"] if layer["rotation"].participants)
    schedule = Schedule(plan["timezone"], staffed)
    found = on_call(schedule, plan["overrides"], at)
    start, end = found.shift_start, found.shift_end
    if plan["layers"] and not staffed:
        shift = plan["layers"][0]["rotation"].shift_at(at, schedule.zone)
        start, end = shift.start, shift.end
    return {
        "id": asked["id"],
        "on_call": list(found.people),
        "shift_start": _text(start),
        "shift_end": _text(end),
    }


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _zone(name: str) -> None:
    try:
        zone_named(name)
    except ScheduleError as error:
        raise ValidationError(str(error)) from error


def _flag(value: object) -> None:
    """Stricter than marshmallow's Boolean, which takes 1 and "yes" for true."""
    if not isinstance(value, bool):
        raise ValidationError("Not true or false.")


def _minutes(wall_time: str) -> int:
    hours, minutes = wall_time.split(":")
    return 60 * int(hours) + int(minutes)


def _weekdays(names: list[str]) -> frozenset[int]:
    return frozenset(WEEKDAYS[name] for name in names)


class _Built(Schema):
    """A schema whose object is built by the domain, which checks what one key alone cannot show."""

    model: type[Rotation | Restriction | Override]

    @post_load
    def build(self, data: dict[str, Any], **_: Any) -> Rotation | Restriction | Override:
        try:
            return self.model(**data)
        except ScheduleError as error:
            raise ValidationError(str(error)) from error


class _RotationSchema(_Built):
    model = Rotation
    type = fields.Enum(RotationType, by_value=True, required=True)
    shift_length = fields.Integer(strict=True, load_default=1)
    start = fields.AwareDateTime(required=True)
    participants = fields.List(fields.String(validate=NAME), required=True, post_load=tuple)


class _RestrictionSchema(_Built):
    model = Restriction
    days = fields.List(WEEKDAY, load_default=EVERY_DAY, post_load=_weekdays)
    opens = fields.String(data_key="from", required=True, validate=WALL_TIME, post_load=_minutes)
    closes = fields.String(data_key="to", required=True, validate=WALL_TIME, post_load=_minutes)


class _OverrideSchema(_Built):
    model = Override
    start = fields.AwareDateTime(required=True)
    end = fields.AwareDateTime(required=True)
    user = fields.String(validate=NAME, required=True, allow_none=True)
    replaces = fields.String(validate=NAME, load_default=None, allow_none=True)
    adds = fields.Raw(validate=_flag, load_default=False)


class _LayerSchema(Schema):
    rotation = fields.Nested(_RotationSchema, required=True)
    restrictions = fields.List(fields.Nested(_RestrictionSchema), load_default=(), post_load=tuple)


class _ScheduleSchema(Schema):
    timezone = fields.String(validate=_zone, required=True)
    layers = fields.List(fields.Nested(_LayerSchema), required=True)
    overrides = fields.List(fields.Nested(_OverrideSchema), load_default=())


class _RequestSchema(Schema):
    id = fields.Raw(required=True)
    schedule = fields.Nested(_ScheduleSchema, required=True)
    at = fields.AwareDateTime(required=True)


#: Building a schema costs far more than using it.
REQUEST = _RequestSchema()
