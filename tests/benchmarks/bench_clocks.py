"""Business time against businesstimedelta and business-duration, and the folds of two tickets of 30 events.

Run by hand, from the repository's root; the peers are no dependencies and go into a venv of their own:

    python3.11 -m venv /tmp/peers && /tmp/peers/bin/pip install businesstimedelta business-duration "setuptools<81"
    PYTHONPATH=. /tmp/peers/bin/python tests/benchmarks/bench_clocks.py

All figures come from interleaved rounds of one run; only the ratios count. Goals: adding and measuring 400 days
at least 50 times, measuring 30 days at least 15 times as fast as the faster peer; a fold no dearer than 300 adds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from time import perf_counter
from zoneinfo import ZoneInfo

from triage.domain.calendars import ALWAYS, Calendar
from triage.domain.sla import Event, EventType, fold_clocks
from triage.domain.terms import Metric, Terms
from triage.domain.ticket import Priority, Role

ZONE = "Europe/Berlin"
START = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
HOLIDAYS = [date(2026, month, day) for month, day in ((4, 3), (4, 6), (5, 1), (5, 14), (5, 25), (10, 3))]
# The last one lies behind all spans: businesstimedelta fails where no further holiday comes.
HOLIDAYS += [date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1), date(2027, 5, 1)]
ROUNDS, SECONDS = 7, 0.1
ADD, MONTH, YEAR = "add 8 open hours", "measure 30 days", "measure 400 days"
FOLD, TALK = "fold of 30 events", "fold of a talk of 30"

Cases = dict[str, Callable[[], object]]


def ours() -> Cases:
    calendar = Calendar.build(ZONE, {day: [(540, 1020)] for day in range(5)}, HOLIDAYS)
    eight_hours = timedelta(hours=8)
    month, year = START + timedelta(days=30), START + timedelta(days=400)
    goals = {
        metric: {priority: (index + 1) * timedelta(hours=4) for index, priority in enumerate(Priority)}
        for metric in Metric
    }
    terms = Terms(goals, calendar, {Priority.P0: ALWAYS}, frozenset({"waiting"}), warn_at=(0.5, 0.75))
    events, talk = thirty_events(), thirty_comments()
    now = events[-1].at + timedelta(hours=1)
    return {
        ADD: lambda: calendar.add(START, eight_hours),
        MONTH: lambda: calendar.measure(START, month),
        YEAR: lambda: calendar.measure(START, year),
        FOLD: lambda: fold_clocks(events, terms, now),
        TALK: lambda: fold_clocks(talk, terms, now),
    }


def thirty_events() -> list[Event]:
    """Three rounds of a conversation, each with a pause, an internal note, a change of priority and a reopening."""
    turn: list[tuple[EventType, dict[str, object]]] = [
        (EventType.COMMENT, {"by": Role.CUSTOMER, "public": True}),
        (EventType.COMMENT, {"by": Role.AGENT, "public": True}),
        (EventType.STATUS, {"status": "waiting"}),
        (EventType.COMMENT, {"by": Role.CUSTOMER, "public": True}),
        (EventType.STATUS, {"status": "working"}),
        (EventType.COMMENT, {"by": Role.AGENT, "public": False}),
        (EventType.PRIORITY, {}),
        (EventType.COMMENT, {"by": Role.AGENT, "public": True}),
        (EventType.RESOLVED, {}),
        (EventType.REOPENED, {}),
    ]
    events = [Event(START, EventType.CREATED, "0", priority=Priority.P1)]
    for number in range(1, 30):
        kind, details = turn[(number - 1) % len(turn)]
        if kind is EventType.PRIORITY:
            details = {"priority": list(Priority)[number // 10]}
        events.append(Event(START + number * timedelta(hours=7), kind, str(number), **details))  # type: ignore[arg-type]
    return events


def thirty_comments() -> list[Event]:
    """A customer and an agent who answer each other: every event ends a cycle or begins one."""
    speakers = (Role.AGENT, Role.CUSTOMER)
    return [
        Event(START, EventType.CREATED, "0", priority=Priority.P1),
        *(
            Event(
                START + number * timedelta(hours=7),
                EventType.COMMENT,
                str(number),
                by=speakers[number % 2],
                public=True,
            )
            for number in range(1, 30)
        ),
    ]


def businesstimedelta_cases() -> Cases:
    import businesstimedelta as peer
    import pytz

    holidays = dict.fromkeys(HOLIDAYS, "holiday")
    zone = pytz.timezone(ZONE)
    day = peer.WorkDayRule(start_time=time(9), end_time=time(17), working_days=[0, 1, 2, 3, 4], tz=zone)
    rules = peer.Rules([day, peer.HolidayRule(holidays, tz=zone)])
    eight_hours = peer.BusinessTimeDelta(rules, hours=8)
    month, year = START + timedelta(days=30), START + timedelta(days=400)
    return {
        ADD: lambda: START + eight_hours,
        MONTH: lambda: rules.difference(START, month),
        YEAR: lambda: rules.difference(START, year),
    }


def business_duration_cases() -> Cases:
    from business_duration import businessDuration

    holidays = dict.fromkeys(HOLIDAYS, "holiday")
    local = START.astimezone(ZoneInfo(ZONE)).replace(tzinfo=None)  # it knows no time zones

    def measure(days: int) -> object:
        end = local + timedelta(days=days)
        return businessDuration(local, end, time(9), time(17), holidaylist=holidays, unit="hour")

    return {MONTH: lambda: measure(30), YEAR: lambda: measure(400)}


def once(case: Callable[[], object]) -> float:
    """Microseconds a call, over about a tenth of a second."""
    calls, started = 0, perf_counter()
    while (passed := perf_counter() - started) < SECONDS:
        for _ in range(10):
            case()
        calls += 10
    return passed / calls * 1e6


def main() -> None:
    cases = {("ours", name): case for name, case in ours().items()}
    for peer, load in (
        ("businesstimedelta", businesstimedelta_cases),
        ("business-duration", business_duration_cases),
    ):
        try:
            cases |= {(peer, name): case for name, case in load().items()}
        except ImportError as error:
            sys.stdout.write(f"{peer} is left out: {error}\n")
    for case in cases.values():
        case()
    rounds = [{key: once(case) for key, case in cases.items()} for _ in range(ROUNDS)]
    for who, name in cases:
        figure = median(taken[who, name] for taken in rounds)
        ratio = median(taken[who, name] / taken["ours", name] for taken in rounds)
        sys.stdout.write(f"{name:20}{who:20}{figure:12.2f} us   {ratio:8.1f} x ours\n")
    for name in (FOLD, TALK):
        folds = median(taken["ours", name] / taken["ours", ADD] for taken in rounds)
        sys.stdout.write(f"a {name} costs {folds:.0f} adds\n")


if __name__ == "__main__":
    main()
