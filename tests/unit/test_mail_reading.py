"""Reading any message: real ones, broken ones, hostile ones; never an error, and never more than a bounded cost."""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.mail_reading import read_mail
from tests.real_mails import real_mails
from triage.domain.mail import Attachment, Mail


def test_every_real_message_is_read_into_something_that_can_be_kept() -> None:
    for message in real_mails():
        mail = read_mail(message.raw)
        told = json.dumps(asdict(mail), default=str)
        assert "\\u0000" not in told, message.name
        told.encode("utf-8")
        mail.text.encode("utf-8")
        assert mail == read_mail(message.raw), message.name
        assert all(" " not in author.address for author in mail.authors), message.name


def message(headers: str, body: bytes = b"It is down.\r\n", kind: str = "text/plain; charset=utf-8") -> bytes:
    return f"{headers}\r\nContent-Type: {kind}\r\n\r\n".encode() + body


HEAD = "From: Dora <dora@acme.example>\r\nTo: oncall@vendor.example\r\nSubject: Down"


def test_a_plain_message() -> None:
    mail = read_mail(
        message(
            "From: =?utf-8?q?D=C3=B3ra?= <Dora@Acme.Example>\r\nTo: OnCall@vendor.example, b@x.example\r\n"
            "Subject: =?utf-8?b?QXVzZ2VmYWxsZW4=?= \r\n =?utf-8?q?_heute?=\r\n"
            "Date: Mon, 23 Nov 2026 10:00:00 +0100\r\n"
            "Message-ID: <2@acme.example>\r\nIn-Reply-To: <1@v>\r\nReferences: <0@v> <1@v>"
        )
    )
    assert [(one.name, one.address) for one in mail.authors] == [("Dóra", "dora@acme.example")]
    assert mail.recipients == ("oncall@vendor.example", "b@x.example")
    assert mail.subject == "Ausgefallen heute"
    assert mail.date == datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    assert (mail.message_id, mail.references) == ("2@acme.example", ("0@v", "1@v"))
    assert mail.text == mail.new_text == "It is down."


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("Es ist aus: ä".encode("latin-1"), "text/plain; charset=iso-8859-1", "Es ist aus: ä"),
        ("Es ist aus: ä".encode("latin-1"), "text/plain; charset=utf-8", "Es ist aus: ä"),  # says another one
        ("Es ist aus: ä".encode(), "text/plain; charset=us-ascii", "Es ist aus: ä"),
        ("Es ist aus: ä".encode(), "text/plain; charset=no-such-thing", "Es ist aus: ä"),
        ("Price: 5 €".encode("cp1252"), "text/plain; charset=iso-8859-1", "Price: 5 €"),
        ("Это не работает".encode("koi8-r"), "text/plain; charset=koi8-r", "Это не работает"),
        ("落ちています".encode("iso-2022-jp"), "text/plain; charset=ISO-2022-JP", "落ちています"),
        ("系统坏了".encode("gb18030"), "text/plain; charset=gb2312", "系统坏了"),
        (b"It is\x00 down\x07", "text/plain; charset=utf-8", "It is down"),
        (b"<p>It is <b>down</b></p><p style='display:none'>secret</p>", "text/html; charset=utf-8", "It is down"),
    ],
)
def test_charsets_as_they_are_and_not_as_they_say(body: bytes, kind: str, text: str) -> None:
    assert read_mail(message(HEAD, body, kind)).text == text


def multipart(subtype: str, *parts: str) -> bytes:
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    return message(HEAD, body.encode(), f'multipart/{subtype}; boundary="b"')


PLAIN = "Content-Type: text/plain\r\n\r\nIt is down."
HTML = "Content-Type: text/html\r\n\r\n<p>It is <i>really</i> down.</p>"


def test_the_plain_text_is_read_unless_there_is_none_to_speak_of() -> None:
    assert read_mail(multipart("alternative", PLAIN, HTML)).text == "It is down."
    for nothing in ("", "Your email client does not support HTML.", "This message is in HTML format."):
        mail = read_mail(multipart("alternative", f"Content-Type: text/plain\r\n\r\n{nothing}", HTML))
        assert mail.text == "It is really down."


def test_attachments_are_listed_and_never_opened() -> None:
    file = (
        'Content-Type: application/pdf\r\nContent-Disposition: attachment; filename="=?utf-8?q?M=C3=A4rz.pdf?="\r\n'
    )
    file += "Content-Transfer-Encoding: base64\r\n\r\naGVsbG8="
    log = "Content-Type: text/plain\r\nContent-Disposition: attachment; filename=log.txt\r\n\r\nOwner: root"
    nested = "Content-Type: message/rfc822\r\n\r\nFrom: x@y.example\r\nSubject: inner\r\n\r\nNobody reads this"
    mail = read_mail(multipart("mixed", PLAIN, file, log, nested))
    assert mail.text == "It is down."
    assert mail.attachments[0] == Attachment("März.pdf", "application/pdf", 5)
    assert mail.attachments[1] == Attachment("log.txt", "text/plain", 11)
    assert mail.attachments[2].media_type == "message/rfc822"
    assert mail.subject == "Down"


def test_a_calendar_answer_is_known_by_its_method() -> None:
    part = "Content-Type: text/calendar; method=REPLY\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REPLY\r\nEND:VCALENDAR"
    assert read_mail(multipart("alternative", PLAIN, part)).calendar_method == "REPLY"


