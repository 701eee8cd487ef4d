"""Paging a customer from a terminal."""

from __future__ import annotations

import pytest

from tests.contract.test_commands import Terminal
from tests.scenario.test_customer_pages import REASON, files, ledger, opened, over, state
from triage.store import queries
from triage.store.db import Database


@pytest.fixture
def run(database_url: str, database: Database) -> Terminal:
    story = over(database, files())
    opened(story)
    return Terminal(story, database_url)


@pytest.mark.parametrize("ticket", ["1", "ACME-31601"])
def test_a_customer_is_paged_and_it_is_cancelled(run: Terminal, ticket: str) -> None:
    asked = run("page", "customer", ticket, "--reason", REASON, "--by", "ana")
    told = "Customer page 1: Dora Example is being paged. Without an answer it goes on in 10 min.\n"
    assert (asked.exit_code, asked.output) == (0, told)
    run.story.settle()
    assert [message.address for message in run.story.sent] == ["dora-phone"]
    again = run("page", "customer", ticket, "--reason", REASON)
    assert (again.exit_code, "Customer page 1 is open: ana asked" in again.output) == (1, True)
    assert run("page", "cancel", "1", "--by", "ben").output == "Customer page 1 is cancelled.\n"
    assert state(run.story) == "cancelled"
    assert run("page", "cancel", "1").exit_code == 1


def test_outside_their_hours_it_takes_an_override(run: Terminal) -> None:
    run.story.now = run.story.now.replace(day=28)  # a Saturday
    refused = run("page", "customer", "1", "--reason", REASON)
    assert (refused.exit_code, "Mon 2026-11-30 08:00 Europe/Berlin" in refused.output) == (1, True)
    assert run("page", "customer", "1", "--reason", REASON, "--override", "it burns", "--by", "ana").exit_code == 0
    assert len(ledger(run.story)) == 1
    with run.story.context.database.read() as conn:
        after = queries.audit_of(conn, ["ticket/1"])[0]["after"]
    assert after == {"customer_page": 1, "via": "command line", "override": "it burns"}


@pytest.mark.parametrize("ticket", ["9", "ACME-9", "9" * 40, "²"])
def test_a_ticket_that_is_not_there_is_told(run: Terminal, ticket: str) -> None:
    refused = run("page", "customer", ticket, "--reason", REASON)
    assert refused.exit_code == 1
    assert f"there is no ticket {ticket!r}: give its key, as SUP-123" in refused.output
