"""`POST /<things>/<number>/<act>`: what the acts of the API have in common, whatever they are done to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, g
from flask_smorest import Blueprint
from marshmallow import Schema
from sqlalchemy.engine import Connection

from triage.engine.context import Clock, Context, Work
from triage.engine.respond import NotPossible
from triage.web.asked import ID, found

Model = dict[str, Any]

#: What an act does: in which transaction, to which number, with what was sent, and by whom.
Act = Callable[[Work, int, Model, str], object]
#: By the act's name: what is sent, what it does, and what it is for.
Acts = Mapping[str, tuple[type[Schema], Act, str]]


@dataclass(frozen=True, slots=True)
class Kind:
    """What acts are done to: how it is called, how it is looked up, and how it is shown."""

    name: str
    find: Callable[[Connection, int], Any]
    shown: type[Schema]


def add_acts(
    routes: Blueprint, context: Context, clock: Clock, problem: Mapping[str, Any], kind: Kind, acts: Acts
) -> None:
    """One route for each act; each gives the thing as it stands afterwards. What is not possible is 409."""
    for name, (schema, do, summary) in acts.items():
        act = _view(routes, context, clock, problem, kind, schema, do)
        act.__doc__ = summary
        path = f"/{kind.name}s/<{ID}:{kind.name}_id>/{name}"
        routes.route(path, methods=["POST"], endpoint=f"{kind.name}_{name}")(act)


def _view(
    routes: Blueprint,
    context: Context,
    clock: Clock,
    problem: Mapping[str, Any],
    kind: Kind,
    schema: type[Schema],
    do: Act,
) -> Callable[..., Any]:
    @routes.response(200, kind.shown)
    @routes.alt_response(401, **problem, description="Neither signed in nor a token")
    @routes.alt_response(404, **problem, description=f"No such {kind.name}")
    @routes.alt_response(409, **problem, description="Not possible as things stand")
    @routes.arguments(schema)
    def act(sent: Model, **place: int) -> Any:
        (number,) = place.values()
        with context.database.read() as conn:
            found(kind.find(conn, number), kind.name, number)
        try:
            with context.database.write() as conn:
                do(context.work(conn, clock()), number, sent, g.account.name)
                return kind.find(conn, number)
        except NotPossible as error:
            abort(409, str(error))

    view: Callable[..., Any] = act
    return view
