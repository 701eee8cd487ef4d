"""Wires the service together; the only file that knows every concrete class. `python app.py` serves everything."""

from __future__ import annotations

import fcntl
import os
import signal
import ssl
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_urlsafe
from threading import Event
from types import FrameType
from typing import Any

from flask import Flask
from waitress.server import create_server

from integrations import jira_inbound, pagerduty_inbound
from integrations.apprise_gateway import AppriseGateway
from integrations.console import ConsoleGateway
from integrations.http import Getter, Poster, WebhookGateway
from integrations.ical_inbound import IcalFile, IcalUrl
from integrations.jira_admin import JiraAdmin
from integrations.jira_client import JiraClient
from integrations.jira_inbound import JiraNormaliser
from integrations.mail_authentication import MailAuthenticator, organisation
from integrations.mail_dns import Resolver
from integrations.mail_imap import MailboxReader
from integrations.mail_mailgun import Mailgun
from integrations.mail_postmark import Postmark
from integrations.mail_reading import read_mail
from integrations.mail_sendgrid import SendGrid
from integrations.mail_ses import Ses
from integrations.mail_smtp import MailListener
from integrations.mail_transport import SmtpGateway
from integrations.pagerduty import PagerDutyGateway
from integrations.pagerduty_oncalls import PagerDutyOnCalls
from triage import cli, documents, settings, telemetry
from triage.domain.address_tags import Tags
from triage.domain.evidence import read_evidence
from triage.domain.schedule_source import SourceKind
from triage.engine import configure
from triage.engine.accept_mail import accept_into, is_mailbox
from triage.engine.configure import Configurations
from triage.engine.context import Clock, Context, Links, Post
from triage.engine.reconcile import job_name
from triage.engine.scheduler import Scheduler
from triage.ports import Attachment, Gateway, MailProvider
from triage.render.report_sheet import report_sheet
from triage.render.statement_pdf import statement_pdf
from triage.settings import Settings
from triage.store import jobs, leases, people
from triage.store.db import Database
from triage.store.tables import inbox, outbox
from triage.web import Sender, Worker, create_web
from triage.web.links import CONFIRM, CONTACT, PageTokens, Tokens


def clock() -> datetime:
    """The one place where the time is read."""
    return datetime.now(UTC)


def create_context(env: Settings, database: Database) -> Context:
    """The database, the stored configuration, and every way in and out that the environment sets up."""
    gateways: list[Gateway] = [ConsoleGateway(sys.stdout), AppriseGateway(clock), create_pagerduty(env)]
    if env.webhook_secret:
        poster = Poster(allowed_hosts=frozenset(env.webhook_hosts))
        gateways.append(WebhookGateway(env.webhook_secret, poster, clock))
    if env.smtp_url:
        gateways.append(SmtpGateway(env.smtp_url, env.mail_from, clock, name="smtp"))
    getter = Getter(deadline=15.0, allowed_hosts=frozenset(env.schedule_hosts))
    jiras = [create_jira(env)] if env.jira_url else []
    tokens = create_tokens(env)
    return Context(
        database=database,
        configurations=Configurations(),
        normaliser=JiraNormaliser(),
        sources={jira.instance: jira for jira in jiras},
        sinks={jira.instance: jira for jira in jiras},
        gateways={gateway.name: gateway for gateway in gateways},
        links=Links(
            acknowledge=lambda page_id: f"{env.public_url}/ack/{tokens.acknowledge.sign(page_id)}",
            ticket=lambda ticket_id: f"{env.public_url}/tickets/{ticket_id}",
            issue=lambda ref: f"{env.jira_url}/browse/{ref.key}" if env.jira_url and ref.key else "",
            oncall=f"{env.public_url}/oncall",
            feed=lambda secret: f"{env.public_url}/calendars/{secret}.ics",
            contact=lambda page_id: f"{env.public_url}/here/{tokens.contact.sign(page_id)}",
            confirm=lambda number: f"{env.public_url}/confirm/{tokens.confirm.sign(str(number))}",
            mails=f"{env.public_url}/mails",
        ),
        secret=os.environ.get,
        schedule_sources={
            SourceKind.ICAL: IcalUrl(getter, clock),
            SourceKind.ICAL_FILE: IcalFile(env.config_dir),
            SourceKind.PAGERDUTY: PagerDutyOnCalls(getter, clock),
        },
        call_backs={"pagerduty": pagerduty_inbound.read_event},
        post=create_post(env),
        printer=print_statement,
    )


def print_statement(report: Mapping[str, Any], rows: Iterable[Sequence[Any]]) -> tuple[Attachment, ...]:
    """The files that a statement is mailed as."""
    name = f"service-levels-{report['month']}"
    sheet = "".join(report_sheet(rows)).encode()
    return (
        Attachment(f"{name}.pdf", "application/pdf", statement_pdf(report)),
        Attachment(f"{name}.csv", "text/csv", sheet),
    )


