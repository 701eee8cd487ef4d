"""The contract of triage.ports.Gateway, over every gateway that has a network, against real local servers.

A new gateway joins by a Rig of its own; what is peculiar to one gateway follows after the shared contract.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json
import logging
import os
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.apprise_gateway import AppriseGateway
from integrations.calls import Calls, Deadline, NoAnswer
from integrations.console import ConsoleGateway
from integrations.http import Poster, WebhookGateway, retry_after, settle
from integrations.mail_transport import SmtpGateway
from integrations.pagerduty import PagerDutyGateway
from integrations.plain import block, one_line, token
from tests import tls
from tests.contract.gateway_server import (
    Act,
    Connection,
    LocalServer,
    Request,
    answer,
    drip,
    hang,
    http,
    reset,
    say,
    smtp,
    unused_port,
)
from tests.contract.mail_server import MailServer
from tests.tls import Certificate
from triage.ports import Delivered, Gateway, Message, Outcome, Rejected, Retry, Settles

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LOOPBACK = frozenset({"127.0.0.1"})
SECRET = "hush-hush-4711"
MESSAGE = Message("page-17-2", "", "P0: payments are down", "Everything fails since 09:00.\nSee ticket 12.")
NASTY = "x\r\nBcc: eve@example.com\0\x1b[2J\u202egnp.exe\u200f \ud800 \u2028 .\r\n.\r\nQUIT\r\n<b>"


def now() -> datetime:
    return NOW


@dataclass(frozen=True)
class Rig:
    """One gateway, the server that it talks to in each situation, and how to see what arrived.

    `cuts`: whether a late call is cut off at the server, not only given up.
    """

    name: str
    gateway: Callable[[int, float], Gateway]
    address: Callable[[int], str]
    situations: Mapping[str, Act]
    key: Callable[[Request], str]
    cuts: bool = True


HTTP_SITUATIONS: Mapping[str, Act] = {
    "accepting": http(say(answer(202))),
    "refusing": http(say(answer(400, body=b'{"error": "no"}'))),
    "unauthorised": http(say(answer(401))),
    "gone": http(say(answer(404))),
    "redirecting": http(say(answer(302, {"Location": "http://127.0.0.1:9/elsewhere"}))),
    "throttling": http(say(answer(429, {"Retry-After": "7"}))),
    "broken": http(say(answer(500))),
    "unavailable": http(say(answer(503))),
    "silent": http(hang),
    "dripping": http(drip(b"HTTP/1.1 200 OK\r\nX-Drip: drop\r\n")),
    "resetting": http(reset(b"HTTP/1.1 200 OK\r\nContent-Le")),
    "hanging up": http(say(b"")),
    "garbled": http(say(b"\x00\xff\xfenonsense\r\n\r\n\r\n" * 50)),
    "sloppy": http(say(b"HTTP/1.1 200 OK\r\nno colon in this header\r\nContent-Length: 0\r\n\r\n")),
    "wordy": http(say(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 2_000_000 + b"\r\n\r\n")),
}

SMTP_SITUATIONS: Mapping[str, Act] = {
    "accepting": smtp(),
    "refusing": smtp(RCPT=say(b"550 5.1.1 no such user\r\n")),
    "unauthorised": smtp(MAIL=say(b"553 not with that sender\r\n")),
    "gone": smtp(MESSAGE=say(b"554 5.7.1 we do not like it\r\n")),
    "throttling": smtp(RCPT=say(b"450 4.2.1 slow down\r\n")),
    "closing": smtp(GREETING=say(b"421 closing\r\n")),
    "broken": smtp(MESSAGE=say(b"451 local error\r\n")),
    "unavailable": smtp(GREETING=say(b"554 no service here\r\n")),
    "silent": smtp(GREETING=hang),
    "silent at the end": smtp(MESSAGE=hang),
    "dripping": smtp(GREETING=drip(b"220-still here\r\n")),
    "resetting": smtp(MESSAGE=reset(b"25")),
    "hanging up": smtp(MAIL=lambda connection: connection.stop()),
    "garbled": smtp(EHLO=say(b"\x00\xff\xfenonsense\r\n")),
    "garbled at first": smtp(GREETING=say(b"SSH-2.0-OpenSSH_9.2\r\n")),
    "wordy": smtp(GREETING=say(b"220-" + b"x" * 2_000_000 + b"\r\n")),
}

#: What each situation means for the page, whatever the protocol.
EXPECTED: Mapping[str, type[Outcome]] = {
    "accepting": Delivered,
    "sloppy": Delivered,
    "refusing": Rejected,
    "unauthorised": Rejected,
    "gone": Rejected,
    "redirecting": Rejected,
    "throttling": Retry,
    "closing": Retry,
    "broken": Retry,
    "unavailable": Retry,
    "silent": Retry,
    "silent at the end": Retry,
    "dripping": Retry,
    "resetting": Retry,
    "hanging up": Retry,
    "garbled": Retry,
    "garbled at first": Retry,
    "wordy": Retry,
}
UNENDING = {"silent", "silent at the end", "dripping"}

#: A routing key has 32 characters.
ROUTING_KEY = SECRET.ljust(32, "0")


def pagerduty(port: int, deadline: float = 20.0) -> PagerDutyGateway:
    poster = Poster(deadline=deadline, allowed_hosts=LOOPBACK)
    events_url = f"http://127.0.0.1:{port}"
    return PagerDutyGateway(poster, now, client_url="https://triage.example/incidents", events_url=events_url)


RIGS = (
    Rig(
        "webhook",
        lambda _port, deadline: WebhookGateway("shared", Poster(deadline=deadline, allowed_hosts=LOOPBACK), now),
        lambda port: f"http://127.0.0.1:{port}/in/{SECRET}",
        HTTP_SITUATIONS,
        lambda request: request.headers["idempotency-key"],
    ),
    Rig(
        "apprise",
        lambda _port, deadline: AppriseGateway(now, deadline=deadline),
        lambda port: f"json://ana:{SECRET}@127.0.0.1:{port}/in/{SECRET}?retry=3&optional=yes&redirect=yes",
        HTTP_SITUATIONS,
        lambda request: request.headers["x-triage-key"],
        cuts=False,
    ),
    Rig(
        "mail",
        lambda port, deadline: SmtpGateway(
            f"smtp://127.0.0.1:{port}", "Triage <triage@example.com>", now, deadline=deadline
        ),
        lambda _port: "ana@example.com",
        SMTP_SITUATIONS,
        lambda request: request.headers["message-id"],
    ),
    Rig(
        "pagerduty",
        pagerduty,
        lambda _port: ROUTING_KEY,
        HTTP_SITUATIONS,
        lambda request: json.loads(request.body)["dedup_key"],
    ),
)
CASES = [pytest.param(rig, situation, id=f"{rig.name}: {situation}") for rig in RIGS for situation in rig.situations]
pytestmark = pytest.mark.usefixtures("apprise_is_loaded")
each_rig = pytest.mark.parametrize("rig", RIGS, ids=lambda rig: rig.name)


def send(rig: Rig, port: int, deadline: float = 20.0, message: Message = MESSAGE) -> Outcome:
    return rig.gateway(port, deadline).send(replace(message, address=rig.address(port)))


# The shared contract


@pytest.mark.parametrize(("rig", "situation"), CASES)
def test_what_the_provider_does_becomes_an_outcome(rig: Rig, situation: str) -> None:
    with LocalServer(rig.situations[situation]) as server:
        deadline = 0.3 if situation in UNENDING else 20.0
        outcome = send(rig, server.port, deadline)
        assert isinstance(outcome, EXPECTED[situation]), outcome
        if situation in UNENDING and rig.cuts:
            assert server.left.wait(10), "the late call was given up, but its connection is still open"


@each_rig
def test_nobody_listening_is_retried(rig: Rig) -> None:
    outcome = send(rig, unused_port())
    assert isinstance(outcome, Retry)
    assert SECRET not in outcome.reason


@each_rig
def test_the_key_arrives_and_is_the_same_on_a_repeat(rig: Rig) -> None:
    with LocalServer(rig.situations["accepting"]) as server:
        gateway = rig.gateway(server.port, 20.0)
        message = replace(MESSAGE, address=rig.address(server.port))
        assert isinstance(gateway.send(message), Delivered)
        assert isinstance(gateway.send(message), Delivered)
        keys = [rig.key(request) for request in server.requests]
    assert len(keys) == 2
    assert keys[0] == keys[1]
    assert MESSAGE.key in keys[0]


@each_rig
def test_one_send_is_one_attempt(rig: Rig) -> None:
    with LocalServer(rig.situations["broken"]) as server:
        send(rig, server.port)
        assert len(server.requests) == 1


@each_rig
def test_customers_words_break_no_headers(rig: Rig) -> None:
    message = Message(f"page {NASTY}", "", f"P0 {NASTY}", f"They wrote: {NASTY}")
    with LocalServer(rig.situations["accepting"]) as server:
        assert isinstance(send(rig, server.port, message=message), Delivered)
        (request,) = server.requests
    assert "bcc" not in request.headers
    assert re.fullmatch(r"[!-~]+", rig.key(request))


@pytest.mark.parametrize(("rig", "situation"), [case for case in CASES if case.values[1] not in UNENDING])
def test_addresses_stay_secret(rig: Rig, situation: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), LocalServer(rig.situations[situation]) as server:
        outcome = send(rig, server.port)
    assert SECRET not in repr(outcome)
    assert SECRET not in caplog.text


@each_rig
def test_sends_go_side_by_side(rig: Rig) -> None:
    both_there = threading.Barrier(2, timeout=20)

    def meet(connection: Connection) -> None:
        both_there.wait()
        connection.send(answer(200) if rig.situations is HTTP_SITUATIONS else b"220 hello\r\n")

    with LocalServer(http(meet) if rig.situations is HTTP_SITUATIONS else smtp(GREETING=meet)) as server:
        gateway = rig.gateway(server.port, 20.0)
        message = replace(MESSAGE, address=rig.address(server.port))
        outcomes: list[Outcome] = []
        threads = [threading.Thread(target=lambda: outcomes.append(gateway.send(message))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [type(outcome) for outcome in outcomes] == [Delivered, Delivered]


def test_gateways_that_only_send_have_nothing_to_settle() -> None:
    others = [rig.gateway(unused_port(), 1.0) for rig in RIGS if rig.name != "pagerduty"]
    assert not any(isinstance(gateway, Settles) for gateway in [*others, ConsoleGateway(io.StringIO())])


# Deadlines and places


def test_a_stuck_call_keeps_its_place_until_it_ends() -> None:
    calls, released, ran = Calls(0.2, at_once=1), threading.Event(), []
    with pytest.raises(NoAnswer, match="no answer within"):
        calls.run(lambda _: released.wait())
    with pytest.raises(NoAnswer, match="1 calls were under way"):
        calls.run(ran.append)
    assert ran == []
    released.set()
    patient = Calls(20, at_once=1)
    assert patient.run(lambda _: "through") == "through"
    assert patient.run(lambda _: "again") == "again"


def test_a_connection_made_after_the_end_is_cut_off_too() -> None:
    given_up = threading.Event()

    def connect_late(deadline: Deadline) -> bytes:
        given_up.wait()
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            return deadline.watch(connection).recv(1)

    with LocalServer(hang) as server:
        with pytest.raises(NoAnswer):
            Calls(0.1, at_once=1).run(connect_late)
        given_up.set()
        assert server.left.wait(10)


def test_a_place_is_free_again_after_an_error() -> None:
    calls = Calls(20, at_once=1)
    with pytest.raises(ZeroDivisionError):
        calls.run(lambda _: 1 // 0)
    assert calls.run(lambda _: "free") == "free"


# HTTP


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("0", 0),
        (" 1.5 ", 1.5),
        ("Mon, 02 Mar 2026 09:02:00 GMT", 120),
        ("Mon, 02 Mar 2026 08:00:00 GMT", 0),
        ("2026-03-02T09:00:30Z", 30),
        ("2026-03-02T10:00:30+01:00", 30),
        ("9" * 400, 86400),
        ("2126-03-02T09:00:30Z", 86400),
    ],
)
def test_retry_after_is_read_in_every_form(value: str, seconds: float) -> None:
    assert retry_after(value, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize("value", [None, "", "soon", "-5", "²", "NaN", "inf", "Mon, 99 Mar 2026 09:02:00 GMT"])
def test_an_unreadable_retry_after_is_none(value: str | None) -> None:
    assert retry_after(value, NOW) is None


@settings(max_examples=300)
@given(st.text(max_size=40) | st.from_regex(r"[A-Za-z]{3}, \d{1,4} [A-Za-z]{3} \d{1,6} \d+:\d+:\d+ .{0,6}"))
def test_no_retry_after_is_ever_an_error(value: str) -> None:
    wait = retry_after(value, NOW)
    assert wait is None or timedelta(0) <= wait <= timedelta(days=1)


@settings(max_examples=200)
@given(st.integers(100, 999))
def test_every_status_has_a_meaning(status: int) -> None:
    outcome = settle(status, {"retry-after": "3"}, NOW)
    if status < 300 and status >= 200:
        assert outcome == Delivered()
    elif status in (408, 425, 429) or status >= 500 or status < 200:
        assert outcome == Retry(f"answered {status}", timedelta(seconds=3))
    else:
        assert isinstance(outcome, Rejected)


@pytest.mark.parametrize(
    ("value", "seconds"), [("7", 7), ("Mon, 02 Mar 2026 09:02:00 GMT", 120), ("2026-03-02T09:00:30Z", 30)]
)
def test_a_webhook_says_when_to_come_back(value: str, seconds: int) -> None:
    with LocalServer(http(say(answer(429, {"Retry-After": value})))) as server:
        outcome = send(RIGS[0], server.port)
    assert outcome == Retry("answered 429", timedelta(seconds=seconds))


def test_a_webhook_is_signed_json() -> None:
    with LocalServer(http(say(answer(200)))) as server:
        send(RIGS[0], server.port, message=replace(MESSAGE, urgent=False))
        (request,) = server.requests
    signature = hmac.new(b"shared", request.body, hashlib.sha256).hexdigest()
    assert request.headers["x-triage-signature"] == f"sha256={signature}"
    assert request.headers["idempotency-key"] == MESSAGE.key
    assert request.headers["content-type"] == "application/json"
    assert json.loads(request.body) == {
        "key": MESSAGE.key,
        "subject": MESSAGE.subject,
        "body": MESSAGE.body,
        "urgent": False,
    }


@pytest.mark.parametrize("rest", [hang, drip(b"x"), reset(b"x")])
def test_the_status_line_of_a_webhook_is_its_answer(rest: Act) -> None:
    def respond(connection: Connection) -> None:
        connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999\r\n\r\n")
        rest(connection)

    with LocalServer(http(respond)) as server:
        assert send(RIGS[0], server.port) == Delivered()


def test_a_poster_reads_no_more_of_a_body_than_asked_for() -> None:
    with LocalServer(http(say(answer(202, body=b"x" * 5_000_000)))) as server:
        poster = Poster(allowed_hosts=LOOPBACK, deadline=20)
        reply = poster.post(f"http://127.0.0.1:{server.port}/", b"{}", {}, read=1000)
    assert getattr(reply, "body", None) == b"x" * 1000


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/{secret}",
        "https://127.0.0.1:{port}/{secret}",
        "https://localhost:{port}/{secret}",
        "https://[::ffff:127.0.0.1]:{port}/{secret}",
        "http://localhost:{port}\\@127.0.0.2/{secret}",
        "ftp://127.0.0.1:{port}/{secret}",
        "https://",
        "https://{secret}:notaport/",
        "https://[::1/{secret}",
        "{secret}",
        "",
    ],
)
def test_a_webhook_may_not_be_just_anywhere(url: str) -> None:
    with LocalServer(http(say(answer(200)))) as server:
        address = url.format(port=server.port, secret=SECRET)
        outcome = WebhookGateway("shared", Poster(deadline=20), now).send(replace(MESSAGE, address=address))
        assert server.requests == []
    assert isinstance(outcome, Rejected)
    assert "://" + SECRET in address or SECRET not in outcome.reason


def test_a_host_is_allowed_by_its_name_alone() -> None:
    with LocalServer(http(say(answer(200)))) as server:
        message = replace(MESSAGE, address=f"http://LOCALHOST:{server.port}/")
        other = WebhookGateway("shared", Poster(deadline=20, allowed_hosts=LOOPBACK), now)
        named = WebhookGateway("shared", Poster(deadline=20, allowed_hosts=frozenset({"localhost"})), now)
        assert isinstance(other.send(message), Rejected)
        assert named.send(message) == Delivered()


def test_a_silent_tls_handshake_is_cut_off() -> None:
    with LocalServer(hang) as server:
        gateway = WebhookGateway("shared", Poster(deadline=0.3, allowed_hosts=LOOPBACK), now)
        outcome = gateway.send(replace(MESSAGE, address=f"https://127.0.0.1:{server.port}/"))
        assert isinstance(outcome, Retry)
        assert server.left.wait(10)


def test_a_webhook_needs_a_secret() -> None:
    with pytest.raises(ValueError, match="secret"):
        WebhookGateway("", Poster(), now)


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return tls.certificate(tmp_path_factory.mktemp("tls"))


def test_https_is_checked(certificate: Certificate) -> None:
    with LocalServer(http(say(answer(200))), tls=certificate.server()) as server:
        message = replace(MESSAGE, address=f"https://localhost:{server.port}/")
        allowed = frozenset({"localhost"})
        trusting = Poster(deadline=20, allowed_hosts=allowed, ca_bundle=str(certificate.file))
        assert WebhookGateway("shared", trusting, now).send(message) == Delivered()
        outcome = WebhookGateway("shared", Poster(deadline=20, allowed_hosts=allowed), now).send(message)
        assert isinstance(outcome, Retry)
        assert "certificate" in outcome.reason
        assert len(server.requests) == 1


# Mail, against a real server


@pytest.fixture
def mail_server() -> Iterator[Callable[..., MailServer]]:
    running: list[MailServer] = []

    def start(**options: Any) -> MailServer:
        server = MailServer(**options)
        server.start()
        running.append(server)
        return server

    yield start
    for server in running:
        server.stop()


def logins(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    right = (data.login, data.password) == (b"triage", b"p@ss/word")
    return AuthResult(success=right, handled=right)


def mail_gateway(url: str, **options: Any) -> SmtpGateway:
    return SmtpGateway(url, "Triage Té <triage@example.com>", now, deadline=20, **options)


def test_an_answer_is_in_its_thread_and_says_where_to_answer(mail_server: Callable[..., MailServer]) -> None:
    server = mail_server()
    gateway = mail_gateway(f"smtp://127.0.0.1:{server.port}")
    ids = tuple(f"{number}@acme.example" for number in range(30))
    answer = replace(
        MESSAGE, address="dora@acme.example", urgent=False, answers=ids, reply_to="oncall@vendor.example"
    )
    assert isinstance(gateway.send(answer), Delivered)
    assert isinstance(gateway.send(replace(answer, answers=())), Delivered)
    page = replace(MESSAGE, address="ana@example.com", reply_to="oncall+ack-1@vendor.example")
    assert isinstance(gateway.send(page), Delivered)
    first, without_id, paged = server.mailbox.mails
    assert first["In-Reply-To"] == "<29@acme.example>"
    assert first["References"].split() == [f"<{number}@acme.example>" for number in range(10, 30)]
    assert (first["Reply-To"], first["Auto-Submitted"]) == ("oncall@vendor.example", "auto-replied")
    assert (without_id["In-Reply-To"], without_id["Auto-Submitted"]) == (None, "auto-replied")
    assert (paged["Reply-To"], paged["Auto-Submitted"]) == ("oncall+ack-1@vendor.example", "auto-generated")
    assert "An answer to this mail acknowledges it" in paged.get_payload()
    assert "acknowledges" not in first.get_payload()


def test_a_mail_is_whole(mail_server: Callable[..., MailServer]) -> None:
    server = mail_server()
    message = Message("page-17-2", "ana@example.com", "P0: Zahlungen für «Łódź»", "Zeile 1\n.\nZeile 3 – ü\n")
    outcome = mail_gateway(f"smtp://127.0.0.1:{server.port}").send(message)
    assert outcome == Delivered("<page-17-2@example.com>")
    (mail,) = server.mailbox.mails
    assert mail["X-MailFrom"] == "triage@example.com"
    assert mail["X-RcptTo"] == "ana@example.com"
    assert mail["Message-ID"] == "<page-17-2@example.com>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Importance"] == "high"
    assert mail["Date"] == "Mon, 02 Mar 2026 09:00:00 +0000"
    assert str(_decoded(mail["Subject"])) == message.subject
    assert mail.get_payload(decode=True).decode().replace("\r\n", "\n") == message.body


def _decoded(header: str) -> Any:
    from email.header import decode_header, make_header

    return make_header(decode_header(header))


def test_different_keys_are_different_mails() -> None:
    keys = ["page-1", "page.1", "page..1", "page 1", "page:1", "page%3A1", "k" * 120, "pägé"]
    with LocalServer(smtp()) as server:
        for key in keys:
            assert isinstance(send(RIGS[2], server.port, message=replace(MESSAGE, key=key)), Delivered)
        ids = [request.headers["message-id"] for request in server.requests]
    assert len(set(ids)) == len(keys)
    assert all(re.fullmatch(r"<[!#-'*+\-/-9=?A-Z^-~.]+@example\.com>", each) for each in ids)


def test_a_login_is_used(mail_server: Callable[..., MailServer], certificate: Certificate) -> None:
    server = mail_server(authenticator=logins, auth_required=True, tls_context=certificate.server())
    message = replace(MESSAGE, address="ana@example.com")

    def outcome(login: str) -> Outcome:
        url = f"smtp://{login}localhost:{server.port}?starttls=1"
        return mail_gateway(url, tls=certificate.client()).send(message)

    assert isinstance(outcome("triage:p%40ss%2Fword@"), Delivered)
    assert outcome(f"triage:{SECRET}@") == Rejected("the mail server refused our login: 535")
    assert isinstance(outcome(""), Rejected)
    assert len(server.mailbox.mails) == 1


@pytest.mark.parametrize(("reply", "expected"), [(b"454 4.7.0 later\r\n", Retry), (b"535 5.7.8 no\r\n", Rejected)])
def test_a_refused_login_is_final_unless_it_is_passing(reply: bytes, expected: type[Outcome]) -> None:
    offers_login = say(b"250-mail.example.com\r\n250 AUTH PLAIN\r\n")
    with LocalServer(smtp(EHLO=offers_login, AUTH=say(reply))) as server:
        gateway = mail_gateway(f"smtp://triage:{SECRET}@127.0.0.1:{server.port}")
        outcome = gateway.send(replace(MESSAGE, address="ana@example.com"))
    assert isinstance(outcome, expected)
    assert SECRET not in outcome.reason
    assert base64.b64encode(SECRET.encode()).decode() not in outcome.reason


def test_mail_goes_through_starttls(mail_server: Callable[..., MailServer], certificate: Certificate) -> None:
    server = mail_server(tls_context=certificate.server(), require_starttls=True)
    message = replace(MESSAGE, address="ana@example.com")
    url = f"smtp://localhost:{server.port}?starttls=1"
    assert isinstance(mail_gateway(url, tls=certificate.client()).send(message), Delivered)
    distrust = mail_gateway(url).send(message)
    assert isinstance(distrust, Retry)
    assert "certificate" in distrust.reason
    assert len(server.mailbox.mails) == 1


def test_mail_goes_through_smtps(certificate: Certificate) -> None:
    with LocalServer(smtp(), tls=certificate.server()) as server:
        gateway = mail_gateway(f"smtps://localhost:{server.port}", tls=certificate.client())
        assert isinstance(gateway.send(replace(MESSAGE, address="ana@example.com")), Delivered)
        assert len(server.requests) == 1


def test_a_silent_smtps_handshake_is_cut_off() -> None:
    with LocalServer(hang) as server:
        gateway = SmtpGateway(f"smtps://127.0.0.1:{server.port}", "triage@example.com", now, deadline=0.3)
        assert isinstance(gateway.send(replace(MESSAGE, address="ana@example.com")), Retry)
        assert server.left.wait(10)


def test_without_the_starttls_asked_for_nothing_is_sent() -> None:
    with LocalServer(smtp()) as server:
        gateway = mail_gateway(f"smtp://ana:{SECRET}@127.0.0.1:{server.port}?starttls=1")
        outcome = gateway.send(replace(MESSAGE, address="ana@example.com"))
        assert server.requests == []
    assert isinstance(outcome, Rejected)
    assert "STARTTLS" in outcome.reason


def test_a_mail_that_was_taken_stays_delivered_whatever_follows() -> None:
    with LocalServer(smtp(QUIT=hang)) as server:
        assert isinstance(send(RIGS[2], server.port), Delivered)


@pytest.mark.parametrize(
    "address", ["", "ana", "ana@", "@example.com", "ana@example.com\r\nBcc: eve@example.com", "a@b, c@d", "A <a@b>"]
)
def test_what_is_no_mail_address_is_rejected(address: str) -> None:
    gateway = mail_gateway(f"smtp://127.0.0.1:{unused_port()}")
    assert isinstance(gateway.send(replace(MESSAGE, address=address)), Rejected)


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        (f"http://{SECRET}@mail.example.com", "triage@example.com"),
        ("smtp://", "triage@example.com"),
        (f"smtp://ana:{SECRET}@mail.example.com?tls=1", "triage@example.com"),
        (f"smtp://ana:{SECRET}é@mail.example.com", "triage@example.com"),
        (f"smtp://ana:{SECRET}@mail.example.com", "nobody"),
    ],
)
def test_mail_settings_that_cannot_work_are_told_at_once(url: str, sender: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        SmtpGateway(url, sender, now)
    assert SECRET not in str(caught.value)


# Apprise


def test_apprise_shows_subject_body_and_key() -> None:
    with LocalServer(http(say(answer(200)))) as server:
        send(RIGS[1], server.port)
        (request,) = server.requests
    content = json.loads(request.body)
    assert content["title"] == MESSAGE.subject
    assert content["message"] == f"{MESSAGE.body}\nref {MESSAGE.key}"
    assert content["type"] == "failure"


def test_apprise_keeps_the_key_in_a_body_that_is_too_long() -> None:
    with LocalServer(http(say(answer(200)))) as server:
        message = replace(MESSAGE, body="words " * 20_000)
        assert isinstance(send(RIGS[1], server.port, message=message), Delivered)
        (request,) = server.requests
    content = json.loads(request.body)
    assert len(content["title"]) + len(content["message"]) <= 32768, "more than the service takes"
    lines = content["message"].split("\n")
    assert lines[0].endswith("…")
    assert lines[1:] == [f"ref {MESSAGE.key}"]


@pytest.mark.parametrize(
    "address",
    ["", SECRET, f"nope://{SECRET}@host/{SECRET}", f"json://host:{SECRET}/", "json://", f"tgram://{SECRET}"],
)
def test_an_apprise_url_that_cannot_be_used_is_rejected_without_a_word(
    address: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        outcome = AppriseGateway(now, deadline=20).send(replace(MESSAGE, address=address))
    assert isinstance(outcome, Rejected)
    written = "".join(capfd.readouterr())
    assert SECRET not in outcome.reason + caplog.text + written


def test_apprise_takes_a_refusal_inside_a_good_answer_for_one() -> None:
    """As Slack does it: 200, and the body says that it failed. Enigma2 does so at a host of one's choice."""
    with LocalServer(http(say(answer(200, body=b'{"result": false, "message": "no"}')))) as server:
        message = replace(MESSAGE, address=f"enigma2://127.0.0.1:{server.port}/")
        outcome = AppriseGateway(now, deadline=20).send(message)
        assert len(server.requests) == 1
    assert outcome == Retry("Enigma2 did not take the page")


