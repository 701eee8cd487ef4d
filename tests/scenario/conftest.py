from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.scenario.harness import Story
from tests.scenario.pagerduty_scene import Scene, scenes
from triage.store.db import Database


@pytest.fixture
def story(database: Database) -> Story:
    """The service with the shipped configuration, on each kind of database."""
    return Story(database)


@pytest.fixture
def begin(database: Database) -> Iterator[Callable[..., Scene]]:
    """Begins a story in which ana and cy are paged over PagerDuty; `edits` change words of the configuration."""
    with scenes(database) as begin:
        yield begin
