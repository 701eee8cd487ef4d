"""The rules of SLA clocks once more, by brute force: a ticket is lived through second by second.

`clocks_of` takes a question of `simulate sla` and gives the clocks of its answer. It shares no code with the
service and works without intervals: a calendar is a row of bytes, one a second, read off the wall clock, and
elapsed time is counted by ones. Meant for windows of some hours.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from itertools import groupby
from zoneinfo import ZoneInfo

METRICS = ("first_response", "next_reply", "periodic_update", "resolution")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
REASONS = ("closed", "running", "holiday")
CLOSED, OPEN, HOLIDAY = range(3)
DAYS_BEFORE, DAYS_AFTER = 2, 12


def seconds(text):
    return math.floor(datetime.fromisoformat(text).timestamp())


def text(at):
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat()


@lru_cache(maxsize=64)
def shown_by(timezone, start, length):
    """The latest that the wall clock has shown by each minute."""
    zone, shown = ZoneInfo(timezone), []
    for minute in range(start, start + length, 60):
        now = datetime.fromtimestamp(minute, zone).replace(tzinfo=None)
        shown.append(max(now, shown[-1]) if shown else now)
    return shown


class Wall:
    """A calendar around a day: what each second is (CLOSED, OPEN or HOLIDAY)."""

    def __init__(self, calendar, middle):
        self.start = (middle // 86400 - DAYS_BEFORE) * 86400
        length = (DAYS_BEFORE + DAYS_AFTER) * 86400
        if calendar is None:
            self.kinds = bytes([OPEN]) * length
            return
        self.shown = shown_by(calendar["timezone"], self.start, length)
        minutes = bytearray(length // 60)
        day = self.shown[0].date()
        while day <= self.shown[-1].date():
            own = calendar.get("date_hours", {}).get(day.isoformat())
            if day.isoformat() in calendar.get("holidays", []) and own is None:
                self.fill(minutes, day, "00:00", "24:00", HOLIDAY)
            else:
                hours = calendar["hours"].get(DAYS[day.weekday()], []) if own is None else own
                for opening, closing in hours:
                    self.fill(minutes, day, opening, closing, OPEN)
            day += timedelta(days=1)
        self.kinds = b"".join(bytes([kind]) * 60 for kind in minutes)

    def fill(self, minutes, day, opening, closing, kind):
        first, last = self.minute_of(day, opening), self.minute_of(day, closing)
        minutes[first:last] = bytes([kind]) * (last - first)

    def minute_of(self, day: date, wall):
        """The first minute that shows this time or a later one."""
        hour, minute = map(int, wall.split(":"))
        wanted = datetime.combine(day, datetime.min.time()) + timedelta(hours=hour, minutes=minute)
        return bisect_left(self.shown, wanted)

    def kind(self, at):
        return self.kinds[at - self.start]

    def walk(self, at, left):
        """When `left` more open seconds have passed."""
        while left > 0:
            left -= self.kind(at) == OPEN
            at += 1
        return at


@lru_cache(maxsize=64)
def wall_of(calendar_json, day):
    return Wall(json.loads(calendar_json), day * 86400)


class Life:
    """One cycle: what it did in each second of its life, and what is left of its goal."""

    def __init__(self, ticket, metric, number, priority, at, past=()):
        """A cycle from `at` on; `past` are the seconds before it that count as its own: (state, calendar) each."""
        self.ticket, self.metric, self.number, self.priority = ticket, metric, number, priority
        self.seconds = list(past)
        self.started = at - len(past)
        self.stopped = None
        self.state = "going"
        self.seen = set()
        self.warnings = []
        self.elapsed = 0
        self.due = None
        self.take(priority)
        self.left = self.target
        if past:
            self.recount()
        self.look(self.started)

    def take(self, priority):
        self.priority = priority
        self.target = self.ticket.target(self.metric, priority)
        self.wall = self.ticket.wall(priority)

    def look(self, at):
        if self.due is None and self.left <= 0:
            self.due = at

    def live(self, how):
        """Live through the second that begins now; `how` is running, paused or resolved."""
        at = self.started + len(self.seconds)
        self.seconds.append((how, self.wall))
        if how == "running" and self.wall.kind(at) == OPEN:
            self.elapsed += 1
            self.left -= 1
            self.look(at + 1)

    def recount(self):
        """Live it all again on the present wall with the present target."""
        past, self.seconds = self.seconds, []
        self.elapsed, self.left, self.due = 0, self.target, None
        self.look(self.started)
        for how, _ in past:
            self.live(how)

    def change(self, priority, at):
        clause, ticket = self.ticket.clause, self.ticket
        old_priority, old_target, old_left, old_wall = self.priority, self.target, self.left, self.wall
        if clause != "retroactive" and self.due is not None and self.due < at:
            self.priority = priority
            return
        self.take(priority)
        if clause == "retroactive":
            self.recount()
            return
        if clause == "carry":
            self.left = math.floor(Fraction(old_left * self.target, old_target)) if old_target else 0
        else:
            self.left = self.target
            if priority < old_priority and old_wall.walk(at, old_left) < ticket.wall(priority).walk(at, self.left):
                self.wall, self.left = old_wall, old_left
        self.due = None
        self.look(at)

    def warn(self, at):
        def reached(share):
            if not self.target:
                return self.left <= 0
            return 1 - Fraction(self.left, self.target) >= Fraction(str(share))

        new = {share for share in self.ticket.shares if share not in self.seen and reached(share)}
        self.seen |= new
        if new:
            self.warnings.append({"at": text(at), "fraction": max(new)})

    def answer(self, now, paused):
        end = now if self.stopped is None else self.stopped
        due = self.due
        state = self.state if self.state != "going" else "paused" if paused else "running"
        if due is None and state in ("running", "stopped"):
            due = self.wall.walk(end, self.left)
        breached = due is not None and due < end
        return {
            "metric": self.metric,
            "cycle": self.number,
            "priority": self.priority,
            "state": state,
            "started_at": text(self.started),
            "due_at": text(due),
            "stopped_at": text(self.stopped),
            "elapsed_seconds": self.elapsed,
            "remaining_seconds": None if state == "dropped" else self.left,
            "breached_at": text(due) if breached else None,
            "overrun_seconds": -self.left if breached else 0,
            "warnings": self.warnings,
            "receipt": list(self.receipt()),
        }

    def receipt(self):
        reasons = []
        for at, (how, wall) in enumerate(self.seconds, self.started):
            if how == "running":
                counted_on = self.wall if self.ticket.clause == "retroactive" else wall
                how = REASONS[counted_on.kind(at)]
            reasons.append(how)
        at = self.started
        for reason, run in groupby(reasons):
            length = len(list(run))
            yield {"from": text(at), "to": text(at + length), "reason": reason}
            at += length


class Ticket:
    def __init__(self, question):
        self.question = question
        self.shares = question.get("warn_at", [])
        self.clause = question.get("on_priority_change", "retroactive")
        self.pause_metrics = question.get("pause_metrics", ["resolution", "periodic_update"])
        self.lives = []
        self.open = {}  # metric -> (how, None) for each second since it started; absent = not going
        self.current = {}  # metric -> its cycle that is going
        self.set_aside = {}  # what the resolution stopped: metric -> (seconds, cycle or None)
        self.status = None
        self.resolved = False
        self.answered = self.asked = False

    def target(self, metric, priority):
        goal = self.question["goals"].get(metric)
        return goal.get(priority) if isinstance(goal, dict) else goal

    def wall(self, priority):
        calendar = self.question.get("calendars", {}).get(priority, self.question["calendar"])
        return wall_of(json.dumps(calendar, sort_keys=True), seconds(self.question["now"]) // 86400)

    def paused(self, metric):
        return self.status in self.question.get("pause_on", []) and metric in self.pause_metrics

    def begin(self, metric, at):
        self.open[metric] = []
        self.cycle(metric, at)

    def cycle(self, metric, at, past=()):
        if self.target(metric, self.priority) is not None:
            number = 1 + sum(life.metric == metric for life in self.lives)
            self.current[metric] = Life(self, metric, number, self.priority, at, past)
            self.lives.append(self.current[metric])

    def end(self, metric, at, state="stopped"):
        life = self.current.pop(metric, None)
        if life:
            life.state, life.stopped = state, at

    def happen(self, event, at):
        kind = event["type"]
        if kind == "created":
            self.priority = self.wanted = event["priority"]
            for metric in ("first_response", "periodic_update", "resolution"):
                self.begin(metric, at)
        elif kind == "comment" and event["public"] and event["by"] == "agent":
            self.answered, self.asked = True, False
            if not self.resolved:
                for metric in ("first_response", "next_reply", "periodic_update"):
                    self.end(metric, at)
                    self.open.pop(metric, None)
                self.begin("periodic_update", at)
        elif kind == "comment" and event["public"] and event["by"] == "customer":
            if self.resolved:
                self.asked = True
            elif "next_reply" not in self.open:
                self.begin("next_reply", at)
        elif kind == "status" and not self.resolved:
            self.status = event["status"]
        elif kind == "priority":
            self.wanted = event["priority"]
            if not self.resolved:
                self.reprioritise(at)
        elif kind == "resolved" and not self.resolved:
            self.resolved, self.answered, self.asked = True, False, False
            self.resolved_at = at
            self.set_aside = {metric: (row, self.current.get(metric)) for metric, row in self.open.items()}
            for metric in list(self.open):
                self.end(metric, at)
            self.open = {}
        elif kind == "reopened" and self.resolved:
            self.reopen(at)

    def reopen(self, at):
        self.resolved, self.status = False, None
        if self.question.get("on_reopen", "resume") == "resume":
            for metric, (row, life) in self.set_aside.items():
                if metric == "resolution" or not self.answered:
                    self.open[metric] = row + [("resolved", None)] * (at - self.resolved_at)
                    if life:
                        life.seconds += [("resolved", None)] * (at - self.resolved_at)
                        life.state, life.stopped = "going", None
                        self.current[metric] = life
        self.reprioritise(at)
        for metric in ("resolution", "periodic_update"):
            if metric not in self.open:
                self.begin(metric, at)
        if self.asked and "next_reply" not in self.open:
            self.begin("next_reply", at)

    def reprioritise(self, at):
        if self.wanted == self.priority:
            return
        self.priority = self.wanted
        for metric, row in self.open.items():
            life = self.current.get(metric)
            if self.target(metric, self.priority) is None:
                self.drop(metric, at)
            elif life:
                life.change(self.priority, at)
            else:
                self.cycle(metric, at, row if self.clause == "retroactive" else ())

    def drop(self, metric, at):
        life = self.current.get(metric)
        self.end(metric, at, "dropped")
        if life and (self.clause == "retroactive" or life.due is None or life.due >= at):
            life.due = None

    def tick(self):
        """A second passes."""
        for metric, row in self.open.items():
            how = "paused" if self.paused(metric) else "running"
            row.append((how, None))
            if metric in self.current:
                self.current[metric].live(how)


def clocks_of(question):
    """The clocks of the answer to a question of `simulate sla` that is well-formed."""
    now = seconds(question["now"])
    unique = []
    for event in question["events"]:
        known = dict(event, at=seconds(event["at"]))
        if known not in unique:
            unique.append(known)
    [created] = [event for event in unique if event["type"] == "created"]
    if created["at"] > now:
        return []
    others = sorted((event for event in unique if event is not created), key=lambda event: event["at"])
    due = {}
    for event in [created, *others]:
        due.setdefault(max(event["at"], created["at"]), []).append(event)
    ticket = Ticket(question)
    for at in range(created["at"], now + 1):
        for event in due.get(at, ()):
            ticket.happen(event, at)
        for life in ticket.current.values():
            life.warn(at)
        if at < now:
            ticket.tick()
    lives = sorted(ticket.lives, key=lambda life: (METRICS.index(life.metric), life.number))
    return [life.answer(now, ticket.paused(life.metric)) for life in lives]
