"""Email to page: who writes to the on-call address wakes somebody up, and nobody else does."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.jira_events import ANA, Issue
from tests.mail_scene import BOX, OURS, Scene, scene_over
from triage.domain.address_tags import TagKind
from triage.domain.escalation import IncidentState
from triage.domain.mail import Envelope, Mail, Mailbox, Via
from triage.domain.mail_content import unpack
from triage.domain.mail_outcome import Fate
from triage.domain.writes import Comment, CreateTicket
from triage.engine import by_hand, held_mail, respond
from triage.engine.accept_mail import accept_into, is_mailbox
from triage.engine.process import mail_next
from triage.engine.respond import NotPossible
from triage.ports import Delivered, NotKept, Rejected, Retry
from triage.store import mails, queries
from triage.store.db import Database
from triage.store.mails import MailRow

DORA = "dora@acme.example"


@pytest.fixture
def post(database: Database) -> Scene:
    return scene_over(database)


def test_a_contact_who_cannot_reach_jira_wakes_somebody_up(post: Scene) -> None:
    mail = post.write()
    assert (mail.fate, mail.customer) == (Fate.TICKET, "acme")
    post.story.expect_pages("ana")
    ticket = post.story.ticket()
    assert (ticket["key"], ticket["priority"], ticket["provisional"]) == ("M-1", "P0", False)
    assert "Production is down" in post.story.sent[0].body
    assert "By mail from Dora Example <dora@acme.example>." in post.story.sent[0].body
    assert post.story.clocks() == {}  # the contract's SLA runs on Jira tickets only


def test_the_sender_is_answered_once_with_the_tickets_key(post: Scene) -> None:
    first = post.write()
    [answer] = post.answers(DORA)
    assert answer.subject == "[M-1] Re: Checkout is down"
    assert answer.answers == (first.message_id,)
    post.write("It got worse.", answers=[f"<{first.message_id}>"], subject="Re: Checkout is down")
    assert len(post.answers(DORA)) == 1


def test_a_forged_sender_pages_nobody_and_the_contact_is_asked(post: Scene) -> None:
    mail = post.write(signed=False)
    assert mail.fate is Fate.HELD
    post.story.expect_pages()
    [asked] = post.answers(DORA)
    assert f"/confirm/{mail.id}" in asked.body
    assert len(post.notices("Mail held")) == 1
    post.write(signed=False, subject="Another one")
    assert len(post.notices("Mail held")) == 1  # at most once an hour
    confirm(post, mail.id)
    post.story.expect_pages("ana")
    confirm(post, mail.id)  # a second touch
    post.story.expect_pages()


def confirm(post: Scene, number: int) -> None:
    with post.story.context.database.write() as conn:
        held_mail.confirm(conn, post.story.context, number, post.story.now)
    post.story.settle()


def release(post: Scene, number: int, customer: str | None = None) -> None:
    with post.story.context.database.write() as conn:
        held_mail.release(conn, post.story.context, number, "lead", post.story.now, customer=customer)
    post.story.settle()


def test_only_who_was_asked_can_confirm(post: Scene) -> None:
    mail = post.write(sender="stranger@elsewhere.example")
    with pytest.raises(NotPossible):
        confirm(post, mail.id)
    post.story.expect_pages()


def test_a_stranger_is_held_until_a_human_knows_whose_it_is(post: Scene) -> None:
    mail = post.write(sender="Zoe <zoe@new.example>")
    assert (mail.fate, mail.reason) == (Fate.HELD, "nobody knows the sender")
    assert post.answers("zoe@new.example") == []
    post.story.expect_pages()
    release(post, mail.id, "globex")
    post.story.expect_pages("ana")
    assert post.story.ticket()["customer"] == "globex"
    again = post.write(sender="Zoe <zoe@new.example>", subject="Something else")
    assert (again.fate, again.customer) == (Fate.TICKET, "globex")


def test_what_a_human_has_dropped_pages_nobody_and_is_decided_once(post: Scene) -> None:
    mail = post.write(sender="zoe@new.example")
    with post.story.context.database.write() as conn:
        held_mail.drop(conn, post.story.context, mail.id, "lead", "an advertisement", post.story.now)
    assert post.mail(mail.id).fate is Fate.DROPPED
    with pytest.raises(NotPossible):
        release(post, mail.id)
    post.story.expect_pages()


def test_a_reply_joins_while_somebody_is_called_and_pages_anew_once_nobody_is(post: Scene) -> None:
    first = post.write()
    post.story.expect_pages("ana")
    reply = post.write("Still down.", answers=[f"<{first.message_id}>"], subject="Re: Checkout is down")
    assert (reply.fate, reply.ticket_id) == (Fate.JOINED, first.ticket_id)
    post.story.expect_pages()
    resolve(post)
    assert not post.story.ticket()["open"]  # nobody else would ever close it
    again = post.write("Down again!", answers=[f"<{first.message_id}>"], subject="Re: Checkout is down")
    assert again.ticket_id == first.ticket_id
    post.story.expect_pages("ana")


def resolve(post: Scene) -> None:
    with post.story.context.database.write() as conn:
        number = post.story.incident()["id"]
        respond.resolve_incident(conn, post.story.context, number, "ana", "restarted", post.story.now)
    post.story.settle()


def test_an_answer_to_our_answer_is_in_the_thread(post: Scene) -> None:
    first = post.write()
    [answer] = post.answers(DORA)
    own_id = f"<{answer.key.replace('/', '%2F')}@vendor.example>"
    reply = post.write("Thank you.", answers=[own_id], subject="thanks")
    assert (reply.fate, reply.ticket_id) == (Fate.JOINED, first.ticket_id)


def test_what_the_reply_says_is_judged(post: Scene) -> None:
    first = post.write("The checkout shows an error page.")
    assert post.story.ticket()["provisional"]
    post.write(
        "Production is not affected, it is our test system.",
        answers=[f"<{first.message_id}>"],
        subject="Re: Checkout is down",
    )
    assert (post.story.ticket()["priority"], post.story.ticket()["provisional"]) == ("P1", False)


def test_a_reply_by_mail_acknowledges_the_page(database: Database) -> None:
    edits = {
        "people.yaml": (
            "      - {gateway: console, wait: 2m}\n",
            "      - {gateway: smtp, address: ana@vendor.example}\n",
        )
    }
    post = scene_over(database, edits=edits)
    post.write()
    [page] = [one for one in post.outgoing.sent if one.address == "ana@vendor.example"]
    assert page.reply_to.startswith("oncall+ack-")
    forged = post.write("I have it", sender="ana@vendor.example", to=page.reply_to, subject="Re: P0", signed=False)
    assert forged.fate is Fate.IGNORED
    customer = post.write("I have it", to=page.reply_to, subject="Re: P0")
    assert customer.fate is Fate.IGNORED
    robot = post.write(
        "I am away",
        sender="ana@vendor.example",
        to=page.reply_to,
        subject="Re: P0",
        headers={"Auto-Submitted": "auto-replied"},
    )
    assert robot.fate is Fate.IGNORED
    assert post.story.incident()["state"] == IncidentState.TRIGGERED
    answer = post.write("On it", sender="Ana <ana@vendor.example>", to=page.reply_to.upper(), subject="Re: P0")
    assert answer.fate is Fate.ACKNOWLEDGED
    assert post.story.incident()["acknowledged_by"] == "ana"


def test_a_page_that_comes_back_goes_over_the_next_contact_method_now(database: Database) -> None:
    methods = "      - {gateway: smtp, address: ana@vendor.example}\n      - {gateway: console}\n"
    post = scene_over(database, edits={"people.yaml": ("      - {gateway: console, wait: 2m}\n", methods)})
    post.write()
    [page] = [one for one in post.outgoing.sent if one.address == "ana@vendor.example"]
    assert [one.key for one in post.story.sent if one.address == "Ana Example"] == []
    post.receive(bounced(page.key, "ana@vendor.example", "it is on its way", "delayed"))
    post.receive(bounced(page.key, "somebody@vendor.example", "not ours"))
    assert [one for one in post.story.sent if one.address == "Ana Example"] == []
    bounce = post.receive(bounced(page.key, "ana@vendor.example"))
    assert bounce.fate is Fate.IGNORED
    assert [one.key for one in post.story.sent if one.address == "Ana Example"] == [page.key]
    post.receive(bounced(page.key, "ana@vendor.example", "again"))
    assert len([one for one in post.story.sent if one.address == "Ana Example"]) == 1


def bounced(key: str, recipient: str, note: str = "", action: str = "failed") -> bytes:
    lines = [
        "From: MAILER-DAEMON@vendor.example",
        f"To: {OURS}",
        f"Subject: Undelivered Mail Returned to Sender {note}".rstrip(),
        "Auto-Submitted: auto-replied",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "MIME-Version: 1.0",
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "Your mail could not be delivered.",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mx.vendor.example",
        "",
        f"Final-Recipient: rfc822; {recipient}",
        f"Action: {action}",
        "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 no such user",
        "",
        "--b",
        "Content-Type: text/rfc822-headers",
        "",
        f"Message-ID: <{key}@vendor.example>",
        f"To: {recipient}",
        "",
        "--b--",
        "",
    ]
    return "\r\n".join(lines).encode()


JIRA = "  create_jira_ticket: {project: SUP, issue_type: Incident, fields: {priority: {id: '1'}}}\n"


def test_the_jira_ticket_takes_over_and_nobody_is_called_twice(database: Database) -> None:
    post = scene_over(database, JIRA, {"escalation.yaml": ("group_window: 2m", "group_window: 0s")})
    post.notebook.answers = [Delivered("10777 SUP-77")]
    first = post.write()
    post.story.expect_pages("ana")
    [action] = post.notebook.actions
    assert isinstance(action, CreateTicket)
    assert (action.project, action.summary) == ("SUP", "Checkout is down")
    assert "Production is down" in action.blocks[1].text
    [answer] = post.answers(DORA)
    assert answer.subject == "[SUP-77] Re: Checkout is down"
    issue = told(post, "10777", "SUP-77")
    post.story.expect_pages()  # its webhook says P0, and somebody has been called for it
    with post.story.context.database.read() as conn:
        incident = post.story.incident()
        jira = queries.ticket(conn, 2)
        assert jira is not None
        assert (jira["key"], jira["customer"]) == ("SUP-77", "acme")
        assert queries.ticket(conn, 1)["goes_on_in"] == 2  # type: ignore[index]
        assert not queries.ticket(conn, 1)["open"]  # type: ignore[index]
        assert [clock["metric"] for clock in queries.clocks_of(conn, [2])] == ["first_response", "resolution"]
    assert incident["state"] == IncidentState.TRIGGERED
    reply = post.write("Still down.", answers=[f"<{first.message_id}>"], subject="Re: Checkout is down")
    assert (reply.fate, reply.ticket_id) == (Fate.JOINED, 2)
    comment = post.notebook.actions[-1]
    assert isinstance(comment, Comment)
    assert not comment.public
    assert comment.blocks[1].text == "Still down."
    post.story.receive(issue.change(post.story.now, "status", "Resolved", ANA))
    assert post.story.incident()["state"] == IncidentState.RESOLVED


def told(post: Scene, number: str, key: str) -> Issue:
    """Jira's webhook about the issue that we have opened."""
    issue = Issue(number, key, post.story.now, "Checkout is down", "Highest")
    post.story.receive(issue.created_event())
    return issue


