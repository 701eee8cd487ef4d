"""PagerDuty as far as we see it: takes events, keeps incidents, rings people, and has webhooks to deliver.

What its webhooks say is what real ones say: an incident that an event opened has no `incident_key`, the event's
`client` stands in `incident.triggered` alone, and `agent` tells people from integrations.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

from tests.contract.gateway_server import Connection, LocalServer, answer, http

OVER = "resolved"
#: What each act makes of an incident, and from which states it can be done.
ACTS = {"acknowledge": ("acknowledged", {"triggered"}), "resolve": (OVER, {"triggered", "acknowledged"})}
INTEGRATION = {"id": "PXMQRWJ", "type": "inbound_integration_reference", "summary": "Events API V2"}


def person(user: str, name: str = "Tenex Engineer") -> dict[str, Any]:
    """A user as an agent of events."""
    return {"id": user, "type": "user_reference", "summary": name}


def signed(body: bytes, *secrets: str) -> dict[str, str]:
    """The headers of a webhook: a signature by each of the secrets."""
    digests = (hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets)
    return {"X-PagerDuty-Signature": ",".join(f"v1={digest}" for digest in digests)}


@dataclass
class ProviderIncident:
    """One of PagerDuty's own incidents; `key` is the alert's."""

    id: str
    key: str
    title: str
    status: str = "triggered"


class PagerDutyDouble:
    """A server on loopback; a context manager.

    `refusals` are answered first, in order. `before` is called with each event before it is taken, as if the event
    were still on its way. `webhooks` are the bodies that wait to be delivered.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.incidents: list[ProviderIncident] = []
        self.events: list[dict[str, Any]] = []
        self.refusals: list[bytes] = []
        self.before: Callable[[dict[str, Any]], None] | None = None
        self.webhooks: list[bytes] = []
        self.keyed = False  # whether incidents tell the event's key, as on services that make no alerts
        self._now = now
        self._told = 0
        self._server = LocalServer(http(self._enqueue))

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def ringing(self) -> list[str]:
        """The keys of the alerts for which somebody is still being notified."""
        return [incident.key for incident in self.incidents if incident.status == "triggered"]

    def status(self, key: str) -> str:
        """What has become of the newest incident with the key."""
        return self._newest(key).status

    def settled(self) -> list[tuple[str, str]]:
        """The (action, key) of each event that was no trigger, in order."""
        return [(e["event_action"], e["dedup_key"]) for e in self.events if e["event_action"] != "trigger"]

    def act(self, key: str, action: str, agent: dict[str, Any] | None) -> None:
        """Acknowledge or resolve, as people do in the app and integrations by events."""
        incident = self._newest(key)
        state, before = ACTS[action]
        if incident.status in before:
            incident.status = state
            self._tell(state, incident, agent)

    def merge(self, key: str, into: str, agent: dict[str, Any]) -> None:
        """A person merges an incident into another; PagerDuty says that they resolved it."""
        incident, target = self._newest(key), self._newest(into)
        incident.status = OVER
        self._tell(OVER, incident, agent, {"type": "merge_resolve_reason", "incident": {"id": target.id}})

    def _newest(self, key: str) -> ProviderIncident:
        return next(incident for incident in reversed(self.incidents) if incident.key == key)

    def _enqueue(self, connection: Connection) -> None:
        event = json.loads(connection.server.requests[-1].body)
        if self.refusals:
            connection.send(self.refusals.pop(0))
            return
        if self.before:
            self.before(event)
        self.events.append(event)
        key, action = event["dedup_key"], event["event_action"]
        is_open = any(incident.key == key and incident.status != OVER for incident in self.incidents)
        if action == "trigger" and not is_open:
            title = event["payload"]["summary"]
            self.incidents.append(ProviderIncident(f"Q{len(self.incidents)}", key, title))
            client = {"name": event["client"], "url": event["client_url"]}
            self._tell("triggered", self.incidents[-1], INTEGRATION, client=client)
        elif action != "trigger" and is_open:
            self.act(key, action, INTEGRATION)
        told = {"status": "success", "message": "Event processed", "dedup_key": key}
        connection.send(answer(202, body=json.dumps(told).encode()))

    def _tell(
        self,
        what: str,
        incident: ProviderIncident,
        agent: dict[str, Any] | None,
        resolve_reason: dict[str, Any] | None = None,
        client: dict[str, Any] | None = None,
    ) -> None:
        self._told += 1
        event = {
            "id": f"01EVENT{self._told:04d}",
            "event_type": f"incident.{what}",
            "resource_type": "incident",
            "occurred_at": self._now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "agent": agent,
            "client": client,
            "data": {
                "id": incident.id,
                "type": "incident",
                "status": incident.status,
                "incident_key": incident.key if self.keyed else None,
                "title": incident.title,
                "resolve_reason": resolve_reason,
            },
        }
        self.webhooks.append(json.dumps({"event": event}).encode())
