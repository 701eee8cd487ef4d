"""Every real Jira body that we have, read, against a golden file that a human has reviewed.

After a change that is meant, write the golden file anew and review its diff against the raw bodies:

    python -m tests.unit.test_jira_bodies --write
"""

import hashlib
import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.jira_inbound import JiraNormaliser
from triage.domain.jira import IdentityRules, JiraRules
from triage.domain.ticket import Fact, Field, Role
from triage.ports import Read, Reading

ROOT = Path(__file__).resolve().parents[2]
BODIES = ROOT.parent / "shared" / "payloads" / "jira_webhooks"
GOLDEN = Path(__file__).with_name("golden") / "jira_bodies.json"

pytestmark = pytest.mark.skipif(not BODIES.is_dir(), reason="the real Jira bodies (../shared/payloads) are not here")

RECEIVED_AT = datetime(2026, 11, 20, tzinfo=UTC)

RULES = JiraRules(
    instance="jira.example.com",
    identities=IdentityRules(
        accounts={Role.AGENT: frozenset({"admin"}), Role.CUSTOMER: frozenset({"alice"})},
        types={
            Role.ROBOT: frozenset({"app"}),
            Role.AGENT: frozenset({"atlassian"}),
            Role.CUSTOMER: frozenset({"customer"}),
        },
    ),
    priorities={"blocker": "P0", "highest": "P0", "2": "P1", "3": "P2"},
    statuses={"in progress": "in_progress", "3": "in_progress"},
    production_field="customfield_10106",
    production={"10006": "yes"},
    workaround_field="customfield_10107",
    workaround={"singlelist option 1": "none"},
    organizations_field="customfield_10002",
)

#: Fields that name people; the golden file holds a hash in their place.
PERSONAL = {Field.REPORTER, Field.REPORTER_EMAIL, Field.ASSIGNEE}


def body_names() -> list[str]:
    return sorted(path.name for path in BODIES.glob("*.json"))


def read(name: str) -> Reading:
    return JiraNormaliser().read_event((BODIES / name).read_bytes(), RULES, RECEIVED_AT)


def shown_values(values) -> dict:
    hidden = {
        field: hashlib.sha256(str(value).encode()).hexdigest()[:8]
        for field, value in values.items()
        if field in PERSONAL and value is not None
    }
    return {str(field): hidden.get(field, value) for field, value in sorted(values.items())}


def shown_fact(fact: Fact) -> dict:
    shown = {"key": fact.key, "kind": str(fact.kind), "at": fact.at.isoformat(), "role": str(fact.actor.role)}
    optional = {
        "public": fact.public,
        "values": shown_values(fact.values),
        "before": shown_values(fact.before),
        "texts": sorted(map(str, fact.texts)),
    }
    return shown | {name: value for name, value in optional.items() if value not in (None, {}, [])}


def shown(reading: Reading) -> dict:
    if not isinstance(reading, Read):
        return {type(reading).__name__.lower(): reading.reason}
    return {
        "ticket": f"{reading.ticket.id} {reading.ticket.key}".strip(),
        "missing": [str(reason) for reason in reading.missing],
        "facts": [shown_fact(fact) for fact in sorted(reading.facts, key=lambda fact: fact.key)],
    }


def write() -> None:
    """One line for each fact, so that a diff is a list of facts."""
    entries = []
    for name in body_names():
        reading = shown(read(name))
        facts = reading.pop("facts", None)
        lines = json.dumps(reading, ensure_ascii=False)
        if facts:
            rows = ",\n    ".join(json.dumps(fact, ensure_ascii=False) for fact in facts)
            lines = f'{lines[:-1]}, "facts": [\n    {rows}\n  ]}}'
        entries.append(f"  {json.dumps(name)}: {lines}")
    GOLDEN.write_text("{\n" + ",\n".join(entries) + "\n}\n", encoding="utf-8")


def test_every_body_reads_as_reviewed():
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    assert {name: shown(read(name)) for name in body_names()} == golden


@pytest.mark.parametrize("seed", range(3))
def test_facts_of_all_bodies_are_one_set_in_any_order(seed):
    """Doubled and shuffled, and each time received later, the bodies add up to the same facts."""

    def collected(order: list[str]) -> dict:
        facts = {}
        for name in order:
            reading = read(name)
            if isinstance(reading, Read):
                facts |= {(reading.ticket.instance, reading.ticket.id, name, f.key): f for f in reading.facts}
        return facts

    names = body_names()
    doubled = names * 2
    random.Random(seed).shuffle(doubled)
    assert collected(names) == collected(doubled)


def test_bodies_that_tell_of_the_same_ticket_agree_about_every_shared_fact():
    """What two different real bodies say under one key is the same, but for texts and display names."""
    seen: dict[tuple, dict[str, str]] = {}
    for name in body_names():
        reading = read(name)
        if isinstance(reading, Read):
            for fact in reading.facts:
                key = (reading.ticket.instance, reading.ticket.id, fact.key)
                said = json.dumps({**shown_fact(fact), "texts": []})
                seen.setdefault(key, {}).setdefault(said, name)
    contradictions = {key: said for key, said in seen.items() if len(said) > 1}
    assert contradictions == {}


if __name__ == "__main__" and sys.argv[1:] == ["--write"]:
    write()
