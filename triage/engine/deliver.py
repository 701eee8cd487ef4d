"""Sends what the outbox holds: records the attempt, commits, calls the gateway, settles what came of it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy.engine import Connection

from triage.domain.address_tags import TagKind
from triage.domain.escalation import next_retry
from triage.domain.writes import CreateTicket, Write
from triage.engine import mail_tickets, messages, reach, reports
from triage.engine.context import Clock, Context, Work
from triage.engine.fail_over import fail_over
from triage.ports import Attachment, Delivered, Gateway, Message, Outcome, Rejected, Retry, Settlement, Settles
from triage.store import incidents, outbox, statements, tested, tickets
from triage.store.outbox import LEASE, Delivery, OutboxKind, OutboxState
from triage.telemetry import ATTEMPTS, RECEIVED_TO_SENT, log, report_failure

#: The lease of writes into a ticket source, which may take 15 s.
WRITE_LEASE = timedelta(seconds=25)
#: What is sent as urgent; where it was taken, the contact method works.
PAGES = {OutboxKind.PAGE, OutboxKind.TEST, OutboxKind.ANSWER}
#: How many messages are on their way over one gateway at a time. One that hangs keeps each for its deadline of 5 s,
#: so it takes as many to let a storm of pages find out at once that they need the next contact method.
WIDTH = 32
#: The same for writes, which no second way is waiting for.
WRITE_WIDTH = 8


class Deliverer:
    """Keeps some messages on their way over each gateway at a time, so that a dead one holds up no other."""

    def __init__(self, context: Context, clock: Clock, executor_for: Callable[[str], Executor]) -> None:
        self._context = context
        self._clock = clock
        self._sinks = {outbox.write_gateway(instance): sink for instance, sink in context.sinks.items()}
        names = [*context.gateways, *self._sinks]
        self._executors = {name: executor_for(name) for name in names}
        self._flying = dict.fromkeys(names, 0)
        self._lock = Lock()

    def deliver_due(self, now: datetime) -> int:
        """Claim what is due and hand it to the gateways; returns how many messages were claimed."""
        claimed = 0
        with self._context.database.read() as conn:
            waiting = outbox.due_gateways(conn, now)
        for gateway in waiting & self._executors.keys():
            lease, width = (WRITE_LEASE, WRITE_WIDTH) if gateway in self._sinks else (LEASE, WIDTH)
            with self._lock:
                free = width - self._flying[gateway]
            if free <= 0:
                continue
            with self._context.database.write() as conn:
                batch = outbox.claim(conn, gateway, now, lease, free)
            for delivery in batch:
                with self._lock:
                    self._flying[gateway] += 1
                self._executors[gateway].submit(self._attempt, delivery)
            claimed += len(batch)
        return claimed + self._reject_unknown(waiting - self._executors.keys(), now)

    def _reject_unknown(self, names: set[str], now: datetime) -> int:
        """A gateway that is not set up here rejects, so that the next contact method is tried at once."""
        batch: list[Delivery] = []
        for name in names:
            with self._context.database.write() as conn:
                batch += outbox.claim(conn, name, now, LEASE, WIDTH)
        for delivery in batch:
            reason = f"the gateway {delivery.gateway} is not set up: see docs/configuration.md"
            settle(self._context, delivery, Rejected(reason), now)
        return len(batch)

    def _attempt(self, delivery: Delivery) -> None:
        """One attempt, from the claimed row to the settled one. Runs on the gateway's own threads."""
        try:
            outcome = self._write(delivery) if delivery.kind is OutboxKind.WRITE else self._send(delivery)
            settle(self._context, delivery, outcome, self._clock())
        except Exception as error:  # noqa: BLE001 - the thread's edge; the lease brings the message back
            report_failure("deliver", error)
        finally:
            with self._lock:
                self._flying[delivery.gateway] -= 1

    def _write(self, delivery: Delivery) -> Outcome:
        tried_since = delivery.created_at if delivery.attempts > 1 else None
        action = outbox.action_of(delivery)
        issue = "" if isinstance(action, CreateTicket) else delivery.address
        write = Write(delivery.key, issue, action, tried_since)
        try:
            return self._sinks[delivery.gateway].write(write)
        except Exception as error:  # noqa: BLE001 - a client's bug must not look like silence
            report_failure(f"sink {delivery.gateway}", error)
            return Retry(f"{type(error).__name__} in the client")

    def _send(self, delivery: Delivery) -> Outcome:
        gateway = self._context.gateways[delivery.gateway]
        address: str | None = delivery.address
        if delivery.address.startswith("env:"):
            address = self._context.secret(delivery.address.removeprefix("env:"))
        if address is None:
            return Rejected(f"{delivery.address.removeprefix('env:')} is not set in the environment")
        urgent = delivery.kind in PAGES
        try:
            if delivery.kind is OutboxKind.SETTLE:
                return _settle_at(gateway, delivery, address)
            return gateway.send(
                Message(
                    delivery.key,
                    address,
                    delivery.subject,
                    delivery.body,
                    urgent,
                    answers=delivery.answers,
                    reply_to=self._reply_to(delivery),
                    attachments=self._attachments(delivery),
                )
            )
        except Exception as error:  # noqa: BLE001 - a gateway's bug must not look like silence
            report_failure(f"gateway {gateway.name}", error)
            return Retry(f"{type(error).__name__} in the gateway")

    def _attachments(self, delivery: Delivery) -> tuple[Attachment, ...]:
        """What goes with the message as files: made now, from what was frozen, and so the same on every attempt."""
        if delivery.statement_id is None or self._context.printer is None:
            return ()
        with self._context.database.read() as conn:
            told = statements.with_id(conn, delivery.statement_id)
            rows = statements.cycles(conn, told.customer, told.month, told.version)
        return self._context.printer(reports.edition(told), rows)

    def _reply_to(self, delivery: Delivery) -> str:
        """Where an answer by mail is received: a page's own address acknowledges it; empty where we receive none."""
        post = self._context.post
        if post is None or delivery.kind not in (OutboxKind.PAGE, OutboxKind.REPLY):
            return ""
        with self._context.database.read() as conn:
            mailboxes = self._context.configurations.current(conn).mail.mailboxes
        if not mailboxes or delivery.page_id is None:
            return next(iter(mailboxes), "")
        return post.tags.address(mailboxes[0], TagKind.ACKNOWLEDGE, delivery.page_id)


