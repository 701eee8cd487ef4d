"""What the environment says, checked once at the start and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from marshmallow import EXCLUDE, Schema, ValidationError, fields, validate

from triage.domain.rights import Role

PREFIX = "TRIAGE_"


class SettingsError(ValueError):
    """The environment does not fit; the text lists everything that is wrong."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one process. Secrets are left out of `repr`, so that no log can show them."""

    database_url: str = field(repr=False)
    config_dir: Path
    secret_key: str = field(repr=False)
    host: str
    port: int
    public_url: str
    allowed_hosts: tuple[str, ...]
    jira_url: str
    jira_user: str
    jira_token: str = field(repr=False)
    jira_api_url: str
    jira_client_id: str
    jira_token_url: str
    jira_webhook_secrets: tuple[str, ...] = field(repr=False)
    jira_bearer_tokens: tuple[str, ...] = field(repr=False)
    smtp_url: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    webhook_hosts: tuple[str, ...]
    schedule_hosts: tuple[str, ...]
    pagerduty_events_url: str
    pagerduty_webhook_secrets: tuple[str, ...] = field(repr=False)
    mail_from: str
    mail_webhook_token: str = field(repr=False)
    smtp_listen: str
    smtp_certificate: str
    smtp_key: str
    imap_url: str = field(repr=False)
    mailgun_signing_key: str = field(repr=False)
    postmark_password: str = field(repr=False)
    sendgrid_public_key: str
    ses_topic: str
    dns_servers: tuple[str, ...]
    oidc_issuer: str
    oidc_client_id: str
    oidc_client_secret: str = field(repr=False)
    oidc_groups_claim: str
    oidc_roles: Mapping[str, Role]
    trusted_proxy: str
    max_body_bytes: int
    sentry_dsn: str = field(repr=False)

    @property
    def sqlite_path(self) -> Path | None:
        """Where the embedded database lies; None for a database server."""
        if not self.database_url.startswith("sqlite:///"):
            return None
        return Path(self.database_url.removeprefix("sqlite:///"))


class _Words(fields.Field[tuple[str, ...]]):
    """Words between commas; none is an empty tuple."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> tuple[str, ...]:
        return tuple(word.strip() for word in str(value).split(",") if word.strip())


class _Roles(fields.Field[dict[str, Role]]):
    """`support:responder,leads:lead`: what the members of each group may do."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Role]:
        roles = {}
        for pair in str(value).split(","):
            group, _, role = pair.strip().rpartition(":")
            if not group or role not in set(Role):
                raise ValidationError(f"{pair!r} is no group:role; the roles are {', '.join(Role)}.")
            roles[group] = Role(role)
        return roles


class _Environment(Schema):
    """The variables behind the prefix; each is described in docs/configuration.md."""

    class Meta:
        unknown = EXCLUDE

    DATABASE_URL = fields.String(
        load_default="sqlite:///var/triage.db",
        validate=validate.Regexp(
            r"(sqlite:///|postgresql(\+psycopg)?://)",
            error="must begin with sqlite:/// or postgresql://",
        ),
    )
    CONFIG_DIR = fields.String(load_default="config")
    SECRET_KEY = fields.String(load_default="", validate=validate.Regexp(r"(|.{32,})$", error="needs 32 characters"))
    HOST = fields.String(load_default="127.0.0.1")
    PORT = fields.Integer(load_default=8080, validate=validate.Range(0, 65535))
    PUBLIC_URL = fields.Url(load_default="", require_tld=False, schemes={"http", "https"})
    ALLOWED_HOSTS = _Words(load_default=())
    JIRA_URL = fields.Url(load_default="", require_tld=False, schemes={"http", "https"})
    JIRA_USER = fields.String(load_default="")
    JIRA_TOKEN = fields.String(load_default="")
    JIRA_API_URL = fields.Url(load_default="", require_tld=False, schemes={"http", "https"})
    JIRA_CLIENT_ID = fields.String(load_default="")
    JIRA_TOKEN_URL = fields.Url(load_default="", require_tld=False, schemes={"http", "https"})
    JIRA_WEBHOOK_SECRET = _Words(load_default=())
    JIRA_BEARER_TOKEN = _Words(load_default=())
    SMTP_URL = fields.String(
        load_default="", validate=validate.Regexp(r"(|smtps?://.+)$", error="must begin with smtp:// or smtps://")
    )
    WEBHOOK_SECRET = fields.String(load_default="")
    WEBHOOK_HOSTS = _Words(load_default=())
    SCHEDULE_HOSTS = _Words(load_default=())
    PAGERDUTY_EVENTS_URL = fields.Url(
        load_default="https://events.pagerduty.com", require_tld=False, schemes={"http", "https"}
    )
    PAGERDUTY_WEBHOOK_SECRETS = _Words(load_default=())
    MAIL_FROM = fields.Email(load_default="triage@vendor.example")
    MAIL_WEBHOOK_TOKEN = fields.String(load_default="")
    SMTP_LISTEN = fields.String(
        load_default="", validate=validate.Regexp(r"(|.+:\d{1,5})$", error="is host:port, such as 0.0.0.0:25")
    )
    SMTP_CERTIFICATE = fields.String(load_default="")
    SMTP_KEY = fields.String(load_default="")
    IMAP_URL = fields.String(
        load_default="", validate=validate.Regexp(r"(|imaps?://.+)$", error="must begin with imap:// or imaps://")
    )
    MAILGUN_SIGNING_KEY = fields.String(load_default="")
    POSTMARK_PASSWORD = fields.String(load_default="")
    SENDGRID_PUBLIC_KEY = fields.String(load_default="")
    SES_TOPIC = fields.String(load_default="")
    DNS_SERVERS = _Words(load_default=())
    OIDC_ISSUER = fields.Url(load_default="", require_tld=False, schemes={"http", "https"})
    OIDC_CLIENT_ID = fields.String(load_default="")
    OIDC_CLIENT_SECRET = fields.String(load_default="")
    OIDC_GROUPS_CLAIM = fields.String(load_default="groups")
    OIDC_ROLES = _Roles(load_default=dict)
    TRUSTED_PROXY = fields.IP(load_default=None, allow_none=True)
    MAX_BODY_BYTES = fields.Integer(load_default=8 * 1024 * 1024, validate=validate.Range(min=1024))


