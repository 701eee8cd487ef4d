"""What a customer's contact reads: in every language everything that they need, and nothing that is ours."""

from __future__ import annotations

import re
from dataclasses import astuple

import pytest

from triage.domain.configuration import Support
from triage.domain.customer_page import CustomerPageState
from triage.engine.contact_messages import PHRASES, Letter, page, view

LINK = "https://triage.vendor.example/here/abc"
LANGUAGES = sorted(PHRASES)


def letter(
    language: str, phone: str = "+49 30 5550100", key: str = "ACME-7", engineer: str = "Ana Example"
) -> Letter:
    reason = "Open {port} 443\nfrom 198.51.100.7"
    return Letter(
        language, Support("Example Support", phone), engineer, "Acme GmbH", key, "Checkout\nfails {0}", reason
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_says_who_asks_for_what_how_to_answer_and_whom_to_call_back(language: str) -> None:
    subject, body = page(letter(language), LINK, outside=False)
    assert "Example Support" in subject
    assert "ACME-7 Checkout fails {0}" in subject
    assert "Ana Example (Example Support)" in body
    assert "\n  Open {port} 443\n  from 198.51.100.7\n" in body
    assert f"\n{LINK}\n" in body
    assert PHRASES[language].button in body
    assert "Ana Example (Example Support), +49 30 5550100." in body
    assert "Acme GmbH" in body
    assert PHRASES[language].outside not in body
    assert PHRASES[language].outside in page(letter(language), LINK, outside=True)[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", list(CustomerPageState))
@pytest.mark.parametrize("mine", [True, False])
def test_the_page_behind_the_link_has_a_button_only_while_an_answer_is_wanted(
    language: str, state: CustomerPageState, mine: bool
) -> None:
    mine = mine and state is CustomerPageState.ANSWERED
    shown = view(letter(language), state, mine=mine, answered_by="Dora Example")
    is_open = state is CustomerPageState.OPEN
    assert (bool(shown.button), bool(shown.verdict)) == (is_open, not is_open)
    assert ("Dora Example" in shown.verdict) == (state is CustomerPageState.ANSWERED and not mine)
    back = any("+49 30 5550100" in line for line in shown.lines)
    assert back == (is_open or mine or state is CustomerPageState.UNANSWERED), "who has nothing to do calls nobody"


def test_the_languages_say_the_same() -> None:
    assert LANGUAGES == ["de", "en", "es", "fr"], "those of documents/schemas.py"
    holes = [[set(re.findall(r"{\w+}", phrase)) for phrase in astuple(PHRASES[language])] for language in LANGUAGES]
    assert holes[0] == holes[1] == holes[2] == holes[3]


def test_what_is_not_known_leaves_no_hole() -> None:
    subject, body = page(letter("en", phone="", key="", engineer=""), LINK, outside=False)
    assert subject == "Example Support needs your help: Checkout fails {0}"
    assert body.startswith("Example Support needs your help with Checkout fails {0}:")
    assert body.endswith("Then Example Support is told at once, and nobody else at Acme GmbH is paged.")
