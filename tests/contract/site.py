"""The HTTP side with the story behind it, and what a browser does with its forms."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask.testing import FlaskClient

import app as wiring
from tests.jira_events import sign
from tests.pagerduty_double import signed
from tests.scenario.harness import Story
from triage import settings
from triage.domain.rights import Role
from triage.store import people
from triage.store.tables import inbox as inbox_table
from triage.web import Worker

SECRET, TOKEN = "It's a Secret to Everybody", "automation-token"
KEY = "k" * 32


@dataclass
class Site:
    """The application, and the story behind it."""

    story: Story
    client: FlaskClient

    def post(self, body: bytes, **headers: str) -> int:
        return self.client.post("/webhooks/jira", data=body, headers=headers or sign(body, SECRET)).status_code

    def tell(self, body: bytes, secret: str = SECRET) -> int:
        """PagerDuty calls back."""
        return self.client.post("/webhooks/pagerduty", data=body, headers=signed(body, secret)).status_code

    def sign_in(self, role: Role = Role.ADMIN) -> None:
        """As the admin, or as somebody else with that role."""
        with self.story.context.database.write() as conn:
            now = self.story.now
            account = people.admin(conn, now) if role is Role.ADMIN else people.add(conn, f"a-{role}", role, now)
            link = people.new_link(conn, account, now)
        page = self.client.get(f"/signin/{link}").text
        assert self.client.post(f"/signin/{link}", data={"csrf_token": token_in(page)}).status_code == 302

    def kept(self) -> int:
        with self.story.context.database.read() as conn:
            return len(conn.execute(inbox_table.select()).all())


def token_in(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found, page
    return found[1]


def site_over(story: Story, *, rate_limited: bool = True) -> Site:
    """The application over a story, asked under `localhost`."""
    env = settings.read(
        {
            "TRIAGE_JIRA_WEBHOOK_SECRET": f"old-secret,{SECRET}",
            "TRIAGE_JIRA_BEARER_TOKEN": TOKEN,
            "TRIAGE_PAGERDUTY_WEBHOOK_SECRETS": f"old-secret,{SECRET}",
            "TRIAGE_SECRET_KEY": KEY,
            "TRIAGE_MAX_BODY_BYTES": "64000",
            "TRIAGE_PUBLIC_URL": "http://localhost",
        }
    )
    worker = Worker(lambda: None, lambda: True)
    app = wiring.create_app(story.context, env, worker, lambda: story.now)
    if not rate_limited:
        for limiter in app.extensions["limiter"]:
            limiter.enabled = False
    return Site(story, app.test_client())
