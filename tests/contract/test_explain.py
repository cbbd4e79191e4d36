"""Explanations over a real store: they say what the API says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import pytest

from processor.explain import Question, explain
from processor.recount import rejection
from processor.store.redis import RedisStore
from schemas.cells import Basis
from schemas.kpis import Totals
from schemas.measures import Unit
from tests.support.course import ALL, Course
from tests.support.generator import generate

MEASURES = Totals.measures()


def is_money(name: str) -> set[bool]:
    """Of all that a number is made of."""
    return {MEASURES[measure].unit is Unit.MONEY for measure in Totals.needs(name)}


def is_compared(name: str) -> bool:
    """What mixes counts and money, or is said by the campaign, is worked out from the others."""
    money = {Totals.published()[name].unit is Unit.MONEY, *is_money(name)}
    return len(money) == 1 and not any(MEASURES[measure].of_row for measure in Totals.needs(name))


def told(answer: Any, name: str) -> dict[str, Any]:
    """The number as the API gives it: money by currency, without zeros."""
    if is_money(name) == {False}:
        return {"": answer["totals"][name]}
    return {currency: amounts[name] for currency, amounts in answer["by_currency"].items() if amounts.get(name)}


def found(numbers: Mapping[str, Any], name: str, own: str | None) -> dict[str, Any]:
    """The explained one in the same form: what has no currency is in the campaign's."""
    if is_money(name) == {False}:
        return dict(numbers)
    sums: Counter[str] = Counter()
    for currency, amount in numbers.items():
        sums[currency or own or ""] += amount
    return {currency: amount for currency, amount in sums.items() if amount}


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("basis", [Basis.CREATED, Basis.CLOSED])
async def test_an_explained_number_is_the_one_that_the_api_gives(redis_url: str, seed: int, basis: Basis) -> None:
    course, compared = Course(redis_url), 0
    async with course.counted() as counted:
        await counted.take([[(0, record) for record in generate(seed, profile="hot", events=300) if rejection(record) is None]])
        store = RedisStore(redis_url, generation=counted.generation)
        for row in (await counted.answer("/v1/campaigns"))["items"]:
            answer = await counted.answer(f"/v1/campaigns/{quote(row['id'], safe='')}/overview", {**ALL, "basis": basis})
            for name, total in answer["totals"].items():
                if total is not None and is_compared(name):
                    explanation = await explain(store, Question("default", row["id"], name, basis, None, None, {}))
                    assert explanation.agrees
                    assert found(explanation.numbers, name, row["currency"]) == told(answer, name), name
                    compared += 1
        await store.close()
    assert compared > 30
