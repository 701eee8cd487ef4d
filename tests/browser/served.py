"""A story behind a real server on loopback, and the links that people are sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any

from waitress.server import create_server
from waitress.wasyncore import close_all

from tests.contract.site import KEY, Site, site_over
from tests.mail_scene import Scene, scene_over
from triage.store import people, queries
from triage.store.db import Database
from triage.web.links import CONFIRM, CONTACT, PageTokens

ALERTS = "  alerts: [{name: prod, use: nagios, senders: [nagios@monitor.example]}]\n"


@dataclass
class Served:
    """The service at an address, with its clock and its mail in the test's hand."""

    address: str
    scene: Scene
    site: Site

    def signin_link(self) -> str:
        """A fresh one-time link of the administrator."""
        now = self.scene.story.now
        with self.scene.story.context.database.write() as conn:
            return f"/signin/{people.new_link(conn, people.admin(conn, now), now)}"

    def acknowledge_link(self, incident: int = 1) -> str:
        """What the message of an incident's newest page links to."""
        pages = [page for page in self.scene.story.pages() if page["incident_id"] == incident]
        return f"/ack/{PageTokens(KEY).sign(pages[-1]['id'])}"

    def contact_link(self, number: int = 1) -> str:
        """What the first contact of a customer page was sent."""
        with self.scene.story.context.database.read() as conn:
            pages = queries.pages_of_customer_pages(conn, [number], 1)
        return f"/here/{PageTokens(KEY, CONTACT).sign(pages[0]['id'])}"

    def confirm_link(self, mail: int) -> str:
        """What a contact on file is asked about a mail by."""
        return f"/confirm/{PageTokens(KEY, CONFIRM).sign(str(mail))}"


@contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """The real application over an empty SQLite database, until the block ends."""
    database = Database(f"sqlite:///{folder}/triage.db")
    database.upgrade()
    scene = scene_over(database, ALERTS)
    site = site_over(scene.story)
    sockets: dict[int, Any] = {}
    server = create_server(site.client.application, sockets, host="127.0.0.1", port=0, ident=None)
    thread = Thread(target=server.run)
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{server.effective_port}", scene, site)
    finally:
        server.trigger.pull_trigger(lambda: close_all(sockets))  # the loop ends with its last socket
        thread.join()
        server.task_dispatcher.shutdown()
        database.close()
