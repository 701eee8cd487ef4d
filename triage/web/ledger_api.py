"""The part of `/api/v1` that tells of incidents, their stories and the page ledger."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import abort
from flask_smorest import Blueprint
from sqlalchemy.engine import Connection, RowMapping

from triage.domain.story import fold_knowledge, fold_story
from triage.engine.context import Clock, Context
from triage.store import ledger, queries, record
from triage.store.ledger import Wanted
from triage.store.queries import PAGE
from triage.web.asked import ID, found
from triage.web.ledger_schemas import Incident, Incidents, Pages, Story
from triage.web.parameters import IncidentsQuery, PagesQuery, place

Model = dict[str, Any]


def add_incidents(routes: Blueprint, context: Context, clock: Clock, problem: Mapping[str, Any]) -> None:
    """The routes of incidents; `problem` describes an error's answer."""

    @routes.route("/incidents")
    @routes.arguments(IncidentsQuery, location="query")
    @routes.response(200, Incidents)
    @routes.alt_response(401, **problem, description="Not signed in")
    def incidents(asked: dict[str, Any]) -> Model:
        """Incidents, the newest first, 100 at a time."""
        with context.database.read() as conn:
            rows = ledger.incidents_listed(conn, **asked)
            shown = rows[:PAGE]
            held = ledger.tickets_held(conn, [row["id"] for row in shown])
        return {
            "incidents": [{**row, "tickets": held[row["id"]]} for row in shown],
            "next": shown[-1]["id"] if len(rows) > PAGE else None,
        }

    @routes.route(f"/incidents/<{ID}:incident_id>")
    @routes.response(200, Incident)
    @routes.alt_response(401, **problem, description="Not signed in")
    @routes.alt_response(404, **problem, description="No such incident")
    def incident(incident_id: int) -> Model:
        """One incident with the tickets that it holds and its newest 100 pages."""
        now = clock()
        with context.database.read() as conn:
            row = found(queries.incident(conn, incident_id), "incident", incident_id)
            only = Wanted(incident=incident_id)
            return {
                **row,
                "as_of": now,
                "page_count": ledger.count(conn, only),
                "tickets": ledger.tickets_held(conn, [incident_id])[incident_id],
                "pages": _pages(conn, ledger.listed(conn, only)[:PAGE]),
            }

    @routes.route(f"/incidents/<{ID}:incident_id>/story")
    @routes.response(200, Story)
    @routes.alt_response(401, **problem, description="Not signed in")
    @routes.alt_response(404, **problem, description="No such incident")
    def story(incident_id: int) -> Model:
        """What happened around an incident, in order, and who knew of it when."""
        now = clock()
        with context.database.read() as conn:
            logs = record.load(conn, incident_id)
        if logs is None:
            abort(404, f"There is no incident {incident_id}.")
        told = fold_story(logs)
        return {"id": incident_id, "as_of": now, "knowledge": fold_knowledge(told), "moments": told}


def add_pages(routes: Blueprint, context: Context, problem: Mapping[str, Any]) -> None:
    """The route of the ledger."""

    @routes.route("/pages")
    @routes.arguments(PagesQuery, location="query")
    @routes.response(200, Pages)
    @routes.alt_response(401, **problem, description="Not signed in")
    def pages(asked: dict[str, Any]) -> Model:
        """The page ledger, the newest page first, 100 at a time, each with every attempt to send it."""
        with context.database.read() as conn:
            before = place(conn, asked.pop("before", ""))
            rows = ledger.listed(conn, Wanted(**asked), before)
            shown = _pages(conn, rows[:PAGE])
        return {"pages": shown, "next": shown[-1]["id"] if len(rows) > PAGE else None}


def _pages(conn: Connection, rows: Iterable[RowMapping]) -> list[Model]:
    """The pages as the API tells them: people count steps from 1."""
    return [
        {
            **page,
            "incident": page["incident_id"],
            "customer_page": page["customer_page_id"],
            "step": page["step"] + 1,
            "round": page["round"] + 1,
        }
        for page in ledger.whole(conn, list(rows))
    ]
