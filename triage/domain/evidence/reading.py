"""From a text to what it states about each of the gate's two questions (DESIGN 5.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from triage.domain.evidence import english_production, english_workaround, french, german, spanish
from triage.domain.evidence.forms import form_findings
from triage.domain.evidence.passages import ENOUGH, Clause, clauses, own_words
from triage.domain.evidence.rules import HINTED, Finding, Reader
from triage.domain.evidence.weigh import weigh
from triage.domain.priority import Axis

READERS: dict[Axis, tuple[Reader, ...]] = {
    Axis.PRODUCTION: tuple(
        map(Reader, (english_production.PRODUCTION, german.PRODUCTION, french.PRODUCTION, spanish.PRODUCTION))
    ),
    Axis.WORKAROUND: tuple(
        map(Reader, (english_workaround.WORKAROUND, german.WORKAROUND, french.WORKAROUND, spanish.WORKAROUND))
    ),
}


@dataclass(frozen=True, slots=True)
class Statement:
    """What a text says about one axis: the value, the words that say so, and the name of the rule that read them."""

    axis: Axis
    value: str
    quote: str
    rule: str
    hinted: bool = False  # by nothing but where they are


@lru_cache(maxsize=4096)
def read_evidence(body: str, subject: str = "") -> tuple[Statement, ...]:
    """What a text and its subject line state about production and about workarounds.

    Every quote is a verbatim part of `body` or `subject`. An axis on which nothing is said has no statement; one on
    which the text contradicts itself has statements of both values. Quoted mails, signatures, logs and code say
    nothing, nor does what lies behind the first ENOUGH characters.
    """
    texts = [(part, own_words(part[:ENOUGH], subject)) for part in (subject, body)]
    return tuple(statement for axis in Axis for statement in _statements(axis, texts))


#: A whole answer that is hardly more than yes or no.
BARE_ANSWER = re.compile(
    r"\W{0,9}(?:(?P<yes>yes|yep|yeah|correct|indeed|ja|jawohl|oui|sí|si|affirmative)|(?P<no>no|nope|nein|non|none|negative|keinen?))"
    r"(?:[\s,.!]+(?:thanks?|thank you|please|sorry|sadly|unfortunately|there (?:is|isn't)|it (?:is|isn't)|it's|not|not at all|at all"
    r"|sure|sir|danke|bitte|leider|das ist so|gibt es(?: nicht)?|merci|hélas|gracias|lamentablemente)){0,3}"
    r"[\s.!]{0,9}"
)


def read_answer(axis: Axis, text: str) -> Statement | None:
    """What a bare yes or no means to our question "is production affected?" or "is there a workaround?"."""
    twin = own_words(text[:ENOUGH])
    bare = twin.strip()
    match = BARE_ANSWER.fullmatch(bare)
    if match is None:
        return None
    means = {Axis.PRODUCTION: ("yes", "no"), Axis.WORKAROUND: ("exists", "none")}[axis]
    value = means[0] if match["yes"] else means[1]
    start = twin.index(bare)
    return Statement(axis, value, text[start : start + len(bare)], "answer to our question")


def _statements(axis: Axis, texts: Sequence[tuple[str, str]]) -> Iterator[Statement]:
    found: list[tuple[Finding, str]] = []
    for text, twin in texts:
        found += [(finding, _quote(text, finding)) for finding in _findings(axis, twin)]
    decisive = weigh(axis, [finding for finding, _ in found])
    told: set[str] = set()
    for finding, quote in found:
        if finding in decisive and quote not in told:
            told.add(quote)
            yield Statement(axis, finding.value, quote, finding.rule, finding.weight <= HINTED)


def _findings(axis: Axis, twin: str) -> list[Finding]:
    found = list(form_findings(axis, twin))
    taken = [(finding.start, finding.end) for finding in found]
    readers = [reader for reader in READERS[axis] if reader.understands(twin)]
    for sentence in _sentences(twin):
        fresh = [clause for clause in sentence if not any(a < clause.end and clause.start < b for a, b in taken)]
        for reader in readers if fresh else ():
            found += reader.read(fresh)
    return sorted(found, key=lambda finding: finding.start)


def _sentences(twin: str) -> Iterable[list[Clause]]:
    return (list(group) for _, group in groupby(clauses(twin), key=lambda clause: clause.sentence))


def _quote(text: str, finding: Finding) -> str:
    """The clause in which it was found, word for word."""
    clause = text[min(finding.clause.start, finding.start) : max(finding.clause.end, finding.end)]
    return clause.strip(" \n\t,;:-–—()")
