"""A customer's statement, from cycles: what was met and breached in each month, and what a missed one is worth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Why a breach is not in the statement, and whose word that is."""

    reason: str
    who: str
    at: datetime
