"""An engineer needs somebody at the customer: who is paged, in which hours, who answers, and who hears of it."""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Barrier, Thread
from typing import Any

import pytest

from tests.jira_events import Issue
from tests.scenario.harness import CONFIG, Sink, Story
from triage import documents
from triage.engine import configure, contact_pages, hand_over, respond
from triage.engine.respond import NotPossible
from triage.ports import Message, Rejected, Retry
from triage.store import queries
from triage.store.db import Database

P0 = {"priority": "P0", "production": "yes", "workaround": "none"}
REASON = "Please open port 443 to 198.51.100.7"
#: Dora is at work in Berlin, and Emil in New York; nobody has asked Flo.
CONTACTS = """
      - name: Dora Example
        email: dora@acme.example
        paging:
          methods:
            - {gateway: apprise, address: dora-phone, wait: 2m}
            - {gateway: smtp, address: dora@acme.example, wait: 8m}
          timezone: Europe/Berlin
          hours: [{days: [mon, tue, wed, thu, fri], from: "08:00", to: "20:00"}]
      - {name: Flo Example, email: flo@acme.example}
      - name: Emil Example
        email: emil@acme.example
        paging:
          methods: [{gateway: smtp, address: emil@acme.example, wait: 5m}]
          timezone: America/New_York
          hours: [{days: [mon, tue, wed, thu, fri], from: "08:00", to: "20:00"}]
"""
DORA, EMIL = "contact:acme/dora@acme.example", "contact:acme/emil@acme.example"
#: When both are at work.
AFTERNOON = datetime(2026, 11, 23, 15, tzinfo=UTC)


def files(contacts: str = CONTACTS, **changes: str) -> dict[str, str]:
    found = documents.read_folder(CONFIG)
    before, _, after = found["customers.yaml"].partition("    contacts:\n")
    found["customers.yaml"] = f"{before}    contacts:{contacts}{after[after.index('    contracts:') :]}"
    for old, new in changes.items():
        assert old in found["service.yaml"]
        found["service.yaml"] = found["service.yaml"].replace(old, new, 1)
    return found


@pytest.fixture
def story(database: Database) -> Story:
    """Acme with three contacts, who are reached otherwise than our own people are."""
    return over(database, files())


def over(database: Database, configuration: dict[str, str]) -> Story:
    return Story(database, configuration, gateways=[Sink(), Sink("apprise"), Sink("smtp")])


def opened(story: Story, at: datetime = AFTERNOON, **fields: Any) -> Issue:
    """A ticket of Acme's, at that time."""
    story.now = at
    return story.created(**{"priority": "P2", **fields})


def ask(story: Story, reason: str = REASON, who: str = "ana", override: str | None = None) -> int:
    with story.context.database.write() as conn:
        asked = contact_pages.request(story.context.work(conn, story.now), 1, reason, who, "dashboard", override)
    story.settle()
    return asked.id


def answer(story: Story, page_id: str) -> None:
    with story.context.database.write() as conn:
        contact_pages.answer(story.context.work(conn, story.now), page_id)
    story.settle()


def cancel(story: Story, number: int, who: str = "ben") -> None:
    with story.context.database.write() as conn:
        contact_pages.cancel(story.context.work(conn, story.now), number, who, "dashboard", "it works again")
    story.settle()


def ledger(story: Story, number: int = 1) -> list[Any]:
    with story.context.database.read() as conn:
        return list(queries.pages_of_customer_pages(conn, [number]))


def states(story: Story, number: int = 1) -> list[tuple[str, str]]:
    return [(page["person"], page["state"]) for page in ledger(story, number)]


def state(story: Story, number: int = 1) -> str:
    with story.context.database.read() as conn:
        asked = queries.customer_page(conn, number)
    assert asked is not None
    return asked.state


def audited(story: Story) -> list[tuple[str, str, str]]:
    with story.context.database.read() as conn:
        return [(row["act"], row["who"], row["reason"]) for row in queries.audit_of(conn, ["ticket/1"])]


