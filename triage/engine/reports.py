"""A month's report from stored cycles, and the statements that it is frozen into."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection, RowMapping

from triage.domain.clocks import Identity, Interval
from triage.domain.configuration import DEFAULT, Configuration
from triage.domain.contract import Contract
from triage.domain.month_report import (
    BREACHES,
    EVERYBODY,
    TREND,
    Breach,
    MonthReport,
    Point,
    Settled,
    Share,
    begin_of,
    credit_in_all,
    lines_of,
    next_month,
    shares_of,
    sheet_row,
    to_plain,
    totals_of,
)
from triage.domain.report import Exclusion, Tally, Verdict, contract_at
from triage.domain.terms import Metric
from triage.domain.ticket import Priority
from triage.engine import mail_statement
from triage.engine.context import Context
from triage.engine.fold import fold
from triage.engine.respond import NotPossible
from triage.store import audit, settled, statements
from triage.store.statements import Statement

#: What the report of all customers together is called.
ALL_CUSTOMERS = "All customers"


def month_report(conn: Connection, config: Configuration, customer: str, month: date, now: datetime) -> MonthReport:
    """What the month comes to as things stand, without receipts; EVERYBODY is all customers together."""
    since, until = begin_of(month), begin_of(next_month(month))
    found = settled.figures(conn, customer, since, until)
    lines = lines_of(found)
    contract = contract_of(config, customer, month) if customer else None
    totals = totals_of(lines, contract)
    shares = _shares(config, found, month) if customer == EVERYBODY else ()
    return MonthReport(
        customer=customer,
        name=name_of(config, customer),
        vendor=config.support.name,
        month=month,
        as_of=now,
        contract=contract.name if contract else "",
        lines=lines,
        totals=totals,
        credit=credit_in_all(totals),
        shares=shares,
        trend=(*_trend(conn, customer, month), *(Point(month, total.metric, total.tally) for total in totals)),
        breaches=tuple(map(_breach, settled.breaches(conn, customer, since, until, BREACHES))),
        breach_count=settled.breach_count(conn, customer, since, until),
        credits=contract.credits if contract else {},
    )


def name_of(config: Configuration, customer: str) -> str:
    """How people call the customer; one who is in the documents no more keeps the name of then."""
    if customer == EVERYBODY:
        return ALL_CUSTOMERS
    return config.customers[customer].display_name if customer in config.customers else customer


def contract_of(config: Configuration, customer: str, month: date) -> Contract:
    """The contract whose credits the customer's month has."""
    return contract_at(config.contracts_of(config.customers.get(customer)), month)


def _shares(config: Configuration, found: Sequence[Settled], month: date) -> tuple[Share, ...]:
    names = {customer: name_of(config, customer) for customer in config.customers}
    return shares_of(found, names, {customer: contract_of(config, customer, month) for customer in names})


def _trend(conn: Connection, customer: str, month: date) -> list[Point]:
    """The months before this one: as they were told, where they are frozen, and else as they stand."""
    first = next_month(month, 1 - TREND)
    told = statements.between(conn, customer, first, next_month(month, -1))
    points = []
    for back in range(TREND - 1, 0, -1):
        then = next_month(month, -back)
        tallies = _told(told[then]) if then in told else _live(conn, customer, then)
        points += [Point(then, metric, tallies[metric]) for metric in Metric if metric in tallies]
    return points


def _told(statement: Statement) -> dict[str, Tally]:
    totals = statement.report["totals"]
    return {total["metric"]: Tally(total["met"], total["breached"], total["excluded"]) for total in totals}


def _live(conn: Connection, customer: str, month: date) -> dict[str, Tally]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(map(str, Verdict), 0))
    for _, metric, verdict, count in settled.counts(conn, customer, begin_of(month), begin_of(next_month(month))):
        counts[metric][verdict] += count
    return {metric: Tally(*verdicts.values()) for metric, verdicts in counts.items()}


def _breach(row: RowMapping) -> Breach:
    excluded = row["excluded_reason"] is not None
    return Breach(
        ticket_id=row["ticket_id"],
        key=row["key"],
        summary=" ".join(row["summary"].split()),
        customer=row["customer"],
        metric=Metric(row["metric"]),
        cycle=row["cycle"],
        began_by=row["began_by"],
        priority=Priority(row["priority"]),
        contract=row["contract"],
        started_at=row["started_at"],
        due_at=row["due_at"] or row["breached_at"],
        stopped_at=row["stopped_at"],
        elapsed=row["elapsed_seconds"],
        overrun=row["overrun_seconds"] if row["stopped_at"] else None,
        exclusion=Exclusion(row["excluded_reason"], row["excluded_by"], row["excluded_at"]) if excluded else None,
    )


