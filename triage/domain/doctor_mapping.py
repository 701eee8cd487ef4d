"""Whether config/jira.yaml names what the real Jira has: fields, options, statuses and priorities."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from triage.domain.doctor import Check, Finding, Level, Named
from triage.domain.jira import JiraRules
from triage.domain.ticket import RESOLVED, Field, Priority
from triage.domain.write_back import WriteBack

#: Parts of what teams call the fields that the gate and the customer's recognition need, in some languages.
HINTS: Mapping[Field, tuple[str, ...]] = {
    Field.PRODUCTION: ("production", "produktion", "produktiv", "producción", "produção", "affected", "live system"),
    Field.WORKAROUND: ("workaround", "work around", "work-around", "umgehung", "contournement", "alternativa"),
    Field.ORGANIZATIONS: ("organization", "organisation", "organización", "organização", "organizzazion"),
}


@dataclass(frozen=True, slots=True)
class Status(Named):
    """A status; `done` is Jira's own word that it ends the work."""

    done: bool = False


@dataclass(frozen=True, slots=True)
class EditScreen:
    """What can be chosen in the fields of one issue's edit screen, by field id."""

    issue: str
    options: Mapping[str, tuple[Named, ...]]


@dataclass(frozen=True, slots=True)
class Fit:
    """How a mapping from Jira's names to our words fits what Jira has.

    `absent` are the names that Jira lacks, by our word; `empty` the words of which it has no name at all;
    `unmapped` Jira's values without a word; `torn` those whose id and name have two different words.
    """

    absent: Mapping[str, tuple[str, ...]]
    empty: frozenset[str]
    unmapped: tuple[Named, ...]
    torn: tuple[tuple[Named, str, str], ...]


def fit(words: Mapping[str, str], known: Iterable[Named]) -> Fit:
    """Compare a mapping of casefolded names with Jira's values."""
    values = [*known]
    names = {name.casefold() for value in values for name in (value.id, value.name)}
    absent: dict[str, tuple[str, ...]] = {}
    for name, word in words.items():
        if name not in names:
            absent[word] = (*absent.get(word, ()), name)
    both = [(value, words.get(value.id.casefold()), words.get(value.name.casefold())) for value in values]
    return Fit(
        absent=absent,
        empty=frozenset(words.values()) - {word for name, word in words.items() if name in names},
        unmapped=tuple(value for value, by_id, by_name in both if by_id is None and by_name is None),
        torn=tuple((value, one, other) for value, one, other in both if one and other and one != other),
    )


def check_fields(rules: JiraRules, known: Sequence[Named]) -> Iterator[Finding]:
    """Whether the configured custom fields exist; for one that does not, those whose names look like it."""
    configured = {field: field_id for field_id, field in rules.custom_fields.items()}
    names = {each.id.casefold(): each.name for each in known}
    for field, hints in HINTS.items():
        field_id = configured.get(field)
        if field_id in names:
            yield Finding(Check.FIELDS, Level.OK, f"{field}: {field_id}, which Jira calls “{names[field_id]}”.")
            continue
        alike = [each for each in known if any(hint in each.name.casefold() for hint in hints)]
        if field_id is None and not alike:
            yield Finding(
                Check.FIELDS, Level.OK, f"{field}: no field is configured, and Jira has none by such a name."
            )
            continue
        wrong = f"Jira has no field {field_id}" if field_id else "no field is configured"
        choice = "These look like it, for its id" if alike else "None has a name like it; look up its id, to be put"
        yield Finding(
            Check.FIELDS,
            Level.PROBLEM if field_id else Level.WARNING,
            f"{field}: {wrong}. {choice} under jira.fields.{field} in config/jira.yaml:",
            tuple(f"id: {each.id}  # {each.name}" for each in alike),
        )


def check_options(field: Field, rules: JiraRules, screens: Iterable[EditScreen]) -> Iterator[Finding]:
    """Whether the options of a portal field are those that the configuration names."""
    field_id = next((each for each, meaning in rules.custom_fields.items() if meaning is field), "")
    found = {each.issue: each.options for each in screens}
    shown = [options[field_id] for options in found.values() if field_id in options]
    if not shown:
        where = f"is not on the edit screen of {', '.join(found)}" if found else "is on no issue that we may see"
        text = f"{field}: {field_id} {where}, so its options could not be checked."
        yield Finding(Check.OPTIONS, Level.WARNING, text)
        return
    known = [*{option.id: option for options in shown for option in options}.values()]
    if not known:
        text = f"{field}: {field_id} is a field without options. What is written in it counts by the names given."
        yield Finding(Check.OPTIONS, Level.WARNING, text)
        return
    yield from _check_words(Check.OPTIONS, f"jira.fields.{field}", "option", rules.words(field), known, "unknown")


