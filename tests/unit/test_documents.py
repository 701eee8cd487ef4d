"""Configuration documents: the shipped ones are right, and what is wrong is told with file and line."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from triage import documents
from triage.documents import ConfigurationError
from triage.domain.calendars import ALWAYS
from triage.domain.configuration import Configuration, Person, Support
from triage.domain.contract import Credit, Hearer
from triage.domain.escalation import ContactMethod
from triage.domain.oncall import Restriction
from triage.domain.schedule_source import Source, SourceKind
from triage.domain.terms import Metric
from triage.domain.ticket import Priority

CONFIG = Path(__file__).parents[2] / "config"
TODAY = date(2026, 11, 23)
CREDITS = "credits: {resolution: [{below: 0.95, credit: 0.05}, {below: 0.9, credit: 0.1}]}"
LAYER = "    layers:\n      - rotation: {type: weekly, start: 2026-01-05 09:00, participants: [ana, ben]}"
HOURS = 'hours:\n            - {days: [mon, tue, wed, thu, fri], from: "08:00", to: "20:00"}'
PAGING = "{methods: [{gateway: console}], timezone: UTC, hours: always}"
WHO, TOKEN = "people: {A: ana}", "token: env:TRIAGE_SECRET_PD"


@pytest.fixture
def files() -> dict[str, str]:
    return documents.read_folder(CONFIG)


def problems(files: dict[str, str]) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        documents.variants(files, TODAY)
    return [str(problem) for problem in caught.value.problems]


def built(files: dict[str, str]) -> Configuration:
    return documents.build(files, [variant for variant, _ in documents.variants(files, TODAY)], 1, TODAY)


def line_of(text: str, words: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if words in line)


def test_the_shipped_documents_are_right(files: dict[str, str]) -> None:
    config = built(files)
    gold = config.contracts["gold:v1"]
    assert gold.terms.goals[Metric.FIRST_RESPONSE][Priority.P0] == timedelta(minutes=15)
    assert config.escalation_of(config.customers["acme"], Priority.P0) is not None
    assert config.escalation_of(config.customers["acme"], Priority.P2) is None
    assert config.jira.priorities["p0 - critical"] == "P0"


def test_holidays_are_dates_ten_years_back_and_five_ahead(files: dict[str, str]) -> None:
    variant = next(variant for variant, _ in documents.variants(files, TODAY) if variant.name == "gold:v1")
    dates = variant.resolved["calendars"]["berlin-office"]["holidays"]["dates"]
    assert {"2016-10-03", "2026-12-25", "2031-01-01"} <= set(dates)
    assert variant.source["calendars"]["berlin-office"]["holidays"] == {"country": "DE", "subdivision": "BE"}


def test_a_goal_may_count_on_a_calendar_of_its_own(files: dict[str, str]) -> None:
    files["calendars.yaml"] += "  weekend:\n    timezone: UTC\n    hours: {sat: ['00:00-24:00']}\n"
    goal = "P2: {target: 4h, calendar: weekend}, P3: {target: 8h, calendar: 24x7}"
    files["contracts.yaml"] = files["contracts.yaml"].replace("P2: 4h, P3: 8h", goal, 1)
    gold = built(files).contracts["gold:v1"].terms
    saturday = datetime(2026, 11, 28, tzinfo=UTC)
    assert gold.target(Metric.FIRST_RESPONSE, Priority.P2) == 4 * 3600
    weekend = gold.calendar_of(Metric.FIRST_RESPONSE, Priority.P2)
    assert weekend.add(saturday - timedelta(days=1), timedelta(hours=4)) == saturday + timedelta(hours=4)
    assert gold.calendar_of(Metric.FIRST_RESPONSE, Priority.P3) is ALWAYS
    assert gold.calendar_of(Metric.FIRST_RESPONSE, Priority.P1) is ALWAYS  # its priority's
    assert gold.calendar_of(Metric.RESOLUTION, Priority.P2) is gold.calendar


def test_a_contract_says_who_hears_of_its_clocks_and_what_a_missed_month_is_worth(files: dict[str, str]) -> None:
    more = f"tell: {{warn: [assignee], breach: [assignee, on_call]}}\n    {CREDITS}\n    warn_at:"
    files["contracts.yaml"] = files["contracts.yaml"].replace("warn_at:", more, 1)
    contracts = built(files).contracts
    gold, standard = contracts["gold:v1"], contracts["standard:v1"]
    assert (gold.warn_to, gold.breach_to) == ((Hearer.ASSIGNEE,), (Hearer.ASSIGNEE, Hearer.ON_CALL))
    assert (standard.warn_to, standard.breach_to, standard.credits) == ((Hearer.ON_CALL,), (Hearer.ON_CALL,), {})
    assert gold.credits == {
        Metric.RESOLUTION: (
            Credit(Fraction(19, 20), Fraction(1, 20)),
            Credit(Fraction(9, 10), Fraction(1, 10)),
        )
    }


def test_a_contact_says_how_and_when_they_may_be_paged(files: dict[str, str]) -> None:
    more = f"{{name: Ed, email: ed@acme.example, paging: {PAGING}}}\n      - {{name: Flo, email: flo@acme.example}}"
    files["customers.yaml"] = files["customers.yaml"].replace("    contacts:\n", f"    contacts:\n      - {more}\n")
    support = "service:\n  support: {name: Example Support, phone: '+49 30 5550100'}"
    files["service.yaml"] = files["service.yaml"].replace("service:", support, 1)
    config = built(files)
    ed, flo, dora = config.customers["acme"].contacts
    assert (ed.hours, flo.paged_as, dora.hours) == ((), None, (Restriction(480, 1200, frozenset(range(5))),))
    methods = (ContactMethod("console", "", timedelta(minutes=10)),)
    pager = Person("contact:acme/dora@acme.example", "Dora Example", methods, timezone="Europe/Berlin")
    assert dora.paged_as == pager
    assert list(config.contacts) == ["contact:acme/ed@acme.example", pager.name]
    assert config.responder(pager.name) is None, "no incident is given to a customer"
    assert config.support == Support("Example Support", "+49 30 5550100")


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("people.yaml", "contact_methods", "contact_method", "people.ana.contact_method: Unknown field."),
        ("contracts.yaml", "P0: 15m", "P0: 15", "15 is not a duration; write it like 30m, 4h or 2d"),
        ("contracts.yaml", "P0: 15m", "P9: 15m", "Must be one of: P0, P1, P2, P3."),
        ("contracts.yaml", "calendar: berlin-office", "calendar: bern", "there is no 'bern' in calendars"),
        ("calendars.yaml", "Europe/Berlin", "Europe/Bern", "Europe/Bern"),
        ("schedules.yaml", LAYER, "    layers: []", "needs at least one layer"),
        ("schedules.yaml", LAYER, "", "needs layers, or ical, or pagerduty, and only one of them"),
        ("schedules.yaml", LAYER, f"    ical: {{file: a.ics, people: {{A: ana}}}}\n{LAYER}", "and only one of them"),
        (
            "schedules.yaml",
            LAYER,
            "    ical: {file: a.ics, people: {A: eve}}",
            "people.A: there is no 'eve'",
        ),
        ("schedules.yaml", LAYER, "    ical: {file: a.ics, people: {}}", "name at least one person"),
        ("schedules.yaml", LAYER, "    ical: {people: {A: ana}}", "say where the calendar is: url or file"),
        ("schedules.yaml", LAYER, "    ical: {url: ftp://x, people: {A: ana}}", "is an https URL"),
        ("schedules.yaml", LAYER, "    ical: {file: ../a.ics, people: {A: ana}}", "in the folder of the documents"),
        ("schedules.yaml", LAYER, "    ical: {file: /etc/a.ics, people: {A: ana}}", "in the folder of the documents"),
        ("schedules.yaml", LAYER, "    ical: {file: a.ics, every: 5s, people: {A: ana}}", "is 1m or more"),
        (
            "schedules.yaml",
            LAYER,
            f"    pagerduty: {{schedule: PX, token: abc, {WHO}}}",
            "refer to env:",
        ),
        ("schedules.yaml", LAYER, f"    pagerduty: {{schedule: my rota, {TOKEN}, {WHO}}}", "is a schedule's id"),
        ("calendars.yaml", "09:00-15:00", "15:00-09:00", "is not a stretch of the day"),
        ("calendars.yaml", "country: DE", "country: XX", "XX"),
        ("schedules.yaml", "[ana, ben]", "[ana, zoe]", "there is no 'zoe' in people (known: ana, ben, cy)"),
        ("escalation.yaml", 'fallback: ["person:cy"]', "fallback: []", "a page is never given up: name somebody"),
        ("escalation.yaml", "schedule:primary", "team:primary", "is not a target"),
        ("customers.yaml", "acme.example]", "globex.example]", "belongs to 'acme' already"),
        ("customers.yaml", "  default:", "  nobody:", "a customer named 'default' is needed"),
        ("people.yaml", "  ben:", "  ana:", "this key stands twice"),
        ("jira.yaml", "  priorities:", "  priorities", "not YAML"),
        ("people.yaml", "{gateway: console, wait: 2m}", "{gateway: smtp}", "the gateway smtp needs an address"),
        (
            "people.yaml",
            "{gateway: console, wait: 2m}",
            f"{{gateway: pagerduty, address: {'c' * 32}}}",
            "a routing key is never written here: refer to env:TRIAGE_SECRET_…",
        ),
        ("people.yaml", "{gateway: console, wait: 2m}", "{gateway: pagerduty}", "pagerduty needs an address"),
        ("contracts.yaml", "P2: 4h", "P2: {target: 4h}", "goals.first_response.P2.calendar: Missing data"),
        ("contracts.yaml", "P2: 4h", "P2: {target: 4, calendar: 24x7}", "4 is not a duration"),
        ("contracts.yaml", "P2: 4h", "P2: {target: 4h, calendar: bern}", "there is no 'bern' in calendars"),
        (
            "customers.yaml",
            'from: "08:00", to: "20:00"',
            "from: 8, to: 20",
            "paging.hours.0.from: 8 is not a time of day",
        ),
        ("customers.yaml", 'to: "20:00"', 'to: "08:00"', "paging.hours.0: a restriction needs two different times"),
        ("customers.yaml", HOURS, "hours: sometimes", "paging.hours: say when: `always`, or a list"),
        ("customers.yaml", HOURS, "hours: []", "paging.hours: say when: `always`, or a list"),
        ("customers.yaml", HOURS, "", "paging.hours: Missing data"),
        (
            "customers.yaml",
            "timezone: Europe/Berlin",
            "timezone: Berlin",
            "paging.timezone: unknown time zone 'Berlin'",
        ),
        ("customers.yaml", "[{gateway: console, wait: 10m}]", "[]", "paging.methods: needs a contact method"),
        ("customers.yaml", "wait: 10m", "wait: 5s", "paging.methods.0.wait: is 1m or more"),
        ("customers.yaml", "{gateway: console, wait", "{gateway: smtp, wait", "the gateway smtp needs an address"),
        (
            "customers.yaml",
            "      - name: Dora Example",
            f"      - {{name: Dora, email: Dora@acme.example, paging: {PAGING}}}\n      - name: Dora Example",
            "contacts.1.paging: another contact with the address 'dora@acme.example' has `paging` already",
        ),
        ("contracts.yaml", "warn_at:", "tell: {warn: [boss]}\n    warn_at:", "Must be one of: assignee, on_call."),
        ("contracts.yaml", "warn_at:", f"{CREDITS.replace('0.95', '95')}\n    warn_at:", "95 is not a share"),
        ("contracts.yaml", "warn_at:", f"{CREDITS.replace('0.95', '0.9')}\n    warn_at:", "a lower `below`"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(
    files: dict[str, str], file: str, old: str, new: str, told: str
) -> None:
    assert old in files[file]
    files[file] = files[file].replace(old, new, 1)
    found = problems(files)
    assert any(told in problem for problem in found), found
    assert all(problem.split(":")[1].isdigit() for problem in found)


def test_the_line_is_the_right_one_and_all_problems_come_at_once(files: dict[str, str]) -> None:
    files["people.yaml"] = files["people.yaml"].replace("name: Ben Example", "nom: Ben Example")
    files["contracts.yaml"] = files["contracts.yaml"].replace("P1: 8h", "P1: soon", 1)
    found = problems(files)
    assert f"people.yaml:{line_of(files['people.yaml'], 'nom: Ben')}: people.ben.nom: Unknown field." in found
    line = line_of(files["contracts.yaml"], "P1: soon")
    assert any(problem.startswith(f"contracts.yaml:{line}: ") for problem in found)


def test_an_entry_may_not_stand_in_two_files(files: dict[str, str]) -> None:
    files["more.yaml"] = "people:\n  ana: {name: Another Ana}\n"
    line = line_of(files["people.yaml"], "  ana:")
    assert problems(files) == [f"more.yaml:2: people.ana: stands already in people.yaml:{line}"]


def test_a_folder_without_documents_is_an_error(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ConfigurationError):
            documents.read_folder(folder)


def test_a_person_may_be_paged_over_pagerduty_and_answer_there(files: dict[str, str]) -> None:
    files["people.yaml"] = files["people.yaml"].replace(
        "- {gateway: console, wait: 2m}", '- {gateway: pagerduty, address: "env:TRIAGE_SECRET_ANA_PD"}'
    )
    files["people.yaml"] = files["people.yaml"].replace("name: Ben", "pagerduty_users: [PLH1HKV]\n    name: Ben")
    config = documents.build(files, [variant for variant, _ in documents.variants(files, TODAY)], 1, TODAY)
    assert config.people["ana"].methods == (ContactMethod("pagerduty", "env:TRIAGE_SECRET_ANA_PD"),)
    ben = config.person_with_pagerduty_user("PLH1HKV")
    assert ben is not None
    assert ben.name == "ben"
    assert config.person_with_pagerduty_user("") is None


def test_a_schedule_may_be_kept_elsewhere(files: dict[str, str]) -> None:
    files["schedules.yaml"] = """schedules:
  primary:
    timezone: Europe/Berlin
    ical: {url: "https://calendar.example/rota.ics", people: {ana@vendor.example: ana, Ben: ben}}
  secondary:
    timezone: UTC
    pagerduty: {schedule: PI7DH85, token: "env:TRIAGE_SECRET_PD", people: {PANA: ana}, every: 5m}
"""
    variants = [variant for variant, _ in documents.variants(files, TODAY)]
    config = documents.build(files, variants, 1, TODAY)
    people = {"ana@vendor.example": "ana", "Ben": "ben"}
    assert config.sources == {
        "primary": Source(SourceKind.ICAL, "https://calendar.example/rota.ics", people),
        "secondary": Source(
            SourceKind.PAGERDUTY,
            "https://api.pagerduty.com",
            {"PANA": "ana"},
            timedelta(minutes=5),
            "PI7DH85",
            "env:TRIAGE_SECRET_PD",
        ),
    }
    assert list(documents.coverage_gaps(files, config, datetime(2026, 11, 23, tzinfo=UTC))) == []
