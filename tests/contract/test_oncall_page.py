"""The page that shows who is on call: what it says, and what its forms change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.site import Site, token_in
from tests.scenario.harness import START
from triage.engine import consult
from triage.ports import Rejected
from triage.store import overrides


def post(site: Site, path: str, **fields: str) -> str:
    """Send a form as the page would, and follow to what it says then."""
    token = token_in(site.client.get("/oncall").text)
    return site.client.post(path, data={"csrf_token": token, **fields}, follow_redirects=True).text


def on_call(site: Site, at: Any = START) -> tuple[str, ...]:
    with site.story.context.database.read() as conn:
        config = site.story.context.configurations.current(conn)
        return consult.people(conn, config, "primary", at)


def test_it_is_for_those_who_are_signed_in_and_its_forms_need_a_token(site: Site) -> None:
    assert site.client.get("/oncall").status_code == 302
    for path in ("/oncall/overrides", "/oncall/swaps", "/oncall/overrides/1/remove", "/oncall/people/ana/test"):
        assert site.client.post(path).status_code == 400, path


def test_it_shows_now_next_and_the_month_on_the_schedules_own_clock(site: Site) -> None:
    site.sign_in()
    page = site.client.get("/oncall").text
    assert "Mon 2026-11-30 09:00" in page
    assert "in 6 d 23 h" in page
    assert "primary, November 2026" in page
    assert page.count("<h3>Mon ") == 5
    assert "09:00–24:00</span> Ana Example" in page
    turned = site.client.get("/oncall?schedule=secondary&month=2027-03").text
    assert "secondary, March 2027" in turned
    for nonsense in ("?month=0000-00", "?month=9999-12", "?month=x", "?schedule=gone", "?month=2026-13"):
        assert "primary, November 2026" in site.client.get(f"/oncall{nonsense}").text


def test_an_override_is_added_seen_and_removed(site: Site) -> None:
    site.sign_in()
    times = {"start": "2026-11-23T10:00", "end": "2026-11-23T12:00"}
    page = post(
        site, "/oncall/overrides", schedule="primary", user="cy", place="ana", reason="<b>dentist</b>", **times
    )
    assert "The override is in force" in page
    assert "Cy Example in place of Ana Example" in page
    assert "&lt;b&gt;dentist&lt;/b&gt;" in page
    assert "instead of Ana Example" in page
    assert on_call(site) == ("cy",)
    page = post(site, "/oncall/overrides/1/remove", back="primary", month="2026-11")
    assert "Over or removed" in page
    assert on_call(site) == ("ana",)
    assert "was removed before" in post(site, "/oncall/overrides/1/remove")


@pytest.mark.parametrize(
    ("user", "place", "people"),
    [
        ("cy", "-everybody", ("cy",)),
        ("cy", "-beside", ("ana", "cy")),
        ("-nobody", "-everybody", ()),
        ("-nobody", "ben", ("ana",)),
        ("cy", "ana", ("cy",)),
    ],
)
def test_each_choice_of_the_form_does_what_it_says(
    site: Site, user: str, place: str, people: tuple[str, ...]
) -> None:
    site.sign_in()
    times = {"start": "2026-11-23T10:00", "end": "2026-11-23T12:00"}
    post(site, "/oncall/overrides", schedule="primary", user=user, place=place, **times)
    assert on_call(site) == people


def test_two_people_swap(site: Site) -> None:
    site.sign_in()
    times = {"start": "2026-11-23T10:00", "end": "2026-12-07T09:00"}
    page = post(site, "/oncall/swaps", schedule="primary", one="ana", other="ben", **times)
    assert "Ana Example and Ben Example stand in for each other" in page
    assert on_call(site) == ("ben",)
    assert "two different people" in post(site, "/oncall/swaps", schedule="primary", one="ana", other="ana", **times)


def test_what_makes_no_sense_is_said_and_changes_nothing(site: Site) -> None:
    site.sign_in()
    good = {"schedule": "primary", "user": "cy", "start": "2026-11-24T10:00", "end": "2026-11-24T12:00"}
    for bad, told in (
        ({"end": "2026-11-24T10:00"}, "must end after it starts"),
        ({"user": "eve"}, "no person &#39;eve&#39; (known: ana, ben, cy)"),
        ({"user": ""}, "no person"),
        ({"schedule": "x"}, "no schedule"),
        ({"start": ""}, "is not a time"),
    ):
        assert told in post(site, "/oncall/overrides", **{**good, **bad})
    with site.story.context.database.read() as conn:
        assert overrides.log_of(conn, START) == []


def test_a_test_page_arrives_and_its_method_counts_as_tested(site: Site) -> None:
    site.sign_in()
    assert "ana: on call, and no contact method was ever tested" in site.client.get("/oncall").text
    assert "is on its way" in post(site, "/oncall/people/ana/test", method="1")
    site.story.settle()
    (message,) = site.story.sent
    assert (message.subject, message.urgent) == ("Test page for Ana Example", True)
    page = site.client.get("/oncall").text
    assert "ana: on call" not in page
    assert "2026-11-23 09:00:00</time>" in page
    assert site.story.incident() is None


def test_a_test_page_that_is_refused_says_why(site: Site) -> None:
    site.sign_in()
    site.story.sinks[0].answers = [Rejected("no such number")]
    post(site, "/oncall/people/cy/test", method="1")
    site.story.settle()
    page = site.client.get("/oncall").text
    assert "no such number" in page
    assert page.count(">never</span>") == 3
    for person, method, told in (
        ("eve", "1", "no person"),
        ("cy", "2", "no contact method 2"),
        ("cy", "x", "method 0"),
    ):
        assert told in post(site, f"/oncall/people/{person}/test", method=method)
