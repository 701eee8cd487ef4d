"""Alert rules: the key is the same when an alert fires and when it is over, and nothing of a known sender is lost."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage import documents
from triage.documents import ConfigurationError
from triage.domain.mail import AlertState, Mail, Mailbox
from triage.domain.mail_alerts import FORMATS, AlertRule, Format, match, placeholders
from triage.domain.mail_outcome import MailRules
from triage.domain.ticket import Priority

CONFIG = Path(__file__).parents[2] / "config"
TODAY = date(2026, 11, 26)
FIRING, RESOLVED = AlertState.FIRING, AlertState.RESOLVED


def told(use: str, subject: str, text: str = "", sender: str = "x@monitor.example") -> tuple[str, AlertState] | None:
    mail = Mail(authors=(Mailbox(sender),), subject=subject, text=text)
    alert = match(AlertRule("r", ("*@monitor.example",), FORMATS[use]), mail)
    return (alert.key, alert.state) if alert else None


PAIRS = {
    "nagios": (
        ("** PROBLEM Service Alert: web1/HTTP is CRITICAL **", "Service: HTTP\nHost: web1\nState: CRITICAL"),
        ("** RECOVERY Service Alert: web1/HTTP is OK **", "Service: HTTP\nHost: web1\nState: OK"),
        "web1/http",
    ),
    "nagios, host": (
        ("** PROBLEM Host Alert: web1 is DOWN **", "Host: web1\nState: DOWN"),
        ("** RECOVERY Host Alert: web1 is UP **", "Host: web1\nState: UP"),
        "web1",
    ),
    "nagios, the subject is wrong": (
        ("** PROBLEM Service Alert: web1/HTTP is CRITICAL **", "Service: HTTP\nHost: web1\nState: CRITICAL"),
        ("** PROBLEM Service Alert: web1/HTTP is CRITICAL **", "Service: HTTP\nHost: web1\nState: OK"),
        "web1/http",
    ),
    "icinga": (("[PROBLEM] Ping on web1 is CRITICAL!", ""), ("[RECOVERY] Ping on web1 is OK!", ""), "web1/ping"),
    "zabbix": (
        ("Problem: CPU on web-1", "Problem started at 18:56\nOriginal problem ID: 26"),
        ("Resolved in 5m: CPU on web-1", "Problem has been resolved at 19:01\nOriginal problem ID: 26"),
        "26",
    ),
    "zabbix, without ids": (("Problem: CPU on web-1", ""), ("Resolved: CPU on web-1", ""), "cpu on web-1"),
    "alertmanager": (
        ("[FIRING:2] InstanceDown (web1 page)", ""),
        ("[RESOLVED] InstanceDown (web1 page)", ""),
        "instancedown (web1 page)",
    ),
    "grafana": (("[Alerting] Latency", ""), ("[OK] Latency", ""), "latency"),
    "cloudwatch": (('ALARM: "cpu" in EU (Ireland)', ""), ('OK: "cpu" in EU (Ireland)', ""), "cpu"),
    "datadog": (("[Triggered] CPU on web1", ""), ("[Recovered] CPU on web1", ""), "cpu on web1"),
    "datadog, scoped": (("[Triggered on {host:web1}] CPU", ""), ("[Recovered on {host:web1}] CPU", ""), "cpu"),
    "uptimerobot": (("Monitor is DOWN: shop", ""), ("Monitor is UP: shop", ""), "shop"),
    "pingdom": (("DOWN alert: shop is DOWN", ""), ("UP alert: shop is UP", ""), "shop"),
    "healthchecks": (("DOWN | backup", ""), ("UP | backup", ""), "backup"),
    "uptime-kuma": (("[shop] [🔴 Down] timeout", ""), ("[shop] [✅ Up] 200 - OK", ""), "shop"),
    "azure": (
        ("Fired:Sev1 Azure Monitor Alert cpu on web1", ""),
        ("Resolved:Sev1 Azure Monitor Alert cpu on web1", ""),
        "cpu on web1",
    ),
    "google-cloud": (("[ALERT] CPU on p", ""), ("[RESOLVED] CPU on p", ""), "cpu on p"),
    "monit": (
        ("monit alert --  Connection failed nginx", ""),
        ("monit alert --  Connection succeeded nginx", ""),
        "nginx",
    ),
}


@pytest.mark.parametrize(("firing", "resolved", "key"), PAIRS.values(), ids=PAIRS)
def test_one_key_for_firing_and_resolved(
    firing: tuple[str, str], resolved: tuple[str, str], key: str, request: pytest.FixtureRequest
) -> None:
    use = request.node.callspec.id.partition(",")[0]
    assert told(use, *firing) == (key, FIRING)
    assert told(use, *resolved) == (key, RESOLVED)


def test_every_format_is_tried_above_or_among_the_real_messages() -> None:
    assert {name.partition(",")[0] for name in PAIRS} | {"smartd"} == set(FORMATS)


def test_different_things_have_different_keys() -> None:
    assert told("nagios", "PROBLEM Service Alert: web1/HTTP is CRITICAL") != told(
        "nagios", "PROBLEM Service Alert: web2/HTTP is CRITICAL"
    )


def test_what_a_known_sender_writes_in_no_known_form_is_an_alert_under_its_subject() -> None:
    assert told("nagios", "The disk of web1 is on fire") == ("the disk of web1 is on fire", FIRING)
    assert told("nagios", "") == ("(no subject)", FIRING)


@pytest.mark.parametrize(
    "sender", ["x@evil.example", "x@monitor.example.evil.example", "monitor.example", "x@notmonitor.example"]
)
def test_only_its_senders_are_read_by_a_rule(sender: str) -> None:
    assert told("nagios", "PROBLEM Host Alert: web1 is DOWN", sender=sender) is None


@given(st.text(max_size=300), st.text(max_size=300), st.sampled_from(sorted(FORMATS)))
def test_any_text_of_a_known_sender_is_an_alert(subject: str, text: str, use: str) -> None:
    found = told(use, subject, text)
    assert found is not None
    assert found[0]


@pytest.mark.parametrize("use", sorted(FORMATS))
def test_a_large_mail_costs_no_more_than_its_beginning(use: str) -> None:
    begun = time.process_time()
    for piece in ("[", "a ", "PROBLEM ", "x/", "Problem: ", "Host: "):
        told(use, piece * 200_000, piece * 200_000)
    assert time.process_time() - begun < 5


# Rules in documents

SENDERS = 'senders: ["nagios@monitor.example"]'


def read(text: str) -> MailRules:
    files = {**documents.read_folder(CONFIG), "mail.yaml": text}
    variants = [variant for variant, _ in documents.variants(files, TODAY)]
    return documents.build(files, variants, 1, TODAY).mail


def problems(rule: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        read(f"mail:\n  alerts:\n    - {rule}\n")
    return [str(problem) for problem in caught.value.problems]


def test_a_ready_rule_and_one_of_ones_own() -> None:
    rules = read(
        "mail:\n  mailboxes: [OnCall@vendor.example]\n  alerts:\n"
        f"    - {{name: prod, use: nagios, {SENDERS}, customer: acme, priority: P1}}\n"
        "    - {name: aws, use: cloudwatch}\n"
        "    - name: own\n      senders: ['*@box.example']\n      subject: '^(?P<state>BAD|GOOD) (?P<host>.+)'\n"
        "      key: '{host}/{unit}'\n      lines: {unit: Unit}\n      resolved: [GOOD]\n"
    )
    prod, aws, own = rules.alerts
    assert rules.mailboxes == ("oncall@vendor.example",)
    assert (prod.customer, prod.priority, prod.format) == ("acme", Priority.P1, FORMATS["nagios"])
    assert aws.senders == ("no-reply@sns.amazonaws.com",)
    assert own.format == Format(
        "^(?P<state>BAD|GOOD) (?P<host>.+)", ("{host}/{unit}",), {"unit": "Unit"}, frozenset({"good"})
    )
    mail = Mail(authors=(Mailbox("a@box.example"),), subject="GOOD web1", text="Unit: disk")
    found = match(own, mail)
    assert found is not None
    assert (found.key, found.state) == ("web1/disk", RESOLVED)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (f"{{use: nagios, {SENDERS}}}", "name: Missing data"),
        ("{name: x, use: nagios}", "senders: say who writes"),
        (f"{{name: x, {SENDERS}}}", "say how it writes: use one of alertmanager"),
        (f"{{name: x, {SENDERS}, use: nagios, key: a, subject: b}}", "say how it writes"),
        (f"{{name: x, {SENDERS}, key: '{{a}}'}}", "needs both: subject and key"),
        (f"{{name: x, {SENDERS}, subject: '(', key: a}}", "subject: is no regular expression"),
        (f"{{name: x, {SENDERS}, subject: '(?P<a>.)', key: '{{b}}'}}", "key: names b, which neither"),
        (f"{{name: x, {SENDERS}, subject: '(?P<a>.)', key: '{{a.b}}'}}", "key: a key is made of text"),
        (f"{{name: X-1, {SENDERS}, use: nagios}}", "name: has small letters"),
        ("{name: x, use: nagios, senders: [monitor.example]}", "is an address, or *@"),
        (f"{{name: x, use: nagios, {SENDERS}, customer: nobody}}", "there is no 'nobody' in customers"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(rule: str, words: str) -> None:
    found = problems(rule)
    assert any(words in problem and problem.startswith("mail.yaml:3: mail.alerts") for problem in found), found


def test_two_rules_have_two_names() -> None:
    with pytest.raises(ConfigurationError, match="prod: two rules have one name"):
        rules = [f"    - {{name: prod, use: {use}, {SENDERS}}}\n" for use in ("nagios", "zabbix")]
        read("mail:\n  alerts:\n" + "".join(rules))


@given(st.text(alphabet="ab{}_.!0", max_size=12))
def test_a_key_that_is_taken_can_be_filled(key: str) -> None:
    try:
        parts = placeholders(key)
    except ValueError:
        return
    assert key.format_map(dict.fromkeys(parts, "x")).count("{") == 0
