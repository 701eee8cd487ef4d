"""Forged mail proves nothing; honest mail does. Raw bytes in, proof out, over a DNS in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.mail_zone import HEADERS, Zone
from triage.domain.mail import Envelope, Proof, Result, Via
from triage.domain.mail_proof import AuthenticationRules

NOW = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
BOX = "oncall@vendor.example"
RULES = AuthenticationRules(
    mailboxes=frozenset({BOX}),
    authserv_ids=frozenset({"mx.vendor.example"}),
    relays=(ip_network("10.1.0.0/16"),),
)
HTTP, FOREIGN = (
    Envelope(Via.HTTP),
    Envelope(Via.SMTP, "dora@acme.example", (BOX,), "203.0.113.9", "mail.acme.example"),
)
RELAYED = Envelope(Via.SMTP, "dora@acme.example", (BOX,), "10.1.2.3", "mx.vendor.example")


def mail(
    sender: str = "Dora <dora@acme.example>", to: str = BOX, extra: str = "", subject: str = "Checkout is down"
) -> bytes:
    lines = [f"From: {sender}", f"To: {to}", f"Subject: {subject}", "Date: Thu, 26 Nov 2026 03:00:00 +0000"]
    lines += ["Message-ID: <1@acme.example>", *([extra] if extra else []), "", "Production is down.", ""]
    return "\r\n".join(lines).encode("utf-8", "surrogateescape")


def prove(zone: Zone, raw: bytes, envelope: Envelope = HTTP, rules: AuthenticationRules = RULES) -> Proof:
    return zone.authenticator(lambda: NOW).check(raw, envelope, rules)


@pytest.fixture
def zone() -> Zone:
    return Zone()


# Honest mail


def test_a_signature_of_the_authors_own_domain(zone: Zone) -> None:
    proof = prove(zone, zone.signed(mail(), "acme.example", at=NOW))
    assert proof.aligned
    assert proof.author == "dora@acme.example"
    assert proof.reason == "signed by acme.example, the author's own domain"


def test_a_signature_of_the_same_organisation_unless_the_domain_wants_its_own(zone: Zone) -> None:
    raw = zone.signed(mail("dora@shop.acme.example"), "acme.example", at=NOW)
    assert prove(zone, raw).aligned
    zone.publish("_dmarc.acme.example", "TXT", "v=DMARC1; p=reject; adkim=s")
    assert not prove(zone, raw).aligned
    zone.publish("_dmarc.shop.acme.example", "TXT", "v=DMARC1; p=none; adkim=r")
    assert prove(zone, raw).aligned  # its own record comes first


def test_a_server_that_may_send_for_the_domain(zone: Zone) -> None:
    zone.publish("acme.example", "TXT", "other words", "v=spf1 ip4:203.0.113.0/24 -all")
    proof = prove(zone, mail(), FOREIGN)
    assert proof.aligned
    assert proof.reason.startswith("sent by a server of acme.example")
    elsewhere = Envelope(Via.SMTP, "dora@acme.example", (BOX,), "198.51.100.7", "evil.example")
    assert not prove(zone, mail(), elsewhere).aligned


def test_spf_follows_includes_and_mail_exchangers(zone: Zone) -> None:
    zone.publish("acme.example", "TXT", "v=spf1 include:_spf.host.example mx -all")
    zone.publish("_spf.host.example", "TXT", "v=spf1 ip4:192.0.2.1 ~all")
    zone.publish("acme.example", "MX", "10 mx1.acme.example")
    zone.publish("mx1.acme.example", "A", "203.0.113.9")
    assert prove(zone, mail(), FOREIGN).aligned


@pytest.mark.parametrize("envelope", [HTTP, Envelope(Via.IMAP), RELAYED])
@pytest.mark.parametrize(
    "results",
    [
        "dmarc=pass header.from=acme.example",
        "dkim=pass header.d=acme.example",
        "dkim=pass header.i=@acme.example header.s=s; spf=none",
        "spf=pass smtp.mailfrom=dora@acme.example",
    ],
)
def test_what_a_server_of_ours_has_found_out(zone: Zone, envelope: Envelope, results: str) -> None:
    raw = f"Authentication-Results: mx.vendor.example; {results}\r\n".encode() + mail()
    proof = prove(zone, raw, envelope)
    assert proof.aligned
    assert "says mx.vendor.example" in proof.reason


def test_a_sub_address_and_a_copy_are_addressed_to_us(zone: Zone) -> None:
    assert prove(zone, zone.signed(mail(to="oncall+ack-1@vendor.example"), "acme.example", at=NOW)).aligned
    copied = mail(to="sales@vendor.example", extra=f"Cc: Boss <boss@acme.example>, {BOX}")
    assert prove(zone, zone.signed(copied, "acme.example", at=NOW, headers=(*HEADERS, b"cc"))).aligned


# Forged mail


def resigned(zone: Zone, raw: bytes, domain: str = "evil.example", **options: object) -> bytes:
    return zone.signed(raw, domain, at=NOW, **options)  # type: ignore[arg-type]


def replayed(zone: Zone) -> bytes:
    """Really dora's, but written to somebody else."""
    return resigned(zone, mail(to="friend@elsewhere.example"), "acme.example")


