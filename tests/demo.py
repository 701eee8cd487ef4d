"""`make demo`: sends recorded events to the running service, as Jira would, and acknowledges one page.

A P0 that pages, a P0 that fails the gate, a P2, a duplicate and a broken body. The service must be running
(`make run`); it is found by the same environment variables.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests

from tests.jira_events import Issue, sign
from triage import settings
from triage.settings import Settings
from triage.store import queries
from triage.store.db import Database
from triage.web.links import PageTokens


def main() -> None:
    env = settings.read(os.environ)
    address = f"http://{env.host}:{env.port}"
    try:
        requests.get(f"{address}/healthz", timeout=5).raise_for_status()
    except requests.RequestException:
        sys.exit(f"Nothing answers at {address}. Start the service first: make run")
    now = datetime.now(UTC)
    number = int(now.timestamp())
    outage = Issue(
        str(number),
        f"ACME-{number % 10000}",
        now - timedelta(seconds=20),
        "Checkout answers 500 for every customer",
        priority="P0",
        production="yes",
        workaround="none",
        description="Since 09:04 nobody can pay. We restarted the gateway twice, without effect.",
    )
    staging = Issue(
        str(number + 1),
        f"ACME-{number % 10000 + 1}",
        now - timedelta(seconds=15),
        "URGENT!!! Login broken on staging",
        priority="P0",
        production="no",
        workaround="none",
    )
    report = Issue(
        str(number + 2),
        f"GLX-{number % 10000 + 2}",
        now - timedelta(minutes=30),
        "Report shows last week",
        organization="2",
    )
    first = outage.created_event()
    _send(env, address, "a P0 that pages", first)
    _send(env, address, "a P0 that fails the gate", staging.created_event())
    _send(env, address, "a P2", report.created_event())
    _send(env, address, "a duplicate of the first", first)
    _send(env, address, "a body that nobody can read", f'{{"webhookEvent": "jira:issue_created", {number}'.encode())
    _acknowledge(env, address, outage.key)
    print(f"\nNow look at {address}")


def _send(env: Settings, address: str, what: str, body: bytes) -> None:
    answer = requests.post(f"{address}/webhooks/jira", data=body, headers=sign(body, _secret(env)), timeout=10)
    print(f"{what:32} -> {answer.status_code}")
    if answer.status_code != 202:
        sys.exit(answer.text)


def _secret(env: Settings) -> str:
    if env.jira_webhook_secrets:
        return env.jira_webhook_secrets[0]
    if env.sqlite_path is None:
        sys.exit("TRIAGE_JIRA_WEBHOOK_SECRET is not set")
    return (env.sqlite_path.parent / "jira_webhook_secret").read_text()


def _acknowledge(env: Settings, address: str, key: str) -> None:
    """Touch the link of the page that the outage sent, as the engineer would."""
    secret_key = env.secret_key or (Path(str(env.sqlite_path)).parent / "secret_key").read_text()
    database = Database(env.database_url)
    for _ in range(100):
        with database.read() as conn:
            incident = next((row for row in queries.newest_incidents(conn) if row["key"] == key), None)
            pages = queries.pages_of(conn, [incident["id"]]) if incident else []
        if pages:
            break
        requests.get(f"{address}/healthz", timeout=5)
    else:
        sys.exit("the P0 has paged nobody; look at the service's output")
    link = f"{address}/ack/{PageTokens(secret_key).sign(pages[0]['id'])}"
    answer = requests.post(link, timeout=10)
    print(f"{'the page, acknowledged by its link':32} -> {answer.status_code}")


if __name__ == "__main__":
    main()
