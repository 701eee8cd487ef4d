"""OAuth 2.0 by client credentials (RFC 6749, section 4.4), as Atlassian's service accounts log in."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import requests

from integrations.calls import why
from triage.ports import SourceError

#: A token is given up this long before it ends, so that it does not end on its way.
_MARGIN = timedelta(seconds=60)

ATLASSIAN = "https://auth.atlassian.com/oauth/token"


class ClientCredentials:
    """Fetches access tokens and keeps the current one; for use by many threads.

    Neither the secret nor a token is ever part of an error.
    """

    def __init__(self, client_id: str, secret: str, now: Callable[[], datetime], token_url: str = "") -> None:
        self._form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
        self._url = token_url or ATLASSIAN
        self._now = now
        self._lock = threading.Lock()
        self._token = ""
        self._ends: datetime | None = None

    def token(self, session: requests.Session, timeout: float) -> str:
        """The current token, or a new one, asked for over a session that cuts itself off.

        Raises SourceError if there is none to be had.
        """
        with self._lock:
            if self._token and self._ends is not None and self._now() < self._ends:
                return self._token
        token, seconds = self._fetch(session, timeout)
        with self._lock:
            self._token = token
            self._ends = self._now() + timedelta(seconds=seconds) - _MARGIN
        return token

    def forget(self, token: str) -> None:
        """Jira refused this token: ask for another one, unless that was done meanwhile."""
        with self._lock:
            if token == self._token:
                self._token = ""

    def _fetch(self, session: requests.Session, timeout: float) -> tuple[str, float]:
        try:
            response = session.post(self._url, data=self._form, timeout=timeout, allow_redirects=False)
        except requests.RequestException as error:
            raise SourceError(f"Jira's token endpoint: {why(error)}") from None
        if response.status_code != requests.codes.ok:
            raise SourceError(f"Jira's token endpoint answered {response.status_code}")
        try:
            answer = response.json()
            token, seconds = answer["access_token"], float(answer.get("expires_in", 0))
        except (ValueError, TypeError, KeyError, AttributeError):
            raise SourceError("Jira's token endpoint gave no token") from None
        if not isinstance(token, str) or not token.isascii() or not token.isprintable() or not 0 <= seconds < 10**9:
            raise SourceError("Jira's token endpoint gave no token")
        return token, seconds
