"""The HTTP side: webhooks, dashboard, acknowledge links, and what the operator's tools ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from flask import Flask, g

from triage.engine.accept_mail import accept_into
from triage.engine.context import Clock, Context
from triage.ports import MailProvider
from triage.settings import Settings
from triage.web import (
    accounts,
    api,
    audit_log,
    auth,
    contact_pages,
    dashboard,
    incident_acts,
    incidents,
    jobs,
    ledger,
    mail_webhooks,
    mails,
    maintenance,
    oncall,
    ops,
    problems,
    reports,
    rights,
    signin,
    views,
    webhooks,
)
from triage.web.limits import LINKS, Limits
from triage.web.links import Tokens
from triage.web.oidc import Provider
from triage.web.webhooks import Sender

__all__ = ["Sender", "Worker", "create_web"]


@dataclass(frozen=True, slots=True)
class Worker:
    """The workers of this process, if it has any: how to wake them, and whether they are alive."""

    wake: Callable[[], None]
    is_ticking: Callable[[], bool]


def create_web(
    context: Context,
    clock: Clock,
    settings: Settings,
    senders: Iterable[Sender],
    tokens: Tokens,
    worker: Worker,
    mail_providers: Iterable[MailProvider] = (),
) -> Flask:
    """The Flask application over one context."""
    app = Flask(__name__)
    secure = settings.public_url.startswith("https://")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_COOKIE_NAME="__Host-triage" if secure else "triage",  # so named, no other host can set it
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,  # the Referrer-Policy hides what it would look at
    )
    problems.register(app)
    views.register(app)
    csrf = auth.register(app, context, clock, settings.allowed_hosts, https=secure)
    limits = Limits(app)
    provider = Provider(app, settings) if settings.oidc_issuer else None
    app.register_blueprint(signin.blueprint(context, clock, limits, provider, settings.oidc_roles))
    app.register_blueprint(accounts.blueprint(context, clock, settings.public_url))
    app.register_blueprint(audit_log.blueprint(context, clock))
    hooks = webhooks.blueprint(context, clock, senders, settings.max_body_bytes, worker.wake)
    csrf.exempt(hooks)
    app.register_blueprint(hooks)
    accept = accept_into(context, clock, worker.wake)
    post = mail_webhooks.blueprint(accept, settings.mail_webhook_token, mail_providers, settings.max_body_bytes)
    csrf.exempt(post)
    app.register_blueprint(post)
    app.register_blueprint(ops.blueprint(context, clock, worker.is_ticking))
    api.register(app, context, clock, csrf, limits)
    app.register_blueprint(dashboard.blueprint(context, clock, read_token=tokens.acknowledge.read))
    app.register_blueprint(incidents.blueprint(context, clock))
    app.register_blueprint(incident_acts.blueprint(context, clock))
    app.register_blueprint(ledger.blueprint(context, clock))
    app.register_blueprint(oncall.blueprint(context, clock))
    app.register_blueprint(maintenance.blueprint(context, clock))
    app.register_blueprint(reports.blueprint(context, clock))
    app.register_blueprint(jobs.blueprint(context, clock))
    app.register_blueprint(contact_pages.blueprint(context, clock, read_token=tokens.contact.read))
    app.register_blueprint(mails.blueprint(context, clock, read_token=tokens.confirm.read))
    for name in rights.LINKED:
        view = app.view_functions[name]
        csrf.exempt(view)
        app.view_functions[name] = limits.at_most(LINKS)(view)
    rights.check(app.view_functions)

    @app.context_processor
    def _account() -> dict[str, object]:
        return {"account": g.get("account")}

    return app