def check_priorities(rules: JiraRules, wanted: WriteBack, known: Sequence[Named]) -> Iterator[Finding]:
    """Whether Jira's priorities are mapped, and whether those that we set mean the same when they come back."""
    place = "jira.priorities"
    if Priority.P0 not in rules.priorities.values():
        yield Finding(Check.PRIORITIES, Level.PROBLEM, f"{place} names no priority for P0: nobody can request one.")
    yield from _check_words(Check.PRIORITIES, place, "priority", rules.priorities, known, "P1, flagged")
    by_name = {name.casefold(): each for each in known for name in (each.name, each.id)}
    for priority, name in wanted.priorities.items():
        target, where = by_name.get(name.casefold()), f"jira.write_back.priorities.{priority}"
        if target is None:
            text = f"{where} is {name}, which Jira does not have: {priority} cannot be set."
            yield Finding(Check.PRIORITIES, Level.PROBLEM, text)
            continue
        back = rules.priorities.get(target.id.casefold()) or rules.priorities.get(target.name.casefold())
        if back != priority:
            text = (
                f"{where} is {name}, which {place} reads as {back or 'nothing'}: what we set would read differently."
            )
            yield Finding(Check.PRIORITIES, Level.PROBLEM, text)


def check_statuses(
    rules: JiraRules, pauses: Mapping[str, Iterable[str]], known: Sequence[Status]
) -> Iterator[Finding]:
    """Whether Jira has the statuses that steer clocks; `pauses` are the pause statuses by contract.

    A status without a word is open or, by Jira's own category, done: only those that somebody names matter.
    """
    yield from _check_words(Check.STATUSES, "jira.statuses", "status", rules.statuses, known, None)
    reached = {_word(rules, status) for status in known}
    for contract, statuses in sorted(pauses.items()):
        for status in sorted(set(statuses) - reached):
            yield Finding(
                Check.STATUSES,
                Level.PROBLEM,
                f"{contract} pauses in {status}, which no status of Jira stands for: its clocks would never pause. "
                f"Put under statuses in config/jira.yaml the one that does, such as:",
                (f"{status}: [{', '.join(_quoted(each) for each in known if not each.done)}]",),
            )
    if RESOLVED not in reached:
        text = "No status of Jira stands for resolved, and none is in its category Done: no clock would ever stop."
        yield Finding(Check.STATUSES, Level.PROBLEM, text)


def _word(rules: JiraRules, status: Status) -> str:
    """Our word for a status, as a timeline would have it."""
    mapped = rules.statuses.get(status.id.casefold()) or rules.statuses.get(status.name.casefold())
    return mapped or (RESOLVED if status.done else status.name)


def _check_words(
    check: Check, place: str, noun: str, words: Mapping[str, str], known: Sequence[Named], otherwise: str | None
) -> Iterator[Finding]:
    """What does not fit between a mapping and Jira; `otherwise` is what a value without a word counts as.

    A word of which Jira has no name is a problem, but for statuses, which have Jira's own category beside them.
    """
    found = fit(words, known)
    strict = otherwise is not None
    for value, by_id, by_name in found.torn:
        text = f"{place} lists “{value.name}” as {by_id} by its id {value.id}, and as {by_name} by its name."
        yield Finding(check, Level.PROBLEM, f"{text} The id counts: remove the one that is wrong.")
    for word in sorted(found.empty) if strict else ():
        text = f"{place}.{word}: Jira has no {noun} of these names: {_list(found.absent[word])}. It has:"
        yield Finding(check, Level.PROBLEM, text, tuple(f'{word}: ["{each.id}"]  # {each.name}' for each in known))
    rest = {word: names for word, names in found.absent.items() if not (strict and word in found.empty)}
    if rest:
        listed = "; ".join(f"{word}: {_list(names)}" for word, names in sorted(rest.items()))
        yield Finding(check, Level.WARNING, f"{place} has names that Jira does not have. Remove them: {listed}.")
    if strict and found.unmapped:
        text = f"Jira has what {place} does not list, so it counts as {otherwise}. Put under the right word:"
        yield Finding(check, Level.WARNING, text, tuple(map(_quoted_with_name, found.unmapped)))
    fitting = [value for value in known if value not in found.unmapped]
    if fitting:
        yield Finding(check, Level.OK, f"{place}: Jira has {_list(value.name for value in fitting)}.")


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"“{name}”" for name in dict.fromkeys(names))


def _quoted(value: Named) -> str:
    return f'"{value.name}"'


def _quoted_with_name(value: Named) -> str:
    return f'"{value.id}"  # {value.name}'
