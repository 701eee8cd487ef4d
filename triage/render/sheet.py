"""Lines of a table as CSV (RFC 4180), for spreadsheets: streamed, and safe to open."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

Cell = str | int | bool | datetime | None

#: What makes a spreadsheet take a text for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


class _Line:
    """Where the writer writes: it hands each line back as it comes."""

    def write(self, line: str) -> str:
        return line


def sheet(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """The head and one line for each row. The byte order mark tells spreadsheets that names are UTF-8."""
    writer = csv.writer(_Line())
    yield "\ufeff" + str(writer.writerow(columns))
    for row in rows:
        yield str(writer.writerow([_cell(value) for value in row]))


def _cell(value: Cell) -> str | int:
    """What a spreadsheet reads as the same value: a time without a zone, yes or no, a text that is no formula."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S")
        case str():
            clean = value.replace("\x00", "")
            return f"'{clean}" if clean.startswith(FORMULA) else clean
        case _:
            return value