# The console


class AsciiTerminal(io.TextIOWrapper):
    """A terminal that knows no other characters."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="ascii")


def test_the_console_prints_one_readable_block() -> None:
    screen = io.StringIO()
    outcome = ConsoleGateway(screen, deadline=20).send(replace(MESSAGE, address="ana"))
    assert outcome == Delivered()
    assert screen.getvalue().splitlines()[1:-1] == [
        "URGENT PAGE to ana",
        "Subject: P0: payments are down",
        "| Everything fails since 09:00.",
        "| See ticket 12.",
        "ref page-17-2",
    ]


def test_the_console_does_not_do_what_customers_write() -> None:
    screen = io.StringIO()
    message = Message(NASTY, NASTY, NASTY, f"{NASTY}\n{'-' * 72}\nref forged")
    assert ConsoleGateway(screen, deadline=20).send(message) == Delivered()
    text = screen.getvalue()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
    assert "\n| ref forged\n" in text
    assert text.count("\nref ") == 1


def test_a_terminal_without_the_characters_still_shows_the_page() -> None:
    screen = AsciiTerminal()
    assert ConsoleGateway(screen, deadline=20).send(replace(MESSAGE, body="für «Łódź»")) == Delivered()
    assert b"| f?r" in screen.buffer.getvalue()


def test_a_closed_stream_is_retried() -> None:
    screen = io.StringIO()
    screen.close()
    assert isinstance(ConsoleGateway(screen, deadline=20).send(MESSAGE), Retry)


def test_a_broken_pipe_is_retried() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    screen = os.fdopen(writer, "w")
    assert isinstance(ConsoleGateway(screen, deadline=20).send(MESSAGE), Retry)
    with pytest.raises(BrokenPipeError):
        screen.close()


def test_a_held_terminal_makes_a_page_late_and_no_more() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w") as screen:
        gateway = ConsoleGateway(screen, deadline=0.3)
        assert isinstance(gateway.send(replace(MESSAGE, body="words " * 100_000)), Retry)
        assert isinstance(gateway.send(MESSAGE), Retry)
        drain = threading.Thread(target=_read_to_the_end, args=(reader,))
        drain.start()
        patient = ConsoleGateway(screen, deadline=20)
        assert isinstance(patient.send(MESSAGE), Delivered)
    drain.join()


def _read_to_the_end(descriptor: int) -> None:
    while os.read(descriptor, 65536):
        pass
    os.close(descriptor)


# Text


@settings(max_examples=200)
@given(st.text(st.characters(codec=None), max_size=80))
def test_cleaned_text_holds_nothing_but_text(text: str) -> None:
    line, lines, key = one_line(text, 60), block(text), token(text)
    assert len(line) <= 60
    assert len(line.splitlines()) <= 1
    assert all(character.isprintable() or character in "\n" or ord(character) > 0x9F for character in lines)
    (line + lines).encode()
    assert key.isascii()
    assert len(key.split()) <= 1
