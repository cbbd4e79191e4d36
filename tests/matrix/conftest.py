from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from schemas.events import TOPICS, Rejected, parse
from tests.support.course import Counted, Course
from tests.support.generator import generate


@pytest.fixture(name="course")
def _course(redis_url: str) -> Course:
    return Course(redis_url)


@pytest.fixture(name="counted", params=[("normal", 9), ("sparse", 5)], ids=lambda param: param[0])
async def _counted(course: Course, request: pytest.FixtureRequest) -> AsyncIterator[Counted]:
    """A generated course of events, all counted."""
    profile, seed = request.param
    records = [
        record
        for record in generate(seed, profile=profile)
        if not isinstance(parse(record.value, record.key, record.headers, TOPICS[record.topic], record.timestamp_ms), Rejected)
    ]
    async with course.counted() as counted:
        await counted.take([[(0, record) for record in records[at : at + 50]] for at in range(0, len(records), 50)])
        yield counted
