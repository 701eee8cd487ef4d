"""What PagerDuty's V3 webhooks tell us: is it from PagerDuty, is it known already, has a person answered a page?"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from integrations.jira_json import instant, mapping, name
from integrations.json_body import read_object
from integrations.signed import is_signed
from triage.ports import Answered, CallBack, Ignored, Opened, Settlement, Unreadable

_SIGNATURE = re.compile(r"v1=([0-9a-f]{64})", re.IGNORECASE | re.ASCII)
_IDENTIFIER = re.compile(r"[!-~]{1,128}")

OPENED = "incident.triggered"
ANSWERS = {"incident.acknowledged": Settlement.ACKNOWLEDGE, "incident.resolved": Settlement.RESOLVE}
PEOPLE = frozenset({"user", "user_reference"})


def verify_signature(body: bytes, header: str | None, secrets: Sequence[str]) -> bool:
    """Whether `X-PagerDuty-Signature` (`v1=<hex>[,v1=<hex>…]`) signs the body with any of the secrets.

    PagerDuty sends several while a secret is changed, and each webhook subscription has a secret of its own.
    """
    matches = (_SIGNATURE.fullmatch(part.strip()) for part in (header or "").split(","))
    return is_signed(body, [match[1].lower() for match in matches if match], secrets, hashlib.sha256)


def delivery_id(body: bytes, identifier: str | None) -> str:
    """By what a delivery is known again: the event's id, else the header `X-Webhook-Id`; both stay on retries.

    A body with neither is known by its hash.
    """
    parsed = read_object(body)
    event = {} if isinstance(parsed, Unreadable) else mapping(parsed.get("event"))
    known = (each for each in (name(event.get("id")), identifier or "") if _IDENTIFIER.fullmatch(each))
    return next(known, hashlib.sha256(body).hexdigest())


def read_event(body: bytes) -> CallBack:
    """What a webhook says of a page. Never raises, whatever the body holds.

    Ignored: whatever is no answer of a person, our own settlements among it, which PagerDuty tells us too.
    """
    parsed = read_object(body)
    if isinstance(parsed, Unreadable):
        return parsed
    event = mapping(parsed.get("event"))
    kind, data = name(event.get("event_type")), mapping(event.get("data"))
    if not kind:
        return Unreadable("the body has no event.event_type")
    if kind != OPENED and kind not in ANSWERS:
        return Ignored(f"{kind} is no answer to a page")
    incident = name(data.get("id"))
    if not incident:
        return Unreadable(f"{kind} has no event.data.id")
    if kind == OPENED:
        return _opened(event, data, incident)
    return _answered(kind, event, data, incident)


def _opened(event: Mapping[str, Any], data: Mapping[str, Any], incident: str) -> CallBack:
    """The page's key is the end of the address that our event gave; only older services repeat it as incident key."""
    address = mapping(event.get("client")).get("url")
    ending = name(address.rpartition("#")[2]) if isinstance(address, str) and "#" in address else ""
    key = ending or name(data.get("incident_key"))
    return Opened(key, incident) if key else Ignored(f"the incident {incident} was opened by nothing of ours")


def _answered(kind: str, event: Mapping[str, Any], data: Mapping[str, Any], incident: str) -> CallBack:
    agent, merged = mapping(event.get("agent")), mapping(data.get("resolve_reason"))
    if merged:  # in the name of whoever merged it
        return Ignored(f"the incident {incident} was merged into another, which is no answer")
    by = name(agent.get("type"))
    if by not in PEOPLE:
        return Ignored(f"{kind} by {by or 'nobody'}: only a person's answer counts")
    at = instant(event.get("occurred_at"))
    if at is None:
        return Unreadable(f"{kind} has no event.occurred_at that can be read")
    return Answered(ANSWERS[kind], incident, name(data.get("incident_key")), name(agent.get("id")), at)
