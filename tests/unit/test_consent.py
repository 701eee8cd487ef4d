"""When a customer's contact may be paged, and whom to page next: only in the hours to which they agreed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from triage.domain.configuration import Contact, Person
from triage.domain.consent import may_page, opens_at
from triage.domain.customer_page import next_contact, patience
from triage.domain.escalation import ContactMethod
from triage.domain.oncall import Restriction

#: Zones with clock changes at midnight, in the day, of half an hour, and of none.
ZONES = ["UTC", "Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
BERLIN = ZoneInfo("Europe/Berlin")
WEEKDAYS = Restriction(8 * 60, 20 * 60, frozenset(range(5)))

#: Among them the day that Samoa skipped, and the changes of the clock.
instants = st.timedeltas(timedelta(0), timedelta(days=365)).map(datetime(2011, 12, 1, tzinfo=UTC).__add__)
times = st.tuples(st.integers(0, 1439), st.integers(0, 1440)).filter(lambda pair: pair[0] != pair[1])
restrictions = st.builds(
    lambda pair, days: Restriction(*pair, days),
    times,
    st.sets(st.integers(0, 6), min_size=1).map(frozenset),
)


def contact(
    hours: Sequence[Restriction] = (), zone: str = "Europe/Berlin", name: str = "dora", waits: Sequence[int] = (2,)
) -> Contact:
    methods = tuple(ContactMethod("console", "", timedelta(minutes=wait)) for wait in waits)
    return Contact(
        name, f"{name}@acme.example", Person(f"contact:acme/{name}", name, methods, timezone=zone), tuple(hours)
    )


contacts = st.builds(contact, st.lists(restrictions, min_size=1, max_size=3), st.sampled_from(ZONES))


def agreed(one: Contact, at: datetime) -> bool:
    """The same by another way: what the contact's own clock shows, minute by minute of the day."""
    assert one.paged_as is not None
    wall = at.astimezone(ZoneInfo(one.paged_as.timezone))
    minute = wall.hour * 60 + wall.minute
    for hours in one.hours:
        over_midnight = hours.closes < hours.opens
        today, yesterday = wall.weekday() in hours.days, (wall.weekday() - 1) % 7 in hours.days
        if today and minute >= hours.opens and (over_midnight or minute < hours.closes):
            return True
        if yesterday and over_midnight and minute < hours.closes:
            return True
    return False


@given(contacts, instants)
def test_the_window_is_what_the_contacts_own_clock_shows(one: Contact, at: datetime) -> None:
    assert one.paged_as is not None
    zone = ZoneInfo(one.paged_as.timezone)
    day = timedelta(days=1)
    calm = len({moment.astimezone(zone).utcoffset() for moment in (at - day, at, at + day)}) == 1
    if calm:  # beside a change of the clock, wall times are skipped or come twice
        assert may_page(one, at) == agreed(one, at)


@given(contacts, instants)
def test_the_opening_is_the_first_instant_at_which_the_contact_may_be_paged(one: Contact, at: datetime) -> None:
    opens = opens_at(one, at)
    assert opens is not None
    assert at <= opens <= at + timedelta(days=15)
    assert may_page(one, opens)
    if opens > at:
        assert not may_page(one, at)
        assert not may_page(one, opens - timedelta(microseconds=1))
        step = (opens - at) / 50
        assert not any(may_page(one, at + n * step) for n in range(50))


def test_a_window_that_the_change_of_the_clock_swallows_opens_a_week_later() -> None:
    night = contact([Restriction(2 * 60, 3 * 60, frozenset({6}))])
    saturday = datetime(2026, 3, 28, 12, tzinfo=BERLIN)  # the clock goes from 02:00 to 03:00 that night
    assert opens_at(night, saturday) == datetime(2026, 4, 5, 2, tzinfo=BERLIN)


def test_a_window_has_its_first_instant_and_not_its_last() -> None:
    dora = contact([WEEKDAYS])
    monday = datetime(2026, 11, 23, tzinfo=BERLIN)
    assert not may_page(dora, monday.replace(hour=7, minute=59, second=59))
    assert may_page(dora, monday.replace(hour=8))
    assert not may_page(dora, monday.replace(hour=20))
    assert opens_at(dora, datetime(2026, 11, 27, 20, tzinfo=BERLIN)) == datetime(2026, 11, 30, 8, tzinfo=BERLIN)


@given(instants)
def test_always_is_always_and_who_never_agreed_never_may(at: datetime) -> None:
    assert opens_at(contact(), at) == at
    silent = Contact("Eve", "eve@acme.example")
    assert not may_page(silent, at)
    assert opens_at(silent, at) is None
    assert next_contact([silent], (), at, overridden=True) is None


@given(st.lists(contacts, max_size=5), instants, st.sets(st.integers(0, 4)), st.booleans())
def test_contacts_are_taken_in_order_each_once_in_their_hours_and_it_comes_to_an_end(
    found: list[Contact], at: datetime, before: set[int], overridden: bool
) -> None:
    line = [contact(one.hours, one.paged_as.timezone, str(n)) for n, one in enumerate(found) if one.paged_as]
    paged = [f"contact:acme/{n}" for n in before]
    began, order = len(paged), []
    while (one := next_contact(line, paged, at, overridden=overridden)) is not None:
        assert one.paged_as is not None
        order.append(line.index(one))
        paged.append(one.paged_as.name)
    assert order == sorted(set(order))
    assert len(paged) == began + len(order)
    assert order == [n for n, one in enumerate(line) if n not in before and (overridden or may_page(one, at))]


def test_a_contact_has_the_waits_of_all_their_methods_to_answer() -> None:
    dora = contact(waits=(2, 5, 10))
    assert dora.paged_as is not None
    assert patience(dora.paged_as) == timedelta(minutes=17)
