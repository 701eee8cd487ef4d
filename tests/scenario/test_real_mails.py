"""The real messages, from the inbox to their end: none is lost, none breaks a worker, and nothing automatic pages."""

from __future__ import annotations

import pytest

from tests.mail_scene import scene_over
from tests.real_mails import real_mails
from triage.domain.mail_content import unpack
from triage.domain.mail_outcome import Fate
from triage.store import mails
from triage.store.db import Database
from triage.store.inbox import InboxState
from triage.store.tables import inbox as inbox_table


@pytest.mark.timeout(600)
@pytest.mark.parametrize("unknown", ["hold", "page"])
def test_every_real_message_has_its_end_and_a_reason(database: Database, unknown: str) -> None:
    """Nobody of theirs is a customer here, so that each is a stranger's, who is held or pages."""
    caps = "  caps: {sender: 10000, thread: 10000, overall: 10000}\n"
    post = scene_over(database, f"  unknown_senders: {unknown}\n{caps}")
    messages = real_mails()
    for message in messages:
        post.keep(message.raw)
    post.story.settle()
    with post.story.context.database.read() as conn:
        rows = mails.listed(conn, "", 0, 10_000)
        events = conn.execute(inbox_table.select().where(inbox_table.c.source == "mail")).all()
        bodies = {row.id: unpack(mails.raw(conn, row)[0])[1] for row in rows}
    assert {event.state for event in events} == {InboxState.DONE}
    assert len(rows) == len(events)
    assert len(events) + sum(event.repeats for event in events) == len(messages)
    assert all(row.reason for row in rows)
    paging = [row for row in rows if row.fate in (Fate.TICKET, Fate.JOINED)]
    assert {row.kind for row in paging} == ({"message"} if unknown == "page" else set())
    assert bool(post.story.pages()) is (unknown == "page")
    automatic = {
        mail.raw for mail in messages if mail.about["auto_reply_by_headers"] or mail.about["bounce_by_headers"]
    }
    fates = {row.fate for row in rows if bodies[row.id] in automatic}
    assert fates == {Fate.IGNORED}
    assert [
        one for one in post.outgoing.sent if one.answers is not None
    ] == []  # nobody is proved, so nobody answered
