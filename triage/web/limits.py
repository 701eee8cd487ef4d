"""How often somebody may ask: against guessing and against a program that has gone wild.

Counted in each process: a limit protects it from a flood, and what must not be guessed is counted in the database
too (`engine/sign_in.py`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, g, request
from flask_limiter import Limiter

#: Passwords and links that one address may try.
SIGN_IN = "20 per minute"
#: Buttons behind links in messages that one address may press: a team may sit behind one address.
LINKS = "60 per minute"
#: What one account or token may ask of the API.
API = "1200 per minute"


class Limits:
    """The limits of one application."""

    def __init__(self, app: Flask, *, switched_on: bool = True) -> None:
        self._limiter = Limiter(
            _who,
            app=app,
            storage_uri="memory://",
            strategy="moving-window",
            headers_enabled=True,
            enabled=switched_on,
        )

    def at_most(self, limit: str) -> Callable[[Any], Any]:
        """Answer 429 to whoever asks for the view, or for all of a blueprint, more often."""
        return self._limiter.limit(limit)


def _who() -> str:
    account = g.get("account")
    return f"account {account.id} {account.name}" if account else f"address {request.remote_addr}"
