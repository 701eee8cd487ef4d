"""A month's report as CSV: every settled cycle, from which every figure of the report can be computed again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from triage.domain.month_report import COLUMNS
from triage.render.sheet import Cell, sheet


def report_sheet(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The head and one line for each settled cycle."""
    return sheet(COLUMNS, rows)
