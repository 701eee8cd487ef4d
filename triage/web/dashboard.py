"""The pages that people look at: queue, ticket, Jira, quarantine, and the acknowledge page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from flask import Blueprint, abort, g, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response

from triage.domain.clocks import Identity
from triage.domain.escalation import IncidentState
from triage.domain.explain import open_questions
from triage.domain.priority import VALUES, Axis, Judgement
from triage.domain.silence import is_silent
from triage.domain.source_clock import differences
from triage.domain.terms import Metric
from triage.domain.ticket import FactKind, Priority
from triage.engine import by_hand, reconcile, respond
from triage.engine.context import Clock, Context
from triage.engine.fold import fold
from triage.engine.respond import NotPossible
from triage.store import ledger, mails, queries
from triage.store.queries import Filters, QueueState
from triage.web import contact_pages
from triage.web.acts import carry_out, cleaned
from triage.web.asked import ID, found, page_number
from triage.web.incidents import PAGES_SHOWN

#: How much of a long timeline is shown.
FACTS_SHOWN = 300
#: Over which time the finds of the sweeps are counted.
FINDS_SHOWN = timedelta(days=1)
#: How much of a quarantined body is shown, in bytes.
EXCERPT = 2048

STATES = {
    QueueState.UNANSWERED: "nobody has it",
    QueueState.ACKNOWLEDGED: "somebody has it",
    QueueState.BREACHED: "breached",
    QueueState.PROVISIONAL: "provisional",
    QueueState.NO_CUSTOMER: "unknown customer",
    QueueState.FLAGGED: "flagged",
    QueueState.CLOSED: "closed",
}

Model = dict[str, Any]


def blueprint(context: Context, clock: Clock, read_token: Callable[[str], str | None]) -> Blueprint:
    """All pages over one context; `read_token` gives the page's id behind an acknowledge link."""
    routes = Blueprint("dashboard", __name__)
    _add_lists(routes, context, clock)
    _add_ticket(routes, context, clock)
    _add_acts(routes, context, clock)
    _add_acknowledge(routes, context, clock, read_token)
    return routes


def _add_lists(routes: Blueprint, context: Context, clock: Clock) -> None:
    @routes.get("/")
    def queue() -> str:
        return render_template("queue.html", **_queue(context, clock()))

    @routes.get("/live/queue")
    def live_queue() -> str:
        return render_template("_queue.html", **_queue(context, clock()))

    @routes.get("/jira")
    def jira() -> str:
        return render_template("jira.html", **_jira(context, clock()))

    @routes.get("/quarantine")
    def quarantine() -> str:
        page = page_number()
        with context.database.read() as conn:
            events = queries.quarantine(conn, page, EXCERPT)
        shown, more = events[: queries.PAGE], len(events) > queries.PAGE
        return render_template("quarantine.html", events=shown, page=page, more=more, now=clock())


def _queue(context: Context, now: datetime) -> Model:
    filters, page = _filters(), page_number()
    asked = {name: value for name, value in asdict(filters).items() if value}
    with context.database.read() as conn:
        config = context.configurations.current(conn)
        rows = queries.queue(conn, filters, page)
        shown = rows[: queries.PAGE]
        ids = [row["id"] for row in shown]
        return {
            "tickets": shown,
            "clocks": _grouped(queries.clocks_of(conn, ids), "ticket_id"),
            "incidents": _grouped(queries.incidents_of(conn, ids), "ticket_id"),
            "unanswered": queries.unanswered(conn),
            "loudest": queries.newest_incidents(conn, size=3, state=IncidentState.TRIGGERED)[:3],
            "quarantined": queries.quarantined(conn),
            "held_mails": mails.held(conn),
            "without_customer": queries.without_customer(conn),
            "jira_silent": is_silent(reconcile.silence(conn), config.reconcile.silent_after, now),
            "customers": config.customers,
            "people": config.responders,
            "observe_only": config.observe_only,
            "asked": asked,
            "page": page,
            "more": len(rows) > queries.PAGE,
            "priorities": list(Priority),
            "states": STATES,
            "now": now,
        }


