"""What holds a page, and until when: never a P0, and never for ever."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from triage.domain.calendars import ALWAYS, Calendar
from triage.domain.escalation import EscalationPolicy, Step, Target, TargetKind
from triage.domain.holds import Window, next_hold, opening
from triage.domain.ticket import Priority

START = datetime(2026, 3, 1, tzinfo=UTC)
ANA = Target(TargetKind.PERSON, "ana")
OFFICE = Calendar.build("Europe/Berlin", {day: [(9 * 60, 17 * 60)] for day in range(5)})
instants = st.timedeltas(timedelta(0), timedelta(days=270)).map(START.__add__)
spans = st.timedeltas(timedelta(minutes=1), timedelta(days=5))
windows = st.builds(
    lambda start, span, customer: Window(start, start + span, "work", customer),
    instants,
    spans,
    st.sampled_from([None, "acme", "globex"]),
)


def policy(**given: object) -> EscalationPolicy:
    return EscalationPolicy("p", (Step((ANA,), timedelta(minutes=5)),), (ANA,), **given)  # type: ignore[arg-type]


@given(instants, st.lists(windows, max_size=5))
def test_a_p0_is_never_held(now: datetime, planned: list[Window]) -> None:
    loud = policy(page_hours={Priority.P1: OFFICE}, group_window=timedelta(hours=1))
    assert next_hold(loud, Priority.P0, "acme", now, planned, now) is None


@given(instants, st.lists(windows, max_size=5), st.timedeltas(timedelta(0), timedelta(hours=1)))
def test_asking_again_whenever_a_hold_ends_comes_to_an_end_in_open_hours(
    triggered: datetime, planned: list[Window], group: timedelta
) -> None:
    quiet = policy(page_hours={Priority.P2: OFFICE}, group_window=group)
    now, asked = triggered, 0
    while (hold := next_hold(quiet, Priority.P2, "acme", triggered, planned, now)) is not None:
        assert hold.until > now
        assert hold.reason
        now, asked = hold.until, asked + 1
        assert asked <= 2 * len(planned) + 5
    assert opening(OFFICE, now) == now
    assert now >= triggered + group
    assert not any(window.covers("acme", now) for window in planned)
    last = max([triggered + group, *(window.end for window in planned if window.customer != "globex")])
    assert now <= max(triggered, last) + timedelta(days=4), "no longer than a weekend after what held it"


@given(instants)
def test_the_opening_is_the_first_open_second(at: datetime) -> None:
    opens = opening(OFFICE, at)
    assert opens >= at
    assert OFFICE.measure(at, opens) <= timedelta(seconds=1)
    assert OFFICE.measure(opens, opens + timedelta(seconds=2)) >= timedelta(seconds=1)
    assert opening(ALWAYS, at) == at
