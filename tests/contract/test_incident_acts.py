"""On an incident's page it is given on, escalated, kept, merged and split."""

from __future__ import annotations

from typing import Any

from tests.contract.site import KEY, Site, token_in
from triage.store import incidents, queries
from triage.web.links import PageTokens

P0 = {"priority": "P0", "production": "yes", "workaround": "none"}


def submit(site: Site, act: str, incident: int = 1, **form: Any) -> str:
    token = token_in(site.client.get("/incidents").text)
    path = f"/incidents/{incident}/{act}"
    answered = site.client.post(path, data={"csrf_token": token, **form}, follow_redirects=True)
    site.story.settle()
    return answered.text


def begun(site: Site) -> None:
    site.sign_in()
    site.story.created(**P0)
    site.story.advance(seconds=1)


def test_an_incident_is_given_on_escalated_and_kept(site: Site) -> None:
    begun(site)
    assert "Give it to" in site.client.get("/incidents/1").text
    assert "Given on" in submit(site, "reassign", to="ben", reason="knows the checkout")
    site.story.expect_pages("ana", "ben")
    site.story.advance(seconds=1)
    assert "The next step is being paged." in submit(site, "escalate")
    site.story.expect_pages("ana")
    assert "Nobody has acknowledged" in submit(site, "snooze", hours="2")
    submit(site, "acknowledge")
    assert "stands for longer" in submit(site, "snooze", hours="2")
    site.story.advance(hours=1, minutes=59)
    site.story.expect_pages()
    page = site.client.get("/incidents/1").text
    assert "knows the checkout" in page


def test_incidents_are_merged_and_split(site: Site) -> None:
    begun(site)
    site.story.advance(minutes=3)
    site.story.created(**P0)
    assert "Merge into" in site.client.get("/incidents/2").text
    assert "Merged: incident 1 holds these tickets now." in submit(site, "merge", 2, into="1")
    page = site.client.get("/incidents/1").text
    assert "2 tickets" in page
    assert "Split off" in page
    assert "2 tickets" in site.client.get("/incidents").text
    assert "an incident of its own now" in submit(site, "split", 1, ticket="1")
    with site.story.context.database.read() as conn:
        assert list(incidents.ticket_ids(conn, 1)) == [2]
        assert queries.incidents_of(conn, [1])[0]["state"] == "triggered"
    assert "1 ticket</h2>" in site.client.get("/incidents/1").text


def test_what_cannot_be_is_said_on_the_page(site: Site) -> None:
    begun(site)
    assert "cannot be paged; somebody with a contact method can" in submit(site, "reassign", to="nobody")
    assert "only ticket of this incident" in submit(site, "split", ticket="1")
    assert "with itself" in submit(site, "merge", into="1")
    assert "There is no incident 99." in submit(site, "escalate", 99)
    submit(site, "acknowledge")
    assert "a minute to a day, not by 0 s" in submit(site, "snooze", hours="0")


def test_a_link_in_a_page_tells_how_many_tickets_it_is_about(site: Site) -> None:
    begun(site)
    site.story.created(**P0)
    token = PageTokens(KEY).sign(site.story.pages()[0]["id"])
    assert "2 tickets of this customer are one incident" in site.client.get(f"/ack/{token}").text


def test_strangers_do_nothing(site: Site) -> None:
    site.story.created(**P0)
    assert site.client.post("/incidents/1/escalate").status_code in (302, 400)
    site.story.expect_pages("ana")
