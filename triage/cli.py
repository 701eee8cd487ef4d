"""The commands of `python app.py`."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click

from triage import documents, telemetry
from triage.commands.oncall import oncall
from triage.commands.page import page
from triage.commands.wiring import Refused, Wiring
from triage.documents import ConfigurationError
from triage.domain.coverage import AHEAD
from triage.domain.doctor import has_problem, report
from triage.domain.doctor_webhook import Receiver
from triage.engine import configure
from triage.engine.backfill import Busy, Progress, Stopped
from triage.engine.backfill import backfill as bring_in
from triage.engine.doctor import examine
from triage.engine.respond import NotPossible
from triage.simulate import lines, sla
from triage.simulate.oncall import answer as who_would_be_on_call
from triage.store import people
from triage.store.db import Database

__all__ = ["Act", "Refused", "Wiring", "greet", "main"]

Act = Callable[[], None]


class _Group(click.Group):
    """Shows what is wrong with documents line by line, not as a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigurationError as error:
            text = "\n  ".join(map(str, error.problems))
            raise Refused(f"the configuration has {len(error.problems)} problem(s):\n  {text}") from error
        except (configure.NotConfigured, NotPossible) as error:
            raise Refused(str(error)) from error


@click.group(cls=_Group, invoke_without_command=True)
@click.pass_context
def main(ctx: click.Context) -> None:
    """Support-ticket triage: P0 gate, SLA clocks, paging. Without a command: serve everything."""
    if ctx.invoked_subcommand is None:
        ctx.obj.serve(ctx.obj.settings(), None)


main.add_command(oncall)
main.add_command(page)


@main.command()
@click.option("--only", type=click.Choice(["web", "worker"]), help="One half only, on PostgreSQL.")
@click.pass_obj
def serve(wiring: Wiring, only: str | None) -> None:
    """Serve the web side and the workers in one process."""
    wiring.serve(wiring.settings(), only)


@main.command()
@click.pass_obj
def signin(wiring: Wiring) -> None:
    """Print a new one-time sign-in link for the admin."""
    env = wiring.settings()
    database = Database(env.database_url)
    with database.write() as conn:
        secret = people.new_link(conn, people.admin(conn, wiring.clock()), wiring.clock())
    click.echo(f"{env.public_url}/signin/{secret}")


@main.group()
def db() -> None:
    """The database's schema."""


@db.command()
@click.pass_obj
def upgrade(wiring: Wiring) -> None:
    """Bring the schema to this release's version."""
    Database(wiring.settings().database_url).upgrade()
    click.echo("The schema is up to date.")


@main.group()
def config() -> None:
    """The configuration documents."""


@config.command()
@click.pass_obj
def check(wiring: Wiring) -> None:
    """Check the documents and show every problem with its file and line."""
    env = wiring.settings()
    files = documents.read_folder(env.config_dir)
    variants = [variant for variant, _ in documents.variants(files, wiring.clock().date())]
    names = ", ".join(variant.name for variant in variants)
    click.echo(f"{env.config_dir}: no problems. Contracts and policies: {names}.")
    gaps = [*documents.coverage_gaps(files, documents.build(files, variants, 0), wiring.clock())]
    for gap in gaps:
        click.echo(f"  {gap}")
    click.echo(f"Coverage of the next {AHEAD.days} days: {f'{len(gaps)} gap(s), see above' if gaps else 'no gaps'}.")


@config.command()
@click.option("--by", default="operator", show_default=True, help="Who applies it, for the audit.")
@click.pass_obj
def apply(wiring: Wiring, by: str) -> None:
    """Check the documents and store them as the version that every process runs from."""
    env = wiring.settings()
    files = documents.read_folder(env.config_dir)
    with Database(env.database_url).write() as conn:
        number = configure.apply(conn, files, by, wiring.clock())
    click.echo(f"Version {number} is in force.")


@main.group()
def simulate() -> None:
    """What would happen if: JSON lines in, JSON lines out, no database and no network."""


def _simulate(answer: lines.Answer) -> None:
    run = lines.run(sys.stdin.buffer, answer)
    for line in run:
        click.echo(line)
    sys.exit(run.exit_status)


@simulate.command("sla")
def simulate_sla() -> None:
    """SLA clocks of a ticket's events."""
    _simulate(sla.answer)


@simulate.command("oncall")
def simulate_oncall() -> None:
    """Who is on call at an instant."""
    _simulate(who_would_be_on_call)


@main.command()
@click.argument("project")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), default="2000-01-01", help="Made from this day on.")
@click.option("--rate", type=click.FloatRange(0.1, 1000), default=10, show_default=True, help="Issues a second.")
@click.pass_obj
def backfill(wiring: Wiring, project: str, since: datetime, rate: float) -> None:
    """Bring in a Jira project's past, without any effect on people. Run again, it goes on where it was."""
    env = wiring.settings()
    if not env.jira_url:
        raise Refused("TRIAGE_JIRA_URL is not set: see docs/jira.md")
    database = Database(env.database_url)
    if not database.schema_is_current():
        raise Refused("the schema is not this release's: run `python app.py db upgrade`")
    telemetry.configure(env, logging.WARNING)  # whatever else is logged would tear the progress bar
    context = wiring.create_context(env, database)
    (source,) = context.sources.values()
    steps = bring_in(context, source, project, since.replace(tzinfo=UTC), wiring.clock)
    try:
        last = next(steps)
        with click.progressbar(
            length=last.total, label=project, show_pos=True, item_show_func=_why, file=sys.stderr
        ) as bar:
            for step in steps:
                bar.update(step.seen - last.seen, step)
                wiring.pause(max(step.wait.total_seconds(), (step.read > last.read) / rate))
                last = step
    except (Busy, Stopped) as error:
        raise Refused(str(error)) from error
    hidden = f"; {last.hidden} are listed and not shown to us" if last.hidden else ""
    click.echo(f"{project}: {last.read} issues brought in, {last.known} were known{hidden}.")


@main.command()
@click.option("--register-webhook", is_flag=True, help="Register the webhook in Jira, or bring ours up to date.")
@click.pass_obj
def doctor(wiring: Wiring, register_webhook: bool) -> None:
    """Check that the real Jira fits the configuration, and print what to change."""
    env = wiring.with_secrets(wiring.settings())
    if not env.jira_url:
        raise Refused("TRIAGE_JIRA_URL is not set: see docs/jira.md")
    files = documents.read_folder(env.config_dir)
    variants = [variant for variant, _ in documents.variants(files, wiring.clock().date())]
    receiver = Receiver(env.public_url, env.jira_webhook_secrets, env.jira_bearer_tokens)
    jira, config = wiring.create_inspector(env), documents.build(files, variants, 0)
    findings = [*examine(jira, config, receiver, wiring.clock, register=register_webhook)]
    for line in report(findings):
        click.echo(line)
    sys.exit(has_problem(findings))


def _why(step: Progress | None) -> str:
    """Why the bar stands still, if it does."""
    return f"waiting {step.wait.total_seconds():.0f} s: {step.why}" if step and step.wait else ""


def greet(address: str, link: str, *, has_jira: bool) -> None:
    """What the operator sees when everything runs."""
    click.echo(f"\n  Support triage is running at {address}")
    click.echo(f"  Sign in once with this link:  {link}\n")
    click.echo("  What to try next: `make demo` in another terminal sends recorded events; their pages appear here.")
    if not has_jira:
        click.echo("  Jira is not connected yet: see “Connect your Jira” in README.md.")
    click.echo("")
    sys.stdout.flush()
