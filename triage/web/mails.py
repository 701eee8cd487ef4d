"""The pages of mails: what became of each, what waits for a human, and the page behind a contact's confirm link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, g, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from triage.domain.configuration import DEFAULT
from triage.domain.mail_content import unpack
from triage.domain.mail_outcome import Fate
from triage.engine import by_hand, held_mail
from triage.engine.context import Clock, Context
from triage.engine.mail_threads import post_of
from triage.engine.mail_words import confirm_words
from triage.engine.respond import NotPossible
from triage.store import mails, queries
from triage.store.mails import MailRow
from triage.web.acts import carry_out, cleaned
from triage.web.asked import ID, found, page_number

#: What the list calls the choice of all fates.
ALL = "all"


def blueprint(context: Context, clock: Clock, read_token: Callable[[str], str | None]) -> Blueprint:
    """The pages and forms; `read_token` gives the mail's number behind a confirm link."""
    routes = Blueprint("mails", __name__)
    _add_pages(routes, context, clock)
    _add_acts(routes, context, clock)
    _add_confirm(routes, context, clock, read_token)
    return routes


def _add_pages(routes: Blueprint, context: Context, clock: Clock) -> None:
    @routes.get("/mails")
    def overview() -> str:
        fate, page = request.args.get("fate", Fate.HELD), page_number()
        fate = fate if fate in {ALL, *Fate} else Fate.HELD
        with context.database.read() as conn:
            rows = mails.listed(conn, "" if fate == ALL else fate, page, queries.PAGE)
            held = mails.held(conn)
            config = context.configurations.current(conn)
        return render_template(
            "mails.html",
            mails=rows[: queries.PAGE],
            more=len(rows) > queries.PAGE,
            held=held,
            fate=fate,
            fates=[*Fate, ALL],
            customers=config.customers,
            mailboxes=config.mail.mailboxes,
            page=page,
            now=clock(),
        )

    @routes.get(f"/mails/<{ID}:mail_id>")
    def mail(mail_id: int) -> str:
        row = _found(mail_id)
        with context.database.read() as conn:
            body, _ = mails.raw(conn, row)
            config = context.configurations.current(conn)
            audit = queries.audit_of(conn, [f"mail/{mail_id}"])
        customers = {name: one.display_name for name, one in config.customers.items() if name != DEFAULT}
        read = post_of(context).read(unpack(body)[1]) if context.post else None
        return render_template(
            "mail.html",
            mail=row,
            read=read,
            size=len(body),
            customers=customers,
            audit=audit,
            people=config.responders,
            now=clock(),
        )

    @routes.get(f"/mails/<{ID}:mail_id>/raw")
    def raw(mail_id: int) -> Response:
        """The message as it came. It is downloaded and never shown, since a browser might run what is in it."""
        row = _found(mail_id)
        with context.database.read() as conn:
            body, _ = mails.raw(conn, row)
        headers = {"Content-Disposition": f"attachment; filename=mail-{mail_id}.eml"}
        return Response(unpack(body)[1], content_type="application/octet-stream", headers=headers)

    def _found(mail_id: int) -> MailRow:
        with context.database.read() as conn:
            return found(mails.get(conn, mail_id), "mail", mail_id)


def _add_acts(routes: Blueprint, context: Context, clock: Clock) -> None:
    @routes.post(f"/mails/<{ID}:mail_id>/release")
    def release(mail_id: int) -> BaseResponse:
        now, customer = clock(), request.form.get("customer", "") or None
        learned = " The sender is theirs from now on." if customer else ""
        return carry_out(
            context,
            f"Released: it pages as any mail of theirs.{learned}",
            url_for("mails.mail", mail_id=mail_id),
            lambda conn: held_mail.release(conn, context, mail_id, g.account.name, now, customer=customer),
        )

    @routes.post(f"/mails/<{ID}:mail_id>/drop")
    def drop(mail_id: int) -> BaseResponse:
        now, reason = clock(), cleaned(request.form.get("reason", ""))
        return carry_out(
            context,
            "Dropped: nothing follows from it. It stays to be seen here.",
            url_for("mails.mail", mail_id=mail_id),
            lambda conn: held_mail.drop(conn, context, mail_id, g.account.name, reason, now),
        )

    @routes.post(f"/tickets/<{ID}:ticket_id>/close")
    def close(ticket_id: int) -> BaseResponse:
        now, reason = clock(), cleaned(request.form.get("reason", ""))
        with context.database.read() as conn:
            found(queries.ticket(conn, ticket_id), "ticket", ticket_id)
        return carry_out(
            context,
            "Closed. A mail that answers it opens it again, and pages.",
            url_for("dashboard.ticket", ticket_id=ticket_id),
            lambda conn: by_hand.close_ticket(conn, context, ticket_id, g.account.name, reason, now),
        )


def _add_confirm(routes: Blueprint, context: Context, clock: Clock, read_token: Callable[[str], str | None]) -> None:
    def look(token: str) -> MailRow:
        number = read_token(token)
        with context.database.read() as conn:
            row = mails.get(conn, int(number)) if number and number.isdecimal() else None
        if row is None:
            abort(404, "This link is not one of ours. Open the newest mail that you were sent.")
        return row

    def shown(row: MailRow) -> dict[str, Any]:
        with context.database.read() as conn:
            customer = context.configurations.current(conn).customers.get(row.customer or "")
        return {"mail": row, "words": confirm_words(row, customer.language if customer else "en")}

    @routes.get("/confirm/<token>")
    def confirm_page(token: str) -> str:
        """Looking at it does nothing, so that a mail scanner that follows links confirms nothing."""
        return render_template("confirm.html", **shown(look(token)))

    @routes.post("/confirm/<token>")
    def confirm(token: str) -> tuple[str, int]:
        row, status = look(token), 200
        try:
            with context.database.write() as conn:
                held_mail.confirm(conn, context, row.id, clock())
        except NotPossible:
            status = 409  # the page says what has become of it
        return render_template("confirm.html", **shown(look(token))), status
