"""A month's report: what each promise came to, from settled cycles, and the breaches behind it.

A cycle belongs to the month (in UTC) in which it was settled, as `report.py` says. Times are open time, in seconds.
The median and the 90th percentile are times of real cycles: the smallest that half, or nine tenths, did not exceed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from operator import itemgetter
from typing import Any, NamedTuple

from triage.domain.clocks import Interval
from triage.domain.contract import Contract, Credit
from triage.domain.report import WHOLE_FEE, Exclusion, Tally, Verdict, credit_of
from triage.domain.terms import Metric
from triage.domain.ticket import Priority

#: How many months the trend shows, with the report's own.
TREND = 12
#: How many breaches stand in the report itself, the longest ones; all of them stand in the sheet.
BREACHES = 200

MEDIAN, NINETIETH = Fraction(1, 2), Fraction(9, 10)

#: The report of all customers together.
EVERYBODY = ""


class Settled(NamedTuple):
    """One settled cycle, as far as figures need it; `elapsed` is what it took, so far if it has not ended."""

    customer: str
    metric: str
    priority: str
    verdict: str
    elapsed: int


@dataclass(frozen=True, slots=True)
class Line:
    """What one promise came to for one priority; the times are seconds, over every cycle that counts."""

    metric: Metric
    priority: Priority
    tally: Tally
    median: int | None
    ninetieth: int | None
    worst: int | None


@dataclass(frozen=True, slots=True)
class Total:
    """What one promise came to over all priorities, and the share of the fee that it gives back."""

    metric: Metric
    tally: Tally
    credit: Fraction


@dataclass(frozen=True, slots=True)
class Share:
    """What all promises came to for one customer, and the share of the fee that they give back."""

    customer: str
    name: str
    tally: Tally
    credit: Fraction


@dataclass(frozen=True, slots=True)
class Point:
    """One promise in one month of the trend."""

    month: date
    metric: Metric
    tally: Tally


@dataclass(frozen=True, slots=True)
class Breach:
    """One cycle that missed its target; `overrun` is None while it goes on, `receipt` empty where it is not kept."""

    ticket_id: int
    key: str
    summary: str
    customer: str
    metric: Metric
    cycle: int
    began_by: str
    priority: Priority
    contract: str
    started_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    elapsed: int
    overrun: int | None
    exclusion: Exclusion | None = None
    receipt: tuple[Interval, ...] = ()


@dataclass(frozen=True, slots=True)
class MonthReport:
    """Everything that is told about a month; `customer` is EVERYBODY for all of them, which `shares` lists."""

    customer: str
    name: str
    vendor: str
    month: date
    as_of: datetime
    contract: str
    lines: tuple[Line, ...]
    totals: tuple[Total, ...]
    credit: Fraction
    shares: tuple[Share, ...]
    trend: tuple[Point, ...]
    breaches: tuple[Breach, ...]
    breach_count: int
    credits: Mapping[Metric, tuple[Credit, ...]] = field(default_factory=dict)


def begin_of(month: date) -> datetime:
    """The instant at which a month begins."""
    return datetime(month.year, month.month, 1, tzinfo=UTC)


def next_month(month: date, by: int = 1) -> date:
    """The first day of the month that follows, or of one before it for a negative `by`."""
    year, index = divmod(12 * month.year + month.month - 1 + by, 12)
    return date(year, index + 1, 1)


def month_named(name: str) -> date:
    """`2026-10` -> its first day. Raises ValueError, which says what to write."""
    try:
        return datetime.strptime(name, "%Y-%m").date()  # noqa: DTZ007 - a month has no zone
    except ValueError:
        raise ValueError(f"{name!r} is no month; write it like 2026-10") from None


def at_share(ordered: Sequence[int], share: Fraction) -> int | None:
    """The smallest value that at least `share` of the ordered ones do not exceed; None of none."""
    return ordered[-int(-share * len(ordered) // 1) - 1] if ordered else None


def lines_of(settled: Iterable[Settled]) -> tuple[Line, ...]:
    """Every promise and priority in which something was settled, in their order; what is excluded has no time."""
    groups: dict[tuple[str, str], list[Settled]] = defaultdict(list)
    for cycle in settled:
        groups[cycle.metric, cycle.priority].append(cycle)
    keys = [(metric, priority) for metric in Metric for priority in Priority if (metric, priority) in groups]
    return tuple(_line(*key, groups[key]) for key in keys)


def _line(metric: Metric, priority: Priority, cycles: Sequence[Settled]) -> Line:
    times = sorted(cycle.elapsed for cycle in cycles if cycle.verdict != Verdict.EXCLUDED)
    worst = times[-1] if times else None
    return Line(metric, priority, counted(cycles), at_share(times, MEDIAN), at_share(times, NINETIETH), worst)


def counted(cycles: Iterable[Settled]) -> Tally:
    """How many were settled in which way."""
    return _tallied(Counter(cycle.verdict for cycle in cycles))


def _tallied(counts: Mapping[str, int]) -> Tally:
    return Tally(*(counts.get(verdict, 0) for verdict in Verdict))


def added(tallies: Iterable[Tally]) -> Tally:
    """All of them together."""
    met = breached = excluded = 0
    for one in tallies:
        met, breached, excluded = met + one.met, breached + one.breached, excluded + one.excluded
    return Tally(met, breached, excluded)


def totals_of(lines: Iterable[Line], contract: Contract | None) -> tuple[Total, ...]:
    """Every promise over all priorities; without a contract, as for all customers together, nothing gives credit."""
    groups: dict[Metric, list[Tally]] = defaultdict(list)
    for line in lines:
        groups[line.metric].append(line.tally)
    return _totals({metric: added(tallies) for metric, tallies in groups.items()}, contract)


def _totals(tallies: Mapping[Metric, Tally], contract: Contract | None) -> tuple[Total, ...]:
    tables = contract.credits if contract else {}
    return tuple(
        Total(metric, tally, credit_of(tally.attainment, tables.get(metric, ()))) for metric, tally in tallies.items()
    )


def credit_in_all(totals: Iterable[Total]) -> Fraction:
    """What the month gives back: the sum over the promises, and never more than the whole fee."""
    return min(WHOLE_FEE, sum((total.credit for total in totals), Fraction()))


def shares_of(
    settled: Sequence[Settled], names: Mapping[str, str], contracts: Mapping[str, Contract]
) -> tuple[Share, ...]:
    """Each customer's part of what was settled; `names` is how people call them, `contracts` whose credits they have.

    One who is in the documents no more keeps the name of then, and gets no credit.
    """
    verdicts: dict[str, dict[Metric, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for (customer, metric, verdict), count in Counter(map(itemgetter(0, 1, 3), settled)).items():
        verdicts[customer][Metric(metric)][verdict] += count
    shares = []
    for customer in sorted(verdicts):
        tallies = {metric: _tallied(counts) for metric, counts in verdicts[customer].items()}
        credit = credit_in_all(_totals(tallies, contracts.get(customer)))
        shares.append(Share(customer, names.get(customer, customer), added(tallies.values()), credit))
    return tuple(shares)


def to_plain(report: MonthReport) -> dict[str, Any]:
    """The report as plain JSON, from which every form of it is made; shares are exact, as `numerator/denominator`."""
    return {
        "customer": report.customer,
        "name": report.name,
        "vendor": report.vendor,
        "month": f"{report.month:%Y-%m}",
        "as_of": report.as_of.isoformat(),
        "contract": report.contract,
        "credit": _share(report.credit),
        "credit_table": [
            {"metric": metric, "below": _share(line.below), "credit": _share(line.credit)}
            for metric, table in report.credits.items()
            for line in table
        ],
        "lines": [
            {
                "metric": line.metric,
                "priority": line.priority,
                **_tally(line.tally),
                "median_seconds": line.median,
                "ninetieth_seconds": line.ninetieth,
                "worst_seconds": line.worst,
            }
            for line in report.lines
        ],
        "totals": [
            {"metric": total.metric, **_tally(total.tally), "credit": _share(total.credit)} for total in report.totals
        ],
        "customers": [
            {"customer": share.customer, "name": share.name, **_tally(share.tally), "credit": _share(share.credit)}
            for share in report.shares
        ],
        "trend": [
            {"month": f"{point.month:%Y-%m}", "metric": point.metric, **_tally(point.tally)} for point in report.trend
        ],
        "breach_count": report.breach_count,
        "breaches": [_breach(breach) for breach in report.breaches],
    }


def _tally(tally: Tally) -> dict[str, Any]:
    cycles = tally.met + tally.breached + tally.excluded
    return {
        "cycles": cycles,
        "met": tally.met,
        "breached": tally.breached,
        "excluded": tally.excluded,
        "attainment": _share(tally.attainment),
    }


def _share(share: Fraction | None) -> str | None:
    return None if share is None else f"{share.numerator}/{share.denominator}"


def _breach(breach: Breach) -> dict[str, Any]:
    why = breach.exclusion
    return {
        "ticket_id": breach.ticket_id,
        "key": breach.key,
        "summary": breach.summary,
        "customer": breach.customer,
        "metric": breach.metric,
        "cycle": breach.cycle,
        "began_by": breach.began_by,
        "priority": breach.priority,
        "contract": breach.contract,
        "started_at": breach.started_at.isoformat(),
        "due_at": breach.due_at.isoformat(),
        "stopped_at": breach.stopped_at.isoformat() if breach.stopped_at else None,
        "elapsed_seconds": breach.elapsed,
        "overrun_seconds": breach.overrun,
        "exclusion": why and {"reason": why.reason, "by": why.who, "at": why.at.isoformat()},
        "receipt": [
            {"from": line.from_at.isoformat(), "to": line.to_at.isoformat(), "reason": line.reason}
            for line in breach.receipt
        ],
    }


#: What the sheet of a report tells of every settled cycle; instants are UTC, times are open time.
COLUMNS = (
    "ticket",
    "customer",
    "metric",
    "cycle",
    "priority",
    "contract",
    "verdict",
    "started_at",
    "due_at",
    "stopped_at",
    "breached_at",
    "elapsed_seconds",
    "overrun_seconds",
    "excluded_because",
    "excluded_by",
    "excluded_at",
    "ticket_number",
    "began_by",
)


def sheet_row(cycle: Mapping[Any, Any]) -> list[str | int | None]:
    """One settled cycle in the order of COLUMNS."""
    return [
        cycle["key"],
        cycle["customer"],
        cycle["metric"],
        cycle["cycle"],
        cycle["priority"],
        cycle["contract"],
        cycle["verdict"],
        _written(cycle["started_at"]),
        _written(cycle["due_at"]),
        _written(cycle["stopped_at"]),
        _written(cycle["breached_at"]),
        cycle["elapsed_seconds"],
        cycle["overrun_seconds"] if cycle["breached_at"] and cycle["stopped_at"] else None,
        cycle["excluded_reason"],
        cycle["excluded_by"],
        _written(cycle["excluded_at"]),
        cycle["ticket_id"],
        cycle["began_by"],
    ]


def _written(at: datetime | None) -> str | None:
    return at.isoformat(" ", "seconds")[:19] if at else None
