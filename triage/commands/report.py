"""`report`: a month as it was told, or as it stands: for people, for spreadsheets, for programs, for customers."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click
from sqlalchemy.engine import Connection

from triage.commands.oncall import BY
from triage.commands.wiring import Refused, Wiring
from triage.domain.explain import METRICS
from triage.domain.month_report import EVERYBODY, month_named
from triage.engine import reports
from triage.engine.context import Context
from triage.render.figures import duration, month_name, percent
from triage.render.report_sheet import report_sheet
from triage.render.statement_pdf import statement_pdf
from triage.store import statements

#: What is written into a file unless it is told otherwise: nobody wants it on a terminal.
PRINT = "pdf"


class Month(click.ParamType[date]):
    """`2026-10`."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return month_named(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


@click.command()
@click.option("--month", required=True, type=Month(), help="Which month, like 2026-10.")
@click.option("--customer", default=EVERYBODY, help="Whose; all customers together if it is left out.")
@click.option(
    "--format", "form", type=click.Choice(["text", "csv", "json", PRINT]), default="text", show_default=True
)
@click.option("--version", "number", type=click.IntRange(1), help="An older version of what was told.")
@click.option("--live", is_flag=True, help="As things stand, whatever was told.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
@click.option("--restate", "reason", help="First tell the month anew, for this reason.")
@BY
@click.pass_obj
def report(
    wiring: Wiring,
    month: date,
    customer: str,
    form: str,
    number: int | None,
    live: bool,
    output: Path | None,
    reason: str | None,
    by: str,
) -> None:
    """What was promised to a customer in a month, what was met and missed, and what that gives back."""
    now = wiring.clock()
    with wiring.context() as context:
        _check(context, customer)
        if reason is not None:
            told = reports.freeze(context, customer, month, by, reason, now)
            click.echo(f"Version {told.version} is what is told from now on.", err=True)
        with context.database.read() as conn:
            shown = reports.asked(conn, context.configurations.current(conn), customer, month, number, now, live=live)
            if shown is None:
                raise Refused(f"there is no version {number} of that report")
            content = b"".join(_written(conn, shown, customer, month, form))
    path = output or (Path(f"report-{customer or 'all'}-{month:%Y-%m}.pdf") if form == PRINT else None)
    if path is None:
        sys.stdout.write(content.decode())
        return
    path.write_bytes(content)
    click.echo(f"Written: {path}", err=True)


def _check(context: Context, customer: str) -> None:
    with context.database.read() as conn:
        known = {*context.configurations.current(conn).customers}
        known |= {row["customer"] for row in statements.listed(conn)}
    if customer != EVERYBODY and customer not in known:
        raise Refused(f"there is no customer {customer!r} (known: {', '.join(sorted(known - {EVERYBODY}))})")


def _written(conn: Connection, shown: Mapping[str, Any], customer: str, month: date, form: str) -> Iterator[bytes]:
    match form:
        case "csv":
            rows = reports.rows_of(conn, shown, customer, month)
            yield from (line.encode() for line in report_sheet(rows))
        case "json":
            yield json.dumps(shown, ensure_ascii=False, indent=1).encode() + b"\n"
        case "pdf":
            yield statement_pdf(shown)
        case _:
            yield "".join(f"{line}\n" for line in _lines(shown)).encode()


def _lines(shown: Mapping[str, Any]) -> Iterator[str]:
    edition = shown["edition"]
    yield f"{shown['name']}, {month_name(shown['month'])}"
    yield f"Version {edition['version']}, told {edition['frozen_at'][:19]} UTC" if edition else "As things stand"
    yield ""
    for total in shown["totals"]:
        credit = f", credit {percent(total['credit'])}" if total["credit"] != "0/1" else ""
        yield f"{METRICS[total['metric']]}: {percent(total['attainment'])} of {total['cycles']:,}{credit}"
        for line in shown["lines"]:
            if line["metric"] == total["metric"]:
                counts = f"met {line['met']:,}, missed {line['breached']:,}, excluded {line['excluded']:,}"
                times = f"median {duration(line['median_seconds'])}, worst {duration(line['worst_seconds'])}"
                yield f"  {line['priority']}  {percent(line['attainment']):>8}  {counts}; {times}"
    if not shown["totals"]:
        yield "Nothing was settled in this month."
    for one in shown["customers"]:
        yield f"{one['name']}: {percent(one['attainment'])} of {one['cycles']:,}, credit {percent(one['credit'])}"
