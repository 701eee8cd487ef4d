"""What watches the other browser tests sees each fault: otherwise they would pass over a broken page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Error

from tests.browser.axe import barriers
from tests.browser.served import Served, serving
from tests.browser.visitor import PHONE, Visitor, visiting

ADD = 'document.body.insertAdjacentHTML("beforeend", "{}")'


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all tests here, since the faults are in the browser."""
    with serving(tmp_path_factory.mktemp("watched")) as service:
        yield service


@pytest.fixture
def stranger(browser: Browser, served: Served) -> Iterator[Visitor]:
    """Somebody whose browser may complain."""
    with visiting(browser, served, PHONE) as visitor:
        visitor.page.goto("/signin")
        yield visitor


@pytest.mark.parametrize(
    ("fault", "event", "complaint"),
    [
        ("console.error('spoilt')", "console", "console error: spoilt"),
        ("console.warn('nearly spoilt')", "console", "console warning: nearly spoilt"),
        ("setTimeout(() => { throw new Error('thrown') })", "pageerror", "page error: thrown"),
        (ADD.format("<p style='color: red'>"), "console", "Content Security Policy directive"),
        (ADD.format("<img src='data:,' onerror='alert(1)'>"), "console", "Content Security Policy directive"),
        (ADD.format("<img src='/static/gone.svg'>"), "response", "404 for http://127.0.0.1:"),
    ],
)
def test_a_fault_of_the_page_is_a_complaint(stranger: Visitor, fault: str, event: Any, complaint: str) -> None:
    assert stranger.complaints == []
    with stranger.page.expect_event(event, lambda _: stranger.complaints != []):
        stranger.page.evaluate(f"() => {{ {fault} }}")
    assert complaint in "\n".join(stranger.complaints)


def test_nothing_but_this_machine_is_reached(stranger: Visitor) -> None:
    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        stranger.page.goto("http://vendor.example/")
    assert stranger.complaints[0] == "a request to elsewhere: http://vendor.example/"


def test_barriers_are_found_in_what_is_shown_and_in_what_is_folded_away(stranger: Visitor) -> None:
    page = stranger.page
    assert barriers(page) == []
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input>')")
    assert "label (critical)" in "\n".join(barriers(page))
    page.evaluate("document.querySelector('main input').remove()")
    page.evaluate(
        """() => {
          const [details, words] = [document.createElement("details"), document.createElement("p")];
          words.textContent = "hardly to be seen";
          words.style.color = "#ccc";
          details.append(words);
          document.querySelector("main").append(details);
        }"""
    )
    assert "color-contrast (serious)" in "\n".join(barriers(page))


def test_what_sticks_out_is_seen(stranger: Visitor) -> None:
    page = stranger.page
    page.evaluate("document.querySelector('h1').style.width = '600px'")
    assert page.evaluate("document.scrollingElement.scrollWidth") > PHONE.width
