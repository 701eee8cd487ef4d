"""`account` and `signin`: who may use the dashboard, from the terminal of whoever runs the service."""

from __future__ import annotations

import click
from sqlalchemy.engine import Connection

from triage.commands.oncall import BY
from triage.commands.wiring import Refused, Wiring
from triage.domain.rights import Role
from triage.engine import accounts
from triage.store import people

ROLE = click.option(
    "--role", type=click.Choice([str(role) for role in Role]), required=True, help="What they may do."
)


@click.group()
def account() -> None:
    """Who may use the dashboard."""


@account.command("add")
@click.argument("name")
@ROLE
@BY
@click.pass_obj
def add(wiring: Wiring, name: str, role: str, by: str) -> None:
    """Make an account and print the link by which NAME signs in once. Take the name that people.yaml has for them."""
    with wiring.context() as context, context.database.write() as conn:
        made, secret = accounts.add(conn, name, Role(role), by, wiring.clock())
    click.echo(f"{made.name} is {made.role}, and signs in once by this link:")
    click.echo(_link(wiring, secret))


@account.command("list")
@click.pass_obj
def list_accounts(wiring: Wiring) -> None:
    """Every account, with its role."""
    with wiring.context() as context, context.database.read() as conn:
        rows = people.listed(conn)
    for row in rows:
        state = ", disabled" if row["disabled_at"] else ""
        last = f"signed in {row['signed_in_at']:%Y-%m-%d %H:%M} UTC" if row["signed_in_at"] else "has never signed in"
        click.echo(f"{row['name']}: {row['role']}, {last}{state}")


@account.command("role")
@click.argument("name")
@ROLE
@BY
@click.pass_obj
def change_role(wiring: Wiring, name: str, role: str, by: str) -> None:
    """Give an account another role."""
    with wiring.context() as context, context.database.write() as conn:
        accounts.change_role(conn, _number(conn, name), Role(role), by, wiring.clock())
    click.echo(f"{name} is {role} from now on.")


@account.command("disable")
@click.argument("name")
@BY
@click.pass_obj
def disable(wiring: Wiring, name: str, by: str) -> None:
    """Let somebody in no more, and sign them out everywhere."""
    with wiring.context() as context, context.database.write() as conn:
        accounts.disable(conn, _number(conn, name), by, wiring.clock())
    click.echo(f"{name} is signed out everywhere and not let in again.")


@account.command("enable")
@click.argument("name")
@BY
@click.pass_obj
def enable(wiring: Wiring, name: str, by: str) -> None:
    """Let somebody in again, also one whom wrong passwords have shut out."""
    with wiring.context() as context, context.database.write() as conn:
        accounts.enable(conn, _number(conn, name), by, wiring.clock())
    click.echo(f"{name} is let in again.")


@click.command()
@click.argument("name", required=False)
@BY
@click.pass_obj
def signin(wiring: Wiring, name: str | None, by: str) -> None:
    """Print a new one-time sign-in link: NAME's, or the first admin's."""
    with wiring.context() as context, context.database.write() as conn:
        number = _number(conn, name) if name else people.admin(conn, wiring.clock()).id
        assert number is not None  # noqa: S101 - an account has one
        _, secret = accounts.invite(conn, number, by, wiring.clock())
    click.echo(_link(wiring, secret))


def _number(conn: Connection, name: str) -> int:
    row = people.row_named(conn, name)
    if row is None:
        known = ", ".join(row["name"] for row in people.listed(conn))
        raise Refused(f"there is no account {name!r} (known: {known})")
    number: int = row["id"]
    return number


def _link(wiring: Wiring, secret: str) -> str:
    return f"{wiring.settings().public_url}/signin/{secret}"