def create_post(env: Settings) -> Post:
    """What reads a mail and finds out who stands behind it."""
    authenticator = MailAuthenticator(Resolver(env.dns_servers), clock)
    return Post(read_mail, authenticator, Tags(env.secret_key), env.mail_from)


def create_tokens(env: Settings) -> Tokens:
    """What signs the links in messages."""
    key = env.secret_key
    return Tokens(PageTokens(key), PageTokens(key, CONTACT), PageTokens(key, CONFIRM))


def create_pagerduty(env: Settings) -> PagerDutyGateway:
    """The way to every routing key; its two calls take 8 s at most, less than a delivery's lease."""
    poster = Poster(deadline=4.0, allowed_hosts=frozenset(env.webhook_hosts))
    return PagerDutyGateway(
        poster, clock, client_url=f"{env.public_url}/incidents", events_url=env.pagerduty_events_url
    )


def create_jira(env: Settings) -> JiraClient:
    """The one Jira that the environment names, with whichever login it gives."""
    return JiraClient(
        env.jira_url,
        env.jira_token,
        clock,
        user=env.jira_user,
        deadline=15.0,
        sla=True,
        api_url=env.jira_api_url,
        oauth_client=env.jira_client_id,
        token_url=env.jira_token_url,
    )


def create_app(context: Context, env: Settings, worker: Worker, now: Clock = clock) -> Flask:
    """The web side of a context."""
    return create_web(context, now, env, create_senders(env), create_tokens(env), worker, create_mail_providers(env))


def create_senders(env: Settings) -> list[Sender]:
    """Those who call us; each has an endpoint."""
    jira = Sender(
        source="jira",
        signature="X-Hub-Signature",
        identifier="X-Atlassian-Webhook-Identifier",
        verify=jira_inbound.verify_signature,
        delivery_id=jira_inbound.delivery_id,
        secrets=env.jira_webhook_secrets,
        unsigned="No X-Hub-Signature by TRIAGE_JIRA_WEBHOOK_SECRET, and no bearer token of TRIAGE_JIRA_BEARER_TOKEN.",
        tokens=env.jira_bearer_tokens,
    )
    pagerduty = Sender(
        source="pagerduty",
        signature="X-PagerDuty-Signature",
        identifier="X-Webhook-Id",
        verify=pagerduty_inbound.verify_signature,
        delivery_id=pagerduty_inbound.delivery_id,
        secrets=env.pagerduty_webhook_secrets,
        unsigned="No X-PagerDuty-Signature by any of TRIAGE_PAGERDUTY_WEBHOOK_SECRETS.",
    )
    return [jira, pagerduty]


def create_mail_providers(env: Settings) -> list[MailProvider]:
    """The services that may post mail to us: those of which the environment holds what proves them."""
    providers: list[MailProvider] = []
    if env.mailgun_signing_key:
        providers.append(Mailgun(env.mailgun_signing_key, clock))
    if env.postmark_password:
        providers.append(Postmark(env.postmark_password))
    if env.sendgrid_public_key:
        with _naming("TRIAGE_SENDGRID_PUBLIC_KEY"):
            providers.append(SendGrid(env.sendgrid_public_key))
    if env.ses_topic:
        providers.append(Ses(env.ses_topic, Getter().fetch))
    return providers


@contextmanager
def _naming(variable: str) -> Iterator[None]:
    """What the environment asks for cannot be done: say which variable asks for it, and do not start."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise cli.Refused(f"{variable}: {error}") from error


@contextmanager
def mail_ways(env: Settings, context: Context, wake: cli.Act, only: str | None) -> Iterator[None]:
    """Take mail by SMTP, beside the web, and by IMAP, beside the workers, where the environment asks for it."""
    accept = accept_into(context, clock, wake)
    with ExitStack() as ways:
        if env.smtp_listen and only != "worker":
            host, _, port = env.smtp_listen.rpartition(":")
            listener = MailListener(
                host.strip("[]"),
                int(port),
                accept,
                lambda address: is_mailbox(context, address),
                most_bytes=env.max_body_bytes,
                hostname=env.mail_from.rpartition("@")[2],
                tls=create_smtp_tls(env),
            )
            with _naming("TRIAGE_SMTP_LISTEN"):
                listener.start()
            ways.callback(listener.stop)
        if env.imap_url and only != "web":
            with _naming("TRIAGE_IMAP_URL"):
                reader = MailboxReader(env.imap_url, accept, most_bytes=env.max_body_bytes)
            reader.start()
            ways.callback(reader.stop)
        yield


def create_smtp_tls(env: Settings) -> ssl.SSLContext | None:
    """What STARTTLS offers; None without a certificate."""
    if not env.smtp_certificate:
        return None
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    with _naming("TRIAGE_SMTP_CERTIFICATE, TRIAGE_SMTP_KEY"):
        tls.load_cert_chain(env.smtp_certificate, env.smtp_key or None)
    return tls


def serve(env: Settings, only: str | None) -> None:
    """Run web and workers (or one of them) until SIGTERM or Ctrl-C, then finish what is under way."""
    telemetry.configure(env)
    with _sole_process(env, only):
        env = with_embedded_secrets(env)
        database = Database(env.database_url)
        try:
            _prepare(env, database)
            _run(env, create_context(env, database), only)
        finally:
            database.close()


@contextmanager
def _sole_process(env: Settings, only: str | None) -> Iterator[None]:
    """SQLite has one writer: a file lock keeps a second process out, and ends with this one however it ends."""
    path = env.sqlite_path
    if path is None:
        yield
        return
    if only:
        raise cli.Refused("web and worker can only be run apart on PostgreSQL; set TRIAGE_DATABASE_URL")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise cli.Refused(f"another process serves {path} already") from None
        yield


def with_embedded_secrets(env: Settings) -> Settings:
    """On SQLite, secrets that the environment leaves out are made once and kept beside the database."""
    if env.sqlite_path is None:
        if not env.secret_key:
            raise cli.Refused("TRIAGE_SECRET_KEY is not set; make one by: openssl rand -hex 32")
        return env
    folder = env.sqlite_path.parent
    secret_key = env.secret_key or _kept_secret(folder / "secret_key")
    if env.jira_webhook_secrets or env.jira_bearer_tokens:
        return replace(env, secret_key=secret_key)
    return replace(env, secret_key=secret_key, jira_webhook_secrets=(_kept_secret(folder / "jira_webhook_secret"),))


def _kept_secret(path: Path) -> str:
    """A secret in a file of its own; it appears whole or not at all, whenever the process is killed."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".new")
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    secret = path.read_text().strip()
    if not secret:
        raise cli.Refused(f"{path} is empty: delete it, and a new secret is made")
    return secret


