"""Which targets does a campaign have, and how far are they? What is read for one answer is read once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from schemas import keys
from schemas.answers import Stamp
from schemas.cells import Basis
from schemas.errors import NotFound
from schemas.events.instants import milliseconds
from schemas.kpis import MONEY
from schemas.measures import Number
from schemas.rows import TargetRow, target_version
from schemas.targets import TargetItem, TargetList
from views_api.answers.reader import Reader
from views_api.answers.several import Several
from views_api.scope import Scope
from views_api.stored.readings import position
from views_api.views.figures import PUBLISHED
from views_api.views.pacing import LINEAR, WEEKS, adds_up, pacing, share, weights
from views_api.views.periods import Asked, By, Preset

_EVERYBODY: Final = 1_000_000


class _Target(NamedTuple):
    id: str
    version: int
    row: TargetRow

    @property
    def days(self) -> Asked:
        return Asked(None, date.fromisoformat(self.row.from_day), date.fromisoformat(self.row.to_day), None, Basis.CREATED)


class Targets:
    def __init__(self, reader: Reader, several: Several) -> None:
        self._reader, self._several = reader, several

    async def sees(self, scope: Scope, target: TargetRow) -> bool:
        """Whether a target exists for this caller: of the whole tenant for those who see all, of a campaign for those who see it, of a person for those who see their row."""
        if target.measure in MONEY and not scope.money:
            return False
        if target.campaign_id is None:
            return scope.all_campaigns
        try:
            only = await self._reader.only(scope, target.campaign_id)
        except NotFound:
            return False
        return only is None or target.staff_id in (None, only)

    async def of_campaign(self, scope: Scope, campaign: str) -> TargetList:
        """Those that the caller sees, by first day and id. Raises `NotFound`."""
        return await self._found(scope, campaign, _OfCampaign(self._reader, scope, campaign))

    async def of_all(self, scope: Scope) -> TargetList:
        """Those over all campaigns."""
        return await self._found(scope, None, _OfAll(self._reader, self._several, scope))

    async def _found(self, scope: Scope, campaign: str | None, read: _Read) -> TargetList:
        await read.begin()
        found = [
            target
            for target in await self._all(scope.tenant)
            if target.row.campaign_id == campaign
            and not target.row.deleted
            and target.row.measure in PUBLISHED
            and await self.sees(scope, target.row)
        ]
        items = [await read.item(target) for target in sorted(found, key=lambda target: (target.row.from_day, target.id))]
        return TargetList(items=items, stamp=read.stamp)

    async def _all(self, tenant: str) -> list[_Target]:
        rows = {identity.decode(): target_version(raw) for identity, raw in (await self._reader.store.table(keys.targets(tenant))).items()}
        return [_Target(identity, version.version, row) for identity, (row, version) in rows.items()]


class _Read(ABC):
    """What one answer reads: the totals of each period once, of people too where there are targets of theirs."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._totals: dict[Asked, Any] = {}
        self._people: dict[Asked, dict[str | None, Any]] = {}
        self._profiles: dict[tuple[str, str], Any] = {}
        self.stamp: Stamp
        """Of the oldest state that was read."""

    @abstractmethod
    async def overview(self, days: Asked) -> Any:
        """Totals and stamp."""

    @abstractmethod
    async def people(self, days: Asked) -> Any:
        """Rows and stamp; None where numbers are not kept by person."""

    @abstractmethod
    async def series(self, days: Asked, measure: str) -> Any:
        """Points and stamp; None where there are none."""

    async def begin(self) -> None:
        self.stamp = (await self.overview(Asked(Preset.TODAY, None, None, None, Basis.CREATED))).stamp

    async def item(self, target: _Target) -> TargetItem:
        row, actual = target.row, await self._actual(target)
        paced = adds_up(row.measure, PUBLISHED[row.measure])
        weighing = await self._weighing(row) if paced else None
        found = pacing(row.value, actual, self._over(row, weighing or LINEAR) if paced else None)
        return TargetItem(
            target_id=target.id,
            version=target.version,
            measure=row.measure,
            staff_id=row.staff_id,
            from_=row.from_day,
            to=row.to_day,
            value=row.value,
            actual=actual,
            profile=("weekdays" if weighing else "linear") if paced else None,
            **found._asdict(),
        )

    def _over(self, row: TargetRow, weighing: Sequence[float]) -> float:
        first, last = date.fromisoformat(row.from_day), date.fromisoformat(row.to_day)
        zone, at = self.stamp.timezone, milliseconds(self.stamp.as_of) if self.stamp.as_of else self._reader.clock()
        over = share(first, last, weighing, at, zone)
        return share(first, last, LINEAR, at, zone) or 0.0 if over is None else over

    async def _actual(self, target: _Target) -> Number | None:
        days, staff = target.days, target.row.staff_id
        if staff is None:
            if days not in self._totals:
                answer = await self.overview(days)
                self._seen(answer.stamp)
                self._totals[days] = answer.totals
            found = self._totals[days]
        else:
            if days not in self._people:
                people = await self.people(days)
                self._people[days] = {item.staff_id: item for item in people.items} if people else {}
                if people:
                    self._seen(people.stamp)
            found = self._people[days].get(staff)
        number: Number | None = getattr(found, target.row.measure, None)
        return number

    async def _weighing(self, row: TargetRow) -> Sequence[float] | None:
        """Of the whole campaign, also for one person: their few numbers would say little."""
        which = (row.measure, row.from_day)
        if which not in self._profiles:
            last = date.fromisoformat(row.from_day).toordinal() - 1
            first = last - 7 * WEEKS + 1
            self._profiles[which] = None
            if first >= 1:
                days = Asked(None, date.fromordinal(first), date.fromordinal(last), None, Basis.CREATED)
                past = await self.series(days, row.measure)
                if past:
                    self._seen(past.stamp)
                    self._profiles[which] = weights([point.value for point in past.points], date.fromordinal(first))
        return self._profiles[which]  # type: ignore[no-any-return]

    def _seen(self, stamp: Stamp) -> None:
        if position(stamp.revision) < position(self.stamp.revision):
            self.stamp = stamp


class _OfCampaign(_Read):
    def __init__(self, reader: Reader, scope: Scope, campaign: str) -> None:
        super().__init__(reader)
        self._scope, self._campaign = scope, campaign

    async def overview(self, days: Asked) -> Any:
        return await self._reader.overview(self._scope, self._campaign, days)

    async def people(self, days: Asked) -> Any:
        return await self._reader.staff(self._scope, self._campaign, days, _EVERYBODY, None)

    async def series(self, days: Asked, measure: str) -> Any:
        return await self._reader.series(self._scope, self._campaign, days, measure, By.DAY)


class _OfAll(_Read):
    """Over all campaigns: there is no row of a person there, and no series."""

    def __init__(self, reader: Reader, several: Several, scope: Scope) -> None:
        super().__init__(reader)
        self._several, self._scope = several, scope

    async def overview(self, days: Asked) -> Any:
        return await self._several.overview(self._scope, days, None)

    async def people(self, days: Asked) -> Any:  # noqa: ARG002
        return None

    async def series(self, days: Asked, measure: str) -> Any:  # noqa: ARG002
        return None
