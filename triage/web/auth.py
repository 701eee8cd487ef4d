"""Who is let in: one-time sign-in links, sessions, the list of hosts, and the headers that browsers obey."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import Blueprint, Flask, Response, abort, g, redirect, render_template, request, session, url_for
from flask_wtf.csrf import CSRFProtect
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response as BaseResponse

from triage.engine.context import Clock, Context
from triage.store import audit, people, tokens
from triage.web.asked import bearer_token

#: Where programs call, with a token in place of a session.
API = "/api/"
#: The role of a program.
TOKEN = "token"  # noqa: S105 - a word, no secret

P = ParamSpec("P")
R = TypeVar("R")

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)


#: What the links of customers' contacts are signed for.
CONTACT = "contact"
#: The same for the question whether a mail is theirs.
CONFIRM = "confirm"


class PageTokens:
    """Signs the ids of pages into links, which live as long as what the page belongs to.

    What is signed for our own people opens nothing for a customer's contacts (`CONTACT`), nor the other way round.
    """

    def __init__(self, secret_key: str, salt: str = "acknowledge") -> None:
        self._serializer = URLSafeSerializer(secret_key, salt=salt)

    def sign(self, page_id: str) -> str:
        return self._serializer.dumps(page_id)

    def read(self, token: str) -> str | None:
        """The page's id; None for a token that we did not sign."""
        try:
            page_id = self._serializer.loads(token)
        except BadSignature:
            return None
        return page_id if isinstance(page_id, str) else None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What signs the links in messages, each for its own purpose."""

    acknowledge: PageTokens
    contact: PageTokens
    confirm: PageTokens


def signed_in(view: Callable[P, R]) -> Callable[P, R | BaseResponse]:
    """Let only those in who have signed in; `g.account` is the account."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R | BaseResponse:
        if g.account is None:
            return redirect(url_for("auth.signin_help"))
        return view(*args, **kwargs)

    return guarded


def register(app: Flask, context: Context, clock: Clock, allowed_hosts: tuple[str, ...]) -> CSRFProtect:
    """Put the guards in front of every request."""
    csrf = CSRFProtect(app)

    @app.before_request
    def _check_host() -> None:
        name = request.host.rpartition(":")[0] or request.host
        if name.strip("[]") not in allowed_hosts and not request.path.startswith("/webhooks/"):
            abort(400, f"This service does not answer under {name!r}; TRIAGE_ALLOWED_HOSTS lists its names.")

    @app.before_request
    def _load_account() -> None:
        g.account = None
        if request.path.startswith(API) and (secret := bearer_token()):
            with context.database.read() as conn:
                token = tokens.with_secret(conn, secret)
            # A token stands for its name only: it has no number among the accounts.
            g.account = token and people.Account(0, token.name, TOKEN)
            return
        account_id = session.get("account")
        if account_id is not None:
            with context.database.read() as conn:
                g.account = people.get(conn, account_id)

    @app.after_request
    def _harden(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if request.endpoint != "static":
            response.headers["Cache-Control"] = "no-store"
        return response

    app.register_blueprint(_blueprint(context, clock))
    return csrf


def _blueprint(context: Context, clock: Clock) -> Blueprint:
    blueprint = Blueprint("auth", __name__)

    @blueprint.get("/signin")
    def signin_help() -> tuple[str, int]:
        return render_template("signin.html", secret=None), 401

    @blueprint.get("/signin/<secret>")
    def signin_page(secret: str) -> str:
        # A link that only shows a button is not used up by mail scanners and previews.
        return render_template("signin.html", secret=secret)

    @blueprint.post("/signin/<secret>")
    def signin(secret: str) -> BaseResponse:
        now = clock()
        with context.database.write() as conn:
            account = people.use_link(conn, secret, now)
            if account is None:
                abort(403, "This sign-in link is used up or too old. `python app.py signin` prints a new one.")
            audit.record(conn, who=account.name, act="signin", subject=f"account/{account.id}", now=now)
        session.clear()
        session["account"] = account.id
        return redirect(url_for("dashboard.queue"))

    @blueprint.post("/signout")
    def signout() -> BaseResponse:
        session.clear()
        return redirect(url_for("auth.signin_help"))

    return blueprint