def _jira(context: Context, now: datetime) -> Model:
    """How it stands with Jira: does it call us, do the sweeps go through, does it take what we write?"""
    with context.database.read() as conn:
        config = context.configurations.current(conn)
        found = reconcile.silence(conn)
        return {
            "instances": sorted(context.sources),
            "sweeps": queries.jobs_named(conn, reconcile.job_name("")),
            "backfills": queries.jobs_named(conn, "backfill/"),
            "found": found,
            "finds": reconcile.finds(conn, now - FINDS_SHOWN),
            "silent": is_silent(found, config.reconcile.silent_after, now),
            "waiting": queries.writes_waiting(conn),
            "failing": queries.failing_writes(conn, now),
            "projects": config.jira.projects,
            "write_back_on": [name for name, switch in asdict(config.write_back).items() if switch],
            "now": now,
        }


def _filters() -> Filters:
    """What the address asks for; a value that is no choice of ours narrows nothing."""
    priority, state = request.args.get("priority", ""), request.args.get("state", "")
    return Filters(
        priority=priority if priority in Priority.__members__ else "",
        customer=cleaned(request.args.get("customer", "")),
        state=state if state in STATES else "",
        words=cleaned(request.args.get("words", "")),
    )


def _instant(words: str) -> datetime:
    """What the browser's field for a time holds: a date and a time, which the form calls UTC."""
    try:
        return datetime.fromisoformat(words).replace(tzinfo=UTC)
    except ValueError:
        abort(400, f"{words!r} is no time; write it in UTC, like 2026-11-23T14:03.")


def _breach() -> Identity:
    """Which cycle of the ticket a form speaks of."""
    metric = request.form.get("metric", "")
    if metric not in set(Metric):
        abort(400, f"{metric!r} is no promise; there are {', '.join(Metric)}.")
    return Metric(metric), request.form.get("began_by", "")


def _add_ticket(routes: Blueprint, context: Context, clock: Clock) -> None:
    @routes.get(f"/tickets/<{ID}:ticket_id>")
    def ticket(ticket_id: int) -> str:
        return render_template("ticket.html", **_ticket(context, ticket_id, clock()))

    @routes.get(f"/live/tickets/<{ID}:ticket_id>")
    def live_ticket(ticket_id: int) -> str:
        return render_template("_ticket.html", **_ticket(context, ticket_id, clock()))


def _ticket(context: Context, ticket_id: int, now: datetime) -> Model:
    with context.database.read() as conn:
        row = found(queries.ticket(conn, ticket_id), "ticket", ticket_id)
        config = context.configurations.current(conn)
        folded = fold(conn, config, ticket_id, now)
        incidents = queries.incidents_of(conn, [ticket_id])
        customer_pages = queries.customer_pages_of(conn, ticket_id)
        subjects = [f"ticket/{ticket_id}", *(f"incident/{incident['id']}" for incident in incidents)]
        judgement = folded.judged[-1].judgement if folded.judged else None
        # A snapshot repeats what the other facts say one by one.
        facts = [fact for fact in folded.timeline.facts if fact.kind is not FactKind.SNAPSHOT]
        return {
            "ticket": row,
            "customer": folded.customer,
            "clocks": sorted(folded.clocks, key=lambda one: not one.is_going),
            "decisions": queries.decisions_of(conn, ticket_id),
            "shadows": queries.shadows_of(conn, ticket_id),
            "questions": _questions(judgement),
            "suggestion": judgement.suggestion if judgement else None,
            "incidents": incidents,
            "ledger": ledger.of_incidents(conn, [incident["id"] for incident in incidents], PAGES_SHOWN),
            "customer_pages": customer_pages,
            "contact_ledger": _contact_ledger(conn, [asked.id for asked in customer_pages]),
            "contact_line": contact_pages.line(folded.customer, now),
            "notices": queries.notices_of(conn, ticket_id),
            "facts": facts[-FACTS_SHOWN:],
            "exclusions": queries.exclusions_of(conn, ticket_id),
            "answers": folded.timeline.answers_by_hand,
            "facts_left_out": max(0, len(facts) - FACTS_SHOWN),
            "description": folded.timeline.words("description"),
            "audit": queries.audit_of(conn, subjects),
            "writes": queries.writes_of(conn, ticket_id),
            "mails": mails.of_ticket(conn, ticket_id),
            "related": _related(conn, row),
            "by_mail": folded.timeline.by_mail,
            "differences": differences(folded.clocks, queries.source_clocks_of(row), config.source_metrics),
            "observed": config.observes(folded.customer),
            "people": {**config.responders, **{name: one.paged_as for name, one in config.contacts.items()}},
            "priorities": list(Priority),
            "axes": VALUES,
            "now": now,
        }


