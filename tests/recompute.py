"""Computes a report's figures again from its CSV, by the rules of docs/reports.md and with nothing of the service.

    python tests/recompute.py report.csv report.json

says which figures differ, and exits 1 if any does. It imports the standard library alone: a customer can run it.
"""

from __future__ import annotations

import csv
import json
import sys
from collections import defaultdict
from fractions import Fraction
from pathlib import Path
from typing import Any

ORDER = ["first_response", "next_reply", "periodic_update", "resolution"]


def figures(sheet: str, credit_table: list[dict[str, str]]) -> dict[str, Any]:
    """The lines, totals and the credit of a report."""
    cycles = list(csv.DictReader(sheet.removeprefix("\ufeff").splitlines()))
    by_line: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
    by_metric: dict[str, list[dict[str, str]]] = defaultdict(list)
    for cycle in cycles:
        by_line[cycle["metric"], cycle["priority"]].append(cycle)
        by_metric[cycle["metric"]].append(cycle)
    lines = [
        {"metric": metric, "priority": priority, **counts(found), **times(found)}
        for (metric, priority), found in sorted(
            by_line.items(), key=lambda item: (ORDER.index(item[0][0]), item[0][1])
        )
    ]
    totals = [
        {"metric": metric, **counts(found), "credit": credit(metric, found, credit_table)}
        for metric, found in sorted(by_metric.items(), key=lambda item: ORDER.index(item[0]))
    ]
    whole = min(Fraction(1), sum((Fraction(total["credit"]) for total in totals), Fraction(0)))
    breaches = [cycle for cycle in cycles if cycle["verdict"] != "met"]
    return {"lines": lines, "totals": totals, "credit": text(whole), "breach_count": len(breaches)}


def counts(cycles: list[dict[str, str]]) -> dict[str, Any]:
    number = {
        verdict: sum(cycle["verdict"] == verdict for cycle in cycles) for verdict in ("met", "breached", "excluded")
    }
    counted = number["met"] + number["breached"]
    return {
        "cycles": len(cycles),
        **number,
        "attainment": text(Fraction(number["met"], counted)) if counted else None,
    }


def times(cycles: list[dict[str, str]]) -> dict[str, int | None]:
    taken = sorted(int(cycle["elapsed_seconds"]) for cycle in cycles if cycle["verdict"] != "excluded")
    return {
        "median_seconds": smallest(taken, 50),
        "ninetieth_seconds": smallest(taken, 90),
        "worst_seconds": taken[-1] if taken else None,
    }


def smallest(taken: list[int], share: int) -> int | None:
    """The smallest time that at least `share` per cent did not exceed."""
    for place, time in enumerate(taken, start=1):
        if place * 100 >= share * len(taken):
            return time
    return None


def credit(metric: str, cycles: list[dict[str, str]], credit_table: list[dict[str, str]]) -> str:
    share = counts(cycles)["attainment"]
    owed = [
        Fraction(line["credit"])
        for line in credit_table
        if line["metric"] == metric and share is not None and Fraction(share) < Fraction(line["below"])
    ]
    return text(max(owed, default=Fraction(0)))


def text(share: Fraction) -> str:
    return f"{share.numerator}/{share.denominator}"


def differences(sheet: str, report: dict[str, Any]) -> list[str]:
    """What the report says and the sheet does not bear out."""
    again = figures(sheet, report["credit_table"])
    return [
        f"{name}: {report[name]!r}, and by the sheet {again[name]!r}" for name in again if report[name] != again[name]
    ]


if __name__ == "__main__":
    wrong = differences(*(Path(sys.argv[1]).read_text("utf-8-sig"), json.loads(Path(sys.argv[2]).read_text("utf-8"))))
    print("\n".join(wrong) or "Every figure is borne out by the sheet.")
    sys.exit(bool(wrong))
