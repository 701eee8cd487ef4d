"""What the doctor makes of what Jira says: mapping, account, permissions, webhook, and its report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest

from triage.domain.configuration import Customer, Person
from triage.domain.doctor import (
    WIDTH,
    Check,
    Finding,
    Level,
    Myself,
    Named,
    check_account,
    check_organizations,
    check_permissions,
    check_person,
    has_problem,
    report,
)
from triage.domain.doctor_mapping import (
    EditScreen,
    Status,
    check_fields,
    check_options,
    check_priorities,
    check_statuses,
)
from triage.domain.doctor_webhook import (
    EVENTS,
    NICE_EVENTS,
    Receiver,
    Webhook,
    check_receiver,
    check_webhooks,
    covers,
    is_ours,
    wanted,
)
from triage.domain.jira import IdentityRules, JiraRules
from triage.domain.ticket import Field, Priority, Role
from triage.domain.write_back import WriteBack

RULES = JiraRules(
    instance="jira",
    priorities={"highest": "P0", "blocker": "P0", "high": "P1", "3": "P2", "low": "P3"},
    statuses={"waiting for customer": "waiting_on_customer", "closed": "resolved"},
    production_field="customfield_10101",
    production={"yes": "yes", "10202": "no"},
)
PRIORITIES = [Named("1", "Highest"), Named("2", "High"), Named("3", "Medium"), Named("4", "Low")]
STATUSES = [Status("1", "Open"), Status("5", "Waiting for customer"), Status("6", "Closed", done=True)]
RECEIVER = Receiver("https://triage.vendor.example", ("0123456789abcdef",))
HOOK = Webhook("7", "Triage", "https://triage.vendor.example/webhooks/jira", frozenset((*EVENTS, *NICE_EVENTS)))


def bad(findings: Iterable[Finding]) -> list[tuple[Level, str]]:
    return [(each.level, each.text) for each in findings if each.level is not Level.OK]


def levels(findings: Iterable[Finding]) -> list[Level]:
    return [level for level, _ in bad(findings)]


def rules(**changes: object) -> JiraRules:
    return replace(RULES, **changes)  # type: ignore[arg-type]


# The account


def people(*accounts: str) -> list[Person]:
    return [Person("ana", "Ana Example", (), frozenset(accounts))]


@pytest.mark.parametrize("listed", ["712020:t", "JIRAUSER7", "TRIAGE"])
def test_any_of_our_ids_makes_us_known(listed: str) -> None:
    identities = IdentityRules(accounts={Role.SERVICE: frozenset({listed.casefold()})})
    assert bad(check_account(Myself(("712020:T", "JIRAUSER7", "triage"), "Triage"), identities, people("x"))) == []


def test_an_unknown_account_is_a_problem_with_the_line_that_adds_it() -> None:
    identities = IdentityRules(accounts={Role.SERVICE: frozenset({"old"}), Role.ROBOT: frozenset({"712020:t"})})
    (found,) = check_account(Myself(("712020:t",), "Triage"), identities, [])
    assert (found.level, found.paste) == (Level.PROBLEM, ('service: {accounts: ["old", "712020:t"]}',))


def test_a_persons_own_account_is_none_for_the_service() -> None:
    identities = IdentityRules(accounts={Role.SERVICE: frozenset({"jirauser7"})})
    ((level, text),) = bad(check_account(Myself(("JIRAUSER7", "ana"), "Ana"), identities, people("ANA")))
    assert level is Level.PROBLEM
    assert "Give the service an account of its own" in text


# Fields and options


def test_a_field_that_is_gone_names_those_that_look_like_it() -> None:
    known = [Named("customfield_10300", "Is production affected?"), Named("customfield_10301", "Colour")]
    found = next(each for each in check_fields(RULES, known) if each.level is Level.PROBLEM)
    assert "production: Jira has no field customfield_10101" in found.text
    assert found.paste == ("id: customfield_10300  # Is production affected?",)


def test_a_field_that_is_not_configured_is_a_warning_only_where_jira_has_one_like_it() -> None:
    known = [Named("customfield_10101", "Produktion?"), Named("customfield_10002", "Organizations")]
    assert [text.partition(":")[0] for _, text in bad(check_fields(RULES, known))] == ["organizations"]
    assert levels(check_fields(RULES, known)) == [Level.WARNING]


def options(*found: Named) -> list[EditScreen]:
    return [EditScreen("SUP-1", {"customfield_10101": found}), EditScreen("OPS-1", {})]


def test_options_fit_by_id_or_by_name() -> None:
    known = options(Named("10201", "YES"), Named("10202", "Nein"))
    assert bad(check_options(Field.PRODUCTION, RULES, known)) == []


def test_an_answer_without_any_option_is_a_problem_and_lists_those_there_are() -> None:
    found = [*check_options(Field.PRODUCTION, RULES, options(Named("10301", "Ja"), Named("10202", "Nein")))]
    assert levels(found) == [Level.PROBLEM, Level.WARNING]
    assert found[0].paste == ('yes: ["10301"]  # Ja', 'yes: ["10202"]  # Nein')
    assert found[1].paste == ('"10301"  # Ja',)


@pytest.mark.parametrize(
    ("screens", "words"),
    [
        ([], "is on no issue that we may see"),
        ([EditScreen("SUP-1", {}), EditScreen("OPS-9", {})], "not on the edit screen of SUP-1, OPS-9"),
        (options(), "is a field without options"),
    ],
)
def test_options_that_cannot_be_checked_are_a_warning(screens: list[EditScreen], words: str) -> None:
    ((level, text),) = bad(check_options(Field.PRODUCTION, RULES, screens))
    assert level is Level.WARNING
    assert words in text


def test_the_options_of_all_projects_count() -> None:
    both = [
        EditScreen("SUP-1", {"customfield_10101": (Named("10201", "Yes"),)}),
        EditScreen("OPS-1", {"customfield_10101": (Named("10201", "Yes"), Named("10202", "No"))}),
    ]
    found = [*check_options(Field.PRODUCTION, RULES, both)]
    assert bad(found) == []
    assert [each.text for each in found] == ["jira.fields.production: Jira has “Yes”, “No”."]


# Priorities and statuses


def test_alternatives_that_jira_lacks_are_one_warning() -> None:
    found = [*check_priorities(RULES, WriteBack(), PRIORITIES)]
    assert bad(found) == [
        (Level.WARNING, "jira.priorities has names that Jira does not have. Remove them: P0: “blocker”.")
    ]


def test_a_priority_of_which_jira_has_no_name_is_a_problem() -> None:
    found = [*check_priorities(RULES, WriteBack(), PRIORITIES[1:])]
    assert bad(found)[0] == (
        Level.PROBLEM,
        "jira.priorities.P0: Jira has no priority of these names: “highest”, “blocker”. It has:",
    )
    assert len(bad(found)) == 1


def test_nothing_for_p0_is_a_problem() -> None:
    found = check_priorities(rules(priorities={"high": "P1"}), WriteBack(), PRIORITIES[1:2])
    assert bad(found) == [(Level.PROBLEM, "jira.priorities names no priority for P0: nobody can request one.")]


def test_an_unmapped_priority_counts_as_p1() -> None:
    found = [*check_priorities(RULES, WriteBack(), [*PRIORITIES, Named("9", "Blocker"), Named("10", "Whatever")])]
    assert [(each.level, each.paste) for each in found if each.level is not Level.OK] == [
        (Level.WARNING, ('"10"  # Whatever',))
    ]
    assert "P1" in bad(found)[0][1]


def test_an_id_and_a_name_that_mean_two_things_are_a_problem() -> None:
    """Ids such as 1 to 5 are easily copied from another Jira."""
    known = [Named("1", "Highest"), Named("2", "High"), Named("3", "Low")]
    ((_, text),) = [each for each in bad(check_priorities(RULES, WriteBack(), known)) if each[0] is Level.PROBLEM]
    assert text.startswith("jira.priorities lists “Low” as P2 by its id 3, and as P3 by its name.")


@pytest.mark.parametrize(
    ("name", "words"),
    [("1", ""), ("highest", ""), ("Blocker", "does not have"), ("High", "reads as P1"), ("9", "reads as nothing")],
)
def test_a_priority_that_we_set_must_come_back_as_the_same(name: str, words: str) -> None:
    known = [*PRIORITIES, Named("9", "Other")]
    problems = [
        text
        for level, text in bad(check_priorities(RULES, WriteBack(priorities={Priority.P0: name}), known))
        if level is Level.PROBLEM
    ]
    assert [words in text for text in problems] == ([True] if words else [])


def test_a_pause_that_no_status_stands_for_is_a_problem() -> None:
    pauses = {"gold:v1": ["waiting_on_customer"], "old:v1": ["waiting_on_vendor", "Open"]}
    found = [*check_statuses(RULES, pauses, STATUSES)]
    assert [text.partition(",")[0] for _, text in bad(found)] == ["old:v1 pauses in waiting_on_vendor"]
    assert next(each for each in found if each.level is Level.PROBLEM).paste == (
        'waiting_on_vendor: ["Open", "Waiting for customer"]',
    )


@pytest.mark.parametrize(
    ("known", "problems"),
    [
        (STATUSES, 0),
        ([*STATUSES[:2], Status("6", "Erledigt", done=True)], 0),
        ([*STATUSES[:2], Status("6", "Closed", done=False)], 0),
        (STATUSES[:2], 1),
    ],
)
def test_something_must_end_the_work(known: list[Status], problems: int) -> None:
    assert levels(check_statuses(RULES, {}, known)).count(Level.PROBLEM) == problems


def test_a_status_without_a_word_is_nobodys_concern() -> None:
    assert bad(check_statuses(RULES, {}, [*STATUSES, Status("8", "In review")])) == []


# Permissions, organisations, people


@pytest.mark.parametrize(
    ("wanted_", "missing", "level"),
    [
        (WriteBack(), "BROWSE_PROJECTS", Level.PROBLEM),
        (WriteBack(), "ADD_COMMENTS", Level.WARNING),
        (WriteBack(pages=True), "ADD_COMMENTS", Level.PROBLEM),
        (WriteBack(pages=True), "EDIT_ISSUES", Level.WARNING),
        (WriteBack(labels=True), "EDIT_ISSUES", Level.PROBLEM),
        (WriteBack(priorities={Priority.P0: "1"}), "EDIT_ISSUES", Level.PROBLEM),
        (WriteBack(labels=True, pages=True), "ASSIGN_ISSUES", Level.WARNING),
        (WriteBack(), "ADMINISTER", None),
    ],
)
def test_a_missing_permission_is_a_problem_where_something_needs_it(
    wanted_: WriteBack, missing: str, level: Level | None
) -> None:
    everything = {
        "BROWSE_PROJECTS",
        "ADD_COMMENTS",
        "EDIT_ISSUES",
        "TRANSITION_ISSUES",
        "ASSIGN_ISSUES",
        "ADMINISTER",
    }
    found = [*check_permissions(frozenset(everything - {missing}), "SUP", wanted_)]
    assert levels(found) == ([level] if level else [])
    assert any(missing in each.text for each in found)


def test_organisations_are_told_by_id_or_name() -> None:
    customers = [
        Customer("acme", "Acme", (), frozenset({"1"})),
        Customer("globex", "Globex", (), frozenset({"Globex", "9"})),
    ]
    known = [Named("1", "Acme"), Named("2", "Globex"), Named("3", "Initech")]
    found = [*check_organizations(known, customers)]
    assert levels(found) == [Level.PROBLEM, Level.WARNING]
    assert "globex has the organisation 9" in found[0].text
    assert found[1].paste == ('organizations: ["3"]  # Initech',)


def test_each_account_that_does_not_exist_is_told() -> None:
    person = people("a", "b", "c")[0]
    found = [*check_person(person, {"a": False, "b": True, "c": False})]
    assert [text.split(",")[0] for _, text in bad(found)] == [
        "ana has the Jira account a",
        "ana has the Jira account c",
    ]
    assert bad(check_person(person, {"a": True, "b": True, "c": True})) == []


# The webhook


@pytest.mark.parametrize(
    ("url", "cloud", "expected"),
    [
        ("https://triage.vendor.example", True, []),
        ("http://triage.vendor.example", True, [Level.PROBLEM]),
        ("http://triage.vendor.example", False, [Level.WARNING]),
        ("https://localhost:8080", True, [Level.PROBLEM]),
        ("https://127.0.0.1", None, [Level.PROBLEM]),
        ("https://192.168.1.4", False, [Level.WARNING]),
        ("https://[::1]", True, [Level.PROBLEM]),
        ("https://triage", True, [Level.PROBLEM]),
        ("https://triage.internal", True, [Level.PROBLEM]),
        ("https://8.8.8.8", True, []),
        ("http://127.0.0.1:8080", True, [Level.PROBLEM, Level.PROBLEM]),
    ],
)
def test_the_address_must_be_one_that_jira_can_call(url: str, cloud: bool | None, expected: list[Level]) -> None:
    assert levels(check_receiver(Receiver(url, ("0123456789abcdef",)), cloud)) == expected


@pytest.mark.parametrize(
    ("secrets", "tokens", "expected"),
    [
        ((), (), 1),
        ((), ("token",), 0),
        (("0123456789abcde",), (), 1),
        (("0123456789abcdef",), (), 0),
        (("0123456789abcdef", "short"), (), 1),
    ],
)
def test_the_secret_must_be_there_and_long(secrets: tuple[str, ...], tokens: tuple[str, ...], expected: int) -> None:
    receiver = Receiver("https://triage.vendor.example", secrets, tokens)
    assert levels(check_receiver(receiver, True)) == [Level.PROBLEM] * expected


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://triage.vendor.example/webhooks/jira", True),
        ("https://TRIAGE.vendor.example:443/webhooks/jira/", True),
        ("https://triage.vendor.example/webhooks/jira?issue=${issue.key}&x={project.key}", True),
        (" https://triage.vendor.example/webhooks/jira ", True),
        ("https://triage.vendor.example/webhooks/jira/{issue.key}", False),
        ("https://triage.vendor.example:8443/webhooks/jira", False),
        ("http://triage.vendor.example/webhooks/jira", False),
        ("https://other.example/webhooks/jira", False),
        ("https://[", False),
        ("https://triage.vendor.example:x/webhooks/jira", False),
        ("", False),
    ],
)
def test_an_address_is_ours_however_it_is_written(url: str, ours: bool) -> None:
    assert is_ours(Webhook("1", "x", url, frozenset()), RECEIVER) is ours


@pytest.mark.parametrize(
    ("jql", "projects", "through"),
    [
        ("", ("SUP",), True),
        ("", (), True),
        ("project = SUP", ("SUP",), True),
        ('project in ("sup", OPS)', ("SUP", "OPS"), True),
        ("project = SUP", ("SUP", "OPS"), False),
        ("project = SUPER", ("SUP",), False),
        ("project = SUP", (), False),
    ],
)
def test_a_filter_must_name_each_project(jql: str, projects: tuple[str, ...], through: bool) -> None:
    assert covers(jql, projects) is through


def hook(**changes: object) -> Webhook:
    return replace(HOOK, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([HOOK], []),
        ([], [Level.PROBLEM]),
        ([hook(enabled=False)], [Level.PROBLEM]),
        ([hook(enabled=False), HOOK], []),
        ([HOOK, hook(id="8")], [Level.WARNING]),
        ([hook(excludes_body=True)], [Level.PROBLEM]),
        ([hook(events=frozenset(EVENTS))], [Level.WARNING]),
        ([hook(events=frozenset(EVENTS[1:]) | {*NICE_EVENTS})], [Level.PROBLEM]),
        ([hook(events=frozenset(EVENTS[:3])), hook(events=frozenset((*EVENTS[3:], *NICE_EVENTS)))], [Level.WARNING]),
        ([hook(jql="project = SUP")], []),
        ([hook(jql="project = OTHER")], [Level.WARNING]),
        ([hook(url="https://triage.vendor.example/jira")], [Level.PROBLEM]),
    ],
)
def test_what_a_webhook_lacks_is_told(known: list[Webhook], expected: list[Level]) -> None:
    assert levels(check_webhooks(RECEIVER, ("SUP",), known)) == expected


@pytest.mark.parametrize("event", EVENTS)
def test_each_event_is_needed(event: str) -> None:
    ((level, text),) = bad(check_webhooks(RECEIVER, (), [hook(events=HOOK.events - {event})]))
    assert (level, event in text) == (Level.PROBLEM, True)


def test_a_webhook_to_an_address_like_ours_is_named() -> None:
    near = hook(url="https://triage.vendor.example/webhooks/jira/{issue.key}")
    ((_, text),) = bad(check_webhooks(RECEIVER, (), [near]))
    assert near.url in text


def test_the_wanted_webhook_lets_all_our_projects_through() -> None:
    assert wanted(RECEIVER, ("SUP", "OPS"), []).jql == 'project in ("SUP", "OPS")'
    assert wanted(RECEIVER, (), []).jql == ""
    assert wanted(RECEIVER, ("SUP", "OPS"), [hook(jql="project = SUP")]).jql == 'project in ("SUP", "OPS")'
    kept = wanted(RECEIVER, ("SUP",), [hook(id="1", url="https://x.example"), hook(jql="project = SUP AND a = b")])
    assert (kept.id, kept.jql) == ("7", "project = SUP AND a = b")


# The report


def test_the_report_is_narrow_but_for_what_is_to_be_pasted() -> None:
    long = "organizations: " + "x" * 100
    findings = [
        Finding(Check.SERVER, Level.OK, "Jira Cloud answers."),
        Finding(Check.ACCOUNT, Level.PROBLEM, "word " * 60, (long,)),
        Finding(Check.ACCOUNT, Level.WARNING, "A warning."),
    ]
    lines = [*report(findings)]
    assert all(len(line) <= WIDTH for line in lines if long not in line)
    assert [line for line in lines if not line.startswith(" ") and line] == [
        "Jira",
        "Account",
        "1 problem, 1 warning",
    ]
    assert [line[2] for line in lines if line.startswith("  ") and line[2] != " "] == ["✓", "✗", "!"]
    assert f"        {long}" in lines


@pytest.mark.parametrize(("level", "problem"), [(Level.OK, False), (Level.WARNING, False), (Level.PROBLEM, True)])
def test_only_a_problem_fails_the_command(level: Level, problem: bool) -> None:
    assert has_problem([Finding(Check.SERVER, Level.OK, "x"), Finding(Check.SERVER, level, "x")]) is problem
