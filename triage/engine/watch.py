"""Watch windows are opened and ended by people; both acts are audited."""

from __future__ import annotations

from datetime import datetime, timedelta

from triage.domain.configuration import DEFAULT
from triage.domain.explain import utc
from triage.engine.context import Work
from triage.engine.respond import NotPossible
from triage.store import audit, watches

#: Attention that never ends is none.
LONGEST = timedelta(days=60)


def add(work: Work, customer: str, start: datetime, end: datetime, reason: str, who: str) -> int:
    """Watch a customer in `[start, end)`. Raises NotPossible for a window that makes no sense."""
    if customer not in work.config.customers or customer == DEFAULT:
        raise NotPossible(f"There is no customer {customer!r} to be watched.")
    if not reason.strip():
        raise NotPossible("A watch needs a reason: what happens at the customer then?")
    if end <= start:
        raise NotPossible(f"It would end {utc(end)}, which is not after its beginning {utc(start)}.")
    if end <= work.now:
        raise NotPossible(f"It would have ended {utc(end)}, which is over.")
    if end - start > LONGEST:
        raise NotPossible(f"A watch lasts {LONGEST.days} days at most: attention that never ends is none.")
    number = watches.add(work.conn, customer, start, end, reason.strip(), who, work.now)
    after = {"start": utc(start), "end": utc(end)}
    subject = f"customer/{customer}"
    audit.record(
        work.conn, who=who, act="watch.add", subject=subject, reason=reason.strip(), now=work.now, after=after
    )
    return number


def end(work: Work, number: int, who: str) -> None:
    """End a watch before its time."""
    customer = watches.end(work.conn, number, work.now)
    if customer is None:
        raise NotPossible("That watch is over already.")
    audit.record(work.conn, who=who, act="watch.end", subject=f"customer/{customer}", now=work.now)
