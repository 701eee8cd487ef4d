"""What leaves the house by way of Sentry: errors, without secrets and customers' words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sentry_sdk
from flask import Flask
from sentry_sdk.envelope import Envelope
from sentry_sdk.transport import Transport

from triage import telemetry


class Kept(Transport):
    """A transport that keeps what it would send."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[Any] = []

    def capture_envelope(self, envelope: Envelope) -> None:
        self.sent += [item.payload.json for item in envelope.items if item.headers.get("type") == "event"]


@pytest.fixture
def sentry() -> Iterator[Kept]:
    kept = Kept()
    # Without the source lines around an error, which here hold the words that are looked for.
    telemetry.start_sentry("http://key@127.0.0.1:1/1", transport=kept, include_source_context=False)
    yield kept
    sentry_sdk.get_client().close()
    sentry_sdk.init()


@pytest.mark.parametrize("path", ["/ack/", "/here/", "/confirm/", "/signin/", "/calendars/"])
def test_an_error_is_reported_without_variables_bodies_headers_or_links(sentry: Kept, path: str) -> None:
    app = Flask(__name__)

    @app.post(f"{path}<token>")
    def fail(token: str) -> str:
        customers_words = "SECRET-WORDS"
        raise RuntimeError(f"boom {len(customers_words)}")

    client = app.test_client()
    headers = {"Authorization": "Bearer SECRET-TOKEN", "Cookie": "triage=SECRET-COOKIE"}
    client.post(f"{path}SECRET-LINK?key=SECRET-QUERY", data="SECRET-BODY", headers=headers)
    sentry_sdk.flush()
    (event,) = sentry.sent
    assert event["exception"]["values"][0]["value"] == "boom 12"
    assert "SECRET" not in repr(event)


def test_a_workers_failure_is_counted_and_reported(sentry: Kept) -> None:
    try:
        raise ValueError("a worker's bug")
    except ValueError as error:
        telemetry.report_failure("process", error)
    sentry_sdk.flush()
    assert sentry.sent[0]["exception"]["values"][0]["value"] == "a worker's bug"
