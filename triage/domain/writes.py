"""What we write into a ticket at its source, as values that a queue can hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class BlockKind(StrEnum):
    """How a piece of text is set."""

    PARAGRAPH = "paragraph"
    QUOTE = "quote"  # somebody's exact words
    BULLET = "bullet"  # neighbours make one list


@dataclass(frozen=True, slots=True)
class Block:
    """Plain text, whatever it looks like: the source's markup is escaped where it is written."""

    kind: BlockKind
    text: str


@dataclass(frozen=True, slots=True)
class Comment:
    """Something to say on the ticket; only what is public reaches the customer."""

    blocks: tuple[Block, ...]
    public: bool


@dataclass(frozen=True, slots=True)
class SetFields:
    """Fields by the source's ids, with values as the source's REST interface takes them."""

    fields: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SetLabels:
    """Labels to have and labels not to have; all others stay."""

    add: tuple[str, ...]
    remove: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Transition:
    """Bring the ticket into a status, by its id or name."""

    status: str


@dataclass(frozen=True, slots=True)
class Assign:
    """Give the ticket to an account; an empty one is nobody."""

    account: str


@dataclass(frozen=True, slots=True)
class CreateTicket:
    """Open a ticket: a portal request where `request_type` is given, else a plain issue of `issue_type`.

    `on_behalf_of` is the customer's account id or address, `organization` the id to share the request with.
    """

    project: str
    summary: str
    blocks: tuple[Block, ...]
    issue_type: str = ""
    request_type: str = ""
    on_behalf_of: str = ""
    organization: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)


Action = Comment | SetFields | SetLabels | Transition | Assign | CreateTicket


@dataclass(frozen=True, slots=True)
class Write:
    """One action on one ticket (`issue` is its id at the source; empty for a ticket that is to be opened).

    `marker` stays the same on every attempt. `tried_since` is when an earlier attempt may have gone through
    without our hearing of it, so that its marker has to be looked for first; None on the first attempt.
    """

    marker: str
    issue: str
    action: Action
    tried_since: datetime | None = None


_ACTIONS: Mapping[str, type[Action]] = {
    kind.__name__: kind for kind in (Comment, SetFields, SetLabels, Transition, Assign, CreateTicket)
}


def name_of(action: Action) -> str:
    """What the action is called in a queue."""
    return type(action).__name__


def to_plain(action: Action) -> dict[str, Any]:
    """The action as plain JSON; `from_plain` with its name gives it back."""
    return asdict(action)


def from_plain(name: str, plain: Mapping[str, Any]) -> Action:
    """The action that `name_of` and `to_plain` described."""
    values = dict(plain)
    if "blocks" in values:
        values["blocks"] = tuple(Block(BlockKind(block["kind"]), block["text"]) for block in values["blocks"])
    values |= {key: tuple(values[key]) for key in ("add", "remove") if key in values}
    return _ACTIONS[name](**values)
