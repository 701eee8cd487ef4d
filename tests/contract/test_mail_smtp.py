"""The SMTP listener, talked to by a real client and by hand: 250 only once the mail is kept."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest

from integrations.mail_smtp import MailListener
from tests.contract.mail_keeper import Keeper
from tests.tls import certificate
from triage.domain.mail import Via

BOX = "oncall@vendor.example"
MAIL = b"From: dora@acme.example\r\nTo: oncall@vendor.example\r\nSubject: Down\r\n\r\nIt is down.\r\n.\r\n..two\r\n"


@contextmanager
def listening(keeper: Keeper | Any, **options: Any) -> Iterator[int]:
    options = {"most_bytes": 100_000, "hostname": "vendor.example", **options}
    listener = MailListener(
        "127.0.0.1", 0, keeper, lambda address: address.partition("+")[0] in (BOX, "oncall"), **options
    )
    port = listener.start()
    try:
        yield port
    finally:
        listener.stop()


@contextmanager
def session(port: int) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", port, local_hostname="mail.acme.example", timeout=30) as client:
        yield client


def test_a_mail_is_handed_over_byte_for_byte_with_its_envelope() -> None:
    keeper = Keeper()
    with listening(keeper) as port, session(port) as client:
        client.ehlo()
        assert client.has_extn("size")
        client.sendmail("dora@acme.example", [BOX], MAIL)
        client.sendmail("", [BOX], MAIL + b"a bounce\r\n")
    (first, raw), (second, _) = keeper.kept.values()
    assert raw == MAIL
    assert (first.via, first.sender, first.recipients) == (Via.SMTP, "dora@acme.example", (BOX,))
    assert (first.peer, first.helo) == ("127.0.0.1", "mail.acme.example")
    assert second.sender == ""


def test_mail_for_others_is_refused() -> None:
    keeper = Keeper()
    with listening(keeper) as port, session(port) as client:
        for address in ("someone@elsewhere.example", "oncall@evil.example@vendor.example", "root"):
            with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
                client.sendmail("dora@acme.example", [address], MAIL)
            assert next(iter(caught.value.recipients.values()))[0] >= 500
    assert keeper.kept == {}


def test_what_cannot_be_kept_is_answered_451_and_the_session_goes_on() -> None:
    keeper = Keeper()
    keeper.fail(1)
    keeper.fail(1, RuntimeError("a bug"))
    with listening(keeper) as port, session(port) as client:
        for _ in range(2):
            with pytest.raises(smtplib.SMTPDataError) as caught:
                client.sendmail("dora@acme.example", [BOX], MAIL)
            assert caught.value.smtp_code == 451
        client.sendmail("dora@acme.example", [BOX], MAIL)
    assert len(keeper.kept) == 1


def test_nobody_knows_whether_it_is_ours_is_no_refusal() -> None:
    def broken(_: str) -> bool:
        raise OSError("no database")

    listener = MailListener("127.0.0.1", 0, Keeper(), broken, most_bytes=1000, hostname="vendor.example")
    port = listener.start()
    with session(port) as client, pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        client.sendmail("dora@acme.example", [BOX], MAIL)
    listener.stop()
    assert next(iter(caught.value.recipients.values()))[0] == 451


def test_a_mail_that_is_too_large_is_refused_whether_or_not_it_says_so() -> None:
    keeper = Keeper()
    with listening(keeper, most_bytes=10_000) as port, session(port) as client:
        large = MAIL + b"x\r\n" * 10_000
        with pytest.raises(smtplib.SMTPException):
            client.sendmail("dora@acme.example", [BOX], large)  # says so: SIZE
        client.rset()
        client.docmd("MAIL FROM:<dora@acme.example>")
        client.docmd(f"RCPT TO:<{BOX}>")
        assert client.data(large)[0] == 552
        client.sendmail("dora@acme.example", [BOX], MAIL)
    assert len(keeper.kept) == 1


def test_starttls_is_offered_with_a_certificate(tmp_path: Path) -> None:
    keeper = Keeper()
    made = certificate(tmp_path)
    with listening(keeper, tls=made.server()) as port, smtplib.SMTP("localhost", port, timeout=30) as client:
        client.starttls(context=made.client())
        client.sendmail("dora@acme.example", [BOX], MAIL)
    assert len(keeper.kept) == 1


def test_sessions_over_tls_make_room_when_they_end(tmp_path: Path) -> None:
    keeper, made = Keeper(), certificate(tmp_path)
    with listening(keeper, tls=made.server(), most_per_peer=1) as port:
        for number in range(5):
            with smtplib.SMTP("localhost", port, timeout=30) as client:
                client.starttls(context=made.client())
                client.sendmail("dora@acme.example", [BOX], MAIL + b"%d\r\n" % number)
    assert len(keeper.kept) == 5


def test_too_many_connections_are_sent_away_and_let_in_later() -> None:
    keeper = Keeper()
    with listening(keeper, most_per_peer=2) as port:
        with session(port), session(port):
            with pytest.raises(smtplib.SMTPConnectError) as caught:
                smtplib.SMTP("127.0.0.1", port, timeout=30)
            assert caught.value.smtp_code == 421
        for _ in range(20):
            with session(port) as client:
                client.sendmail("dora@acme.example", [BOX], MAIL)
    assert len(keeper.kept) == 1


def test_a_session_that_says_nothing_ends() -> None:
    with listening(Keeper(), silence=0.3) as port, socket.create_connection(("127.0.0.1", port), 30) as line:
        heard = b""
        while data := line.recv(4096):
            heard += data
        assert heard.startswith(b"220")


def test_a_slow_commit_holds_up_no_other_session() -> None:
    together = Barrier(2, timeout=30)

    def accept(*_: object) -> None:
        together.wait()  # only passes if both are being kept at a time

    def send(port: int) -> None:
        with session(port) as client:
            client.sendmail("dora@acme.example", [BOX], MAIL)

    with listening(accept) as port:
        threads = [Thread(target=send, args=(port,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
            assert not thread.is_alive()


def test_a_mail_cannot_smuggle_another_one_in() -> None:
    """A bare line feed before the dot ends no mail (CVE-2023-51764 and its kin)."""
    keeper = Keeper()
    with listening(keeper) as port, socket.create_connection(("127.0.0.1", port), 30) as line:
        file = line.makefile("rb")

        def say(text: bytes) -> bytes:
            line.sendall(text)
            return file.readline()

        file.readline()
        say(b"HELO x\r\n")
        say(b"MAIL FROM:<dora@acme.example>\r\n")
        say(b"RCPT TO:<oncall@vendor.example>\r\n")
        say(b"DATA\r\n")
        smuggled = b"MAIL FROM:<ceo@acme.example>\r\nRCPT TO:<oncall@vendor.example>\r\nDATA\r\nSubject: second\r\n"
        for ending in (b"\n.\n", b"\n.\r\n", b"\r.\r\n"):
            line.sendall(b"Subject: first\r\n\r\nwords" + ending + smuggled)
        answer = say(b"\r\n.\r\n")
        line.sendall(b"QUIT\r\n")
        rest = file.read()
    assert len(keeper.kept) <= 1, (answer, rest)
    assert all(envelope.sender == "dora@acme.example" for envelope, _ in keeper.kept.values())
