"""Tickets, their facts and texts, their decisions, clocks and notices."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.clocks import Clock
from triage.domain.priority import Evidence
from triage.domain.ticket import Actor, Fact, FactKind, Origin, Role, TicketRef
from triage.domain.timeline import Judged
from triage.store.tables import clocks, decisions, facts, notices, texts, tickets


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket's identity and what the last fold said about it."""

    id: int
    ref: TicketRef
    received_at: datetime


def locked(conn: Connection, ref: TicketRef, now: datetime) -> TicketRow:
    """The ticket, made if it is new, locked until the transaction ends so that its events stay in line.

    The lock lets foreign keys be checked (FOR NO KEY UPDATE), so that nobody who queues a message waits for it.
    """
    identity = {"source": ref.source, "instance": ref.instance, "external_id": ref.id}
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    conn.execute(insert(tickets).values(**identity, key=ref.key, received_at=now, flags=[]).on_conflict_do_nothing())
    where = [tickets.c[name] == value for name, value in identity.items()]
    return _row(conn.execute(sa.select(tickets).where(*where).with_for_update(key_share=True)).mappings().one())


def locked_by_id(conn: Connection, ticket_id: int) -> TicketRow:
    """A known ticket, locked until the transaction ends."""
    found = conn.execute(sa.select(tickets).where(tickets.c.id == ticket_id).with_for_update(key_share=True))
    return _row(found.mappings().one())


def by_id(conn: Connection, ticket_id: int) -> TicketRow:
    """A known ticket, to be read only."""
    return _row(conn.execute(sa.select(tickets).where(tickets.c.id == ticket_id)).mappings().one())


def _row(row: RowMapping) -> TicketRow:
    ref = TicketRef(row["source"], row["instance"], row["external_id"], row["key"])
    return TicketRow(row["id"], ref, row["received_at"])


def add_facts(conn: Connection, ticket_id: int, new: Iterable[Fact], now: datetime) -> int:
    """Add the facts that the ticket does not have yet; returns how many those were."""
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    added = 0
    for fact in new:
        words = {name: (_digest(text), text) for name, text in fact.texts.items()}
        row = {
            "ticket_id": ticket_id,
            "key": fact.key,
            "kind": fact.kind,
            "at": fact.at,
            "seq": fact.seq,
            "actor_id": fact.actor.id,
            "actor_name": fact.actor.name,
            "actor_role": fact.actor.role,
            "public": fact.public,
            "values": dict(fact.values),
            "before": dict(fact.before),
            "texts": {name: digest for name, (digest, _) in words.items()},
            "origin": fact.origin,
            "received_at": fact.received_at or now,
        }
        new_id = conn.scalar(insert(facts).values(row).on_conflict_do_nothing().returning(facts.c.id))
        added += new_id is not None or _add_words(
            conn, ticket_id, fact.key, {name: digest for name, (digest, _) in words.items()}
        )
        for digest, text in words.values():
            clean = text.replace("\x00", "")  # PostgreSQL refuses NUL in text
            row = {"ticket_id": ticket_id, "digest": digest, "text": clean}
            conn.execute(insert(texts).values(row).on_conflict_do_nothing())
    return added


def _add_words(conn: Connection, ticket_id: int, key: str, words: Mapping[str, str]) -> bool:
    """Two bodies may tell one fact in different words, or one of them without; whether that changed anything.

    Of two texts the one with the smaller digest is kept, so that the order of arrival decides nothing.
    """
    this = facts.c.ticket_id == ticket_id, facts.c.key == key
    known: Mapping[str, str] = conn.execute(sa.select(facts.c.texts).where(*this)).scalar_one()
    merged = {**known, **{name: min(digest, known.get(name, digest)) for name, digest in words.items()}}
    if merged == known:
        return False
    conn.execute(sa.update(facts).where(*this).values(texts=merged))
    return True


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def load_facts(conn: Connection, ticket_id: int) -> list[Fact]:
    """Every fact of the ticket with its texts; an erased text is left out."""
    found = conn.execute(sa.select(texts.c.digest, texts.c.text).where(texts.c.ticket_id == ticket_id))
    words = {digest: text for digest, text in found}  # noqa: C416 - rows are not pairs to mypy
    rows = conn.execute(sa.select(facts).where(facts.c.ticket_id == ticket_id)).mappings()
    return [_fact(row, words) for row in rows]