def test_a_jira_that_is_slow_keeps_no_sender_waiting(database: Database) -> None:
    post = scene_over(database, JIRA)
    post.notebook.answers = [Retry("it is down"), Retry("it is down"), Delivered("10777 SUP-77")]
    first = post.write()
    post.story.expect_pages("ana")
    [answer] = post.answers(DORA)
    assert answer.subject == "[M-1] Re: Checkout is down"
    post.story.advance(minutes=10)
    assert len(post.answers(DORA)) == 1
    told(post, "10777", "SUP-77")
    reply = post.write("Still down.", answers=[f"<{first.message_id}>"], subject="Re: [M-1] Checkout is down")
    assert (reply.fate, reply.ticket_id) == (Fate.JOINED, 2)


def test_a_jira_that_refuses_leaves_the_mails_own_ticket(database: Database) -> None:
    post = scene_over(database, JIRA)
    post.notebook.answers = [Rejected("no such project")]
    post.write()
    post.story.expect_pages("ana")
    [answer] = post.answers(DORA)
    assert answer.subject == "[M-1] Re: Checkout is down"
    assert post.notices("A write into Jira") or post.notices("Jira")
    resolve(post)
    assert not post.story.ticket()["open"]


def test_a_subject_names_a_ticket_only_to_those_whose_it_is(post: Scene) -> None:
    issue = post.story.created(priority="P2")
    post.story.expect_pages()
    mail = post.write(subject=f"[{issue.key}] is now an outage")
    post.story.expect_pages("ana")  # nobody was called for it
    assert mail.ticket_id != 1
    comments = [action for action in post.notebook.actions if isinstance(action, Comment)]
    assert comments[-1].blocks[1].text.startswith("Production is down")
    other = post.write(sender="gus@globex.example", subject=f"Re: [{issue.key}]")
    assert other.fate is Fate.TICKET
    assert len([action for action in post.notebook.actions if isinstance(action, Comment)]) == len(comments)


