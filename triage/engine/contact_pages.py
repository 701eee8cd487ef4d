"""Pages a customer's contacts for an engineer who needs them, until one answers or nobody is left; audited."""

from __future__ import annotations

from sqlalchemy.engine import Connection

from triage.domain.configuration import Configuration, Contact, Customer, Person
from triage.domain.consent import may_page
from triage.domain.customer_page import CustomerPageState, line_up, next_contact, patience
from triage.domain.escalation import PageState, Position
from triage.domain.explain import utc
from triage.engine import contact_messages, reach
from triage.engine.contact_messages import Letter, View
from triage.engine.context import Context, Work
from triage.engine.fold import Folded, fold
from triage.engine.respond import NotPossible
from triage.store import audit, customer_pages, incidents, queries, tickets, timers
from triage.store.customer_pages import CustomerPage
from triage.store.incidents import Page
from triage.store.outbox import OutboxKind
from triage.store.timers import TimerKind
from triage.telemetry import PAGES, log


def request(
    work: Work, ticket_id: int, reason: str, who: str, via: str, override_reason: str | None = None
) -> CustomerPage:
    """Page the first contact of the ticket's customer who may be paged now; with an override's reason, the first.

    Raises NotPossible.
    """
    reason, override = reason.strip(), (override_reason or "").strip() or None
    if not reason:
        raise NotPossible("Say what you need: the contact reads it.")
    tickets.locked_by_id(work.conn, ticket_id)
    known = customer_pages.open_for_ticket(work.conn, ticket_id)
    if known is not None:
        raise NotPossible(
            f"Customer page {known.id} is open: {known.asked_by} asked for it {utc(known.asked_at)}. Cancel it first."
        )
    customer = _customer(fold(work.conn, work.config, ticket_id, work.now))
    _must_be_reachable(work, customer, overridden=override is not None)
    number = customer_pages.add(
        work.conn,
        ticket_id,
        customer.name,
        reason,
        override,
        who,
        work.now,
        observed=work.config.observes(customer),
    )
    asked = _locked(work, number)
    _audit(work, asked, "request", who, reason, {"via": via, **({"override": override} if override else {})})
    advance(work, asked)
    return _locked(work, number)


def _customer(folded: Folded) -> Customer:
    if not folded.timeline.open:
        raise NotPossible("The ticket is closed: nobody is paged for it.")
    if folded.customer is None:
        raise NotPossible("Nobody knows whose ticket this is, so there is no contact to page.")
    return folded.customer


def _must_be_reachable(work: Work, customer: Customer, *, overridden: bool) -> None:
    line = line_up(customer.contacts, work.now)
    if not line:
        raise NotPossible(
            f"Nobody at {customer.display_name} has agreed to be paged: no contact of {customer.name} in"
            " config/customers.yaml has `paging`."
        )
    if next_contact(customer.contacts, (), work.now, overridden=overridden) is None:
        openings = "; ".join(contact_messages.opening(person, opens, work.now) for person, opens in line)
        raise NotPossible(
            f"Nobody at {customer.display_name} has agreed to be paged at this hour: {openings}."
            " If it cannot wait, override that with a reason, which the audit keeps."
        )


def advance(work: Work, asked: CustomerPage) -> None:
    """Page the next contact; where nobody is left, it ends unanswered, and the engineer is told."""
    if asked.state is not CustomerPageState.OPEN:
        return
    contacts = _contacts(work.config, asked)
    paged = [page.person for page in customer_pages.pages_so_far(work.conn, asked.id)]
    contact = next_contact(contacts, paged, work.now, overridden=asked.override_reason is not None)
    if contact is None or contact.paged_as is None:
        _give_up(work, asked, paged)
    else:
        _page(work, asked, contact, contact.paged_as, len(paged))


def _contacts(config: Configuration, asked: CustomerPage) -> tuple[Contact, ...]:
    """Whom the customer names now; nobody, if the documents name the customer no more."""
    customer = config.customers.get(asked.customer)
    return customer.contacts if customer else ()


