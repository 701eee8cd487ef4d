"""A policy over the past: what it would have decided otherwise, and that nothing is touched.

`TRIAGE_TEST_REPLAY=10000 python -m pytest -s tests/scenario/test_replay.py` runs it at full size and tells the time.
"""

from __future__ import annotations

import os
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from tests.scenario.harness import CONFIG, START, Story
from triage import cli, documents, settings
from triage.commands.wiring import Wiring
from triage.domain.replay import summed_up, to_plain
from triage.domain.ticket import Actor, Fact, FactKind, Role, TicketRef
from triage.engine.replay import replay, tickets_since
from triage.store import tickets
from triage.store.db import Database
from triage.store.tables import metadata

TICKETS = int(os.environ.get("TRIAGE_TEST_REPLAY", "60"))
WORDS = [
    "Production is down for all customers since the update this morning. We restarted everything without success.",
    "OUR STAGING SYSTEM IS DOWN. Production is not affected.",
    "The export hangs in production. As a workaround we split the file and load the parts one by one.",
    "Hello,\n\nthe column width in the report is wrong since Monday. Please look at it.\n\nBest regards\nDora",
]
CUSTOMER = Actor("c-dora", "Dora", Role.CUSTOMER)


def files() -> dict[str, str]:
    found = documents.read_folder(CONFIG)
    found["policies.yaml"] += "  p0-gate:v2: {promote: auto, read_texts: false}\n"
    return found


def fill(database: Database) -> None:
    """Tickets with a report and two comments each, as a sweep would have brought them."""
    with database.write() as conn:
        for number in range(TICKETS):
            at = START + timedelta(minutes=number)
            ref = TicketRef("jira", "jira.example", str(10001 + number), f"SUP-{number}")
            ticket = tickets.locked(conn, ref, at)
            texts = {"summary": f"Ticket {number}", "description": WORDS[number % len(WORDS)]}
            values = {"priority": "P0", "status": "open", "organizations": "1"}
            told = [
                Fact("created", FactKind.CREATED, at),
                Fact("snapshot/1", FactKind.SNAPSHOT, at, values=values, texts=texts, final=True),
                Fact("comment/1", FactKind.COMMENT, at, 1, CUSTOMER, texts={"body": "Any news?"}, public=True),
                Fact("comment/2", FactKind.COMMENT, at, 2, CUSTOMER, texts={"body": f"Case {number}."}, public=True),
            ]
            tickets.add_facts(conn, ticket.id, told, at)
            tickets.save_state(conn, ticket.id, {"created_at": at})


def everything(database: Database) -> dict[str, list[Any]]:
    with database.read() as conn:
        return {table.name: list(conn.execute(sa.select(table))) for table in metadata.sorted_tables}


def unused(*_: object) -> Any:
    raise AssertionError("a replay needs nothing but the database and the documents")


@pytest.mark.timeout(1200)
def test_what_would_have_been_different_is_told_and_nothing_is_changed(database: Database) -> None:
    story = Story(database, files())
    fill(database)
    before = everything(database)
    begun = time.perf_counter()
    with database.read() as conn:
        config = story.context.configurations.current(conn)
        (policy,) = [one for one in config.all_policies if one.name == "p0-gate:v2"]
        found = tickets_since(conn, START)
        summary = summed_up(replay(conn, config, found, policy))
    print(f"\n{TICKETS} tickets in {time.perf_counter() - begun:.1f} s")
    assert everything(database) == before
    assert len(found) == summary.tickets == TICKETS
    # Without the texts every request for P0 stays in doubt: half of the tickets were P1 by their words.
    told = to_plain(summary, policy.name)
    assert (told["pages_more"], told["pages_fewer"]) == (TICKETS // 2, 0)
    assert {one["now"]["reason"] for one in told["differing"]} >= {"production_not_affected", "workaround_exists"}
    assert {one["instead"]["reason"] for one in told["differing"]} == {"in_doubt"}


def test_the_command_prints_and_keeps_what_would_differ(database: Database, tmp_path: Path) -> None:
    Story(database, files())
    fill(database)
    folder = tmp_path / "config"
    folder.mkdir()
    for name, text in files().items():
        (folder / name).write_text(text)
    url = database.url.render_as_string(hide_password=False)
    env = settings.read({"TRIAGE_DATABASE_URL": url, "TRIAGE_CONFIG_DIR": str(folder)})
    wiring = Wiring(lambda: env, unused, unused, unused, unused, lambda: START + timedelta(days=1), unused)
    kept = tmp_path / "kept.json"
    done = CliRunner().invoke(cli.main, ["replay", "p0-gate:v2", "--days", "3", "--save", str(kept)], obj=wiring)
    assert done.exit_code == 0, done.output
    assert f"{TICKETS} tickets under p0-gate:v2" in done.output
    assert '"pages_more": ' in kept.read_text()
    refused = CliRunner().invoke(cli.main, ["replay", "p0-gate:v9"], obj=wiring)
    assert refused.exit_code == 1
    assert "known: p0-gate:v1, p0-gate:v2" in refused.output
