"""What are the totals of a campaign on its days? Read as the API reads them, by one who sees all of the tenant."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection
from typing import Final

import msgspec

from schemas.answers import Figures
from schemas.cells import Basis
from schemas.errors import NotFound
from schemas.kpis import DEFINITION_VERSION, RECORDS
from schemas.updates import DayUpdate, Place, Update
from views_api.answers.looks import Looks
from views_api.scope import Scope
from views_api.stored.store import Store
from views_api.views.figures import by_currency, cells_of, of_campaign, show, stated
from views_api.views.periods import ask
from views_api.views.sums import Sums

_VIEWS: Final = frozenset(part.view for record in RECORDS for cells in cells_of(Basis.CREATED, record=record) for part in cells.parts)
"""Where the cells of totals lie: a day without any of them has none."""


class Rebuilding(Exception):
    """The numbers were not all counted when they were read: they are nobody's."""


class Daily:
    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        """`clock`: ms since 1970 UTC, now."""
        self._store, self._looks = store, Looks(store, clock)

    async def of(
        self, tenant: str, campaign: str, is_wanted: Callable[[str], bool], held: Collection[str], revision: str
    ) -> AsyncIterator[Update]:
        """What is to be said of the days that are wanted, of those that have numbers and of those that are `held`, of which somebody thinks that they do.

        `revision`: no newer than what is read. Raises `Rebuilding`.
        """
        there = {day for view, day in await self._store.days(tenant, campaign) if view in _VIEWS}
        for day in sorted(filter(is_wanted, there | set(held))):
            place = Place(tenant, campaign, day)
            try:
                yield await self._read(place) if day in there else Update(place, None, revision)
            except NotFound:
                yield Update(place, None, revision)

    async def _read(self, place: Place) -> Update:
        asked = ask(None, place.day, place.day, None, Basis.CREATED)
        scope = Scope.of_all(place.tenant)
        look = await self._looks.at(scope, place.campaign, asked, lambda record: cells_of(Basis.CREATED, record=record))
        if look.stamp.state == "rebuilding":
            raise Rebuilding
        said = stated(look.record, look.row, all_days=False)
        amounts = of_campaign(Sums(look.sums[0]), Basis.CREATED, None, look.record, said, look.days[0])
        value = DayUpdate(
            campaign_id=place.campaign,
            day=place.day,
            timezone=look.stamp.timezone,
            currency=look.stamp.currency,
            definition_version=DEFINITION_VERSION,
            totals=Figures(**show(amounts, look.exchange)),
            by_currency=by_currency(amounts, look.exchange.currency),
            unconverted=look.exchange.unconverted,
            rate_day=look.exchange.rate_day,
        )
        return Update(place, msgspec.json.encode(value), look.stamp.revision)