def _fact(row: RowMapping, words: Mapping[str, str]) -> Fact:
    return Fact(
        key=row["key"],
        kind=FactKind(row["kind"]),
        at=row["at"],
        seq=row["seq"],
        actor=Actor(row["actor_id"], row["actor_name"], Role(row["actor_role"])),
        values=row["values"],
        before=row["before"],
        texts={name: words[digest] for name, digest in row["texts"].items() if digest in words},
        public=row["public"],
        origin=Origin(row["origin"]),
        received_at=row["received_at"],
    )


def save_state(conn: Connection, ticket_id: int, state: Mapping[str, Any]) -> None:
    """Store what the fold says about the ticket, for lists and searches."""
    conn.execute(sa.update(tickets).where(tickets.c.id == ticket_id).values(**state))


def last_decision(conn: Connection, ticket_id: int) -> RowMapping | None:
    """The decision that is in force."""
    newest = sa.select(decisions).where(decisions.c.ticket_id == ticket_id).order_by(decisions.c.id.desc()).limit(1)
    return conn.execute(newest).mappings().first()


def log_decision(
    conn: Connection, ticket_id: int, judged: Judged, config_version: int, now: datetime
) -> RowMapping | None:
    """Append the judgement unless it is what the last decision says; returns the decision if it is new."""
    judgement = judged.judgement
    row = {
        "cause": judged.cause,
        "caused_at": judged.at,
        "priority": judgement.priority,
        "requested": judgement.requested,
        "provisional": judgement.provisional,
        "production": judgement.production,
        "workaround": judgement.workaround,
        "reason": judgement.reason,
        "flags": list(judgement.flags),
        "evidence": [_evidence(item) for item in judgement.evidence],
        "suggestion": judgement.suggestion,
        "policy": judgement.policy,
        "author": judgement.author,
    }
    last = last_decision(conn, ticket_id)
    if last is not None and all(last[name] == value for name, value in row.items()):
        return None
    row |= {"ticket_id": ticket_id, "decided_at": now, "config_version": config_version}
    return conn.execute(sa.insert(decisions).values(row).returning(decisions)).mappings().one()


def _evidence(item: Evidence) -> dict[str, str]:
    return {
        "axis": item.axis,
        "value": item.value,
        "source": item.source,
        "quote": item.quote,
        "at": item.at.isoformat(),
        "fact": item.fact,
    }


def save_clocks(conn: Connection, ticket_id: int, folded: Sequence[Clock], now: datetime) -> None:
    """Store the cycles as folded at `now`, in place of the ones folded before."""
    conn.execute(sa.delete(clocks).where(clocks.c.ticket_id == ticket_id))
    rows = [
        {
            "ticket_id": ticket_id,
            "metric": clock.metric,
            "cycle": clock.cycle,
            "began_by": clock.began_by,
            "contract": clock.contract,
            "priority": clock.priority,
            "state": clock.state,
            "started_at": clock.started_at,
            "due_at": clock.due_at,
            "stopped_at": clock.stopped_at,
            "breached_at": clock.breached_at,
            "elapsed_seconds": int(clock.elapsed.total_seconds()),
            "remaining_seconds": None if clock.remaining is None else int(clock.remaining.total_seconds()),
            "overrun_seconds": int(clock.overrun.total_seconds()),
            "measured_at": now,
        }
        for clock in folded
    ]
    if rows:
        conn.execute(sa.insert(clocks), rows)


def told(conn: Connection, ticket_id: int) -> set[tuple[str, str, str, str]]:
    """The notices that are in the log: (metric, the fact that began the cycle, kind, fraction)."""
    columns = notices.c.metric, notices.c.began_by, notices.c.kind, notices.c.fraction
    return {tuple(row) for row in conn.execute(sa.select(*columns).where(notices.c.ticket_id == ticket_id))}


def log_notice(conn: Connection, ticket_id: int, row: Mapping[str, Any]) -> None:
    """Append one notice to the log."""
    conn.execute(sa.insert(notices).values(ticket_id=ticket_id, **row))
