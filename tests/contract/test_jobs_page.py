"""What does not go through: it is shown with its reason, retried or given up; what is under way is not touched."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from tests.contract.site import Site, token_in
from tests.jira_events import Issue
from tests.scenario.harness import START
from triage.domain.rights import Role
from triage.store import audit, inbox, jobs, leases, outbox, stuck, timers
from triage.store.inbox import InboxState
from triage.store.outbox import OutboxKind, OutboxState
from triage.store.tables import inbox as inbox_table
from triage.store.tables import outbox as outbox_table
from triage.store.tables import timers as timers_table
from triage.store.timers import TimerKind

LEASE = timedelta(seconds=10)


@pytest.fixture
def lead(site: Site) -> Site:
    site.sign_in(Role.LEAD)
    return site


def post(site: Site, path: str, **form: str) -> str:
    csrf = token_in(site.client.get("/account").text)
    return site.client.post(path, data={"csrf_token": csrf, **form}, follow_redirects=True).text


def put(site: Site, key: str = "m-1", kind: OutboxKind = OutboxKind.NOTICE, **values: object) -> int:
    """A message that has failed so far, unless `values` say otherwise."""
    with site.story.context.database.write() as conn:
        outbox.put(
            conn,
            kind=kind,
            key=key,
            person="ana",
            method=0,
            gateway="console",
            address="ana",
            subject="An SLA <b>warning</b>",
            body="…",
            deadline_at=START + timedelta(hours=1),
            now=START,
            observed=False,
        )
        failed = {
            "attempts": 3,
            "reason": "the mail server hung up",
            "due_at": START + timedelta(minutes=30),
            **values,
        }
        this = sa.update(outbox_table).where(outbox_table.c.key == key).values(failed)
        number: int = conn.execute(this.returning(outbox_table.c.id)).scalar_one()
    return number


def state_of(site: Site, number: int) -> tuple[str, str]:
    with site.story.context.database.read() as conn:
        row = stuck.message(conn, number)
    assert row is not None
    return row["state"], row["reason"]


def acts(site: Site) -> list[tuple[str, str, str]]:
    with site.story.context.database.read() as conn:
        rows = audit.listed(conn, who="a-lead")
    return [(row["act"], row["subject"], row["reason"]) for row in rows if row["act"] != "signin"]


def test_a_failing_message_is_shown_with_its_reason_and_sent_now(lead: Site) -> None:
    number = put(lead)
    page = lead.client.get("/jobs").text
    assert "the mail server hung up" in page
    assert "attempt 4" in page
    assert "An SLA &lt;b&gt;warning&lt;/b&gt;" in page
    assert "The message is sent again." in post(lead, f"/jobs/messages/{number}/retry")
    lead.story.settle()
    assert state_of(lead, number) == ("delivered", "")
    assert acts(lead) == [("message.retry", f"message/{number}", "")]


@pytest.mark.parametrize("state", [OutboxState.REJECTED, OutboxState.EXPIRED])
def test_what_was_given_up_is_sent_again(lead: Site, state: OutboxState) -> None:
    lead.story.now += timedelta(hours=5)  # later than it was wanted at first
    number = put(lead, state=state, settled_at=START)
    post(lead, f"/jobs/messages/{number}/retry")
    lead.story.settle()
    assert state_of(lead, number)[0] == "delivered"


def test_a_message_is_discarded_with_a_reason_and_never_sent(lead: Site) -> None:
    number = put(lead)
    assert "needs a reason" in post(lead, f"/jobs/messages/{number}/discard", reason=" ")
    assert "Discarded: it is not sent." in post(lead, f"/jobs/messages/{number}/discard", reason="ana knows")
    lead.story.advance(hours=2)
    assert state_of(lead, number) == ("cancelled", "discarded by a-lead: ana knows")
    assert lead.story.sinks[0].sent == []
    assert "under way, or it has gone through" in post(lead, f"/jobs/messages/{number}/retry")


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (OutboxKind.PAGE, {}),
        (OutboxKind.TEST, {}),
        (OutboxKind.NOTICE, {"lease_token": "somebody has it"}),
        (OutboxKind.NOTICE, {"state": "delivered"}),
        (OutboxKind.NOTICE, {"state": "cancelled"}),
        (OutboxKind.NOTICE, {"attempts": 0, "reason": ""}),
    ],
)
def test_what_is_under_way_or_done_or_a_page_is_not_touched(
    lead: Site, kind: OutboxKind, values: dict[str, object]
) -> None:
    number = put(lead, kind=kind, **values)
    before = state_of(lead, number)
    for act in ("retry", "discard"):
        assert "under way, or it has gone through" in post(lead, f"/jobs/messages/{number}/{act}", reason="x")
    assert state_of(lead, number) == before
    assert acts(lead) == []


def test_an_event_that_fails_is_tried_now(lead: Site) -> None:
    body = Issue("10001", "ACME-1", START).created_event()
    lead.post(body)
    with lead.story.context.database.write() as conn:
        later = {"attempts": 2, "reason": "OperationalError: disk full", "due_at": START + timedelta(hours=1)}
        conn.execute(sa.update(inbox_table).values(later))
    assert "OperationalError: disk full" in lead.client.get("/jobs").text
    assert "The event is tried again." in post(lead, "/jobs/events/1/retry")
    lead.story.settle()
    assert "under way" in post(lead, "/jobs/events/1/retry")
    assert "ACME-1" in lead.client.get("/").text


def test_an_event_in_quarantine_is_tried_again_or_discarded(lead: Site) -> None:
    lead.post(b"not json")
    lead.post(b"nor this")
    lead.story.settle()
    assert "The event is tried again." in post(lead, "/quarantine/1/release")
    lead.story.settle()
    assert "needs a reason" in post(lead, "/quarantine/2/discard")
    assert "Discarded" in post(lead, "/quarantine/2/discard", reason="a probe of the network team")
    assert "no event 2 in quarantine" in post(lead, "/quarantine/2/release")
    page = lead.client.get("/quarantine").text
    assert "not json" in page
    assert "nor this" not in page
    with lead.story.context.database.read() as conn:
        rows = conn.execute(sa.select(inbox_table).where(inbox_table.c.id == 2)).mappings().one()
        assert (rows["state"], rows["body"]) == (InboxState.DISCARDED, b"nor this"), "what came is kept"


def test_a_timer_that_fails_fires_now_and_cannot_be_discarded(lead: Site) -> None:
    with lead.story.context.database.write() as conn:
        timers.arm(conn, TimerKind.DEADLINE, 99, START + timedelta(minutes=5))
        failed = {"attempts": 4, "reason": "KeyError: gold:v9", "due_at": START + timedelta(minutes=5)}
        conn.execute(sa.update(timers_table).values(failed))
    page = lead.client.get("/jobs").text
    assert "KeyError: gold:v9" in page
    assert "timers/1/discard" not in page
    assert "The timer fires again." in post(lead, "/jobs/timers/1/retry")
    with lead.story.context.database.read() as conn:
        due = timers.first_due(conn, START)
    assert due is not None
    assert due.subject == "99"
    assert "has fired meanwhile" in post(lead, "/jobs/timers/77/retry")


def test_a_recurring_job_runs_now_unless_somebody_has_it(lead: Site) -> None:
    with lead.story.context.database.write() as conn:
        job = jobs.claim(conn, "sweep/vendor", START, LEASE)
        assert job is not None
    assert "under way" in lead.client.get("/jobs").text
    assert "under way, or" in post(lead, "/jobs/jobs/1/retry")
    with lead.story.context.database.write() as conn:
        jobs.failed(conn, job, START + timedelta(hours=1), "Jira answered 503", START)
    assert "Jira answered 503" in lead.client.get("/jobs").text
    assert "The job runs again." in post(lead, "/jobs/jobs/1/retry")
    with lead.story.context.database.read() as conn:
        assert jobs.is_due(conn, "sweep/vendor", START)
    assert acts(lead) == [("job.run", "job/sweep/vendor", "")]


def test_the_queues_are_counted(lead: Site) -> None:
    lead.post(b"not json")
    page = lead.client.get("/jobs").text
    assert "inbox" in page
    with lead.story.context.database.write() as conn:
        (event,) = inbox.claim(conn, ["jira"], START, LEASE, 1)
        assert leases.next_due(conn, inbox_table) == START + LEASE
        assert event.id == 1
