"""Tickets, their facts and texts, their decisions, clocks and notices."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.clocks import Clock
from triage.domain.priority import Evidence
from triage.domain.source_clock import SourceClock
from triage.domain.ticket import PARTIAL, Actor, Fact, FactKind, Origin, Role, TicketRef
from triage.domain.timeline import Judged
from triage.store.tables import clocks, decisions, facts, notices, texts, tickets


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A ticket's identity, and the labels that its source was last asked to set."""

    id: int
    ref: TicketRef
    received_at: datetime
    labels: tuple[str, ...]


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


def find(conn: Connection, ref: TicketRef) -> int | None:
    """The ticket's number, if we know it."""
    identity = tickets.c.source == ref.source, tickets.c.instance == ref.instance, tickets.c.external_id == ref.id
    return conn.scalar(sa.select(tickets.c.id).where(*identity))


def with_key(conn: Connection, instance: str, key: str) -> int | None:
    """The number of the ticket that has this key now."""
    named = tickets.c.instance == instance, tickets.c.key == key
    return conn.scalar(sa.select(tickets.c.id).where(*named).order_by(tickets.c.id.desc()).limit(1))


def named(conn: Connection, key: str) -> int | None:
    """The number of the ticket that a person means by this key, whichever instance it is in."""
    return conn.scalar(sa.select(tickets.c.id).where(tickets.c.key == key).order_by(tickets.c.id.desc()).limit(1))


def of_customer(conn: Connection, customer: str | None) -> list[tuple[int, str]]:
    """Number and key of every ticket of a customer; None are those of whom nobody knows whose they are."""
    found = sa.select(tickets.c.id, tickets.c.key).where(tickets.c.customer.is_not_distinct_from(customer))
    return [(row.id, row.key) for row in conn.execute(found.order_by(tickets.c.id))]


def fetched_as_of(conn: Connection, ref: TicketRef) -> datetime | None:
    """The state (`updated`) in which the ticket was last fetched whole; None if it never was."""
    identity = tickets.c.source == ref.source, tickets.c.instance == ref.instance, tickets.c.external_id == ref.id
    fetched = facts.c.kind == FactKind.SNAPSHOT, facts.c.final
    newest = sa.select(sa.func.max(facts.c.at)).join(tickets, tickets.c.id == facts.c.ticket_id)
    at: datetime | None = conn.scalar(newest.where(*identity, *fetched))
    return at


def is_watched(conn: Connection, ticket_id: int) -> bool:
    """Whether anything of the ticket came otherwise than by a backfill."""
    live = facts.c.ticket_id == ticket_id, facts.c.origin != Origin.BACKFILL
    return conn.scalar(sa.select(sa.exists().where(*live))) or False


def by_id(conn: Connection, ticket_id: int) -> TicketRow:
    """A known ticket, to be read only."""
    return _row(conn.execute(sa.select(tickets).where(tickets.c.id == ticket_id)).mappings().one())


def is_open(conn: Connection, ticket_id: int) -> bool:
    """Whether the last fold says that there is still something to do."""
    return conn.scalar(sa.select(tickets.c.open).where(tickets.c.id == ticket_id)) or False


def customer_of(conn: Connection, ticket_id: int) -> str | None:
    """Whose ticket the last fold says it is."""
    customer: str | None = conn.scalar(sa.select(tickets.c.customer).where(tickets.c.id == ticket_id))
    return customer


def _row(row: RowMapping) -> TicketRow:
    ref = TicketRef(row["source"], row["instance"], row["external_id"], row["key"])
    return TicketRow(row["id"], ref, row["received_at"], tuple(row["labels"]))


@dataclass(frozen=True, slots=True)
class Merged:
    """What came of adding facts: those that nobody had told before, and whether anything is different now."""

    news: tuple[Fact, ...]
    changed: bool


