"""Monitoring systems' mail: rules by sender and subject that give the alert's key, and whether it fires."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from triage.domain.mail import Alert, AlertState, Mail
from triage.domain.ticket import Priority

#: How much of a mail is looked at: RFC 5322's longest line, and the beginning of the body.
MOST_SUBJECT, MOST_BODY = 998, 20_000
#: What a key is cut to.
MOST_KEY = 300

#: Words that mean that an alert is over, casefolded, wherever the group `state` stands.
RESOLVED = frozenset(
    {"recovery", "recovered", "ok", "resolved", "up", "closed", "clear", "cleared", "normal", "succeeded"}
    | {"deactivated", "green", "inactive"}
)


@dataclass(frozen=True, slots=True)
class Format:
    """How a monitoring system writes.

    `subject` is searched in the subject; its named groups are the alert's parts. `lines` names more parts by the
    label of a body's line, such as `{"host": "Host"}` for `Host: web1`; what a line says counts more than the
    subject, since a recovery may still be called PROBLEM there. The first of `keys` whose parts are all there is the
    alert's key. The part `state` is one of the words of `resolved`, or the alert fires; a line that begins with one
    of `resolved_by` ends it too.
    """

    subject: str
    keys: tuple[str, ...]
    lines: Mapping[str, str] = field(default_factory=dict)
    resolved: frozenset[str] = RESOLVED
    resolved_by: tuple[str, ...] = ()
    senders: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AlertRule:
    """Whose mail is read in which format; one of `senders`, an address or `*@domain`, has to be the author.

    What such a sender writes in no known format is an alert too, under its subject: it is never lost.
    """

    name: str
    senders: tuple[str, ...]
    format: Format
    customer: str | None = None
    priority: Priority = Priority.P0


def match(rule: AlertRule, mail: Mail) -> Alert | None:
    """What the mail says by that rule; None if it is not by one of its senders."""
    author = mail.author
    if author is None or not any(_is(author.address, sender) for sender in rule.senders):
        return None
    subject, body = mail.subject[:MOST_SUBJECT], mail.text[:MOST_BODY]
    found = re.search(rule.format.subject, subject)
    parts = dict(_filled(found)) if found else {}
    parts |= dict(_labelled(body, rule.format.lines))
    filled = (key.format_map(parts) for key in rule.format.keys if parts.keys() >= set(placeholders(key)))
    key = next(filled, subject)
    over = parts.get("state", "").casefold() in rule.format.resolved or _says(body, rule.format.resolved_by)
    return Alert(rule.name, _cut(key.casefold()), AlertState.RESOLVED if over else AlertState.FIRING)


def placeholders(key: str) -> list[str]:
    """The parts that a key names in braces. Raises ValueError if it is anything but text and such names."""
    if re.sub(r"\{[a-z_]+\}", "", key).count("{") or re.sub(r"\{[a-z_]+\}", "", key).count("}"):
        raise ValueError("a key is made of text and of parts in braces, such as {host}/{service}")
    return re.findall(r"\{([a-z_]+)\}", key)


def _is(address: str, sender: str) -> bool:
    sender = sender.casefold()
    return address.endswith(sender[1:]) if sender.startswith("*@") else address == sender


def _filled(found: re.Match[str]) -> Iterator[tuple[str, str]]:
    yield from ((name, value.strip()) for name, value in found.groupdict().items() if value and value.strip())


def _labelled(body: str, labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The parts that lines of the body tell, the first line of each label."""
    wanted = {label.casefold(): part for part, label in labels.items()}
    for line in body.splitlines():
        label, colon, value = line.lstrip("*-•· \t").partition(":")
        part = wanted.get(label.strip().casefold()) if colon else None
        if part is not None and value.strip():
            del wanted[label.strip().casefold()]
            yield part, value.strip()


def _says(body: str, beginnings: tuple[str, ...]) -> bool:
    return bool(beginnings) and any(line.strip().startswith(beginnings) for line in body.splitlines())


def _cut(key: str) -> str:
    return " ".join(key.split())[:MOST_KEY] or "(no subject)"


_BRACKETED = r"^\W*\[(?P<state>[A-Za-z ]+)(?::\d+)?(?:, ?[^\]]*)?\]\s*(?P<name>.*\S)"