def _page(work: Work, asked: CustomerPage, contact: Contact, person: Person, place: int) -> None:
    until = work.now + patience(person)
    page_id = incidents.add_page(
        work.conn,
        None,
        person.name,
        Position(0, place),
        f"asked for by {asked.asked_by}",
        until,
        work.now,
        customer_page_id=asked.id,
    )
    PAGES.inc()
    log.info("contact paged", customer_page=asked.id, ticket=asked.ticket_id, person=person.name)
    customer_pages.update(work.conn, asked.id, next_contact_at=until)
    timers.arm(work.conn, TimerKind.NEXT_CONTACT, asked.id, until)
    page = incidents.get_page(work.conn, page_id)
    assert page is not None  # noqa: S101 - it was just added
    link, outside = work.context.links.contact(page_id), not may_page(contact, work.now)
    text = contact_messages.page(_letter(work.conn, work.config, asked), link, outside=outside)
    reach.contact(work, page, text, asked.ticket_id, observed=asked.observed)


def undelivered(work: Work, page: Page) -> None:
    """No channel took a contact's page: the next contact is paged now, unless that has happened already."""
    assert page.customer_page_id is not None  # noqa: S101 - it is a contact's
    asked = _locked(work, page.customer_page_id)
    if customer_pages.pages_so_far(work.conn, asked.id)[-1].id == page.id:
        advance(work, asked)


def _give_up(work: Work, asked: CustomerPage, paged: list[str]) -> None:
    _end(work, asked, CustomerPageState.UNANSWERED, None)
    for page in customer_pages.open_pages(work.conn, asked.id):
        reach.end(work, page, PageState.UNANSWERED, "nobody answered")
    log.warning("customer page unanswered", customer_page=asked.id, ticket=asked.ticket_id)
    left = [one for one in line_up(_contacts(work.config, asked), work.now) if one[0].name not in paged]
    letter = _letter(work.conn, work.config, asked)
    names = [_called(work.config, name) for name in paged]
    text = contact_messages.unanswered_notice(
        letter, names, left, work.now, work.context.links.ticket(asked.ticket_id)
    )
    _tell(work, asked, text, OutboxKind.NOTICE)


def answer(work: Work, page_id: str, via: str = "link") -> None:
    """The contact to whom the link was sent is there: nobody else is paged, and the engineer is told at once.

    A second touch changes nothing, nor does that of a contact who comes after another one. Raises NotPossible if
    there is no such page, or if it is over without an answer, because the link ends with it.
    """
    page = incidents.get_page(work.conn, page_id)
    if page is None or page.customer_page_id is None:
        raise NotPossible("This link belongs to no customer page.")
    asked = _locked(work, page.customer_page_id)
    if asked.state is CustomerPageState.ANSWERED:
        return
    if asked.state is not CustomerPageState.OPEN:
        raise NotPossible("It is over, and so is this link.")
    name = _called(work.config, page.person)
    _end(work, asked, CustomerPageState.ANSWERED, page.person)
    for other in customer_pages.open_pages(work.conn, asked.id):
        state = PageState.ACKNOWLEDGED if other.id == page.id else PageState.SUPERSEDED
        reach.end(work, other, state, f"answered by {name}")
    _audit(work, asked, "answer", page.person, "", {"via": via})
    letter, link = _letter(work.conn, work.config, asked), work.context.links.ticket(asked.ticket_id)
    text = contact_messages.answered_notice(letter, name, asked.asked_at, work.now, link)
    _tell(work, asked, text, OutboxKind.ANSWER)


def cancel(work: Work, number: int, who: str, via: str, reason: str = "") -> CustomerPage:
    """The contacts are needed no more: nobody else is paged, and their links are over. Raises NotPossible."""
    asked = customer_pages.locked(work.conn, number)
    if asked is None:
        raise NotPossible(f"There is no customer page {number}.")
    if asked.state is not CustomerPageState.OPEN:
        by = f" by {_called(work.config, asked.ended_by)}" if asked.ended_by else ""
        raise NotPossible(f"Customer page {number} is over already: {asked.state}{by}.")
    _cancel(work, asked, who, via, reason.strip())
    return _locked(work, number)


