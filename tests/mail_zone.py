"""A DNS in memory: it publishes the keys and senders of domains, and signs their mail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any

import dkim

from integrations.mail_authentication import MailAuthenticator
from integrations.mail_dns import Unanswered
from tests.rsa_keys import key_pair

HEADERS = (b"from", b"to", b"subject", b"date", b"message-id", b"in-reply-to", b"references")


class _Signer(dkim.DKIM):
    """dkimpy's signer with a clock and more fields of our own."""

    def __init__(self, raw: bytes, fields: dict[bytes, bytes]) -> None:
        super().__init__(raw)
        self.fields = fields

    def gen_header(self, fields: list[tuple[bytes, bytes]], *args: Any, **kwargs: Any) -> bytes:
        told = {**dict(fields[:-1]), **self.fields}
        return bytes(super().gen_header([*told.items(), fields[-1]], *args, **kwargs))


@dataclass
class Zone:
    """Answers as DNS would; while it `fails`, it does not. `asked` are the names that it was asked for."""

    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    fails: bool = False
    asked: list[str] = field(default_factory=list)

    def ask(self, name: str, kind: str, timeout: float) -> list[str]:
        self.asked.append(name)
        if self.fails:
            raise Unanswered("it was told to")
        return self.records.get((name.casefold(), kind), [])

    def publish(self, name: str, kind: str, *values: str) -> None:
        self.records[name.casefold(), kind] = list(values)

    def signed(
        self,
        raw: bytes,
        domain: str,
        *,
        headers: Sequence[bytes] = HEADERS,
        bits: int = 1024,
        selector: str = "s",
        at: datetime | None = None,
        fields: Mapping[bytes, bytes] = MappingProxyType({}),
        **options: Any,
    ) -> bytes:
        """The message with a signature of the domain, whose key is published."""
        private, public = key_pair(bits=bits)
        self.publish(f"{selector}._domainkey.{domain}", "TXT", f"v=DKIM1; k=rsa; p={public}")
        stamp = {b"t": str(int(at.timestamp())).encode()} if at else {}
        signer = _Signer(raw, {**stamp, **fields})
        signature = signer.sign(selector.encode(), domain.encode(), private, include_headers=list(headers), **options)
        return bytes(signature) + raw

    def authenticator(self, now: Callable[[], datetime]) -> MailAuthenticator:
        return MailAuthenticator(self, now)
