"""`maintenance`: planned work, in which what is less than a P0 pages nobody."""

from __future__ import annotations

from datetime import UTC

import click

from triage.commands.oncall import BY
from triage.commands.wiring import Wiring
from triage.domain.explain import utc
from triage.domain.holds import Window
from triage.domain.oncall import zone_named
from triage.engine.maintain import add_window, end_window
from triage.engine.override import instant_of
from triage.store import maintenance as store
from triage.store.maintenance import Planned


@click.group()
def maintenance() -> None:
    """Planned work, in which P1 to P3 wait. A P0 pages, and says so."""


@maintenance.command("add")
@click.argument("reason")
@click.option("--customer", help="Whose systems; everybody's if left out.")
@click.option("--from", "start", required=True, help="As 2026-12-05 20:00.")
@click.option("--until", "end", required=True, help="As 2026-12-06 02:00.")
@click.option("--timezone", default="UTC", show_default=True, help="Of the two times.")
@BY
@click.pass_obj
def add(wiring: Wiring, reason: str, customer: str | None, start: str, end: str, timezone: str, by: str) -> None:
    """Plan a window."""
    try:
        zone = zone_named(timezone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--timezone") from error
    window = Window(instant_of(start, zone).astimezone(UTC), instant_of(end, zone).astimezone(UTC), reason, customer)
    with wiring.context() as context, context.database.write() as conn:
        number = add_window(context.work(conn, wiring.clock()), window, by)
    click.echo(f"Window {number}: {_line(window)}")


@maintenance.command("end")
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@BY
@click.pass_obj
def end_now(wiring: Wiring, number: int, by: str) -> None:
    """End a window now, or call off one that has not begun; what it held goes on at once."""
    with wiring.context() as context, context.database.write() as conn:
        end_window(context.work(conn, wiring.clock()), number, by)
    click.echo(f"Window {number} is over.")


@maintenance.command("list")
@click.pass_obj
def list_windows(wiring: Wiring) -> None:
    """The windows that are open or to come."""
    with wiring.context() as context, context.database.read() as conn:
        found: list[Planned] = store.to_come(conn, wiring.clock())
    for planned in found:
        click.echo(f"{planned.id} {_line(planned.window)}, by {planned.created_by}")
    if not found:
        click.echo("No maintenance is planned.")


def _line(window: Window) -> str:
    whose = window.customer or "everybody"
    return f"{whose}, {utc(window.start)} to {utc(window.end)}: {window.reason}"
