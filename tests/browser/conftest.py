"""A browser for these tests: without one they are skipped, or fail where TRIAGE_TEST_BROWSER=required asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.chromium import NoBrowser, find_once, launch
from tests.browser.served import Served, serving
from tests.browser.visitor import DEVICES, Device, Visitor, visiting

HERE = Path(__file__).parent
#: The first of these tests may have to wait until a browser is installed.
INSTALLING = 1800
#: How long a page is waited for, in milliseconds; refreshes come every two seconds.
expect.set_options(timeout=15_000)


class Visit(Protocol):
    """Comes to the service with a browser."""

    def __call__(self, device: Device, *, state: Any = None) -> Visitor: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(INSTALLING))


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the browser lies; the workers of one run share a folder, in which one of them installs it."""
    folder = tmp_path_factory.getbasetemp()
    try:
        return find_once(folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder)
    except NoBrowser as none:
        if os.environ.get("TRIAGE_TEST_BROWSER") == "required":
            pytest.fail(f"no browser, and TRIAGE_TEST_BROWSER requires one: {none}", pytrace=False)
        pytest.skip(f"NO BROWSER, so the dashboard is not tested in one: {none}")


@pytest.fixture(scope="module")
def browser(chromium: Path) -> Iterator[Browser]:
    """Playwright's event loop blocks those of other tests in this process, so no browser outlives its module."""
    with sync_playwright() as playwright:
        opened = launch(playwright, chromium)
        yield opened
        opened.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """An empty service."""
    with serving(tmp_path) as service:
        yield service


@pytest.fixture
def visit(browser: Browser, served: Served) -> Iterator[Visit]:
    """Comes to the service with a browser; whatever that browser complains of fails the test."""
    visitors: list[Visitor] = []
    with ExitStack() as open_browsers:

        def come(device: Device, *, state: Any = None) -> Visitor:
            visitors.append(open_browsers.enter_context(visiting(browser, served, device, state=state)))
            return visitors[-1]

        yield come
    assert [complaint for visitor in visitors for complaint in visitor.complaints] == []


@pytest.fixture(params=DEVICES, ids=str)
def device(request: pytest.FixtureRequest) -> Device:
    """Every story is lived through on a desk and on a phone."""
    chosen: Device = request.param
    return chosen


@pytest.fixture
def engineer(visit: Visit, device: Device) -> Visitor:
    """Somebody who has signed in."""
    visitor = visit(device)
    visitor.sign_in()
    return visitor
