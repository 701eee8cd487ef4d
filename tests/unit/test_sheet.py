"""Tables as CSV: what is written is read again as the same, and nothing in it is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.render.sheet import sheet


def read(lines: Iterator[str]) -> list[list[str]]:
    return list(csv.reader(io.StringIO("".join(lines).removeprefix("\ufeff"), newline="")))


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@settings(max_examples=200)
@given(st.lists(st.tuples(texts, st.integers(0), texts), max_size=5))
def test_what_is_written_is_read_again(rows: list[tuple[str, int, str]]) -> None:
    head, *lines = read(sheet(("a", "b", "c"), rows))
    assert head == ["a", "b", "c"]
    for line, (first, number, last) in zip(lines, rows, strict=True):
        assert line[1] == str(number)
        for shown, text in ((line[0], first), (line[2], last)):
            assert shown.removeprefix("'") == text.replace("\x00", "").removeprefix("'")


@settings(max_examples=200)
@given(st.sampled_from("=+-@\t\r\n"), texts)
def test_no_text_is_a_formula(sign: str, rest: str) -> None:
    ((shown,),) = read(sheet((), [(sign + rest,)]))[1:]
    assert shown.startswith("'")
    ((hidden,),) = read(sheet((), [("\x00" + sign + rest,)]))[1:]
    assert hidden.startswith("'")


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        (None, ""),
        (True, "yes"),
        (False, "no"),
        (0, "0"),
        (-1, "-1"),
        (datetime(2026, 11, 23, 9, 5, 1, 999, tzinfo=UTC), "2026-11-23 09:05:01"),
        ("a-b", "a-b"),
        ("Müller, „Ana“", "Müller, „Ana“"),
    ],
)
def test_each_kind_of_cell(cell: str | int | None, shown: str) -> None:
    assert read(sheet(("x", "y"), [(cell, "")]))[1] == [shown, ""]


def test_the_lines_come_one_by_one_as_they_are_asked_for() -> None:
    def endless() -> Iterator[tuple[int]]:
        number = 0
        while True:
            yield (number,)
            number += 1

    lines = sheet(("n",), endless())
    assert [next(lines) for _ in range(3)] == ["\ufeffn\r\n", "0\r\n", "1\r\n"]
