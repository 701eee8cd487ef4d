"""A report's figures as people read them. They are plain JSON, in which shares are exact, as `3/4`."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction

from triage.domain.explain import in_words, instant

#: What stands where there is no figure.
NONE = "–"


def share(given: str | None) -> Fraction | None:
    """`3/4` as a number."""
    return None if given is None else Fraction(given)


def percent(given: str | None) -> str:
    """`99.99 %`, rounded down: what was missed once is never told as 100 %."""
    exact = share(given)
    if exact is None:
        return NONE
    hundredths = exact * 10_000 // 1
    return f"{hundredths // 100}.{hundredths % 100:02} %"


def duration(seconds: int | None) -> str:
    """`1 h 5 min`, in the two largest units; to the second it stands in the sheet."""
    return NONE if seconds is None else in_words(timedelta(seconds=seconds))


def exactly(seconds: int | None) -> str:
    """`1:05:07`, hours without end: to the second."""
    return NONE if seconds is None else f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def when(given: str | None) -> str:
    """An instant of the report, in UTC."""
    return instant(datetime.fromisoformat(given)) if given else NONE


def month_name(given: str) -> str:
    """`2026-10` as `October 2026`."""
    year, month = map(int, given.split("-"))
    return f"{MONTHS[month - 1]} {year}"


def month_letters(given: str) -> str:
    """`2026-10` as `Oct`."""
    return MONTHS[int(given.split("-")[1]) - 1][:3]


def first_of(given: str) -> date:
    """The first day of `2026-10`."""
    return date.fromisoformat(f"{given}-01")


MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
