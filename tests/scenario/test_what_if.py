"""The command `what-if`: another contract over a customer's stored tickets, from the documents or the database."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from tests.jira_events import ANA, SITE
from tests.scenario.harness import CONFIG, START, Story
from triage import cli, documents, settings
from triage.domain.terms import Metric
from triage.engine import by_hand
from triage.store import tickets
from triage.store.db import Database
from triage.store.tables import metadata

Ask = Callable[..., Result]
INSTANCE = SITE.removeprefix("https://")


def _unused(*_: Any) -> Any:
    raise AssertionError("a what-if needs nothing but the database and the documents")


@pytest.fixture
def ask(database: Database, tmp_path: Path) -> Ask:
    """Runs the command beside the story, with gold:v2 in the documents: half the time for a first response."""
    folder = tmp_path / "config"
    folder.mkdir()
    for name, text in documents.read_folder(CONFIG).items():
        (folder / name).write_text(text)
    contracts = (folder / "contracts.yaml").read_text()
    gold = contracts[contracts.index("  gold:v1:") : contracts.index("  standard:v1:")]
    gold = gold.replace("gold:v1", "gold:v2").replace("P1: 1h", "P1: 30m")
    gold += "    credits: {first_response: [{below: 1.0, credit: 0.05}]}\n"
    (folder / "contracts.yaml").write_text(contracts + gold)
    url = database.url.render_as_string(hide_password=False)
    env = settings.read({"TRIAGE_DATABASE_URL": url, "TRIAGE_CONFIG_DIR": str(folder)})

    def run(now: Any, *arguments: str) -> Result:
        wiring = cli.Wiring(lambda: env, _unused, _unused, _unused, _unused, lambda: now, _unused)
        return CliRunner().invoke(cli.main, ["what-if", *arguments], obj=wiring)

    return run


def rows(database: Database) -> dict[str, list[Any]]:
    with database.read() as conn:
        return {
            table.name: [tuple(row) for row in conn.execute(sa.select(table))] for table in metadata.sorted_tables
        }


def three_tickets(story: Story) -> None:
    """Answered after 10, 40 and 70 minutes; gold:v1 promises an hour."""
    for minutes in (10, 40, 70):
        issue = story.created(priority="P1")
        story.advance(minutes=minutes)
        story.receive(issue.comment(story.now, "We look into it", ANA))


def test_a_variant_of_the_documents_is_run_over_the_past_and_nothing_changes(story: Story, ask: Ask) -> None:
    three_tickets(story)
    before = rows(story.context.database)
    result = ask(story.now, "acme", "gold:v2", "--json")
    assert result.exit_code == 0, result.output
    assert rows(story.context.database) == before
    answer = json.loads(result.stdout)
    assert (answer["customer"], answer["variant"]) == ("acme", "gold:v2")
    firsts = [cycle for cycle in answer["cycles"] if cycle["metric"] == "first_response"]
    assert [(cycle["old"]["breached"], cycle["new"]["breached"]) for cycle in firsts] == [
        (False, False),
        (False, True),
        (True, True),
    ]
    assert (firsts[1]["old"]["overrun_seconds"], firsts[1]["new"]["overrun_seconds"]) == (0, 600)
    assert {cycle["new"]["contract"] for cycle in firsts} == {"gold:v2"}
    assert answer["breaches"] == [{"metric": "first_response", "priority": "P1", "gained": 1, "lost": 0}]
    assert answer["credits"] == [{"month": "2026-11", "old": 0.0, "new": 0.05}]


def test_an_excluded_breach_stays_excluded_and_a_table_is_shown_to_people(story: Story, ask: Ask) -> None:
    three_tickets(story)
    with story.context.database.write() as conn:
        breached = tickets.with_key(conn, INSTANCE, "ACME-13001")
        assert breached is not None
        breach = Metric.FIRST_RESPONSE, "created"
        by_hand.exclude_breach(conn, story.context, breached, breach, "ana", "theirs", story.now)
    shown = ask(story.now, "acme", "gold:v2").stdout
    assert "10 min (excluded)" in shown
    month = next(line for line in shown.splitlines() if line.startswith("2026-11  first_response"))
    assert month.split() == ["2026-11", "first_response", "100.00%", "50.00%", "0.00%", "5.00%"]


def test_only_cycles_begun_since_that_day_and_only_this_customers(story: Story, ask: Ask) -> None:
    three_tickets(story)
    later = (START + timedelta(days=1)).date().isoformat()
    assert "No cycle of this customer began" in ask(story.now, "acme", "gold:v2", "--since", later).stdout
    assert json.loads(ask(story.now, "globex", "gold:v2", "--json").stdout)["cycles"] == []
    assert json.loads(ask(story.now, "default", "gold:v2", "--json").stdout)["cycles"] == []


def test_a_variant_that_is_applied_already_needs_no_documents(story: Story, ask: Ask) -> None:
    three_tickets(story)
    result = ask(story.now, "acme", "standard:v1", "--json")
    assert json.loads(result.stdout)["breaches"] == [
        {"metric": "first_response", "priority": "P1", "gained": 0, "lost": 1}
    ]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("umbrella", "gold:v2"), "there is no customer 'umbrella' (known: acme, default, globex)"),
        (("acme", "gold:v9"), "there is no contract 'gold:v9'"),
    ],
)
def test_what_does_not_exist_is_told(story: Story, ask: Ask, arguments: tuple[str, str], told: str) -> None:
    result = ask(story.now, *arguments)
    assert result.exit_code == 1
    assert told in result.output