def _related(conn: Connection, ticket: Any) -> list[tuple[str, Any]]:
    """The ticket in which a mail's goes on, and the mail's that this one goes on from."""
    numbers = {"It goes on as": ticket["goes_on_in"], "A mail opened it:": mails.origin_of(conn, ticket["id"])}
    return [(words, queries.ticket(conn, number)) for words, number in numbers.items() if number is not None]


def _questions(judgement: Judgement | None) -> list[str]:
    if judgement is None or not judgement.provisional:
        return []
    return open_questions(judgement.production, judgement.workaround)


def _contact_ledger(conn: Connection, numbers: list[int]) -> dict[int, list[Model]]:
    """The pages of each customer page."""
    shown = ledger.whole(conn, queries.pages_of_customer_pages(conn, numbers, PAGES_SHOWN))
    return _grouped(shown, "customer_page_id")


def _grouped(rows: Iterable[Any], column: str) -> dict[Any, list[Any]]:
    groups: dict[Any, list[Any]] = defaultdict(list)
    for row in rows:
        groups[row[column]].append(row)
    return groups


def _add_acts(routes: Blueprint, context: Context, clock: Clock) -> None:
    act = partial(carry_out, context)

    def must_exist(ticket_id: int) -> None:
        with context.database.read() as conn:
            found(queries.ticket(conn, ticket_id), "ticket", ticket_id)

    @routes.post(f"/tickets/<{ID}:ticket_id>/decide")
    def decide(ticket_id: int) -> Response:
        now, wanted, reason = clock(), request.form.get("priority", ""), cleaned(request.form.get("reason", ""))
        if wanted not in Priority.__members__:
            abort(400, f"{wanted!r} is no priority; choose one of {', '.join(Priority)}.")
        must_exist(ticket_id)
        return act(
            f"Decided: {wanted}. It stands until a human decides otherwise.",
            url_for("dashboard.ticket", ticket_id=ticket_id),
            lambda conn: by_hand.decide_by_hand(
                conn, context, ticket_id, Priority(wanted), g.account.name, reason, now
            ),
        )

    @routes.post(f"/tickets/<{ID}:ticket_id>/state")
    def state(ticket_id: int) -> Response:
        now, reason = clock(), cleaned(request.form.get("reason", ""))
        values = {axis: value for axis in Axis if (value := request.form.get(axis, ""))}
        must_exist(ticket_id)
        return act(
            f"Stated {', '.join(f'{axis} {value}' for axis, value in values.items())}; the policy has decided anew.",
            url_for("dashboard.ticket", ticket_id=ticket_id),
            lambda conn: by_hand.state_by_hand(conn, context, ticket_id, values, g.account.name, reason, now),
        )

    @routes.post(f"/tickets/<{ID}:ticket_id>/answer")
    def answer(ticket_id: int) -> Response:
        now, at, reason = clock(), _instant(request.form.get("at", "")), cleaned(request.form.get("reason", ""))
        must_exist(ticket_id)
        return act(
            f"Answered at {at:%Y-%m-%d %H:%M:%S} UTC: the clocks count it as a public comment.",
            url_for("dashboard.ticket", ticket_id=ticket_id),
            lambda conn: by_hand.answer_by_hand(conn, context, ticket_id, at, g.account.name, reason, now),
        )

    @routes.post(f"/tickets/<{ID}:ticket_id>/withdraw")
    def withdraw(ticket_id: int) -> Response:
        now, key, reason = clock(), request.form.get("key", ""), cleaned(request.form.get("reason", ""))
        must_exist(ticket_id)
        return act(
            "Withdrawn: the clocks count it no more.",
            url_for("dashboard.ticket", ticket_id=ticket_id),
            lambda conn: by_hand.withdraw_answer(conn, context, ticket_id, key, g.account.name, reason, now),
        )

    @routes.post(f"/tickets/<{ID}:ticket_id>/exclude")
    def exclude(ticket_id: int) -> Response:
        now, breach, reason = clock(), _breach(), cleaned(request.form.get("reason", ""))
        must_exist(ticket_id)
        return act(
            "Excluded: the breach is no longer in the statement, and stays to be seen here.",
            url_for("dashboard.ticket", ticket_id=ticket_id),
            lambda conn: by_hand.exclude_breach(conn, context, ticket_id, breach, g.account.name, reason, now),
        )

    @routes.post(f"/tickets/<{ID}:ticket_id>/include")
    def include(ticket_id: int) -> Response:
        now, breach, reason = clock(), _breach(), cleaned(request.form.get("reason", ""))
        must_exist(ticket_id)
        return act(
            "The breach is in the statement again.",
            url_for("dashboard.ticket", ticket_id=ticket_id),
            lambda conn: by_hand.include_breach(conn, ticket_id, breach, g.account.name, reason, now),
        )