def test_the_same_mail_by_two_ways_is_one(post: Scene) -> None:
    first = post.write(message_id="<same@acme.example>")
    with post.story.context.database.read() as conn:
        body, _ = mails.raw(conn, first)
    again = post.receive(b"Received: from a relay\r\n" + unpack(body)[1])
    assert (again.fate, again.reason) == (Fate.IGNORED, "a copy of mail 1")
    post.story.expect_pages("ana")


def test_automatic_mail_neither_pages_nor_is_answered(post: Scene) -> None:
    mail = post.write("I am away until Monday.", headers={"Auto-Submitted": "auto-replied"})
    assert mail.fate is Fate.IGNORED
    post.story.expect_pages()
    assert post.answers(DORA) == []


def test_two_robots_fall_silent_and_somebody_hears_of_it(post: Scene) -> None:
    """The other one answers everything with a new mail, and marks nothing."""
    seen = 0
    post.write("An automatic notification")
    for _ in range(60):
        answers = post.answers(DORA)
        if len(answers) == seen:
            break
        seen = len(answers)
        for _ in range(3):  # it even repeats itself
            post.write("An automatic notification", subject=f"Notification {next(post.numbers)}")
    assert len(post.answers(DORA)) <= 5
    for number in range(30):
        post.write("An automatic notification", subject=f"More {number}")
    assert post.newest().fate is Fate.HELD
    assert post.newest().reason.startswith("loop breaker")
    assert len(post.notices("Mail held")) == 1
    assert len(post.answers(DORA)) <= 5


