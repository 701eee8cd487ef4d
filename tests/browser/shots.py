"""`python -m tests.browser.shots` makes the pictures of the README anew, from the pages as they are now."""

from __future__ import annotations

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser import seed
from tests.browser.chromium import find, launch
from tests.browser.served import serving
from tests.browser.visitor import DESKTOP, PHONE, visiting

IMAGES = Path(__file__).parents[2] / "docs" / "images"
#: The name of each picture, where it is taken, on what, and how many dots make a pixel.
SHOTS = [
    ("queue", "/", DESKTOP, 1),
    ("ticket", "/tickets/1", DESKTOP, 1),
    ("acknowledge", "{acknowledge}", PHONE, 2),
]


def main() -> None:
    browser_path = find()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder)) as served, sync_playwright() as playwright:
        links = seed.fill(served)
        browser = launch(playwright, browser_path)
        for name, path, device, scale in SHOTS:
            with visiting(browser, served, device, scale=scale) as visitor:
                if not path.startswith("{"):
                    visitor.sign_in()
                # Countdowns stand still, so that a picture changes only where the page has changed.
                visitor.page.clock.set_fixed_time(served.scene.story.now)
                visitor.page.goto(path.format(**links))
                visitor.page.screenshot(path=IMAGES / f"{name}.png")
            print(IMAGES / f"{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
