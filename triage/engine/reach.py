"""Reaches people: who is behind a target, a page's contact methods in their order, and notices."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from sqlalchemy.engine import Connection

from triage.domain.configuration import Configuration, Person
from triage.domain.consent import may_page
from triage.domain.escalation import PageState, Target, TargetKind, next_method
from triage.engine import consult
from triage.engine.context import Work
from triage.ports import Settles
from triage.store import customer_pages, incidents, outbox, timers
from triage.store.incidents import Page
from triage.store.outbox import OutboxKind, OutboxState
from triage.store.timers import TimerKind

#: A notice nobody could deliver for this long is out of date.
NOTICE_LIFE = timedelta(hours=6)


def responders(work: Work, target: Target) -> tuple[str, ...]:
    """Who is reached through a target now; people without a contact method are not.

    A schedule that is gone reaches nobody, so that an incident older than its removal goes on.
    """
    match target.kind:
        case TargetKind.PERSON:
            names: tuple[str, ...] = (target.name,)
        case TargetKind.CHANNEL:
            names = (str(target),)
        case TargetKind.SCHEDULE:
            names = consult.people(work.conn, work.config, target.name, work.now)
    return tuple(name for name in names if can_be_paged(work.config, name))


def can_be_paged(config: Configuration, name: str) -> bool:
    """Whether that person or channel is known and has a contact method."""
    responder = config.responder(name)
    return responder is not None and bool(responder.methods)


def people_behind(work: Work, targets: Iterable[Target]) -> tuple[str, ...]:
    """Everybody who is reached through any of the targets now, once each."""
    return tuple(dict.fromkeys(name for target in targets for name in responders(work, target)))


def contact(work: Work, page: Page, text: tuple[str, str], ticket_id: int, *, observed: bool) -> bool:
    """Queue the page for the responder's next contact method; False if all of them are in use already."""
    person = _addressee(work, page)
    used = [method for method, _, _ in outbox.of_page(work.conn, page.id)]
    index = next_method(person.methods, used) if person else None
    if person is None or index is None:
        return False
    method = person.methods[index]
    outbox.put(
        work.conn,
        kind=OutboxKind.PAGE,
        key=page.id,
        person=page.person,
        method=index,
        gateway=method.gateway,
        address=person.address_of(method),
        subject=text[0],
        body=text[1],
        deadline_at=page.deadline_at,
        now=work.now,
        observed=observed,
        page_id=page.id,
        ticket_id=ticket_id,
    )
    if next_method(person.methods, [*used, index]) is not None:
        timers.arm(work.conn, TimerKind.NEXT_METHOD, page.id, work.now + method.wait)
    return True


def _addressee(work: Work, page: Page) -> Person | None:
    """Whom the page is for; None if the documents name them no more, or if it is a contact whose hours are over."""
    if page.customer_page_id is None:
        return work.config.responder(page.person)
    asked, one = customer_pages.get(work.conn, page.customer_page_id), work.config.contacts.get(page.person)
    if asked is None or one is None:
        return None
    return one.paged_as if asked.override_reason is not None or may_page(one, work.now) else None


def next_contact(work: Work, page: Page) -> bool:
    """Repeat the page over the responder's next contact method, in the words of the first."""
    first = outbox.first_of_page(work.conn, page.id)
    if page.state is not PageState.OPEN or first is None:
        return False
    observed = first["state"] == OutboxState.OBSERVED
    return contact(work, page, (first["subject"], first["body"]), first["ticket_id"], observed=observed)


def hold(conn: Connection, page: Page) -> None:
    """Lock what the page belongs to until the transaction ends, so that only one move is made at a time."""
    if page.incident_id is not None:
        incidents.get(conn, page.incident_id)
    if page.customer_page_id is not None:
        customer_pages.locked(conn, page.customer_page_id)


def end(work: Work, page: Page, state: PageState, reason: str) -> None:
    """Give the page its end state, and call back what is not sent yet."""
    incidents.end_page(work.conn, page.id, state, reason, work.now)
    outbox.cancel_page(work.conn, page.id, reason, work.now)
    timers.disarm(work.conn, TimerKind.NEXT_METHOD, page.id)


def notify(
    work: Work,
    people: Iterable[str],
    key: str,
    text: tuple[str, str],
    *,
    observed: bool,
    ticket_id: int | None = None,
    kind: OutboxKind = OutboxKind.NOTICE,
) -> None:
    """Queue a notice, which asks for no answer, for each of the people; once for each key."""
    for name in dict.fromkeys(people):
        person = work.config.responder(name)
        if person is None or not person.methods or outbox.queued(work.conn, f"{key}/{name}"):
            continue
        index = _method_for_notices(work, person)
        method = person.methods[index]
        outbox.put(
            work.conn,
            kind=kind,
            key=f"{key}/{name}",
            person=name,
            method=index,
            gateway=method.gateway,
            address=person.address_of(method),
            subject=text[0],
            body=text[1],
            deadline_at=work.now + NOTICE_LIFE,
            now=work.now,
            observed=observed,
            ticket_id=ticket_id,
        )


def _method_for_notices(work: Work, person: Person) -> int:
    """The index of the first contact method that does not ask for an answer; the first one if all of them do."""
    gateways = [work.context.gateways.get(method.gateway) for method in person.methods]
    return next((index for index, gateway in enumerate(gateways) if not isinstance(gateway, Settles)), 0)


def tell_operators(work: Work, key: str, text: tuple[str, str]) -> None:
    """Queue a notice about the service itself for whoever hears of notices."""
    people = people_behind(work, work.config.notices_to)
    notify(work, people, key, text, observed=work.config.observe_only)
