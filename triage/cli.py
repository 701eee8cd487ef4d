"""The commands of `python app.py`."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from triage import documents, telemetry
from triage.commands.account import account, signin
from triage.commands.incident import incident
from triage.commands.mail import mail
from triage.commands.maintenance import maintenance
from triage.commands.oncall import oncall
from triage.commands.page import page
from triage.commands.report import report as month_report
from triage.commands.token import token
from triage.commands.wiring import Refused, Wiring
from triage.documents import ConfigurationError
from triage.domain import replay as replayed
from triage.domain.configuration import Configuration
from triage.domain.contract import Contract
from triage.domain.coverage import AHEAD
from triage.domain.doctor import has_problem, report
from triage.domain.doctor_webhook import Receiver
from triage.domain.what_if import bound_instead, summed_up
from triage.domain.what_if_shown import to_lines, to_plain
from triage.engine import configure, replay
from triage.engine.backfill import Busy, Progress, Stopped
from triage.engine.backfill import backfill as bring_in
from triage.engine.configure import Configurations
from triage.engine.doctor import examine
from triage.engine.respond import NotPossible
from triage.engine.what_if import compared, tickets_of
from triage.settings import Settings
from triage.simulate import gate, lines, sla
from triage.simulate.oncall import answer as who_would_be_on_call
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


for group in (account, incident, mail, maintenance, month_report, oncall, page, signin, token):
    main.add_command(group)


@main.command()
@click.option("--only", type=click.Choice(["web", "worker"]), help="One half only, on PostgreSQL.")
@click.pass_obj
def serve(wiring: Wiring, only: str | None) -> None:
    """Serve the web side and the workers in one process."""
    wiring.serve(wiring.settings(), only)


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
    gaps = [
        *documents.coverage_gaps(files, documents.build(files, variants, 0, wiring.clock().date()), wiring.clock())
    ]
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
        click.echo(line, color=True)  # JSON has no escape sequences; to look for them is dear
    sys.exit(run.exit_status)


@simulate.command("sla")
def simulate_sla() -> None:
    """SLA clocks of a ticket's events."""
    _simulate(sla.answer)


@simulate.command("gate")
@click.option("--policy", "name", help="By which variant; otherwise by the one that is in force in the documents.")
@click.pass_obj
def simulate_gate(wiring: Wiring, name: str | None) -> None:
    """The P0 gate's decision on a new ticket, with the words that it rests on."""
    found = _documents(wiring)
    policies = {policy.name: policy for policy in found.all_policies}
    if name is not None and name not in policies:
        raise Refused(f"there is no policy {name!r} in the documents (known: {', '.join(sorted(policies))})")
    in_force = [policy for start, policy in found.policies if start <= wiring.clock()] or [found.policies[0][1]]
    _simulate(gate.answerer(policies[name] if name else in_force[-1]))


