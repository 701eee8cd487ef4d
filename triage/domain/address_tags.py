"""Sub-addresses of a mailbox that only we can make: `oncall+ack-<tag>@…` proves that the writer was told it.

A local part has 64 characters at most and may be written in any case on its way (RFC 5321, 4.5.3.1.1), so a tag is
base32 of the id, and a signature of 75 bits.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_SIGNATURE = 15


class TagKind(StrEnum):
    """What a tag stands for."""

    ACKNOWLEDGE = "ack"  # the page whose id it holds
    ALERT = "alert"  # the alert rule that it names


@dataclass(frozen=True, slots=True)
class Tags:
    """Makes and reads the sub-addresses of mailboxes; `secret` signs them."""

    secret: str

    def address(self, mailbox: str, kind: TagKind, name: str) -> str:
        """The mailbox's sub-address for that page or rule."""
        local, _, domain = mailbox.rpartition("@")
        packed = _packed(name) if kind is TagKind.ACKNOWLEDGE else name
        return f"{local}+{kind}-{packed}-{self._signature(kind, name)}@{domain}"

    def read(self, mailboxes: Iterable[str], addresses: Iterable[str], kind: TagKind) -> str | None:
        """The name of the first tag of that kind that stands in one of the addresses and that we have signed."""
        for address in addresses:
            base, tag = split(address)
            word, _, rest = tag.partition("-")
            packed, _, signature = rest.rpartition("-")
            if base not in mailboxes or word != kind or not packed:
                continue
            name = _unpacked(packed) if kind is TagKind.ACKNOWLEDGE else packed
            if name is not None and hmac.compare_digest(signature.encode(), self._signature(kind, name).encode()):
                return name
        return None

    def _signature(self, kind: TagKind, name: str) -> str:
        digest = hmac.digest(self.secret.encode(), f"{kind}/{name}".encode(), hashlib.sha256)
        return base64.b32encode(digest).decode().casefold()[:_SIGNATURE]


def split(address: str) -> tuple[str, str]:
    """The mailbox behind a sub-address, and the tag behind its first `+`; both casefolded."""
    local, _, domain = address.strip().casefold().rpartition("@")
    base, _, tag = local.partition("+")
    return f"{base}@{domain}", tag


def _packed(page_id: str) -> str:
    return base64.b32encode(bytes.fromhex(page_id)).decode().rstrip("=").casefold()


def _unpacked(packed: str) -> str | None:
    try:
        return base64.b32decode(packed.upper() + "=" * (-len(packed) % 8)).hex()
    except ValueError:
        return None
