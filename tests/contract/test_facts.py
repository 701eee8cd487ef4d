"""However facts are told, in part or in full, as a hint or as Jira's last word, the same set is left in the end."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from triage.domain.ticket import PARTIAL, Actor, Fact, FactKind, Field, Origin, Role, TicketRef
from triage.store import tickets
from triage.store.db import Database
from triage.store.tables import texts

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANA = Actor("ana", "Ana Example", Role.AGENT)
REF = TicketRef("jira", "jira.example.com", "10001", "SUP-1")


def change(number: int, *, final: bool = False) -> Fact:
    """A change that a webhook dates some milliseconds before Jira's own changelog does."""
    at = NOW + timedelta(minutes=number, milliseconds=7 if final else 0)
    return Fact(f"log/{number}/status", FactKind.CHANGE, at, number, ANA, {Field.STATUS: f"s{number}"}, final=final)


def snapshot(minute: int, *, final: bool = False, text: str = "as it was") -> Fact:
    at = NOW + timedelta(minutes=minute)
    values = {Field.STATUS: f"s{minute}"}
    return Fact(f"snapshot/{minute}", FactKind.SNAPSHOT, at, values=values, texts={"summary": text}, final=final)


COMMENT = Fact("comment/1", FactKind.COMMENT, NOW, 1, ANA, texts={"body": "On it"}, public=True)
HINTS = [
    Fact("created", FactKind.CREATED, NOW),
    *(change(number) for number in range(5)),
    *(snapshot(minute, text=f"summary {minute}") for minute in range(8)),
    replace(COMMENT, key=COMMENT.key + PARTIAL, public=None, actor=Actor()),
    replace(COMMENT, texts={}),
]
FETCHED = [
    replace(HINTS[0], final=True),
    *(change(number, final=True) for number in range(6)),
    snapshot(5, final=True),
    replace(COMMENT, final=True),
]


@pytest.fixture
def ticket_id(database: Database) -> int:
    with database.write() as conn:
        return tickets.locked(conn, REF, NOW).id


def add(database: Database, ticket_id: int, *facts: Fact) -> tickets.Merged:
    with database.write() as conn:
        return tickets.add_facts(conn, ticket_id, facts, NOW)


def kept(database: Database, ticket_id: int) -> dict[str, Fact]:
    with database.read() as conn:
        return {fact.key: replace(fact, received_at=None) for fact in tickets.load_facts(conn, ticket_id)}


def test_any_order_and_any_repeats_leave_the_same(database: Database) -> None:
    rolls = random.Random(7)
    found = []
    for number in range(25):
        told = [fact for fact in HINTS + FETCHED for _ in range(rolls.choice([1, 1, 2]))]
        rolls.shuffle(told)
        with database.write() as conn:
            ticket_id = tickets.locked(conn, replace(REF, id=str(number)), NOW).id
            for start in range(0, len(told), 4):
                tickets.add_facts(conn, ticket_id, told[start : start + 4], NOW)
        found.append(kept(database, ticket_id))
    assert all(one == found[0] for one in found)
    snapshots = [fact for fact in found[0].values() if fact.kind is FactKind.SNAPSHOT]
    assert [(fact.at.minute, fact.final) for fact in snapshots] == [(5, True), (6, False), (7, False)]
    assert found[0]["log/3/status"].at.microsecond == 7000, "the changelog's own instant"
    assert COMMENT.key + PARTIAL not in found[0]
    assert (found[0][COMMENT.key].texts, found[0][COMMENT.key].public) == ({"body": "On it"}, True)


def test_without_the_last_word_every_hint_is_kept(database: Database, ticket_id: int) -> None:
    add(database, ticket_id, *HINTS)
    assert len([fact for fact in kept(database, ticket_id).values() if fact.kind is FactKind.SNAPSHOT]) == 8


def test_news_is_what_nobody_had_told_before(database: Database, ticket_id: int) -> None:
    assert {fact.key for fact in add(database, ticket_id, *HINTS).news} == {
        "created",
        *(f"log/{number}/status" for number in range(5)),
        COMMENT.key + PARTIAL,
    }
    found = add(database, ticket_id, *(replace(fact, origin=Origin.SWEEP) for fact in FETCHED))
    assert [fact.key for fact in found.news] == ["log/5/status"]
    assert found.changed
    again = add(database, ticket_id, *HINTS, *FETCHED)
    assert (again.news, again.changed) == ((), False)
    origins = {fact.key: fact.origin for fact in kept(database, ticket_id).values()}
    assert (origins["log/3/status"], origins["log/5/status"]) == (Origin.LIVE, Origin.SWEEP)


def test_words_that_no_fact_holds_any_more_are_gone(database: Database, ticket_id: int) -> None:
    add(database, ticket_id, snapshot(1, text="my password is hunter2"))
    add(database, ticket_id, snapshot(2, final=True, text="I forgot my password"))
    with database.read() as conn:
        assert conn.scalars(sa.select(texts.c.text)).all() == ["I forgot my password"]
