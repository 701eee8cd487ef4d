"""SendGrid's Inbound Parse with “POST the raw, full MIME message” and a security policy that signs.

https://www.twilio.com/docs/sendgrid/for-developers/parsing-email/securing-your-parse-webhooks
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from integrations.mail_form import fields
from triage.domain.mail import Envelope, Via
from triage.ports import Arrived, Refused

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


class SendGrid:
    """Believes what is signed by the policy's key: ECDSA over the timestamp and the body, byte for byte.

    `public_key` is the policy's, base64 of its DER form. Raises ValueError if it is none.
    """

    name = "sendgrid"

    def __init__(self, public_key: str) -> None:
        try:
            key = load_der_public_key(b64decode(public_key, validate=True))
        except (ValueError, UnsupportedAlgorithm):
            raise ValueError("is no public key in base64, as SendGrid shows it with the security policy") from None
        if not isinstance(key, EllipticCurvePublicKey):
            raise ValueError("SendGrid signs with an elliptic curve; this key is none")
        self._key = key

    def read(self, headers: Mapping[str, str], body: bytes) -> Arrived | Refused:
        if not self._is_signed(headers, body):
            return Refused(401, "No signature by the key of TRIAGE_SENDGRID_PUBLIC_KEY.")
        try:
            form = fields(headers.get("Content-Type", ""), body)
        except ValueError as error:
            return Refused(422, f"The body {error}.")
        if "email" not in form:
            return Refused(422, "There is no email: switch on “POST the raw, full MIME message”.")
        return Arrived(_envelope(form.get("envelope", b"")), form["email"])

    def _is_signed(self, headers: Mapping[str, str], body: bytes) -> bool:
        try:
            signature = b64decode(headers.get(SIGNATURE, ""), validate=True)
            self._key.verify(signature, headers.get(TIMESTAMP, "").encode() + body, ECDSA(SHA256()))
        except (ValueError, InvalidSignature):
            return False
        return True


def _envelope(told: bytes) -> Envelope:
    try:
        envelope = json.loads(told)
        recipients = tuple(str(address) for address in envelope.get("to", ()))
        return Envelope(Via.HTTP, str(envelope["from"]), recipients)
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        return Envelope(Via.HTTP)
