"""Plans maintenance windows and ends them; what they held goes on at once. Each act is audited."""

from __future__ import annotations

from datetime import timedelta

from triage.domain.holds import Window
from triage.engine.context import Work
from triage.engine.respond import NotPossible
from triage.store import audit, incidents, maintenance, timers
from triage.store.timers import TimerKind
from triage.telemetry import log

#: So long a window may be, so that a slip of the pen holds no page for a year.
LONGEST = timedelta(days=31)


def add_window(work: Work, window: Window, who: str) -> int:
    """Plan a window; returns its number. Raises NotPossible."""
    if window.end <= max(window.start, work.now):
        raise NotPossible("The window ends before it begins, or has ended already.")
    if window.end - window.start > LONGEST:
        raise NotPossible(f"A window can be {LONGEST.days} days long at most; plan another one after it.")
    if window.customer is not None and window.customer not in work.config.customers:
        known = ", ".join(sorted(work.config.customers))
        raise NotPossible(f"There is no customer {window.customer!r} (known: {known}).")
    if not window.reason.strip():
        raise NotPossible("A window needs a reason: it is told to whoever is paged in it.")
    number = maintenance.add(work.conn, window, who, work.now)
    _audit(work, "maintenance.add", number, window, who)
    return number


def end_window(work: Work, number: int, who: str) -> None:
    """End a window before its time, or call it off; what it held goes on at once. Raises NotPossible."""
    planned = maintenance.get(work.conn, number)
    if planned is None:
        raise NotPossible(f"There is no maintenance window {number}.")
    if planned.window.end <= work.now:
        raise NotPossible(f"Window {number} is over already.")
    if not maintenance.end(work.conn, number, who, work.now):
        raise NotPossible(f"Window {number} was ended before, by {planned.ended_by}.")
    for incident_id in incidents.held_ids(work.conn):  # each asks again what else holds it
        timers.arm(work.conn, TimerKind.ESCALATE, incident_id, work.now)
    _audit(work, "maintenance.end", number, planned.window, who)


def _audit(work: Work, act: str, number: int, window: Window, who: str) -> None:
    after = {
        "window": number,
        "customer": window.customer,
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
    }
    log.info(act, by=who, **after)
    audit.record(
        work.conn,
        who=who,
        act=act,
        subject=f"maintenance/{number}",
        reason=window.reason.strip(),
        now=work.now,
        after=after,
    )
