from __future__ import annotations

import pytest

from tests.scenario.harness import Story
from triage.store.db import Database


@pytest.fixture
def story(database: Database) -> Story:
    """The service with the shipped configuration, on each kind of database."""
    return Story(database)
