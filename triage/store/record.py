"""Loads what the logs hold of one incident; reads only."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.escalation import IncidentState, PageState
from triage.domain.priority import Reason
from triage.domain.record import Act, Attempt, Decided, Held, Paged, Record, Sent
from triage.domain.ticket import Fact, FactKind, Priority, Role
from triage.domain.timeline import Timeline, read_timeline
from triage.domain.writes import Comment, from_plain, name_of
from triage.store import queries
from triage.store.outbox import OutboxKind
from triage.store.tables import attempts, audit, decisions, incident_tickets, outbox, pages, tickets
from triage.store.tickets import load_facts_of

#: What a comment is called among the writes.
COMMENT = name_of(Comment((), public=False))


@dataclass(frozen=True, slots=True)
class Window:
    """What happens to a ticket belongs to the story while the incident holds it, until it is over."""

    since: Mapping[int, datetime]
    until: Mapping[int, datetime]

    def has(self, ticket_id: int, at: datetime) -> bool:
        return self.since[ticket_id] <= at <= self.until[ticket_id]


def load(conn: Connection, incident_id: int) -> Record | None:
    """All that is known of the incident, from the fact that asked for it on; None if there is no such incident."""
    incident = queries.incident(conn, incident_id)
    if incident is None:
        return None
    rows = _ticket_rows(conn, incident_id)
    facts = load_facts_of(conn, [row["ticket_id"] for row in rows])
    timelines = {ticket_id: read_timeline(known) for ticket_id, known in facts.items()}
    held = tuple(_held(row, timelines[row["ticket_id"]]) for row in rows)
    end = incident["resolved_at"] or datetime.max.replace(tzinfo=UTC)
    left = {row["ticket_id"]: row["left_at"] or end for row in rows}
    window = Window({one.ticket_id: one.joined_at for one in held}, left)
    messages = [row for row in _messages(conn, incident_id) if window.has(row["ticket_id"], row["created_at"])]
    return Record(
        state=IncidentState(incident["state"]),
        policy=incident["policy"],
        observed=incident["observed"],
        triggered_at=incident["triggered_at"],
        active_since=incident["active_since"],
        tickets=held,
        comments=tuple(_comments(held, timelines, end)),
        decisions=tuple(_decisions(conn, window)),
        pages=tuple(_pages(conn, incident_id)),
        acts=tuple(_acts(conn, incident_id, window)),
        notices=tuple(_sent(row, row["subject"]) for row in messages if row["kind"] == OutboxKind.NOTICE),
        writes=tuple(_sent(row, _words(row)) for row in messages if row["kind"] == OutboxKind.WRITE),
    )


def _ticket_rows(conn: Connection, incident_id: int) -> Sequence[RowMapping]:
    """The tickets that the incident holds, the first one first."""
    held = (
        sa.select(incident_tickets, tickets.c.key, tickets.c.summary)
        .join(tickets, tickets.c.id == incident_tickets.c.ticket_id)
        .where(incident_tickets.c.incident_id == incident_id)
        .order_by(incident_tickets.c.joined_at, incident_tickets.c.ticket_id)
    )
    return conn.execute(held).mappings().all()


def _held(row: RowMapping, timeline: Timeline) -> Held:
    cause = next((fact for fact in timeline.facts if fact.key == row["cause"]), None)
    return Held(row["ticket_id"], row["key"], row["summary"], row["joined_at"], cause)


def _comments(held: Sequence[Held], timelines: Mapping[int, Timeline], end: datetime) -> Iterator[tuple[int, Fact]]:
    """What people said on the tickets since they asked; our own comments are told as we wrote them."""
    for one in held:
        since = min(one.joined_at, one.cause.at) if one.cause else one.joined_at
        timeline = timelines[one.ticket_id]
        comments = (fact for fact in timeline.facts if fact.kind is FactKind.COMMENT)
        for fact in (*comments, *timeline.answers_by_hand):
            if since <= fact.at <= end and fact.actor.role is not Role.SERVICE and fact != one.cause:
                yield one.ticket_id, fact


def _decisions(conn: Connection, window: Window) -> Iterator[Decided]:
    """What was decided meanwhile, and before it on each ticket the decision that was in force."""
    theirs = decisions.c.ticket_id.in_(window.since), ~decisions.c.shadow
    logged = sa.select(decisions).where(*theirs).order_by(decisions.c.id)
    rows = conn.execute(logged).mappings().all()
    in_force = {row["ticket_id"]: row["id"] for row in rows if row["decided_at"] <= window.since[row["ticket_id"]]}
    for row in rows:
        if row["id"] in in_force.values() or window.has(row["ticket_id"], row["decided_at"]):
            yield Decided(
                ticket_id=row["ticket_id"],
                at=row["decided_at"],
                priority=Priority(row["priority"]),
                provisional=row["provisional"],
                reason=Reason(row["reason"]),
                author=row["author"],
                policy=row["policy"],
                quotes=tuple(item["quote"] for item in row["evidence"]),
            )


def _pages(conn: Connection, incident_id: int) -> Iterator[Paged]:
    """The ledger in the order in which the pages were opened."""
    mine = pages.c.incident_id == incident_id
    sent: dict[str, list[Sent]] = defaultdict(list)
    for row in _outbox(conn, outbox.c.page_id.in_(sa.select(pages.c.id).where(mine))):
        sent[row["page_id"]].append(_sent(row))
    order = pages.c.paged_at, pages.c.round, pages.c.step, pages.c.id
    for page in conn.execute(sa.select(pages).where(mine).order_by(*order)).mappings():
        yield Paged(
            person=page["person"],
            round=page["round"],
            step=page["step"],
            state=PageState(page["state"]),
            reason=page["reason"],
            paged_at=page["paged_at"],
            ended_at=page["ended_at"],
            deliveries=tuple(sent[page["id"]]),
        )


def _messages(conn: Connection, incident_id: int) -> Sequence[Mapping[str, Any]]:
    """The notices about the incident's tickets, and the comments that we wrote on them."""
    held = sa.select(incident_tickets.c.ticket_id).where(incident_tickets.c.incident_id == incident_id)
    written = (outbox.c.kind == OutboxKind.WRITE) & (outbox.c.subject == COMMENT)
    return _outbox(conn, outbox.c.ticket_id.in_(held), written | (outbox.c.kind == OutboxKind.NOTICE))


