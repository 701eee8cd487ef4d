"""The pages where one signs in and out: by a password, a one-time link, or an OpenID provider."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response

from triage.domain.rights import Role
from triage.engine import sign_in
from triage.engine.context import Clock, Context
from triage.engine.respond import NotPossible
from triage.web.acts import cleaned
from triage.web.auth import begin_session
from triage.web.limits import SIGN_IN, Limits
from triage.web.oidc import Provider, Unproved, role_of

#: Where the browser is led after it has been at the provider's, kept in its session meanwhile.
NEXT = "next"


def blueprint(
    context: Context, clock: Clock, limits: Limits, provider: Provider | None, roles: Mapping[str, Role]
) -> Blueprint:
    """The pages; `provider` is there if one is set up, `roles` says what its groups may do."""
    routes = Blueprint("signin", __name__)
    _add_own(routes, context, clock, limits, has_provider=provider is not None)
    if provider is not None:
        _add_provider(routes, context, clock, limits, provider, roles)

    @routes.post("/signout")
    def signout() -> Response:
        session.clear()
        return redirect(url_for("signin.form"))

    return routes


def _add_own(routes: Blueprint, context: Context, clock: Clock, limits: Limits, *, has_provider: bool) -> None:
    def page(name: str = "", refused: str = "") -> str:
        shown = {"name": name, "refused": refused, "next": _next(), "has_provider": has_provider}
        return render_template("signin.html", secret=None, **shown)

    @routes.get("/signin")
    def form() -> tuple[str, int]:
        return page(), 401

    @routes.post("/signin")
    @limits.at_most(SIGN_IN)
    def by_password() -> Response | tuple[str, int]:
        name = cleaned(request.form.get("name", ""))
        try:
            account = sign_in.by_password(context, name, request.form.get("password", ""), clock())
        except NotPossible as error:
            return page(name, str(error)), 403
        begin_session(account, clock())
        return redirect(_next())

    @routes.get("/signin/<secret>")
    def link(secret: str) -> str:
        """A link that only shows a button is not used up by mail scanners and previews."""
        return render_template("signin.html", secret=secret)

    @routes.post("/signin/<secret>")
    @limits.at_most(SIGN_IN)
    def by_link(secret: str) -> Response:
        try:
            account = sign_in.by_link(context, secret, clock())
        except NotPossible as error:
            abort(403, str(error))
        begin_session(account, clock())
        return redirect(_next())


def _add_provider(
    routes: Blueprint,
    context: Context,
    clock: Clock,
    limits: Limits,
    provider: Provider,
    roles: Mapping[str, Role],
) -> None:
    def refused(words: str) -> Response:
        flash(words, "refused")
        return redirect(url_for("signin.form"))

    @routes.get("/signin/oidc")
    @limits.at_most(SIGN_IN)
    def oidc() -> Response:
        session[NEXT] = _next()
        try:
            return provider.begin(url_for("signin.by_oidc", _external=True))
        except Unproved as error:
            return refused(str(error))

    @routes.get("/signin/oidc/callback")
    @limits.at_most(SIGN_IN)
    def by_oidc() -> Response:
        after = session.get(NEXT, "/")
        try:
            found = provider.end()
            role = role_of(found.groups, roles)
            account = sign_in.by_identity(context, found.key, found.name, role, clock())
        except (Unproved, NotPossible) as error:
            return refused(str(error))
        begin_session(account, clock())
        return redirect(after)


def _next() -> str:
    """Where to go afterwards: a place of ours, whatever the address says."""
    wanted = request.values.get("next", "/")
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if ours else "/"
