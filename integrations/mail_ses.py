"""Amazon SES: a receipt rule's SNS action, whose notifications carry the raw message (150 KB at most).

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-sns.html
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import load_pem_x509_certificate

from triage.domain.mail import Envelope, Via
from triage.ports import Arrived, Noted, Refused

_HOST = re.compile(r"sns\.[a-z0-9-]{1,30}\.amazonaws\.com(\.cn)?")
_PATH = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem")
_HASHES = {"1": SHA1, "2": SHA256}
#: What SNS signs, in this order: name and value of each that is there.
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": (
        "Message",
        "MessageId",
        "SubscribeURL",
        "Timestamp",
        "Token",
        "TopicArn",
        "Type",
    ),
}


class Ses:
    """Believes what Amazon SNS has signed for our topic, given by its ARN.

    `fetch` gets a certificate by https from an address that is always Amazon's, and raises OSError. A subscription
    is confirmed in the same way.
    """

    name = "ses"

    def __init__(self, topic: str, fetch: Callable[[str], bytes]) -> None:
        self._topic = topic
        self._fetch = fetch
        self._keys: dict[str, RSAPublicKey] = {}

    def read(self, headers: Mapping[str, str], body: bytes) -> Arrived | Noted | Refused:
        try:
            told = json.loads(body)
        except (ValueError, RecursionError):
            return Refused(422, "The body is no JSON.")
        if not isinstance(told, dict) or told.get("TopicArn") != self._topic:
            return Refused(401, "It is not of the topic that TRIAGE_SES_TOPIC names.")
        try:
            if not self._is_signed(told):
                return Refused(401, "It is not signed by Amazon SNS.")
            if told["Type"] == "SubscriptionConfirmation":
                self._fetch(_of_amazon(told.get("SubscribeURL")))
                return Noted("the subscription is confirmed")
        except OSError as error:
            return Refused(503, f"Amazon could not be asked ({type(error).__name__}).")
        return _mail(told.get("Message"))

    def _is_signed(self, told: Mapping[str, Any]) -> bool:
        names, digest = _SIGNED.get(str(told.get("Type"))), _HASHES.get(str(told.get("SignatureVersion")))
        if names is None or digest is None:
            return False
        text = "".join(f"{name}\n{told[name]}\n" for name in names if told.get(name) is not None)
        try:
            key = self._key(_of_amazon(told.get("SigningCertURL"), _PATH))
            signature = b64decode(str(told.get("Signature")), validate=True)
            key.verify(signature, text.encode(), PKCS1v15(), digest())
        except (ValueError, InvalidSignature):
            return False
        return True

    def _key(self, url: str) -> RSAPublicKey:
        if url not in self._keys:
            key = load_pem_x509_certificate(self._fetch(url)).public_key()
            if not isinstance(key, RSAPublicKey):
                raise ValueError("Amazon SNS signs with RSA")
            self._keys = {**dict(list(self._keys.items())[-9:]), url: key}
        return self._keys[url]


def _of_amazon(url: object, path: re.Pattern[str] | None = None) -> str:
    """The address if it is one of Amazon SNS; raises ValueError for any other, which is never called."""
    parts = urlsplit(str(url))
    plain = parts.scheme == "https" and parts.netloc == parts.hostname and _HOST.fullmatch(parts.netloc)
    if not plain or (path is not None and not path.fullmatch(parts.path)):
        raise ValueError("is no address of Amazon SNS")
    return str(url)


def _mail(message: object) -> Arrived | Noted | Refused:
    try:
        told = json.loads(str(message))
        kind = told.get("notificationType")
    except (ValueError, AttributeError, RecursionError):
        return Noted("a notification that is none of SES")
    if kind != "Received":
        return Noted(f"a notification of SES: {str(kind)[:40]}")
    content = told.get("content")
    if not isinstance(content, str):
        return Refused(422, "There is no content: use the rule's SNS action itself, with the encoding Base64.")
    mail, receipt = (told.get(name) if isinstance(told.get(name), dict) else {} for name in ("mail", "receipt"))
    recipients = tuple(str(one) for one in receipt.get("recipients", ()) if isinstance(one, str))
    envelope = Envelope(Via.HTTP, str(mail["source"]) if mail.get("source") else None, recipients)
    action = receipt.get("action")
    encoding = str(action.get("encoding", "")) if isinstance(action, dict) else ""
    return Arrived(envelope, _raw(content, encoding))


def _raw(content: str, encoding: str) -> bytes:
    """The message, whichever encoding the rule has; where it does not say, by what the text looks like."""
    if encoding.upper() == "BASE64" or (not encoding and re.fullmatch(r"[A-Za-z0-9+/\s]+={0,2}\s*", content)):
        try:
            return b64decode(content)
        except ValueError:
            pass
    return content.encode("utf-8", "surrogateescape")
