"""What a ticket's customer has written, text by text, in the order in which it was said."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from triage.domain.ticket import Fact, FactKind, Field, Role

#: Where the summary and the description stand; a comment stands under its own key.
REPORT = "report"
COMMENTS = (FactKind.COMMENT, FactKind.COMMENT_EDITED, FactKind.COMMENT_DELETED)


@dataclass(frozen=True, slots=True)
class Words:
    """One text as it reads from `at` on, in place of what stood at `place` before.

    `answers` is whether it directly follows a comment of our own that asked one question. Words that were taken away
    are empty.
    """

    at: datetime
    seq: int
    fact: str
    place: str
    subject: str
    body: str
    initial: bool = False
    answers: bool = False


def customers_words(facts: Sequence[Fact], created: Fact) -> Iterator[Words]:
    """Every text of the customer's, and every new wording of one; `facts` are in order.

    The report is theirs as it was created, unless a monitoring system wrote it, and as they change it; what others
    make of it is not their words. Changes
    and comments count only where their author is known to be a customer, and comments not after they were deleted.
    """
    yield from _reports(facts, created)
    last: Fact | None = None
    for fact in facts:
        if fact.kind not in (*COMMENTS, FactKind.MAIL):
            continue
        if fact.actor.role is Role.CUSTOMER and "body" in fact.texts:
            place = re.sub(r"/edited/.*", "", fact.key)
            answers = last is not None and last.actor.role is Role.SERVICE and _asks_once(last)
            yield Words(fact.at, fact.seq, fact.key, place, "", fact.texts["body"], answers=answers)
        elif fact.kind is FactKind.COMMENT_DELETED:
            yield Words(fact.at, fact.seq, fact.key, fact.key.removesuffix("/deleted"), "", "")
        if fact.public is not False:
            last = fact


def _asks_once(comment: Fact) -> bool:
    return comment.texts.get("body", "").count("?") == 1


def _reports(facts: Sequence[Fact], created: Fact) -> Iterator[Words]:
    """The summary and the description together, as they were at the creation and after each change."""
    now = {name: _first(facts, name) for name in (Field.SUMMARY, Field.DESCRIPTION)}
    if created.actor.role is not Role.ROBOT:
        yield Words(created.at, 0, created.key, REPORT, now[Field.SUMMARY], now[Field.DESCRIPTION], initial=True)
    for fact in facts:
        changed = {name: fact.texts[name] for name in now if name in fact.texts}
        if fact.kind is FactKind.CHANGE and changed and fact.actor.role is Role.CUSTOMER:
            now |= changed
            yield Words(fact.at, fact.seq, fact.key, REPORT, now[Field.SUMMARY], now[Field.DESCRIPTION])


def _first(facts: Sequence[Fact], name: Field) -> str:
    """What the ticket was created with: what stood before the first change, else what the first body said."""
    for fact in facts:
        if fact.kind is FactKind.CHANGE and name in fact.texts:
            return fact.texts.get(f"{name}_before", "")
    return next((fact.texts[name] for fact in facts if name in fact.texts), "")
