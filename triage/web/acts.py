"""What forms bring, and what they do: carry an act out, say what came of it, and go back."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, redirect
from sqlalchemy.engine import Connection
from werkzeug.wrappers import Response

from triage.engine.context import Context
from triage.engine.respond import NotPossible


def carry_out(context: Context, done: str, back: str, do: Callable[[Connection], object]) -> Response:
    """Carry an act out in one transaction and say so; what is not possible is said too, and changes nothing."""

    def act() -> None:
        with context.database.write() as conn:
            do(conn)

    return flashed(done, back, act)


def flashed(done: str, back: str, act: Callable[[], object]) -> Response:
    """The same for an act that has transactions of its own."""
    try:
        act()
        flash(done, "done")
    except NotPossible as error:
        flash(str(error), "refused")
    return redirect(back)


def cleaned(words: str) -> str:
    """What a person typed, without what a database refuses, at a length that a person types."""
    return words.replace("\x00", "").strip()[:500]
