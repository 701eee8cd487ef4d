"""What the doctor asks of Jira, from a real HTTP server, and what it finds and changes there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.jira_admin import JQL, JiraAdmin
from integrations.jira_connection import JiraConnection
from tests.contract.gateway_server import unused_port
from tests.jira_double import GARBAGE, HANG, Fault, spec
from tests.jira_double_admin import ALL, AdminDouble
from triage import documents
from triage.domain.configuration import Configuration
from triage.domain.doctor import Check, Finding, Level, Named, report
from triage.domain.doctor_webhook import EVENTS, NICE_EVENTS, PATH, Receiver, Webhook
from triage.domain.jira import IdentityRules
from triage.domain.ticket import Role
from triage.engine.doctor import Inspector, examine
from triage.ports import SourceError

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECRET = "0123456789abcdef"
RECEIVER = Receiver("https://triage.vendor.example", (SECRET,))
CONFIG = Path(__file__).parents[2] / "config"

either_kind = pytest.mark.parametrize("cloud", [True, False], ids=["cloud", "data center"])
#: Cloud, Data Center 10, and Server 9, which keeps webhooks where Cloud does.
every_version = pytest.mark.parametrize(
    ("cloud", "version"),
    [(True, (1001, 0, 0)), (False, (10, 3, 2)), (False, (9, 12, 1))],
    ids=["cloud", "data center 10", "server 9"],
)


def admin(url: str, **options: Any) -> JiraAdmin:
    connection = JiraConnection(url, "token", lambda: NOW, user="triage@vendor.example", deadline=5.0, **options)
    return JiraAdmin(connection.call)


def a_jira(cloud: bool, version: tuple[int, ...] = (10, 3, 2), **options: Any) -> AdminDouble:
    jira = AdminDouble(cloud=cloud, **options)
    jira.admin.version = version
    jira.add_issue("10001", "SUP-1")
    return jira


def fitting(cloud: bool, **jira_rules: Any) -> Configuration:
    """The shipped configuration, brought to fit the double."""
    files = documents.read_folder(CONFIG)
    found = documents.build(files, [variant for variant, _ in documents.variants(files, NOW.date())], 0, NOW.date())
    service = "712020:triage" if cloud else "jirausertriage"
    rules = replace(
        found.jira,
        identities=IdentityRules(accounts={Role.SERVICE: frozenset({service})}),
        projects=("SUP",),
        priorities={"highest": "P0", "high": "P1", "medium": "P2", "low": "P3", "lowest": "P3"},
        statuses={"waiting for customer": "waiting_on_customer", "done": "resolved"},
        production={"10201": "yes", "10202": "no"},
        workaround={"10211": "none", "10212": "exists"},
    )
    people = {
        name: replace(found.people[name], jira_accounts=frozenset({f"712020:{name}" if cloud else f"JIRAUSER{name}"}))
        for name in ("ana", "ben")
    }
    return replace(found, jira=replace(rules, **jira_rules), people=people)


def look(jira: AdminDouble, config: Configuration | None = None, **options: Any) -> list[Finding]:
    return [*examine(admin(jira.url), config or fitting(jira.cloud), RECEIVER, lambda: NOW, **options)]


def of(findings: Sequence[Finding], check: Check) -> list[Finding]:
    return [finding for finding in findings if finding.check is check]


def bad(findings: Sequence[Finding]) -> list[tuple[Check, Level, str]]:
    return [(each.check, each.level, each.text) for each in findings if each.level is not Level.OK]


# What is asked


@either_kind
def test_every_answer_is_read(cloud: bool) -> None:
    with a_jira(cloud) as jira:
        jira.add_issue("10002", "SUP-2")
        asked: Inspector = admin(jira.url)
        server = asked.server()
        assert (server.cloud, server.version[0], server.at) == (cloud, 1001 if cloud else 10, NOW)
        assert asked.myself().ids == (("712020:triage",) if cloud else ("JIRAUSERtriage", "triage"))
        assert Named("customfield_10101", "Production affected") in asked.fields()
        assert {status.name: status.done for status in asked.statuses()} == {
            "Open": False,
            "In progress": False,
            "Waiting for customer": False,
            "Done": True,
        }
        assert Named("1", "Highest") in asked.priorities()
        screen = asked.edit_screen("SUP")
        assert screen is not None
        assert screen.issue == "SUP-2"
        assert screen.options["customfield_10101"] == (Named("10201", "Yes"), Named("10202", "No"))
        assert asked.permissions("SUP") == frozenset(ALL)
        assert asked.permissions("") == frozenset(ALL)
        assert [asked.has_user(f"712020:{who}" if cloud else who) for who in ("ana", "zoe")] == [True, False]
        assert asked.webhooks() == []


@pytest.mark.skipif(not spec.present(), reason="../shared/payloads/specs is absent")
@either_kind
def test_every_request_is_one_that_atlassian_describes(cloud: bool) -> None:
    """All but those for webhooks, of which there is no OpenAPI document."""
    with a_jira(cloud, strict=True, page_size=1) as jira:
        asked = admin(jira.url)
        asked.server()
        asked.myself()
        asked.fields()
        asked.statuses()
        asked.priorities()
        asked.edit_screen("SUP")
        asked.edit_screen("")
        asked.permissions("SUP")
        asked.permissions("")
        asked.organizations()
        asked.has_user("712020:ana" if cloud else "JIRAUSERana")


@pytest.mark.parametrize("count", [0, 1, 3, 4])
def test_every_page_of_organisations_is_read(count: int) -> None:
    with a_jira(True, page_size=2) as jira:
        jira.admin.organizations = {str(number): f"Org {number}" for number in range(count)}
        assert [each.id for each in admin(jira.url).organizations()] == [str(number) for number in range(count)]


def test_on_data_center_a_person_is_found_by_name_and_by_key() -> None:
    with a_jira(False) as jira:
        assert [admin(jira.url).has_user(account) for account in ("ana", "JIRAUSERana", "zoe")] == [True, True, False]


def test_a_refusal_is_not_taken_for_an_unknown_person() -> None:
    with a_jira(True) as jira:
        asked = admin(jira.url)
        asked.server()
        refusal = b'{"errorMessages": ["You need the permission to browse users"]}'
        jira.next_answers(Fault(403, {"Content-Type": "application/json"}, refusal))
        with pytest.raises(SourceError, match="browse users"):
            asked.has_user("712020:ana")


def test_a_project_without_issues_has_no_edit_screen() -> None:
    with a_jira(True) as jira:
        assert admin(jira.url).edit_screen("OPS") is None


def test_of_a_cascading_select_the_innermost_choices_count() -> None:
    """By these tickets are read."""
    with a_jira(True) as jira:
        jira.admin.children = {"10201": [("10301", "Wholly"), ("10302", "Partly")]}
        screen = admin(jira.url).edit_screen("SUP")
    assert screen is not None
    assert [option.name for option in screen.options["customfield_10101"]] == ["Wholly", "Partly", "No"]


@pytest.mark.parametrize("answer", [b"[]", b'{"values": 3}', b"null", b'[3, "x"]'])
def test_an_answer_of_another_shape_is_an_error(answer: bytes) -> None:
    asking = ("server", "myself", "fields", "statuses", "priorities", "organizations", "webhooks")
    with a_jira(True) as jira:
        asked = admin(jira.url)
        asked.server()
        for method in asking:
            if answer == b"[]" and method in ("fields", "statuses", "priorities", "webhooks"):
                continue  # an empty list is a list
            jira.next_answers(Fault(200, {"Content-Type": "application/json"}, answer))
            with pytest.raises(SourceError):
                getattr(asked, method)()


# What is found


@every_version
def test_where_everything_fits_nothing_is_found(cloud: bool, version: tuple[int, ...]) -> None:
    with a_jira(cloud, version) as jira:
        first = look(jira, register=True)
        again = look(jira)
    assert bad(first) == bad(again) == []
    assert {finding.check for finding in again} == set(Check)
    assert [*report(again)][-1] == "0 problems, 0 warnings"


def test_the_sample_configuration_is_told_what_to_change() -> None:
    """Nobody's Jira is as the sample says: the account is missing, and so are alternatives that it lists."""
    files = documents.read_folder(CONFIG)
    config = documents.build(files, [variant for variant, _ in documents.variants(files, NOW.date())], 0, NOW.date())
    with a_jira(True) as jira:
        found = look(jira, config)
    assert 'service: {accounts: ["712020:triage"]}' in [line for each in found for line in each.paste]
    assert (Check.PRIORITIES, Level.WARNING) in {(each.check, each.level) for each in found}
    assert Level.PROBLEM not in {each.level for each in of(found, Check.PRIORITIES)}
    assert [each.level for each in of(found, Check.PEOPLE)] == [Level.PROBLEM, Level.PROBLEM]


