"""The import rule of DESIGN section 4, read off the code."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: What each part may import of ours; a part that is not named here may not exist.
RULE: dict[str, set[str]] = {
    "triage.domain": {"triage.domain"},
    "triage.ports": {"triage.domain"},
    "triage.render": {"triage.domain", "triage.render"},
    "triage.store": {"triage.domain", "triage.store"},
    "triage.documents": {"triage.domain", "triage.documents"},
    "triage.simulate": {"triage.domain", "triage.simulate"},
    "triage.settings": {"triage.domain"},
    "triage.telemetry": {"triage.settings"},
    "integrations": {"triage.domain", "triage.ports", "integrations"},
    "triage.engine": {
        "triage.domain",
        "triage.documents",
        "triage.engine",
        "triage.ports",
        "triage.store",
        "triage.telemetry",
    },
    "triage.web": {
        "triage.domain",
        "triage.documents",
        "triage.engine",
        "triage.ports",
        "triage.render",
        "triage.settings",
        "triage.telemetry",
        "triage.web",
        "triage.store.ledger",
        "triage.store.mails",
        "triage.store.queries",
        "triage.store.record",
        "triage.store.statements",
        "triage.store.stuck",
        "triage.store.people",
        "triage.store.inbox",
        "triage.store.audit",
        "triage.store.tokens",
    },
    "triage.commands": {
        "triage.commands",
        "triage.domain",
        "triage.documents",
        "triage.engine",
        "triage.ports",
        "triage.render",
        "triage.settings",
        "triage.store",
        "triage.telemetry",
    },
    "triage.cli": {
        "triage.commands",
        "triage.domain",
        "triage.documents",
        "triage.engine",
        "triage.ports",
        "triage.settings",
        "triage.simulate",
        "triage.store",
        "triage.telemetry",
    },
}


def parts() -> Iterator[tuple[str, Path]]:
    for path in sorted([*ROOT.glob("triage/**/*.py"), *ROOT.glob("integrations/**/*.py")]):
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        if module != "triage":
            yield module, path


def imports(source: str) -> Iterator[str]:
    """Every module that the source imports, with the name that is taken from a package."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def violations(module: str, source: str) -> list[str]:
    """What the module imports although the rule does not allow it."""
    part = next((name for name in RULE if module == name or module.startswith(name + ".")), None)
    if part is None:
        return [f"{module} is not in the import rule"]
    found = []
    for name in imports(source):
        top = name.partition(".")[0]
        if top in ("triage", "integrations", "app", "tests"):
            if not any(name == allowed or name.startswith(allowed + ".") for allowed in RULE[part]):
                found.append(f"{module} imports {name}")
        elif part == "triage.domain" and top not in sys.stdlib_module_names:
            found.append(f"{module} imports {name}, which is not in the standard library")
    return found


@pytest.mark.parametrize(("module", "path"), list(parts()), ids=lambda value: value if isinstance(value, str) else "")
def test_every_module_keeps_the_import_rule(module: str, path: Path) -> None:
    assert violations(module, path.read_text()) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("triage.domain.sla", "import sqlalchemy"),
        ("triage.domain.sla", "from triage.store import tickets"),
        ("triage.store.inbox", "from triage.engine.decide import decide"),
        ("triage.web.api", "from triage.store import outbox"),
        ("triage.engine.deliver", "from integrations.console import ConsoleGateway"),
        ("integrations.console", "import triage.store.db"),
        ("triage.novelty", "import os"),
    ],
)
def test_a_planted_violation_is_found(module: str, source: str) -> None:
    assert violations(module, source)
