"""What becomes of a mail: the table of DESIGN 5.2, and what no mail can do whatever it says."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.mail import Alert, AlertState, Mail, Mailbox, MailKind, Proof, Sorted
from triage.domain.mail_outcome import (
    AUTOMATIC,
    Caps,
    Counts,
    Fate,
    MailRules,
    Outcome,
    Sender,
    Thread,
    UnknownSenders,
    decide_alert,
    decide_message,
)

MAIL = Mail(authors=(Mailbox("dora@acme.example", "Dora"),), subject="Checkout is down")
RULES = MailRules(mailboxes=("oncall@vendor.example",))
YES, NO = Proof(True, "signed by acme.example"), Proof(False, "not signed")
DORA = Sender("dora@acme.example", "acme", listed=True)
EMIL = Sender("emil@acme.example", "acme")
STRANGER = Sender("eve@evil.example")
COLLEAGUE = Sender("ana@vendor.example", colleague=True)
MESSAGE = Sorted(MailKind.MESSAGE, "somebody wrote it")
QUIET = Counts()
BUSY = Thread(7, "acme", responding=True, took_part=False)
IDLE = replace(BUSY, responding=False)
HERS = Thread(8, None, responding=True, took_part=True)


def outcome(
    sender: Sender = DORA,
    proof: Proof = YES,
    thread: Thread | None = None,
    counts: Counts = QUIET,
    rules: MailRules = RULES,
    kind: Sorted = MESSAGE,
    mail: Mail = MAIL,
) -> Outcome:
    return decide_message(mail, kind, proof, sender, thread, counts, rules)


@pytest.mark.parametrize(
    ("sender", "proof", "thread", "fate"),
    [
        (DORA, YES, None, Fate.TICKET),
        (EMIL, YES, None, Fate.TICKET),
        (COLLEAGUE, YES, None, Fate.TICKET),
        (DORA, NO, None, Fate.HELD),
        (EMIL, NO, None, Fate.HELD),
        (COLLEAGUE, NO, None, Fate.HELD),
        (STRANGER, YES, None, Fate.HELD),
        (STRANGER, NO, None, Fate.HELD),
        (DORA, YES, BUSY, Fate.JOINED),
        (DORA, YES, IDLE, Fate.TICKET),
        (DORA, NO, BUSY, Fate.HELD),
        (STRANGER, YES, BUSY, Fate.HELD),  # the thread is acme's, and she is not
        (STRANGER, YES, HERS, Fate.JOINED),  # somebody released her first mail
        (STRANGER, NO, HERS, Fate.HELD),
    ],
)
def test_who_may_page(sender: Sender, proof: Proof, thread: Thread | None, fate: Fate) -> None:
    assert outcome(sender, proof, thread).fate is fate


def test_only_a_contact_on_file_is_asked_to_confirm() -> None:
    assert outcome(DORA, NO).confirm
    assert not outcome(EMIL, NO).confirm
    assert not outcome(STRANGER, NO).confirm


@pytest.mark.parametrize(
    ("rule", "sender", "proof", "fate"),
    [
        (UnknownSenders.PAGE, STRANGER, NO, Fate.TICKET),
        (UnknownSenders.PAGE, DORA, NO, Fate.HELD),  # whoever claims to be known has to prove it
        (UnknownSenders.REJECT, STRANGER, YES, Fate.IGNORED),
        (UnknownSenders.REJECT, DORA, NO, Fate.HELD),
    ],
)
def test_unknown_senders_are_the_operators_choice(
    rule: UnknownSenders, sender: Sender, proof: Proof, fate: Fate
) -> None:
    assert outcome(sender, proof, rules=replace(RULES, unknown_senders=rule)).fate is fate


def test_without_a_mailbox_and_without_one_author_nothing_pages() -> None:
    assert outcome(rules=MailRules()).fate is Fate.HELD
    for authors in ((), (*MAIL.authors, Mailbox("eve@evil.example"))):
        assert outcome(mail=replace(MAIL, authors=authors)).fate is Fate.HELD


def test_the_loop_breaker_holds_and_says_so() -> None:
    caps = Caps(sender=3, thread=4, overall=5)
    rules = replace(RULES, caps=caps)
    assert outcome(counts=Counts(2, 3, 4), rules=rules).fate is Fate.TICKET
    for counts in (Counts(3, 0, 0), Counts(0, 4, 0), Counts(0, 0, 5)):
        held = outcome(counts=counts, rules=rules)
        assert held.fate is Fate.HELD
        assert held.reason.startswith("loop breaker")


SENDERS = st.builds(
    Sender, st.just("dora@acme.example"), st.sampled_from([None, "acme"]), st.booleans(), st.booleans(), st.booleans()
)
THREADS = st.none() | st.builds(
    Thread, st.just(7), st.sampled_from([None, "acme", "globex"]), st.booleans(), st.booleans()
)


@given(
    st.sampled_from(sorted(AUTOMATIC)), SENDERS, THREADS, st.sampled_from([YES, NO]), st.sampled_from(UnknownSenders)
)
def test_nothing_automatic_ever_pages(
    kind: MailKind, sender: Sender, thread: Thread | None, proof: Proof, unknown: UnknownSenders
) -> None:
    rules = replace(RULES, unknown_senders=unknown)
    assert outcome(sender, proof, thread, rules=rules, kind=Sorted(kind, "a header")).fate is Fate.IGNORED


@given(SENDERS, THREADS, st.sampled_from([UnknownSenders.HOLD, UnknownSenders.REJECT]))
def test_what_is_not_proved_never_pages_unless_the_operator_lets_strangers(
    sender: Sender, thread: Thread | None, unknown: UnknownSenders
) -> None:
    found = outcome(sender, NO, thread, rules=replace(RULES, unknown_senders=unknown))
    assert found.fate in (Fate.HELD, Fate.IGNORED)
    assert not found.joins


@given(THREADS, st.sampled_from([YES, NO]))
def test_our_own_mail_and_spam_never_page(thread: Thread | None, proof: Proof) -> None:
    assert outcome(replace(DORA, is_us=True), proof, thread).fate is Fate.IGNORED
    assert outcome(DORA, proof, thread, kind=Sorted(MailKind.SPAM, "X-Spam-Flag: YES")).fate is Fate.HELD


def alert(state: AlertState) -> Sorted:
    return Sorted(MailKind.ALERT, "rule nagios", Alert("nagios", "web1/http", state))


def test_the_table_of_alerts() -> None:
    found = {
        (state, aligned, token, is_open): decide_alert(
            alert(state), YES if aligned else NO, has_token=token, is_open=is_open
        )
        for state, aligned, token, is_open in product(AlertState, *[(False, True)] * 3)
    }
    for (state, aligned, token, is_open), (result, change) in found.items():
        if state is AlertState.FIRING:
            pages = aligned or token
            fate = Fate.HELD if not pages else Fate.JOINED if is_open else Fate.TICKET
            assert (result.fate, change) == (fate, AlertState.FIRING if fate is Fate.TICKET else None)
        else:
            ends = is_open and aligned and token
            assert result.fate is (Fate.JOINED if is_open else Fate.IGNORED)
            assert change is (AlertState.RESOLVED if ends else None)
    assert (
        decide_alert(alert(AlertState.FIRING), YES, has_token=True, is_open=False, may_page=False)[0].fate
        is Fate.HELD
    )
