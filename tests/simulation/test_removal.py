"""What is no longer kept is removed under the adversary's faults, and no number is another one; and each part of the rule is needed."""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest

from processor.kinds import message_retention
from processor.kinds.message_state import State, started
from processor.kinds.retention import DAY, Period, end
from tests.simulation.adversary import Adversary, CellKey, NoRest
from tests.support.expected import wrong_cells
from tests.support.kept import a_course
from tests.support.logs import logs_of

SEEDS = int(os.environ.get("KPI_SEEDS", "120")) // 10
AFTERWARDS = 10 * DAY
"""Nothing comes for so long that everything is over."""


def differences(url: str, seed: int) -> tuple[dict[CellKey, tuple[int, int]], Counter[str]]:
    """What a seed's course left wrong, and what was seen on the way."""
    rng = random.Random(seed)
    records = [record._replace(partition=0 if record.topic == "settings" else rng.randrange(3)) for record in a_course(rng)]
    logs, produced_at = logs_of(records)
    taken = {partition: [records[place].timestamp_ms for place in places] for partition, places in produced_at.items()}
    ends_at = records[-1].timestamp_ms + AFTERWARDS
    adversary = Adversary(url, logs, seed, paced=produced_at, ends_at=ends_at, taken=taken)
    try:
        adversary.run()
        adversary.seen["remembered"] = len([*adversary.redis.scan_iter("*:g\x1fmessage*")])
        return wrong_cells(adversary.cells(), records, watermark=ends_at), adversary.seen
    finally:
        adversary.close()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_cell_equals_the_recount_whatever_was_removed_on_the_way(redis_url: str, seed: int) -> None:
    wrong, seen = differences(redis_url, seed)

    assert not wrong, f"{len(wrong)} wrong, such as {next(iter(wrong.items()))}"
    missing = {"crashes", "lost replies", "moves", "zombies", "rewinds", "conflicts", "remembered"} - set(+seen)
    assert not missing, f"never saw {missing}: it proves nothing about it"


def goes_wrong(url: str, seed: int) -> bool:
    try:
        return bool(differences(url, seed)[0])
    except NoRest:
        return True


def test_without_a_memory_of_what_was_removed_something_counts_twice(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_retention, "_holds", lambda packed, entry: False)

    assert any(goes_wrong(redis_url, seed) for seed in range(20))


def test_a_message_that_goes_as_soon_as_it_is_over_misses_what_comes_late(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def is_over(kept: list[Period], state: State, watermark: int) -> bool:
        last = end(kept, started(state) * 1000)
        return last is not None and watermark > last

    monkeypatch.setattr(message_retention, "_is_over", is_over)

    assert any(goes_wrong(redis_url, seed) for seed in range(20))
