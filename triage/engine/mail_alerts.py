"""A monitoring system's alert is one ticket, by its key: it opens, is resolved, and opens again."""

from __future__ import annotations

from datetime import datetime

from triage.domain.mail import Alert, AlertState, Mail
from triage.domain.mail_content import answers_of_rule, closing, opening, reopening, reply, writer
from triage.domain.ticket import Role, TicketRef
from triage.engine import mail_tickets
from triage.engine.context import Work
from triage.engine.sources import MAIL
from triage.store import incidents, tickets

#: Where the tickets of alerts are, apart from those that people have opened by mail.
ALERTS = "alerts"


def is_answered_for(work: Work, alert: Alert) -> bool:
    """Whether somebody is called for the alert now. Its ticket, if it has one, is locked from here on."""
    known = tickets.find(work.conn, _ref(alert))
    if known is None:
        return False
    tickets.locked_by_id(work.conn, known)
    return incidents.open_for_ticket(work.conn, known) is not None


def bring_in_line(
    work: Work,
    mail_id: int,
    mail: Mail,
    alert: Alert,
    state: AlertState | None,
    customer: str | None,
    at: datetime,
) -> int:
    """Give the alert the state that a mail tells, or leave it with None; returns the number of its ticket."""
    actor, known = writer(mail, Role.ROBOT), tickets.find(work.conn, _ref(alert))
    if known is None:
        rule = work.config.mail.alert_named(alert.rule)
        assert rule is not None  # noqa: S101 - it was sorted by a rule of this configuration
        facts = opening(mail, actor, rule.customer or customer, rule.priority, at)
        return mail_tickets.open_ticket(work, mail_id, _ref(alert, f"M-{mail_id}"), [*facts, answers_of_rule(at)])
    facts = [reply(mail, actor, mail_id, at)]
    if state is AlertState.FIRING:
        facts += reopening(actor, mail_id, at, closed=not tickets.is_open(work.conn, known))
    elif state is AlertState.RESOLVED:
        facts += [closing(actor, f"mail/{mail_id}", "the monitoring system says that it is resolved", at)]
    return mail_tickets.open_ticket(work, mail_id, tickets.by_id(work.conn, known).ref, facts)


def _ref(alert: Alert, key: str = "") -> TicketRef:
    return TicketRef(MAIL, ALERTS, f"{alert.rule}/{alert.key}", key)
