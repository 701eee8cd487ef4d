"""A small Jira: a real HTTP server on loopback that holds issues, and reads and changes them as Jira does.

    with JiraDouble(cloud=True) as jira:
        jira.on_event = bodies.append
        jira.add_issue("10001", "SUP-1", {"summary": "Payments are down"})
        jira.change("10001", "status", "Open", "In progress")
        jira.add_comment("10001", "We look into it", public=True)
        jira.next_answers(Fault(429, {"Retry-After": "7"}))
        JiraClient(jira.url, "token", now, user="ana@example.com").fetch_issue("10001")

Cloud pages its changelog at an address of its own, marks comments with `jsdPublic`, is searched by page tokens
and, asked for version 3, writes texts as ADF documents. Data Center (`cloud=False`) gives the changelog with the
issue, a comment's visibility as the property `sd.public.comment`, and search results by their number. Both give
at most `page_size` entries at once.

Leaving the `with` fails if anything was asked for that the double does not know or, with `strict`, that is not as
Atlassian's documents have it. `strict` checks nothing where these are absent.
"""

from tests.jira_double.faults import BREAKDOWNS, GARBAGE, HANG, LIMITS, SILENCES, SLOW, Fault, Weather
from tests.jira_double.issues import ORGANIZATIONS, START, Issue
from tests.jira_double.server import JiraDouble, Seen

__all__ = [
    "BREAKDOWNS",
    "GARBAGE",
    "HANG",
    "LIMITS",
    "ORGANIZATIONS",
    "SILENCES",
    "SLOW",
    "START",
    "Fault",
    "Issue",
    "JiraDouble",
    "Seen",
    "Weather",
]
