"""Mails what is told about a month, and each restatement of it, to the addresses that the documents name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from triage.domain.explain import METRICS
from triage.domain.month_report import EVERYBODY
from triage.engine.context import Work
from triage.store import outbox
from triage.store.outbox import OutboxKind
from triage.store.statements import Statement

#: A statement is no page: a mail server may be away for a weekend.
LIFE = timedelta(days=4)
GATEWAY = "smtp"


def send(work: Work, told: Statement) -> None:
    """Queue one mail for each address, with the statement as files."""
    customer = work.config.customers.get(told.customer)
    addresses = work.config.reports.to if told.customer == EVERYBODY else customer.reports_to if customer else ()
    report = told.report
    anew = f", version {told.version}" if told.version > 1 else ""
    for address in dict.fromkeys(addresses):
        outbox.put(
            work.conn,
            kind=OutboxKind.STATEMENT,
            key=f"statement/{told.id}/{address}",
            person="",
            method=0,
            gateway=GATEWAY,
            address=address,
            subject=f"Service level report: {report['name']}, {report['month']}{anew}",
            body="\n".join(_words(told)),
            deadline_at=work.now + LIFE,
            now=work.now,
            observed=work.config.observes(customer),
            statement_id=told.id,
        )


def _words(told: Statement) -> Iterator[str]:
    report = told.report
    yield f"The service level report of {report['name']} for {report['month']} is attached, as PDF and as a sheet."
    yield ""
    if told.version > 1:
        yield f"It takes the place of version {told.version - 1}. Why: {told.reason}"
        yield ""
    for total in report["totals"]:
        counted = total["met"] + total["breached"]
        yield f"{METRICS[total['metric']]}: {total['met']:,} of {counted:,} met"
    if not report["totals"]:
        yield "No promise was settled in this month."
    yield ""
    yield f"{report['vendor']}"
