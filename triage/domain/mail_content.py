"""What tells one mail from another, and the facts that mails bring to a ticket's timeline."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from triage.domain.mail import Envelope, Mail, Via
from triage.domain.ticket import EMAIL, RESOLVED, Actor, Fact, FactKind, Field, Priority, Role

#: A Jira key, or one of ours (`M-12`), in a subject.
KEY = re.compile(r"\b[A-Z][A-Z0-9_]{0,30}-[1-9][0-9]{0,9}\b")
#: The status of a ticket that a mail has opened, until it is resolved.
OPEN = "open"


def pack(envelope: Envelope, raw: bytes) -> bytes:
    """What the inbox keeps: the envelope as one line of JSON, then the message byte for byte."""
    return json.dumps(asdict(envelope)).encode() + b"\n" + raw


def unpack(body: bytes) -> tuple[Envelope, bytes]:
    """What `pack` has put together."""
    line, _, raw = body.partition(b"\n")
    told = json.loads(line)
    return Envelope(**{**told, "via": Via(told["via"]), "recipients": tuple(told["recipients"])}), raw


def delivery_id(raw: bytes) -> str:
    """The same for every time that a transport hands over the same message, whichever line ends it has left in it."""
    return hashlib.sha256(re.sub(rb"\r\n|\r|\n", b"\r\n", raw).rstrip(b"\r\n")).hexdigest()


def digest(mail: Mail) -> str:
    """The same for every copy of a mail, whichever way it came: what relays add to it on its way does not count.

    A Message-ID alone will not do: some systems repeat theirs, and others have none.
    """
    said = [mail.message_id, [author.address for author in mail.authors], mail.subject, mail.text]
    when = mail.date.isoformat() if mail.date else ""
    return hashlib.sha256(json.dumps([*said, when]).encode()).hexdigest()


def keys_in(subject: str) -> list[str]:
    """The ticket keys that a subject names, each once."""
    return list(dict.fromkeys(KEY.findall(subject[:1000])))


def writer(mail: Mail, role: Role) -> Actor:
    """Who wrote it, as a fact names them."""
    author = mail.author
    return Actor(author.address, author.name or author.address, role) if author else Actor()


def opening(mail: Mail, actor: Actor, customer: str | None, priority: Priority, at: datetime) -> list[Fact]:
    """The facts of a ticket that a mail opens; a mail to the on-call address requests P0 (DESIGN 5.1)."""
    values: dict[str, str | None] = {
        Field.PRIORITY: priority,
        Field.STATUS: OPEN,
        Field.CHANNEL: EMAIL,
        Field.CUSTOMER: customer,
        Field.REPORTER: actor.id,
        Field.REPORTER_EMAIL: actor.id,
    }
    texts = {"summary": mail.subject, "description": mail.new_text}
    created = Fact("created", FactKind.CREATED, at, actor=actor, texts=texts, public=True, received_at=at)
    return [created, Fact("snapshot/opened", FactKind.SNAPSHOT, at, actor=actor, values=values, received_at=at)]


def answers_of_rule(at: datetime) -> Fact:
    """What an alert rule says about the gate's questions: such an alert is about production, now."""
    values: dict[str, str | None] = {Field.PRODUCTION: "yes", Field.WORKAROUND: "none"}
    return Fact("snapshot/rule", FactKind.SNAPSHOT, at, values=values, received_at=at)


def reply(mail: Mail, actor: Actor, number: int, at: datetime) -> Fact:
    """A mail that joins a ticket, by its number among our mails."""
    texts = {"body": mail.new_text}
    return Fact(f"mail/{number}", FactKind.MAIL, at, number, actor, texts=texts, public=True, received_at=at)


def closing(actor: Actor, key: str, why: str, at: datetime) -> Fact:
    """The ticket is resolved, and says why."""
    return Fact(
        f"{key}/closed",
        FactKind.CHANGE,
        at,
        actor=actor,
        values={Field.STATUS: RESOLVED},
        before={Field.STATUS: OPEN},
        texts={"reason": why} if why else {},
        received_at=at,
    )


def reopening(actor: Actor, number: int, at: datetime, *, closed: bool) -> list[Fact]:
    """A mail, by its number, asks for somebody anew; what nobody had closed is closed in the instant before."""
    opened = Fact(
        f"mail/{number}/opened",
        FactKind.CHANGE,
        at,
        number,  # behind a closing of the same instant
        actor,
        values={Field.STATUS: OPEN},
        before={Field.STATUS: RESOLVED},
        received_at=at,
    )
    return [opened] if closed else [closing(actor, f"mail/{number}", "", at - timedelta(microseconds=1)), opened]


def own_keys(message_ids: Iterable[str], domain: str) -> list[str]:
    """The left parts of those Message-IDs that are of our own domain."""
    parts = (message_id.rpartition("@") for message_id in message_ids)
    return [local for local, _, host in parts if host.casefold() == domain.casefold()]


def shortened(words: Sequence[str] | str, limit: int = 200) -> str:
    """On one line, cut to a length that a person reads."""
    line = " ".join(words.split() if isinstance(words, str) else words)
    return line if len(line) <= limit else line[: limit - 1] + "…"
