"""The rules of SLA clocks, one ticket each; the numbers are those of SEMANTICS."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.sla_questions import Questions
from triage.domain.calendars import ALWAYS, Calendar
from triage.domain.clocks import ClockState, NoticeKind, Reason
from triage.domain.sla import Event, EventType, TimelineError, fold_clocks, next_deadline, notices_due
from triage.domain.terms import Metric, PriorityChange, Reopen, Terms
from triage.domain.ticket import Priority, Role
from triage.simulate.sla import read

P0, P1, P2, P3 = Priority
FIRST, NEXT, UPDATE, RESOLUTION = Metric
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
OFFICE = Calendar.build("UTC", {day: [(9 * 60, 17 * 60)] for day in range(5)})


def after(hours):
    return MONDAY + hours * HOUR


def created(at=0, priority=P1, key="created"):
    return Event(after(at), EventType.CREATED, key, priority=priority)


def comment(at, by=Role.AGENT, public=True, key="comment"):
    return Event(after(at), EventType.COMMENT, key, by=by, public=public)


def asks(at, key="asks"):
    return comment(at, Role.CUSTOMER, key=key)


def status(at, name="waiting"):
    return Event(after(at), EventType.STATUS, "status", status=name)


def priority(at, value, key="priority"):
    return Event(after(at), EventType.PRIORITY, key, priority=value)


def resolved(at):
    return Event(after(at), EventType.RESOLVED, "resolved")


def reopened(at):
    return Event(after(at), EventType.REOPENED, "reopened")


def terms(targets, metric=RESOLUTION, **more):
    """Terms that promise one metric; `targets` are hours, by priority or for all."""
    if not isinstance(targets, dict):
        targets = dict.fromkeys(Priority, targets)
    goals = {metric: {name: hours * HOUR for name, hours in targets.items()}}
    return Terms(goals=goals, **{"calendar": ALWAYS, "pause_on": frozenset({"waiting"}), **more})


def only(clocks):
    [clock] = clocks
    return clock


def due_dates(clocks):
    return [(clock.cycle, clock.state.value, clock.due_at) for clock in clocks]


# What starts and stops a clock


@pytest.mark.parametrize(
    "nothing",
    [
        comment(1, public=False),
        comment(1, public=None),
        comment(1, Role.ROBOT),
        comment(1, Role.UNKNOWN),
        comment(1, None),
        comment(1, Role.CUSTOMER),
        status(1),
    ],
)
def test_only_a_public_agent_comment_or_the_resolution_is_a_first_response(nothing):
    asked = terms(4, FIRST)
    assert only(fold_clocks([created(), nothing], asked, after(2))).state is ClockState.RUNNING
    answered = only(fold_clocks([created(), nothing, comment(2, key="answer")], asked, after(3)))
    assert (answered.state, answered.stopped_by, answered.elapsed) == (ClockState.STOPPED, "answer", 2 * HOUR)
    ended = only(fold_clocks([created(), nothing, resolved(2)], asked, after(3)))
    assert (ended.state, ended.stopped_by, ended.stopped_at) == (ClockState.STOPPED, "resolved", after(2))


def test_next_reply_runs_from_the_oldest_unanswered_comment():
    events = [created(), comment(1, Role.CUSTOMER, public=None), asks(2, "one"), asks(3, "two"), comment(4), asks(5)]
    first, second = fold_clocks(events, terms(4, NEXT), after(6))
    assert (first.started_at, first.began_by, first.stopped_at) == (after(2), "one", after(4))
    assert (second.cycle, second.started_at, second.state) == (2, after(5), ClockState.RUNNING)


def test_periodic_updates_run_from_one_public_agent_comment_to_the_next():
    clocks = fold_clocks(
        [created(), comment(1), asks(2), comment(3, public=False), resolved(4)], terms(4, UPDATE), after(9)
    )
    assert [(clock.started_at, clock.stopped_at) for clock in clocks] == [(after(0), after(1)), (after(1), after(4))]


def test_a_metric_without_a_goal_has_no_clock_and_before_the_creation_there_is_none():
    assert fold_clocks([created()], terms({P0: 4}), after(1)) == ()
    assert fold_clocks([created(1)], terms(4), after(0.5)) == ()


# R5


def test_what_is_dated_before_the_creation_counts_as_of_it_and_the_future_has_not_happened():
    events = [comment(-3), resolved(5), created()]
    clock = only(fold_clocks(events, terms(4, FIRST), after(2)))
    assert (clock.stopped_at, clock.elapsed) == (after(0), timedelta(0))
    assert only(fold_clocks(events, terms(4), after(2))).state is ClockState.RUNNING


def test_equal_events_are_one_and_events_of_an_instant_keep_their_order():
    twice = [created(), priority(1, P0), priority(1, P2), priority(1, P0), created()]
    assert only(fold_clocks(twice, terms(4), after(2))).priority is P2
    cycles = fold_clocks([created(), comment(1), comment(1), comment(1, key="another")], terms(4, UPDATE), after(2))
    assert [clock.elapsed for clock in cycles] == [HOUR, timedelta(0), HOUR]


def test_instants_are_whole_seconds():
    late = Event(after(0) + timedelta(microseconds=999_999), EventType.CREATED, priority=P1)
    assert only(fold_clocks([late], terms(1), after(0.5))).due_at == after(1)


@pytest.mark.parametrize(
    "events",
    [
        [],
        [comment(1)],
        [created(), created(1)],
        [created(priority=None)],
        [created(), priority(1, None)],
    ],
)
def test_what_is_no_timeline_is_refused(events):
    with pytest.raises(TimelineError):
        fold_clocks(events, terms(4), after(2))


def test_terms_refuse_what_cannot_be_promised():
    with pytest.raises(ValueError, match="warning"):
        terms(4, warn_at=(0.5, 1.5))
    with pytest.raises(ValueError, match="negative"):
        terms(-1)
    with pytest.raises(ValueError, match="variant"):
        fold_clocks([created()], [], after(1))


# R6


def test_a_target_on_time_is_met_and_a_second_later_is_not():
    for seconds, breached in ((0, None), (1, after(4))):
        end = after(4) + timedelta(seconds=seconds)
        clock = only(fold_clocks([created(), Event(end, EventType.RESOLVED)], terms(4), after(9)))
        assert (clock.breached_at, clock.overrun) == (breached, timedelta(seconds=seconds))
        running = only(fold_clocks([created()], terms(4), end))
        assert running.breached_at == breached


def test_due_at_closing_time_and_answered_on_saturday_is_a_breach_of_no_open_time():
    friday = 4 * 24
    saturday = friday + 24
    clock = only(fold_clocks([created(friday), resolved(saturday)], terms(8, calendar=OFFICE), after(saturday + 1)))
    assert clock.due_at == clock.breached_at == after(friday + 8)
    assert (clock.overrun, clock.remaining) == (timedelta(0), timedelta(0))


def test_a_pause_stands_still_and_leaves_the_rest_of_the_target():
    events = [created(), status(1), status(3, "working")]
    paused = only(fold_clocks(events, terms(4), after(2)))
    assert (paused.state, paused.due_at, paused.paused_since) == (ClockState.PAUSED, None, after(1))
    assert (paused.elapsed, paused.remaining) == (HOUR, 3 * HOUR)
    again = only(fold_clocks(events, terms(4), after(4)))
    assert (again.state, again.due_at, again.paused_since) == (ClockState.RUNNING, after(6), None)


def test_a_breach_shows_through_a_pause_and_a_stop_in_a_pause_is_judged_as_its_end():
    overdue = only(fold_clocks([created(), status(4)], terms(4), after(5)))
    assert (overdue.state, overdue.due_at, overdue.overrun) == (ClockState.PAUSED, after(4), timedelta(0))
    assert overdue.breached_at == after(4)
    stopped = only(fold_clocks([created(), status(1), resolved(20)], terms(4), after(30)))
    assert (stopped.due_at, stopped.breached_at) == (after(23), None)


# R7


def shares(clock):
    return [(mark.at, mark.fraction) for mark in clock.warnings]


def test_warnings_are_told_once_when_their_share_is_used():
    clock = only(fold_clocks([created(), status(1), status(2, "x")], terms(4, warn_at=(0.75, 0.5, 0.25)), after(9)))
    assert shares(clock) == [(after(1), 0.25), (after(3), 0.5), (after(4), 0.75)]
    assert shares(only(fold_clocks([created()], terms(4, warn_at=(0.5,)), after(2)))) == [(after(2), 0.5)]


def test_a_share_is_rounded_up_to_the_second_and_counts_as_it_is_written():
    goals = {RESOLUTION: {P1: timedelta(seconds=100)}}
    told = only(fold_clocks([created()], Terms(goals, warn_at=(0.55, 0.333, Fraction(2, 3))), after(1)))
    assert [(mark.at - MONDAY).total_seconds() for mark in told.warnings] == [34, 55, 67]


def test_a_cycle_stopped_at_that_very_instant_is_not_warned_but_a_paused_one_is():
    warned = terms(4, warn_at=(0.5,))
    assert shares(only(fold_clocks([created(), resolved(2)], warned, after(9)))) == []
    assert shares(only(fold_clocks([created(), status(2)], warned, after(9)))) == [(after(2), 0.5)]
    both = [created(), resolved(2), reopened(5)]
    assert shares(only(fold_clocks(both, warned, after(9)))) == [(after(5), 0.5)]


def test_fractions_passed_together_tell_only_the_highest_for_good():
    warned = terms({P1: 8, P0: 2, P2: 40}, warn_at=(0.25, 0.5, 0.75))
    events = [created(), priority(1.5, P0), priority(1.75, P2)]
    assert shares(only(fold_clocks(events, warned, after(1.6)))) == [(after(1.5), 0.75)]
    # 0.25 and 0.5 have been reached with 0.75: the longer target does not bring them back.
    assert shares(only(fold_clocks(events, warned, after(39)))) == [(after(1.5), 0.75)]
    assert shares(only(fold_clocks([created()], terms(0, warn_at=(0.5, 1)), after(1)))) == [(after(0), 1)]


@pytest.mark.parametrize("before", [[], [status(0)]])
def test_a_target_of_nothing_is_used_up_at_once_also_in_a_pause(before):
    asked = terms(0, warn_at=(0.5,))
    clock = only(fold_clocks([created(), *before], asked, after(0)))
    assert [mark.at for mark in clock.warnings] == [after(0)]


def test_a_warning_waits_for_all_events_of_its_instant():
    warned = terms({P1: 8, P0: 2}, warn_at=(0.5,))
    back_and_forth = [created(), priority(1, P0), priority(1, P1, "back")]
    assert shares(only(fold_clocks(back_and_forth, warned, after(1.5)))) == []
    shut = [created(), status(1), status(1.5, "x"), priority(1.5, P0), resolved(1.5)]
    assert shares(only(fold_clocks(shut, warned, after(3)))) == []


# Changes of priority


def test_retroactive_counts_as_if_it_had_always_been_so():
    clock = only(fold_clocks([created(), priority(3, P0)], terms({P1: 8, P0: 2}), after(4)))
    assert (clock.priority, clock.due_at, clock.breached_at) == (P0, after(2), after(2))
    back = only(fold_clocks([created(), priority(3, P0), priority(4, P1)], terms({P1: 8, P0: 2}), after(5)))
    assert (back.due_at, back.breached_at) == (after(8), None)


def test_restart_gives_the_new_target_but_a_raise_never_more_than_was_left():
    clause = terms({P1: 8, P0: 2, P2: 10}, on_priority_change=PriorityChange.RESTART)
    assert only(fold_clocks([created(), priority(3, P0)], clause, after(4))).due_at == after(5)
    assert only(fold_clocks([created(), priority(7, P0)], clause, after(7.5))).due_at == after(8)
    lowered = only(fold_clocks([created(), priority(7, P2)], clause, after(8)))
    assert (lowered.due_at, lowered.elapsed, lowered.remaining) == (after(17), 8 * HOUR, 9 * HOUR)


def test_carry_takes_the_share_along_rounded_down_to_the_second():
    clause = terms({P1: 8, P0: 2}, on_priority_change=PriorityChange.CARRY)
    clock = only(fold_clocks([created(), priority(6, P0)], clause, after(6)))
    assert (clock.due_at, clock.remaining) == (after(6.5), HOUR / 2)
    thirds = replace(clause, goals={RESOLUTION: {P1: timedelta(seconds=7200), P0: timedelta(seconds=1)}})
    due_now = only(fold_clocks([created(), priority(1, P0)], thirds, after(1) + timedelta(seconds=1)))
    assert due_now.due_at == due_now.breached_at == after(1)


@pytest.mark.parametrize("clause", [PriorityChange.RESTART, PriorityChange.CARRY])
def test_a_breach_that_has_happened_stays(clause):
    stays = terms({P1: 2, P2: 40}, on_priority_change=clause)
    lowered = only(fold_clocks([created(), priority(3, P2)], stays, after(4)))
    assert (lowered.priority, lowered.breached_at, lowered.overrun) == (P2, after(2), 2 * HOUR)
    dropped = only(fold_clocks([created(), priority(3, P3)], stays, after(4)))
    assert (dropped.state, dropped.due_at, dropped.breached_at) == (ClockState.DROPPED, after(2), after(2))
    assert (dropped.overrun, dropped.remaining, dropped.stopped_at) == (HOUR, None, after(3))
    at_the_due_date = only(fold_clocks([created(), priority(2, P3)], stays, after(4)))
    assert (at_the_due_date.due_at, at_the_due_date.overrun) == (None, timedelta(0))


def test_retroactive_drops_a_breach_with_its_goal():
    dropped = only(fold_clocks([created(), priority(3, P3)], terms({P1: 2}), after(4)))
    assert (dropped.state, dropped.priority, dropped.breached_at) == (ClockState.DROPPED, P1, None)


@pytest.mark.parametrize(
    ("clause", "started"), [("retroactive", 0), ("restart", 5), ("carry", 5)], ids=["retroactive", "restart", "carry"]
)
def test_a_goal_that_appears_begins_a_cycle(clause, started):
    """R8, also after `dropped`."""
    clause = terms({P1: 8}, on_priority_change=PriorityChange(clause))
    dropped, new = fold_clocks([created(), priority(2, P2), priority(5, P1, "back")], clause, after(6))
    assert (dropped.state, dropped.stopped_at, dropped.stopped_by) == (ClockState.DROPPED, after(2), "priority")
    assert (new.cycle, new.started_at, new.began_by) == (2, after(started), "back")
    assert new.due_at == after(started + 8)
    # A metric that has stopped does not begin for a goal.
    assert fold_clocks([created(priority=P2), resolved(1), priority(2, P1)], clause, after(6)) == ()


def test_priorities_may_have_calendars_of_their_own():
    """R23."""
    saturday = 5 * 24
    events = [created(saturday - 24 + 6), priority(saturday, P0)]  # two open hours on Friday, then the raise
    clauses = {
        PriorityChange.RETROACTIVE: after(saturday - 24 + 6 + 4),  # all of it round the clock
        PriorityChange.CARRY: after(saturday + 2),  # half is left, now round the clock
        PriorityChange.RESTART: after(saturday + 4),
    }
    for clause, due in clauses.items():
        split = terms({P1: 4, P0: 4}, calendar=OFFICE, calendars={P0: ALWAYS}, on_priority_change=clause)
        clock = only(fold_clocks(events, split, after(saturday + 1)))
        assert (clause, clock.due_at) == (clause, due)


@settings(max_examples=80)
@given(st.integers(0, 2**48))
def test_a_goal_on_a_calendar_of_its_own_counts_as_if_all_goals_counted_on_it(seed):
    """Metrics do not touch each other, so that one metric's calendars may be read as everybody's."""
    events, promised, now = read(Questions(seed).question())
    for metric in promised.goals:
        own = {name: promised.calendar_of(metric, name) for name in Priority}
        others = replace(promised, calendar=OFFICE, calendars={P0: OFFICE}, goal_calendars={metric: own})
        expected = [clock for clock in fold_clocks(events, promised, now) if clock.metric is metric]
        found = [clock for clock in fold_clocks(events, others, now) if clock.metric is metric]
        assert found == expected
        assert [clock.receipt() for clock in found] == [clock.receipt() for clock in expected]


def test_clocks_of_two_processes_are_equal_although_their_calendars_are_not():
    def clock():
        own = Calendar.build("UTC", {day: [(9 * 60, 17 * 60)] for day in range(5)})
        return only(fold_clocks([created()], terms(4, calendar=own), after(1)))

    assert clock() == clock()
    assert (clock() != clock()) is False
    assert {clock()} == {clock()}
    assert clock() != only(fold_clocks([created()], terms(4, calendar=OFFICE), after(2)))


def test_a_restart_keeps_what_is_due_earlier_on_its_old_calendar():
    weekend = Calendar.build("UTC", {5: [(0, 1440)], 6: [(0, 1440)]})
    split = terms({P1: 8, P0: 6}, calendar=OFFICE, calendars={P0: weekend}, on_priority_change=PriorityChange.RESTART)
    clock = only(fold_clocks([created(), priority(4, P0)], replace(split, warn_at=(0.5,)), after(6)))
    assert (clock.priority, clock.due_at, clock.remaining) == (P0, after(8), 2 * HOUR)
    assert shares(clock) == [(after(5), 0.5)]  # at the change four of six hours are left, so a third is used
    assert [interval.reason for interval in clock.receipt()] == [Reason.RUNNING]


def test_a_restart_that_is_due_at_the_same_instant_counts_on_the_new_calendar():
    lunch = Calendar.build("UTC", {0: [(9 * 60, 12 * 60), (13 * 60, 17 * 60)]})
    split = terms({P1: 5, P0: 4}, calendar=lunch, calendars={P0: ALWAYS}, on_priority_change=PriorityChange.RESTART)
    clock = only(fold_clocks([created(), priority(2, P0)], split, after(5)))
    assert (clock.due_at, clock.elapsed, clock.remaining) == (after(6), 5 * HOUR, HOUR)


def test_a_change_while_resolved_takes_effect_at_the_reopening_as_one():
    """R13."""
    clause = terms({P1: 8, P0: 2, P2: 20}, on_priority_change=PriorityChange.RESTART)
    events = [created(), resolved(1), priority(2, P0), priority(3, P2), reopened(5)]
    stopped = only(fold_clocks(events, clause, after(4)))
    assert (stopped.state, stopped.priority) == (ClockState.STOPPED, P1)
    going = only(fold_clocks(events, clause, after(6)))
    assert (going.priority, going.due_at, going.elapsed) == (P2, after(25), 2 * HOUR)


# R9, R10: resolution and reopening


def test_resume_goes_on_without_the_time_spent_resolved():
    clock = only(fold_clocks([created(), status(1), resolved(2), reopened(5)], terms(4), after(6)))
    assert (clock.cycle, clock.state, clock.elapsed, clock.due_at) == (1, ClockState.RUNNING, 2 * HOUR, after(8))
    assert [(interval.reason.value, interval.to_at) for interval in clock.receipt()] == [
        ("running", after(1)),
        ("paused", after(2)),
        ("resolved", after(5)),
        ("running", after(6)),
    ]


def test_a_status_while_resolved_does_nothing_and_the_old_one_is_left_behind():
    clock = only(fold_clocks([created(), resolved(1), status(2), reopened(3)], terms(4), after(4)))
    assert clock.state is ClockState.RUNNING


def test_an_answer_while_resolved_keeps_the_others_stopped():
    everything = Terms({metric: dict.fromkeys(Priority, 9 * HOUR) for metric in Metric})
    events = [created(), asks(1), resolved(2), comment(3), reopened(4)]
    clocks = fold_clocks(events, everything, after(5))
    assert [(clock.metric, clock.cycle, clock.state, clock.started_at) for clock in clocks] == [
        (FIRST, 1, ClockState.STOPPED, after(0)),
        (NEXT, 1, ClockState.STOPPED, after(1)),
        (UPDATE, 1, ClockState.STOPPED, after(0)),
        (UPDATE, 2, ClockState.RUNNING, after(4)),
        (RESOLUTION, 1, ClockState.RUNNING, after(0)),
    ]
    unanswered = fold_clocks([event for event in events if event.by is not Role.AGENT], everything, after(5))
    assert [(clock.cycle, clock.state) for clock in unanswered] == [(1, ClockState.RUNNING)] * 4


def test_new_cycle_begins_resolution_and_updates_anew():
    everything = Terms({metric: dict.fromkeys(Priority, 9 * HOUR) for metric in Metric}, on_reopen=Reopen.NEW_CYCLE)
    clocks = fold_clocks([created(), asks(1), resolved(2), reopened(4), resolved(6)], everything, after(7))
    assert [(clock.metric, clock.cycle, clock.started_at, clock.stopped_at) for clock in clocks] == [
        (FIRST, 1, after(0), after(2)),
        (NEXT, 1, after(1), after(2)),
        (UPDATE, 1, after(0), after(2)),
        (UPDATE, 2, after(4), after(6)),
        (RESOLUTION, 1, after(0), after(2)),
        (RESOLUTION, 2, after(4), after(6)),
    ]


@pytest.mark.parametrize("clause", list(Reopen))
def test_a_question_asked_while_resolved_begins_at_the_reopening(clause):
    asked = terms(4, NEXT, on_reopen=clause)
    clock = only(fold_clocks([created(), resolved(1), asks(2), reopened(4)], asked, after(5)))
    assert (clock.started_at, clock.began_by) == (after(4), "reopened")
    assert fold_clocks([created(), resolved(1), asks(2), comment(3), reopened(4)], asked, after(5)) == ()


def test_resolving_twice_and_reopening_an_open_ticket_do_nothing():
    events = [created(), reopened(1), resolved(2), resolved(3), reopened(4), reopened(5)]
    clock = only(fold_clocks(events, terms(9), after(6)))
    assert (clock.cycle, clock.elapsed) == (1, 4 * HOUR)


# Contract variants


def test_a_cycle_is_judged_by_the_variant_in_force_when_it_began():
    old, new = terms(4, UPDATE, name="gold:v1"), terms(1, UPDATE, name="gold:v2")
    clocks = fold_clocks([created(), comment(2), comment(4)], [(after(3), new), (after(1), old)], after(5))
    assert [(clock.contract, clock.due_at) for clock in clocks] == [
        ("gold:v1", after(4)),  # earlier than the first variant: it covers that too
        ("gold:v1", after(6)),
        ("gold:v2", after(5)),
    ]


def test_a_goal_that_appears_is_judged_by_the_variant_of_what_it_counts_from():
    def variants(clause):
        old = terms({P1: 9}, name="v1", on_priority_change=clause)
        return [(after(0), old), (after(2), replace(old, name="v2"))]

    events = [created(priority=P2), priority(3, P1)]
    assert only(fold_clocks(events, variants(PriorityChange.RETROACTIVE), after(4))).contract == "v1"
    assert only(fold_clocks(events, variants(PriorityChange.RESTART), after(4))).contract == "v2"


# Notices


def test_notices_name_the_fact_that_began_the_cycle():
    clocks = fold_clocks([created(), comment(1, key="a1")], terms(2, UPDATE, warn_at=(0.5,)), after(9))
    assert [notice.identity for notice in notices_due(clocks)] == [
        (UPDATE, "a1", NoticeKind.WARN, 0.5),
        (UPDATE, "a1", NoticeKind.BREACH, None),
    ]
    assert [notice.at for notice in notices_due(clocks)] == [after(2), after(3) + timedelta(seconds=1)]


def test_nothing_is_next_for_clocks_that_do_not_run():
    assert next_deadline(fold_clocks([created(), resolved(1)], terms(4, warn_at=(0.5,)), after(2))) is None
    assert next_deadline(fold_clocks([created(), status(1)], terms(4, warn_at=(0.5,)), after(2))) is None
    assert next_deadline(fold_clocks([created()], terms(1), after(2))) is None  # has been told


def test_a_clock_paused_on_its_due_date_breaches_the_next_second():
    clocks = fold_clocks([created(), status(4)], terms(4), after(4))
    assert next_deadline(clocks).at == after(4) + timedelta(seconds=1)


@settings(max_examples=80)
@given(st.integers(0, 2**48))
def test_a_timer_armed_for_the_next_deadline_misses_nothing(seed):
    """From deadline to deadline, each notice appears at its time and none in between."""
    events, promised, now = read(Questions(seed).question())
    events = [event._replace(key=str(index)) for index, event in enumerate(events) if event.at <= now]
    if not any(event.type is EventType.CREATED for event in events):
        return
    clocks = fold_clocks(events, promised, now)
    for _ in range(6):
        told = {notice.identity for notice in notices_due(clocks)}
        deadline = next_deadline(clocks)
        later = deadline.at if deadline else now + timedelta(days=30)
        just_before = fold_clocks(events, promised, later - timedelta(seconds=1))
        assert {notice.identity for notice in notices_due(just_before)} == told
        if deadline is None:
            break
        assert deadline.at > now
        now, clocks = later, fold_clocks(events, promised, later)
        assert deadline in notices_due(clocks)
