"""What tells mails apart, and how a mail is kept with its envelope."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from triage.domain.mail import Envelope, Mail, Mailbox, Via
from triage.domain.mail_content import digest, keys_in, own_keys, pack, reopening, shortened, unpack
from triage.domain.ticket import Actor, Fact, FactKind, Field
from triage.domain.timeline import read_timeline

AT = datetime(2026, 11, 26, 3, 0, tzinfo=UTC)
ENVELOPES = st.builds(
    Envelope, st.sampled_from(Via), st.none() | st.text(), st.lists(st.text()).map(tuple), st.text(), st.text()
)


@given(ENVELOPES, st.binary())
def test_a_mail_comes_back_byte_for_byte_with_its_envelope(envelope: Envelope, raw: bytes) -> None:
    assert unpack(pack(envelope, raw)) == (envelope, raw)


def test_copies_are_one_mail_and_a_repeated_message_id_is_not_enough() -> None:
    mail = Mail("1@acme.example", (), (Mailbox("dora@acme.example"),), subject="Down", date=AT, text="All of it")
    relayed = replace(mail, headers={"received": ("from mx",)}, recipients=("oncall@vendor.example",))
    assert digest(mail) == digest(relayed)
    for other in (
        replace(mail, subject="Up"),
        replace(mail, text="None of it"),
        replace(mail, message_id="2@acme.example"),
        replace(mail, authors=(Mailbox("eve@evil.example"),)),
        replace(mail, date=None),
    ):
        assert digest(other) != digest(mail)


def test_keys_in_subjects_and_ids_of_ours() -> None:
    assert keys_in("Re: [SUP-12] Checkout, see M-3 and SUP-12; not sup-1, X-0") == ["SUP-12", "M-3"]
    ids = ["abc@Vendor.example", "x@other.example", "a%2Fb@vendor.example"]
    assert own_keys(ids, "vendor.example") == ["abc", "a%2Fb"]


@given(st.booleans())
def test_reopening_asks_anew_whether_or_not_somebody_had_closed_it(closed: bool) -> None:
    actor = Actor("dora@acme.example")
    created = Fact("created", FactKind.CREATED, AT)
    before = [Fact("snapshot/opened", FactKind.SNAPSHOT, AT, values={Field.STATUS: "open"})]
    later = AT.replace(hour=4)
    if closed:
        before.append(Fact("x/closed", FactKind.CHANGE, AT.replace(minute=30), values={Field.STATUS: "resolved"}))
    timeline = read_timeline([created, *before, *reopening(actor, 2, later, closed=closed)])
    statuses = [change.value for change in timeline.changes if change.field == Field.STATUS]
    assert statuses[-2:] == ["resolved", "open"]
    assert timeline.open


def test_a_line_is_cut_where_a_person_stops_reading() -> None:
    assert shortened("a\n b  c") == "a b c"
    assert shortened("x" * 300, 10) == "x" * 9 + "…"
