"""The page that shows who is on call, and the forms that change it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response

from triage.domain.configuration import Configuration, Person
from triage.domain.escalation import ContactMethod, Target, TargetKind
from triage.domain.oncall import Schedule
from triage.domain.roster import LocalDay, Roster, month, outlook
from triage.domain.schedule_source import strangers
from triage.engine import consult, cover, override, probe, publish
from triage.engine.context import Clock, Context
from triage.engine.publish import Published
from triage.engine.respond import NotPossible
from triage.render import ical
from triage.render.ical import Entry
from triage.store import queries
from triage.web.acts import carry_out, cleaned
from triage.web.asked import ID

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
    def overview() -> str:
        return render_template("oncall.html", **_overview(context, clock(), request.args))

    _add_overrides(routes, context, clock)
    _add_tests(routes, context, clock)
    _add_feeds(routes, context, clock)
    return routes


def _back() -> str:
    """The page as it was left."""
    return url_for("oncall.overview", schedule=request.form.get("back", ""), month=request.form.get("month", ""))


def _add_overrides(routes: Blueprint, context: Context, clock: Clock) -> None:
    act = partial(carry_out, context)

    @routes.post("/oncall/overrides")
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

    @routes.post(f"/oncall/overrides/<{ID}:number>/remove")
    def remove_override(number: int) -> Response:
        now = clock()
        return act(
            "The override is removed; it stays in the log.",
            _back(),
            lambda conn: override.remove_override(context.work(conn, now), number, g.account.name),
        )


def _add_tests(routes: Blueprint, context: Context, clock: Clock) -> None:
    @routes.post("/oncall/people/<person>/test")
    def test_page(person: str) -> Response:
        now, method = clock(), request.form.get("method", 0, type=int)
        return carry_out(
            context,
            f"A test page for {person} is on its way; what becomes of it is shown under “Contact methods”.",
            _back(),
            lambda conn: probe.send_test_page(context.work(conn, now), person, method, g.account.name),
        )


def _add_feeds(routes: Blueprint, context: Context, clock: Clock) -> None:
    @routes.post("/oncall/feeds")
    def add_feed() -> str | Response:
        now, (kind, _, name) = clock(), cleaned(request.form.get("of", "")).partition(":")
        if kind not in set(TargetKind):
            abort(400, "A feed is of a schedule or of a person.")
        try:
            with context.database.write() as conn:
                work = context.work(conn, now)
                _, secret = publish.add_feed(work, Target(TargetKind(kind), name), g.account.name)
        except NotPossible as error:
            flash(str(error), "refused")
            return redirect(_back())
        # The address is shown in this one answer: it stays out of cookies, and nobody can look it up again.
        asked = {"schedule": request.form.get("back", ""), "month": request.form.get("month", "")}
        return render_template("oncall.html", **_overview(context, now, asked), fresh_feed=context.links.feed(secret))

    @routes.post(f"/oncall/feeds/<{ID}:number>/revoke")
    def revoke_feed(number: int) -> Response:
        now = clock()
        return carry_out(
            context,
            "The feed is revoked: its address answers nobody any more.",
            _back(),
            lambda conn: publish.revoke_feed(context.work(conn, now), number, g.account.name),
        )

    @routes.get("/calendars/<secret>.ics")
    def calendar(secret: str) -> Response:
        now = clock()
        found = publish.publish(context, secret, now)
        if found is None:
            abort(404, "There is no such calendar, or not any more. The page “On call” makes a new address.")
        of, shifts = found
        body = ical.calendar(f"On call: {of.name}", [_entry(shift, of) for shift in shifts], now)
        return Response(body, content_type="text/calendar; charset=utf-8")


def _entry(shift: Published, of: Target) -> Entry:
    """A shift is known by its schedule, person and beginning, however it ends."""
    return Entry(
        key=f"{shift.schedule}/{shift.person}/{shift.start.isoformat()}",
        summary=f"{shift.called if of.kind is TargetKind.SCHEDULE else 'On call'} ({shift.schedule})",
        start=shift.start,
        end=shift.end,
        description="" if shift.instead_of is None else f"Instead of {', '.join(shift.instead_of) or 'nobody'}.",
    )


def _overview(context: Context, now: datetime, wanted: Mapping[str, str]) -> Model:
    with context.database.read() as conn:
        config = context.configurations.current(conn)
        asked = _asked(config, now, wanted)
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
            "sources": list(_sources(conn, config)),
            "feeds": queries.feeds_listed(conn),
            "responders": list(_responders(conn, context, config)),
            "people": config.people,
            "words": partial(override.describe, called=lambda name: _called(config, name)),
            "places": {"nobody": NOBODY, "everybody": EVERYBODY, "beside": BESIDE},
            "now": now,
        }


def _called(config: Configuration, name: str) -> str:
    return config.people[name].display_name if name in config.people else name


def _sources(conn: Connection, config: Configuration) -> Iterator[Model]:
    """How it stands with each schedule that another system keeps."""
    for name, source in config.sources.items():
        (job,) = queries.jobs_named(conn, consult.job_name(name, source)) or (None,)
        yield {
            "name": name,
            "kind": source.kind,
            "good_at": job["data"].get("good_at") if job else None,
            "reason": job["reason"] if job else "",
            "due_at": job["due_at"] if job else None,
            "strangers": strangers(consult.copy_of(conn, name, source), source.people),
        }


def _asked(config: Configuration, now: datetime, wanted: Mapping[str, str]) -> Asked:
    """What is asked for; the first schedule and its current month where that is nothing of ours."""
    named = wanted.get("schedule", "")
    name = named if named in config.schedules else next(iter(config.schedules), "")
    today = now.astimezone(config.schedules[name].zone) if name else now
    try:
        first = datetime.strptime(wanted.get("month", ""), "%Y-%m")  # noqa: DTZ007 - a month has no zone
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
