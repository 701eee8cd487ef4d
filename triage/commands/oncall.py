"""`oncall`: who is on call, overrides, and feeds."""

from __future__ import annotations

import getpass
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, tzinfo

import click

from triage.commands.wiring import Wiring
from triage.domain.escalation import Target, TargetKind
from triage.domain.explain import hours, until, wall
from triage.domain.roster import Roster, Stretch, month, outlook
from triage.engine import consult, publish
from triage.engine.override import add_override, describe, remove_override, schedule_named
from triage.store import feeds, overrides
from triage.store.overrides import Listed

EVER = datetime(1970, 1, 1, tzinfo=UTC)

BY = click.option("--by", default=getpass.getuser, show_default="you", help="Who does it, for the audit.")
START = click.option("--from", "start", required=True, help="As 2026-12-24 09:00, in the schedule's zone.")
END = click.option("--until", "end", required=True, help="As 2026-12-24 09:00, in the schedule's zone.")
REASON = click.option("--reason", default="", help="Why, for the log.")


@click.group(invoke_without_command=True)
@click.pass_context
def oncall(ctx: click.Context) -> None:
    """Who is on call now and next, and what changes it. Without a command: now and next."""
    if ctx.invoked_subcommand is None:
        ctx.invoke(now)


@oncall.command()
@click.pass_obj
def now(wiring: Wiring) -> None:
    """Who is on call now and next, schedule by schedule."""
    at = wiring.clock()
    with wiring.context() as context, context.database.read() as conn:
        found = consult.rosters(conn, context.configurations.current(conn), at)
    for name, roster in found.items():
        click.echo(f"{name}: {_outlook(roster, at)}")


def _outlook(roster: Roster, at: datetime) -> str:
    view, zone = outlook(roster, at), roster.schedule.zone
    if view.until is None:
        return f"{_people(view.people)}, and no change in sight"
    change = f"until {wall(view.until, zone)} {roster.schedule.timezone} ({until(view.until, at)})"
    return f"{_people(view.people)} {change}, then {_people(view.next)}"


def _people(people: Sequence[str]) -> str:
    return ", ".join(people) or "nobody"


@oncall.command("month")
@click.argument("schedule")
@click.option("--month", "first", type=click.DateTime(["%Y-%m"]), help="As 2026-12; this month by default.")
@click.pass_obj
def show_month(wiring: Wiring, schedule: str, first: datetime | None) -> None:
    """Who has which hours of a month, local day by local day; * marks what overrides have changed."""
    at = wiring.clock()
    with wiring.context() as context, context.database.read() as conn:
        config = context.configurations.current(conn)
        zone = schedule_named(config, schedule).zone
        asked = first or at.astimezone(zone)
        since = datetime(asked.year, asked.month, 1, tzinfo=zone)
        roster = consult.roster(conn, config, schedule, since)
    assert roster is not None  # noqa: S101 - its name was checked
    for day in month(roster, asked.year, asked.month):
        click.echo(f"{day.date:%a %Y-%m-%d}  " + ("; ".join(_hours(one, zone) for one in day.stretches) or "skipped"))


def _hours(one: Stretch, zone: tzinfo) -> str:
    mark = "*" if one.overridden else ""
    return f"{hours(one.start, one.end, zone)} {_people(one.people)}{mark}"


@oncall.group()
def override() -> None:
    """Change who is on call for a time."""


@override.command("add")
@click.argument("schedule")
@START
@END
@click.option("--user", help="Who is on call then.")
@click.option("--nobody", is_flag=True, help="Leave nobody in the place.")
@click.option("--replaces", help="In whose place, while that person is on call; everybody's by default.")
@click.option("--adds", is_flag=True, help="Beside the others.")
@REASON
@BY
@click.pass_obj
def add(
    wiring: Wiring,
    schedule: str,
    start: str,
    end: str,
    user: str | None,
    nobody: bool,
    replaces: str | None,
    adds: bool,
    reason: str,
    by: str,
) -> None:
    """Put somebody on call, in somebody's place or beside them, or leave nobody there."""
    if (user is None) is not nobody:
        raise click.UsageError("say either who is on call, by --user, or --nobody")
    with wiring.context() as context, context.database.write() as conn:
        work = context.work(conn, wiring.clock())
        added = add_override(work, schedule, start, end, by, user=user, replaces=replaces, adds=adds, reason=reason)
        zone = work.config.schedules[schedule].zone
    click.echo(_line(added, zone))