@pytest.mark.parametrize(
    ("seconds", "level"), [(0, None), (5, None), (6, Level.WARNING), (300, Level.WARNING), (301, Level.PROBLEM)]
)
@pytest.mark.parametrize("sign", [1, -1])
def test_clocks_that_differ_are_told(seconds: int, level: Level | None, sign: int) -> None:
    with a_jira(True) as jira:
        jira.admin.server_time = (NOW + sign * timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
        found = [each for each in of(look(jira), Check.SERVER) if each.level is not Level.OK]
    assert [each.level for each in found] == ([level] if level else [])
    assert all(("ahead of" if sign > 0 else "behind") in each.text for each in found)


def test_a_slow_answer_is_no_difference_of_clocks() -> None:
    ticks = iter([NOW - timedelta(minutes=1), NOW + timedelta(minutes=1)])
    with a_jira(True) as jira:
        found = [*examine(admin(jira.url), fitting(True), RECEIVER, lambda: next(ticks))]
    assert {each.level for each in of(found, Check.SERVER)} == {Level.OK}


@either_kind
def test_what_jira_does_not_grant_is_told_with_what_will_not_work(cloud: bool) -> None:
    with a_jira(cloud) as jira:
        jira.admin.permissions = {"BROWSE_PROJECTS"}
        found = look(jira)
    told = {each.text.partition(" ")[0]: each for each in of(found, Check.PERMISSIONS)}
    assert told.keys() == set(ALL) - {"BROWSE_PROJECTS"}
    assert {each.level for key, each in told.items() if key != "ADMINISTER"} == {Level.WARNING}
    (webhook,) = [each for each in of(found, Check.WEBHOOK) if each.level is not Level.OK]
    assert webhook.level is Level.WARNING
    assert "403" in webhook.text
    assert f"URL     https://triage.vendor.example{PATH}" in webhook.paste


@pytest.mark.parametrize("fault", [Fault(403), Fault(500), Fault(429), GARBAGE, HANG], ids=str)
def test_a_check_that_fails_is_a_finding_and_the_others_go_on(fault: Fault) -> None:
    """The third request is for the fields. A limit of Jira's ends all further requests by itself."""
    with a_jira(True) as jira:
        connection = JiraConnection(jira.url, "token", lambda: NOW, user="triage@vendor.example", deadline=1.0)
        jira.next_answers(None, None, fault)
        found = [*examine(JiraAdmin(connection.call), fitting(True), RECEIVER, lambda: NOW)]
    (fields,) = of(found, Check.FIELDS)
    assert fields.level is Level.WARNING
    assert "could not be checked" in fields.text
    assert {each.check for each in found} == set(Check)
    if fault.status != 429:
        assert {each.level for each in of(found, Check.STATUSES)} == {Level.OK}


def test_a_refused_login_is_a_problem() -> None:
    with a_jira(True, authorization="Bearer another") as jira:
        found = look(jira)
    assert "refuses our login" in found[0].text
    assert found[0].level is Level.PROBLEM


def test_a_jira_that_does_not_answer_is_asked_once() -> None:
    found = [
        *examine(admin(f"http://127.0.0.1:{unused_port()}"), fitting(True), Receiver("http://x", ()), lambda: NOW)
    ]
    assert [each.check for each in found][:1] == [Check.SERVER]
    assert {each.check for each in found} == {Check.SERVER, Check.WEBHOOK}  # ours is looked at all the same
    assert {each.level for each in found} == {Level.PROBLEM}


def test_a_project_that_jira_does_not_show_is_a_problem_and_the_others_are_looked_at() -> None:
    with a_jira(True) as jira:
        found = look(jira, fitting(True, projects=("OPS", "SUP")))
    assert [(each.level, each.text.partition(",")[0]) for each in of(found, Check.PERMISSIONS)] == [
        (Level.PROBLEM, "jira.projects names OPS"),
        (Level.OK, "We may do everything that the service does in SUP."),
    ]
    assert [each.level for each in of(found, Check.OPTIONS)] == [Level.WARNING, Level.OK, Level.OK]


def test_a_project_whose_options_cannot_be_asked_for_does_not_hide_the_others() -> None:
    with a_jira(True) as jira:
        jira.next_answers(None, None, None, Fault(400))
        found = of(look(jira, fitting(True, projects=("OPS", "SUP"))), Check.OPTIONS)
    assert [each.level for each in found] == [Level.WARNING, Level.OK, Level.OK]
    assert found[0].text == "What issues of OPS offer could not be checked: Jira answered 400."


# The webhook


@every_version
def test_a_webhook_is_registered_with_everything_and_never_twice(cloud: bool, version: tuple[int, ...]) -> None:
    with a_jira(cloud, version) as jira:
        look(jira, register=True)
        look(jira, register=True)
        (kept,) = jira.admin.webhooks.values()
        (read,) = admin(jira.url).webhooks()
    events = frozenset((*EVENTS, *NICE_EVENTS))
    assert read == Webhook(read.id, "Support triage", RECEIVER.url, events, 'project in ("SUP")')
    if version[0] == 10:
        assert kept["configuration"] == {"EXCLUDE_BODY": "false", "SECRET": SECRET, "FILTERS": 'project in ("SUP")'}
    else:
        assert (kept["secret"], kept["excludeBody"]) == (SECRET, False)
        assert kept["filters"] == {JQL: 'project in ("SUP")'}


@every_version
def test_one_that_calls_us_is_brought_up_to_date_and_keeps_what_is_the_operators(
    cloud: bool, version: tuple[int, ...]
) -> None:
    """Its name, its address with a query, more events, and a filter that lets our projects through."""
    jql = 'project in (SUP, "Other") AND labels = x'
    old: dict[str, Any] = {"name": "By hand", "url": RECEIVER.url + "?issue={issue.key}"}
    old |= {"events": ["jira:issue_created", "sprint_started"]}
    with a_jira(cloud, version) as jira:
        if version[0] == 10:
            off: dict[str, Any] = {"active": False, "configuration": {"FILTERS": jql, "EXCLUDE_BODY": "true"}}
        else:
            off = {"enabled": False, "excludeBody": True, "filters": {JQL: jql}}
        jira.admin.webhooks = {"5": old | off, "6": {**old, "url": "https://other.example/webhooks/jira"} | off}
        assert [webhook.excludes_body for webhook in admin(jira.url).webhooks()] == [True, True]
        before = look(jira)
        after = look(jira, register=True)
        webhooks = {webhook.id: webhook for webhook in admin(jira.url).webhooks()}
    assert [each.text for each in of(before, Check.WEBHOOK) if each.level is Level.PROBLEM] == [
        "The webhook “By hand” is switched off: Jira does not call us. Switch it on."
    ]
    assert bad(after) == []
    assert webhooks["5"] == Webhook(
        "5", "By hand", old["url"], frozenset((*EVENTS, *NICE_EVENTS, "sprint_started")), jql
    )
    assert (len(webhooks), webhooks["6"].enabled) == (2, False)


def test_a_registration_whose_answer_is_lost_is_not_made_again() -> None:
    with a_jira(True) as jira:
        asked = admin(jira.url)
        asked.server()
        jira.next_answers(None, Fault(502, done=True))
        known = asked.webhooks()
        assert known == []
        with pytest.raises(SourceError):
            asked.put_webhook(Webhook("", "x", RECEIVER.url, frozenset(EVENTS)), SECRET)
        found = look(jira, register=True)
        assert len(jira.admin.webhooks) == 1
    assert bad(found) == []


@pytest.mark.parametrize(
    "receiver",
    [
        Receiver("http://localhost:8080", (SECRET,)),
        Receiver("https://10.0.0.3", (SECRET,)),
        Receiver("https://triage.vendor.example", ("short",)),
        Receiver("https://triage.vendor.example", ()),
        Receiver("https://triage.vendor.example", (), ("a-token-of-an-automation-rule",)),
    ],
    ids=str,
)
def test_what_could_not_work_is_not_registered(receiver: Receiver) -> None:
    with a_jira(True) as jira:
        found = [*examine(admin(jira.url), fitting(True), receiver, lambda: NOW, register=True)]
        assert jira.admin.webhooks == {}
    assert any("was not registered" in each.text and each.level is Level.PROBLEM for each in found)


@every_version
def test_only_administrators_register(cloud: bool, version: tuple[int, ...]) -> None:
    with a_jira(cloud, version) as jira:
        jira.admin.permissions.remove("ADMINISTER")
        found = of(look(jira, register=True), Check.WEBHOOK)
        assert jira.admin.webhooks == {}
    assert [each.level for each in found] == [Level.PROBLEM, Level.WARNING]
    assert "could not be registered: Jira answered 403" in found[0].text


def test_a_list_of_webhooks_without_ids_registers_nothing() -> None:
    with a_jira(True) as jira:
        asked = admin(jira.url)
        asked.server()
        jira.next_answers(Fault(200, {"Content-Type": "application/json"}, b'[{"url": "https://x.example"}]'))
        with pytest.raises(SourceError, match="no ids"):
            asked.webhooks()


def test_secrets_are_never_shown() -> None:
    with a_jira(True) as jira:
        found = look(jira, register=True)
    assert SECRET not in "\n".join(report(found)) + repr(RECEIVER)
