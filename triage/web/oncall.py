"""The page that shows who is on call, and the forms that change it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, g, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response

from triage.domain.configuration import Configuration, Person
from triage.domain.escalation import ContactMethod
from triage.domain.oncall import Schedule
from triage.domain.roster import LocalDay, Roster, month, outlook
from triage.engine import consult, cover, override, probe
from triage.engine.context import Clock, Context
from triage.store import queries
from triage.web.acts import carry_out, cleaned
from triage.web.auth import signed_in

#: Years that a month's view can be turned to.
YEARS = range(2000, 2200)
#: How long an override that is over or removed is shown.
SHOWN_AFTER = timedelta(days=30)
NOBODY, EVERYBODY, BESIDE = "-nobody", "-everybody", "-beside"

Model = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which schedule's month the page shows."""

    schedule: str
    year: int
    month: int

    @property
    def name(self) -> str:
        """`2026-12`, as the address says it."""
        return f"{self.year}-{self.month:02}"

    def turned(self, months: int) -> str:
        """The name of another month."""
        year, month = divmod(12 * self.year + self.month - 1 + months, 12)
        return f"{year}-{month + 1:02}"


def blueprint(context: Context, clock: Clock) -> Blueprint:
    """The page and its forms."""
    routes = Blueprint("oncall", __name__)

    @routes.get("/oncall")
    @signed_in
    def overview() -> str:
        return render_template("oncall.html", **_overview(context, clock()))

    _add_overrides(routes, context, clock)
    _add_tests(routes, context, clock)
    return routes


def _back() -> str:
    """The page as it was left."""
    return url_for("oncall.overview", schedule=request.form.get("back", ""), month=request.form.get("month", ""))


def _add_overrides(routes: Blueprint, context: Context, clock: Clock) -> None:
    act = partial(carry_out, context)

    @routes.post("/oncall/overrides")
    @signed_in
    def add_override() -> Response:
        now, given = clock(), {name: cleaned(value) for name, value in request.form.items()}
        user, place = given.get("user", ""), given.get("place", EVERYBODY)
        return act(
            "The override is in force from its beginning on; it changes whom the next step pages.",
            _back(),
            lambda conn: override.add_override(
                context.work(conn, now),
                given.get("schedule", ""),
                given.get("start", ""),
                given.get("end", ""),
                g.account.name,
                user=None if user == NOBODY else user,
                replaces=None if place in (EVERYBODY, BESIDE) else place,
                adds=place == BESIDE,
                reason=given.get("reason", ""),
            ),
        )

    @routes.post("/oncall/swaps")
    @signed_in
    def swap() -> Response:
        now, given = clock(), {name: cleaned(value) for name, value in request.form.items()}
        return act(
            "The two stand in for each other then.",
            _back(),
            lambda conn: override.add_override(
                context.work(conn, now),
                given.get("schedule", ""),
                given.get("start", ""),
                given.get("end", ""),
                g.account.name,
                user=given.get("one", ""),
                replaces=given.get("other", ""),
                swaps=True,
                reason=given.get("reason", ""),
            ),
        )

    @routes.post(f"/oncall/overrides/<int(max={2**63 - 1}):number>/remove")
    @signed_in
    def remove_override(number: int) -> Response:
        now = clock()
        return act(
            "The override is removed; it stays in the log.",
            _back(),
            lambda conn: override.remove_override(context.work(conn, now), number, g.account.name),
        )


def _add_tests(routes: Blueprint, context: Context, clock: Clock) -> None:
    @routes.post("/oncall/people/<person>/test")
    @signed_in
    def test_page(person: str) -> Response:
        now, method = clock(), request.form.get("method", 0, type=int)
        return carry_out(
            context,
            f"A test page for {person} is on its way; what becomes of it is shown under “Contact methods”.",
            _back(),
            lambda conn: probe.send_test_page(context.work(conn, now), person, method, g.account.name),
        )


def _overview(context: Context, now: datetime) -> Model:
    with context.database.read() as conn:
        config = context.configurations.current(conn)
        asked = _asked(config, now)
        rosters = consult.rosters(conn, config, now)
        log = queries.overrides_of(conn, now - SHOWN_AFTER)
        found = cover.find_gaps(conn, context, config, now)
        return {
            "lines": [(name, roster.schedule, outlook(roster, now)) for name, roster in rosters.items()],
            "gaps": cover.sentences(config, found),
            "serious": found.is_serious,
            "asked": asked,
            "schedule": config.schedules.get(asked.schedule),
            "days": _days(conn, config, asked),
            "overrides": [one for one in log if one.removed_at is None and one.override.end > now],
            "past": [one for one in log if one.removed_at is not None or one.override.end <= now],
            "schedules": config.schedules,
            "responders": list(_responders(conn, context, config)),
            "people": config.people,
            "words": partial(override.describe, called=lambda name: _called(config, name)),
            "places": {"nobody": NOBODY, "everybody": EVERYBODY, "beside": BESIDE},
            "now": now,
        }


def _called(config: Configuration, name: str) -> str:
    return config.people[name].display_name if name in config.people else name


def _asked(config: Configuration, now: datetime) -> Asked:
    """What the address asks for; the first schedule and its current month where it asks for nothing of ours."""
    wanted = request.args.get("schedule", "")
    name = wanted if wanted in config.schedules else next(iter(config.schedules), "")
    today = now.astimezone(config.schedules[name].zone) if name else now
    try:
        first = datetime.strptime(request.args.get("month", ""), "%Y-%m")  # noqa: DTZ007 - a month has no zone
    except ValueError:
        first = today
    return Asked(name, first.year, first.month) if first.year in YEARS else Asked(name, today.year, today.month)


def _days(conn: Connection, config: Configuration, asked: Asked) -> list[LocalDay]:
    schedule: Schedule | None = config.schedules.get(asked.schedule)
    if schedule is None:
        return []
    since = datetime(asked.year, asked.month, 1, tzinfo=schedule.zone)
    roster: Roster | None = consult.roster(conn, config, asked.schedule, since)
    return month(roster, asked.year, asked.month) if roster else []


def _responders(conn: Connection, context: Context, config: Configuration) -> Iterator[tuple[Person, list[Model]]]:
    """Everybody with their contact methods: whether each is usable here, and when it last took a page."""
    tested, tests = queries.methods_tested(conn), queries.tests_of_methods(conn)
    newest = {(row["person"], row["method"]): row for row in tests}
    for person in config.people.values():
        yield (
            person,
            [
                {
                    "gateway": method.gateway,
                    "usable": cover.is_usable(context, method),
                    "tested_at": tested.get(_key(person, method)),
                    "test": newest.get((person.name, index)),
                }
                for index, method in enumerate(person.methods)
            ],
        )


def _key(person: Person, method: ContactMethod) -> tuple[str, str, str]:
    return person.name, method.gateway, person.address_of(method)
