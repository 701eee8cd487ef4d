"""Every page, on a desk and on a phone, by day and by night: it can be used by everybody, fits, and is quiet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser import seed
from tests.browser.axe import barriers
from tests.browser.conftest import Visit
from tests.browser.places import PLACES, Place
from tests.browser.served import Served, serving
from tests.browser.visitor import DESKTOP, Device, visiting


@dataclass
class Morning:
    """The links that were sent, and the cookies of somebody who has signed in."""

    links: dict[str, str]
    signed_in: Any


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One for all tests here, since looking changes nothing."""
    with serving(tmp_path_factory.mktemp("morning")) as service:
        yield service


@pytest.fixture(scope="module")
def morning(browser: Browser, served: Served) -> Morning:
    """On which a bit of everything has happened."""
    links = seed.fill(served)
    with visiting(browser, served, DESKTOP) as visitor:
        visitor.sign_in()
        return Morning(links, visitor.page.context.storage_state())


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_page_has_no_barriers_and_fits(morning: Morning, visit: Visit, place: Place, device: Device) -> None:
    page = visit(device, state=morning.signed_in if place.inside else None).page
    answer = page.goto(place.path.format(**morning.links))
    assert answer is not None
    assert answer.status == place.status
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert barriers(page) == [], f"in the {scheme} colours"
    # A phone widens its window to what does not fit, so this asks for its own width.
    assert page.evaluate("document.scrollingElement.scrollWidth") <= device.width