def went_to(story: Story) -> list[str]:
    """The addresses at the customer to which anything was sent."""
    return [message.address for message in [*story.sinks[1].sent, *story.sinks[2].sent]]


def told(story: Story) -> list[Message]:
    """What our own people were sent, but for their pages."""
    return [message for message in story.sinks[0].sent if "customer-page/" in message.key]


def test_the_engineer_asks_and_the_first_contact_is_paged_until_they_answer(story: Story) -> None:
    opened(story)
    ask(story)
    (sent,) = story.sinks[1].sent
    assert (sent.address, sent.urgent) == ("dora-phone", True)
    assert sent.subject == "Support needs your help: ACME-31601 Checkout fails"
    assert "Ana Example (Support) needs your help with ACME-31601 Checkout fails:" in sent.body
    assert f"\n  {REASON}\n" in sent.body
    assert f"\n{ledger(story)[0]['id']}\n" in sent.body, "the link"
    assert "outside the hours" not in sent.body
    story.advance(minutes=1, seconds=59)
    assert went_to(story) == ["dora-phone"]
    story.advance(seconds=1)
    assert went_to(story) == ["dora-phone", "dora@acme.example"]
    assert story.sinks[2].sent[0].body == sent.body
    story.advance(minutes=1)
    answer(story, ledger(story)[0]["id"])
    assert (state(story), states(story)) == ("answered", [(DORA, "acknowledged")])
    (news,) = told(story)
    assert (news.address, news.urgent) == ("Ana Example", True)
    assert news.subject == "Dora Example has answered: ACME-31601 Acme GmbH: Checkout fails"
    assert "Dora Example of Acme GmbH is there, 3 min after being asked for:" in news.body
    story.advance(hours=24)
    assert went_to(story) == ["dora-phone", "dora@acme.example"]
    assert len(told(story)) == 1
    assert audited(story)[:2] == [("customer_page.answer", DORA, ""), ("customer_page.request", "ana", REASON)]


def test_a_silent_contact_is_followed_by_the_next_and_then_it_ends_and_the_engineer_hears_of_it(story: Story) -> None:
    opened(story)
    ask(story)
    story.advance(minutes=9, seconds=59)
    assert states(story) == [(DORA, "open")]
    story.advance(seconds=1)
    assert states(story) == [(DORA, "open"), (EMIL, "open")]
    assert went_to(story)[-1] == "emil@acme.example"
    story.advance(minutes=4, seconds=59)
    assert state(story) == "open"
    story.advance(seconds=1)
    assert (state(story), states(story)) == ("unanswered", [(DORA, "unanswered"), (EMIL, "unanswered")])
    (news,) = told(story)
    assert (news.address, news.urgent) == ("Ana Example", False)
    assert news.subject == "No answer from Acme GmbH: ACME-31601 Acme GmbH: Checkout fails"
    assert "Paged: Dora Example, Emil Example." in news.body
    story.advance(hours=48)
    assert len(went_to(story)) == 3, "a customer is not paged for ever"
    with pytest.raises(NotPossible, match="over"):
        answer(story, ledger(story)[0]["id"])
    assert state(story) == "unanswered"


def test_at_night_nobody_is_paged_unless_the_engineer_says_why_it_cannot_wait(story: Story) -> None:
    opened(story, datetime(2026, 11, 24, 1, tzinfo=UTC))  # 02:00 in Berlin, 20:00 in New York
    with pytest.raises(NotPossible) as refused:
        ask(story)
    assert str(refused.value) == (
        "Nobody at Acme GmbH has agreed to be paged at this hour: Dora Example, who may be paged from"
        " Tue 2026-11-24 08:00 Europe/Berlin on (in 6 h); Emil Example, who may be paged from"
        " Tue 2026-11-24 08:00 America/New_York on (in 12 h). If it cannot wait, override that with a reason, which"
        " the audit keeps."
    )
    with pytest.raises(NotPossible, match="at this hour"):
        ask(story, override="  ")
    assert went_to(story) == []
    ask(story, override="their whole site is down")
    (sent,) = story.sinks[1].sent
    assert sent.body.endswith("\n\nThis is outside the hours in which you agreed to be paged, but it cannot wait.")
    assert "whole site" not in sent.body, "the override's reason is ours"
    with story.context.database.read() as conn:
        act = queries.audit_of(conn, ["ticket/1"])[0]
    assert (act["act"], act["who"], act["reason"]) == ("customer_page.request", "ana", REASON)
    assert act["after"]["override"] == "their whole site is down"
    story.advance(minutes=10)
    assert states(story) == [(DORA, "open"), (EMIL, "open")]


