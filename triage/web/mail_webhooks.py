"""Mail by HTTP: a raw message with a bearer token, or what the usual providers post."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable

from flask import Blueprint, Response, json, request
from werkzeug.exceptions import RequestEntityTooLarge

from triage.domain.mail import Envelope, Via
from triage.ports import Accept, Arrived, MailProvider, NotKept, Refused
from triage.telemetry import RECEIVED, log
from triage.web.asked import bearer_token
from triage.web.problems import problem

SOURCE = "mail"


def blueprint(accept: Accept, token: str, providers: Iterable[MailProvider], most: int) -> Blueprint:
    """`POST /webhooks/mail` where a token is set, and one endpoint for each provider."""
    routes = Blueprint("mail_webhooks", __name__, url_prefix="/webhooks/mail")

    def receive(read: Callable[[bytes], object], kept: int) -> Response:
        """Keep what came. Most providers give a mail up after a 4xx, so that one is only said where it is meant."""
        request.max_content_length = most
        try:
            body = request.get_data(cache=False)
        except RequestEntityTooLarge:
            RECEIVED.labels(SOURCE, "too_large").inc()
            log.error("mail too large", path=request.path, limit=most)
            return problem(413, "Too large", f"A mail may have {most} bytes; TRIAGE_MAX_BODY_BYTES raises that.")
        found = read(body)
        if isinstance(found, Refused):
            RECEIVED.labels(SOURCE, "refused").inc()
            log.warning("mail refused", path=request.path, status=found.status, reason=found.reason)
            return problem(found.status, "Refused", found.reason)
        if not isinstance(found, Arrived):
            log.info("no mail", path=request.path, about=str(found))
            return _answer("noted", 200)
        try:
            accept(found.envelope, found.raw)
        except NotKept:
            return problem(503, "Not kept", "The mail could not be stored. Send it again.", {"Retry-After": "60"})
        return _answer("accepted", kept)

    if token:

        @routes.post("")
        def raw() -> Response:
            """A message as it is, such as a mail server's pipe or `curl --data-binary @mail.eml` sends it."""
            return receive(_raw, 202)

        def _raw(body: bytes) -> Arrived | Refused:
            if not hmac.compare_digest(bearer_token().encode(), token.encode()):
                return Refused(401, "No bearer token of TRIAGE_MAIL_WEBHOOK_TOKEN.")
            if not body.strip():
                return Refused(422, "The body is empty: post the raw message, as RFC 5322 has it.")
            return Arrived(Envelope(Via.HTTP), body)

    for provider in providers:
        routes.add_url_rule(f"/{provider.name}", provider.name, _view(provider, receive), methods=["POST"])
        routes.add_url_rule(
            f"/{provider.name}/mime", f"{provider.name}_mime", _view(provider, receive), methods=["POST"]
        )
    return routes


def _view(
    provider: MailProvider, receive: Callable[[Callable[[bytes], object], int], Response]
) -> Callable[[], Response]:
    """200 and no other: some providers take a 202 for a failure, and send the mail again."""
    return lambda: receive(lambda body: provider.read(dict(request.headers), body), 200)


def _answer(status: str, code: int) -> Response:
    return Response(json.dumps({"status": status}), code, content_type="application/json")