def test_observe_only_shows_everything_and_sends_nothing(database: Database) -> None:
    post = scene_over(database, edits={"service.yaml": ("observe_only: false", "observe_only: true")})
    mail = post.write()
    assert mail.fate is Fate.TICKET
    assert post.story.incident()["observed"]
    assert post.story.sent == []


def test_dns_that_does_not_answer_is_asked_again_and_then_a_human(post: Scene) -> None:
    post.write(signed=False)  # its own verdict needs no DNS
    post.zone.fails = True
    assert post.write(subject="The one that waits").subject == "Checkout is down"  # nothing has become of it yet
    post.story.advance(seconds=30)
    post.zone.fails = False
    post.story.advance(seconds=60)
    assert (post.newest().subject, post.newest().fate) == ("The one that waits", Fate.TICKET)
    post.zone.fails = True
    post.write(subject="Another one")
    post.story.advance(minutes=5)
    assert (post.newest().subject, post.newest().fate) == ("Another one", Fate.HELD)


def test_the_verdict_and_its_reasons_are_kept(post: Scene) -> None:
    mail = post.write()
    assert mail.aligned
    assert json.loads(json.dumps(mail.proof))["checks"][0]["method"] == "dkim"
    assert mail.proof["reason"]
    assert BOX.endswith("vendor.example")


# Monitoring systems

SENDERS = "senders: [nagios@monitor.example]"
ALERTS = (
    f"  alerts: [{{name: prod, use: nagios, {SENDERS}, customer: globex}}, {{name: test, use: nagios, {SENDERS}}}]\n"
)
NAGIOS = "nagios@monitor.example"


def nagios(post: Scene, state: str, *, to: str = BOX, signed: bool = True, host: str = "web1") -> MailRow:
    word = "PROBLEM" if state == "DOWN" else "RECOVERY"
    return post.write(
        f"Notification Type: {word}\nHost: {host}\nState: {state}\nat {next(post.numbers)}",
        sender=NAGIOS,
        subject=f"** {word} Host Alert: {host} is {state} **",
        to=to,
        signed=signed,
        headers={"Auto-Submitted": "auto-generated", "Precedence": "bulk"},
    )