def _outbox(conn: Connection, *where: sa.ColumnElement[bool]) -> Sequence[Mapping[str, Any]]:
    """Messages, each with its `attempts`. Only a write has a `body`: a page's holds a link that acknowledges."""
    tries: dict[int, list[Attempt]] = defaultdict(list)
    made = sa.select(attempts).join(outbox, outbox.c.id == attempts.c.outbox_id).where(*where).order_by(attempts.c.id)
    for row in conn.execute(made).mappings():
        tries[row["outbox_id"]].append(Attempt(row["started_at"], row["ended_at"], row["outcome"], row["reason"]))
    columns = [column for column in outbox.c if column.name not in ("body", "address")]
    body = sa.case((outbox.c.kind == OutboxKind.WRITE, outbox.c.body), else_="").label("body")
    rows = conn.execute(sa.select(*columns, body).where(*where).order_by(outbox.c.id)).mappings()
    return [{**row, "attempts": tuple(tries[row["id"]])} for row in rows]


def _sent(row: Mapping[str, Any], what: str = "") -> Sent:
    return Sent(
        who=row["person"],
        gateway="" if row["kind"] == OutboxKind.WRITE else row["gateway"],
        state=row["state"],
        reason=row["reason"],
        settled_at=row["settled_at"],
        attempts=row["attempts"],
        what=what,
        ticket_id=row["ticket_id"] if what else None,
    )


def _words(row: Mapping[str, Any]) -> str:
    """What a comment of ours says, and to whom."""
    comment = from_plain(row["subject"], json.loads(row["body"]))
    assert isinstance(comment, Comment)  # noqa: S101 - only comments are asked for
    kind = "comment to the customer" if comment.public else "internal comment"
    return f"{kind}: {' '.join(block.text for block in comment.blocks)}"


def _acts(conn: Connection, incident_id: int, window: Window) -> Iterator[Act]:
    """What people did to the incident, and to its tickets meanwhile."""
    subjects = {f"incident/{incident_id}": None, **{f"ticket/{ticket_id}": ticket_id for ticket_id in window.since}}
    done = sa.select(audit).where(audit.c.subject.in_(subjects)).order_by(audit.c.id)
    for row in conn.execute(done).mappings():
        ticket_id = subjects[row["subject"]]
        if ticket_id is None or window.has(ticket_id, row["at"]):
            before, after = row["before"] or {}, row["after"] or {}
            yield Act(row["at"], row["who"], row["act"], row["reason"], before, after, ticket_id)
