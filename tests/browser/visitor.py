"""Somebody at a browser, on a desk or with a phone, and what their browser complains of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response

from tests.browser.served import Served

#: A page with more stops than that is nothing for a keyboard.
TABS = 100
#: Chromium logs every answer from 400 on; the answers themselves are looked at instead.
ANSWERED = "Failed to load resource: the server responded with"


@dataclass(frozen=True)
class Device:
    """What the dashboard is looked at on."""

    name: str
    width: int
    height: int

    @property
    def is_phone(self) -> bool:
        return self.width < 600

    def __str__(self) -> str:
        return self.name


DESKTOP, PHONE = Device("desktop", 1280, 800), Device("phone", 390, 844)
DEVICES = [DESKTOP, PHONE]


@dataclass
class Visitor:
    """One browser with cookies of its own, and all that it complained of."""

    page: Page
    served: Served
    device: Device
    complaints: list[str] = field(default_factory=list)

    def sign_in(self) -> None:
        """By a one-time link, as it is printed at the start."""
        self.page.goto(self.served.signin_link())
        self.page.get_by_role("button", name="Sign in").click()
        self.page.wait_for_url("/")

    def touch(self, name: str) -> None:
        """Press the one button or link of this name as people do on this device."""
        button, link = (self.page.get_by_role(role, name=name, exact=True) for role in ("button", "link"))
        target = button.or_(link)
        target.tap() if self.device.is_phone else target.click()

    def tab_to(self, target: Locator) -> None:
        """Go there by the keyboard alone."""
        for _ in range(TABS):
            self.page.keyboard.press("Tab")
            if target.evaluate("(node) => node === document.activeElement"):
                return
        raise AssertionError(f"Tab never comes to {target}")

    def hears(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning", "assert") and not message.text.startswith(ANSWERED):
            self.complaints.append(f"console {message.type}: {message.text}")

    def asks(self, request: Request) -> None:
        if not request.url.startswith((f"{self.served.address}/", "data:")):
            self.complaints.append(f"a request to elsewhere: {request.url}")

    def gets(self, response: Response) -> None:
        """Pages may be refused, which the tests look at themselves; what a page loads must be there."""
        if response.status >= 400 and not response.request.is_navigation_request():
            self.complaints.append(f"{response.status} for {response.url}")


@contextmanager
def visiting(
    browser: Browser, served: Served, device: Device, *, scale: float = 1, state: Any = None
) -> Iterator[Visitor]:
    """A browser at the service; `state` are the cookies of an earlier visit."""
    context = browser.new_context(
        base_url=served.address,
        viewport={"width": device.width, "height": device.height},
        storage_state=state,
        device_scale_factor=scale,
        has_touch=device.is_phone,
        is_mobile=device.is_phone,
        locale="en-GB",
        timezone_id="UTC",
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    visitor = Visitor(context.new_page(), served, device)
    page = visitor.page
    page.on("console", visitor.hears)
    page.on("pageerror", lambda error: visitor.complaints.append(f"page error: {error}"))
    page.on("crash", lambda _: visitor.complaints.append("the page crashed"))
    page.on("request", visitor.asks)
    page.on("response", visitor.gets)
    try:
        yield visitor
    finally:
        context.close()