def _messages(error: ValidationError) -> dict[str, list[str]]:
    return error.messages if isinstance(error.messages, dict) else {"": error.messages}


def read(environ: Mapping[str, str]) -> Settings:
    """Read `TRIAGE_…` and `SENTRY_DSN`; an empty variable counts as not set.

    Raises SettingsError, which names every variable that is wrong and why.
    """
    given = {key.removeprefix(PREFIX): value for key, value in environ.items() if key.startswith(PREFIX) and value}
    try:
        values = _Environment().load(given)
    except ValidationError as error:
        lines = [f"{PREFIX}{name}: {' '.join(texts)}" for name, texts in sorted(_messages(error).items())]
        raise SettingsError("the environment does not fit:\n  " + "\n  ".join(lines)) from error
    public_url = values["PUBLIC_URL"] or f"http://{values['HOST']}:{values['PORT']}"
    _must_go_together(values)
    return Settings(
        database_url=values["DATABASE_URL"],
        config_dir=Path(values["CONFIG_DIR"]),
        secret_key=values["SECRET_KEY"],
        host=values["HOST"],
        port=values["PORT"],
        public_url=public_url.rstrip("/"),
        allowed_hosts=values["ALLOWED_HOSTS"] or (str(urlsplit(public_url).hostname), "localhost", "127.0.0.1"),
        jira_url=values["JIRA_URL"].rstrip("/"),
        jira_user=values["JIRA_USER"],
        jira_token=values["JIRA_TOKEN"],
        jira_api_url=values["JIRA_API_URL"].rstrip("/"),
        jira_client_id=values["JIRA_CLIENT_ID"],
        jira_token_url=values["JIRA_TOKEN_URL"],
        jira_webhook_secrets=values["JIRA_WEBHOOK_SECRET"],
        jira_bearer_tokens=values["JIRA_BEARER_TOKEN"],
        smtp_url=values["SMTP_URL"],
        webhook_secret=values["WEBHOOK_SECRET"],
        webhook_hosts=values["WEBHOOK_HOSTS"],
        schedule_hosts=values["SCHEDULE_HOSTS"],
        pagerduty_events_url=values["PAGERDUTY_EVENTS_URL"].rstrip("/"),
        pagerduty_webhook_secrets=values["PAGERDUTY_WEBHOOK_SECRETS"],
        mail_from=values["MAIL_FROM"],
        mail_webhook_token=values["MAIL_WEBHOOK_TOKEN"],
        smtp_listen=values["SMTP_LISTEN"],
        smtp_certificate=values["SMTP_CERTIFICATE"],
        smtp_key=values["SMTP_KEY"],
        imap_url=values["IMAP_URL"],
        mailgun_signing_key=values["MAILGUN_SIGNING_KEY"],
        postmark_password=values["POSTMARK_PASSWORD"],
        sendgrid_public_key=values["SENDGRID_PUBLIC_KEY"],
        ses_topic=values["SES_TOPIC"],
        dns_servers=values["DNS_SERVERS"],
        oidc_issuer=values["OIDC_ISSUER"],
        oidc_client_id=values["OIDC_CLIENT_ID"],
        oidc_client_secret=values["OIDC_CLIENT_SECRET"],
        oidc_groups_claim=values["OIDC_GROUPS_CLAIM"],
        oidc_roles=values["OIDC_ROLES"],
        trusted_proxy=str(values["TRUSTED_PROXY"] or ""),
        max_body_bytes=values["MAX_BODY_BYTES"],
        sentry_dsn=environ.get("SENTRY_DSN", ""),
    )


def _must_go_together(values: Mapping[str, Any]) -> None:
    """What is of no use alone: said now, and not when the first person wants to sign in."""
    if not values["OIDC_ISSUER"]:
        return
    missing = [name for name in ("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ROLES") if not values[name]]
    if missing:
        lines = [f"{PREFIX}{name}: is needed with {PREFIX}OIDC_ISSUER" for name in missing]
        raise SettingsError("the environment does not fit:\n  " + "\n  ".join(lines))