@override.command("swap")
@click.argument("schedule")
@click.argument("one")
@click.argument("other")
@START
@END
@REASON
@BY
@click.pass_obj
def swap(wiring: Wiring, schedule: str, one: str, other: str, start: str, end: str, reason: str, by: str) -> None:
    """Let two people stand in for each other, whoever of them has the turn."""
    with wiring.context() as context, context.database.write() as conn:
        work = context.work(conn, wiring.clock())
        added = add_override(work, schedule, start, end, by, user=one, replaces=other, swaps=True, reason=reason)
        zone = work.config.schedules[schedule].zone
    click.echo(_line(added, zone))


@override.command("remove")
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@BY
@click.pass_obj
def remove(wiring: Wiring, number: int, by: str) -> None:
    """Take an override back; one that is in force ends now. It stays in the log."""
    with wiring.context() as context, context.database.write() as conn:
        remove_override(context.work(conn, wiring.clock()), number, by)
    click.echo(f"Override {number} is removed.")


@override.command("list")
@click.argument("schedule", required=False)
@click.option("--all", "everything", is_flag=True, help="Those that are over, and removed ones, too.")
@click.pass_obj
def list_overrides(wiring: Wiring, schedule: str | None, everything: bool) -> None:
    """The overrides in the order in which they act."""
    at = wiring.clock()
    with wiring.context() as context, context.database.read() as conn:
        config = context.configurations.current(conn)
        if schedule is not None:
            schedule_named(config, schedule)
        found = overrides.log_of(conn, EVER if everything else at, schedule)
    shown = [one for one in found if everything or one.removed_at is None]
    for one in shown:
        known = config.schedules.get(one.schedule)
        click.echo(_line(one, known.zone if known else UTC))
    if not shown:
        click.echo("There are no overrides.")


def _line(one: Listed, zone: tzinfo) -> str:
    return " ".join(_parts(one, zone))


def _parts(one: Listed, zone: tzinfo) -> Iterator[str]:
    start, end = wall(one.override.start, zone), wall(one.override.end, zone)
    yield f"{one.id} {one.schedule}: {describe(one.override)}, {start} to {end} {zone}, by {one.created_by}"
    if one.reason:
        yield f"({one.reason})"
    if one.removed_at is not None:
        yield f"removed by {one.removed_by}"


@oncall.group()
def feed() -> None:
    """Calendars of shifts, to subscribe to at a secret address."""


@feed.command("add")
@click.argument("of")
@BY
@click.pass_obj
def add_one_feed(wiring: Wiring, of: str, by: str) -> None:
    """Make an address for the shifts of schedule:NAME or person:NAME; it is shown this once."""
    kind, _, name = of.partition(":")
    if kind not in set(TargetKind):
        raise click.UsageError(f"{of!r} is no target; write it like schedule:primary or person:ana")
    with wiring.context() as context, context.database.write() as conn:
        number, secret = publish.add_feed(context.work(conn, wiring.clock()), Target(TargetKind(kind), name), by)
        click.echo(f"{number} {of}: {context.links.feed(secret)}")


@feed.command("list")
@click.pass_obj
def list_feeds(wiring: Wiring) -> None:
    """The feeds that can be read."""
    with wiring.context() as context, context.database.read() as conn:
        found = feeds.listed(conn)
    for one in found:
        click.echo(f"{one.id} {one.of.kind}:{one.of.name}, made {one.created_at:%Y-%m-%d} by {one.created_by}")
    if not found:
        click.echo("There are no feeds.")


@feed.command("revoke")
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@BY
@click.pass_obj
def revoke_one_feed(wiring: Wiring, number: int, by: str) -> None:
    """End a feed's address for ever."""
    with wiring.context() as context, context.database.write() as conn:
        publish.revoke_feed(context.work(conn, wiring.clock()), number, by)
    click.echo(f"Feed {number} is revoked.")
