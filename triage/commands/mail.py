"""`mail`: what is held, and the addresses that monitoring systems write to."""

from __future__ import annotations

import click

from triage.commands.oncall import BY
from triage.commands.wiring import Refused, Wiring
from triage.domain.address_tags import TagKind
from triage.domain.explain import utc
from triage.domain.mail_content import shortened
from triage.domain.mail_outcome import Fate
from triage.engine import held_mail
from triage.engine.mail_threads import post_of
from triage.store import mails

#: How many held mails are listed.
LISTED = 100
NUMBER = click.argument("number", type=click.IntRange(1, 2**63 - 1))


@click.group()
def mail() -> None:
    """Email to page: what is held, and the addresses for monitoring systems."""


@mail.command("held")
@click.pass_obj
def list_held(wiring: Wiring) -> None:
    """The mails that wait for a human, the newest first."""
    with wiring.context() as context, context.database.read() as conn:
        rows = mails.listed(conn, Fate.HELD, 0, LISTED)
    for row in rows[:LISTED]:
        subject = shortened(row.subject, 60) or "(no subject)"
        click.echo(f"{row.id} {utc(row.received_at)} {row.sender or '(no author)'}: {subject}\n    {row.reason}")
    if not rows:
        click.echo("No mail is held.")


@mail.command("release")
@NUMBER
@click.option("--customer", help="Whose sender it is from now on.")
@BY
@click.pass_obj
def release(wiring: Wiring, number: int, customer: str | None, by: str) -> None:
    """Let a held mail page."""
    with wiring.context() as context, context.database.write() as conn:
        held_mail.release(conn, context, number, by, wiring.clock(), customer=customer)
    click.echo(f"Mail {number} is released: it pages.")


@mail.command("drop")
@NUMBER
@click.option("--reason", default="", help="Why nothing is to follow from it.")
@BY
@click.pass_obj
def drop(wiring: Wiring, number: int, reason: str, by: str) -> None:
    """Let nothing follow from a held mail."""
    with wiring.context() as context, context.database.write() as conn:
        held_mail.drop(conn, context, number, by, reason, wiring.clock())
    click.echo(f"Mail {number} is dropped.")


@mail.command("addresses")
@click.pass_obj
def addresses(wiring: Wiring) -> None:
    """The address of each alert rule: a mail to it is believed to be from that monitoring system."""
    with wiring.context() as context:
        with context.database.read() as conn:
            rules = context.configurations.current(conn).mail
        tags = post_of(context).tags
    if not rules.mailboxes:
        raise Refused("no mailbox is configured: see `mail.mailboxes` in config/mail.yaml")
    for rule in rules.alerts:
        click.echo(f"{rule.name}: {tags.address(rules.mailboxes[0], TagKind.ALERT, rule.name)}")
    if not rules.alerts:
        click.echo("No alert rule is configured.")
