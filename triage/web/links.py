"""The signed links in messages: whoever holds one may do the one thing that it is for."""

from __future__ import annotations

from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer

#: What the links of customers' contacts are signed for.
CONTACT = "contact"
#: The same for the question whether a mail is theirs.
CONFIRM = "confirm"


class PageTokens:
    """Signs the ids of pages into links, which live as long as what the page belongs to.

    What is signed for our own people opens nothing for a customer's contacts (`CONTACT`), nor the other way round.
    """

    def __init__(self, secret_key: str, salt: str = "acknowledge") -> None:
        self._serializer = URLSafeSerializer(secret_key, salt=salt)

    def sign(self, page_id: str) -> str:
        return self._serializer.dumps(page_id)

    def read(self, token: str) -> str | None:
        """The page's id; None for a token that we did not sign."""
        try:
            page_id = self._serializer.loads(token)
        except BadSignature:
            return None
        return page_id if isinstance(page_id, str) else None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What signs the links in messages, each for its own purpose."""

    acknowledge: PageTokens
    contact: PageTokens
    confirm: PageTokens
