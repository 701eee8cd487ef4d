"""`incident`: answer an incident from a terminal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import click
from marshmallow import ValidationError

from triage.commands.oncall import BY
from triage.commands.wiring import Wiring
from triage.documents.fields import Duration
from triage.engine import hand_over, regroup, respond
from triage.engine.context import Work

VIA = "command line"
NUMBER = click.IntRange(1, 2**63 - 1)
REASON = click.option("--reason", default="", help="Why, for the audit.")


@click.group()
def incident() -> None:
    """Answer an incident: take it, end it, give it on, merge and split."""


def _act(wiring: Wiring, do: Callable[[Work], object], done: str) -> None:
    with wiring.context() as context, context.database.write() as conn:
        do(context.work(conn, wiring.clock()))
    click.echo(done)


@incident.command()
@click.argument("number", type=NUMBER)
@BY
@click.pass_obj
def acknowledge(wiring: Wiring, number: int, by: str) -> None:
    """Take the incident: the escalation stops."""
    with wiring.context() as context, context.database.write() as conn:
        found = respond.acknowledge_incident(conn, context, number, by, wiring.clock(), VIA)
    click.echo(f"Incident {number} is acknowledged by {found.acknowledged_by}.")


@incident.command()
@click.argument("number", type=NUMBER)
@click.option("--reason", required=True, help="Why it is over.")
@BY
@click.pass_obj
def resolve(wiring: Wiring, number: int, reason: str, by: str) -> None:
    """End the incident; the ticket and its clocks go on."""
    with wiring.context() as context, context.database.write() as conn:
        respond.resolve_incident(conn, context, number, by, reason, wiring.clock(), VIA)
    click.echo(f"Incident {number} is resolved.")


@incident.command()
@click.argument("number", type=NUMBER)
@click.argument("to")
@REASON
@BY
@click.pass_obj
def reassign(wiring: Wiring, number: int, to: str, reason: str, by: str) -> None:
    """Give the incident to a person or channel:NAME, who is paged now; then the policy's steps follow."""
    _act(wiring, lambda work: hand_over.reassign(work, number, to, by, VIA, reason), f"{to} is being paged.")


@incident.command()
@click.argument("number", type=NUMBER)
@REASON
@BY
@click.pass_obj
def escalate(wiring: Wiring, number: int, reason: str, by: str) -> None:
    """Page the next step now; an acknowledgement is given up by it."""
    _act(wiring, lambda work: hand_over.escalate_now(work, number, by, VIA, reason), "The next step is being paged.")


def _span(_ctx: click.Context, _param: click.Parameter, value: str) -> timedelta:
    try:
        return Duration().deserialize(value)
    except ValidationError as error:
        raise click.BadParameter(str(error)) from error


@incident.command()
@click.argument("number", type=NUMBER)
@click.option("--for", "span", required=True, callback=_span, help="How long from now on, as 90m or 4h.")
@REASON
@BY
@click.pass_obj
def snooze(wiring: Wiring, number: int, span: timedelta, reason: str, by: str) -> None:
    """Let the acknowledgement stand for longer; then the incident pages again."""
    _act(wiring, lambda work: hand_over.snooze(work, number, span, by, VIA, reason), f"It pages again in {span}.")


@incident.command()
@click.argument("number", type=NUMBER)
@click.option("--into", required=True, type=NUMBER, help="The incident that holds the tickets of both.")
@REASON
@BY
@click.pass_obj
def merge(wiring: Wiring, number: int, into: int, reason: str, by: str) -> None:
    """Merge an incident into another one that is the same problem."""
    done = f"Incident {number} is over; {into} holds its tickets."
    _act(wiring, lambda work: regroup.merge(work, number, into, by, VIA, reason), done)


@incident.command()
@click.argument("number", type=NUMBER)
@click.option("--ticket", required=True, type=NUMBER, help="The ticket's number, as in its dashboard address.")
@REASON
@BY
@click.pass_obj
def split(wiring: Wiring, number: int, ticket: int, reason: str, by: str) -> None:
    """Give a ticket an incident of its own."""
    with wiring.context() as context, context.database.write() as conn:
        own = regroup.split(context.work(conn, wiring.clock()), number, ticket, by, VIA, reason)
    click.echo(f"The ticket has incident {own} now.")
