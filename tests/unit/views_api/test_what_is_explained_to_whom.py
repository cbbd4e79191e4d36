"""What the API says to the processor about whoever asks why a number is what it is."""

from __future__ import annotations

from typing import Any

import pytest

from schemas.cells import Basis
from schemas.explained import Explained, Why
from tests.support.cells import Numbers, a_campaign
from tests.unit.views_api.conftest import NOON
from views_api.answers.explaining import Explaining
from views_api.answers.reader import Reader
from views_api.scope import Right, Scope
from views_api.stored.store import Store
from views_api.views.periods import Preset, ask


@pytest.mark.parametrize(("rights", "elsewhere"), [({Right.VIEW}, [False]), ({Right.VIEW, Right.VIEW_ALL}, [True])])
async def test_who_manages_a_campaign_is_told_nothing_of_others(
    numbers: Numbers, redis_url: str, monkeypatch: pytest.MonkeyPatch, rights: set[Right], elsewhere: list[bool]
) -> None:
    numbers.campaign(a_campaign(manager_id="chi"))
    asked: list[Why] = []

    async def told(_: Explaining, why: Why) -> Any:
        asked.append(why)
        return Explained(measure="won", values={}, measures=[], entities=[], unsettled=0, moved=False, agrees=True)

    monkeypatch.setattr(Explaining, "_ask", told)
    store, chi = Store(redis_url, None, "g1"), Scope("sub", "default", frozenset(rights), "chi")
    days = ask(Preset.MONTH, None, None, None, Basis.CREATED)

    await Explaining(None, None).of(Reader(store, lambda: NOON), chi, "c", days, "won", {}, 20, "op")
    await store.close()

    assert [why.elsewhere for why in asked] == elsewhere
