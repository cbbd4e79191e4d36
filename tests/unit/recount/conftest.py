"""Streams of the adversary, recounted."""

from __future__ import annotations

import pytest

from tests.support.recounted import STREAMS, Recounted, recounted


@pytest.fixture(name="seen", params=STREAMS, ids=lambda stream: f"{stream[0]}-{stream[1]}")
def _seen(request: pytest.FixtureRequest) -> Recounted:
    return recounted(*request.param)
