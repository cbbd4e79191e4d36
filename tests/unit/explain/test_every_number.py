"""Whatever is counted, every number can be explained: the number is the sum of its cells, each cell that of its entities."""

from __future__ import annotations

import pytest

from processor.explain import Question, explain
from processor.store.memory import MemoryStore
from schemas.cells import Basis
from schemas.kpis import Totals
from tests.support.generator import generate
from tests.support.logs import logs_of
from tests.support.said import order
from tests.support.world import Worker
from tests.unit.explain.conftest import Count, Explained, said

DAYS = [(None, None), ("2026-03-01", "2026-03-20")]


def is_known(measure: str, basis: Basis) -> bool:
    """Whether there is such a number of a campaign or of a person."""
    return all(basis in {**(found := Totals.measures()[name]).campaign, **found.staff} for name in Totals.needs(measure))


@pytest.mark.parametrize("seed", range(6))
async def test_the_entities_of_every_cell_of_every_number_add_up_to_it(seed: int) -> None:
    store = MemoryStore(seed)
    worker = await Worker.on(store)
    for log in logs_of(generate(seed, profile="hot", events=300))[0].values():
        await worker.commit(*log)
    await worker.settle()
    with_cells = 0
    for tenant, campaign in sorted({(tenant, campaign) for tenant, campaign, *_ in store.cells if campaign}):
        for measure in {**Totals.published(), **Totals.measures()}:
            for basis in Basis:
                for first, last in DAYS:
                    if not is_known(measure, basis):
                        continue
                    found = await explain(store, Question(tenant, campaign, measure, basis, first, last, {}))
                    assert found.agrees, said(found)
                    with_cells += any(part.cells for part in found.measures)
    assert with_cells > 100


async def test_a_cell_that_is_not_the_sum_of_its_entities_is_called_so(store: MemoryStore, count: Count, explained: Explained) -> None:
    await count(order(campaign_id="c"))
    for cell in store.cells:
        store.cells[cell] += 1

    found = await explained("orders")

    assert not found.agrees
    assert "NOT EQUAL: 1 entity adds up to 1" in said(found)
    assert "processor.recount" in said(found)


async def test_a_cell_that_no_entity_adds_to_is_named_too(store: MemoryStore, count: Count, explained: Explained) -> None:
    await count(order(campaign_id="c"))
    store.cells["default", "c", "r", 20_000, "n\x1f2"] = 7

    found = await explained("orders")

    assert not found.agrees
    assert found.numbers == {"": 8}


async def test_what_is_read_while_it_changes_is_read_again(store: MemoryStore, count: Count, explained: Explained) -> None:
    await count(order(campaign_id="c"))
    read, late = store.read_cells, [order("late", campaign_id="c")]

    async def meanwhile(*asked: object) -> object:
        cells = await read(*asked)  # type: ignore[arg-type]
        if late:
            await count(late.pop())
        return cells

    store.read_cells = meanwhile  # type: ignore[method-assign, assignment]
    found = await explained("orders")

    assert (found.moved, found.agrees, found.numbers) == (False, True, {"": 2})


async def test_what_never_stands_still_is_said_to_be_of_more_than_one_moment(
    store: MemoryStore, count: Count, explained: Explained
) -> None:
    await count(order(campaign_id="c"))
    read, numbers = store.read_cells, iter(range(100))

    async def meanwhile(*asked: object) -> object:
        cells = await read(*asked)  # type: ignore[arg-type]
        await count(order(f"late-{next(numbers)}", campaign_id="c"))
        return cells

    store.read_cells = meanwhile  # type: ignore[method-assign, assignment]
    found = await explained("orders")

    assert found.moved
    assert "of more than one moment" in said(found)


async def test_what_waits_to_be_decided_again_is_told(store: MemoryStore, count: Count, explained: Explained) -> None:
    await count(order(campaign_id="c"))
    store.dirty.add(b"r something")

    assert "1 things or more wait" in said(await explained("orders"))


async def test_of_a_cell_with_many_entities_the_largest_are_named_and_all_are_added_up(count: Count, explained: Explained) -> None:
    await count(*(order(f"or-{n}", campaign_id="c", gross_minor=n + 1) for n in range(30)))

    (gross,) = (await explained("revenue_gross", limit=2)).measures
    (cell,) = gross.cells

    assert [(share.entity.id, share.amount) for share in cell.shares] == [("or-29", 30), ("or-28", 29)]
    assert (cell.entities, cell.explained, cell.stored) == (30, 465, 465)
