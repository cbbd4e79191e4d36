"""The numbers are exact at the end of any course of events; and each guard is needed: without it, some course ends in a wrong number."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable

import pytest

from processor.store.redis import RedisStore
from processor.transaction import Tx
from tests.simulation.adversary import Adversary, CellKey, NoRest
from tests.support.expected import wrong_cells
from tests.support.generator import generate
from tests.support.logs import logs_of
from tests.support.values import NOW

SEEDS = int(os.environ.get("KPI_SEEDS", "120"))
PROFILES = ("normal", "sparse", "hot")


def differences(
    url: str, seed: int, *, prepare: Callable[[RedisStore], None] = lambda store: None
) -> tuple[dict[CellKey, tuple[int, int]], Counter[str]]:
    """What a seed's course of events left wrong in the store: cell -> (there, as it should be)."""
    profile = PROFILES[seed % 3]
    records = generate(seed, profile=profile)
    logs, produced_at = logs_of(records)
    adversary = Adversary(
        url,
        logs,
        seed,
        workers=5 if profile == "hot" else 3,
        paced=None if seed % 9 < 3 else produced_at,
        ends_at=NOW,
        prepare=prepare,
    )
    try:
        adversary.run()
        return wrong_cells(adversary.cells(), records, watermark=NOW), adversary.seen
    finally:
        adversary.close()


@pytest.mark.parametrize("seeds", [range(n, SEEDS, 12) for n in range(min(12, SEEDS))], ids=lambda seeds: f"from {seeds.start}")
def test_every_cell_equals_the_recount_after_any_course_of_events(redis_url: str, seeds: range) -> None:
    for seed in seeds:
        wrong, seen = differences(redis_url, seed)
        assert not wrong, f"seed {seed}: {len(wrong)} wrong, such as {next(iter(wrong.items()))}"

        missing = {"crashes", "lost replies", "moves", "zombies", "rewinds", "conflicts"} - set(seen)
        assert not missing, f"seed {seed} never saw {missing}: it proves nothing about it"


def _replaced(old: str, new: str) -> Callable[[RedisStore], None]:
    def prepare(store: RedisStore) -> None:
        source = store._sources["apply"]
        assert old in source
        store._sources["apply"] = source.replace(old, new)

    return prepare


# A soft read whose mark is missing is too rare for chance: `tests/contract/test_races.py` shows that one.
LUA_MUTANTS = {
    "the position guard": ("if position ~= s[4] then", "if false then"),
    "the compare-and-set on states": ("compare(writes[1], writes[2], writes[3])", ""),
    "the verification of what was read": ("compare(reads[1], reads[2], reads[3])", ""),
}


def goes_wrong(url: str, seed: int, prepare: Callable[[RedisStore], None]) -> bool:
    """A wrong number, or states that contradict each other, so that settling never ends."""
    try:
        return bool(differences(url, seed, prepare=prepare)[0])
    except NoRest:
        return True


@pytest.mark.parametrize("guard", LUA_MUTANTS)
def test_without_this_guard_some_course_of_events_ends_in_a_wrong_number(redis_url: str, guard: str) -> None:
    prepare = _replaced(*LUA_MUTANTS[guard])

    assert any(goes_wrong(redis_url, seed, prepare) for seed in range(60)), f"{guard} is removed and nothing notices"


def test_without_the_mark_of_a_changed_opportunity_its_orders_stay_where_they_were(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = Tx.changed
    monkeypatch.setattr(Tx, "changed", lambda tx, index, mark: None if mark[:1] == b"o" else changed(tx, index, mark))

    assert any(differences(redis_url, seed)[0] for seed in range(60))