#: What the usual monitoring systems write, by their vendors' documents and default templates. Hosted services have
#: their own senders; for the others the rule names who writes.
FORMATS: Mapping[str, Format] = {
    # Nagios Core's sample notify commands, Icinga's notification scripts.
    "nagios": Format(
        r"(?P<state>PROBLEM|RECOVERY|ACKNOWLEDGEMENT"
        r"|[A-Z]+) \w+ Alert: (?P<host>[^/\s]+)(?:/(?P<service>.*?))? is \w+",
        ("{host}/{service}", "{host}"),
        lines={"host": "Host", "service": "Service", "state": "State"},
    ),
    # Icinga 2: "[PROBLEM] Ping on web1 is CRITICAL!"
    "icinga": Format(
        r"^\[(?P<state>\w+)\] (?:Host |(?P<service>.+) on )?(?P<host>\S+) is \w+!?$",
        ("{host}/{service}", "{host}"),
        lines={"host": "Host", "service": "Service", "state": "State"},
    ),
    # Zabbix's default message templates, which are often translated but for the names of their fields.
    "zabbix": Format(
        r"^(?P<state>Problem|Resolved|OK)\b[^:]*: (?P<name>.*\S)",
        ("{id}", "{host}/{name}", "{name}"),
        lines={"id": "Original problem ID", "name": "Problem name", "host": "Host"},
        resolved_by=("Problem has been resolved",),
    ),
    # Prometheus Alertmanager's default.tmpl: the group's labels. Grafana writes the same, once [Alerting] and [OK].
    "alertmanager": Format(_BRACKETED, ("{name}",)),
    "grafana": Format(_BRACKETED, ("{name}",)),
    # Amazon CloudWatch over SNS.
    "cloudwatch": Format(
        r'^(?P<state>[A-Z_]+): "(?P<name>[^"]+)"', ("{name}",), senders=("no-reply@sns.amazonaws.com",)
    ),
    # Datadog: "[Triggered] name", "[Monitor Alert] Recovered: name", "[Recovered on {host:web1}] name".
    "datadog": Format(
        r"^\[(?:Monitor Alert\] )?(?P<state>[A-Za-z-]+)(?: on [^\]]*)?(?:\]|:) ?(?P<name>.*\S)",
        ("{name}",),
        senders=("alert@dtdg.co", "*@datadoghq.com", "*@datadoghq.eu"),
    ),
    "uptimerobot": Format(
        r"^(?:Monitor is )?(?P<state>DOWN|UP): (?P<name>.*\S)", ("{name}",), senders=("*@uptimerobot.com",)
    ),
    "pingdom": Format(
        r"^(?P<state>DOWN|UP) alert: (?P<name>.*?)(?: is (?:DOWN|UP))?$", ("{name}",), senders=("*@pingdom.com",)
    ),
    "healthchecks": Format(r"^(?P<state>DOWN|UP) \| (?P<name>.*\S)", ("{name}",), senders=("*@healthchecks.io",)),
    # Uptime Kuma: "[name] [🔴 Down] message".
    "uptime-kuma": Format(r"^\[(?P<name>[^\]]+)\] \[\W*(?P<state>\w+)\]", ("{name}",)),
    # Azure Monitor's common schema: "Fired:Sev1 Azure Monitor Alert name on resource".
    "azure": Format(
        r"^(?P<state>Fired|Resolved|Activated|Deactivated): ?Sev ?\d (?:Azure Monitor Alert )?(?P<name>.*\S)",
        ("{name}",),
        senders=("azure-noreply@microsoft.com", "alerts-noreply@mail.windowsazure.com"),
    ),
    "google-cloud": Format(_BRACKETED, ("{name}",), senders=("alerting-noreply@google.com",)),
    # Monit: "monit alert --  Connection failed nginx"; M/Monit tells host and service in lines.
    "monit": Format(
        r"^monit alert --\s+(?P<name>.*) (?P<state>failed|succeeded) (?P<service>\S+)$",
        ("{host}/{service}", "{service}"),
        lines={"host": "Host", "service": "Service"},
    ),
    # smartd's daemon: "SMART error (FailedHealthCheck) detected on host: web1".
    "smartd": Format(
        r"^SMART error \((?P<name>[^)]*)\) detected on host: (?P<host>\S+)",
        ("{host}/{device}/{name}", "{host}/{name}"),
        lines={"device": "Device"},
    ),
}
