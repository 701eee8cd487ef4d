"""Whom at a customer to page next, and for how long to wait; a customer is not paged for ever, as ours are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from triage.domain.configuration import Contact, Person
from triage.domain.consent import may_page, opens_at


class CustomerPageState(StrEnum):
    """open → one of the others."""

    OPEN = "open"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"  # nobody is left to page
    CANCELLED = "cancelled"


def line_up(contacts: Sequence[Contact], at: datetime) -> list[tuple[Person, datetime]]:
    """Who has agreed to be paged, in order, each with the first instant from `at` on at which they may be."""
    openings = ((contact.paged_as, opens_at(contact, at)) for contact in contacts)
    return [(person, opens) for person, opens in openings if person is not None and opens is not None]


def next_contact(
    contacts: Sequence[Contact], paged: Collection[str], at: datetime, *, overridden: bool
) -> Contact | None:
    """The first contact, in the customer's order, who was not paged yet and may be: at any hour if `overridden`.

    None if nobody is left. Whoever was passed over comes as soon as their hours begin, if it still goes on then.
    """
    for contact in contacts:
        known = contact.paged_as is not None and contact.paged_as.name not in paged
        if known and (overridden or may_page(contact, at)):
            return contact
    return None


def patience(person: Person) -> timedelta:
    """How long a contact has to answer before the next one is paged: the waits of all their contact methods."""
    return sum((method.wait for method in person.methods), timedelta())
