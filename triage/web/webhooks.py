"""Receives what others send: verify, keep, commit, and only then answer."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from flask import Blueprint, Response, json, request
from werkzeug.exceptions import RequestEntityTooLarge

from triage.engine.context import Clock, Context
from triage.store import inbox
from triage.telemetry import RECEIVED, log
from triage.web.asked import bearer_token
from triage.web.problems import problem


@dataclass(frozen=True, slots=True)
class Sender:
    """How a system proves that it is itself, and how one of its deliveries is told from another.

    `verify(body, header, secrets)` checks the header `signature`; `delivery_id(body, header)` names the delivery,
    with the help of the header `identifier`. Who cannot sign may send one of `tokens` as a bearer token.
    `unsigned` says what a body needs that is refused.
    """

    source: str
    signature: str
    identifier: str
    verify: Callable[[bytes, str | None, Sequence[str]], bool]
    delivery_id: Callable[[bytes, str | None], str]
    secrets: tuple[str, ...]
    unsigned: str
    tokens: tuple[str, ...] = ()


def blueprint(
    context: Context, clock: Clock, senders: Iterable[Sender], most: int, wake: Callable[[], None]
) -> Blueprint:
    """The endpoints that outside systems post to: one for each of them, named after it."""
    routes = Blueprint("webhooks", __name__, url_prefix="/webhooks")
    for sender in senders:
        view = _receiver(context, clock, sender, most, wake)
        routes.add_url_rule(f"/{sender.source}", f"receive_{sender.source}", view, methods=["POST"])
    return routes


def _receiver(
    context: Context, clock: Clock, sender: Sender, most: int, wake: Callable[[], None]
) -> Callable[[], Response]:
    source = sender.source

    def receive() -> Response:
        """Keep what was sent. Nothing is sent again after a 4xx, so a good signature is never refused."""
        request.max_content_length = most
        try:
            body = request.get_data(cache=False)
        except RequestEntityTooLarge:
            RECEIVED.labels(source, "too_large").inc()
            log.error("body too large", source=source, limit=most)
            return problem(413, "Too large", f"A body may have {most} bytes; TRIAGE_MAX_BODY_BYTES raises that.")
        if not _is_from(sender, body):
            RECEIVED.labels(source, "bad_signature").inc()
            log.warning("signature refused", source=source, remote=request.remote_addr)
            return problem(401, "Not signed", sender.unsigned, {"WWW-Authenticate": "Bearer"})
        delivery = sender.delivery_id(body, request.headers.get(sender.identifier))
        with context.database.write() as conn:
            new = inbox.receive(conn, source, delivery, body, clock())
        RECEIVED.labels(source, "kept" if new else "repeat").inc()
        if new:
            wake()
        return Response(
            json.dumps({"status": "accepted", "delivery": delivery}), 202, content_type="application/json"
        )

    return receive


def _is_from(sender: Sender, body: bytes) -> bool:
    if sender.verify(body, request.headers.get(sender.signature), sender.secrets):
        return True
    given = bearer_token().encode()
    return any(hmac.compare_digest(given, each.encode()) for each in sender.tokens)
