"""Lists of issues by JQL, from a double whose lists change while they are read."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.jira_client import JiraClient
from integrations.jira_search import query
from tests.jira_double import HANG, START, Fault, JiraDouble, Seen
from triage.ports import Account, Listed, NotFound, SourceError, TicketSource

NOW = START
HOUR = timedelta(hours=1)

either_kind = pytest.mark.parametrize("cloud", [True, False], ids=["cloud", "data center"])


def client(jira: JiraDouble, **options: Any) -> TicketSource:
    return JiraClient(jira.url, "token", lambda: NOW, **{"deadline": 20.0, **options})


def fill(jira: JiraDouble, count: int, project: str = "SUP") -> None:
    """Issues of one project, one filed each second."""
    for number in range(1, count + 1):
        jira.now = lambda number=number: START + timedelta(seconds=number)
        jira.add_issue(str(10000 + number), f"{project}-{number}")


def ids(found: Any) -> list[str]:
    return [each.id for each in found]


@pytest.mark.parametrize(
    ("projects", "within", "jql"),
    [
        (["SUP", "HELP"], timedelta(minutes=34), 'project in ("SUP", "HELP") AND updated >= -35m'),
        (["SUP"], timedelta(minutes=33, seconds=1), 'project in ("SUP") AND updated >= -35m'),
        ([], timedelta(days=1), "updated >= -1441m"),
        (['A") OR "B'], timedelta(0), 'project in ("A\\") OR \\"B") AND updated >= -1m'),
    ],
)
def test_the_query_counts_back_from_jiras_clock(projects: list[str], within: timedelta, jql: str) -> None:
    assert query(projects, "updated", within) == jql


@either_kind
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 10])
def test_every_issue_is_listed_once_and_the_oldest_first(cloud: bool, count: int) -> None:
    with JiraDouble(cloud=cloud, page_size=2, strict=True) as jira:
        fill(jira, count)
        jira.add_issue("20001", "OTHER-1")
        source = client(jira)
        listed = list(source.created_issues(["SUP"], HOUR))
        assert ids(listed) == [str(10000 + number) for number in range(1, count + 1)]
        assert ids(source.changed_issues(["SUP"], HOUR)) == ids(listed)
        assert source.count_created(["SUP"], HOUR) == count
        assert source.count_created(["SUP", "OTHER"], HOUR) == count + 1


@either_kind
def test_an_entry_says_when_it_was_made_and_changed(cloud: bool) -> None:
    with JiraDouble(cloud=cloud, strict=True) as jira:
        jira.add_issue("10001", "SUP-1")
        jira.change("10001", "status", "Open", "In progress")
        (entry,) = client(jira).changed_issues([], HOUR)
    assert entry == Listed("10001", "SUP-1", START, START + timedelta(minutes=1))


@either_kind
def test_only_what_changed_lately_is_listed(cloud: bool) -> None:
    with JiraDouble(cloud=cloud, strict=True) as jira:
        fill(jira, 3)
        jira.now = lambda: START + timedelta(hours=5)
        jira.add_comment("10002", "any news?")
        assert ids(client(jira).changed_issues([], HOUR)) == ["10002"]
        assert ids(client(jira).created_issues([], HOUR)) == []
        assert ids(client(jira).created_issues([], 6 * HOUR)) == ["10001", "10002", "10003"]


class Restless(JiraDouble):
    """Changes something after each page of a search: issues leave the list, enter it, or are new."""

    seed = 0

    def answer(self, seen: Seen) -> Any:
        reply = super().answer(seen)
        if "search" in seen.path:
            draw = random.Random(f"{self.seed} {len(self.seen)}")
            here = [issue.id for issue in self.everything() if int(issue.id) % 3 == 0]
            for issue_id in draw.sample(here, min(len(here), draw.randrange(3))):
                self.delete_issue(issue_id)
            if draw.random() < 0.3:
                number = 5000 + len(self.seen)
                self.add_issue(str(30000 + number), f"SUP-{number}")
        return reply


@pytest.mark.parametrize("seed", range(12))
def test_a_list_that_changes_while_it_is_read_hides_no_issue_that_stays(seed: int) -> None:
    with Restless(cloud=False, page_size=3) as jira:
        jira.seed = seed
        fill(jira, 40)
        found = ids(client(jira).created_issues(["SUP"], HOUR))
        staying = {str(10000 + number) for number in range(1, 41) if (10000 + number) % 3}
        assert staying <= set(found)
        assert len(found) == len(set(found))


def test_a_list_whose_beginning_leaves_is_read_from_where_it_was() -> None:
    class Leaving(JiraDouble):
        def answer(self, seen: Seen) -> Any:
            reply = super().answer(seen)
            if seen.query.get("startAt") == "0" and self.find("10001"):
                for number in range(10001, 10005):
                    self.delete_issue(str(number))
            return reply

    with Leaving(cloud=False, page_size=4) as jira:
        fill(jira, 8)
        found = ids(client(jira).created_issues(["SUP"], HOUR))
    assert found == [str(10000 + number) for number in range(1, 9)]


@pytest.mark.parametrize("cloud", [True, False])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(400, {}, b'{"errorMessages": ["The page token is invalid or has expired."]}'),
        Fault(401),
        Fault(503),
        HANG,
    ],
    ids=["expired", "login", "503", "silent"],
)
def test_a_page_that_fails_midway_is_a_source_error(cloud: bool, fault: Fault) -> None:
    with JiraDouble(cloud=cloud, page_size=2) as jira:
        fill(jira, 5)
        listing = client(jira, deadline=2.0).created_issues([], HOUR)
        first = next(listing)
        jira.next_answers(fault)
        with pytest.raises(SourceError):
            list(listing)
    assert first.id == "10001"


ENTRY = {"id": "10001", "key": "SUP-1", "fields": {"created": "2026-03-02T09:00:00.000+0000", "updated": None}}


@either_kind
@pytest.mark.parametrize(
    "page",
    [
        {},
        {"issues": None, "total": 1},
        {"issues": ["x"], "total": 1},
        {"issues": [{"key": "SUP-1"}], "total": 1, "isLast": True},
        {"issues": [ENTRY], "total": 1, "isLast": True},
        {"issues": [], "nextPageToken": 5},
    ],
)
def test_a_list_that_is_none_is_refused(cloud: bool, page: Any) -> None:
    with JiraDouble(cloud=cloud) as jira:
        jira.next_answers(None, Fault(200, {}, json.dumps(page).encode()))
        with pytest.raises(SourceError):
            list(client(jira).created_issues([], HOUR))


def test_pages_that_cannot_overlap_are_refused() -> None:
    with JiraDouble(cloud=False, page_size=1) as jira:
        fill(jira, 2)
        with pytest.raises(SourceError, match="one by one"):
            list(client(jira).created_issues([], HOUR))


def test_a_cloud_that_gives_the_same_token_for_ever_is_left() -> None:
    page = Fault(200, {}, json.dumps({"issues": [], "nextPageToken": "x"}).encode())
    with JiraDouble() as jira:
        jira.next_answers(None, *[page] * 5)
        with pytest.raises(SourceError):
            list(client(jira).created_issues([], HOUR))
        assert len(jira.seen) == 3


@either_kind
@pytest.mark.parametrize("answer", [{}, {"count": "many", "total": "many"}, {"count": True, "total": None}])
def test_a_count_that_is_none_is_refused(cloud: bool, answer: Any) -> None:
    with JiraDouble(cloud=cloud) as jira:
        jira.next_answers(None, Fault(200, {}, json.dumps(answer).encode()))
        with pytest.raises(SourceError):
            client(jira).count_created([], HOUR)


# Jira's own clocks, and who we are


@either_kind
def test_jiras_own_clocks_come_with_the_issue_if_asked_for(cloud: bool) -> None:
    with JiraDouble(cloud=cloud, page_size=2, strict=True) as jira:
        fill(jira, 1)
        issue = jira.find("10001")
        assert issue is not None
        issue.sla += [{"id": str(number), "name": f"SLA {number}"} for number in range(5)]
        assert [each["id"] for each in client(jira, sla=True).fetch_issue("10001")["sla"]] == list("01234")
        assert "sla" not in client(jira).fetch_issue("10001")
        issue.fields["project"]["projectTypeKey"] = "software"
        assert "sla" not in client(jira, sla=True).fetch_issue("10001")


@pytest.mark.parametrize(("status", "left_out"), [(403, True), (404, True), (500, False), (429, False)])
def test_clocks_that_we_may_not_see_are_left_out(status: int, left_out: bool) -> None:
    with JiraDouble() as jira:
        fill(jira, 1)
        jira.next_answers(*[None] * 4, Fault(status, {}, b'{"errorMessage": "not for you"}'))
        source = client(jira, sla=True)
        if left_out:
            assert "sla" not in source.fetch_issue("10001")
        else:
            with pytest.raises(SourceError):
                source.fetch_issue("10001")


def test_who_we_are_is_named_as_facts_name_their_actors() -> None:
    with JiraDouble(strict=True) as jira:
        assert client(jira).account() == Account("712020:triage", "Triage")
    with JiraDouble(cloud=False, strict=True) as jira:
        assert client(jira).account() == Account("JIRAUSERtriage", "Triage")
        jira.next_answers(Fault(200, {}, b"{}"))
        with pytest.raises(SourceError):
            client(jira).account()


def test_other_paths_are_asked_for_through_the_same_connection() -> None:
    with JiraDouble() as jira:
        source = JiraClient(jira.url, "token", lambda: datetime.now(UTC))
        assert source.get("rest/api/2/serverInfo")["deploymentType"] == "Cloud"
        with pytest.raises(NotFound, match="do not have permission"):
            source.get("rest/api/2/issue/404")
        assert source.post("rest/api/3/search/approximate-count", {"jql": "created >= -5m"}) == {"count": 0}
