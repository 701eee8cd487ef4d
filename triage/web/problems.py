"""Errors as `application/problem+json` (RFC 9457) for programs, and as a page for people."""

from __future__ import annotations

from flask import Flask, Response, json, render_template, request
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException, ServiceUnavailable

#: Paths that programs call; everything else is looked at by people.
MACHINE_PATHS = ("/webhooks/", "/api/", "/healthz", "/readyz", "/metrics")


def problem(status: int, title: str, detail: str, headers: dict[str, str] | None = None) -> Response:
    """A problem document."""
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": detail})
    return Response(body, status, headers=headers, content_type="application/problem+json")


def register(app: Flask) -> None:
    """Answer every error in the caller's own terms; a database out of reach is 503, so that senders try again."""

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        return _answer(error)

    @app.errorhandler(OperationalError)
    @app.errorhandler(PoolTimeout)
    def _database(error: Exception) -> Response:
        app.logger.error("the database cannot be reached: %s", error)
        return _answer(ServiceUnavailable("The database cannot be reached. Nothing was accepted; try again later."))


def _answer(error: HTTPException) -> Response:
    status, title, detail = error.code or 500, error.name, error.description or ""
    allowed = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    if request.path.startswith(MACHINE_PATHS):
        return problem(status, title, detail, allowed)
    page = render_template("problem.html", status=status, title=title, detail=detail)
    return Response(page, status, headers=allowed, content_type="text/html; charset=utf-8")
