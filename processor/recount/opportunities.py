"""What is to be known of an opportunity: its runs, when it closed, who is credited, what it was at an instant (docs/definitions.md, "Opportunity")."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from processor.recount.campaigns import Campaigns
from processor.recount.contract import Data
from processor.recount.facts import Entity, Version


@dataclass(frozen=True)
class Run:
    """A longest stretch of neighbouring entries with one status. `start` is from when the state as of a time has this status."""

    status: str
    entries: list[Version]
    closed_at: int | None
    start: int


class AsOf(NamedTuple):
    """An opportunity as it was at an instant."""

    campaign: str
    status: str
    owner: str | None
    step: str | None
    amount: int | None
    currency: str | None


class Opportunity:
    """One that exists."""

    def __init__(self, entity: Entity, campaigns: Campaigns) -> None:
        assert entity.newest is not None
        self.id = entity.id.subject
        self.tenant = entity.id.tenant
        self.entries = entity.versions
        self.now: Data = entity.newest.data
        self.campaign: str = self.now["campaign_id"]
        self.customer: str = self.now["customer_id"]
        self.owner: str | None = self.now["owner_id"]
        self.step: str | None = self.now["step_id"]
        self.created_at: int = self.now["created_at"]
        self._campaigns = campaigns

    def status_of(self, entry: Version) -> str:
        """The explicit one; else won on the last step of its campaign as the steps were at its time; else open (D4)."""
        if entry.data["status"] is not None:
            return str(entry.data["status"])
        steps = self._campaigns.steps_at(self.tenant, entry.data["campaign_id"], entry.time)
        return "won" if steps and entry.data["step_id"] == steps[-1] else "open"

    @cached_property
    def runs(self) -> list[Run]:
        stretches: list[tuple[str, list[Version]]] = []
        for entry in self.entries:
            status = self.status_of(entry)
            if not stretches or stretches[-1][0] != status:
                stretches.append((status, []))
            stretches[-1][1].append(entry)
        runs: list[Run] = []
        for status, entries in stretches:
            closed_at = self._close_instant(status, entries)
            begun = entries[0].effective if runs else self.created_at
            start = begun if closed_at is None else closed_at
            runs.append(Run(status, entries, closed_at, max([start, self.created_at, *(run.start for run in runs)])))
        return runs

    def _close_instant(self, status: str, entries: list[Version]) -> int | None:
        if status == "open":
            return None
        stated: int | None = entries[-1].data[f"{status}_at"]
        return max(entries[0].time, self.created_at) if stated is None else stated

    @property
    def status(self) -> str:
        return self.runs[-1].status

    @property
    def closed_at(self) -> int | None:
        """None while it is open."""
        return self.runs[-1].closed_at

    @property
    def credited_owner(self) -> str | None:
        """The owner when it was won or lost; of an open one, and where the tenant wants it so, the owner now."""
        if self.status == "open" or self._campaigns.setting(self.tenant, "credit") == "current_owner":
            return self.owner
        owner: str | None = self.runs[-1].entries[0].data["owner_id"]
        return owner

    @property
    def industry(self) -> str | None:
        """Of a lost one that when it was lost, else that of now (F50)."""
        entry = self.runs[-1].entries[0] if self.status == "lost" else self.entries[-1]
        industry: str | None = entry.data["industry"]
        return industry

    @property
    def furthest_step(self) -> str | None:
        """Of the steps that the campaign has now, the last one that any entry in this campaign had."""
        had = {entry.data["step_id"] for entry in self.entries if entry.data["campaign_id"] == self.campaign and not entry.data["deleted"]}
        reached = [step for step in self._campaigns.steps_now(self.tenant, self.campaign) if step in had]
        return reached[-1] if reached else None

    def as_of(self, instant: int) -> AsOf | None:
        """The state at an instant; None while there is nothing to count."""
        if instant < self.created_at:
            return None
        entry = ([entry for entry in self.entries if entry.effective <= instant] or self.entries[:1])[-1]
        if entry.is_hidden:
            return None
        begun = [run for run in self.runs if run.start <= instant]
        data = entry.data
        return AsOf(
            campaign=data["campaign_id"],
            status=begun[-1].status if begun else "open",
            owner=data["owner_id"],
            step=data["step_id"],
            amount=data["amount_minor"],
            currency=data["currency"],
        )

    @property
    def turning_points(self) -> list[int]:
        """The only instants at which the state as of a time can change."""
        return [self.created_at, *(entry.effective for entry in self.entries), *(run.start for run in self.runs)]
