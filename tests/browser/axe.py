"""Asks axe-core what keeps people from using a page."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

SOURCE = (Path(__file__).parent / "axe.min.js").read_text()
GRAVE = {"serious", "critical"}
#: What is folded away is looked at too, and a refresh must not change the page meanwhile.
HOLD_STILL = """() => {
  document.addEventListener("htmx:beforeRequest", (event) => event.preventDefault());
  for (const node of document.querySelectorAll("details")) node.open = true;
}"""


def barriers(page: Page) -> list[str]:
    """Everything grave that axe finds: the rule, the element, and what it says of it."""
    page.evaluate(HOLD_STILL)
    page.evaluate(SOURCE)  # a script tag would be refused by the page's Content-Security-Policy
    found = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
    assert found["passes"], "axe looked at nothing"
    return [
        f"{rule['id']} ({rule['impact']}): {node['html'][:200]}: {node['failureSummary']}"
        for rule in found["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]
