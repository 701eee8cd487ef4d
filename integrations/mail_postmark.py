"""Postmark's inbound webhook with “Include raw email content in JSON payload” switched on.

https://postmarkapp.com/developer/webhooks/inbound-webhook
"""

from __future__ import annotations

import hmac
import json
from base64 import b64decode
from collections.abc import Mapping

from triage.domain.mail import Envelope, Via
from triage.ports import Arrived, Refused


class Postmark:
    """Believes whoever knows the password that stands in the webhook's URL, `https://any:password@host/…`."""

    name = "postmark"

    def __init__(self, password: str) -> None:
        self._password = password.encode()

    def read(self, headers: Mapping[str, str], body: bytes) -> Arrived | Refused:
        if not hmac.compare_digest(password_of(headers), self._password):
            return Refused(
                401, "No TRIAGE_POSTMARK_PASSWORD: write it into the webhook's URL, https://any:password@…"
            )
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            return Refused(422, "The body is no JSON.")
        raw = told.get("RawEmail") if isinstance(told, dict) else None
        if not isinstance(raw, str) or not raw:
            return Refused(422, "There is no RawEmail: switch on “Include raw email content in JSON payload”.")
        recipient = told.get("OriginalRecipient")
        recipients = (recipient,) if isinstance(recipient, str) and recipient else ()
        return Arrived(Envelope(Via.HTTP, recipients=recipients), raw.encode("utf-8", "surrogateescape"))


def password_of(headers: Mapping[str, str]) -> bytes:
    """The password of HTTP basic authentication, whoever the user is; nothing where there is none."""
    scheme, _, told = headers.get("Authorization", "").partition(" ")
    if scheme.casefold() != "basic":
        return b""
    try:
        return b64decode(told.strip(), validate=True).partition(b":")[2]
    except ValueError:
        return b""
