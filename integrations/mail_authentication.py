"""Finds out whether the author's domain stands behind a mail: DKIM, SPF and trusted results, weighed by DMARC."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from email.errors import MessageError
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32
from functools import cache

from publicsuffixlist import PublicSuffixList

from integrations.mail_addresses import mailboxes
from integrations.mail_dkim import check_signatures
from integrations.mail_dns import Budget, Dns, Unanswered
from integrations.mail_results import read_results
from integrations.mail_spf import check_sender
from triage.domain.mail import Check, Envelope, Proof, Via
from triage.domain.mail_proof import AuthenticationRules, Policy, weigh

#: What an address in From may look like: anything else could be read as somebody else's by another program.
_PLAIN = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[^\s@<>()\[\],;:\\\"]+")


#: As long as nobody knows the policy: the very same domain is right under any.
STRICT = Policy(dkim_strict=True, spf_strict=True)


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


def organisation(domain: str) -> str | None:
    """The registered domain that one belongs to, by the public suffix list; None for a suffix itself."""
    found: str | None = _suffixes().privatesuffix(domain)
    return found


class MailAuthenticator:
    """Checks mails as they come in. `seconds` is what DNS may take for one of them."""

    def __init__(self, dns: Dns, now: Callable[[], datetime], seconds: float = 5.0) -> None:
        self._dns = dns
        self._now = now
        self._seconds = seconds

    def check(self, raw: bytes, envelope: Envelope, rules: AuthenticationRules) -> Proof:
        """What can be proved about the author. Never raises for what is in the mail."""
        raw = re.sub(rb"\r\n|\r|\n", b"\r\n", raw.lstrip(b" \t\r\n\x00\xef\xbb\xbf"))
        raw = re.sub(rb"\AFrom [^\r\n]*\r\n", b"", raw)  # the first line of a message in an mbox
        try:
            message = BytesHeaderParser(policy=compat32).parsebytes(raw)
        except (MessageError, ValueError, TypeError, AttributeError, RecursionError):
            return Proof(False, "its headers cannot be read")
        author, why = _author(message)
        if author is None:
            return Proof(False, why)
        ask = Budget(self._dns, self._seconds)
        checks = list(self._checks(raw, message, envelope, rules, ask))
        policy = _policy(author.rpartition("@")[2], ask)
        proof = weigh(author, checks, policy or STRICT, organisation)
        if policy is None and not proof.aligned and weigh(author, checks, Policy(), organisation).aligned:
            return replace(proof, try_again=True)
        return proof

    def _checks(
        self, raw: bytes, message: Message, envelope: Envelope, rules: AuthenticationRules, ask: Budget
    ) -> Iterator[Check]:
        yield from check_signatures(raw, rules, ask, self._now())
        from_relay = rules.is_relay(envelope.peer)
        if envelope.peer and not from_relay:
            yield check_sender(envelope, ask)
        if (envelope.via is not Via.SMTP or from_relay) and _is_to_us(message, rules):
            values = [str(value) for value in message.get_all("authentication-results", [])]
            yield from read_results(values, rules.authserv_ids)


def _author(message: Message) -> tuple[str | None, str]:
    """The one address of the one From, in small letters with its domain as A-labels; or why there is none."""
    values = [str(value) for name, value in message.raw_items() if name.casefold() == "from"]
    if len(values) != 1:
        return None, f"it has {len(values)} From headers"
    unfolded = re.sub(r"\r?\n(?=[ \t])", "", values[0])
    if re.search(r"[\r\n\x00]", unfolded):
        return None, "its From has a line break or a NUL in it"
    found = mailboxes([unfolded], [])
    plain = re.sub(r'"(?:[^"\\]|\\.)*"', "", unfolded)  # a quoted display name may look like anything
    if len(found) != 1 or not _PLAIN.fullmatch(found[0].address) or plain.count("@") != 1 or set(plain) & set(":;"):
        return None, "its From does not name one plain address"
    return found[0].address, ""


def _is_to_us(message: Message, rules: AuthenticationRules) -> bool:
    """Whether it is addressed to us: what passed elsewhere may have been sent on by anybody."""
    values = [str(value) for name in ("to", "cc") for value in message.get_all(name, [])]
    return any(rules.is_ours(box.address) for box in mailboxes(values, []))


def _policy(domain: str, ask: Budget) -> Policy | None:
    """How strict the author's domain wants alignment to be (RFC 7489 section 6.3); None if DNS does not answer."""
    for name in dict.fromkeys((domain, organisation(domain) or domain)):
        try:
            records = [text for text in ask.ask(f"_dmarc.{name}", "TXT") if re.match(r"v=DMARC1\s*(;|$)", text)]
        except Unanswered:
            return None
        if len(records) == 1:
            tags = dict(part.strip().partition("=")[::2] for part in records[0].split(";"))
            plain = {key.strip(): value.strip().casefold() for key, value in tags.items()}
            return Policy(plain.get("adkim") == "s", plain.get("aspf") == "s")
    return Policy()
