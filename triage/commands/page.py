"""`page`: send a page by hand."""

from __future__ import annotations

import click

from triage.commands.oncall import BY
from triage.commands.wiring import Refused, Wiring
from triage.domain.explain import until
from triage.engine import contact_pages
from triage.engine.context import Context, Work
from triage.engine.probe import TEST_LIFE, send_test_page
from triage.store import customer_pages, outbox, queries, tickets
from triage.store.outbox import OutboxState

VIA = "command line"

#: How often it is looked whether the page has gone, in seconds.
LOOK = 0.25


@click.group()
def page() -> None:
    """Pages sent by hand."""


@page.command("test")
@click.argument("person")
@click.option("--method", default=1, show_default=True, help="Which of the person's contact methods, from 1.")
@BY
@click.pass_obj
def test(wiring: Wiring, person: str, method: int, by: str) -> None:
    """Send somebody a test page, and wait until the running service has sent it. It is no incident."""
    with wiring.context() as context:
        began = wiring.clock()
        with context.database.write() as conn:
            key = send_test_page(context.work(conn, began), person, method, by)
        while wiring.clock() - began < TEST_LIFE:
            state, reason = _outcome(context, key)
            if state is OutboxState.DELIVERED:
                click.echo(f"The test page is on its way to {person}: contact method {method} works.")
                return
            if state is not OutboxState.PENDING:
                raise Refused(f"the test page was not delivered: {reason or state}")
            wiring.pause(LOOK)
        _, reason = _outcome(context, key)
    raise Refused(f"nothing has taken the test page: {reason or 'is the service running? Start it by `make run`'}")


def _outcome(context: Context, key: str) -> tuple[OutboxState, str]:
    with context.database.read() as conn:
        found = outbox.outcome_of(conn, key)
    assert found is not None  # noqa: S101 - it was put there
    return found


@page.command("customer")
@click.argument("ticket")
@click.option("--reason", required=True, help="What you need; the contact reads it.")
@click.option("--override", help="Why it cannot wait: contacts are paged outside their hours too. For the audit.")
@BY
@click.pass_obj
def customer(wiring: Wiring, ticket: str, reason: str, override: str | None, by: str) -> None:
    """Page a ticket's customer: the first contact who may be paged now, then the next, until one answers.

    TICKET is its key, as SUP-123, or the number in its dashboard address.
    """
    now = wiring.clock()
    with wiring.context() as context, context.database.write() as conn:
        work = context.work(conn, now)
        asked = contact_pages.request(work, _ticket_number(work, ticket), reason, by, VIA, override)
        (first,) = customer_pages.pages_so_far(conn, asked.id)
        name = work.config.contacts[first.person].name
    on = until(first.deadline_at, now)
    click.echo(f"Customer page {asked.id}: {name} is being paged. Without an answer it goes on {on}.")


@page.command("cancel")
@click.argument("number", type=click.IntRange(1, 2**63 - 1))
@click.option("--reason", default="", help="Why nobody at the customer is needed any more, for the audit.")
@BY
@click.pass_obj
def cancel(wiring: Wiring, number: int, reason: str, by: str) -> None:
    """Cancel a customer page: nobody else is paged, and the links are over."""
    with wiring.context() as context, context.database.write() as conn:
        contact_pages.cancel(context.work(conn, wiring.clock()), number, by, VIA, reason)
    click.echo(f"Customer page {number} is cancelled.")


def _ticket_number(work: Work, named: str) -> int:
    """The number of the ticket with that key or number."""
    number = tickets.named(work.conn, named)
    if named.isdecimal() and len(named) < 19 and queries.ticket(work.conn, int(named)) is not None:
        number = int(named)
    if number is None:
        raise Refused(
            f"there is no ticket {named!r}: give its key, as SUP-123, or the number in its dashboard address"
        )
    return number
