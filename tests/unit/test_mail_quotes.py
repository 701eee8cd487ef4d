"""The new text of a mail: what real replies add, in several languages, at a cost that grows with the text alone."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.domain.mail_quotes import new_text

BODIES = Path(__file__).parents[2] / ".." / "shared" / "payloads" / "reply_bodies"

#: Where we differ from what others expect, and why we leave it so.
MISSES = {
    "discourse__embedded_email_7": "keeps the quotation of an interleaved answer, which is not the author's text",
    "discourse__signatures": "a line that only says `Someone from mobile` might be anything",
    "discourse__spam_1": "has no text of its own, and a message must not be lost",
}


def words(text: str) -> str:
    return " ".join(text.split())


def test_agrees_with_the_expected_new_texts() -> None:
    if not BODIES.is_dir():
        pytest.skip("../shared/payloads/reply_bodies is absent")
    missed, count = set(), 0
    for expected in sorted(BODIES.glob("*.trimmed.txt")):
        body = expected.with_name(expected.name.replace(".trimmed", ""))
        found = new_text(body.read_bytes().decode("utf-8", "replace"))
        count += 1
        if words(found) != words(expected.read_bytes().decode("utf-8", "replace")):
            missed.add(body.stem)
    assert missed == set(MISSES)
    assert count - len(missed) >= 0.85 * count


def test_never_leaves_nothing_of_a_real_reply() -> None:
    if not BODIES.is_dir():
        pytest.skip("../shared/payloads/reply_bodies is absent")
    for body in BODIES.glob("*.txt"):
        text = body.read_bytes().decode("utf-8", "replace")
        assert new_text(text).strip() or not text.strip(), body.name


ATTRIBUTIONS = [
    "On Mon, Nov 23, 2026 at 9:00 AM Support <support@vendor.example> wrote:",
    "On Mon, Nov 23, 2026 at 9:00 AM Support\n<support@vendor.example> wrote:",
    "Am Mo., 23. Nov. 2026 um 09:00 Uhr schrieb Support <support@vendor.example>:",
    "Le lun. 23 nov. 2026 à 09:00, Support <support@vendor.example> a écrit :",
    "El lun, 23 nov 2026 a las 9:00, Support (<support@vendor.example>) escribió:",
    "Il giorno lun 23 nov 2026 alle ore 09:00 Support <support@vendor.example> ha scritto:",
    "Em seg., 23 de nov. de 2026 às 09:00, Support <support@vendor.example> escreveu:",
    "Op ma 23 nov 2026 om 09:00 schreef Support <support@vendor.example>:",
    "Den mån 23 nov. 2026 kl 09:00 skrev Support <support@vendor.example>:",
    "ma 23. marrask. 2026 klo 9.00 Support (support@vendor.example) kirjoitti:",
    "pon., 23 lis 2026 o 09:00 Support <support@vendor.example> napisał(a):",
    "po 23. 11. 2026 v 9:00 odesílatel Support <support@vendor.example> napsal:",
    "пн, 23 нояб. 2026 г. в 09:00, Support <support@vendor.example> написал(а):",
    "2026年11月23日(月) 9:00 Support <support@vendor.example>:",
    "Support <support@vendor.example> 于2026年11月23日周一 09:00写道：",
    "2026년 11월 23일 (월) 오전 9:00, Support <support@vendor.example>님이 작성:",
    "23 Kas 2026 Pzt 09:00 tarihinde Support <support@vendor.example> şunu yazdı:",
    "-----Original Message-----\nFrom: Support\nSent: Monday\nTo: Dora\nSubject: x",
    "-----Ursprüngliche Nachricht-----\nVon: Support",
    "________________________________\nFrom: Support <support@vendor.example>\nSent: Monday\nTo: Dora",
    "From: Support <support@vendor.example>\nSent: Monday, November 23, 2026 9:00 AM\nTo: Dora\nSubject: Re: x",
    "*Von:* Support\n*Gesendet:* Montag\n*An:* Dora\n*Betreff:* AW: x",
    "De : Support\nEnvoyé : lundi\nÀ : Dora\nObjet : x",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_what_introduces_an_older_mail_ends_the_new_text(attribution: str) -> None:
    quoted = "\n> Is production affected?\n> Thank you"
    assert new_text(f"Yes, it is down.\n\n{attribution}\n{quoted}") == "Yes, it is down."


def test_answers_in_between_and_below_are_kept() -> None:
    text = "On Mon, Nov 23, 2026 at 9:00, Support wrote:\n> Is production affected?\nYes.\n> A workaround?\nNo.\n"
    assert new_text(text) == "Yes.\nNo."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It is down.\n-- \nDora Example\nAcme GmbH", "It is down."),
        ("It is down.\n\nSent from my iPhone", "It is down."),
        ("Es ist aus.\n\nVon meinem iPhone gesendet", "Es ist aus."),
        ("[EXTERNAL]\n\nIt is down.", "It is down."),
        ("CAUTION: This email originated from outside.\n\nIt is down.", "It is down."),
        ("From: the moment you deployed, it is down.", "From: the moment you deployed, it is down."),
        ("On Monday she wrote: it is down.", "On Monday she wrote: it is down."),
        ("> all of it is quoted", "> all of it is quoted"),
        ("", ""),
        ("---------- Forwarded message ---------\nFrom: a@b.example\nSubject: x\n\nIt is down.", "It is down."),
    ],
)
def test_signatures_banners_and_what_only_looks_like_them(text: str, expected: str) -> None:
    assert new_text(text) == expected


@given(st.text(max_size=400))
def test_no_text_is_ever_lost_whole(text: str) -> None:
    found = new_text(text)
    assert bool(found.strip()) or not text.replace("\r", "\n").strip("\n \t") or not found
    assert set(found.split()) <= set(text.split()) | {""}


HOSTILE = [
    "\n",
    ">",
    "On Mon, 23 Nov 2026 at 9:00, X <x@y.example> wrote:\n",
    "On ",
    "On 1\n\n",
    "From: x\nSent: y\n",
]
HOSTILE += ["-", "_", "_____\n", " ", "\t", "\r", "é", "> \n", "--\n", "a\n", "On 1.1.2026\n"]


@pytest.mark.parametrize("piece", HOSTILE)
def test_ten_times_the_text_costs_at_most_fifteen_times_as_much(piece: str) -> None:
    def cost(size: int) -> float:
        text = piece * (size // len(piece))
        begun = time.process_time()
        new_text(text)
        return time.process_time() - begun

    small = min(cost(100_000) for _ in range(3))
    assert min(cost(1_000_000) for _ in range(2)) <= 15 * max(small, 0.005)
