"""The commands over a real database, as an operator types them."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests import recompute
from tests.month import fill
from tests.scenario.harness import CONFIG, START, Story
from triage import cli, settings
from triage.commands.wiring import Wiring
from triage.ports import Rejected
from triage.settings import Settings
from triage.store.db import Database


class Terminal:
    """The command line beside a running service; while a command waits, the service works."""

    def __init__(self, story: Story, url: str, folder: Path = CONFIG) -> None:
        self.story = story
        self.serving = True
        self._env = {"TRIAGE_DATABASE_URL": url, "TRIAGE_CONFIG_DIR": os.fspath(folder)}

    def __call__(self, *words: str) -> Result:
        wiring = Wiring(
            read_settings=lambda: settings.read(self._env),
            serve=lambda _env, _only: None,
            with_secrets=lambda env: env,
            create_context=self._context,
            create_inspector=lambda _env: pytest.fail("nobody asks Jira here"),
            clock=lambda: self.story.now,
            pause=self._pause,
        )
        return CliRunner().invoke(cli.main, list(words), obj=wiring)

    def _context(self, _env: Settings, _database: Database) -> object:
        return self.story.context

    def _pause(self, seconds: float) -> None:
        if self.serving:
            self.story.settle()
        self.story.now += timedelta(seconds=seconds)


@pytest.fixture
def run(database_url: str, database: Database) -> Terminal:
    return Terminal(Story(database), database_url)


def test_who_is_on_call_now_and_next(run: Terminal) -> None:
    told = run("oncall")
    assert told.output.splitlines() == [
        "primary: ana until Mon 2026-11-30 09:00 Europe/Berlin (in 6 d 23 h), then ben",
        "secondary: cy until Tue 2026-11-24 20:00 Europe/Berlin (in 1 d 10 h), then ana",
    ]
    assert told.exit_code == 0


def test_a_months_view(run: Terminal) -> None:
    run("oncall", "override", "add", "primary", "--from", "2026-12-24 10:00", "--until", "2026-12-26", "--user", "cy")
    lines = run("oncall", "month", "primary", "--month", "2026-12").output.splitlines()
    assert len(lines) == 31
    assert lines[23:26] == [
        "Thu 2026-12-24  00:00–10:00 ana; 10:00–24:00 cy*",
        "Fri 2026-12-25  00:00–24:00 cy*",
        "Sat 2026-12-26  00:00–24:00 ana",
    ]
    assert "known: primary, secondary" in run("oncall", "month", "tertiary").output


def test_overrides_are_added_listed_and_removed(run: Terminal) -> None:
    when = ("--from", "2026-12-24 09:00", "--until", "2026-12-24 18:00", "--by", "ben")
    added = run(
        "oncall", "override", "add", "primary", *when, "--user", "cy", "--replaces", "ana", "--reason", "party"
    )
    line = "1 primary: cy in place of ana, Thu 2026-12-24 09:00 to Thu 2026-12-24 18:00 Europe/Berlin, by ben (party)"
    assert added.output == line + "\n"
    run("oncall", "override", "add", "primary", *when, "--nobody")
    run("oncall", "override", "swap", "secondary", "ana", "cy", *when)
    listed = run("oncall", "override", "list").output.splitlines()
    assert [text.partition(", ")[0] for text in listed] == [
        "1 primary: cy in place of ana",
        "2 primary: nobody in place of everybody",
        "3 secondary: ana and cy stand in for each other",
    ]
    assert len(run("oncall", "override", "list", "primary").output.splitlines()) == 2
    assert run("oncall", "override", "remove", "1", "--by", "ana").output == "Override 1 is removed.\n"
    assert "party" not in run("oncall", "override", "list").output
    assert "(party) removed by ana" in run("oncall", "override", "list", "--all").output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--user", "eve"], "There is no person 'eve' (known: ana, ben, cy)."),
        (["--user", "cy", "--until", "2026-12-24 08:00"], "must end after it starts"),
        (["--user", "cy", "--from", "noon"], "'noon' is not a time; write it like 2026-12-24 09:00"),
        ([], "say either who is on call, by --user, or --nobody"),
        (["--user", "cy", "--nobody"], "say either who is on call, by --user, or --nobody"),
        (["--user", "cy", "--adds", "--replaces", "ana"], "either adds or replaces, not both"),
    ],
)
def test_what_makes_no_sense_is_refused(run: Terminal, words: list[str], told: str) -> None:
    answer = run(
        "oncall", "override", "add", "primary", "--from", "2026-12-24 09:00", "--until", "2026-12-25", *words
    )
    assert answer.exit_code != 0
    assert told in answer.output
    assert run("oncall", "override", "list").output == "There are no overrides.\n"


def test_feeds_are_made_listed_and_revoked(run: Terminal) -> None:
    number, of, address = run("oncall", "feed", "add", "person:ana", "--by", "ben").output.split()
    assert (number, of) == ("1", "person:ana:")
    assert address.startswith("feed:")
    assert run("oncall", "feed", "list").output == f"1 person:ana, made {START:%Y-%m-%d} by ben\n"
    assert "is no target; write it like schedule:primary" in run("oncall", "feed", "add", "ana").output
    assert "known: ana, ben, cy" in run("oncall", "feed", "add", "person:eve").output
    assert run("oncall", "feed", "revoke", "1").output == "Feed 1 is revoked.\n"
    assert run("oncall", "feed", "revoke", "1").exit_code == 1
    assert run("oncall", "feed", "list").output == "There are no feeds.\n"


def test_a_test_page_is_sent_by_the_running_service(run: Terminal) -> None:
    told = run("page", "test", "ben")
    assert (told.exit_code, told.output) == (0, "The test page is on its way to ben: contact method 1 works.\n")
    assert [message.subject for message in run.story.sent] == ["Test page for Ben Example"]


def test_a_test_page_that_does_not_arrive_says_why(run: Terminal) -> None:
    run.story.sinks[0].answers = [Rejected("no such number")]
    refused = run("page", "test", "ben")
    assert (refused.exit_code, refused.output) == (1, "Error: the test page was not delivered: no such number\n")
    run.serving = False
    assert "is the service running?" in run("page", "test", "ben").output
    assert "known: ana, ben, cy" in run("page", "test", "eve").output
    assert "ben has no contact method 2" in run("page", "test", "ben", "--method", "2").output


def test_config_check_tells_where_documents_leave_gaps(tmp_path: Path) -> None:
    for file in CONFIG.glob("*.yaml"):
        (tmp_path / file.name).write_text(file.read_text())
    people = (tmp_path / "people.yaml").read_text()
    (tmp_path / "people.yaml").write_text(
        people.replace("name: Cy Example\n    contact_methods:\n      - {gateway: console}", "name: Cy Example")
    )
    (tmp_path / "schedules.yaml").write_text(
        """schedules:
  primary:
    timezone: Europe/Berlin
    layers:
      - rotation: {type: weekly, start: 2026-01-05 09:00, participants: [ana, ben]}
        restrictions:
          - {days: [mon, tue, wed, thu, fri], from: "08:00", to: "20:00"}
  secondary:
    timezone: Europe/Berlin
    layers:
      - rotation: {type: weekly, start: 2026-01-05 09:00, participants: [ben]}