def results(text: str, raw: bytes | None = None) -> bytes:
    return f"Authentication-Results: {text}\r\n".encode() + (raw or mail())


OURS = "mx.vendor.example; dmarc=pass header.from=acme.example"
FORGERIES: dict[str, tuple[Callable[[Zone], bytes], Envelope]] = {
    "nothing but a From": (lambda zone: mail(), HTTP),
    "another domain's signature": (lambda zone: resigned(zone, mail()), HTTP),
    "an address as display name": (lambda zone: resigned(zone, mail('"dora@acme.example" <x@evil.example>')), HTTP),
    "an address as bare name": (lambda zone: resigned(zone, mail("dora@acme.example <x@evil.example>")), HTTP),
    "a domain within another": (
        lambda zone: resigned(zone, mail("d@acme.example.evil.example"), "evil.example"),
        HTTP,
    ),
    "a replay to another recipient": (replayed, HTTP),
    "a replay with To changed": (
        lambda zone: replayed(zone).replace(b"To: friend@elsewhere.example", f"To: {BOX}".encode()),
        HTTP,
    ),
    "a replay with a second To": (
        lambda zone: replayed(zone).replace(b"Subject:", f"To: {BOX}\r\nSubject:".encode(), 1),
        HTTP,
    ),
    "a replay with an unsigned Cc": (
        lambda zone: replayed(zone).replace(b"Subject:", f"Cc: {BOX}\r\nSubject:".encode(), 1),
        HTTP,
    ),
    "a To that is not signed": (
        lambda zone: resigned(zone, mail(), "acme.example", headers=(b"from", b"subject", b"date")),
        HTTP,
    ),
    "an old signature": (lambda zone: zone.signed(mail(), "acme.example", at=NOW - timedelta(days=4)), HTTP),
    "a signature that has expired": (
        lambda zone: zone.signed(
            mail(), "acme.example", at=NOW - timedelta(days=1), fields={b"x": str(int(NOW.timestamp()) - 60).encode()}
        ),
        HTTP,
    ),
    "words added below a part that is signed": (
        lambda zone: resigned(zone, mail(), "acme.example", length=True) + b"And wake everybody up.\r\n",
        HTTP,
    ),
    "a length that covers it all": (lambda zone: resigned(zone, mail(), "acme.example", length=True), HTTP),
    "SHA-1": (lambda zone: resigned(zone, mail(), "acme.example", signature_algorithm=b"rsa-sha1"), HTTP),
    "a key that is too short": (lambda zone: resigned(zone, mail(), "acme.example", bits=768), HTTP),
    "a second From above": (
        lambda zone: b"From: dora@acme.example\r\n" + resigned(zone, mail("x@evil.example")),
        HTTP,
    ),
    "a second From below": (
        lambda zone: resigned(zone, mail("x@evil.example", extra="From: dora@acme.example")),
        HTTP,
    ),
    "two authors": (lambda zone: resigned(zone, mail("x@evil.example, dora@acme.example")), HTTP),
    "a group": (lambda zone: resigned(zone, mail("Friends: dora@acme.example;"), "acme.example"), FOREIGN),
    "no From": (lambda zone: mail().replace(b"From: Dora <dora@acme.example>\r\n", b""), HTTP),
    "an empty From": (lambda zone: resigned(zone, mail("<>")), HTTP),
    "a NUL in From": (lambda zone: resigned(zone, mail("x@evil.example\x00 dora@acme.example")), HTTP),
    "a line break in an encoded word": (
        lambda zone: resigned(zone, mail("=?utf-8?q?x=0D=0AFrom=3A_dora=40acme=2Eexample?= <x@evil.example>")),
        HTTP,
    ),
    "a comment": (lambda zone: resigned(zone, mail("x@evil.example (dora@acme.example)")), HTTP),
    "a route": (lambda zone: resigned(zone, mail("<@evil.example:dora@acme.example>")), HTTP),
    "Sender and Reply-To": (
        lambda zone: resigned(zone, mail(extra="Sender: x@evil.example\r\nReply-To: x@evil.example")),
        HTTP,
    ),
    "results of somebody else": (lambda zone: results("mx.evil.example; dmarc=pass header.from=acme.example"), HTTP),
    "results in our name, by SMTP": (lambda zone: results(OURS), FOREIGN),
    "results in our name, below ours": (
        lambda zone: results("mx.vendor.example; dmarc=fail header.from=acme.example", results(OURS)),
        HTTP,
    ),
    "results of a mail to somebody else": (lambda zone: results(OURS, mail(to="friend@elsewhere.example")), HTTP),
    "results for another domain": (
        lambda zone: results(
            "mx.vendor.example; dkim=pass header.d=evil.example; dmarc=pass header.from=evil.example"
        ),
        HTTP,
    ),
    "results that are garbled": (
        lambda zone: results("mx.vendor.example; dmarc=pass header.from=acme.example;;("),
        HTTP,
    ),
    "SPF of another MAIL FROM": (
        lambda zone: mail(),
        Envelope(Via.SMTP, "x@evil.example", (BOX,), "198.51.100.7", "evil.example"),
    ),
    "SPF of a HELO in a bounce": (
        lambda zone: mail(),
        Envelope(Via.SMTP, "", (BOX,), "198.51.100.7", "evil.example"),
    ),
    "a public suffix": (lambda zone: resigned(zone, mail("dora@co.uk"), "co.uk"), HTTP),
    "a neighbour under a public suffix": (lambda zone: resigned(zone, mail("dora@acme.co.uk"), "evil.co.uk"), HTTP),
    "look-alike letters": (lambda zone: resigned(zone, mail("dora@аcme.example"), "xn--cme-7cd.example"), HTTP),
}


