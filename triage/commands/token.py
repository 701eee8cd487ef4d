"""`token`: by what programs may use the API."""

from __future__ import annotations

import click

from triage.commands.oncall import BY
from triage.commands.wiring import Refused, Wiring
from triage.store import audit, tokens


@click.group()
def token() -> None:
    """By what programs may use the API."""


@token.command("add")
@click.argument("name")
@BY
@click.pass_obj
def add(wiring: Wiring, name: str, by: str) -> None:
    """Make a token for a program; it is shown this once. The audit calls whatever it does by NAME."""
    with wiring.context() as context, context.database.write() as conn:
        number, secret = tokens.add(conn, name, by, wiring.clock())
        audit.record(conn, who=by, act="token.add", subject=f"token/{number}", reason=name, now=wiring.clock())
    click.echo(f"{number} {name}: {secret}")


@token.command("list")
@click.pass_obj
def list_tokens(wiring: Wiring) -> None:
    """The tokens that are good."""
    with wiring.context() as context, context.database.read() as conn:
        found = tokens.listed(conn)
    for one in found:
        click.echo(f"{one.id} {one.name}, made {one.created_at:%Y-%m-%d} by {one.created_by}")
    if not found:
        click.echo("There are no tokens.")


@token.command("revoke")
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@BY
@click.pass_obj
def revoke(wiring: Wiring, number: int, by: str) -> None:
    """End a token for ever."""
    with wiring.context() as context, context.database.write() as conn:
        ended = tokens.revoke(conn, number, by, wiring.clock())
        if ended is None:
            raise Refused(f"there is no token {number}, or not any more: `token list` shows them")
        audit.record(conn, who=by, act="token.revoke", subject=f"token/{number}", now=wiring.clock())
    click.echo(f"Token {number} is revoked.")