def _add_acknowledge(
    routes: Blueprint, context: Context, clock: Clock, read_token: Callable[[str], str | None]
) -> None:
    def page_id_of(token: str) -> str:
        page_id = read_token(token)
        if page_id is None:
            abort(404, "This link is not one of ours. Open the newest page that you were sent.")
        return page_id

    @routes.get("/ack/<token>")
    def acknowledge_page(token: str) -> str:
        return render_template("acknowledge.html", **_acknowledgement(context, page_id_of(token), clock()))

    @routes.post("/ack/<token>")
    def acknowledge_post(token: str) -> tuple[str, int]:
        page_id, now = page_id_of(token), clock()
        refused = ""
        try:
            with context.database.write() as conn:
                respond.acknowledge_page(conn, context, page_id, now)
        except NotPossible as error:
            refused = str(error)
        shown = _acknowledgement(context, page_id, now)
        return render_template("acknowledge.html", **shown, refused=refused), 409 if refused else 200


def _acknowledgement(context: Context, page_id: str, now: datetime) -> Model:
    """What a person woken at 3 a.m. needs to know about one page."""
    with context.database.read() as conn:
        page = queries.page_with_ticket(conn, page_id)
        if page is None:
            abort(404, "This link belongs to no page. Open the newest page that you were sent.")
        config = context.configurations.current(conn)
        folded = fold(conn, config, page["ticket_id"], now)
    judgement = folded.judged[-1].judgement if folded.judged else None
    going = [(clock.due_at, clock) for clock in folded.clocks if clock.is_going and clock.due_at]
    return {
        "page": page,
        "customer": folded.customer,
        "judgement": judgement,
        "questions": _questions(judgement),
        "clocks": [clock for _, clock in sorted(going, key=lambda pair: pair[0])],
        "description": folded.timeline.words("description"),
        "people": config.responders,
        "now": now,
    }
