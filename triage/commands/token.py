"""`token`: by what programs may use the API."""

from __future__ import annotations

from datetime import timedelta

import click

from triage.commands.oncall import BY
from triage.commands.wiring import Wiring
from triage.domain.rights import Role
from triage.engine import accounts
from triage.store import tokens
from triage.store.people import Account


@click.group()
def token() -> None:
    """By what programs may use the API."""


@token.command("add")
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice([str(role) for role in Role]),
    default=str(Role.VIEWER),
    show_default=True,
    help="What it may do.",
)
@click.option(
    "--days",
    type=click.IntRange(1, accounts.LONGEST_TOKEN_LIFE.days),
    default=accounts.TOKEN_LIFE.days,
    show_default=True,
    help="How long it is good.",
)
@BY
@click.pass_obj
def add(wiring: Wiring, name: str, role: str, days: int, by: str) -> None:
    """Make a token for a program; it is shown this once. The audit calls whatever it does by NAME."""
    maker = Account(None, by, Role.ADMIN)  # whoever can run this command owns the database
    with wiring.context() as context, context.database.write() as conn:
        number, secret = accounts.add_token(conn, name, Role(role), timedelta(days=days), maker, wiring.clock())
    click.echo(f"{number} {name}: {secret}")


@token.command("list")
@click.pass_obj
def list_tokens(wiring: Wiring) -> None:
    """The tokens that are good."""
    with wiring.context() as context, context.database.read() as conn:
        found = tokens.listed(conn, wiring.clock())
    for one in found:
        until = f"until {one.expires_at:%Y-%m-%d}" if one.expires_at else "for ever"
        click.echo(
            f"{one.id} {one.name}: {one.role}, good {until}, made {one.created_at:%Y-%m-%d} by {one.created_by}"
        )
    if not found:
        click.echo("There are no tokens.")


@token.command("revoke")
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@BY
@click.pass_obj
def revoke(wiring: Wiring, number: int, by: str) -> None:
    """End a token for ever."""
    with wiring.context() as context, context.database.write() as conn:
        accounts.revoke_token(conn, number, by, wiring.clock())
    click.echo(f"Token {number} is revoked.")
