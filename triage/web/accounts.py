"""One's own account, and for admins everybody's: who is let in, what they may do, and the tokens of programs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from flask import Blueprint, abort, flash, g, redirect, render_template, request, url_for
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response

from triage.domain.rights import SHORTEST_PASSWORD, Role
from triage.engine import accounts
from triage.engine.context import Clock, Context
from triage.engine.respond import NotPossible
from triage.store import people, tokens
from triage.web.acts import carry_out, cleaned
from triage.web.asked import ID
from triage.web.auth import begin_session


def blueprint(context: Context, clock: Clock, public_url: str) -> Blueprint:
    """The pages and their forms."""
    routes = Blueprint("accounts", __name__)
    _add_own(routes, context, clock)
    _add_accounts(routes, context, clock, public_url)
    _add_tokens(routes, context, clock)
    return routes


def _add_own(routes: Blueprint, context: Context, clock: Clock) -> None:
    @routes.get("/account")
    def own() -> str:
        with context.database.read() as conn:
            row = people.row_of(conn, g.account.id)
            paged_as = context.configurations.current(conn).people.get(g.account.name)
        return render_template("account.html", row=row, paged_as=paged_as, shortest=SHORTEST_PASSWORD)

    @routes.post("/account/password")
    def password() -> Response:
        new, again = request.form.get("password", ""), request.form.get("again", "")
        try:
            if new != again:
                raise NotPossible("The two do not agree: type the new password again.")
            digest = accounts.digest_of(new, g.account.name)  # before the transaction, since it takes a while
            with context.database.write() as conn:
                renewed = accounts.set_password(conn, g.account, digest, clock())
            begin_session(renewed, clock())
            flash("Your password is changed; wherever else you were signed in, you are no longer.", "done")
        except NotPossible as error:
            flash(str(error), "refused")
        return redirect(url_for("accounts.own"))


def _add_accounts(routes: Blueprint, context: Context, clock: Clock, public_url: str) -> None:
    def shown(fresh: str = "", fresh_for: str = "") -> str:
        now = clock()
        with context.database.read() as conn:
            rows, programs = people.listed(conn), tokens.listed(conn, now)
        return render_template(
            "accounts.html",
            accounts=rows,
            tokens=programs,
            roles=list(Role),
            fresh=fresh,
            fresh_for=fresh_for,
            life=accounts.TOKEN_LIFE.days,
            longest_life=accounts.LONGEST_TOKEN_LIFE.days,
            now=now,
        )

    def with_link(do: Callable[[Connection, datetime], tuple[people.Account, str]]) -> str | Response:
        """Carry out what makes a link, and show it this once: only its hash is stored."""
        try:
            with context.database.write() as conn:
                account, secret = do(conn, clock())
        except NotPossible as error:
            flash(str(error), "refused")
            return redirect(url_for("accounts.overview"))
        return shown(f"{public_url}/signin/{secret}", f"{account.name} signs in once by this link, within 24 hours")

    def act(done: str, do: Callable[[Connection], object]) -> Response:
        return carry_out(context, done, url_for("accounts.overview"), do)

    @routes.get("/accounts")
    def overview() -> str:
        return shown()

    @routes.post("/accounts")
    def add() -> str | Response:
        name, role = cleaned(request.form.get("name", "")), _role()
        return with_link(lambda conn, now: accounts.add(conn, name, role, g.account.name, now))

    @routes.post(f"/accounts/<{ID}:number>/link")
    def invite(number: int) -> str | Response:
        return with_link(lambda conn, now: accounts.invite(conn, _there(conn, number), g.account.name, now))

    @routes.post(f"/accounts/<{ID}:number>/role")
    def role(number: int) -> Response:
        now, wanted = clock(), _role()
        return act(
            f"The role is {wanted} from now on.",
            lambda conn: accounts.change_role(conn, _there(conn, number), wanted, g.account.name, now),
        )

    @routes.post(f"/accounts/<{ID}:number>/disable")
    def disable(number: int) -> Response:
        now = clock()
        return act(
            "Disabled: they are signed out everywhere and are not let in again.",
            lambda conn: accounts.disable(conn, _there(conn, number), g.account.name, now),
        )

    @routes.post(f"/accounts/<{ID}:number>/enable")
    def enable(number: int) -> Response:
        now = clock()
        return act(
            "They are let in again.",
            lambda conn: accounts.enable(conn, _there(conn, number), g.account.name, now),
        )

    @routes.post(f"/accounts/<{ID}:number>/signout")
    def sign_out(number: int) -> Response:
        now = clock()
        return act(
            "They are signed out everywhere.",
            lambda conn: accounts.sign_out(conn, _there(conn, number), g.account.name, now),
        )

    @routes.post("/tokens")
    def add_token() -> str | Response:
        name, life = (
            cleaned(request.form.get("name", "")),
            timedelta(days=request.form.get("days", 0, type=int) % 10_000),
        )
        try:
            with context.database.write() as conn:
                _, secret = accounts.add_token(conn, name, _role(), life, g.account, clock())
        except NotPossible as error:
            flash(str(error), "refused")
            return redirect(url_for("accounts.overview"))
        return shown(secret, f"The token of {name}: Authorization: Bearer …")


def _add_tokens(routes: Blueprint, context: Context, clock: Clock) -> None:
    @routes.post(f"/tokens/<{ID}:number>/revoke")
    def revoke_token(number: int) -> Response:
        now = clock()
        return carry_out(
            context,
            "The token is revoked for ever.",
            url_for("accounts.overview"),
            lambda conn: accounts.revoke_token(conn, number, g.account.name, now),
        )


def _role() -> Role:
    wanted = request.form.get("role", "")
    if wanted not in set(Role):
        abort(400, f"{wanted!r} is no role; choose one of {', '.join(Role)}.")
    return Role(wanted)


def _there(conn: Connection, number: int) -> int:
    if people.row_of(conn, number) is None:
        abort(404, f"There is no account {number}.")
    return number
