"""Reports over a month of cycles: their figures, their forms, and that what was told stays what was told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pypdf
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

import app as wiring
from tests import recompute
from tests.contract.site import Site, site_over, token_in
from tests.month import BEGIN, MONTH, fill
from tests.scenario.harness import CONFIG, Story
from triage import documents
from triage.domain.month_report import EVERYBODY
from triage.domain.rights import Role
from triage.engine import configure, reports
from triage.engine.close_month import EVERY, close_next
from triage.engine.respond import NotPossible
from triage.render.report_sheet import report_sheet
from triage.render.statement_pdf import statement_pdf
from triage.store import statements
from triage.store.db import Database
from triage.store.tables import clocks, config_versions, exclusions, outbox, tickets

CREDITS = """
    credits:
      resolution:
        - {below: 0.99, credit: 0.05}
        - {below: 0.95, credit: 0.10}
"""
FORMS = ("csv", "json", "pdf")


def files(**changed: str) -> dict[str, str]:
    """The shipped configuration with credits in the gold contract."""
    kept = documents.read_folder(CONFIG)
    contracts = kept["contracts.yaml"].replace("    warn_at: [0.5, 0.75]\n", f"    warn_at: [0.5, 0.75]{CREDITS}", 1)
    return {**kept, "contracts.yaml": contracts, **changed}


@pytest.fixture
def story(database: Database) -> Story:
    """A month with 400 tickets, in which the service was there; and now it is the month after."""
    told = Story(database, files=files())
    with database.write() as conn:
        fill(conn, 400)
        conn.execute(sa.update(config_versions).values(applied_at=BEGIN))
    return told


@pytest.fixture
def lead(story: Story) -> Site:
    site = site_over(story)
    site.sign_in(Role.LEAD)
    return site


def get(site: Site, path: str) -> bytes:
    answer = site.client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.data


def restate(site: Site, reason: str = "", customer: str = "acme") -> str:
    form = {"csrf_token": token_in(site.client.get("/account").text), "reason": reason}
    return site.client.post(f"/reports/2026-10/{customer}".rstrip("/"), data=form, follow_redirects=True).text


def exclude(story: Story, number: int = 3) -> None:
    """Take the first breaches of the customer out of the statement."""
    with story.context.database.write() as conn:
        of = sa.select(clocks).join(tickets, tickets.c.id == clocks.c.ticket_id)
        missed = of.where(tickets.c.customer == "acme", clocks.c.breached_at.is_not(None)).order_by(clocks.c.id)
        for row in conn.execute(missed.limit(number)).mappings().all():
            why = {"reason": "=cmd|' /C calc'!A0", "who": "ana", "at": story.now}
            key = {name: row[name] for name in ("ticket_id", "metric", "began_by")}
            conn.execute(sa.insert(exclusions).values(**key, **why))


@pytest.mark.parametrize("customer", ["/acme", "/globex", "/default", ""])
def test_every_figure_is_borne_out_by_the_sheet(lead: Site, customer: str) -> None:
    exclude(lead.story)
    for version in ("", "&version=1"):
        report = json.loads(get(lead, f"/reports/2026-10{customer}?format=json{version}"))
        sheet = get(lead, f"/reports/2026-10{customer}?format=csv{version}").decode()
        assert recompute.differences(sheet, report) == []
        assert report["totals"]
        restate(lead, customer=customer.removeprefix("/"))


def test_a_sheet_that_does_not_bear_the_report_out_is_found(lead: Site, tmp_path: Path) -> None:
    """The script finds one cycle that is missing, as a customer would run it."""
    report, sheet = (get(lead, f"/reports/2026-10/acme?format={form}").decode() for form in ("json", "csv"))
    script = [sys.executable, recompute.__file__, str(tmp_path / "r.csv"), str(tmp_path / "r.json")]
    (tmp_path / "r.json").write_text(report)
    (tmp_path / "r.csv").write_text(sheet)
    assert subprocess.run(script, check=False, capture_output=True).returncode == 0
    (tmp_path / "r.csv").write_text("".join(sheet.splitlines(keepends=True)[:-1]))
    found = subprocess.run(script, check=False, capture_output=True, text=True)
    assert found.returncode == 1
    assert "totals: " in found.stdout


def test_what_was_told_stays_what_it_was_byte_by_byte(lead: Site) -> None:
    story = lead.story
    assert "This is what is told" in restate(lead)
    paths = [f"/reports/2026-10/acme?format={form}" for form in FORMS]
    told = [get(lead, path) for path in paths]
    # Everything changes: the contract, the customer's name, the clocks, what is excluded, and the time.
    later = files()
    gold = later["contracts.yaml"].split("  gold:v1:")[1].split("  standard:v1:")[0]
    changed = gold.replace("0.99", "0.999").replace("resolution: {P0: 4h", "resolution: {P0: 1h")
    later["contracts.yaml"] += f"  gold:v2:{changed}"
    bound = '{{contract: "gold:{}", from: 2026-01-01}}'
    renamed = later["customers.yaml"].replace("Acme GmbH", "Acme SE")
    later["customers.yaml"] = renamed.replace(bound.format("v1"), bound.format("v2"))
    with story.context.database.write() as conn:
        configure.apply(conn, later, "ana", story.now)
        conn.execute(sa.update(clocks).values(elapsed_seconds=clocks.c.elapsed_seconds + 1))
        conn.execute(sa.update(tickets).values(summary="Changed"))
    exclude(story)
    story.now += timedelta(days=400)
    lead.sign_in()
    assert [get(lead, path) for path in paths] == told
    # A restatement is a new version; the old one stays.
    assert "Restatement" not in restate(lead)
    assert "needs a reason" in restate(lead)
    assert "This is what is told" in restate(lead, "ticket SUP-1 was answered by phone")
    assert [get(lead, f"{path}&version=1") for path in paths] == told
    assert get(lead, paths[1]) != told[1]
    page = get(lead, "/reports/2026-10/acme?version=1").decode()
    assert "a newer version is told now" in page
    assert "ticket SUP-1 was answered by phone" in page


def test_what_does_not_differ_is_not_told_anew(lead: Site) -> None:
    restate(lead)
    assert "Nothing differs from version 1" in restate(lead, "to be sure")


def test_a_month_that_is_not_over_is_not_told(lead: Site) -> None:
    form = {"csrf_token": token_in(lead.client.get("/account").text), "reason": "early"}
    page = lead.client.post("/reports/2026-11/acme", data=form, follow_redirects=True).text
    assert "2026-11 is not over" in page


@pytest.mark.parametrize(
    "path",
    ["2026-13", "soon", "2027-01", "1999-12", "2026-10/nobody", "2026-10/acme?version=7", "2026-10/acme%00"],
)
def test_a_report_that_there_is_not_is_not_found(lead: Site, path: str) -> None:
    assert lead.client.get(f"/reports/{path}").status_code == 404


@pytest.mark.parametrize("query", ["format=xml", "version=x", "live=perhaps", "what=this"])
def test_a_report_asked_for_wrongly_says_what_is_wrong(lead: Site, query: str) -> None:
    answer = lead.client.get(f"/reports/2026-10/acme?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.text


def test_the_page_shows_what_the_figures_say(lead: Site) -> None:
    exclude(lead.story, 1)
    page = get(lead, "/reports/2026-10/acme").decode()
    report = json.loads(get(lead, "/reports/2026-10/acme?format=json"))
    for words in ("Acme GmbH, October 2026", "as things stand", "Service credit of the month", "<svg", "SUP-"):
        assert words in page
    assert report["totals"][0]["excluded"] + report["totals"][1]["excluded"] + report["totals"][2]["excluded"] == 1
    assert "/reports/2026-10/acme?format=pdf" in page
    assert "Freeze" in page


def test_a_viewer_reads_and_is_not_offered_to_restate(story: Story) -> None:
    site = site_over(story)
    site.sign_in(Role.VIEWER)
    assert 'id="restate"' not in get(site, "/reports/2026-10/acme").decode()


def test_the_overview_shows_what_is_about_to_be_missed(lead: Site) -> None:
    with lead.story.context.database.write() as conn:
        soon = lead.story.now + timedelta(hours=2)
        conn.execute(sa.update(tickets).where(tickets.c.id == 1).values(open=True))
        going = {"stopped_at": None, "breached_at": None, "due_at": soon, "state": "running"}
        conn.execute(sa.update(clocks).where(clocks.c.ticket_id == 1, clocks.c.metric == "resolution").values(going))
    page = get(lead, "/reports").decode()
    assert "SUP-1</a>" in page
    assert "in 2 h" in page


def test_a_formula_stays_a_text_in_the_sheet(lead: Site) -> None:
    exclude(lead.story)
    sheet = get(lead, "/reports/2026-10/acme?format=csv").decode()
    assert "'=cmd|' /C calc'!A0" in sheet
    assert ",=cmd" not in sheet


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)


def test_the_pdf_says_what_the_report_says(lead: Site) -> None:
    exclude(lead.story, 1)
    restate(lead)
    text = text_of(get(lead, "/reports/2026-10/acme?format=pdf"))
    report = json.loads(get(lead, "/reports/2026-10/acme?format=json"))
    for words in ("Acme GmbH · October 2026", "Contract gold:v1", "Missed promises", "Version 1, told 2026-11-23"):
        assert words in text
    for line in report["lines"]:
        assert f"{line['priority']} {line['cycles']} {line['met']} {line['breached']} {line['excluded']}" in text


@settings(max_examples=40)
@given(st.text(max_size=300), st.text(max_size=300))
def test_whatever_customers_write_goes_to_paper(name: str, reason: str) -> None:
    """No text breaks the PDF: not markup, not other scripts, not what no font has."""
    breach = {
        "ticket_id": 1, "key": name, "summary": reason, "customer": "acme", "metric": "resolution", "cycle": 1,
        "began_by": "created", "priority": "P1", "contract": name, "started_at": "2026-10-01T09:00:00+00:00",
        "due_at": "2026-10-01T10:00:00+00:00", "stopped_at": None, "elapsed_seconds": 1, "overrun_seconds": None,
        "exclusion": {"reason": reason, "by": name, "at": "2026-10-01T10:00:00+00:00"}, "receipt": [],
    }  # fmt: skip
    total = {"metric": "resolution", "cycles": 1, "met": 0, "breached": 1, "excluded": 0, "attainment": "0/1"}
    times = dict.fromkeys(("median_seconds", "ninetieth_seconds", "worst_seconds"), 1)
    report = {
        "customer": "acme", "name": name, "vendor": name, "month": "2026-10", "as_of": "2026-11-01T00:00:00+00:00",
        "contract": name, "credit": "0/1", "credit_table": [], "lines": [{**total, "priority": "P1", **times}],
        "totals": [{**total, "credit": "0/1"}], "customers": [], "trend": [], "breach_count": 1, "breaches": [breach],
        "edition": {"version": 1, "frozen_at": "2026-11-01T00:00:00+00:00", "frozen_by": name, "reason": reason},
    }  # fmt: skip
    assert statement_pdf(report).startswith(b"%PDF")


def closed(story: Story) -> Iterator[tuple[str, str]]:
    with story.context.database.read() as conn:
        for row in statements.listed(conn):
            yield f"{row['month']:%Y-%m}", row["customer"]


def close(story: Story) -> None:
    while close_next(story.context, story.now):
        pass


def test_a_month_is_closed_by_itself_some_days_after_its_end(story: Story) -> None:
    story.now = datetime(2026, 11, 3, 23, 59, 59, tzinfo=UTC)
    close(story)
    assert [*closed(story)] == []
    story.now += EVERY
    close(story)
    assert sorted(closed(story)) == [("2026-10", name) for name in ("", "acme", "default", "globex")]
    story.now += timedelta(days=5)
    close(story)
    assert len([*closed(story)]) == 4


def test_a_month_from_before_the_service_was_set_up_is_left_to_a_human(story: Story) -> None:
    """What was brought in later would otherwise be missing from a statement that nobody asked for."""
    with story.context.database.write() as conn:
        conn.execute(sa.update(config_versions).values(applied_at=BEGIN.replace(month=11)))
    close(story)
    assert [*closed(story)] == []


def test_a_month_told_by_hand_is_not_told_again_by_itself(story: Story) -> None:
    reports.freeze(story.context, "acme", MONTH, "ana", "", story.now)
    close(story)
    with story.context.database.read() as conn:
        told = statements.latest(conn, "acme", MONTH)
    assert told is not None
    assert (told.version, told.frozen_by) == (1, "ana")


def test_two_who_restate_at_once_do_not_both(story: Story) -> None:
    """The second one has seen what the first one replaced."""
    reports.freeze(story.context, "acme", MONTH, "ana", "", story.now)
    exclude(story)

    class Meanwhile:
        """Somebody else restates after the figures were put together and before they are kept."""

        def __init__(self) -> None:
            self.packed = statements.packed

        def __call__(self, cycles: Iterator[object]) -> bytes:
            statements.packed = self.packed  # type: ignore[assignment]
            reports.freeze(story.context, "acme", MONTH, "ben", "first", story.now)
            return self.packed(cycles)  # type: ignore[arg-type]

    statements.packed = Meanwhile()  # type: ignore[assignment]
    with pytest.raises(NotPossible, match="Somebody else has just told this month"):
        reports.freeze(story.context, "acme", MONTH, "ana", "second", story.now)
    with story.context.database.read() as conn:
        told = statements.latest(conn, "acme", MONTH)
    assert told is not None
    assert (told.version, told.frozen_by) == (2, "ben")


def test_the_trend_says_of_told_months_what_was_told(story: Story) -> None:
    reports.freeze(story.context, "acme", MONTH, "ana", "", story.now)
    with story.context.database.write() as conn:
        config = story.context.configurations.current(conn)
        before = reports.month_report(conn, config, "acme", MONTH, story.now)
        conn.execute(sa.update(clocks).values(breached_at=None, state="dropped"))
        november = reports.month_report(conn, config, "acme", date(2026, 11, 1), story.now)
    october = {point.metric: point.tally for point in november.trend if point.month == MONTH}
    assert october == {total.metric: total.tally for total in before.totals}


def test_who_is_to_have_the_statement_gets_it_by_mail_and_a_restatement_too(story: Story) -> None:
    domains = "    domains: [acme.example]\n"
    customers = files()["customers.yaml"].replace(domains, f"{domains}    reports_to: [boss@acme.example]\n")
    service = files()["service.yaml"].replace("  gate:", "  reports: {to: [lead@vendor.example]}\n  gate:")
    with story.context.database.write() as conn:
        configure.apply(conn, files(**{"customers.yaml": customers, "service.yaml": service}), "ana", story.now)
    close(story)
    exclude(story)
    reports.freeze(story.context, "acme", MONTH, "ana", "the firewall was theirs", story.now)
    with story.context.database.read() as conn:
        rows = conn.execute(sa.select(outbox).order_by(outbox.c.id)).mappings().all()
    assert [(row["address"], row["subject"]) for row in rows] == [
        ("boss@acme.example", "Service level report: Acme GmbH, 2026-10"),
        ("lead@vendor.example", "Service level report: All customers, 2026-10"),
        ("boss@acme.example", "Service level report: Acme GmbH, 2026-10, version 2"),
    ]
    assert "the firewall was theirs" in rows[-1]["body"]


def test_a_statement_is_printed_as_pdf_and_sheet(story: Story) -> None:
    told = reports.freeze(story.context, "acme", MONTH, "ana", "", story.now)
    with story.context.database.read() as conn:
        rows = statements.cycles(conn, "acme", MONTH, 1)
    pdf, sheet = wiring.print_statement(reports.edition(told), rows)
    assert (pdf.name, sheet.name) == ("service-levels-2026-10.pdf", "service-levels-2026-10.csv")
    assert sheet.content.decode() == "".join(report_sheet(rows))
    assert "Acme GmbH" in text_of(pdf.content)


def test_a_cycle_belongs_to_the_month_in_which_it_was_settled(story: Story) -> None:
    """The first second of a month is its own, and the first of the next one is not."""
    with story.context.database.write() as conn:
        conn.execute(sa.delete(clocks))
        base = {
            "ticket_id": 1, "metric": "resolution", "began_by": "created", "contract": "gold:v1", "priority": "P1",
            "started_at": BEGIN, "due_at": BEGIN, "elapsed_seconds": 1, "overrun_seconds": 0, "measured_at": BEGIN,
        }  # fmt: skip
        end = BEGIN.replace(month=11)
        second = timedelta(seconds=1)
        told = [
            {"state": "stopped", "stopped_at": BEGIN, "breached_at": None},  # October
            {"state": "stopped", "stopped_at": end - second, "breached_at": None},  # October
            {"state": "stopped", "stopped_at": end, "breached_at": None},  # November
            {"state": "stopped", "stopped_at": end + second, "breached_at": end - second},  # October: its breach
            {"state": "running", "stopped_at": None, "breached_at": BEGIN},  # October, and still going
            {"state": "running", "stopped_at": None, "breached_at": None},  # nowhere yet
            {"state": "dropped", "stopped_at": BEGIN, "breached_at": None},  # nowhere ever
            {"state": "stopped", "stopped_at": BEGIN - second, "breached_at": None},  # September
        ]
        conn.execute(sa.insert(clocks), [{**base, **one, "cycle": number} for number, one in enumerate(told, 1)])
        config = story.context.configurations.current(conn)
        report = reports.month_report(conn, config, EVERYBODY, MONTH, story.now)
        rows = [*reports.sheet_rows(conn, EVERYBODY, MONTH)]
    (total,) = report.totals
    assert (total.tally.met, total.tally.breached) == (2, 2)
    assert len(rows) == 4
    assert [breach.overrun for breach in report.breaches] == [None, 0], (
        "what goes on has no overrun yet, and is first"
    )
