"""The PagerDuty gateway: pages as events of the Events API v2, and their keys settled once nobody need answer."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from integrations.http import Answer, Poster, settle
from integrations.plain import block, one_line, token
from triage.ports import Delivered, Message, Outcome, Rejected, Settlement

EVENTS_URL = "https://events.pagerduty.com"

#: PagerDuty refuses a longer summary, a longer key, and an event of more than 512 KB. A character of the details
#: takes up to four bytes as JSON in UTF-8.
SUMMARY_LIMIT, KEY_LIMIT, DETAILS_LIMIT = 1024, 255, 100_000
#: What is left of a summary where PagerDuty found something too long.
SHORT_SUMMARY = 250
LINKS_LIMIT, LINK_LENGTH = 10, 2000
ANSWER_BYTES = 4096

#: How our texts give an address: `Acknowledge: https://…` on a line of its own.
_LINK = re.compile(r"^([A-Z][A-Za-z ]{0,30}): (https?://\S+)$", re.MULTILINE)
#: What an answer says of an event that a shorter one might not suffer from.
_TOO_MUCH = re.compile(r"too (long|large|big)|exceed|details|links", re.IGNORECASE)


class PagerDutyGateway:
    """Triggers an alert for each page; the message's address is the routing key of an Events API v2 integration.

    The alert's `dedup_key` is the message's key, so that a repeat of the page wakes nobody again, and a key is never
    used for two pages. `client_url` leads to the incidents and ends with `#<key>`: PagerDuty's webhooks repeat it,
    and often nothing else that tells the page. An answer about too much text is followed by one attempt with less,
    so two calls have to fit into a delivery's lease.
    """

    def __init__(
        self,
        poster: Poster,
        now: Callable[[], datetime],
        *,
        client_url: str,
        events_url: str = EVENTS_URL,
        name: str = "pagerduty",
    ) -> None:
        self.name = name
        self._poster = poster
        self._now = now
        self._client_url = client_url
        self._url = f"{events_url}/v2/enqueue"

    def send(self, message: Message) -> Outcome:
        """Trigger the page's alert; shortened rather than refused."""
        event = self._trigger(message)
        answer = self._poster.post(self._url, _body(event), _JSON, read=ANSWER_BYTES)
        if isinstance(answer, Answer) and _is_too_much(answer):
            answer = self._poster.post(self._url, _body(_shortened(event)), _JSON, read=ANSWER_BYTES)
        return self._outcome(answer, message.key, message.address)

    def settle(self, key: str, address: str, settlement: Settlement) -> Outcome:
        """Acknowledge or resolve the alert that was triggered with the key; one that never was is no error."""
        event = {"routing_key": address, "event_action": settlement, "dedup_key": dedup_key(key)}
        return self._outcome(self._poster.post(self._url, _body(event), _JSON, read=ANSWER_BYTES), key, address)

    def _trigger(self, message: Message) -> dict[str, Any]:
        key, details = dedup_key(message.key), block(message.body)
        links = [{"href": href, "text": text} for text, href in _LINK.findall(details) if len(href) <= LINK_LENGTH]
        payload = {
            "summary": one_line(message.subject, SUMMARY_LIMIT) or "(no subject)",
            "severity": "critical" if message.urgent else "info",
            "source": "triage",
            "custom_details": {"page": _cut(details, DETAILS_LIMIT)},
        }
        return {
            "routing_key": message.address,
            "event_action": "trigger",
            "dedup_key": key,
            "payload": payload,
            "links": links[:LINKS_LIMIT],
            "client": "triage",
            "client_url": f"{self._client_url}#{key}",
        }

    def _outcome(self, answer: Answer | Outcome, key: str, address: str) -> Outcome:
        if not isinstance(answer, Answer):
            return answer
        match settle(answer.status, answer.headers, self._now()):
            case Delivered():
                return Delivered(dedup_key(key))
            case Rejected(reason):
                told = _told(answer)
                told = one_line(told.replace(address, "…") if address else told)
                return Rejected(f"{reason}: {told}" if told else reason)
            case retry:
                return retry


_JSON = {"Content-Type": "application/json"}


def dedup_key(key: str) -> str:
    """A message's key as PagerDuty can take it: printable and of limited length, and never that of another."""
    plain = token(key)
    return plain if len(plain) <= KEY_LIMIT else hashlib.sha256(plain.encode()).hexdigest()


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _body(event: Mapping[str, Any]) -> bytes:
    return json.dumps(event, ensure_ascii=False).encode("utf-8", "replace")


def _shortened(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event without what a page can do without."""
    payload = {name: value for name, value in event["payload"].items() if name != "custom_details"}
    payload["summary"] = one_line(payload["summary"], SHORT_SUMMARY)
    return {**{name: value for name, value in event.items() if name != "links"}, "payload": payload}


def _is_too_much(answer: Answer) -> bool:
    return answer.status == 413 or (answer.status == 400 and bool(_TOO_MUCH.search(_told(answer))))


def _told(answer: Answer) -> str:
    """What PagerDuty says is wrong, in its own words."""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    if not isinstance(said, dict):
        return ""
    errors = said.get("errors")
    words = [said.get("message"), *(errors if isinstance(errors, list) else [])]
    return "; ".join(word for word in words if isinstance(word, str))
