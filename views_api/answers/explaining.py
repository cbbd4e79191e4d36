"""Why is a number what it is? Asked of the processor, which alone knows what was decided (`python -m processor explain --serve`); who may ask is decided here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import httpx
import msgspec

from schemas.cells import Basis
from schemas.errors import Unavailable
from schemas.explained import Explained, Explanation, Why
from schemas.keys import View
from views_api.answers.reader import Reader
from views_api.problems import Refused
from views_api.scope import Right, Scope
from views_api.views.figures import cells_of
from views_api.views.periods import Asked
from views_api.views.stamps import period_view

_PATIENCE_S: Final = 30.0
"""Of campaigns with hundreds of thousands of entities all are read."""
_OF_MONEY: Final = frozenset({View.ORDERS, View.ORDERS_BY_OWNER, View.SPEND, View.BY_CAMPAIGN})
"""What is decided about the entities behind these cells is told with their amounts."""


class Explaining:
    def __init__(self, address: str | None, secret: str | None) -> None:
        """`address`: where the processor explains; None: nowhere. `secret`: what is shown there."""
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        self._client = httpx.AsyncClient(base_url=address, headers=headers, timeout=_PATIENCE_S, trust_env=False) if address else None

    async def close(self) -> None:
        if self._client:
            await self._client.aclose()

    async def of(
        self,
        reader: Reader,
        scope: Scope,
        campaign: str,
        asked: Asked,
        measure: str,
        dimensions: Mapping[str, str],
        limit: int,
        entity: str | None,
    ) -> Explanation:
        """For those who see everybody's rows: an explanation names people and what they did.

        Raises `NotFound`, `Forbidden`, `Refused` where there is no such number, `Unavailable` where nobody explains.
        """
        scope.needs_for(measure)
        basis = asked.basis
        look = await reader.looks.at(scope, campaign, asked, lambda record: cells_of(basis, names=record.needs(measure), record=record))
        if look.only is not None:
            scope.needs(Right.VIEW_ALL)
        if any(
            part.view in _OF_MONEY
            for cells in cells_of(basis, names=look.record.needs(measure), record=look.record)
            for part in cells.parts
        ):
            scope.needs(Right.MONEY)
        first, last = look.period.first, look.period.last
        why = Why(
            tenant=scope.tenant,
            campaign=campaign,
            measure=measure,
            basis=basis.value,
            first=None if first is None or basis is Basis.AS_OF else first.isoformat(),
            last=None if last is None else last.isoformat(),
            dimensions=dict(dimensions),
            limit=limit,
            entity=entity,
            elsewhere=scope.all_campaigns,
        )
        found = await self._ask(why)
        return Explanation(campaign=campaign, period=period_view(look.period), stamp=look.stamp, **msgspec.structs.asdict(found))

    async def _ask(self, why: Why) -> Explained:
        if self._client is None:
            raise Unavailable("no processor explains here")
        try:
            answer = await self._client.post("/explain", content=msgspec.json.encode(why))
        except httpx.HTTPError as error:
            raise Unavailable("the processor that explains is away") from error
        if answer.status_code == httpx.codes.UNPROCESSABLE_ENTITY:
            raise Refused("measure", answer.text)
        if answer.status_code != httpx.codes.OK:
            raise Unavailable(f"the processor that explains answers {answer.status_code}")
        try:
            return msgspec.json.decode(answer.content, type=Explained)
        except msgspec.DecodeError as error:  # of another version, while one after the other is replaced; or not it that answered
            raise Unavailable("the processor that explains is not understood") from error
