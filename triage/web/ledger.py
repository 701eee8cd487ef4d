"""The page that shows the page ledger and whom it has called how often, and the same ledger as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

from flask import Blueprint, Response, render_template, request
from sqlalchemy.engine import RowMapping

from triage.domain.configuration import DEFAULT
from triage.domain.escalation import PageState
from triage.domain.paging_load import fold_load, home_zones, is_night, iso_week, monday_of
from triage.engine.context import Clock, Context
from triage.render.sheet import Cell, sheet
from triage.store import ledger
from triage.store.ledger import Entry, Wanted
from triage.store.queries import PAGE
from triage.web.parameters import LedgerQuery, PagesQuery, asked, place

#: How many weeks before the current one are shown unless the address says otherwise.
WEEKS_BACK = 3
#: How many pages of the CSV are in memory at a time.
BATCH = 1000

COLUMNS = (
    "page",
    "incident",
    "ticket",
    "customer",
    "person",
    "name",
    "step",
    "round",
    "paged_at",
    "week",
    "night",
    "state",
    "ended_at",
    "answer_seconds",
    "delivered_at",
    "delivered_over",
    "attempts",
    "failed_attempts",
    "observed",
    "reason",
)

Model = dict[str, Any]


def blueprint(context: Context, clock: Clock) -> Blueprint:
    """The page and the CSV."""
    routes = Blueprint("ledger", __name__)

    @routes.get("/pages")
    def pages() -> str:
        return render_template("pages.html", **_pages(context, clock()))

    @routes.get("/pages.csv")
    def pages_csv() -> Response:
        wanted = Wanted(**asked(LedgerQuery()))
        name = "-".join(["pages", *(f"{at:%Y%m%d}" for at in (wanted.from_at, wanted.to_at) if at)])
        return Response(
            sheet(COLUMNS, _lines(context, wanted)),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )

    return routes


def _pages(context: Context, now: datetime) -> Model:
    given = asked(PagesQuery())
    named = given.pop("before", "")
    if "incident" not in given:
        given.setdefault("from_at", datetime.combine(monday_of(now, UTC) - timedelta(weeks=WEEKS_BACK), time(), UTC))
    wanted = Wanted(**given)
    with context.database.read() as conn:
        config = context.configurations.current(conn)
        rows = ledger.listed(conn, wanted, place(conn, named))
        shown = rows[:PAGE]
        return {
            "pages": ledger.whole(conn, shown),
            "count": ledger.count(conn, wanted),
            "loads": fold_load(ledger.counted(conn, wanted), home_zones(config)),
            "wanted": wanted,
            "asked": _as_given(wanted),
            "last": wanted.to_at and wanted.to_at - timedelta(microseconds=1),
            "turned": bool(named),
            "next": shown[-1]["id"] if len(rows) > PAGE else "",
            "states": list(PageState),
            "paged": ledger.people_paged(conn),
            "people": {**config.responders, **{name: one.paged_as for name, one in config.contacts.items()}},
            "customers": {name: one for name, one in config.customers.items() if name != DEFAULT},
            "now": now,
        }


def _as_given(wanted: Wanted) -> dict[str, str]:
    """What the addresses of the next page and of the CSV have to ask for to get the same."""
    given = {name: value for name, value in request.args.items() if value and name != "before"}
    return {"from": wanted.from_at.isoformat(), **given} if wanted.from_at else given


def _lines(context: Context, wanted: Wanted) -> Iterator[tuple[Cell, ...]]:
    """The ledger line by line, each batch in a transaction of its own, however long the reader takes."""
    with context.database.read() as conn:
        config = context.configurations.current(conn)
    zones = home_zones(config)
    last: RowMapping | None = None
    while True:
        with context.database.read() as conn:
            rows = ledger.listed(conn, wanted, last, BATCH)
            entries = ledger.whole(conn, rows[:BATCH])
        for entry in entries:
            person = config.people.get(entry["person"])
            yield _line(entry, person.display_name if person else "", zones.get(entry["person"], UTC))
        if len(rows) <= BATCH:
            return
        last = rows[BATCH - 1]


def _line(page: Entry, name: str, zone: tzinfo) -> tuple[Cell, ...]:
    """One page with what came of its attempts, in the order of COLUMNS."""
    tries = [(delivery["gateway"], attempt) for delivery in page["deliveries"] for attempt in delivery["tries"]]
    gateway, delivered_at = _first_delivered(tries)
    answered = page["state"] == PageState.ACKNOWLEDGED
    return (
        page["id"],
        page["incident_id"],
        page["ticket_key"],
        page["customer"],
        page["person"],
        name,
        page["step"] + 1,
        page["round"] + 1,
        page["paged_at"],
        iso_week(monday_of(page["paged_at"], zone)),
        is_night(page["paged_at"], zone),
        page["state"],
        page["ended_at"],
        int((page["ended_at"] - page["paged_at"]).total_seconds()) if answered else None,
        delivered_at,
        gateway,
        len(tries),
        sum(attempt["outcome"] in ("retry", "rejected") for _, attempt in tries),
        page["observed"],
        page["reason"],
    )


def _first_delivered(tries: Iterable[tuple[str, RowMapping]]) -> tuple[str | None, datetime | None]:
    """Over which channel the page first went through, and when."""
    taken = [(attempt["ended_at"], gateway) for gateway, attempt in tries if attempt["outcome"] == "delivered"]
    at, gateway = min(taken, default=(None, None))
    return gateway, at
