"""The guards in front of every request: the list of hosts, who it is, what they may do, and what browsers obey."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import Flask, Response, abort, g, redirect, request, session, url_for
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response as BaseResponse

from triage.domain.rights import Role
from triage.engine.context import Clock, Context
from triage.store import people, tokens
from triage.store.people import Account
from triage.web import rights
from triage.web.asked import bearer_token

#: Where programs call, with a token in place of a session.
PROGRAMS = ("/api/", "/metrics")
#: How long somebody stays signed in: a long shift, and no longer.
SESSION_LIFE = timedelta(hours=16)

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
#: Two years, as browsers' lists ask for; only said where the service is reached by HTTPS.
HSTS = "max-age=63072000; includeSubDomains"


def begin_session(account: Account, now: datetime) -> None:
    """From here on this browser is that account."""
    session.clear()
    session["account"], session["epoch"], session["since"] = account.id, account.epoch, now.isoformat()


def register(
    app: Flask, context: Context, clock: Clock, allowed_hosts: tuple[str, ...], *, https: bool
) -> CSRFProtect:
    """Put the guards in front of every request."""
    csrf = CSRFProtect()

    @app.before_request
    def _check_host() -> None:
        name = request.host.rpartition(":")[0] or request.host
        if name.strip("[]") not in allowed_hosts and not request.path.startswith("/webhooks/"):
            abort(400, f"This service does not answer under {name!r}; TRIAGE_ALLOWED_HOSTS lists its names.")

    @app.before_request
    def _load_account() -> None:
        secret = bearer_token() if request.path.startswith(PROGRAMS) else ""
        g.account = _program(context, secret, clock()) if secret else _person(context, clock())

    csrf.init_app(app)  # after the account is known, since what a program sends needs no such token

    @app.before_request
    def _check_right() -> BaseResponse | None:
        endpoint = request.endpoint
        if endpoint is None or endpoint in rights.OPEN:
            return None
        if g.account is None:
            return _unknown()
        if not rights.may(g.account.role, endpoint):
            abort(
                403, f"This needs the role {rights.RIGHTS[endpoint]!s}, and {g.account.name} is {g.account.role!s}."
            )
        if request.path.startswith(PROGRAMS) and not g.account.is_program:
            csrf.protect()  # the API is exempt from the check of forms, and a session is a cookie there too
        return None

    @app.after_request
    def _harden(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.update(HEADERS)
        if https:
            response.headers["Strict-Transport-Security"] = HSTS
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response

    app.jinja_env.globals["may"] = lambda endpoint: rights.may(_role(), endpoint)
    return csrf


def _role() -> Role | None:
    account = g.get("account")
    return account.role if account else None


def _person(context: Context, now: datetime) -> Account | None:
    """Whose session this browser has: none that is too old, or that was ended meanwhile."""
    account_id, since = session.get("account"), session.get("since", "")
    if account_id is None or not since or now - datetime.fromisoformat(since) > SESSION_LIFE:
        return None
    with context.database.read() as conn:
        account = people.get(conn, account_id)
    return account if account is not None and account.epoch == session.get("epoch") else None


def _program(context: Context, secret: str, now: datetime) -> Account | None:
    """Who brings that token; the audit calls them by its name."""
    with context.database.read() as conn:
        token = tokens.with_secret(conn, secret, now)
    if token is None:
        return None
    if token.is_used_afresh(now):
        with context.database.write() as conn:
            tokens.used(conn, token.id, now)
    return Account(None, token.name, token.role)


def _unknown() -> BaseResponse:
    """Nobody is signed in: a program is told so, a person is led to where they can, and back afterwards."""
    if request.path.startswith(PROGRAMS):
        abort(401, "Sign in first. Programs bring a token: `python app.py token add` makes one.")
    if request.method != "GET" or request.path.startswith("/live/"):
        return redirect(url_for("signin.form"))
    here = request.full_path.removesuffix("?")
    return redirect(url_for("signin.form", next=here if here != "/" else None))
