"""A schedule that another system keeps decides whom a P0 pages, also while that system cannot be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from integrations.ical_inbound import IcalFile
from tests.contract.site import site_over
from tests.scenario.harness import CONFIG, Story
from triage import documents
from triage.domain.coverage import GapReason
from triage.domain.schedule_source import SourceKind
from triage.engine import configure, consult, cover
from triage.engine.override import add_override
from triage.store.db import Database

P0: dict[str, Any] = {"priority": "P0", "production": "yes", "workaround": "none"}
SCHEDULES = """schedules:
  primary:
    timezone: Europe/Berlin
    ical: {file: FILE, people: {Cy: cy, ben@vendor.example: ben}, every: 10m}
  secondary:
    timezone: Europe/Berlin
    layers:
      - rotation: {type: weekly, start: 2026-01-05 09:00, participants: [ana]}
"""
FAILED = "The schedule primary cannot be read: "


def event(who: str, start: str, end: str) -> str:
    return f"BEGIN:VEVENT\r\nUID:{who}{start}\r\nSUMMARY:{who}\r\nDTSTART:{start}\r\nDTEND:{end}\r\nEND:VEVENT\r\n"


def calendar(*events: str) -> bytes:
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{''.join(events)}END:VCALENDAR\r\n".encode()


CY = event("Cy", "20261101T000000Z", "20270301T000000Z")
BEN = event("ben@vendor.example", "20261101T000000Z", "20270301T000000Z")


class Rota:
    """A team whose primary schedule is a calendar in a file."""

    def __init__(self, database: Database, folder: Path, first: bytes = calendar(CY)) -> None:
        self.folder = folder
        (folder / "rota.ics").write_bytes(first)
        files = documents.read_folder(CONFIG)
        files["schedules.yaml"] = SCHEDULES.replace("FILE", "rota.ics")
        self.story = Story(database, files, schedule_sources={SourceKind.ICAL_FILE: IcalFile(folder)})
        self.files = files
        self.story.settle()

    def write(self, *events: str, name: str = "rota.ics") -> None:
        (self.folder / name).write_bytes(calendar(*events))

    def lose(self) -> None:
        (self.folder / "rota.ics").unlink()

    def notices(self) -> list[str]:
        return [message.body for message in self.story.sent if message.subject.startswith(FAILED)]

    def page(self) -> str:
        site = site_over(self.story)
        site.sign_in()
        return site.client.get("/oncall").text


@pytest.fixture
def rota(database: Database, tmp_path: Path) -> Rota:
    return Rota(database, tmp_path)


def test_the_calendar_decides_whom_a_p0_pages(rota: Rota) -> None:
    rota.story.created(**P0)
    rota.story.expect_pages("cy")


def test_a_change_in_the_calendar_counts_when_it_is_next_read(rota: Rota) -> None:
    rota.write(BEN)
    rota.story.advance(minutes=9)
    rota.story.created(**P0)
    rota.story.expect_pages("cy")
    rota.story.advance(minutes=3)
    rota.story.created(**P0)
    assert [page["person"] for page in rota.story.pages()].count("ben") == 1


def test_the_last_good_copy_stays_in_use_and_somebody_is_told_once_a_day(rota: Rota) -> None:
    rota.lose()
    rota.story.advance(minutes=10)
    assert rota.notices() == []  # what passes within minutes wakes nobody
    rota.story.advance(minutes=5)
    assert rota.notices() == [
        "The copy of 2026-11-23 09:00:00 UTC is in use until it can be read again.\n\nWho is on call: "
    ]
    rota.story.advance(hours=26)
    assert len(rota.notices()) == 2
    page = rota.page()
    assert "Read well at 2026-11-23 09:00:00 UTC" in page
    assert "No such file or directory; that copy is in use" in page
    rota.story.created(**P0)
    rota.story.expect_pages("cy")
    rota.write(BEN)
    rota.story.advance(minutes=11)
    assert "failing" not in rota.page()


def test_a_calendar_that_makes_no_sense_replaces_no_copy(rota: Rota) -> None:
    (rota.folder / "rota.ics").write_bytes(b"<html>Sign in</html>")
    rota.story.advance(minutes=11)
    rota.story.created(**P0)
    rota.story.expect_pages("cy")
    assert "this is no iCalendar" in rota.page()


def test_a_calendar_that_has_everybody_on_call_at_once_replaces_no_copy(rota: Rota) -> None:
    rota.write(*(event(f"Ben{number}", "20261101T000000Z", "20270301T000000Z") for number in range(51)))
    rota.story.advance(minutes=11)
    rota.story.created(**P0)
    rota.story.expect_pages("cy")
    assert "51 turns are under way at once" in rota.page()


def test_a_source_that_was_never_read_has_nobody_and_its_step_is_skipped(database: Database, tmp_path: Path) -> None:
    rota = Rota(database, tmp_path, first=b"nothing yet")
    assert "never read" in rota.page()
    rota.story.created(**P0)
    rota.story.expect_pages("ana")


def test_another_source_is_read_at_once_and_until_then_the_old_copy_counts(rota: Rota) -> None:
    files = {**rota.files, "schedules.yaml": SCHEDULES.replace("FILE", "other.ics")}
    with rota.story.context.database.write() as conn:
        configure.apply(conn, files, "test", rota.story.now)
    rota.story.settle()
    rota.story.created(**P0)
    rota.story.expect_pages("cy")
    rota.write(BEN, name="other.ics")
    rota.story.advance(minutes=2)
    with rota.story.context.database.read() as conn:
        config = rota.story.context.configurations.current(conn)
        assert consult.people(conn, config, "primary", rota.story.now) == ("ben",)


def test_overrides_act_on_it_as_on_any_schedule(rota: Rota) -> None:
    with rota.story.context.database.write() as conn:
        work = rota.story.context.work(conn, rota.story.now)
        add_override(work, "primary", "2026-11-23 10:00", "2026-11-24", "ben", user="ana", replaces="cy")
    rota.story.created(**P0)
    rota.story.expect_pages("ana")


def test_whom_nobody_knows_is_named_and_their_turn_is_a_gap(rota: Rota) -> None:
    rota.write(event("Dee <b>", "20261101T000000Z", "20270301T000000Z"))
    rota.story.advance(minutes=11)
    page = rota.page()
    assert "Dee &lt;b&gt;" in page
    with rota.story.context.database.read() as conn:
        config = rota.story.context.configurations.current(conn)
        found = cover.find_gaps(conn, rota.story.context, config, rota.story.now)
    assert [gap.reason for gap in found.schedules["primary"]] == [GapReason.NOBODY]
