"""A Monday morning on which a bit of everything has happened: what the pages show."""

from __future__ import annotations

from datetime import timedelta

from tests.browser.served import Served
from tests.jira_events import ANA, Issue
from triage.domain.escalation import Target, TargetKind
from triage.domain.holds import Window
from triage.engine import by_hand, contact_pages, maintain, override, publish, respond
from triage.engine.context import Work

DOWN = {"priority": "P0", "production": "yes", "workaround": "none"}
WHO, VIA = "ana", "dashboard"


def fill(served: Served) -> dict[str, str]:
    """Let the morning happen; the links that people were sent in it, by the names that `places.py` uses."""
    _outage(served)
    _second_incident(served)
    _quiet_tickets(served)
    mailed_ticket, held_mail, asked_mail = _mails(served)
    _plans(served)
    return {
        "signin": served.signin_link(),
        "acknowledge": served.acknowledge_link(),
        "contact": served.contact_link(),
        "confirm": served.confirm_link(asked_mail),
        "mailed_ticket": str(mailed_ticket),
        "held_mail": str(held_mail),
    }


def _outage(served: Served) -> None:
    """A P0 that breaches its first response, since nobody takes it."""
    story = served.scene.story
    text = "Since 09:04 nobody can pay. We restarted the gateway twice, without effect."
    outage = story.created("Checkout answers 500 for every customer", description=text, **DOWN)
    story.advance(minutes=2)
    story.receive(outage.comment(story.now, "All three regions now. Please call me: +49 30 555 0142."))
    with story.context.database.write() as conn:
        work = story.context.work(conn, story.now)
        contact_pages.request(work, 1, "Please open port 443 to 198.51.100.7", WHO, VIA)
    story.advance(minutes=15)


def _second_incident(served: Served) -> None:
    """Another customer's P0, answered and over; its successor is acknowledged."""
    story = served.scene.story
    for number, summary in ((1, "Warehouse cannot print labels"), (2, "Login answers nobody in Zürich")):
        issue = Issue(f"2{number:04}", f"GLX-{number}", story.now, summary, organization="2", **DOWN)
        story.receive(issue.created_event())
        story.advance(minutes=1)
        with story.context.database.write() as conn:
            respond.acknowledge_incident(conn, story.context, number + 1, WHO, story.now)
        story.receive(issue.comment(story.now, "We are looking into it.", ANA))
        if number == 1:
            with story.context.database.write() as conn:
                respond.resolve_incident(conn, story.context, 2, WHO, "the printer was off", story.now)
        story.advance(minutes=3)


def _quiet_tickets(served: Served) -> None:
    """A P0 that fails the gate, one whose question is open, a decision by hand, and a body that nobody can read."""
    story = served.scene.story
    story.created("URGENT!!! Login broken on staging", priority="P0", production="no", workaround="none")
    story.advance(minutes=3)
    story.created("Invoices are empty since the update", priority="P0")
    story.advance(minutes=3)
    story.created("Report shows last week", priority="P3")
    story.receive(b'{"webhookEvent": "jira:issue_created", broken')
    with story.context.database.write() as conn:
        by_hand.state_by_hand(conn, story.context, 4, {"production": "unknown"}, WHO, "asked by phone", story.now)
        at = story.now - timedelta(minutes=1)
        by_hand.answer_by_hand(conn, story.context, 1, at, WHO, "called Dora, who confirms", story.now)
    story.settle()


def _mails(served: Served) -> tuple[int, int, int]:
    """One mail that paged, one of a stranger, and one that its sender was asked about; their numbers."""
    scene = served.scene
    quoting = "It is down.\n\nOn Mon, 23 Nov 2026 at 9:00, X <x@y.example> wrote:\n> older words"
    paged = scene.write(
        f"Production is down, and there is no workaround. {quoting}", subject="Checkout is down again"
    )
    stranger = scene.write(sender="Zoe Example <zoe@new.example>", subject="Nobody answers our calls")
    asked = scene.write(signed=False, subject="Are you there?")
    assert paged.ticket_id is not None
    return paged.ticket_id, stranger.id, asked.id


def _plans(served: Served) -> None:
    """An override, one that was removed, a maintenance window and a calendar."""
    story = served.scene.story

    def plan(work: Work) -> None:
        days = [("2026-11-24T10:00", "2026-11-24T12:00"), ("2026-11-25T10:00", "2026-11-25T12:00")]
        numbers = [
            override.add_override(work, "primary", start, end, WHO, user="cy", replaces="ana", reason="dentist").id
            for start, end in days
        ]
        override.remove_override(work, numbers[1], WHO)
        window = Window(work.now, work.now + timedelta(hours=2), "new disks", "globex")
        maintain.add_window(work, window, WHO)
        publish.add_feed(work, Target(TargetKind.SCHEDULE, "primary"), WHO)

    with story.context.database.write() as conn:
        plan(story.context.work(conn, story.now))
    story.advance(minutes=1)
