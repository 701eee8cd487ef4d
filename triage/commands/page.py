"""`page`: send a page by hand."""

from __future__ import annotations

import click

from triage.commands.oncall import BY
from triage.commands.wiring import Refused, Wiring
from triage.engine.context import Context
from triage.engine.probe import TEST_LIFE, send_test_page
from triage.store import outbox
from triage.store.outbox import OutboxState

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
