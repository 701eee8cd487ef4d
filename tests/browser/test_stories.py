"""What people do on the dashboard and behind their links, done in a browser, on a desk and on a phone."""

from __future__ import annotations

import re

import sqlalchemy as sa
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.seed import DOWN
from tests.browser.served import Served
from tests.browser.visitor import Device, Visitor
from tests.month import fill
from triage.domain.mail_outcome import Fate
from triage.domain.rights import Role
from triage.engine import accounts
from triage.store.tables import clocks

#: What a refresh leaves alone, and a reload does not.
MARK = "window.theSamePage = true"
MARKED = "window.theSamePage === true"
#: Waits for the next refresh, and says what becomes of it.
NEXT_REFRESH = """() => new Promise((tell) => document.addEventListener(
  "htmx:beforeRequest", (event) => tell(event.defaultPrevented ? "put off" : "sent"), {once: true}))"""


def test_a_sign_in_link_shows_a_button_and_works_once(visit: Visit, served: Served, device: Device) -> None:
    visitor, link = visit(device), served.signin_link()
    page = visitor.page
    for _ in range(3):  # a mail scanner follows links
        page.goto(link)
    button = page.get_by_role("button", name="Sign in")
    visitor.tab_to(button)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Open tickets")).to_be_visible()
    visitor.touch("Sign out")
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto(link)
    visitor.touch("Sign in")
    expect(page.get_by_text("This sign-in link is used up or too old")).to_be_visible()
    page.goto("/")
    expect(page).to_have_url(re.compile("/signin"))


def test_one_touch_on_an_acknowledge_link_takes_the_incident(visit: Visit, served: Served, device: Device) -> None:
    story = served.scene.story
    story.created(**DOWN)
    visitor = visit(device)
    visitor.page.goto(served.acknowledge_link())
    expect(visitor.page.get_by_role("button", name="Acknowledge")).to_be_in_viewport()
    assert story.incident()["state"] == "triggered"
    visitor.touch("Acknowledge")
    expect(visitor.page.get_by_text("You have it.")).to_be_visible()
    assert (story.incident()["state"], story.incident()["acknowledged_by"]) == ("acknowledged", "ana")
    expect(visitor.page.get_by_role("button", name="Acknowledge")).to_have_count(0)


def test_an_incident_is_taken_and_ended_from_the_dashboard(engineer: Visitor) -> None:
    story, page = engineer.served.scene.story, engineer.page
    issue = story.created(**DOWN)
    expect(page.get_by_role("heading", name="1 incident that nobody has")).to_be_visible()
    engineer.touch(issue.key)
    engineer.touch("I take it")
    expect(page.get_by_role("status").filter(has_text="Acknowledged: the escalation has stopped.")).to_be_visible()
    assert story.incident()["state"] == "acknowledged"
    page.get_by_label("Why incident 1 is over").fill("a full disk")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The incident is resolved; the ticket and its clocks go on.")).to_be_visible()
    assert story.incident()["state"] == "resolved"


def test_an_override_changes_who_is_on_call(engineer: Visitor) -> None:
    page = engineer.page
    engineer.touch("On call")
    form = page.locator("form").filter(has=page.get_by_role("button", name="Add the override"))
    form.get_by_label("On call").select_option("Cy Example")
    form.get_by_label("Where").select_option("in place of Ana Example")
    form.get_by_label("From").fill("2026-11-23T10:00")
    form.get_by_label("Until").fill("2026-11-23T12:00")
    form.get_by_label("Why").fill("dentist")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The override is in force")).to_be_visible()
    expect(page.get_by_text("Cy Example in place of Ana Example")).to_be_visible()
    story = engineer.served.scene.story
    story.created(**DOWN)
    story.expect_pages("cy")


def test_a_priority_is_decided_by_hand_with_the_keyboard_alone(engineer: Visitor) -> None:
    story, page = engineer.served.scene.story, engineer.page
    story.created(priority="P0", production="no")
    page.goto("/tickets/1")
    form = page.locator("#decide")
    expect(form.get_by_label("Priority")).to_have_value("P1")
    engineer.tab_to(form.get_by_label("Priority"))
    page.keyboard.type("P0")
    engineer.tab_to(form.get_by_label("Reason"))
    page.keyboard.type("they host it themselves")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Decided: P0. It stands until a human decides otherwise.")).to_be_visible()
    story.settle()
    story.expect_pages("ana")
    expect(page.get_by_role("button", name="I take it")).to_be_visible()  # the refresh brings the incident


def test_a_reason_is_asked_for_before_anything_is_sent(engineer: Visitor) -> None:
    story, page = engineer.served.scene.story, engineer.page
    story.created(priority="P0", production="no")
    page.goto("/tickets/1")
    engineer.touch("Decide")
    expect(page.locator("#decide").get_by_label("Reason")).to_be_focused()
    assert story.ticket()["priority"] == "P1"


def test_a_held_mail_is_released_and_pages(engineer: Visitor) -> None:
    scene, page = engineer.served.scene, engineer.page
    held = scene.write(sender="Zoe Example <zoe@new.example>", subject="Nobody answers our calls")
    assert held.fate is Fate.HELD
    engineer.touch("1 mail held")  # the refresh brings it
    engineer.touch("Nobody answers our calls")
    page.get_by_label("Whose sender is it, from now on").select_option("Globex SA")
    engineer.touch("Release it: it pages")
    expect(page.get_by_text("The sender is theirs from now on.")).to_be_visible()
    scene.story.settle()
    scene.story.expect_pages("ana")
    assert scene.mail(held.id).fate is Fate.TICKET