def ticket_closed(work: Work, ticket_id: int, how: str) -> None:
    """Nobody is needed any more for a ticket that is closed."""
    asked = customer_pages.open_for_ticket(work.conn, ticket_id)
    if asked is not None:
        _cancel(work, asked, "Jira", "jira", how)


def _cancel(work: Work, asked: CustomerPage, who: str, via: str, reason: str) -> None:
    _end(work, asked, CustomerPageState.CANCELLED, who)
    for page in customer_pages.open_pages(work.conn, asked.id):
        reach.end(work, page, PageState.RESOLVED, f"cancelled by {who} ({via})")
    _audit(work, asked, "cancel", who, reason, {"via": via})


def look(conn: Connection, context: Context, page_id: str) -> View | None:
    """What the contact to whom the link was sent sees; None if it belongs to no customer page."""
    page = incidents.get_page(conn, page_id)
    asked = customer_pages.get(conn, page.customer_page_id) if page and page.customer_page_id is not None else None
    if page is None or asked is None:
        return None
    config = context.configurations.current(conn)
    by = _called(config, asked.ended_by or "")
    mine = asked.ended_by == page.person
    return contact_messages.view(_letter(conn, config, asked), asked.state, mine=mine, answered_by=by)


def _letter(conn: Connection, config: Configuration, asked: CustomerPage) -> Letter:
    ticket, customer = queries.ticket(conn, asked.ticket_id), config.customers.get(asked.customer)
    assert ticket is not None  # noqa: S101 - a customer page has a ticket
    engineer = config.people.get(asked.asked_by)
    return Letter(
        language=customer.language if customer else "en",
        support=config.support,
        engineer=engineer.display_name if engineer else "",
        customer=customer.display_name if customer else asked.customer,
        key=ticket["key"],
        summary=ticket["summary"],
        reason=asked.reason,
    )


def _called(config: Configuration, name: str) -> str:
    """What a contact is called, or one of ours; their name in the ledger if the documents know them no more."""
    if name in config.contacts:
        return config.contacts[name].name
    return config.people[name].display_name if name in config.people else name


def _locked(work: Work, number: int) -> CustomerPage:
    asked = customer_pages.locked(work.conn, number)
    assert asked is not None  # noqa: S101 - nothing takes a customer page away
    return asked


def _end(work: Work, asked: CustomerPage, state: CustomerPageState, by: str | None) -> None:
    customer_pages.update(work.conn, asked.id, state=state, ended_at=work.now, ended_by=by, next_contact_at=None)
    timers.disarm(work.conn, TimerKind.NEXT_CONTACT, asked.id)


def _tell(work: Work, asked: CustomerPage, text: tuple[str, str], kind: OutboxKind) -> None:
    key = f"customer-page/{asked.id}"
    reach.notify(
        work, _hearers(work, asked), key, text, observed=asked.observed, ticket_id=asked.ticket_id, kind=kind
    )


def _hearers(work: Work, asked: CustomerPage) -> tuple[str, ...]:
    """Whoever asked; if we cannot reach them, whoever has the ticket's incident, or whoever hears of notices."""
    incident = incidents.open_for_ticket(work.conn, asked.ticket_id)
    for name in (asked.asked_by, incident.acknowledged_by if incident else None):
        if name is not None and reach.can_be_paged(work.config, name):
            return (name,)
    return reach.people_behind(work, work.config.notices_to)


def _audit(work: Work, asked: CustomerPage, act: str, who: str, reason: str, after: dict[str, str]) -> None:
    log.info(f"customer page {act}", customer_page=asked.id, ticket=asked.ticket_id, by=who)
    audit.record(
        work.conn,
        who=who,
        act=f"customer_page.{act}",
        subject=f"ticket/{asked.ticket_id}",
        reason=reason,
        now=work.now,
        after={"customer_page": asked.id, **after},
    )
