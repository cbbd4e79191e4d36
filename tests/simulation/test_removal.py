"""What is no longer kept is removed under the adversary's faults, and no number is another one."""

from __future__ import annotations

import os
import random
from collections import Counter

import pytest

from processor.kinds.retention import DAY
from tests.simulation.adversary import Adversary, CellKey
from tests.support.expected import wrong_cells
from tests.support.kept import a_course
from tests.support.logs import logs_of

SEEDS = int(os.environ.get("KPI_SEEDS", "120")) // 10
AFTERWARDS = 40 * DAY
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
