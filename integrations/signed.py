"""Bodies that somebody signed with a secret that we share."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence
from typing import Any


def is_signed(body: bytes, given: Iterable[str], secrets: Sequence[str], digest: Any) -> bool:
    """Whether any of the signatures, in small hex digits, is the body's HMAC with any of the secrets.

    Every pair is compared, in constant time. Empty secrets sign nothing.
    """
    known = [hmac.new(secret.encode(), body, digest).hexdigest() for secret in secrets if secret]
    matches = [hmac.compare_digest(one.encode(), other.encode()) for one in given for other in known]
    return any(matches)
