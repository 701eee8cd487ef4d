"""When a customer's contact may be paged: in the hours to which they agreed, on their own clock."""

from __future__ import annotations

from datetime import datetime, timedelta

from triage.domain.configuration import Contact
from triage.domain.oncall import within, zone_named

#: A window that a change of the clock swallows opens a week later; so far ahead there always is one.
AHEAD = timedelta(days=22)


def may_page(contact: Contact, at: datetime) -> bool:
    """Whether the contact has agreed to be paged at that instant."""
    if contact.paged_as is None:
        return False
    zone = zone_named(contact.paged_as.timezone)
    return not contact.hours or within(contact.hours, at.replace(microsecond=0), zone)


def opens_at(contact: Contact, at: datetime) -> datetime | None:
    """The first instant from `at` on at which the contact may be paged; None for one who never may."""
    if contact.paged_as is None:
        return None
    if may_page(contact, at):
        return at
    second, zone = at.replace(microsecond=0), zone_named(contact.paged_as.timezone)
    windows = (window for hours in contact.hours for window in hours.windows(second, second + AHEAD, zone))
    return min(opens for opens, closes in windows if at < opens < closes)
