"""What customers and attackers write, at every output: it is shown as words, and never becomes anything else."""

from __future__ import annotations

import csv
import json
import re
import sys
from html.parser import HTMLParser
from io import StringIO

import pytest
import sqlalchemy as sa
import structlog

from tests.contract.site import Site
from tests.contract.test_rights import table
from tests.jira_events import CUSTOMER, Issue
from triage import telemetry
from triage.domain.rights import Role
from triage.engine import by_hand
from triage.settings import read
from triage.store.tables import tickets
from triage.web.acts import cleaned
from triage.web.links import PageTokens

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "end of a comment": "--><svg onload=alert(1)>",
    "end of a title": "</title><img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" x="',
    "quoted attribute": "' autofocus onfocus='alert(1)' x='",
    "entity": "&lt;script&gt;alert(1)&lt;/script&gt;",
    "link": "javascript:alert(1)",
    "template": "{{ 31 * 3331 }} {% raw %} ${31*3331} #{31*3331}",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "plus": "+1-1",
    "minus": "-1+1",
    "at": "@SUM(1)",
    "tab": "\t=1",
    "header": "x\r\nBcc: evil@evil.example\r\n\r\nbody",
    "log": 'x\n{"level": "error", "event": "forged"}',
    "colours": "\x1b[31mred\x1b[0m\x07",
    "backwards": "\u202egpj.exe",
    "zero": "a\x00b",
    "wiki": "[click|javascript:alert(1)] {color:red}red{color} !x.png!",
    "sql": "'; DROP TABLE tickets; --",
    "format": "%s%n {0} {event}",
}
KEY = "k" * 32
#: Elements that run, load or send something; the dashboard's own are known by where they point.
ACTIVE = {"script", "iframe", "object", "embed", "svg", "img", "style", "base", "form", "link", "meta"}


class Elements(HTMLParser):
    """What a page is made of, apart from its words."""

    def __init__(self) -> None:
        super().__init__()
        self.active: list[tuple[str, dict[str, str | None]]] = []
        self.handlers: list[str] = []
        self.places: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.handlers += [f"{tag} {name}" for name in given if name.startswith("on") or name == "style"]
        self.places += [value for name, value in attrs if name in ("href", "src", "action", "formaction") and value]
        if tag in ACTIVE:
            self.active.append((tag, given))


@pytest.fixture
def attacked(site: Site) -> Site:
    """Every hostile text as a summary, a description, a comment, a name and a reason."""
    story = site.story
    for number, words in enumerate(HOSTILE.values()):
        priority = "P0" if number % 10 == 0 else "P2"
        issue = Issue(f"{20001 + number}", f"ACME-{number + 1}", story.now, words, priority, "yes", "none")
        issue.description = f"{words} Production is down. There is no workaround."
        story.receive(issue.created_event())
        story.receive(issue.comment(story.now, words, {**CUSTOMER, "displayName": words}))
        story.receive(words.encode())
        with story.context.database.write() as conn:
            newest = conn.scalar(sa.select(sa.func.max(tickets.c.id)))
            assert newest is not None
            typed = cleaned(words) or "nothing"
            by_hand.answer_by_hand(conn, story.context, newest, story.now, typed, typed, story.now)
    story.advance(hours=5)
    return site


def test_every_output_shows_words_and_nothing_else(attacked: Site) -> None:
    attacked.sign_in(Role.ADMIN)
    _look_at_pages(attacked)
    for path in ("/pages.csv", "/reports/2026-11?format=csv"):
        _look_at_sheet(attacked, path)
    _look_at_api(attacked)
    _look_at_messages(attacked)


def _look_at_pages(site: Site) -> None:
    """No page has anything but our own elements."""
    story = site.story
    acknowledge = PageTokens(KEY).sign(story.pages()[0]["id"])
    with story.context.database.read() as conn:
        numbers = conn.scalars(sa.select(tickets.c.id)).all()
    assert len(numbers) == len(HOSTILE)
    shown = [f"/tickets/{number}" for number in numbers]
    pages = [path for method, path in table() if method == "GET" and "<" not in path and path.startswith("/")]
    skipped = ("/api/", "/metrics", "/healthz", "/readyz", "/signin/oidc", "/pages.csv")
    paths = [path for path in pages if not path.startswith(skipped)]
    seen = 0
    for path in [*paths, *shown, "/incidents/1", f"/ack/{acknowledge}", "/reports/2026-11/acme", "/customers/acme"]:
        answer = site.client.get(path)
        assert answer.status_code in (200, 401), (path, answer.status_code)
        found = Elements()
        found.feed(answer.text)
        assert found.handlers == [], path
        wrong = [place for place in found.places if not place.startswith(("/", "#", "?")) and place != "mailto:"]
        assert [place for place in wrong if not place.startswith("http://localhost/")] == [], path
        for tag, given in found.active:
            assert tag in ("script", "link", "meta", "form", "svg"), (path, tag)
            if tag == "script":
                assert (given.get("src") or "").startswith("/static/"), path
            if tag == "svg":
                assert given.get("role") == "img", path
        assert str(31 * 3331) not in answer.text, (path, "a template was run")
        assert "\x1b" not in answer.text, path
        assert "\x00" not in answer.text, path
        seen += "&lt;script&gt;" in answer.text
    assert seen > 5, "the hostile words were shown nowhere, so nothing was tested"


def _look_at_sheet(site: Site, path: str) -> None:
    """No cell is a formula, and no line break tears a row apart."""
    text = site.client.get(path).text.removeprefix("\ufeff")
    rows = list(csv.reader(StringIO(text)))
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}
    formulas = [cell for row in rows for cell in row if re.match(r"[=+@\t\r\n-]", cell)]
    assert formulas == []


def _look_at_api(site: Site) -> None:
    """It answers JSON and nothing that a browser runs."""
    for path in ("tickets", "incidents", "pages", "audit", "mails", "reports/2026-11"):
        answer = site.client.get(f"/api/v1/{path}")
        assert answer.status_code == 200
        assert answer.content_type == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        json.loads(answer.text)


def _look_at_messages(site: Site) -> None:
    """What gateways are given holds nothing that a database or a terminal chokes on."""
    sent = site.story.sinks[0].sent
    assert any("script" in message.subject for message in sent)
    for message in sent:
        assert "\x00" not in message.subject + message.body


def test_a_log_line_stays_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    telemetry.configure(read({}))
    try:
        for words in HOSTILE.values():
            telemetry.log.info("mail refused", reason=words, sender=words)
    finally:
        structlog.reset_defaults()
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == len(HOSTILE), sys.version
    assert [json.loads(line)["reason"] for line in lines] == list(HOSTILE.values())
    assert not any("\x1b" in line for line in lines)


def test_what_an_address_says_is_never_run(site: Site) -> None:
    site.sign_in(Role.ADMIN)
    asked = (("/", "words"), ("/", "customer"), ("/audit", "who"), ("/pages", "person"), ("/oncall", "month"))
    for words in HOSTILE.values():
        for path, name in asked:
            answer = site.client.get(path, query_string={name: words})
            assert answer.status_code in (200, 400), (path, words)
            found = Elements()
            found.feed(answer.text)
            assert found.handlers == [], (path, words)
            assert {tag for tag, _ in found.active} <= {"script", "link", "meta", "form"}, (path, words)
            assert str(31 * 3331) not in answer.text
        for place in ("/ack/", "/here/", "/confirm/", "/signin?next=", "/customers/"):
            answer = site.client.get((place + words).replace("\x00", "%00"))
            assert answer.status_code in (200, 401, 404, 308), (place, words)
            assert "<script>alert" not in answer.text