def test_an_engineer_says_what_is_needed(story: Story) -> None:
    opened(story)
    with pytest.raises(NotPossible, match="Say what you need"):
        ask(story, reason=" \n ")


def test_contacts_outside_their_hours_are_passed_over_and_the_engineer_hears_when_they_begin(story: Story) -> None:
    opened(story, datetime(2026, 11, 23, 9, tzinfo=UTC))  # 04:00 in New York
    ask(story)
    story.advance(minutes=10)
    assert (state(story), states(story)) == ("unanswered", [(DORA, "unanswered")])
    later = "Not paged: Emil Example, who may be paged from Mon 2026-11-23 08:00 America/New_York on (in 3 h 50 min)."
    assert later in told(story)[0].body


def test_whose_hours_begin_meanwhile_is_paged_in_their_turn(story: Story) -> None:
    opened(story, datetime(2026, 11, 23, 12, 51, tzinfo=UTC))  # 07:51 in New York
    ask(story)
    story.advance(minutes=10)
    assert states(story) == [(DORA, "open"), (EMIL, "open")]


def test_whose_hours_end_meanwhile_is_left_in_peace(story: Story) -> None:
    opened(story, datetime(2026, 11, 24, 0, 52, tzinfo=UTC))  # 19:52 in New York
    ask(story, who="ben")
    assert states(story) == [(EMIL, "open")]
    story.advance(minutes=5)
    assert state(story) == "unanswered"
    assert "Not paged: Dora Example, who may be paged from Tue 2026-11-24 08:00 Europe/Berlin" in told(story)[0].body


@pytest.mark.parametrize(("override", "mails"), [(None, []), ("it burns", ["dora@acme.example"])])
def test_no_method_is_tried_after_the_contacts_hours(story: Story, override: str | None, mails: list[str]) -> None:
    opened(story, datetime(2026, 11, 27, 18, 59, tzinfo=UTC))  # a minute before 20:00 in Berlin
    ask(story, override=override)
    story.advance(minutes=9)
    assert went_to(story) == ["dora-phone", *mails]
    story.advance(minutes=1)
    assert states(story) == [(DORA, "open"), (EMIL, "open")]


def test_a_ticket_has_one_open_customer_page(story: Story) -> None:
    opened(story)
    ask(story)
    with pytest.raises(NotPossible) as refused:
        ask(story, who="ben")
    assert str(refused.value) == (
        "Customer page 1 is open: ana asked for it 2026-11-23 15:00:00 UTC. Cancel it first."
    )
    cancel(story, 1)
    assert ask(story, who="ben") == 2