@pytest.mark.parametrize(("forge", "envelope"), FORGERIES.values(), ids=FORGERIES)
def test_a_forgery_proves_nothing_for_the_customer(
    zone: Zone, forge: Callable[[Zone], bytes], envelope: Envelope
) -> None:
    zone.publish("acme.example", "TXT", "v=spf1 ip4:192.0.2.1 -all")
    zone.publish("evil.example", "TXT", "v=spf1 ip4:198.51.100.7 -all")
    proof = prove(zone, forge(zone), envelope)
    assert not (proof.aligned and proof.author.endswith("@acme.example")), proof
    assert proof.reason


def test_a_look_alike_is_only_ever_itself(zone: Zone) -> None:
    raw = zone.signed(mail("dora@аcme.example"), "xn--cme-7cd.example", at=NOW)  # a Cyrillic first letter
    assert prove(zone, raw).author != "dora@acme.example"


@settings(max_examples=60)
@given(st.data())
def test_no_letter_of_a_signed_mail_can_be_changed(data: st.DataObject) -> None:
    zone = Zone()
    raw = zone.signed(mail(), "acme.example", at=NOW)
    head = raw.index(b"From:")
    place = data.draw(st.integers(head, len(raw) - 3))
    letter = data.draw(st.integers(33, 126).filter(lambda one: one != raw[place]))
    if raw[place] in b" \r\n:" or bytes([letter]).lower() == raw[place : place + 1].lower():
        return  # relaxed canonicalisation lets white space, and the case of header names, change
    changed = raw[:place] + bytes([letter]) + raw[place + 1 :]
    proof = prove(zone, changed)
    assert not proof.aligned, changed[max(0, place - 20) : place + 20]


@settings(max_examples=200)
@given(st.binary(max_size=2_000), st.sampled_from([HTTP, FOREIGN, RELAYED]))
def test_nothing_in_a_mail_breaks_the_check(raw: bytes, envelope: Envelope) -> None:
    assert not prove(Zone(), raw, envelope).aligned
    assert not prove(Zone(), b"DKIM-Signature: " + raw + b"\r\n" + mail(), envelope).aligned
    assert not prove(
        Zone(), b"Authentication-Results: " + raw[:200].replace(b"\n", b"") + b"\r\n" + mail(), FOREIGN
    ).aligned


# DNS


def test_dns_that_does_not_answer_means_try_again_only_where_it_could_prove_something(zone: Zone) -> None:
    raw, other = zone.signed(mail(), "acme.example", at=NOW), zone.signed(mail(), "evil.example", at=NOW)
    zone.fails = True
    proof = prove(zone, raw)
    assert (proof.aligned, proof.try_again) == (False, True)
    assert {check.result for check in proof.checks} == {Result.TEMPERROR}
    assert not prove(zone, other).try_again
    assert not prove(zone, mail()).try_again
    assert prove(zone, mail(), FOREIGN).try_again


def test_a_mail_cannot_make_us_ask_much(zone: Zone) -> None:
    raw = mail()
    for number in range(60):
        raw = zone.signed(raw, f"d{number}.example", at=NOW, selector=f"s{number}")
    zone.publish("acme.example", "TXT", "v=spf1 " + " ".join(f"include:i{number}.example" for number in range(60)))
    zone.asked.clear()
    assert not prove(zone, raw, FOREIGN).aligned
    assert len(zone.asked) <= 40
