from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from deploy.demo import crm
from deploy.demo.envelope import Record
from deploy.demo.world import World
from tests.unit.demo.reading import Told, told_by

UNTIL = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


@pytest.fixture(scope="session", name="until")
def _until() -> datetime:
    """The present, in these tests: a Tuesday evening in Vietnam."""
    return UNTIL


@pytest.fixture(scope="session", name="records")
def _records() -> Sequence[Record]:
    """A fifth of the usual history."""
    return list(crm.begin(UNTIL, 0.2).history(UNTIL))


@pytest.fixture(scope="session", name="history")
def _history(records: Sequence[Record]) -> Sequence[Told]:
    return told_by(records)


@pytest.fixture(name="world")
def _world() -> World:
    """A world whose small history has been told, ready to play."""
    world = crm.begin(UNTIL, 0.05)
    for _ in world.history(UNTIL):
        pass
    return world
