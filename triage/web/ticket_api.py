"""The part of `/api/v1` that tells of tickets, their decisions and clocks, and lets programs add what people know."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_smorest import Blueprint
from sqlalchemy.engine import Connection

from triage.domain.clocks import Clock, to_plain
from triage.domain.priority import Axis
from triage.domain.report import Exclusion
from triage.domain.terms import Metric
from triage.domain.ticket import Priority
from triage.engine import by_hand
from triage.engine.context import Clock as Now
from triage.engine.context import Context, Work
from triage.engine.fold import fold
from triage.store import queries
from triage.store.queries import PAGE, Filters
from triage.web.api_acts import Acts, Kind
from triage.web.asked import ID, found
from triage.web.schemas import TicketClocks
from triage.web.ticket_schemas import (
    AnsweredOutside,
    Decided,
    OfBreach,
    Stated,
    TicketInFull,
    Tickets,
    TicketsQuery,
    Withdrawn,
)

Model = dict[str, Any]


def _decide(work: Work, number: int, sent: Model, who: str) -> None:
    wanted = Priority(sent["priority"])
    by_hand.decide_by_hand(work.conn, work.context, number, wanted, who, sent["reason"], work.now)


def _state(work: Work, number: int, sent: Model, who: str) -> None:
    values = {axis: sent[axis] for axis in Axis if axis in sent}
    by_hand.state_by_hand(work.conn, work.context, number, values, who, sent["reason"], work.now)


def _answer(work: Work, number: int, sent: Model, who: str) -> None:
    by_hand.answer_by_hand(work.conn, work.context, number, sent["at"], who, sent["reason"], work.now)


def _withdraw(work: Work, number: int, sent: Model, who: str) -> None:
    by_hand.withdraw_answer(work.conn, work.context, number, sent["key"], who, sent["reason"], work.now)


def _exclude(work: Work, number: int, sent: Model, who: str) -> None:
    breach = Metric(sent["metric"]), sent["began_by"]
    by_hand.exclude_breach(work.conn, work.context, number, breach, who, sent["reason"], work.now)


def _include(work: Work, number: int, sent: Model, who: str) -> None:
    breach = Metric(sent["metric"]), sent["began_by"]
    by_hand.include_breach(work.conn, number, breach, who, sent["reason"], work.now)


ACTS: Acts = {
    "decide": (Decided, _decide, "Decide the priority by hand."),
    "state": (Stated, _state, "Say whether production is affected, or whether there is a workaround."),
    "answer": (AnsweredOutside, _answer, "Add an answer that was given outside Jira."),
    "withdraw": (Withdrawn, _withdraw, "Withdraw such an answer."),
    "exclude": (OfBreach, _exclude, "Take a breach out of the statement."),
    "include": (OfBreach, _include, "Put an excluded breach back into it."),
}


def add_tickets(routes: Blueprint, context: Context, clock: Now, problem: Mapping[str, Any]) -> None:
    """The routes of tickets; `problem` describes an error's answer."""

    @routes.route("/tickets")
    @routes.arguments(TicketsQuery, location="query")
    @routes.response(200, Tickets)
    @routes.alt_response(401, **problem, description="Not signed in")
    def tickets(asked: Model) -> Model:
        """Tickets, those that want attention first, 100 at a time."""
        page = asked.pop("page")
        with context.database.read() as conn:
            rows = queries.queue(conn, Filters(**asked), page, queries.watched(conn, clock()))
        return {"tickets": rows[:PAGE], "more": len(rows) > PAGE}

    @routes.route(f"/tickets/<{ID}:ticket_id>")
    @routes.response(200, TicketInFull)
    @routes.alt_response(401, **problem, description="Not signed in")
    @routes.alt_response(404, **problem, description="No such ticket")
    def ticket(ticket_id: int) -> Model:
        """One ticket with its decisions and incidents."""
        with context.database.read() as conn:
            return found(_in_full(conn, ticket_id), "ticket", ticket_id)

    @routes.route(f"/tickets/<{ID}:ticket_id>/clocks")
    @routes.response(200, TicketClocks)
    @routes.alt_response(401, **problem, description="Not signed in")
    @routes.alt_response(404, **problem, description="No such ticket")
    def clocks(ticket_id: int) -> Model:
        """The ticket's clocks as they stand now, each with its receipt."""
        now = clock()
        with context.database.read() as conn:
            row = found(queries.ticket(conn, ticket_id), "ticket", ticket_id)
            folded = fold(conn, context.configurations.current(conn), ticket_id, now)
            exclusions = queries.exclusions_of(conn, ticket_id)
        return {
            "id": ticket_id,
            "key": row["key"],
            "customer": row["customer"],
            "as_of": now.isoformat(),
            "clocks": [_shown(one, exclusions.get(one.identity)) for one in folded.clocks],
        }


def _in_full(conn: Connection, ticket_id: int) -> Model | None:
    row = queries.ticket(conn, ticket_id)
    if row is None:
        return None
    incidents = [incident["id"] for incident in queries.incidents_of(conn, [ticket_id])]
    return {**row, "decisions": queries.decisions_of(conn, ticket_id), "incidents": incidents}


TICKET = Kind("ticket", _in_full, TicketInFull)


def _shown(clock: Clock, exclusion: Exclusion | None) -> Model:
    why = exclusion and {"reason": exclusion.reason, "by": exclusion.who, "at": exclusion.at.isoformat()}
    return {**to_plain(clock), "contract": clock.contract, "began_by": clock.began_by, "exclusion": why}