"""
    )
    told = CliRunner().invoke(cli.main, ["config", "check"], obj=wiring_without_database(tmp_path))
    assert told.exit_code == 0
    nobody, fallback, summary = told.output.splitlines()[1:]
    assert nobody.startswith("  schedules.yaml:2: schedules.primary: nobody is on call, Mon 2026-11-23 20:00 to Tue")
    assert nobody.endswith(" Europe/Berlin, and 21 more times")
    assert fallback.startswith(
        f"  escalation.yaml:{line_of('around-the-clock')}: escalation_policies.around-the-clock: "
    )
    assert fallback.endswith("the fallback reaches nobody, Mon 2026-11-23 09:00 to Wed 2026-12-23 09:00 UTC")
    assert summary == "Coverage of the next 30 days: 2 gap(s), see above."


def line_of(words: str) -> int:
    lines = (CONFIG / "escalation.yaml").read_text().splitlines()
    return next(number for number, line in enumerate(lines, 1) if words in line)


def wiring_without_database(folder: Path) -> Wiring:
    def never(*_: object) -> object:
        pytest.fail("documents alone are checked")

    return Wiring(
        read_settings=lambda: settings.read({"TRIAGE_CONFIG_DIR": os.fspath(folder)}),
        serve=lambda _env, _only: None,
        with_secrets=lambda env: env,
        create_context=never,  # type: ignore[arg-type]
        create_inspector=never,  # type: ignore[arg-type]
        clock=lambda: START,
        pause=lambda _: None,
    )


def test_an_incident_is_answered_from_a_terminal(run: Terminal) -> None:
    run.story.created(priority="P0", production="yes", workaround="none")
    assert run("incident", "acknowledge", "1", "--by", "ana").output == "Incident 1 is acknowledged by ana.\n"
    run.story.advance(seconds=1)
    assert run("incident", "snooze", "1", "--for", "90m", "--by", "ana").exit_code == 0
    assert run("incident", "reassign", "1", "ben", "--by", "ana").output == "ben is being paged.\n"
    run.story.settle()
    run.story.expect_pages("ana", "ben")
    run.story.advance(seconds=1)
    assert run("incident", "escalate", "1", "--by", "ana").exit_code == 0
    run.story.expect_pages("ana")
    run.story.created(priority="P0", production="yes", workaround="none")
    assert run("incident", "split", "1", "--ticket", "2", "--by", "ana").output == "The ticket has incident 2 now.\n"
    assert run("incident", "merge", "2", "--into", "1", "--by", "ana").exit_code == 0
    assert run("incident", "resolve", "1", "--reason", "fixed", "--by", "ana").output == "Incident 1 is resolved.\n"
    refused = run("incident", "acknowledge", "1", "--by", "ana")
    assert (refused.exit_code, refused.output) == (1, "Error: The incident is over.\n")
    assert "is not a duration; write it like 30m" in run("incident", "snooze", "1", "--for", "soon").output


def test_maintenance_is_planned_listed_and_ended(run: Terminal) -> None:
    times = ("--from", "2026-11-23 10:00", "--until", "2026-11-23 12:00", "--timezone", "Europe/Berlin")
    added = run("maintenance", "add", "new disks", "--customer", "acme", *times, "--by", "lead")
    assert added.output == "Window 1: acme, 2026-11-23 09:00:00 UTC to 2026-11-23 11:00:00 UTC: new disks\n"
    assert run("maintenance", "list").output.startswith("1 acme, 2026-11-23 09:00:00 UTC")
    assert run("maintenance", "end", "1", "--by", "lead").exit_code == 0
    assert run("maintenance", "list").output == "No maintenance is planned.\n"
    assert "was ended before, by lead" in run("maintenance", "end", "1").output
    assert "unknown time zone 'Mars'" in run("maintenance", "add", "x", *times[:4], "--timezone", "Mars").output


def test_a_token_is_made_shown_once_listed_and_revoked(run: Terminal) -> None:
    made = run("token", "add", "bridge", "--by", "lead").output
    secret = made.rpartition(" ")[2].strip()
    assert made.startswith("1 bridge: ")
    listed = run("token", "list").output
    assert listed == "1 bridge: viewer, good until 2027-02-21, made 2026-11-23 by lead\n"
    assert secret not in listed
    assert run("token", "revoke", "1").output == "Token 1 is revoked.\n"
    assert run("token", "list").output == "There are no tokens.\n"
    assert run("token", "revoke", "1").exit_code == 1


def test_accounts_are_made_listed_changed_and_shut_from_a_terminal(run: Terminal) -> None:
    made = run("account", "add", "ben", "--role", "responder", "--by", "ana").output
    assert made.startswith("ben is responder, and signs in once by this link:\nhttp://")
    assert "ben: responder, has never signed in" in run("account", "list").output
    assert "ben is lead from now on." in run("account", "role", "ben", "--role", "lead").output
    assert "/signin/" in run("signin", "ben").output
    assert "not let in again" in run("account", "disable", "ben").output
    assert "ben: lead, has never signed in, disabled" in run("account", "list").output
    assert "let in again" in run("account", "enable", "ben").output
    assert "/signin/" in run("signin").output
    refused = run("account", "role", "nobody", "--role", "lead")
    assert refused.exit_code == 1
    assert "there is no account 'nobody' (known: admin, ben)" in refused.output


def test_a_report_is_printed_written_and_restated_from_a_terminal(run: Terminal, tmp_path: Path) -> None:
    with run.story.context.database.write() as conn:
        fill(conn, 60)
    text = run("report", "--month", "2026-10", "--customer", "acme").output
    assert text.startswith("Acme GmbH, October 2026\nAs things stand\n")
    assert "Resolution: " in text
    assert "Acme GmbH: " in run("report", "--month", "2026-10").output
    sheet, figures, pdf = (tmp_path / f"r.{form}" for form in ("csv", "json", "pdf"))
    for path in (sheet, figures, pdf):
        form = path.suffix.removeprefix(".")
        run("report", "--month", "2026-10", "--customer", "acme", "--format", form, "--output", str(path))
    assert recompute.differences(sheet.read_text("utf-8"), json.loads(figures.read_text("utf-8"))) == []
    assert pdf.read_bytes().startswith(b"%PDF")
    told = run("report", "--month", "2026-10", "--customer", "acme", "--restate", "the first one", "--by", "ana")
    assert "Version 1, told 2026-11-23" in told.output
    for arguments, why in (
        (
            ["--month", "2026-10", "--customer", "nobody"],
            "no customer 'nobody' (known: acme, default, globex)",
        ),
        (["--month", "2026-10", "--customer", "acme", "--version", "9"], "there is no version 9 of that report"),
        (["--month", "October"], "'October' is no month; write it like 2026-10"),
        (["--month", "2026-11", "--restate", "early"], "2026-11 is not over"),
    ):
        refused = run("report", *arguments)
        assert refused.exit_code != 0
        assert why in refused.output
