"""Mail by HTTP: raw with a token, and by the usual providers, each with its own proof."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from integrations.mail_mailgun import Mailgun
from integrations.mail_postmark import Postmark
from integrations.mail_sendgrid import SIGNATURE, TIMESTAMP, SendGrid
from integrations.mail_ses import Ses
from tests.contract.mail_keeper import Keeper
from tests.tls import rsa_key, self_signed
from triage.ports import MailProvider
from triage.web import mail_webhooks, problems

MAIL = b"From: dora@acme.example\r\nTo: oncall@vendor.example\r\nSubject: Down\r\n\r\nEs ist aus: \xe9\xff\r\n"
PLAIN = MAIL.replace(b"\xe9\xff", "é".encode())
NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
SIGNING_KEY, PASSWORD, TOPIC = "key-mailgun", "a-password", "arn:aws:sns:eu-west-1:123456789012:mail"
EC_KEY, SNS_KEY = generate_private_key(SECP256R1()), rsa_key()
CERTIFICATE = self_signed(SNS_KEY).public_bytes(Encoding.PEM)
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123abcd.pem"


def public_key() -> str:
    return b64encode(EC_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@dataclass
class Amazon:
    """What is fetched from Amazon, and what it answers."""

    fetched: list[str] = field(default_factory=list)
    down: bool = False

    def __call__(self, url: str) -> bytes:
        self.fetched.append(url)
        if self.down:
            raise OSError("no route")
        return CERTIFICATE


def client_over(keeper: Keeper, *providers: MailProvider, most: int = 100_000) -> FlaskClient:
    app = Flask(__name__)
    problems.register(app)
    app.register_blueprint(mail_webhooks.blueprint(keeper, "a-token", providers, most))
    return app.test_client()


@pytest.fixture
def keeper() -> Keeper:
    return Keeper()


def form(fields: Mapping[str, bytes], *, multipart: bool) -> tuple[bytes, str]:
    """A form as providers post it, with bytes that are in no charset."""
    if multipart:
        lines = b""
        for name, value in fields.items():
            lines += b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        return lines + b"--b--\r\n", "multipart/form-data; boundary=b"
    data = {name: value.decode("latin-1") for name, value in fields.items()}
    return urlencode(data, encoding="latin-1").encode(), "application/x-www-form-urlencoded"


# A raw message


def test_a_raw_message_is_kept_byte_for_byte(keeper: Keeper) -> None:
    answer = client_over(keeper).post("/webhooks/mail", data=MAIL, headers={"Authorization": "Bearer a-token"})
    assert (answer.status_code, answer.json) == (202, {"status": "accepted"})
    [(_, raw)] = keeper.kept.values()
    assert raw == MAIL


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic a-token", "Bearer"])
def test_a_raw_message_needs_the_token(keeper: Keeper, header: str) -> None:
    answer = client_over(keeper).post("/webhooks/mail", data=MAIL, headers={"Authorization": header})
    assert answer.status_code == 401
    assert "TRIAGE_MAIL_WEBHOOK_TOKEN" in answer.text
    assert keeper.calls == 0


def test_without_a_token_nobody_can_post(keeper: Keeper) -> None:
    app = Flask(__name__)
    app.register_blueprint(mail_webhooks.blueprint(keeper, "", [], 1000))
    assert app.test_client().post("/webhooks/mail", headers={"Authorization": "Bearer "}).status_code == 404


def test_what_cannot_be_kept_is_asked_for_again(keeper: Keeper) -> None:
    keeper.fail(1)
    client, headers = client_over(keeper), {"Authorization": "Bearer a-token"}
    answer = client.post("/webhooks/mail", data=MAIL, headers=headers)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "60")
    assert client.post("/webhooks/mail", data=MAIL, headers=headers).status_code == 202


def test_what_is_too_large_or_empty_is_refused(keeper: Keeper) -> None:
    client, headers = client_over(keeper, most=1_000), {"Authorization": "Bearer a-token"}
    assert client.post("/webhooks/mail", data=b"x" * 1_001, headers=headers).status_code == 413
    assert client.post("/webhooks/mail", data=b" \r\n", headers=headers).status_code == 422


# Providers


@dataclass(frozen=True)
class Case:
    """A provider, how it posts a mail, and the mail as it can be posted at all."""

    provider: Callable[[], MailProvider]
    post: Callable[[bytes], tuple[bytes, dict[str, str]]]
    mail: bytes = MAIL


def mailgun(mail: bytes, *, at: datetime = NOW, key: str = SIGNING_KEY, multipart: bool = True) -> Any:
    stamp, token = str(int(at.timestamp())).encode(), b"t" * 50
    signature = hmac.digest(key.encode(), stamp + token, hashlib.sha256).hex().encode()
    fields = {"timestamp": stamp, "token": token, "signature": signature, "body-mime": mail}
    fields |= {"sender": b"dora@acme.example", "recipient": b"oncall@vendor.example"}
    body, kind = form(fields, multipart=multipart)
    return body, {"Content-Type": kind}


def postmark(mail: bytes, *, password: str = PASSWORD) -> Any:
    body = json.dumps({"RawEmail": mail.decode(), "OriginalRecipient": "oncall@vendor.example"}).encode()
    return body, {"Authorization": "Basic " + b64encode(f"x:{password}".encode()).decode()}


def sendgrid(mail: bytes, *, key: Any = EC_KEY) -> Any:
    envelope = json.dumps({"from": "dora@acme.example", "to": ["oncall@vendor.example"]}).encode()
    body, kind = form({"email": mail, "envelope": envelope}, multipart=True)
    signature = key.sign(b"1764126000" + body, ECDSA(SHA256()))
    return body, {"Content-Type": kind, TIMESTAMP: "1764126000", SIGNATURE: b64encode(signature).decode()}


def sns(told: dict[str, str], *, version: str = "2", key: Any = SNS_KEY, url: str = CERTIFICATE_URL) -> Any:
    told = {"MessageId": "1", "Timestamp": "2026-11-26T03:00:00.000Z", "TopicArn": TOPIC, **told}
    names = ["Message", "MessageId", "Subject", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
    text = "".join(f"{name}\n{told[name]}\n" for name in names if name in told)
    signature = key.sign(text.encode(), PKCS1v15(), {"1": SHA1, "2": SHA256}[version]())
    proof = {"SignatureVersion": version, "Signature": b64encode(signature).decode(), "SigningCertURL": url}
    return json.dumps({**told, **proof}).encode(), {"Content-Type": "text/plain; charset=UTF-8"}


def ses(mail: bytes, *, encoding: str = "BASE64", **options: Any) -> Any:
    content = b64encode(mail).decode() if encoding == "BASE64" else mail.decode()
    receipt = {"recipients": ["oncall@vendor.example"], "action": {"type": "SNS", "encoding": encoding}}
    message = {"notificationType": "Received", "mail": {"source": "dora@acme.example"}, "receipt": receipt}
    told = {"Type": "Notification", "Message": json.dumps({**message, "content": content})}
    return sns({**told, "Subject": "Amazon SES Email Receipt Notification"}, **options)


CASES = {
    "mailgun": Case(lambda: Mailgun(SIGNING_KEY, lambda: NOW), mailgun),
    "mailgun, urlencoded": Case(
        lambda: Mailgun(SIGNING_KEY, lambda: NOW), lambda mail: mailgun(mail, multipart=False)
    ),
    "postmark": Case(lambda: Postmark(PASSWORD), postmark, PLAIN),
    "sendgrid": Case(lambda: SendGrid(public_key()), sendgrid),
    "ses": Case(lambda: Ses(TOPIC, Amazon()), ses),
    "ses, version 1": Case(lambda: Ses(TOPIC, Amazon()), lambda mail: ses(mail, version="1")),
    "ses, utf-8": Case(lambda: Ses(TOPIC, Amazon()), lambda mail: ses(mail, encoding="UTF8"), PLAIN),
}


@pytest.fixture(params=CASES.values(), ids=CASES)
def case(request: pytest.FixtureRequest) -> Case:
    found: Case = request.param
    return found


def send(client: FlaskClient, provider: MailProvider, posted: tuple[bytes, dict[str, str]]) -> Any:
    body, headers = posted
    return client.post(f"/webhooks/mail/{provider.name}", data=body, headers=headers)


def test_a_provider_brings_the_message_as_it_is(keeper: Keeper, case: Case) -> None:
    provider = case.provider()
    client = client_over(keeper, provider)
    assert send(client, provider, case.post(case.mail)).status_code == 200
    assert send(client, provider, case.post(case.mail)).status_code == 200  # a repeat
    [(envelope, raw)] = keeper.kept.values()
    assert raw == case.mail
    assert envelope.recipients == ("oncall@vendor.example",)


def test_a_provider_sends_again_what_could_not_be_kept(keeper: Keeper, case: Case) -> None:
    keeper.fail(1)
    provider = case.provider()
    client = client_over(keeper, provider)
    assert send(client, provider, case.post(case.mail)).status_code == 503
    assert send(client, provider, case.post(case.mail)).status_code == 200


FORGED = {
    "mailgun": (Mailgun(SIGNING_KEY, lambda: NOW), mailgun(PLAIN, key="wrong")),
    "mailgun, old": (Mailgun(SIGNING_KEY, lambda: NOW), mailgun(PLAIN, at=datetime(2026, 11, 25, tzinfo=UTC))),
    "mailgun, none": (Mailgun(SIGNING_KEY, lambda: NOW), (form({"body-mime": PLAIN}, multipart=True)[0], {})),
    "postmark": (Postmark(PASSWORD), postmark(PLAIN, password="wrong")),
    "sendgrid": (SendGrid(public_key()), sendgrid(PLAIN, key=generate_private_key(SECP256R1()))),
    "ses": (Ses(TOPIC, Amazon()), ses(PLAIN, key=rsa_key())),
    "ses, other topic": (Ses("arn:aws:sns:eu-west-1:1:other", Amazon()), ses(PLAIN)),
}


@pytest.mark.parametrize(("provider", "posted"), FORGED.values(), ids=FORGED)
def test_what_is_not_proved_is_refused(keeper: Keeper, provider: MailProvider, posted: Any) -> None:
    answer = send(client_over(keeper, provider), provider, posted)
    assert answer.status_code in (401, 422)
    assert keeper.calls == 0


@pytest.mark.parametrize(
    "url",
    [
        "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem",
        "https://evil.example/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-1.pem",
        "https://x@sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem",
        "https://sns.eu-west-1.amazonaws.com/upload/SimpleNotificationService-1.pem",
        "file:///etc/passwd",
    ],
)
def test_no_certificate_is_fetched_from_anywhere_else(keeper: Keeper, url: str) -> None:
    amazon = Amazon()
    provider = Ses(TOPIC, amazon)
    assert send(client_over(keeper, provider), provider, ses(PLAIN, url=url)).status_code == 401
    assert amazon.fetched == []


def test_a_subscription_is_confirmed_with_amazon_only(keeper: Keeper) -> None:
    amazon = Amazon()
    provider = Ses(TOPIC, amazon)
    confirm = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=1"
    told = {"Type": "SubscriptionConfirmation", "Message": "m", "Token": "1", "SubscribeURL": confirm}
    client = client_over(keeper, provider)
    assert send(client, provider, sns(told)).status_code == 200
    assert amazon.fetched == [CERTIFICATE_URL, confirm]
    assert send(client, provider, sns({**told, "SubscribeURL": "https://evil.example/"})).status_code >= 400
    assert len(amazon.fetched) == 2


def test_amazon_is_asked_again_while_it_cannot_be_reached(keeper: Keeper) -> None:
    amazon = Amazon(down=True)
    provider = Ses(TOPIC, amazon)
    client = client_over(keeper, provider)
    assert send(client, provider, ses(PLAIN)).status_code == 503
    amazon.down = False
    assert send(client, provider, ses(PLAIN)).status_code == 200
    assert send(client, provider, ses(MAIL)).status_code == 200
    assert len(amazon.fetched) == 2  # the certificate is kept


MODES = {
    "mailgun": (Mailgun(SIGNING_KEY, lambda: NOW), "raw MIME"),
    "postmark": (Postmark(PASSWORD), "Include raw email content"),
    "sendgrid": (SendGrid(public_key()), "raw, full MIME"),
}


@pytest.mark.parametrize(("provider", "hint"), MODES.values(), ids=MODES)
def test_a_provider_in_another_mode_is_told_how_to_mend_it(keeper: Keeper, provider: MailProvider, hint: str) -> None:
    def without() -> Any:
        match provider.name:
            case "mailgun":
                stamp, token = str(int(NOW.timestamp())).encode(), b"t"
                signature = hmac.digest(SIGNING_KEY.encode(), stamp + token, hashlib.sha256).hex().encode()
                body, kind = form({"timestamp": stamp, "token": token, "signature": signature}, multipart=True)
                return body, {"Content-Type": kind}
            case "postmark":
                return b"{}", postmark(PLAIN)[1]
            case _:
                body, kind = form({"text": b"hello"}, multipart=True)
                signature = EC_KEY.sign(b"1" + body, ECDSA(SHA256()))
                return body, {"Content-Type": kind, TIMESTAMP: "1", SIGNATURE: b64encode(signature).decode()}

    answer = send(client_over(keeper, provider), provider, without())
    assert answer.status_code == 422
    assert hint in answer.text


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"[]", b"{" * 100_000, b"null"])
def test_rubbish_is_refused_and_breaks_nothing(keeper: Keeper, case: Case, body: bytes) -> None:
    provider = case.provider()
    headers = {**case.post(case.mail)[1]}
    answer = send(client_over(keeper, provider, most=10**6), provider, (body, headers))
    assert 400 <= answer.status_code < 500
    assert keeper.calls == 0


def test_headers_are_known_as_flask_names_them() -> None:
    builder = EnvironBuilder(headers={"authorization": "x", SIGNATURE.lower(): "y"})
    assert {"Authorization", SIGNATURE} <= set(dict(builder.get_request().headers))
