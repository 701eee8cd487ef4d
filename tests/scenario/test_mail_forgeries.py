"""Every forgery of the spoof suite, from the inbox to its end: it pages nobody, and is not lost."""

from __future__ import annotations

from tests.mail_scene import scene_over
from tests.unit.test_mail_spoofs import FORGERIES, NOW
from triage.domain.mail_outcome import Fate
from triage.store.db import Database


def test_no_forgery_pages_anybody(database: Database) -> None:
    post = scene_over(database, "  authentication_results: [mx.vendor.example]\n  relays: [10.1.0.0/16]\n")
    post.story.now = NOW
    post.zone.publish("acme.example", "TXT", "v=spf1 ip4:192.0.2.1 -all")
    post.zone.publish("evil.example", "TXT", "v=spf1 ip4:198.51.100.7 -all")
    for name, (forge, envelope) in FORGERIES.items():
        mail = post.receive(forge(post.zone), envelope)
        assert mail.fate in (Fate.HELD, Fate.IGNORED), name
        assert mail.reason
    post.story.expect_pages()