def _settle_at(gateway: Gateway, delivery: Delivery, address: str) -> Outcome:
    """Tell the provider what has become of a page that it may hold."""
    if not isinstance(gateway, Settles) or delivery.page_id is None:
        return Rejected(f"the gateway {gateway.name} has nothing to settle")
    return gateway.settle(delivery.page_id, address, Settlement(delivery.subject))


def settle(context: Context, delivery: Delivery, outcome: Outcome, now: datetime) -> None:
    """Commit what came of an attempt, and at once whatever has to follow from a failure."""
    with context.database.write() as conn:
        page = incidents.get_page(conn, delivery.page_id) if delivery.page_id else None
        if page is not None:
            reach.hold(conn, page)  # only one delivery of an incident or a customer page settles at a time
        name, reason = type(outcome).__name__.lower(), getattr(outcome, "reason", "")
        outbox.end_attempt(conn, delivery, name, reason, now)
        held = _settle(conn, delivery, outcome, now)
        ATTEMPTS.labels(delivery.gateway, name).inc()
        fields = {"person": delivery.person, "key": delivery.key, "attempt": delivery.attempts}
        log.info("attempt ended", gateway=delivery.gateway, outcome=name, reason=reason, **fields)
        if held and delivery.kind is OutboxKind.WRITE:
            _follow_write(context.work(conn, now), delivery, outcome)
        if delivery.kind in PAGES and isinstance(outcome, Delivered):
            tested.record(conn, delivery.person, delivery.gateway, delivery.address, now)
        if not held or page is None or delivery.kind is not OutboxKind.PAGE:
            return
        if isinstance(outcome, Delivered):
            RECEIVED_TO_SENT.observe((now - page.paged_at).total_seconds())
            return
        fail_over(context.work(conn, now), page)


def _settle(conn: Connection, delivery: Delivery, outcome: Outcome, now: datetime) -> bool:
    match outcome:
        case Delivered(reference):
            return outbox.settle(conn, delivery, OutboxState.DELIVERED, reference, now)
        case Rejected(reason):
            return outbox.settle(conn, delivery, OutboxState.REJECTED, reason, now)
        case Retry(reason, after):
            due = now + next_retry(delivery.attempts, after)
            if due >= delivery.deadline_at:
                return outbox.settle(conn, delivery, OutboxState.EXPIRED, reason, now)
            return outbox.postpone(conn, delivery, due, reason)


def _follow_write(work: Work, delivery: Delivery, outcome: Outcome) -> None:
    """Tell a human of what was refused; a ticket that a mail has asked for is known from now on."""
    if isinstance(outcome, Rejected):
        _tell_refused(work, delivery, outcome)
    if delivery.subject == CreateTicket.__name__:
        mail_tickets.opened(work, delivery, outcome)


def _tell_refused(work: Work, delivery: Delivery, outcome: Rejected) -> None:
    """Nobody waits for a write as for a page, so a human is told that there is something to mend, once an hour."""
    key = tickets.by_id(work.conn, delivery.ticket_id).ref.key if delivery.ticket_id else delivery.address
    text = messages.write_failed_notice(key, delivery.subject, outcome.reason)
    reach.tell_operators(work, f"write-refused/{work.now:%Y-%m-%dT%H}", text)
