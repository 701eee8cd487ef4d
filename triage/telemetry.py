"""Logs, metrics and error reports: what the service says about itself."""

from __future__ import annotations

import logging
import sys
from typing import Any

import sentry_sdk
import structlog
from prometheus_client import Counter, Gauge, Histogram
from sentry_sdk.integrations.flask import FlaskIntegration

from triage.settings import Settings

RECEIVED = Counter("triage_events_received", "Events that arrived, by what became of them.", ["source", "outcome"])
PROCESSED = Counter("triage_events_processed", "Events that a worker took, by outcome.", ["source", "outcome"])
SWEPT = Counter("triage_sweep_finds", "Facts that a sweep found and no webhook had brought.")
JIRA_SILENT = Gauge("triage_jira_silent", "1 while Jira changes without calling us, else 0.")
FOLDS = Counter("triage_folds", "Times that a ticket was folded from its facts.")
DECISIONS = Counter("triage_decisions", "Decisions logged, by priority and reason.", ["priority", "reason"])
PAGES = Counter("triage_pages", "Pages opened.")
ATTEMPTS = Counter("triage_delivery_attempts", "Attempts to send, by gateway and outcome.", ["gateway", "outcome"])
TIMERS = Counter("triage_timers_fired", "Timers fired, by kind.", ["kind"])
FAILURES = Counter("triage_worker_failures", "Errors caught at the edge of a worker's loop.", ["worker"])
SIGN_INS = Counter("triage_sign_ins", "Attempts to sign in, by way and outcome.", ["way", "outcome"])
LATENESS = Histogram(
    "triage_timer_lateness_seconds",
    "How long after its due time a timer fired.",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600),
)
RECEIVED_TO_SENT = Histogram(
    "triage_page_latency_seconds",
    "From opening a page to a gateway's acceptance.",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2, 5, 15, 60, 300),
)
QUEUE = Gauge("triage_queue_depth", "Rows that wait, by queue.", ["queue"])
OLDEST = Gauge("triage_queue_oldest_seconds", "Age of the oldest row that waits, by queue.", ["queue"])

log: structlog.stdlib.BoundLogger = structlog.get_logger("triage")


def configure(settings: Settings, level: int = logging.INFO) -> None:
    """Structured logs to stderr, readable on a terminal and JSON elsewhere; Sentry if a DSN is set."""
    console = sys.stderr.isatty()
    renderer: Any = structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a full queue shows in /metrics
    if settings.sentry_dsn:
        start_sentry(settings.sentry_dsn)


def start_sentry(dsn: str, **options: Any) -> None:
    """Report errors without local variables, bodies, cookies or headers: they hold customers' words and secrets."""
    sentry_sdk.init(
        dsn=dsn,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=_without_request_details,
        integrations=[FlaskIntegration()],
        traces_sample_rate=0.0,
        max_breadcrumbs=0,  # they quote the addresses that were called, which are secrets of gateways
        **options,
    )


def _without_request_details(event: Any, _hint: dict[str, Any]) -> Any:
    request = event.get("request", {})
    for name in ("headers", "cookies", "query_string", "data", "env"):
        request.pop(name, None)
    for name in ("/ack/", "/here/", "/confirm/", "/signin/", "/calendars/"):  # the path itself is the secret there
        if name in request.get("url", ""):
            request["url"] = name
            event["transaction"] = name
    return event


def report_failure(worker: str, error: BaseException) -> None:
    """An error that a loop's edge has caught: counted, logged and sent to Sentry."""
    FAILURES.labels(worker).inc()
    log.error("worker failed", worker=worker, error=repr(error), exc_info=error)
    sentry_sdk.capture_exception(error)