def test_a_customers_contact_is_paged_and_answers(engineer: Visitor, visit: Visit, device: Device) -> None:
    served = engineer.served
    served.scene.story.created(**DOWN)
    engineer.page.goto("/tickets/1")
    engineer.touch("Page the customer")
    engineer.page.get_by_label("What you need").fill("Please open port 443")
    engineer.page.keyboard.press("Enter")
    expect(engineer.page.get_by_text("Nobody has answered yet")).to_be_visible()
    served.scene.story.settle()
    contact = visit(device)
    contact.page.goto(served.contact_link())
    expect(contact.page.get_by_text("Please open port 443")).to_be_visible()
    contact.touch("I am here")
    expect(contact.page.get_by_text("knows that you are here")).to_be_visible()
    expect(engineer.page.get_by_text("Dora Example has answered")).to_be_visible()  # by the refresh


def test_the_queue_shows_what_is_new_without_a_reload(engineer: Visitor) -> None:
    story, page = engineer.served.scene.story, engineer.page
    expect(page.get_by_text("No open ticket.")).to_be_visible()
    page.evaluate(MARK)
    story.created("Nobody can pay", **DOWN)
    expect(page.get_by_role("table").get_by_role("link", name="Nobody can pay")).to_be_visible()
    expect(page).to_have_title("(1) Queue · Support triage")
    expect(page.locator("#announce")).to_have_text("1 unanswered incident. 1 ticket listed.")
    assert page.evaluate(MARKED)


def test_a_refresh_waits_for_who_is_typing(engineer: Visitor) -> None:
    story, page = engineer.served.scene.story, engineer.page
    issue = story.created(**DOWN)
    page.goto("/tickets/1")
    why = page.get_by_label("Why incident 1 is over")
    why.fill("a full")
    story.receive(issue.comment(story.now, "Any news?"))
    assert page.evaluate(NEXT_REFRESH) == "put off"
    why.blur()
    assert page.evaluate(NEXT_REFRESH) == "put off"  # what was typed is there still
    why.fill("")
    why.blur()
    expect(page.get_by_text("Any news?")).to_be_visible()


def test_the_queue_is_narrowed_down_and_shown_whole_again(engineer: Visitor) -> None:
    story, page = engineer.served.scene.story, engineer.page
    story.created("Nobody can pay", **DOWN)
    story.advance(minutes=5)
    story.created("Report shows last week", priority="P3")
    page.reload()
    form = page.get_by_role("search", name="Tickets")
    form.get_by_label("Priority").select_option("P3")
    engineer.touch("Filter")
    rows = page.get_by_role("table").get_by_role("link")
    expect(rows).to_have_text(["Report shows last week"])
    form.get_by_label("Priority").select_option("any")
    form.get_by_label("Words").fill("pay")
    page.keyboard.press("Enter")
    expect(rows).to_have_text(["Nobody can pay"])
    engineer.touch("Clear")
    expect(rows).to_have_count(2)


def test_a_month_is_told_and_restated_with_a_reason(engineer: Visitor) -> None:
    story, page = engineer.served.scene.story, engineer.page
    with story.context.database.write() as conn:
        fill(conn, 40)
    page.goto("/reports/2026-10/acme")
    expect(page.get_by_text("as things stand", exact=True)).to_be_visible()
    engineer.touch("Freeze")
    expect(page.get_by_text("This is what is told about the month from now on.")).to_be_visible()
    told = page.locator("header.ticket")
    expect(told).to_contain_text("Version 1, told 2026-11-23 09:00:00 UTC by admin")
    with story.context.database.write() as conn:
        conn.execute(sa.update(clocks).values(breached_at=None))
    page.get_by_label("Why", exact=True).fill("the clocks were wrong")
    page.keyboard.press("Enter")
    expect(told).to_contain_text("Version 2")
    expect(told).to_contain_text("the clocks were wrong")
    engineer.touch("Version 1")
    expect(page.get_by_text("a newer version is told now")).to_be_visible()
    with page.expect_download() as download:
        engineer.touch("PDF")
    assert download.value.suggested_filename == "report-acme-2026-10-v1.pdf"
    assert download.value.path().read_bytes().startswith(b"%PDF")


def test_a_responder_chooses_a_password_and_signs_in_with_it(visit: Visit, served: Served, device: Device) -> None:
    story, words = served.scene.story, "four words of mine"
    with story.context.database.write() as conn:
        ben, secret = accounts.add(conn, "ben", Role.RESPONDER, "admin", story.now)
    visitor = visit(device)
    page = visitor.page
    page.goto(f"/signin/{secret}")
    visitor.touch("Sign in")
    visitor.touch(ben.name)
    page.get_by_label("New password").fill(words)
    page.get_by_label("Again").fill(words)
    visitor.touch("Choose it")
    expect(page.get_by_text("Your password is changed")).to_be_visible()
    visitor.touch("Sign out")
    expect(page.get_by_label("Password")).to_be_visible()
    page.goto("/incidents")
    page.get_by_label("Name").fill("ben")
    page.get_by_label("Password").fill(words)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Incidents")).to_be_visible()
    page.get_by_text("Service", exact=True).click()
    expect(page.get_by_role("link", name="Jobs")).to_be_visible()
    expect(page.get_by_role("link", name="Accounts")).to_have_count(0)
