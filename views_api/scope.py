"""Who asks, and what may they see? One scope per request; every question to the reader carries it.

Which campaigns these are is no list that could be out of date: the row of a campaign decides it, in the very state of the store that the numbers are read from.
"""

from __future__ import annotations

from argparse import ArgumentTypeError
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

import msgspec

from schemas.kpis import MONEY
from schemas.rows import CampaignRow, TenantRow
from views_api.problems import Forbidden


class Right(StrEnum):
    """Each is given by itself; none contains another."""

    VIEW = "view"
    """The numbers at all (F08)."""
    VIEW_ALL = "view_all"
    """Those of every campaign of the tenant (F10); without it, of those that one manages or takes part in (F09)."""
    MONEY = "money"
    """Amounts, and what is worked out from them."""
    WRITE = "write"
    """Changing campaigns and targets (F11)."""
    EXPORT = "export"
    ALERT_ADMIN = "alert_admin"
    ADMIN = "admin"
    """API keys and settings of the tenant."""


def rights_named(text: str) -> set[Right]:
    """Those of a command line, with commas between; raises `ArgumentTypeError` for a word that is none."""
    try:
        return {Right(word) for word in text.split(",")}
    except ValueError as error:
        raise ArgumentTypeError(f"{error}: there are {', '.join(Right)}") from error


@dataclass(frozen=True, slots=True)
class Scope:
    """What one caller may see and do."""

    principal: str
    """Who it is: what limits are counted by. Two principals never share it."""
    tenant: str
    rights: frozenset[Right]
    staff: str | None = None
    """Who of the tenant's staff it is; None: a service, which manages no campaign and takes part in none."""

    @classmethod
    def of_all(cls, tenant: str, principal: str = "") -> Self:
        """Every right in a tenant."""
        return cls(principal, tenant, frozenset(Right))

    def needs(self, right: Right) -> None:
        """Raises `Forbidden` without it."""
        if right not in self.rights:
            raise Forbidden(right)

    @property
    def money(self) -> bool:
        return Right.MONEY in self.rights

    def needs_for(self, number: str) -> None:
        """Raises `Forbidden` for a published number that rests on amounts, where these may not be seen: it must not even decide an order."""
        if number in MONEY:
            self.needs(Right.MONEY)

    @property
    def all_campaigns(self) -> bool:
        return Right.VIEW_ALL in self.rights

    def sees(self, campaign: CampaignRow) -> bool:
        """Whether a campaign exists for this caller, as it is now. A deleted one exists for nobody."""
        return not campaign.deleted and (self.all_campaigns or self._manages(campaign) or self.staff in campaign.participant_ids)

    def leads(self, campaign: CampaignRow) -> bool:
        """Whether a campaign that is seen is theirs to decide about: who takes part, and whether it is there at all."""
        return self.all_campaigns or self._manages(campaign)

    def only(self, campaign: CampaignRow, settings: TenantRow) -> str | None:
        """The staff id whose rows alone are shown of a campaign that is seen; None: everybody's. What is of the whole team is shown to all who see it."""
        if self.leads(campaign) or settings.participant_sees == "all":
            return None
        return self.staff

    def shared(self, only: str | None) -> Self:
        """The scope of all who see as much of a campaign that is seen; `only` as above. What is worked out by it for one of them is right for each."""
        if only is not None:
            return self
        return replace(self, principal="", staff=None, rights=frozenset({Right.VIEW, Right.VIEW_ALL}) | (self.rights & {Right.MONEY}))

    def _manages(self, campaign: CampaignRow) -> bool:
        return self.staff is not None and self.staff == campaign.manager_id

    @property
    def key(self) -> str:
        """Equal for callers who see the same."""
        whose = None if self.all_campaigns else [self.staff]
        return msgspec.json.encode((self.tenant, whose, self.money)).decode()
