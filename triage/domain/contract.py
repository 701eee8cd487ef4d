"""A contract variant as a whole: its terms, who hears of its clocks, and what a missed month is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from triage.domain.terms import Metric, Terms


class Hearer(StrEnum):
    """Who is told of a warning or a breach."""

    ASSIGNEE = "assignee"  # whoever has the ticket at its source; if that is none of ours, those on call
    ON_CALL = "on_call"  # the people behind `service.notices_to`


@dataclass(frozen=True, slots=True)
class Credit:
    """What the customer gets back, as a share of the monthly fee, for a month whose attainment is below a share."""

    below: Fraction
    credit: Fraction


@dataclass(frozen=True, slots=True)
class Contract:
    """What was promised. `credits` are by metric, the highest attainment first, and the lowest that is met counts."""

    terms: Terms
    warn_to: tuple[Hearer, ...] = (Hearer.ON_CALL,)
    breach_to: tuple[Hearer, ...] = (Hearer.ON_CALL,)
    credits: Mapping[Metric, tuple[Credit, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.terms.name