def _prepare(env: Settings, database: Database) -> None:
    """Embedded, schema and configuration follow the files; on PostgreSQL the operator says when."""
    if database.is_sqlite:
        database.upgrade()
        with database.write() as conn:
            for queue in (inbox, outbox):  # whoever held these leases is dead: this is the only process
                leases.release_all(conn, queue, clock())
            jobs.release_all(conn, job_name(""), clock())
            configure.apply(conn, documents.read_folder(env.config_dir), "serve", clock())
    elif not database.schema_is_current():
        raise cli.Refused("the schema is not this release's: run `python app.py db upgrade`")


def _run(env: Settings, context: Context, only: str | None) -> None:
    scheduler = Scheduler(context, clock) if only != "web" else None
    if scheduler:
        _get_ready()
    worker = Worker(
        wake=scheduler.wake if scheduler else lambda: None,
        is_ticking=lambda: scheduler is None or scheduler.is_alive(clock()),
    )
    with context.database.write() as conn:
        context.configurations.current(conn)  # fails now, not at the first event
    if only == "worker":
        assert scheduler is not None  # noqa: S101 - made above
        stopped = Event()
        _on_signal(stopped.set)
        scheduler.start()
        with mail_ways(env, context, worker.wake, only):
            stopped.wait()
        scheduler.stop()
        return
    # Whose word counts about who calls; what anybody else says of it is left out.
    proxy = (
        {"trusted_proxy": env.trusted_proxy, "trusted_proxy_headers": {"x-forwarded-for"}}
        if env.trusted_proxy
        else {}
    )
    web = create_app(context, env, worker)
    server = create_server(web, host=env.host, port=env.port, threads=16, ident=None, **proxy)

    def leave() -> None:
        raise SystemExit(0)

    _on_signal(leave)
    if scheduler:
        scheduler.start()
    try:
        with mail_ways(env, context, worker.wake, only):
            _greet(env, context, server.effective_port)
            server.run()  # ends by the signal, after the requests that are under way
    finally:
        server.close()
        if scheduler:
            scheduler.stop()


def _get_ready() -> None:
    """Load now what the first event would have to wait for, by a second: rules of evidence and public suffixes."""
    read_evidence("Production is down.", "")
    organisation("vendor.example")


def _on_signal(act: cli.Act) -> None:
    def handle(_number: int, _frame: FrameType | None) -> None:
        act()

    signal.signal(signal.SIGTERM, handle)
    signal.signal(signal.SIGINT, handle)


def _greet(env: Settings, context: Context, port: int) -> None:
    """Print a link to sign in with: on a terminal, and until somebody has signed in; logs are kept for too long."""
    with context.database.write() as conn:
        admin = people.admin(conn, clock())
        is_wanted = sys.stdout.isatty() or not people.anybody_signed_in(conn)
        secret = people.new_link(conn, admin, clock()) if is_wanted else ""
    address = env.public_url if env.port else f"http://{env.host}:{port}"
    cli.greet(address, secret, has_jira=bool(env.jira_url))


def main() -> None:
    wiring = cli.Wiring(
        read_settings=lambda: settings.read(os.environ),
        serve=serve,
        with_secrets=with_embedded_secrets,
        create_context=lambda env, database: create_context(with_embedded_secrets(env), database),
        create_inspector=lambda env: JiraAdmin(create_jira(env).connection.call),
        clock=clock,
        pause=time.sleep,
    )
    cli.main(obj=wiring)


if __name__ == "__main__":
    main()
