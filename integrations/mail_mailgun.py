"""Mailgun's routes in raw MIME mode: the URL that a route forwards to ends with `mime`.

https://documentation.mailgun.com/docs/mailgun/user-manual/receive-forward-store/receive-http
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from integrations.mail_form import fields
from triage.domain.mail import Envelope, Via
from triage.ports import Arrived, Refused

#: Mailgun retries for 8 hours with a new signature each time, so that a signature need not live long.
FRESH = timedelta(minutes=15)


class Mailgun:
    """Believes what is signed with the account's webhook signing key: HMAC-SHA256 of timestamp and token."""

    name = "mailgun"

    def __init__(self, signing_key: str, now: Callable[[], datetime]) -> None:
        self._key = signing_key.encode()
        self._now = now

    def read(self, headers: Mapping[str, str], body: bytes) -> Arrived | Refused:
        try:
            form = fields(headers.get("Content-Type", ""), body)
        except ValueError as error:
            return Refused(422, f"The body {error}.")
        timestamp, token = form.get("timestamp", b""), form.get("token", b"")
        signature = hmac.digest(self._key, timestamp + token, hashlib.sha256).hex().encode()
        if not token or not hmac.compare_digest(signature, form.get("signature", b"")):
            return Refused(401, "No signature by TRIAGE_MAILGUN_SIGNING_KEY.")
        if not timestamp.isdigit() or abs(self._now().timestamp() - int(timestamp[:12])) > FRESH.total_seconds():
            return Refused(401, "The signature is too old, or of a wrong clock.")
        if "body-mime" not in form:
            return Refused(422, "There is no body-mime: let the route's URL end with /mime, which asks for raw MIME.")
        sender, recipient = (form.get(name, b"").decode("utf-8", "replace") for name in ("sender", "recipient"))
        recipients = tuple(one.strip() for one in recipient.split(",") if one.strip())
        return Arrived(Envelope(Via.HTTP, sender or None, recipients), form["body-mime"])
