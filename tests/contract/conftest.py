from __future__ import annotations

import pytest

from tests.contract.site import Site, site_over
from tests.scenario.harness import Story
from triage.store.db import Database


@pytest.fixture
def site(database: Database) -> Site:
    """The HTTP side over the shipped configuration, on each kind of database."""
    return site_over(Story(database))
