"""Random tickets on random calendars: every field agrees with the oracle, whatever the order of events."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.sla_oracle import clocks_of
from tests.unit.sla_questions import Questions
from triage.simulate.sla import answer

questions = st.integers(0, 2**48).map(lambda seed: Questions(seed).question())


def clocks(question):
    """The service's answer as plain JSON."""
    return json.loads(json.dumps(answer(question)["clocks"]))


@settings(max_examples=150)
@given(questions)
def test_every_field_agrees_with_the_oracle(question):
    assert clocks(question) == clocks_of(question)


@settings(max_examples=100)
@given(questions, st.integers(0, 2**32))
def test_shuffled_and_doubled_events_change_nothing(question, seed):
    random = Random(seed)
    # Of one instant the order given counts, so that only instants are shuffled.
    instants = {}
    for event in question["events"]:
        instants.setdefault(event["at"], []).append(event)
    groups = [group * random.choice([1, 2]) for group in instants.values()]
    random.shuffle(groups)
    shuffled = {**question, "events": [event for group in groups for event in group]}
    assert clocks(shuffled) == clocks(question)


@settings(max_examples=100)
@given(questions)
def test_receipts_have_no_gaps_and_sum_to_what_has_elapsed(question):
    for clock in clocks(question):
        end = clock["stopped_at"] or datetime.fromisoformat(question["now"]).astimezone(UTC).isoformat()
        edges = [clock["started_at"], *(interval["to"] for interval in clock["receipt"])]
        assert [interval["from"] for interval in clock["receipt"]] == edges[:-1]
        assert edges[-1] == end
        reasons = [interval["reason"] for interval in clock["receipt"]]
        assert all(one != two for one, two in pairwise(reasons))
        running = [interval for interval in clock["receipt"] if interval["reason"] == "running"]
        assert clock["elapsed_seconds"] == sum(
            (datetime.fromisoformat(interval["to"]) - datetime.fromisoformat(interval["from"])).total_seconds()
            for interval in running
        )


@settings(max_examples=60)
@given(questions, st.integers(1, 1800))
def test_what_was_told_stays_told(question, later):
    """As time passes without new events, warnings are only added, and breaches only appear."""
    now = datetime.fromisoformat(question["now"])
    known = {**question, "events": [e for e in question["events"] if datetime.fromisoformat(e["at"]) <= now]}
    if not any(event["type"] == "created" for event in known["events"]):
        return
    before = clocks(known)
    after = clocks({**known, "now": (now + timedelta(seconds=later)).isoformat()})
    for old, new in zip(before, after, strict=True):
        assert new["warnings"][: len(old["warnings"])] == old["warnings"]
        assert old["breached_at"] in (None, new["breached_at"])
        assert new["elapsed_seconds"] >= old["elapsed_seconds"]
