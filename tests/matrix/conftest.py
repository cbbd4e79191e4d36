from __future__ import annotations

import pytest

from tests.support.course import Course


@pytest.fixture(name="course")
def _course(redis_url: str) -> Course:
    return Course(redis_url)
