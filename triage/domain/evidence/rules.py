"""How a table of rules reads one clause: the first rule that fits takes the words.

A table is written as lists of phrases, one a line, so that a support lead can read it:

    `{live}`   an entry of the table's vocabulary
    `…`        up to five words
    a blank    one or more blanks

and otherwise a phrase is a regular expression over small letters. Clauses are short, so no phrase can be slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import islice

from triage.domain.evidence.passages import Clause

#: How sure a finding is: answered in a form, said outright, told by what people do, meant by what they name, or only hinted at.
FORM, OUTRIGHT, TOLD, MEANT, HINTED = 5, 4, 3, 2, 1

#: So far before and behind some words a scope is looked for, in characters.
REACH = 120
#: What a rule finds more often in one clause says nothing new.
MOST = 3
#: A text of so few words may have only one of those that tell its language.
SHORT = 8
#: So much of a text tells its language.
ENOUGH = 20_000
GAP = r"(?: [^ ]+){0,5}?"
#: A blank of a phrase; not one inside a class of characters, or with a count of its own.
BLANK = re.compile(r"(?<![\[^]) (?![?*+{\]])")


class Place(StrEnum):
    """Where a scope is looked for, seen from the words that a rule has found."""

    BEFORE = "before"  # in the clause, in front of them
    AFTER = "after"  # in the clause, behind them
    WITHIN = "within"  # in the words themselves, which may have gaps
    CLAUSE = "clause"
    PREVIOUS = "previous"  # in the clause before, of the same sentence
    NEXT = "next"
    SENTENCE = "sentence"


@dataclass(frozen=True, slots=True)
class Scope:
    """Words that change what others mean: a negation, a supposition, a question."""

    name: str
    place: Place
    phrases: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Phrases that mean something for one axis; `value` is None where they only look like it.

    It holds only `given` all the scopes named there, and `unless` one of those named there. It is looked for in each
    clause, or `across` the whole sentence.
    """

    name: str
    value: str | None
    weight: int
    phrases: str
    given: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    across: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """The rules of one language for one axis, read from top to bottom.

    Languages share words ("production"), so a table is only read where at least two of its `common` words stand in the
    text, or one in a short text; the table without them is always read.
    """

    common: str
    rules: Sequence[Rule]
    scopes: Sequence[Scope]
    vocabulary: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found: the value, and where the words stand in the text."""

    value: str
    rule: str
    weight: int
    start: int
    end: int
    clause: Clause


class Reader:
    """A table, compiled when it is first needed."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._common = re.compile(rf"(?<!\w)(?:{'|'.join(table.common.split())})(?!\w)") if table.common else None

    @cached_property
    def _words(self) -> Mapping[str, str]:
        return {name: "|".join(_lines(entry)) for name, entry in self._table.vocabulary.items()}

    @cached_property
    def _rules(self) -> list[tuple[Rule, re.Pattern[str]]]:
        return [(rule, _compiled(rule.phrases, self._words)) for rule in self._table.rules]

    @cached_property
    def _scopes(self) -> Mapping[str, tuple[Place, re.Pattern[str]]]:
        return {scope.name: (scope.place, _compiled(scope.phrases, self._words)) for scope in self._table.scopes}

    def understands(self, twin: str) -> bool:
        """Whether the text may be in this table's language."""
        if self._common is None:
            return True
        common = len(set(self._common.findall(twin[:ENOUGH])))
        return common > (1 if len(twin.split(None, SHORT)) > SHORT else 0)

    def read(self, sentence: Sequence[Clause]) -> Iterator[Finding]:
        """What a sentence says; of words that several rules fit, the first rule has them."""
        reading = _Reading(sentence, self._scopes)
        for rule, pattern in self._rules:
            for clause in [reading.whole] if rule.across else sentence:
                for match in islice(pattern.finditer(clause.plain), MOST):
                    if reading.takes(rule, clause, match) and rule.value is not None:
                        start, end = clause.start + match.start(), clause.start + match.end()
                        yield Finding(rule.value, rule.name, rule.weight, start, end, clause)


class _Reading:
    """One sentence while the rules go over it: which words are taken, and which scopes hold."""

    def __init__(self, sentence: Sequence[Clause], scopes: Mapping[str, tuple[Place, re.Pattern[str]]]) -> None:
        first, last = sentence[0], sentence[-1]
        plain = "".join(clause.plain for clause in sentence)
        self.whole = Clause(first.start, last.end, plain, first.sentence, first.asks)
        self._sentence = sentence
        self._scopes = scopes
        self._taken: list[tuple[int, int]] = []
        self._held: dict[tuple[str, int], bool] = {}

    def takes(self, rule: Rule, clause: Clause, match: re.Match[str]) -> bool:
        """Take the words for the rule, if nobody has them yet and its scopes let it."""
        start, end = clause.start + match.start(), clause.start + match.end()
        if any(start < last and first < end for first, last in self._taken):
            return False
        if not all(self._holds(name, clause, match) for name in rule.given):
            return False
        if any(self._holds(name, clause, match) for name in rule.unless):
            return False
        self._taken.append((start, end))
        return True

    def _holds(self, name: str, clause: Clause, match: re.Match[str]) -> bool:
        if name == "asked":
            return clause.asks
        place, pattern = self._scopes[name]
        if place is Place.BEFORE:
            return pattern.search(clause.plain[max(0, match.start() - REACH) : match.start()]) is not None
        if place is Place.WITHIN:
            return pattern.search(match.group()) is not None
        if place is Place.AFTER:
            return pattern.search(clause.plain[match.end() : match.end() + REACH]) is not None
        if (name, clause.start) not in self._held:
            self._held[name, clause.start] = pattern.search(self._beside(place, clause)) is not None
        return self._held[name, clause.start]

    def _beside(self, place: Place, clause: Clause) -> str:
        match place:
            case Place.PREVIOUS:
                return next((one.plain for one in reversed(self._sentence) if one.end <= clause.start), "")
            case Place.NEXT:
                return next((one.plain for one in self._sentence if one.start >= clause.end), "")
            case Place.SENTENCE:
                return self.whole.plain
            case _:
                return clause.plain


def _lines(phrases: str) -> list[str]:
    return [line.strip() for line in phrases.splitlines() if line.strip()]


def _spelt(pattern: str, vocabulary: Mapping[str, str]) -> str:
    """The pattern with the vocabulary put in; entries may use other entries."""
    while (spelt := re.sub(r"\{([a-z_]+)\}", lambda found: f"(?:{vocabulary[found[1]]})", pattern)) != pattern:
        pattern = spelt
    return pattern


def _compiled(phrases: str, vocabulary: Mapping[str, str]) -> re.Pattern[str]:
    """One pattern for all phrases, on word boundaries."""
    pattern = _spelt("|".join(_lines(phrases)), vocabulary).replace("…", GAP)
    return re.compile(rf"(?<![\w'])(?<!\w-)(?:{BLANK.sub(' +', pattern)})(?![\w])")
