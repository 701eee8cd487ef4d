"""Reads YAML files into one tree, and remembers in which file and line everything stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.scalarfloat import ScalarFloat

Path_ = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong with the documents, where it stands, and how to mend it."""

    file: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.text}"


class ConfigurationError(ValueError):
    """The documents cannot be used; `problems` holds everything that is wrong, not only the first thing."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


@dataclass(slots=True)
class Tree:
    """All documents as one mapping of sections, and the place of every entry."""

    data: dict[str, Any] = field(default_factory=dict)
    places: dict[Path_, tuple[str, int]] = field(default_factory=dict)

    def problem(self, path: Path_, text: str) -> Problem:
        """A problem at `path`, or at the closest place above it that is known."""
        known = path
        while known and known not in self.places:
            known = known[:-1]
        file, line = self.places.get(known, ("config", 1))
        where = ".".join(map(str, path))
        return Problem(file, line, f"{where}: {text}" if where else text)


def read_folder(folder: Path) -> dict[str, str]:
    """The texts of all `*.yaml` files in the folder and below it, by their names relative to it."""
    if not folder.is_dir():
        raise ConfigurationError([Problem(str(folder), 1, "there is no such folder; TRIAGE_CONFIG_DIR names it")])
    files = {str(path.relative_to(folder)): path for path in sorted(folder.rglob("*.yaml"))}
    if not files:
        raise ConfigurationError([Problem(str(folder), 1, "the folder holds no *.yaml file")])
    texts, problems = {}, []
    for name, path in files.items():
        try:
            texts[name] = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(name, 1, f"cannot be read as UTF-8 text: {error}"))
    if problems:
        raise ConfigurationError(problems)
    return texts


def parse(files: Mapping[str, str]) -> Tree:
    """Merge the files section by section; raises ConfigurationError for what is not YAML or stands twice."""
    tree = Tree()
    problems: list[Problem] = []
    for name, text in files.items():
        try:
            _merge(tree, name, YAML(typ="rt").load(text), problems)
        except DuplicateKeyError as error:
            problems.append(Problem(name, _line(error), "this key stands twice"))
        except MarkedYAMLError as error:
            problems.append(Problem(name, _line(error), f"not YAML: {error.problem or error.context}"))
        except YAMLError as error:
            problems.append(Problem(name, 1, f"not YAML: {error}"))
    if problems:
        raise ConfigurationError(problems)
    return tree


def _line(error: MarkedYAMLError) -> int:
    mark = error.problem_mark or error.context_mark
    return mark.line + 1 if mark else 1


def _merge(tree: Tree, name: str, document: Any, problems: list[Problem]) -> None:
    if document is None:
        return
    if not isinstance(document, CommentedMap):
        problems.append(Problem(name, 1, "a document is a mapping of sections, such as `customers:`"))
        return
    for title, content in document.items():
        section = str(title)
        line = document.lc.key(title)[0] + 1
        tree.places.setdefault((section,), (name, line))
        if not isinstance(content, CommentedMap):
            problems.append(Problem(name, line, f"{section}: must be a mapping"))
            continue
        target = tree.data.setdefault(section, {})
        for key in content:
            place = (name, content.lc.key(key)[0] + 1)
            if key in target:
                file, other = tree.places[section, str(key)]
                problems.append(Problem(*place, f"{section}.{key}: stands already in {file}:{other}"))
                continue
            tree.places[section, str(key)] = place
            target[str(key)] = _plain(content[key], (section, str(key)), name, tree.places)


def _plain(value: Any, path: Path_, name: str, places: dict[Path_, tuple[str, int]]) -> Any:
    """Plain dictionaries and lists, with each entry's place written down on the way."""
    if isinstance(value, CommentedMap):
        plain = {}
        for key in value:
            word = key.isoformat() if isinstance(key, date) else str(key)
            places[(*path, word)] = (name, value.lc.key(key)[0] + 1)
            plain[word] = _plain(value[key], (*path, word), name, places)
        return plain
    if isinstance(value, CommentedSeq):
        items = []
        for index, item in enumerate(value):
            places[(*path, index)] = (name, value.lc.item(index)[0] + 1)
            items.append(_plain(item, (*path, index), name, places))
        return items
    if isinstance(value, date):  # a timestamp without an offset stays without one, until it is known whose it is
        return value.isoformat()
    return float(value) if isinstance(value, ScalarFloat) else value