def test_an_alert_pages_joins_is_resolved_and_pages_anew(database: Database) -> None:
    post = scene_over(database, ALERTS)
    box = post.tagged(TagKind.ALERT, "prod")
    first = nagios(post, "DOWN", to=box)
    assert first.fate is Fate.TICKET
    post.story.expect_pages("ana")
    assert (post.story.ticket()["priority"], post.story.ticket()["provisional"]) == ("P0", False)
    assert post.story.ticket()["customer"] == "globex"
    assert nagios(post, "DOWN", to=box).fate is Fate.JOINED
    assert nagios(post, "DOWN", to=box, host="web2").ticket_id != first.ticket_id
    post.story.expect_pages()  # grouped with the first: one customer, two minutes
    post.story.advance(seconds=1)
    assert nagios(post, "UP", to=box).ticket_id == first.ticket_id
    assert not post.story.ticket()["open"]
    nagios(post, "UP", to=box, host="web2")
    assert post.story.incident()["state"] == IncidentState.RESOLVED
    post.story.advance(minutes=10)
    assert nagios(post, "DOWN", to=box).ticket_id == first.ticket_id
    post.story.expect_pages("ana")
    assert post.answers(NAGIOS) == []


def test_a_recovery_counts_only_with_both_the_sender_and_the_rules_own_address(database: Database) -> None:
    post = scene_over(database, ALERTS)
    box = post.tagged(TagKind.ALERT, "prod")
    nagios(post, "DOWN", to=box)
    others = post.tagged(TagKind.ALERT, "test")
    for to, signed in ((BOX, True), (box, False), (BOX, False), (others, True)):
        mail = nagios(post, "UP", to=to, signed=signed)
        assert mail.fate is Fate.JOINED
        assert "so the page stands" in mail.reason
    assert post.story.incident()["state"] == IncidentState.TRIGGERED
    nagios(post, "UP", to=box)
    assert post.story.incident()["state"] == IncidentState.RESOLVED


def test_a_monitor_that_cannot_sign_pages_by_the_rules_own_address_alone(database: Database) -> None:
    post = scene_over(database, ALERTS)
    assert nagios(post, "DOWN", signed=False).fate is Fate.HELD
    post.story.expect_pages()
    assert nagios(post, "DOWN", to=post.tagged(TagKind.ALERT, "prod"), signed=False).fate is Fate.TICKET
    post.story.expect_pages("ana")


def test_an_alert_that_a_human_has_ended_pages_when_it_fires_again(database: Database) -> None:
    post = scene_over(database, ALERTS)
    nagios(post, "DOWN")
    post.story.expect_pages("ana")
    resolve(post)
    assert nagios(post, "UP").fate is Fate.IGNORED
    post.story.advance(minutes=10)
    assert nagios(post, "DOWN").fate is Fate.TICKET
    post.story.expect_pages("ana")


# By hand


def test_a_mails_ticket_is_closed_by_hand_and_those_of_jira_are_not(post: Scene) -> None:
    post.write("Production is not affected, it is our test system.")
    post.story.expect_pages()
    close(post, 1, "answered by phone")
    assert not post.story.ticket()["open"]
    for number, reason in ((1, "again"), (1, " ")):
        with pytest.raises(NotPossible):
            close(post, number, reason)
    post.story.created()
    with pytest.raises(NotPossible, match="Jira"):
        close(post, 2, "a try")


def close(post: Scene, number: int, reason: str) -> None:
    with post.story.context.database.write() as conn:
        by_hand.close_ticket(conn, post.story.context, number, "lead", reason, post.story.now)
    post.story.settle()


def test_a_poisonous_mail_delays_the_next_by_nothing(post: Scene) -> None:
    """A reader that breaks on one mail: that one is tried again and then set aside, and the next pages at once."""
    working = post.story.context.post
    assert working is not None

    def read(raw: bytes) -> Mail:
        if b"poison" in raw:
            raise RuntimeError("a bug of ours")
        return working.read(raw)

    context = replace(post.story.context, post=replace(working, read=read))
    head = b"From: dora@acme.example\r\nTo: oncall@vendor.example\r\nSubject: "
    post.keep(head + b"poison\r\n\r\nx")
    post.keep(post.zone.signed(head + b"Down\r\n\r\nProduction is down.", "acme.example", at=post.story.now))
    while mail_next(context, post.story.now):
        pass
    assert (post.newest().subject, post.newest().fate) == ("Down", Fate.TICKET)
    for _ in range(10):
        post.story.now += timedelta(hours=1)
        mail_next(context, post.story.now)
    with post.story.context.database.read() as conn:
        [event] = queries.quarantine(conn)
    assert "RuntimeError: a bug of ours" in event["reason"]