def receipts(
    conn: Connection, config: Configuration, breaches: Sequence[Breach], now: datetime
) -> dict[tuple[int, Identity], tuple[Interval, ...]]:
    """The receipt of each breach's cycle, folded now, by ticket and identity."""
    found: dict[tuple[int, Identity], tuple[Interval, ...]] = {}
    for ticket_id in dict.fromkeys(breach.ticket_id for breach in breaches):
        for clock in fold(conn, config, ticket_id, now).clocks:
            found[ticket_id, clock.identity] = clock.receipt()
    return found


def asked(
    conn: Connection,
    config: Configuration,
    customer: str,
    month: date,
    version: int | None,
    now: datetime,
    *,
    live: bool = False,
) -> dict[str, Any] | None:
    """What is told about the month as plain JSON: that version, else the newest, else the month as things stand.

    With `live` it is the month as things stand, whatever was told. None: there is no such version.
    """
    if version is not None:
        old = statements.version(conn, customer, month, version)
        return edition(old) if old else None
    newest = None if live else statements.latest(conn, customer, month)
    return edition(newest) if newest else as_it_stands(conn, config, customer, month, now)


def rows_of(conn: Connection, report: Mapping[str, Any], customer: str, month: date) -> Iterable[Sequence[Any]]:
    """The rows of the report's sheet: as they were frozen, or as things stand."""
    told = report["edition"]
    return statements.cycles(conn, customer, month, told["version"]) if told else sheet_rows(conn, customer, month)


def as_it_stands(
    conn: Connection, config: Configuration, customer: str, month: date, now: datetime
) -> dict[str, Any]:
    """The report as things stand, as plain JSON; it is no edition that anybody was told."""
    return {**to_plain(month_report(conn, config, customer, month, now)), "edition": None}


def edition(statement: Statement) -> dict[str, Any]:
    """One version of a statement as plain JSON, with who told it and why."""
    about = {
        "version": statement.version,
        "frozen_at": statement.frozen_at.isoformat(),
        "frozen_by": statement.frozen_by,
        "reason": statement.reason,
    }
    return {**statement.report, "edition": about}


def freeze(context: Context, customer: str, month: date, who: str, reason: str, now: datetime) -> Statement:
    """Freeze the month as it stands, with the receipts of its breaches; once told, it needs a reason to be told anew.

    It is put together while others write, since that may take seconds, and then kept in one transaction. Raises
    NotPossible for a month that is not over, for a restatement without a reason, and where nothing differs.
    """
    if begin_of(next_month(month)) > now:
        raise NotPossible(f"{month:%Y-%m} is not over, so there is nothing final to be told about it.")
    with context.database.read() as conn:
        config = context.configurations.current(conn)
        before = statements.latest(conn, customer, month)
        if before is not None and not reason.strip():
            raise NotPossible("A restatement needs a reason: what was told, and why does it no longer hold?")
        report = to_plain(_with_receipts(conn, config, month_report(conn, config, customer, month, now), now))
        if before is not None and _said(before.report) == _said(report):
            raise NotPossible(f"Nothing differs from version {before.version}, so there is nothing to restate.")
        packed = statements.packed(sheet_rows(conn, customer, month))
    with context.database.write() as conn:
        version = before.version + 1 if before else 1
        last = statements.latest(conn, customer, month)
        if (last.version if last else 0) != version - 1:
            raise NotPossible("Somebody else has just told this month: look at what they told.")
        told = statements.add(conn, customer, month, version, report, packed, who, reason.strip(), now)
        mail_statement.send(context.work(conn, now), told)
        audit.record(
            conn,
            who=who,
            act="statement.restate" if before else "statement.freeze",
            subject=f"statement/{customer or 'all'}/{month:%Y-%m}",
            reason=reason.strip(),
            now=now,
            before={"version": before.version} if before else None,
            after={"version": version},
        )
    return told


def sheet_rows(conn: Connection, customer: str, month: date) -> Iterator[list[str | int | None]]:
    """Every settled cycle of the month as its sheet tells it, in the order of COLUMNS."""
    rows = settled.rows(conn, customer, begin_of(month), begin_of(next_month(month)))
    return (sheet_row(row) for row in rows)


def _with_receipts(conn: Connection, config: Configuration, report: MonthReport, now: datetime) -> MonthReport:
    found = receipts(conn, config, report.breaches, now)
    breaches = (
        replace(breach, receipt=found.get((breach.ticket_id, (breach.metric, breach.began_by)), ()))
        for breach in report.breaches
    )
    return replace(report, breaches=tuple(breaches))


def _said(report: dict[str, Any]) -> dict[str, Any]:
    """What a report tells, whenever it was made."""
    return {name: value for name, value in report.items() if name not in ("as_of", "trend")}


def freezable(conn: Connection, config: Configuration, month: date) -> list[str]:
    """Whose month is worth a statement: who has a contract of their own or something settled, and all together."""
    rows = settled.counts(conn, EVERYBODY, begin_of(month), begin_of(next_month(month)))
    names = {row[0] for row in rows} | (config.customers.keys() - {DEFAULT})
    return [*sorted(names), EVERYBODY]
