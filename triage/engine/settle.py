"""Tells providers that keep asking for an answer when a page needs none any more.

An incident that is settled settles every key that its pages were sent with.
"""

from __future__ import annotations

from datetime import timedelta

from triage.domain.escalation import IncidentState, PageState
from triage.engine.context import Work
from triage.ports import Settlement, Settles
from triage.store import incidents, settlements
from triage.store.incidents import Incident
from triage.store.settlements import Taken

#: A provider that cannot be told for so long is left to the humans who hear it ring.
LIFE = timedelta(days=1)


def settle_pages(work: Work, incident_id: int) -> None:
    """Bring what such providers hold of the incident's ended pages in line with what has become of these."""
    incident = incidents.get(work.conn, incident_id)
    assert incident is not None  # noqa: S101 - its pages have just ended
    settling = [name for name, gateway in work.context.gateways.items() if isinstance(gateway, Settles)]
    for page in settlements.taken(work.conn, incident_id, settling):
        settlement = _settlement(incident, page)
        if settlement not in page.told:
            settlements.put(work.conn, page, settlement, work.now + LIFE, work.now)


def _settlement(incident: Incident, page: Taken) -> Settlement:
    """A page that was acknowledged is so there too while the incident is; whatever else ends it resolves it."""
    has_it = incident.state is IncidentState.ACKNOWLEDGED and page.state is PageState.ACKNOWLEDGED
    return Settlement.ACKNOWLEDGE if has_it else Settlement.RESOLVE
