"""Receives what others send: verify, keep, commit, and only then answer."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, json, request
from werkzeug.exceptions import RequestEntityTooLarge

from triage.engine.context import Clock, Context
from triage.store import inbox
from triage.telemetry import RECEIVED, log
from triage.web.problems import problem


@dataclass(frozen=True, slots=True)
class JiraSender:
    """How Jira proves that it is Jira, and how one of its deliveries is told from another.

    `verify(body, header, secrets)` checks `X-Hub-Signature`; `delivery_id(body, identifier)` names the delivery.
    Automation rules cannot sign; they send one of `tokens` as a bearer token.
    """

    verify: Callable[[bytes, str | None, Sequence[str]], bool]
    delivery_id: Callable[[bytes, str | None], str]
    secrets: tuple[str, ...]
    tokens: tuple[str, ...]


def blueprint(context: Context, clock: Clock, jira: JiraSender, most: int, wake: Callable[[], None]) -> Blueprint:
    """The endpoints that outside systems post to."""
    routes = Blueprint("webhooks", __name__, url_prefix="/webhooks")

    @routes.post("/jira")
    def receive_jira() -> Response:
        """Keep what Jira sent. Jira sends nothing again after a 4xx, so a good signature is never refused."""
        request.max_content_length = most
        try:
            body = request.get_data(cache=False)
        except RequestEntityTooLarge:
            RECEIVED.labels("jira", "too_large").inc()
            log.error("body too large", source="jira", limit=most)
            return problem(413, "Too large", f"A body may have {most} bytes; TRIAGE_MAX_BODY_BYTES raises that.")
        if not _is_jira(body, jira):
            RECEIVED.labels("jira", "bad_signature").inc()
            log.warning("signature refused", source="jira", remote=request.remote_addr)
            return problem(
                401,
                "Not signed by Jira",
                "No X-Hub-Signature by TRIAGE_JIRA_WEBHOOK_SECRET, and no bearer token of TRIAGE_JIRA_BEARER_TOKEN.",
                {"WWW-Authenticate": "Bearer"},
            )
        delivery = jira.delivery_id(body, request.headers.get("X-Atlassian-Webhook-Identifier"))
        with context.database.write() as conn:
            new = inbox.receive(conn, "jira", delivery, body, clock())
        RECEIVED.labels("jira", "kept" if new else "repeat").inc()
        if new:
            wake()
        return Response(
            json.dumps({"status": "accepted", "delivery": delivery}), 202, content_type="application/json"
        )

    return routes


def _is_jira(body: bytes, jira: JiraSender) -> bool:
    if jira.verify(body, request.headers.get("X-Hub-Signature"), jira.secrets):
        return True
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    given = token.strip().encode()
    return scheme.casefold() == "bearer" and any(hmac.compare_digest(given, known.encode()) for known in jira.tokens)
