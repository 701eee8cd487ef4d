"""A story in which mail comes in: `post.write(…)` sends one, signed or forged, and everything follows at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from itertools import count
from typing import Any

from integrations.mail_reading import read_mail
from tests.jira_events import SITE
from tests.mail_zone import Zone
from tests.scenario.harness import CONFIG, Notebook, Sink, Story
from triage import documents
from triage.domain.address_tags import TagKind, Tags
from triage.domain.mail import Envelope, Via
from triage.domain.mail_content import delivery_id, pack
from triage.engine.context import Post
from triage.ports import Delivered, Message, TicketSource
from triage.store import inbox, mails
from triage.store.db import Database
from triage.store.mails import MailRow

BOX = "oncall@vendor.example"
OURS = "triage@vendor.example"
INSTANCE = SITE.removeprefix("https://")
TAGS = Tags("k" * 32)


@dataclass
class Outgoing(Sink):
    """The team's mail server: it names what it was given by its Message-ID, as the real gateway does."""

    name: str = "smtp"

    def send(self, message: Message) -> Any:
        answer = super().send(message)
        return Delivered(f"<{message.key}@vendor.example>") if answer == Delivered() else answer


@dataclass
class Scene:
    """The service with a mailbox. `zone` is the DNS that proves senders."""

    story: Story
    zone: Zone
    outgoing: Outgoing
    notebook: Notebook
    numbers: Any = field(default_factory=lambda: count(1))

    def write(
        self,
        text: str = "Production is down, and there is no workaround.",
        *,
        sender: str = "Dora Example <dora@acme.example>",
        subject: str = "Checkout is down",
        to: str = BOX,
        signed: bool = True,
        answers: Sequence[str] = (),
        headers: Mapping[str, str] | None = None,
        message_id: str | None = None,
    ) -> MailRow:
        """Somebody writes a mail; what became of it."""
        mail = EmailMessage(policy=SMTP)
        mail["From"] = sender
        mail["To"] = to
        mail["Subject"] = subject
        mail["Date"] = format_datetime(self.story.now)
        mail["Message-ID"] = message_id or f"<{next(self.numbers)}@acme.example>"
        if answers:
            mail["In-Reply-To"] = answers[-1]
            mail["References"] = " ".join(answers)
        for name, value in (headers or {}).items():
            mail[name] = value
        mail.set_content(text)
        raw = mail.as_bytes()
        domain = sender.rpartition("@")[2].rstrip(">")
        return self.receive(self.zone.signed(raw, domain, at=self.story.now) if signed else raw)

    def receive(self, raw: bytes, envelope: Envelope | None = None) -> MailRow:
        """What every way in does: keep it; then everything that follows at this instant."""
        self.keep(raw, envelope)
        self.story.settle()
        return self.newest()

    def keep(self, raw: bytes, envelope: Envelope | None = None) -> None:
        envelope = envelope or Envelope(Via.HTTP)
        with self.story.context.database.write() as conn:
            inbox.receive(conn, "mail", delivery_id(raw), pack(envelope, raw), self.story.now)

    def newest(self) -> MailRow:
        with self.story.context.database.read() as conn:
            return mails.listed(conn, "", 0, 1)[0]

    def mail(self, number: int) -> MailRow:
        with self.story.context.database.read() as conn:
            row = mails.get(conn, number)
        assert row is not None
        return row

    def answers(self, address: str) -> list[Message]:
        """What that address was sent in answer to its own mail."""
        return [one for one in self.outgoing.sent if one.address == address and one.answers is not None]

    def notices(self, words: str) -> list[Message]:
        """What was told about it over the console."""
        return [one for one in self.story.sent if one.subject.startswith(words)]

    def tagged(self, kind: TagKind, name: str) -> str:
        return TAGS.address(BOX, kind, name)


def scene_over(
    database: Database,
    mail: str = "",
    edits: Mapping[str, tuple[str, str]] | None = None,
    sources: Mapping[str, TicketSource] | None = None,
) -> Scene:
    """The service with the shipped configuration and a mailbox; `mail` are more lines of its section."""
    files = dict(documents.read_folder(CONFIG))
    files["mail.yaml"] = f"mail:\n  mailboxes: [{BOX}]\n{mail}"
    for name, (old, new) in (edits or {}).items():
        assert old in files[name], f"{old!r} is not in {name}"
        files[name] = files[name].replace(old, new)
    zone, outgoing, notebook = Zone(), Outgoing(), Notebook(INSTANCE)
    story = Story(
        database,
        files,
        sources=sources,
        sinks={INSTANCE: notebook},
        gateways=[Sink(), outgoing],
        post=lambda now: Post(read_mail, zone.authenticator(now), TAGS, OURS),
    )
    return Scene(story, zone, outgoing, notebook)