@main.command("replay")
@click.argument("name", metavar="POLICY")
@click.option("--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="Tickets made since then.")
@click.option(
    "--save", type=click.Path(dir_okay=False, writable=True), help="Where the differences are kept as JSON."
)
@click.pass_obj
def replay_policy(wiring: Wiring, name: str, days: int, save: str | None) -> None:
    """What a policy of the documents would decide otherwise on stored tickets. Nothing is changed, nobody is told."""
    policies = {policy.name: policy for policy in _documents(wiring).all_policies}
    if name not in policies:
        raise Refused(f"there is no policy {name!r} in the documents (known: {', '.join(sorted(policies))})")
    now = wiring.clock()
    path = Path(save or f"replay-{name.replace(':', '-')}-{now:%Y%m%dT%H%M%S}.json")
    if not os.access(path.parent, os.W_OK):
        raise Refused(f"{path} cannot be written: name another place by --save")
    with closing(Database(wiring.settings().database_url)) as database, database.read() as conn:
        if not database.schema_is_current():
            raise Refused("the schema is not this release's: run `python app.py db upgrade`")
        config = Configurations().current(conn)
        found = replay.tickets_since(conn, now - timedelta(days=days))
        with click.progressbar(
            replay.replay(conn, config, found, policies[name]), length=len(found), label=name, file=sys.stderr
        ) as compared:
            summary = replayed.summed_up(compared)
    for line in replayed.to_lines(summary, name):
        click.echo(line)
    path.write_text(
        json.dumps(replayed.to_plain(summary, name), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
    )
    click.echo(f"Kept in {path}.")


def _documents(wiring: Wiring) -> Configuration:
    """The configuration as the documents have it, applied or not."""
    files = documents.read_folder(wiring.settings().config_dir)
    variants = [variant for variant, _ in documents.variants(files, wiring.clock().date())]
    return documents.build(files, variants, 0, wiring.clock().date())


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


@main.command("what-if")
@click.argument("customer")
@click.argument("variant")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), default="2000-01-01", help="Cycles begun from this day on."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object instead of tables.")
@click.pass_obj
def what_if(wiring: Wiring, customer: str, variant: str, since: datetime, as_json: bool) -> None:
    """What a contract variant would have meant for a customer's past cycles: due times, breaches, credits.

    The variant may be applied already, or stand in the documents only. Nothing is changed.
    """
    env, now = wiring.settings(), wiring.clock()
    with closing(Database(env.database_url)) as database, database.read() as conn:
        if not database.schema_is_current():
            raise Refused("the schema is not this release's: run `python app.py db upgrade`")
        config = Configurations().current(conn)
        if customer not in config.customers:
            raise Refused(f"there is no customer {customer!r} (known: {', '.join(sorted(config.customers))})")
        contract = config.contracts.get(variant) or _unapplied(env, variant, now, known=config.contracts)
        bound = config.contracts_of(config.customers[customer])
        instead = bound_instead(bound, contract, since.replace(tzinfo=UTC))
        found = tickets_of(conn, customer)
        steps = compared(conn, config, found, bound, instead, now)
        with click.progressbar(steps, length=len(found), label=customer, file=sys.stderr) as bar:
            comparisons = [comparison for ticket in bar for comparison in ticket]
    answer = summed_up(comparisons, bound, instead)
    if as_json:
        about = {"customer": customer, "variant": variant, "since": since.date().isoformat()}
        click.echo(json.dumps({**about, **to_plain(answer)}))
        return
    for line in to_lines(answer):
        click.echo(line)


def _unapplied(env: Settings, name: str, now: datetime, known: Iterable[str]) -> Contract:
    """A contract that stands in the documents and has not been applied yet."""
    found = documents.variants(documents.read_folder(env.config_dir), now.date())
    contracts = {variant.name: variant for variant, _ in found if variant.kind == documents.CONTRACT}
    if name not in contracts:
        names = ", ".join(sorted({*contracts, *known}))
        raise Refused(f"there is no contract {name!r}, neither applied nor in {env.config_dir} (known: {names})")
    return documents.contract(contracts[name])


@main.command()
@click.option("--register-webhook", is_flag=True, help="Register the webhook in Jira, or bring ours up to date.")
@click.pass_obj
def doctor(wiring: Wiring, register_webhook: bool) -> None:
    """Check that the real Jira fits the configuration, and print what to change."""
    env = wiring.with_secrets(wiring.settings())
    if not env.jira_url:
        raise Refused("TRIAGE_JIRA_URL is not set: see docs/jira.md")
    receiver = Receiver(env.public_url, env.jira_webhook_secrets, env.jira_bearer_tokens)
    jira, config = wiring.create_inspector(env), _documents(wiring)
    findings = [*examine(jira, config, receiver, wiring.clock, register=register_webhook)]
    for line in report(findings):
        click.echo(line)
    sys.exit(has_problem(findings))


def _why(step: Progress | None) -> str:
    """Why the bar stands still, if it does."""
    return f"waiting {step.wait.total_seconds():.0f} s: {step.why}" if step and step.wait else ""


def greet(address: str, secret: str, *, has_jira: bool) -> None:
    """What the operator sees when everything runs; `secret` is that of a sign-in link, or empty."""
    click.echo(f"\n  Support triage is running at {address}")
    if secret:
        click.echo(f"  Sign in once with this link:  {address}/signin/{secret}\n")
    else:
        click.echo("  For a link to sign in with:   python app.py signin\n")
    click.echo("  What to try next: `make demo` in another terminal sends recorded events; their pages appear here.")
    if not has_jira:
        click.echo("  Jira is not connected yet: see “Connect your Jira” in README.md.")
    click.echo("")
    sys.stdout.flush()
