"""Dead letter first, then position: with the two turned round, a crash in between loses a record. Shows that the order is needed, and that a test would notice."""

from __future__ import annotations

import inspect
import textwrap

import pytest

from processor.stream import agent
from tests.unit.stream.building import Scene, a_poll

PARK = """        if park:
            park = False
            if not await self._parked(letters):  # acknowledged by Kafka before the position moves over them
                continue
"""
COMMIT = """            if await self._commit(self._slots(group), events, places):
                return
"""


class CrashError(Exception):
    """The process ends here."""


async def lost(monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether a bad record is neither parked nor read again, after a crash at the moment of parking."""
    scene = await Scene().claimed()

    async def park(_: object) -> None:
        raise CrashError

    monkeypatch.setattr(scene.letters, "park", park)
    with pytest.raises(CrashError):
        await scene.agent.on_poll(a_poll(0, 3, bad={1}))
    return await scene.position() > 1


async def test_a_crash_at_the_dead_letter_leaves_the_position_before_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not await lost(monkeypatch)


async def test_with_position_before_dead_letter_a_crash_in_between_loses_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    source = textwrap.dedent(inspect.getsource(agent.Agent._count))
    assert PARK in source
    assert COMMIT in source
    turned = source.replace(PARK, "").replace(COMMIT, COMMIT.replace("return", "await self._parked(letters)\n                return"))
    turned = turned.replace("except Exception as error:", "except ZeroDivisionError as error:")
    namespace: dict[str, object] = {}
    exec(compile("from __future__ import annotations\n" + turned, "mutant", "exec"), vars(agent), namespace)
    monkeypatch.setattr(agent.Agent, "_count", namespace["_count"])

    assert await lost(monkeypatch)