def test_a_copy_that_is_proved_counts_though_the_first_one_was_held(post: Scene) -> None:
    """A forwarder breaks the proof on one way, and the mail comes by another one, too."""
    held = post.write(signed=False, message_id="<two-ways@acme.example>")
    assert held.fate is Fate.HELD
    proved = post.write(message_id="<two-ways@acme.example>")
    assert proved.fate is Fate.TICKET
    post.story.expect_pages("ana")
    assert post.mail(held.id).fate is Fate.DROPPED
    again = post.write(signed=False, message_id="<two-ways@acme.example>", headers={"X-Relay": "a third way"})
    assert (again.fate, again.reason) == (Fate.IGNORED, f"a copy of mail {proved.id}")


def test_a_held_alert_that_is_released_is_the_alerts_own_ticket(database: Database) -> None:
    post = scene_over(database, ALERTS)
    held = nagios(post, "DOWN", signed=False)
    release(post, held.id)
    post.story.expect_pages("ana")
    assert nagios(post, "DOWN").ticket_id == post.mail(held.id).ticket_id
    nagios(post, "UP", to=post.tagged(TagKind.ALERT, "prod"))
    assert post.story.incident()["state"] == IncidentState.RESOLVED


def test_what_we_answer_says_where_to_answer(post: Scene) -> None:
    post.write()
    [answer] = post.answers(DORA)
    assert answer.reply_to == BOX
    [page] = [one for one in post.story.sent if one.urgent]
    assert page.reply_to.startswith("oncall+ack-")


def test_bounces_of_our_own_mail_are_taken_by_the_listener(post: Scene) -> None:
    for address in (BOX, OURS, OURS.upper(), post.tagged(TagKind.ALERT, "prod")):
        assert is_mailbox(post.story.context, address)
    for address in ("someone@vendor.example", "oncall@evil.example", ""):
        assert not is_mailbox(post.story.context, address)


def test_what_a_monitor_writes_is_no_evidence(database: Database) -> None:
    post = scene_over(database, ALERTS)
    post.write(
        "State: DOWN\nProduction is not affected, there is a workaround.", sender=NAGIOS, subject="web1 is DOWN"
    )
    with post.story.context.database.read() as conn:
        [decision] = queries.decisions_of(conn, 1)
    assert (decision["priority"], decision["flags"]) == ("P0", [])
    assert {item["source"] for item in decision["evidence"]} == {"field"}


def test_a_customers_own_system_pages_and_is_never_answered(post: Scene) -> None:
    mail = post.write(headers={"Auto-Submitted": "auto-generated"})
    assert mail.fate is Fate.TICKET
    post.story.expect_pages("ana")
    assert post.answers(DORA) == []


def test_a_from_that_is_read_in_two_ways_proves_nothing(post: Scene) -> None:
    """Whoever is read as the author has to be whom the proof speaks for."""
    working = post.story.context.post
    assert working is not None

    def read(raw: bytes) -> Mail:
        return replace(working.read(raw), authors=(Mailbox(DORA),))

    post.story.context = replace(post.story.context, post=replace(working, read=read))
    mail = post.write(sender="eve@evil.example")
    assert (mail.fate, mail.aligned) == (Fate.HELD, False)
    assert "two ways" in mail.reason
    post.story.expect_pages()


def test_a_held_reply_that_is_released_joins_its_thread(post: Scene) -> None:
    first = post.write()
    post.story.expect_pages("ana")
    held = post.write("Still down.", answers=[f"<{first.message_id}>"], signed=False)
    release(post, held.id)
    assert (post.mail(held.id).fate, post.mail(held.id).ticket_id) == (Fate.JOINED, first.ticket_id)
    post.story.expect_pages()


def test_a_store_that_fails_is_told_to_whoever_brings_a_mail(post: Scene, tmp_path: Path) -> None:
    """A transport then says 451 or 503, and the sender keeps the mail."""
    broken = Database(f"sqlite:///{tmp_path}/without-tables.db")
    accept = accept_into(replace(post.story.context, database=broken), lambda: post.story.now, lambda: None)
    with pytest.raises(NotKept):
        accept(Envelope(Via.SMTP), b"Subject: Down\r\n\r\nx")
    broken.upgrade()
    woken: list[bool] = []
    accept = accept_into(
        replace(post.story.context, database=broken), lambda: post.story.now, lambda: woken.append(True)
    )
    for _ in range(2):  # the same answer for a repeat
        accept(Envelope(Via.SMTP), b"Subject: Down\r\n\r\nx")
    assert woken == [True]
    broken.close()
