"""Who may do what: the roles, what a password has to be, and how long wrong ones keep an account shut."""

from __future__ import annotations

from datetime import timedelta
from enum import StrEnum


class Role(StrEnum):
    """What an account or a token may do; each role may do all that the ones before it may."""

    VIEWER = "viewer"  # reads everything but who did what
    RESPONDER = "responder"  # answers: acknowledges, decides, pages, takes shifts
    LEAD = "lead"  # answers for the team: excludes breaches, restates reports, plans maintenance, reads the audit
    ADMIN = "admin"  # says who is let in

    def covers(self, needed: Role) -> bool:
        """Whether this role may do what needs that one."""
        roles = list(Role)
        return roles.index(self) >= roles.index(needed)


#: How many wrong passwords in a row cost nothing: people mistype.
FREE_TRIES = 5
#: How long the next one keeps the account shut; each one after it doubles that.
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=30)

#: A password is the only secret of its account, and people make it up: length counts, not classes of characters
#: (NIST SP 800-63B-4, 3.1.1.2).
SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 256


def wait_after(failures: int) -> timedelta:
    """How long an account takes no password after so many wrong ones in a row."""
    over = failures - FREE_TRIES
    if over < 0:
        return timedelta()
    return min(FIRST_WAIT * (1 << min(over, 16)), LONGEST_WAIT)


def fault_of_password(password: str, name: str) -> str | None:
    """Why a password will not do; None for a good one."""
    if len(password) < SHORTEST_PASSWORD:
        return f"Take at least {SHORTEST_PASSWORD} characters: a few words that you alone would put together."
    if len(password) > LONGEST_PASSWORD:
        return f"Take at most {LONGEST_PASSWORD} characters."
    if len(set(password.casefold())) < 5:
        return "That is the same few characters over and over: take a few words that you alone would put together."
    if name.casefold() in password.casefold() and len(password) - len(name) < SHORTEST_PASSWORD:
        return "Leave your name out of it: that is what others try first."
    return None
