"""The tables. What may be done with a row stands in the module of this package that owns its table."""

from __future__ import annotations

import sqlalchemy as sa

from triage.store.db import Instant

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> sa.Column[int]:
    """A number that is never used twice, also on SQLite."""
    return sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)


def _ticket(*, nullable: bool = False) -> sa.Column[int]:
    return sa.Column("ticket_id", sa.ForeignKey("tickets.id"), nullable=nullable, index=True)


def _lease() -> list[sa.Column[object]]:
    """What a queue's row needs to be worked on by one worker at a time (`store/leases.py`)."""
    return [
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("due_at", Instant, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False, default=0, server_default="0"),
        sa.Column("lease_token", sa.Text),
        sa.Column("reason", sa.Text, nullable=False, default="", server_default=""),
    ]


inbox = sa.Table(
    "inbox",
    metadata,
    _id(),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("delivery_id", sa.Text, nullable=False),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("repeats", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("done_at", Instant),
    sa.Column("news", sa.Integer, nullable=False, default=0, server_default="0"),  # facts nobody had told us before
    _ticket(nullable=True),
    *_lease(),
    sa.UniqueConstraint("source", "delivery_id"),
    sa.Index("ix_inbox_due", "state", "due_at"),
    sa.Index("ix_inbox_received", "source", "received_at"),
    sqlite_autoincrement=True,
)

tickets = sa.Table(
    "tickets",
    metadata,
    _id(),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("instance", sa.Text, nullable=False),
    sa.Column("external_id", sa.Text, nullable=False),
    # What follows is what the last fold said; the facts are the truth, these columns serve lists and searches.
    sa.Column("key", sa.Text, nullable=False, default="", server_default=""),
    sa.Column("summary", sa.Text, nullable=False, default="", server_default=""),
    sa.Column("status", sa.Text, nullable=False, default="", server_default=""),
    sa.Column("customer", sa.Text),
    sa.Column("priority", sa.Text),
    sa.Column("provisional", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("reason", sa.Text, nullable=False, default="", server_default=""),
    sa.Column("flags", sa.JSON, nullable=False, default=list, server_default="[]"),
    sa.Column("open", sa.Boolean, nullable=False, default=True, server_default=sa.true()),
    sa.Column("created_at", Instant),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("folded_at", Instant),
    # These two no fold makes: the labels that we last asked for, and what the source's own SLA engine says.
    sa.Column("labels", sa.JSON, nullable=False, default=list, server_default="[]"),
    sa.Column("source_clocks", sa.JSON, nullable=False, default=list, server_default="[]"),
    # The ticket in which one that a mail has opened goes on: the clocks run on that one.
    sa.Column("goes_on_in", sa.ForeignKey("tickets.id"), index=True),
    sa.UniqueConstraint("source", "instance", "external_id"),
    sa.Index("ix_tickets_key", "instance", "key"),
    sa.Index("ix_tickets_open", "open", "priority", "created_at"),
    sqlite_autoincrement=True,
)

facts = sa.Table(
    "facts",
    metadata,
    _id(),
    _ticket(),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("actor_id", sa.Text, nullable=False),
    sa.Column("actor_name", sa.Text, nullable=False),
    sa.Column("actor_role", sa.Text, nullable=False),
    sa.Column("public", sa.Boolean),
    sa.Column("values", sa.JSON, nullable=False),
    sa.Column("before", sa.JSON, nullable=False),
    sa.Column("texts", sa.JSON, nullable=False),  # name -> digest of a row in `texts`
    sa.Column("origin", sa.Text, nullable=False),
    sa.Column("final", sa.Boolean, nullable=False, default=False, server_default=sa.false()),
    sa.Column("received_at", Instant, nullable=False),
    sa.UniqueConstraint("ticket_id", "key"),
    sqlite_autoincrement=True,
)

# The words of people lie apart from the facts, so that they can be erased and the clocks still stand.
texts = sa.Table(
    "texts",
    metadata,
    sa.Column("ticket_id", sa.ForeignKey("tickets.id"), primary_key=True),
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)

# What became of every mail. The raw message lies in the inbox; the words that count lie with the ticket's facts.
mails = sa.Table(
    "mails",
    metadata,
    _id(),
    sa.Column("inbox_id", sa.ForeignKey("inbox.id"), nullable=False, index=True),
    sa.Column("digest", sa.Text, nullable=False, index=True),  # of what it says, whichever way it came
    sa.Column("message_id", sa.Text, nullable=False, index=True),
    sa.Column("thread", sa.JSON, nullable=False),  # Message-IDs of the mails that it answers
    sa.Column("sender", sa.Text, nullable=False),
    sa.Column("sender_name", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("customer", sa.Text),  # whose it says it is
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("fate", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("aligned", sa.Boolean, nullable=False),
    sa.Column("proof", sa.JSON, nullable=False),
    sa.Column("attachments", sa.JSON, nullable=False),
    sa.Column("received_at", Instant, nullable=False),
    sa.Column("answerable", sa.Boolean, nullable=False),  # its author is proved, and no robot
    sa.Column("confirm_to", sa.Text),  # the contact on file who was asked whether it is theirs
    sa.Column("decided_at", Instant),  # a held one, by a human
    sa.Column("decided_by", sa.Text),
    _ticket(nullable=True),
    sa.Index("ix_mails_sender", "sender", "received_at"),
    sa.Index("ix_mails_fate", "fate", "received_at"),
    sa.Index("ix_mails_received", "received_at"),
    sqlite_autoincrement=True,
)

# Whose mail an address is, as people have taught us; the documents come first.
taught_senders = sa.Table(
    "taught_senders",
    metadata,
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("customer", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

decisions = sa.Table(
    "decisions",
    metadata,
    _id(),
    _ticket(),
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("caused_at", Instant, nullable=False),
    sa.Column("decided_at", Instant, nullable=False),
    sa.Column("priority", sa.Text, nullable=False),
    sa.Column("requested", sa.Text, nullable=False),
    sa.Column("provisional", sa.Boolean, nullable=False),
    sa.Column("production", sa.Text, nullable=False),
    sa.Column("workaround", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("flags", sa.JSON, nullable=False),
    sa.Column("evidence", sa.JSON, nullable=False),
    sa.Column("suggestion", sa.Text),
    sa.Column("policy", sa.Text, nullable=False),
    sa.Column("author", sa.Text, nullable=False),
    sa.Column("config_version", sa.Integer, nullable=False),
    sa.Column("shadow", sa.Boolean, nullable=False, server_default=sa.false()),  # of a policy that only looks on
    sqlite_autoincrement=True,
)

clocks = sa.Table(
    "clocks",
    metadata,
    _id(),
    _ticket(),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("cycle", sa.Integer, nullable=False),
    sa.Column("began_by", sa.Text, nullable=False),
    sa.Column("contract", sa.Text, nullable=False),
    sa.Column("priority", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("due_at", Instant),
    sa.Column("stopped_at", Instant),
    sa.Column("breached_at", Instant),
    sa.Column("elapsed_seconds", sa.BigInteger, nullable=False),
    sa.Column("remaining_seconds", sa.BigInteger),
    sa.Column("overrun_seconds", sa.BigInteger, nullable=False),
    sa.Column("measured_at", Instant, nullable=False),
    sa.UniqueConstraint("ticket_id", "metric", "cycle"),
    sa.Index("ix_clocks_settled", "breached_at", "stopped_at"),
    sqlite_autoincrement=True,
)

# The log of what was told about clocks. Keyed by the fact that began the cycle, never by the cycle's number,
# which late facts shift.
notices = sa.Table(
    "notices",
    metadata,
    _id(),
    _ticket(),
    sa.Column("metric", sa.Text, nullable=False),
    sa.Column("began_by", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("fraction", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("told_at", Instant, nullable=False),
    sa.Column("told", sa.Boolean, nullable=False),
    sa.Column("people", sa.JSON, nullable=False, default=list, server_default="[]"),  # who was told
    sa.Column("reason", sa.Text, nullable=False, default="", server_default=""),
    sa.UniqueConstraint("ticket_id", "metric", "began_by", "kind", "fraction"),
    sqlite_autoincrement=True,
)

# The breaches that a lead has taken out of the statement, keyed as notices are; the audit keeps what was taken back.
exclusions = sa.Table(
    "exclusions",
    metadata,
    sa.Column("ticket_id", sa.ForeignKey("tickets.id"), primary_key=True),
    sa.Column("metric", sa.Text, primary_key=True),
    sa.Column("began_by", sa.Text, primary_key=True),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("at", Instant, nullable=False),
)

# What was told about a month, for ever; a restatement is a new version. `customer` is empty for all of them together.
statements = sa.Table(
    "statements",
    metadata,
    _id(),
    sa.Column("customer", sa.Text, nullable=False),
    sa.Column("month", sa.Date, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("report", sa.Text, nullable=False),  # JSON, as it was told
    sa.Column("cycles", sa.LargeBinary, nullable=False),  # the rows of its sheet: JSON, packed by zlib
    sa.Column("frozen_at", Instant, nullable=False),
    sa.Column("frozen_by", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.UniqueConstraint("customer", "month", "version"),
    sqlite_autoincrement=True,
)

incidents = sa.Table(
    "incidents",
    metadata,
    _id(),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("customer", sa.Text),
    sa.Column("policy", sa.Text, nullable=False),
    sa.Column("priority", sa.Text, nullable=False, server_default="P0"),  # the most urgent that it has paged for
    sa.Column("config_version", sa.Integer, nullable=False),
    sa.Column("observed", sa.Boolean, nullable=False),
    sa.Column("triggered_at", Instant, nullable=False),
    sa.Column("active_since", Instant, nullable=False),  # later than triggered_at once an acknowledgement expired
    sa.Column("reason", sa.Text, nullable=False, default="", server_default=""),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("next_step_at", Instant),
    sa.Column("held", sa.Boolean, nullable=False, default=False, server_default=sa.false()),  # until next_step_at
    sa.Column("given_to", sa.Text),  # who is paged before the first step
    sa.Column("told_at", Instant),  # when responders last heard of tickets that it holds
    sa.Column("acknowledged_at", Instant),
    sa.Column("acknowledged_by", sa.Text),
    sa.Column("resolved_at", Instant),
    sa.Column("resolved_by", sa.Text),
    sa.Index("ix_incidents_state", "state"),
    sqlite_autoincrement=True,
)

incident_tickets = sa.Table(
    "incident_tickets",
    metadata,
    sa.Column("incident_id", sa.ForeignKey("incidents.id"), primary_key=True),
    sa.Column("ticket_id", sa.ForeignKey("tickets.id"), primary_key=True, index=True),
    # The fact that asked for the response; it asks once, also when it is judged again after the incident ended.
    sa.Column("cause", sa.Text, nullable=False),
    sa.Column("joined_at", Instant, nullable=False),
    sa.Column("told_at", Instant),  # when responders heard that the incident holds it
    sa.Column("left_at", Instant),  # split off into an incident of its own
    sa.UniqueConstraint("ticket_id", "cause"),
)

# Asked for by an engineer: somebody at the customer is needed. Its pages stand in the same ledger as an incident's.
customer_pages = sa.Table(
    "customer_pages",
    metadata,
    _id(),
    _ticket(),
    sa.Column("customer", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),  # told to the contact
    sa.Column("override_reason", sa.Text),  # why contacts are paged outside their hours; not told to them
    sa.Column("observed", sa.Boolean, nullable=False),
    sa.Column("asked_by", sa.Text, nullable=False),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("next_contact_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("ended_by", sa.Text),  # the contact who answered, or whoever cancelled it
    sqlite_autoincrement=True,
)

pages = sa.Table(
    "pages",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    # A page belongs to one of the two.
    sa.Column("incident_id", sa.ForeignKey("incidents.id"), index=True),
    sa.Column("customer_page_id", sa.ForeignKey("customer_pages.id"), index=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("round", sa.Integer, nullable=False),
    sa.Column("step", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("paged_at", Instant, nullable=False),
    sa.Column("deadline_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Index("ix_pages_paged", "paged_at", "id"),
)

# What a paging provider has opened for a page, by the provider's own id.
provider_incidents = sa.Table(
    "provider_incidents",
    metadata,
    sa.Column("gateway", sa.Text, primary_key=True),
    sa.Column("incident", sa.Text, primary_key=True),
    sa.Column("page_id", sa.ForeignKey("pages.id"), nullable=False),
)

outbox = sa.Table(
    "outbox",
    metadata,
    _id(),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("page_id", sa.ForeignKey("pages.id"), index=True),
    _ticket(nullable=True),
    sa.Column("person", sa.Text, nullable=False),
    sa.Column("method", sa.Integer, nullable=False),
    sa.Column("gateway", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("key", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("deadline_at", Instant, nullable=False),
    sa.Column("settled_at", Instant),
    # Message-IDs of the mails that this one answers, the oldest first; null for what is no answer.
    sa.Column("answers", sa.JSON(none_as_null=True)),
    sa.Column("statement_id", sa.ForeignKey("statements.id")),  # goes with it as a file
    *_lease(),
    sa.UniqueConstraint("key", "method"),
    sa.Index("ix_outbox_due", "state", "due_at"),
    sa.Index("ix_outbox_lane", "gateway", "address", "state"),
    sqlite_autoincrement=True,
)

attempts = sa.Table(
    "attempts",
    metadata,
    _id(),
    sa.Column("outbox_id", sa.ForeignKey("outbox.id"), nullable=False, index=True),
    sa.Column("token", sa.Text, nullable=False),
    sa.Column("started_at", Instant, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("outcome", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False, default="", server_default=""),
    sqlite_autoincrement=True,
)

timers = sa.Table(
    "timers",
    metadata,
    _id(),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("due_at", Instant, nullable=False, index=True),
    sa.Column("attempts", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("reason", sa.Text, nullable=False, default="", server_default=""),
    sqlite_autoincrement=True,
)

# Work that the whole cluster does once at a time, such as a sweep; `data` is what the next run has to know.
jobs = sa.Table(
    "jobs",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("data", sa.JSON, nullable=False),
    sa.Column("started_at", Instant),
    sa.Column("ended_at", Instant),
    *_lease(),
    sqlite_autoincrement=True,
)

# Changes to who is on call, in the order in which they act. Kept for ever: a removed one acts until its removal.
overrides = sa.Table(
    "overrides",
    metadata,
    _id(),
    sa.Column("schedule", sa.Text, nullable=False),
    sa.Column("starts_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("person", sa.Text),
    sa.Column("replaces", sa.Text),
    sa.Column("adds", sa.Boolean, nullable=False),
    sa.Column("swaps", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("removed_at", Instant),
    sa.Column("removed_by", sa.Text),
    sa.Index("ix_overrides_schedule", "schedule", "ends_at"),
    sqlite_autoincrement=True,
)

# Planned work, in which what is less than a P0 pages nobody. One that was ended early keeps its planned end.
maintenance = sa.Table(
    "maintenance",
    metadata,
    _id(),
    sa.Column("customer", sa.Text),  # null: everybody's
    sa.Column("starts_at", Instant, nullable=False),
    sa.Column("ends_at", Instant, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("ended_at", Instant),
    sa.Column("ended_by", sa.Text),
    sa.Index("ix_maintenance_ends", "ends_at"),
    sqlite_autoincrement=True,
)

# Contact methods that have taken a page or a test page. A changed address is another method.
tested_methods = sa.Table(
    "tested_methods",
    metadata,
    sa.Column("person", sa.Text, primary_key=True),
    sa.Column("gateway", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, primary_key=True),
    sa.Column("tested_at", Instant, nullable=False),
)

# Secret addresses under which calendars are read; only the secret's hash is stored.
feeds = sa.Table(
    "feeds",
    metadata,
    _id(),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Column("revoked_by", sa.Text),
    sqlite_autoincrement=True,
)

config_versions = sa.Table(
    "config_versions",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("files", sa.JSON, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("applied_at", Instant, nullable=False),
    sa.Column("applied_by", sa.Text, nullable=False),
)

# Contracts and policies as they were when first applied, with their calendars and holidays resolved. Immutable.
variants = sa.Table(
    "variants",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("source", sa.JSON, nullable=False),
    sa.Column("resolved", sa.JSON, nullable=False),
    sa.Column("config_version", sa.Integer, nullable=False),
    sa.Column("applied_at", Instant, nullable=False),
)

accounts = sa.Table(
    "accounts",
    metadata,
    _id(),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("password", sa.Text),  # its Argon2 hash; null for who signs in otherwise
    sa.Column("identity", sa.Text, unique=True),  # issuer and subject at the OpenID provider
    sa.Column(
        "epoch", sa.Integer, nullable=False, default=0, server_default="0"
    ),  # sessions of an older one are over
    sa.Column("failures", sa.Integer, nullable=False, default=0, server_default="0"),  # wrong passwords in a row
    sa.Column("locked_until", Instant),
    sa.Column("signed_in_at", Instant),
    sa.Column("disabled_at", Instant),
    sqlite_autoincrement=True,
)

# By what programs prove who they are; only the hash is stored.
api_tokens = sa.Table(
    "api_tokens",
    metadata,
    _id(),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", Instant, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("revoked_at", Instant),
    sa.Column("revoked_by", sa.Text),
    sa.Column("role", sa.Text, nullable=False, server_default="responder"),
    sa.Column("expires_at", Instant),
    sa.Column("used_at", Instant),
    sqlite_autoincrement=True,
)

signin_links = sa.Table(
    "signin_links",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("accounts.id"), nullable=False),
    sa.Column("expires_at", Instant, nullable=False),
    sa.Column("used_at", Instant),
)

audit = sa.Table(
    "audit",
    metadata,
    _id(),
    sa.Column("at", Instant, nullable=False),
    sa.Column("who", sa.Text, nullable=False),
    sa.Column("act", sa.Text, nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("before", sa.JSON),
    sa.Column("after", sa.JSON),
    sa.Index("ix_audit_subject", "subject"),
    sa.Index("ix_audit_at", "at"),
    sqlite_autoincrement=True,
)