def test_two_engineers_who_ask_at_the_same_moment_page_the_customer_once(story: Story) -> None:
    opened(story)
    both, came = Barrier(2), []

    def try_to(who: str) -> None:
        both.wait()
        try:
            with story.context.database.write() as conn:
                work = story.context.work(conn, story.now)
                came.append(contact_pages.request(work, 1, REASON, who, "dashboard").asked_by)
        except NotPossible as error:
            came.append(str(error))

    threads = [Thread(target=try_to, args=(who,)) for who in ("ana", "ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(came) == 2
    assert sum("is open" in words for words in came) == 1
    assert len(ledger(story)) == 1


def test_what_is_cancelled_pages_nobody_else_and_its_links_are_over(story: Story) -> None:
    opened(story)
    ask(story)
    story.advance(minutes=1)
    cancel(story, 1)
    assert (state(story), states(story)) == ("cancelled", [(DORA, "resolved")])
    story.advance(hours=24)
    assert went_to(story) == ["dora-phone"]
    with pytest.raises(NotPossible, match="over"):
        answer(story, ledger(story)[0]["id"])
    with pytest.raises(NotPossible, match="Customer page 1 is over already: cancelled by Ben Example"):
        cancel(story, 1, "ana")
    with pytest.raises(NotPossible, match="no customer page 9"):
        cancel(story, 9)
    assert audited(story)[0] == ("customer_page.cancel", "ben", "it works again")


def test_a_dead_channel_does_not_cost_the_contacts_time(story: Story) -> None:
    opened(story)
    story.sinks[1].answers = [Rejected("no such number")]
    story.sinks[2].answers = [Rejected("mailbox unknown")]
    ask(story)
    assert went_to(story) == ["dora-phone", "dora@acme.example", "emil@acme.example"]
    assert states(story) == [(DORA, "undelivered"), (EMIL, "open")]
    story.advance(minutes=5)
    assert (state(story), states(story)) == ("unanswered", [(DORA, "undelivered"), (EMIL, "unanswered")])


def test_where_no_channel_takes_anything_the_engineer_hears_of_it_at_once(story: Story) -> None:
    opened(story)
    story.sinks[1].answers = [Rejected("gone")]
    story.sinks[2].answers = [Rejected("gone"), Rejected("gone")]
    ask(story)
    assert (state(story), states(story)) == ("unanswered", [(DORA, "undelivered"), (EMIL, "undelivered")])
    assert len(told(story)) == 1


def test_a_channel_that_stays_busy_is_given_up_when_the_next_contact_is_due(story: Story) -> None:
    opened(story)
    story.sinks[1].answers = [Retry("busy")] * 1000
    ask(story)
    assert went_to(story)[-1] == "dora@acme.example", "the next method at once"
    story.advance(minutes=10)
    assert states(story) == [(DORA, "open"), (EMIL, "open")]
    story.advance(minutes=5)
    assert states(story) == [(DORA, "unanswered"), (EMIL, "unanswered")]
    sent = len(story.sinks[1].sent)
    story.advance(hours=1)
    assert len(story.sinks[1].sent) == sent


def test_a_link_lives_as_long_as_the_customer_page_and_only_one_answer_counts(story: Story) -> None:
    opened(story)
    ask(story)
    story.advance(minutes=11)
    dora, emil = (page["id"] for page in ledger(story))
    answer(story, dora)
    for late in (dora, emil):
        answer(story, late)
    assert states(story) == [(DORA, "acknowledged"), (EMIL, "superseded")]
    assert len(told(story)) == 1
    assert [act for act, _, _ in audited(story)].count("customer_page.answer") == 1


def test_the_links_of_our_people_and_those_of_contacts_open_nothing_of_each_others(story: Story) -> None:
    opened(story, **P0)
    ask(story)
    with pytest.raises(NotPossible, match="belongs to no page"), story.context.database.write() as conn:
        respond.acknowledge_page(conn, story.context, ledger(story)[0]["id"], story.now)
    with pytest.raises(NotPossible, match="belongs to no customer page"):
        answer(story, story.pages()[0]["id"])
    assert (state(story), story.incident()["state"]) == ("open", "triggered")


def test_no_incident_is_given_to_a_customer(story: Story) -> None:
    opened(story, **P0)
    with pytest.raises(NotPossible, match="cannot be paged"), story.context.database.write() as conn:
        hand_over.reassign(story.context.work(conn, story.now), 1, DORA, "ana", "dashboard")


def test_an_answer_is_told_to_whoever_has_the_incident_if_we_cannot_reach_whoever_asked(story: Story) -> None:
    opened(story, **P0)
    with story.context.database.write() as conn:
        respond.acknowledge_incident(conn, story.context, 1, "cy", story.now)
    ask(story, who="bridge")
    (sent,) = story.sinks[1].sent
    assert sent.body.startswith("Support needs your help with"), "what a program is called is ours"
    answer(story, ledger(story)[0]["id"])
    assert [message.address for message in told(story)] == ["Cy Example"]


def test_an_answer_is_told_to_whoever_hears_of_notices_if_nobody_else_is_known(story: Story) -> None:
    opened(story)
    ask(story, who="admin")
    answer(story, ledger(story)[0]["id"])
    assert [message.address for message in told(story)] == ["Ana Example"], "who is on call"


def test_under_observe_only_it_runs_and_nothing_is_sent(database: Database) -> None:
    story = over(database, files(**{"observe_only: false": "observe_only: true"}))
    opened(story)
    ask(story)
    story.advance(minutes=10)
    assert states(story) == [(DORA, "open"), (EMIL, "open")]
    story.advance(minutes=5)
    assert state(story) == "unanswered"
    assert story.sent == []


def test_a_closed_ticket_needs_nobody(story: Story) -> None:
    issue = opened(story)
    ask(story)
    story.advance(minutes=1)
    story.receive(issue.change(story.now, "status", "Resolved"))
    assert (state(story), states(story)) == ("cancelled", [(DORA, "resolved")])
    assert audited(story)[0] == ("customer_page.cancel", "Jira", "the ticket was resolved")
    story.advance(hours=1)
    assert went_to(story) == ["dora-phone"]
    with pytest.raises(NotPossible, match="The ticket is closed"):
        ask(story)


def test_without_anybody_to_page_it_says_what_is_missing(database: Database) -> None:
    story = over(database, files("\n      - {name: Flo Example, email: flo@acme.example}\n"))
    opened(story)
    with pytest.raises(NotPossible, match=r"no contact of acme in config/customers\.yaml has `paging`"):
        ask(story, override="at any hour")


def test_nobody_is_paged_for_a_ticket_that_nobody_knows(story: Story) -> None:
    story.now = AFTERNOON
    issue = Issue("10001", "X-1", story.now, organization="77")
    story.receive(issue.created_event().replace(b"dora@acme.example", b"who@nowhere.example"))
    with pytest.raises(NotPossible, match="Nobody knows whose ticket this is"):
        ask(story)


def test_contacts_who_leave_the_documents_meanwhile_are_not_paged(story: Story) -> None:
    opened(story)
    ask(story)
    only_flo = files("\n      - {name: Flo Example, email: flo@acme.example}\n")
    with story.context.database.write() as conn:
        configure.apply(conn, only_flo, "lead", story.now)
    story.advance(minutes=10)
    assert went_to(story) == ["dora-phone"]
    assert (state(story), states(story)) == ("unanswered", [(DORA, "unanswered")])
    assert f"Paged: {DORA}." in told(story)[0].body


def test_a_customer_page_and_the_incident_of_its_ticket_go_their_own_ways(story: Story) -> None:
    opened(story, **P0)
    ask(story)
    story.expect_pages("ana")
    answer(story, ledger(story)[0]["id"])
    story.advance(minutes=5)
    story.expect_pages("cy")
    with story.context.database.write() as conn:
        respond.resolve_incident(conn, story.context, 1, "ana", "fixed", story.now)
    assert states(story) == [(DORA, "acknowledged")]


def test_what_contacts_read_is_in_the_customers_language_and_says_whom_to_call(database: Database) -> None:
    support = "# support: {name: Example Support, phone"
    configuration = files(**{support: support.removeprefix("# ")})
    configuration["customers.yaml"] = configuration["customers.yaml"].replace("# language: de ", "language: de ")
    story = over(database, configuration)
    opened(story)
    ask(story)
    (sent,) = story.sinks[1].sent
    assert sent.subject == "Example Support braucht Ihre Hilfe: ACME-31601 Checkout fails"
    assert "Für einen Rückruf: Ana Example (Example Support), +49 30 5550100." in sent.body
    assert "Sie können auch in ACME-31601 antworten." in sent.body