def test_more_authors_than_one_are_all_told() -> None:
    for sender in ("From: a@x.example, b@y.example", "From: a@x.example\r\nFrom: b@y.example"):
        mail = read_mail(message(sender))
        assert [one.address for one in mail.authors] == ["a@x.example", "b@y.example"]
        assert mail.author is None


@pytest.mark.parametrize(
    ("sender", "address"),
    [
        ('"dora@acme.example" <x@evil.example>', "x@evil.example"),
        ("=?utf-8?q?dora=40acme.example=0D=0ABcc=3A?= <x@evil.example>", "x@evil.example"),
        ("dora@acme.example (x@evil.example)", "dora@acme.example"),
        ("x@ЕXAMPLE.test", "x@xn--xample-2of.test"),
    ],
)
def test_display_names_are_no_addresses(sender: str, address: str) -> None:
    mail = read_mail(message(f"From: {sender}"))
    assert [one.address for one in mail.authors] == [address]
    assert "bcc" not in mail.headers


def test_what_stands_in_front_and_a_missing_end_do_not_matter() -> None:
    for raw in (
        b"\xef\xbb\xbf\r\n  \r\n" + message(HEAD),
        b"From someone Mon Nov 23 09:00:00 2026\n" + message(HEAD),
        message(HEAD).replace(b"\r\n", b"\n"),
        message(HEAD).replace(b"\r\n", b"\r"),
        multipart("mixed", PLAIN).replace(b"--b--\r\n", b""),
    ):
        mail = read_mail(raw)
        assert (mail.subject, mail.text) == ("Down", "It is down.")


def test_a_bounce_tells_what_came_back() -> None:
    status = "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
    status += "Final-Recipient: rfc822; ana@vendor.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    status += "Diagnostic-Code: smtp; 550 5.1.1 no such\r\n user\r\n"
    back = "Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <page@vendor.example>\r\nTo: ana@vendor.example\r\n"
    raw = multipart("report; report-type=delivery-status", PLAIN, status, back)
    report = read_mail(raw.replace(b"multipart/report; report-type", b"multipart/report; report-type")).report
    assert report is not None
    assert report.original_ids == ("page@vendor.example",)
    assert report.recipients == ("ana@vendor.example",)
    assert (report.action, report.status) == ("failed", "5.1.1")
    assert "550" in report.reason
    assert read_mail(message(HEAD)).report is None


@settings(max_examples=300)
@given(st.binary(max_size=3_000))
def test_arbitrary_bytes_are_read(raw: bytes) -> None:
    mail = read_mail(raw)
    assert isinstance(mail, Mail)
    json.dumps(asdict(mail), default=str).encode("utf-8")


@settings(max_examples=150)
@given(st.data())
def test_real_messages_with_torn_bytes_are_read(data: st.DataObject) -> None:
    messages = real_mails()
    raw = bytearray(data.draw(st.sampled_from(messages)).raw[:20_000])
    for _ in range(data.draw(st.integers(1, 20))):
        place = data.draw(st.integers(0, max(0, len(raw) - 1)))
        raw[place : place + data.draw(st.integers(0, 30))] = data.draw(st.binary(max_size=10))
    mail = read_mail(bytes(raw))
    assert "\x00" not in mail.text
    mail.text.encode("utf-8")


def nested(depth: int) -> bytes:
    raw = b"From: a@b.example\r\n"
    for level in range(depth):
        raw += f'Content-Type: multipart/mixed; boundary="b{level}"\r\n\r\n--b{level}\r\n'.encode()
    return raw + b"Content-Type: text/plain\r\n\r\nIt is down.\r\n"


HOSTILE = {
    "headers": lambda size: b"X: y\r\n" * (size // 6) + b"\r\nx",
    "one long header": lambda size: b"Subject: " + b"=?utf-8?q?x?= " * (size // 14) + b"\r\n\r\nx",
    "references": lambda size: b"References: " + b"<a@b> " * (size // 6) + b"\r\n\r\nx",
    "addresses": lambda size: b"To: " + b"a@b.example, " * (size // 13) + b"\r\n\r\nx",
    "quotes in From": lambda size: b"From: " + b'"' * size + b"\r\n\r\nx",
    "comments in From": lambda size: b"From: " + b"(" * size + b"\r\n\r\nx",
    "html": lambda size: b"Content-Type: text/html\r\n\r\n" + b"<div>" * (size // 5),
    "html attributes": lambda size: b"Content-Type: text/html\r\n\r\n<p " + b"a=b " * (size // 4),
    "parts": lambda size: b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * (size // 10),
}


@pytest.mark.parametrize("fill", HOSTILE.values(), ids=HOSTILE)
def test_ten_times_the_message_costs_at_most_fifteen_times_as_much(fill: object) -> None:
    def cost(size: int) -> float:
        raw = fill(size)  # type: ignore[operator]
        begun = time.process_time()
        read_mail(raw)
        return time.process_time() - begun

    small = min(cost(50_000) for _ in range(3))
    assert min(cost(500_000) for _ in range(2)) <= 15 * max(small, 0.01)


def test_parts_that_are_nested_too_deep_end_nothing() -> None:
    for depth in (10, 60, 400, 3_000):
        mail = read_mail(nested(depth))
        assert [one.address for one in mail.authors] == ["a@b.example"]
        assert depth < 50 or mail.defects
