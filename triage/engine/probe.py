"""Sends somebody a test page, through the outbox and the gateway as a page goes; it is no incident's."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

from triage.engine import messages
from triage.engine.context import Work
from triage.engine.override import person_named
from triage.engine.respond import NotPossible
from triage.store import audit, outbox
from triage.store.outbox import OutboxKind

#: A test that nobody could deliver for this long has failed.
TEST_LIFE = timedelta(minutes=1)


def send_test_page(work: Work, name: str, method: int, who: str) -> str:
    """Queue a test page for one of a person's contact methods, counted from 1; returns the message's key.

    It is sent under observe only too, because somebody asked for it. Raises NotPossible.
    """
    person = work.config.people[person_named(work.config, name)]
    if not 1 <= method <= len(person.methods):
        known = len(person.methods)
        raise NotPossible(f"{name} has no contact method {method}: config/people.yaml names {known or 'none'}.")
    way, key = person.methods[method - 1], f"test/{uuid4().hex}"
    subject, body = messages.test_page(person.display_name, way.gateway, method, who)
    outbox.put(
        work.conn,
        kind=OutboxKind.TEST,
        key=key,
        person=name,
        method=method - 1,
        gateway=way.gateway,
        address=person.address_of(way),
        subject=subject,
        body=body,
        deadline_at=work.now + TEST_LIFE,
        now=work.now,
        observed=False,
    )
    audit.record(
        work.conn,
        who=who,
        act="page.test",
        subject=f"person/{name}",
        now=work.now,
        after={"method": method, "key": key},
    )
    return key
