"""Who stands behind a mail: alignment of what was proved with the author's domain (RFC 7489, section 3.1).

Whether the author's domain publishes a DMARC policy does not matter here: an aligned pass proves that the mail is its
owner's, and nothing else does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from triage.domain.address_tags import split
from triage.domain.mail import Check, Proof, Result

#: The organisation that a domain belongs to, such as example.co.uk; None for a public suffix.
Organisation = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class AuthenticationRules:
    """What is believed. `authserv_ids` are the names under which servers of ours write `Authentication-Results`, and
    `relays` the networks from which they hand mail to our own SMTP listener. All words are casefolded."""

    mailboxes: frozenset[str] = frozenset()
    authserv_ids: frozenset[str] = frozenset()
    relays: tuple[IPv4Network | IPv6Network, ...] = ()

    def is_relay(self, peer: str) -> bool:
        """Whether that host is one of ours."""
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        return any(address in network for network in self.relays)

    def is_ours(self, address: str) -> bool:
        """Whether it is one of the mailboxes, or a sub-address of one."""
        return split(address)[0] in self.mailboxes


@dataclass(frozen=True, slots=True)
class Policy:
    """What the author's domain publishes: `strict` alignment wants the very same domain (adkim, aspf)."""

    dkim_strict: bool = False
    spf_strict: bool = False


def is_aligned(author: str, proved: str, organisation: Organisation, *, strict: bool) -> bool:
    """Whether a proof of one domain speaks for an author of the other; both are A-labels in small letters."""
    if not proved or organisation(author) is None:
        return False
    return author == proved or (not strict and organisation(author) == organisation(proved))


def weigh(author: str, checks: Sequence[Check], policy: Policy, organisation: Organisation) -> Proof:
    """The proof of an author, given by address, out of all checks."""
    domain = author.rpartition("@")[2]
    aligned = [check for check in checks if _speaks_for(domain, check, policy, organisation)]
    passed = [check for check in aligned if check.result is Result.PASS]
    if passed:
        return Proof(True, _pass(passed[0], domain), tuple(checks), author=author)
    unanswered = any(check.result is Result.TEMPERROR for check in aligned)
    reason = "; ".join(dict.fromkeys(_failure(check, domain) for check in checks))
    return Proof(False, reason or f"nothing shows that {domain} stands behind it", tuple(checks), unanswered, author)


def _speaks_for(domain: str, check: Check, policy: Policy, organisation: Organisation) -> bool:
    strict = policy.spf_strict if check.method == "spf" else policy.dkim_strict
    if check.method == "dmarc":  # has looked at alignment itself
        return check.domain == domain
    return is_aligned(domain, check.domain, organisation, strict=strict)


def _pass(check: Check, domain: str) -> str:
    whose = "the author's own domain" if check.domain == domain else f"of the same organisation as {domain}"
    by = "" if check.by == "us" else f", says {check.by}"
    match check.method:
        case "dkim":
            return f"signed by {check.domain}, {whose}{by}"
        case "spf":
            return f"sent by a server of {check.domain}, {whose}{by}"
        case _:
            return f"DMARC passed for {check.domain}{by}"


def _failure(check: Check, domain: str) -> str:
    why = f": {check.reason}" if check.reason else ""
    if check.result is Result.PASS:
        return f"{check.method.upper()} speaks for {check.domain or 'nobody'}, and not for {domain}"
    if check.result is Result.NONE and not why:
        return f"{check.domain or 'nobody'} publishes nothing for {check.method.upper()}"
    return f"{check.method.upper()} of {check.domain or 'nobody'} gives {check.result}{why}"
