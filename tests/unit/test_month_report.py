"""A month's figures: medians, percentiles, totals, credits, and months themselves."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.contract import Contract, Credit
from triage.domain.month_report import (
    MonthReport,
    Settled,
    at_share,
    begin_of,
    credit_in_all,
    lines_of,
    month_named,
    next_month,
    shares_of,
    to_plain,
    totals_of,
)
from triage.domain.report import Verdict
from triage.domain.terms import Metric, Terms
from triage.domain.ticket import Priority
from triage.render.figures import exactly, month_name, percent

SETTLED = st.builds(
    Settled,
    st.sampled_from(["acme", "globex"]),
    st.sampled_from([str(metric) for metric in Metric]),
    st.sampled_from([str(priority) for priority in Priority]),
    st.sampled_from([str(verdict) for verdict in Verdict]),
    st.integers(0, 10**7),
)
TABLE = Credit(Fraction(95, 100), Fraction(1, 20)), Credit(Fraction(9, 10), Fraction(1, 10))
CONTRACT = Contract(Terms({}, name="gold:v1"), credits={Metric.RESOLUTION: TABLE})


@given(st.lists(st.integers(0, 1000), min_size=1).map(sorted), st.sampled_from([Fraction(1, 2), Fraction(9, 10)]))
def test_a_percentile_is_the_smallest_value_that_so_many_did_not_exceed(values: list[int], share: Fraction) -> None:
    found = at_share(values, share)
    assert found in values
    assert sum(value <= found for value in values) >= share * len(values)
    assert sum(value < found for value in values) < share * len(values)


def test_nothing_has_no_median() -> None:
    assert at_share([], Fraction(1, 2)) is None


@given(st.lists(SETTLED))
def test_lines_and_totals_and_shares_count_every_cycle_once(settled: Sequence[Settled]) -> None:
    lines = lines_of(settled)
    totals = totals_of(lines, CONTRACT)
    shares = shares_of(settled, {"acme": "Acme"}, {"acme": CONTRACT})
    for tallies in ([line.tally for line in lines], [one.tally for one in totals], [one.tally for one in shares]):
        assert sum(tally.met + tally.breached + tally.excluded for tally in tallies) == len(settled)
        assert sum(tally.excluded for tally in tallies) == sum(one.verdict == "excluded" for one in settled)
    assert Fraction(0) <= credit_in_all(totals) <= 1
    assert [(line.metric, line.priority) for line in lines] == sorted(
        {(line.metric, line.priority) for line in lines},
        key=lambda key: (list(Metric).index(key[0]), list(Priority).index(key[1])),
    )


@given(st.lists(SETTLED))
def test_what_is_excluded_has_no_time(settled: Sequence[Settled]) -> None:
    without = [cycle for cycle in settled if cycle.verdict != "excluded"]
    times = {(line.metric, line.priority): (line.median, line.ninetieth, line.worst) for line in lines_of(without)}
    for line in lines_of(settled):
        expected = times.get((line.metric, line.priority), (None, None, None))
        assert (line.median, line.ninetieth, line.worst) == expected


@pytest.mark.parametrize(
    ("met", "breached", "credit"),
    [(95, 5, Fraction(0)), (94, 6, Fraction(1, 20)), (90, 10, Fraction(1, 20)), (89, 11, Fraction(1, 10)), (0, 0, 0)],
)
def test_the_credit_is_that_of_the_lowest_line_of_the_table_that_was_missed(
    met: int, breached: int, credit: Fraction
) -> None:
    cycle = Settled("acme", "resolution", "P1", "met", 1)
    settled = [cycle] * met + [cycle._replace(verdict="breached")] * breached
    assert credit_in_all(totals_of(lines_of(settled), CONTRACT)) == credit


@given(st.dates(date(2000, 2, 1), date(2199, 11, 1)), st.integers(-12, 12))
def test_months_follow_one_another(day: date, by: int) -> None:
    month = day.replace(day=1)
    assert next_month(next_month(month, by), -by) == month
    assert next_month(month) == (month + timedelta(days=31)).replace(day=1)
    assert month_named(f"{month:%Y-%m}") == month
    assert begin_of(month) == datetime(month.year, month.month, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["", "2026", "2026-13", "2026-1x", "10-2026", "2026-10-01"])
def test_what_is_no_month_is_told(name: str) -> None:
    with pytest.raises(ValueError, match="is no month; write it like 2026-10"):
        month_named(name)


@given(st.integers(0, 10**6), st.integers(1, 10**6))
def test_what_was_missed_once_is_never_told_as_everything(met: int, breached: int) -> None:
    share = Fraction(met, met + breached)
    words = percent(f"{share.numerator}/{share.denominator}")
    assert words != "100.00 %"
    assert (
        Fraction(words.removesuffix(" %")) / 100
        <= share
        < Fraction(words.removesuffix(" %")) / 100 + Fraction(1, 10_000)
    )


def test_figures_in_words() -> None:
    assert (percent("1/1"), percent(None), percent("2/3")) == ("100.00 %", "–", "66.66 %")
    assert (exactly(100_000), exactly(59), exactly(None)) == ("27:46:40", "0:00:59", "–")
    assert month_name("2026-10") == "October 2026"


def test_a_report_is_plain_json() -> None:
    now = datetime(2026, 11, 3, tzinfo=UTC)
    empty = MonthReport("acme", "Acme", "Us", date(2026, 10, 1), now, "", (), (), Fraction(0), (), (), (), 0)
    plain = to_plain(empty)
    assert json.loads(json.dumps(plain)) == plain