def add_facts(conn: Connection, ticket_id: int, told: Iterable[Fact], now: datetime) -> Merged:
    """Add what is told to what is known, so that neither order nor repeats make a difference in the end.

    What was read from a fetched issue (`final`) is the truth: it takes the place of a hint under the same key, and
    a snapshot of every older one, because its changelog tells what led to it. A fact told in full takes the place
    of the one that was told in part. Of two texts of equal rank the one with the smaller digest is kept.
    The ticket must be locked.
    """
    rows = conn.execute(sa.select(facts).where(facts.c.ticket_id == ticket_id)).mappings()
    known: dict[str, dict[str, Any]] = {row["key"]: dict(row) for row in rows}
    news, changed = [], False
    for fact in told:
        if _is_outdated(fact, known.values()) or (fact.key.endswith(PARTIAL) and fact.key[: -len(PARTIAL)] in known):
            continue
        row = _row_of(ticket_id, fact, now)
        before = known.get(fact.key)
        after = _merged(before, row) if before else row
        if after == before:
            continue
        gone = _replaced_by(fact, known.values())
        if before is None and fact.kind is not FactKind.SNAPSHOT and fact.key + PARTIAL not in gone:
            news.append(fact)
        if gone:
            conn.execute(sa.delete(facts).where(facts.c.ticket_id == ticket_id, facts.c.key.in_(gone)))
        if before is None:
            conn.execute(sa.insert(facts).values(**after))
        else:
            same = facts.c.ticket_id == ticket_id, facts.c.key == fact.key
            conn.execute(sa.update(facts).where(*same).values(**after))
        _keep_texts(conn, ticket_id, fact)
        known = {key: value for key, value in known.items() if key not in gone} | {fact.key: after}
        changed = True
    if changed:
        _drop_texts(conn, ticket_id, {digest for row in known.values() for digest in row["texts"].values()})
    return Merged(tuple(news), changed)


def _is_outdated(fact: Fact, known: Iterable[Mapping[str, Any]]) -> bool:
    """Whether a fetched snapshot that is known is newer, or as new and this one but a hint."""
    if fact.kind is not FactKind.SNAPSHOT:
        return False
    fetched = [row["at"] for row in known if row["kind"] == FactKind.SNAPSHOT and row["final"]]
    return any(at > fact.at or (at == fact.at and not fact.final) for at in fetched)


def _replaced_by(fact: Fact, known: Iterable[Mapping[str, Any]]) -> set[str]:
    """The keys of what nobody needs any more once the fact is known."""
    if fact.kind is FactKind.SNAPSHOT and fact.final:
        older = (row for row in known if row["kind"] == FactKind.SNAPSHOT and row["at"] <= fact.at)
        return {row["key"] for row in older} - {fact.key}
    return {fact.key + PARTIAL} & {row["key"] for row in known}


def _row_of(ticket_id: int, fact: Fact, now: datetime) -> dict[str, Any]:
    return {
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
        "texts": {name: _digest(text) for name, text in fact.texts.items()},
        "origin": fact.origin,
        "final": fact.final,
        "received_at": fact.received_at or now,
    }


