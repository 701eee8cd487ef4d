"""What a text says about production and workarounds, and with which words."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.benchmarks.bench_gate import CORPUS, FRESH, Reading, read
from triage.domain.evidence import read_answer, read_evidence
from triage.domain.evidence.passages import ENOUGH, clauses, own_words, plain_twin
from triage.domain.evidence.reading import READERS
from triage.domain.priority import Axis


def values(body: str, subject: str = "") -> tuple[str, str]:
    reading = Reading({}, read_evidence(body, subject))
    return reading.value(Axis.PRODUCTION), reading.value(Axis.WORKAROUND)


@pytest.mark.parametrize(
    ("text", "production"),
    [
        ("Production is down since 9:40.", "yes"),
        ("PRD is affected.", "yes"),
        ("All customers get a white page.", "yes"),
        ("The tills in all 64 stores are frozen.", "yes"),
        ("It is not only test, live is affected too.", "yes"),
        ("It recovered on stage but not in production.", "yes"),
        ("Unser Produktivsystem steht still.", "yes"),
        ("Nos clients ne peuvent plus payer.", "yes"),
        ("Los clientes no pueden pagar.", "yes"),
        ("Environment: PROD", "yes"),
        ("[x] Production [ ] Test", "yes"),
        ("Production is not affected.", "no"),
        ("It works in production but not on staging.", "no"),
        ("OUR STAGING SYSTEM IS COMPLETELY DOWN!!!", "no"),
        ("This blocks our release to production.", "no"),
        ("We are not live yet.", "no"),
        ("Go-live is planned for the 15th; on UAT the import fails.", "no"),
        ("Die Produktion ist nicht betroffen.", "no"),
        ("La production n'est pas touchée.", "no"),
        ("Environment: staging", "no"),
        ("[ ] Production [x] Test", "no"),
        ("The production build prints a warning.", "unknown"),
        ("When will it be production-ready?", "unknown"),
        ("This could hit production one day.", "unknown"),
        ("NODE_ENV=production strips the warnings.", "unknown"),
        ("The tooltip is cut off.", "unknown"),
    ],
)
def test_production(text: str, production: str) -> None:
    assert values(text)[0] == production


@pytest.mark.parametrize(
    ("text", "workaround"),
    [
        ("There is no workaround.", "none"),
        ("The workaround stopped working.", "none"),
        ("We restarted everything without success.", "none"),
        ("The rollback was refused by the installer.", "none"),
        ("We are out of ideas.", "none"),
        ("We use paper maps, but that is not an acceptable workaround.", "none"),
        ("Workaround: none", "none"),
        ("Es gibt keinen Workaround.", "none"),
        ("Il n'y a aucun contournement.", "none"),
        ("No hay ninguna solución alternativa.", "none"),
        ("As a workaround we restart it every night.", "exists"),
        ("We rolled back to 4.2.", "exists"),
        ("No real workaround, but we found that pinning 3.1 helps.", "exists"),
        ("Pinning the driver to 42.2 stops the exceptions.", "exists"),
        ("We failed over to the second site.", "exists"),
        ("Your colleague said no workaround exists. That's wrong: resetting the counter helps.", "exists"),
        ("Workaround: split the file", "exists"),
        ("Is there any workaround?", "unknown"),
        ("Workaround: n/a", "unknown"),
        ("The workaround is no longer needed.", "unknown"),
        ("Please advise on a workaround.", "unknown"),
        ("The tooltip is cut off.", "unknown"),
    ],
)
def test_workaround(text: str, workaround: str) -> None:
    assert values(text)[1] == workaround


def test_a_text_that_contradicts_itself_is_unknown_and_both_are_quoted() -> None:
    said = read_evidence("Production is down. Production is not affected.")
    assert {(one.value, one.quote) for one in said} == {
        ("yes", "Production is down."),
        ("no", "Production is not affected."),
    }


def test_what_was_quoted_signed_or_logged_says_nothing() -> None:
    mail = "It is the sandbox.\n\nOn Monday Ana Example wrote:\n> Production is down and there is no workaround.\n"
    assert values(mail) == ("no", "unknown")
    assert values("The tooltip is cut off.\n-- \nOur production hotline, no workaround too small") == ("unknown",) * 2
    assert values("It fails:\n```\nproduction is down, no workaround\n```") == ("unknown", "unknown")


def test_whoever_forwards_a_text_makes_it_their_own() -> None:
    assert values("FYI\n> Production is down, there is no workaround.", "Fwd: help") == ("yes", "none")


def test_the_answer_between_the_quoted_lines_counts() -> None:
    mail = "On Monday Ana Example wrote:\n> Is it only your lab?\n\nNo, production is down too.\n"
    assert values(mail)[0] == "yes"


@pytest.mark.parametrize(
    ("axis", "text", "value"),
    [
        (Axis.PRODUCTION, "Yes.", "yes"),
        (Axis.PRODUCTION, "no, not at all", "no"),
        (Axis.WORKAROUND, "No!", "none"),
        (Axis.WORKAROUND, "Ja", "exists"),
        (Axis.WORKAROUND, "non\n\n> Existe-t-il un contournement ?", "none"),
    ],
)
def test_a_bare_answer_to_our_question(axis: Axis, text: str, value: str) -> None:
    answer = read_answer(axis, text)
    assert answer is not None
    assert answer.value == value
    assert answer.quote in text


@pytest.mark.parametrize(
    "text",
    [
        "No idea",
        "No users can work",
        "No workaround.",
        "No change, still down.",
        "Yes please hurry up",
        "Yes we have none",
    ],
)
def test_what_is_more_than_a_bare_answer_is_none(text: str) -> None:
    assert read_answer(Axis.PRODUCTION, text) is None
    assert read_answer(Axis.WORKAROUND, text) is None


@pytest.mark.parametrize(
    "text",
    [
        "Production is not back yet.",
        "The production outage is not resolved.",
        "Production is still not running again.",
        "Nothing works in production!",
        "No users are able to log in to production.",
        "Your fix is not yet available in production.",
        "Never seen such an outage in production.",
        "Nothing was changed in production, but it is down.",
        "There are no errors in production logs, but all users are locked out.",
        "Production cannot be reached, works only on staging.",
        "Die Produktion ist nicht wiederhergestellt und wir haben keine Umgehung.",
        "La production n'est pas rétablie et nous ne pouvons pas travailler.",
        "La producción no está restablecida y no podemos trabajar.",
        "Production: not working",
        "Production impact: none of our users can work",
        "Is production affected? Not sure yet",
        "Produktion: keine Anmeldung möglich",
    ],
)
def test_a_denial_of_something_else_is_not_a_no(text: str) -> None:
    assert values(text)[0] != "no"


@pytest.mark.parametrize(
    "text",
    [
        "Workaround: We have not found one",
        "Workaround: there isn't one",
        "Workaround: don't know",
        "Workaround: urgently needed!",
        "Workaround: es gibt keinen",
        "Contournement : il n'y en a pas",
        "Workaround: (describe if any)",
        "Is there a workaround? We are losing money every minute.",
        "In the meantime all shops are closed.",
        "Restarting fixes it for ten seconds, then it dies again.",
        "FYI production is still down.\n\nOn Mon, Ana Agent wrote:\n> As a workaround you can restart it every hour.",
        "Please forward this to your lead, production is down.\n> As a workaround you can restart it.",
        "> As a workaround you can restart the service every hour.",
        "{quote}As a workaround you can restart it.{quote}\nThat does not help.",
    ],
)
def test_what_only_looks_like_a_workaround_is_none(text: str) -> None:
    assert values(text)[1] != "exists"


def test_a_quote_holds_nobody_elses_words() -> None:
    said = read_evidence("{quote}As a workaround you can restart it.{quote}\nThat does not help.")
    assert all("As a workaround" not in one.quote for one in said)


@given(st.text(max_size=3000) | st.text(alphabet="production not workaround?!\n>:-*[](){}'\"", max_size=3000))
@settings(max_examples=150)
def test_every_quote_is_a_verbatim_part_of_the_text(text: str) -> None:
    for said in read_evidence(text, text[:80]):
        assert said.quote in text
    assert len(plain_twin(text)) == len(own_words(text)) == len(text)
    assert all(clause.end - clause.start <= 300 for clause in clauses(own_words(text)))


HOSTILE = [
    "x",
    "not ",
    "not not in production ",
    "(((",
    "\x00",
    "\u202e\u05d0",
    "> ",
    "workaround ",
    ".",
    "```",
    "a@",
]
HOSTILE += [
    "we tried to restart ",
    "On Monday x wrote:\n",
    "Environment: ",
    "our all the ",
    "[x] ",
    "12:00:01 ",
    "\n",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_hostile_text_costs_no_more_than_fifteen_times_a_tenth_of_it(piece: str) -> None:
    """A ratio of CPU times within one run, so that neither the machine nor its load matters."""
    short, long = ((piece * (size // len(piece) + 1))[:size] for size in (100_000, 1_000_000))

    def cost(text: str) -> float:
        begun = time.process_time()
        read_evidence.__wrapped__(text)
        return time.process_time() - begun

    cost(short)
    assert cost(long) <= 15 * max(cost(short), 0.02)


@pytest.mark.parametrize("axis", Axis)
def test_every_scope_that_a_rule_names_is_there(axis: Axis) -> None:
    for reader in READERS[axis]:
        rules, scopes = reader._table.rules, {scope.name for scope in reader._table.scopes}
        used = {name for rule in rules for name in (*rule.given, *rule.unless)}
        assert used <= scopes | {"asked"}


def test_what_lies_behind_the_limit_is_not_read() -> None:
    assert values("x " * (ENOUGH // 2) + "Production is down.") == ("unknown", "unknown")


@pytest.mark.skipif(not CORPUS.exists(), reason=f"{CORPUS.name} of ../shared is absent")
def test_the_public_corpus_is_read_as_well_as_promised() -> None:
    readings = read(CORPUS)
    for axis, value, least in (
        (Axis.PRODUCTION, "yes", 0.90),
        (Axis.PRODUCTION, "no", 0.75),
        (Axis.WORKAROUND, "none", 0.85),
        (Axis.WORKAROUND, "exists", 0.85),
    ):
        labels = [one.text[axis] == value for one in readings]
        assert f1(labels, [one.value(axis) == value for one in readings]) >= least, (axis, value)
    assert f1([one.text["p0"] for one in readings], [one.is_p0 for one in readings]) >= 0.85
    assert not [one.text["id"] for one in readings if one.talked_down]


def test_no_true_p0_of_the_fresh_texts_is_talked_down() -> None:
    assert not [one.text["id"] for one in read(FRESH) if one.talked_down]


def f1(labels: list[bool], answers: list[bool]) -> float:
    hits = sum(label and answer for label, answer in zip(labels, answers, strict=True))
    return 2 * hits / (sum(labels) + sum(answers))


def test_the_fresh_texts_are_labelled_soundly() -> None:
    for line in Path(FRESH).read_text(encoding="utf-8").splitlines():
        text = json.loads(line)
        assert text["p0"] is (text["production"] == "yes" and text["workaround"] == "none")
        for axis in Axis:
            cue = text[f"cue_{axis}"]
            assert cue in text["body"] or cue in text["subject"]
