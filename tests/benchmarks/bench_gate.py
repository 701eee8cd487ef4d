"""How well the evidence rules read labelled texts: a table by axis, value and origin, and each miss.

    python -m tests.benchmarks.bench_gate [--misses] [FILE ...]

Without a file: the public corpus of ../shared, and the texts in tests/data that were written by somebody who had not
seen the rules. `fresh-3` is the last of them; the rules were changed once after it had been read.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from triage.domain.evidence import Statement, read_evidence
from triage.domain.priority import VALUES, Axis

ROOT = Path(__file__).parents[2]
CORPUS = ROOT.parent / "shared" / "corpus" / "gate_public.jsonl"
FRESH = ROOT / "tests" / "data" / "gate_fresh.jsonl"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class Reading:
    """One labelled text and what the rules made of it."""

    text: dict[str, Any]
    statements: tuple[Statement, ...]

    def value(self, axis: Axis) -> str:
        values = {said.value for said in self.statements if said.axis is axis}
        return values.pop() if len(values) == 1 else UNKNOWN

    @property
    def is_p0(self) -> bool:
        return (self.value(Axis.PRODUCTION), self.value(Axis.WORKAROUND)) == ("yes", "none")

    @property
    def talked_down(self) -> bool:
        """A true P0 that the gate would make a P1."""
        down = self.value(Axis.PRODUCTION) == "no" or self.value(Axis.WORKAROUND) == "exists"
        return bool(self.text["p0"]) and down


def read(path: Path) -> list[Reading]:
    """Every text of a file, read; a quote that is no verbatim part of its text ends the run."""
    readings = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text = json.loads(line)
        statements = read_evidence(text["body"], text["subject"])
        for said in statements:
            assert said.quote in text["body"] or said.quote in text["subject"], (text["id"], said)
        readings.append(Reading(text, statements))
    return readings


def origin(text: dict[str, Any]) -> str:
    """`real` texts were written by customers, the others for the purpose."""
    source = text.get("src", "")
    return source if source.startswith("fresh") else "written" if source == "written" else "real"


def row(name: str, pairs: Iterable[tuple[Any, Any]], value: Any) -> str:
    """Precision, recall and F1 of one value over (label, answer)."""
    counts = Counter((label == value, answer == value) for label, answer in pairs)
    hits, missed, wrong = counts[True, True], counts[True, False], counts[False, True]
    precision = hits / (hits + wrong) if hits + wrong else 0.0
    recall = hits / (hits + missed) if hits + missed else 0.0
    score = 2 * precision * recall / (precision + recall) if hits else 0.0
    return (
        f"{name:34} {precision:9.2f} {recall:7.2f} {score:7.3f}   {hits + missed:4} labelled, {hits + wrong:4} found"
    )


def table(name: str, readings: list[Reading]) -> None:
    print(f"\n{name}: {len(readings)} texts\n{'':34} precision  recall      F1")
    for axis, values in VALUES.items():
        for value in (*values, UNKNOWN):
            pairs = [(one.text[axis], one.value(axis)) for one in readings]
            print(row(f"{axis} = {value}", pairs, value))
    print(row("P0", [(one.text["p0"], one.is_p0) for one in readings], True))
    down = [one.text["id"] for one in readings if one.talked_down]
    print(f"true P0 talked down: {len(down)} {' '.join(down)}")


def misses(readings: list[Reading]) -> None:
    for one in readings:
        for axis in Axis:
            if one.value(axis) != one.text[axis]:
                said = "; ".join(f"{s.value} ({s.rule}): {s.quote!r}" for s in one.statements if s.axis is axis)
                label = f"{one.text[axis]} by {one.text[f'cue_{axis}']!r}"
                print(f"  {one.text['id']} {axis}: labelled {label}, read {one.value(axis)}. {said}")


def main(arguments: list[str]) -> None:
    paths = [Path(name) for name in arguments if not name.startswith("--")]
    for path in paths or [path for path in (CORPUS, FRESH) if path.exists()]:
        readings = read(path)
        for name in sorted({origin(one.text) for one in readings}):
            table(f"{path.name}, {name}", [one for one in readings if origin(one.text) == name])
        table(path.name, readings)
        if "--misses" in arguments:
            misses(readings)


if __name__ == "__main__":
    main(sys.argv[1:])