def _merged(before: dict[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    """Two tellings of one fact; when and how we first heard of it stays."""
    known, told = before["texts"], row["texts"]
    if row["final"] and not before["final"]:
        stays = {name: before[name] for name in ("origin", "received_at")}
        return {**before, **row, **stays, "texts": {**known, **told}}
    if before["final"] and not row["final"]:
        return {**before, "texts": {**told, **known}}
    return {**before, "texts": {**known, **{name: min(text, known.get(name, text)) for name, text in told.items()}}}


def _keep_texts(conn: Connection, ticket_id: int, fact: Fact) -> None:
    insert = sqlite.insert if conn.dialect.name == "sqlite" else postgresql.insert
    for text in fact.texts.values():
        clean = text.replace("\x00", "")  # PostgreSQL refuses NUL in text
        row = {"ticket_id": ticket_id, "digest": _digest(text), "text": clean}
        conn.execute(insert(texts).values(row).on_conflict_do_nothing())


def _drop_texts(conn: Connection, ticket_id: int, quoted: Collection[str]) -> None:
    """Words that no fact holds any more are kept no longer."""
    conn.execute(sa.delete(texts).where(texts.c.ticket_id == ticket_id, texts.c.digest.not_in(quoted)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def load_facts(conn: Connection, ticket_id: int) -> list[Fact]:
    """Every fact of the ticket with its texts; an erased text is left out."""
    return load_facts_of(conn, [ticket_id])[ticket_id]


def load_facts_of(conn: Connection, ticket_ids: Sequence[int]) -> dict[int, list[Fact]]:
    """The facts of several tickets, by ticket."""
    words: dict[int, dict[str, str]] = {ticket_id: {} for ticket_id in ticket_ids}
    columns = texts.c.ticket_id, texts.c.digest, texts.c.text
    for ticket_id, digest, text in conn.execute(sa.select(*columns).where(texts.c.ticket_id.in_(ticket_ids))):
        words[ticket_id][digest] = text
    found: dict[int, list[Fact]] = {ticket_id: [] for ticket_id in ticket_ids}
    for row in conn.execute(sa.select(facts).where(facts.c.ticket_id.in_(ticket_ids))).mappings():
        found[row["ticket_id"]].append(_fact(row, words[row["ticket_id"]]))
    return found


def created_since(conn: Connection, since: datetime) -> list[tuple[int, str]]:
    """Number and key of each ticket that was created since then, the oldest first."""
    young = sa.select(tickets.c.id, tickets.c.key).where(tickets.c.created_at >= since).order_by(tickets.c.id)
    return [(row.id, row.key) for row in conn.execute(young)]


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
        final=row["final"],
        received_at=row["received_at"],
    )


def save_state(conn: Connection, ticket_id: int, state: Mapping[str, Any]) -> None:
    """Store what the fold says about the ticket, for lists and searches."""
    conn.execute(sa.update(tickets).where(tickets.c.id == ticket_id).values(**state))


def save_source_clocks(conn: Connection, ticket_id: int, clocks: Sequence[SourceClock]) -> None:
    """Keep what the source's own SLA engine says, to be shown beside ours."""
    plain = [
        {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(clock).items()}
        for clock in clocks
    ]
    save_state(conn, ticket_id, {"source_clocks": plain})


def source_clocks(plain: Iterable[Mapping[str, Any]]) -> list[SourceClock]:
    """The kept clocks of the source again."""
    instants = ("started_at", "due_at", "stopped_at")
    return [
        SourceClock(**{**clock, **{name: datetime.fromisoformat(clock[name]) for name in instants if clock[name]}})
        for clock in plain
    ]


def last_decision(conn: Connection, ticket_id: int, shadow: str | None = None) -> RowMapping | None:
    """The decision that is in force, or the last one of a policy that runs in shadow."""
    of = [decisions.c.ticket_id == ticket_id, decisions.c.shadow == (shadow is not None)]
    if shadow is not None:
        of.append(decisions.c.policy == shadow)
    newest = sa.select(decisions).where(*of).order_by(decisions.c.id.desc()).limit(1)
    return conn.execute(newest).mappings().first()


def log_decision(
    conn: Connection, ticket_id: int, judged: Judged, config_version: int, now: datetime, *, shadow: bool = False
) -> RowMapping | None:
    """Append the judgement unless it is what the last decision says; returns the decision if it is new.

    What a policy decides in `shadow` is compared with its own last decision, and is in force nowhere.
    """
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
    last = last_decision(conn, ticket_id, judgement.policy if shadow else None)
    if last is not None and all(last[name] == value for name, value in row.items()):
        return None
    row |= {"ticket_id": ticket_id, "decided_at": now, "config_version": config_version, "shadow": shadow}
    return conn.execute(sa.insert(decisions).values(row).returning(decisions)).mappings().one()


def _evidence(item: Evidence) -> dict[str, str]:
    return {
        "axis": item.axis,
        "value": item.value,
        "source": item.source,
        "quote": item.quote,
        "at": item.at.isoformat(),
        "fact": item.fact,
        "rule": item.rule,
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


def logged_notices(conn: Connection, ticket_id: int) -> Sequence[RowMapping]:
    """The notices that are in the log, in the order in which they were written."""
    of = notices.c.ticket_id == ticket_id
    return conn.execute(sa.select(notices).where(of).order_by(notices.c.id)).mappings().all()


def log_notice(conn: Connection, ticket_id: int, row: Mapping[str, Any]) -> None:
    """Append one notice to the log."""
    conn.execute(sa.insert(notices).values(ticket_id=ticket_id, **row))
