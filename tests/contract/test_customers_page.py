"""The pages of customers, the watches on them, and the configuration as it is run."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.contract.site import Site, token_in
from tests.jira_events import Issue
from tests.month import fill
from tests.scenario.harness import START
from triage.domain.rights import Role
from triage.engine import configure
from triage.store import audit, versions


@pytest.fixture
def lead(site: Site) -> Site:
    site.sign_in(Role.LEAD)
    return site


def get(site: Site, path: str) -> str:
    answer = site.client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


def watch(site: Site, customer: str = "acme", **changed: str) -> str:
    window = {"start": "2026-11-23T08:00", "end": "2026-11-24T20:00", "reason": "go-live", **changed}
    form = {"csrf_token": token_in(site.client.get("/account").text), **window}
    return site.client.post(f"/customers/{customer}/watches", data=form, follow_redirects=True).text


def created(site: Site, number: int, **fields: str) -> None:
    issue = Issue(str(10000 + number), f"ACME-{number}", site.story.now, f"Ticket {number}", **fields)  # type: ignore[arg-type]
    assert site.post(issue.created_event()) == 202
    site.story.settle()


def test_customers_are_listed_with_contract_tickets_and_month(lead: Site) -> None:
    created(lead, 1, priority="P0", production="yes", workaround="none")
    page = get(lead, "/customers")
    for words in ("Acme GmbH", "gold:v1", "Globex SA", "standard:v1", "(unknown customer)"):
        assert words in page


def test_a_customer_has_goals_contacts_and_the_month_so_far(lead: Site) -> None:
    with lead.story.context.database.write() as conn:
        fill(conn, 50)
    lead.story.now = START.replace(month=10, day=31)
    lead.sign_in()
    page = get(lead, "/customers/acme")
    for words in ("gold:v1", "15 min", "October 2026 so far", "Dora Example", "stand still in waiting on customer"):
        assert words in page
    assert lead.client.get("/customers/nobody").status_code == 404


def test_a_watched_customer_stands_out_for_that_time(lead: Site) -> None:
    created(lead, 1, priority="P2")
    assert "watched" not in get(lead, "/")
    assert "Watched: their tickets stand out" in watch(lead)
    for path in ("/", "/customers", "/customers/acme", "/tickets/1"):
        assert "watched" in get(lead, path).casefold(), path
    created(lead, 2, priority="P0", production="yes", workaround="none")
    assert "Watched until 2026-11-24 20:00:00 UTC: go-live" in lead.story.sinks[0].sent[-1].body
    lead.story.now += timedelta(days=2)
    lead.sign_in()
    assert "watched" not in get(lead, "/")


def test_a_watched_customers_tickets_come_first_among_their_equals(lead: Site) -> None:
    other = Issue("20001", "GLOB-1", START, "Theirs", priority="P2", organization="2")
    assert lead.post(other.created_event()) == 202
    created(lead, 1, priority="P2")
    page = get(lead, "/")
    assert page.index("ACME-1") < page.index("GLOB-1"), "Acme's contract promises an answer sooner"
    watch(lead, "globex")
    page = get(lead, "/")
    assert page.index("GLOB-1") < page.index("ACME-1")


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"reason": " "}, "A watch needs a reason"),
        ({"end": "2026-11-23T07:00"}, "not after its beginning"),
        ({"start": "2026-11-01T07:00", "end": "2026-11-02T07:00"}, "which is over"),
        ({"end": "2027-11-23T07:00"}, "60 days at most"),
        ({"end": "tomorrow"}, "tomorrow"),
    ],
)
def test_a_watch_that_makes_no_sense_is_refused(lead: Site, changed: dict[str, str], why: str) -> None:
    assert why in watch(lead, **changed)
    assert "None is open or to come." in get(lead, "/customers/acme")


def test_a_watch_ends_early_and_both_acts_are_audited(lead: Site) -> None:
    watch(lead)
    csrf = token_in(lead.client.get("/account").text)
    path = "/customers/acme/watches/1/end"
    assert "The watch is over." in lead.client.post(path, data={"csrf_token": csrf}, follow_redirects=True).text
    assert "over already" in lead.client.post(path, data={"csrf_token": csrf}, follow_redirects=True).text
    with lead.story.context.database.read() as conn:
        acts = [row["act"] for row in audit.listed(conn, subject="customer/acme")]
    assert acts == ["watch.end", "watch.add"]


def test_nobody_watches_whom_nobody_knows(lead: Site) -> None:
    csrf = token_in(lead.client.get("/account").text)
    form = {"csrf_token": csrf, "start": "2026-11-23T08:00", "end": "2026-11-24T20:00", "reason": "x"}
    assert lead.client.post("/customers/nobody/watches", data=form).status_code == 404
    page = lead.client.post("/customers/default/watches", data=form, follow_redirects=True).text
    assert "no customer &#39;default&#39; to be watched" in page


def test_the_configuration_is_shown_as_it_is_run_with_every_version(lead: Site) -> None:
    page = get(lead, "/configuration")
    assert "Version 1" in page
    assert "contracts.yaml" in page
    with lead.story.context.database.write() as conn:
        files = {
            **versions.load(conn, 1).files,
            "service.yaml": versions.load(conn, 1).files["service.yaml"] + "# <b>\n",
        }
        configure.apply(conn, files, "ana", START)
    page = get(lead, "/configuration")
    assert "Version 2" in page
    assert "# &lt;b&gt;" in page
    assert "# &lt;b&gt;" not in get(lead, "/configuration?version=1")
    assert lead.client.get("/configuration?version=9").status_code == 404
