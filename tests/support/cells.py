"""Writes what the processor would have written, by hand and in the documented form: cells, rows, stamps, changes. In fields `|` stands for the separator."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

import msgspec
import redis

from schemas import keys
from schemas.keys import SEP
from schemas.rows import (
    OPPORTUNITY_STATUSES,
    STATUSES,
    TASK_STATUSES,
    CampaignRow,
    OpportunityRow,
    OrderRow,
    RateRow,
    StaffRow,
    Step,
    TargetRow,
    TaskRow,
    TenantRow,
    Version,
)

GENERATION = "g1"
TENANT = "default"
SUMMARISE = files("processor.store").joinpath("summary.lua").read_text(encoding="utf-8") + "summarise(KEYS[1])"
"""What each script of the processor that moves a partition does."""


def a_campaign(identity: str = "c", **other: Any) -> CampaignRow:
    """A campaign with two steps and one participant, in Vietnam and in dong, unless told otherwise."""
    row = CampaignRow(
        id=identity,
        name=identity,
        code=None,
        status="active",
        zone="Asia/Ho_Chi_Minh",
        currency="VND",
        steps=[Step("s1", "Call", 1), Step("s2", "Signed", 2)],
        manager_id=None,
        participant_ids=["an"],
        created_at=0,
        updated_at=None,
        start_at=None,
        end_at=None,
        deleted=False,
        segment=None,
        message_text=None,
        audience_total=None,
        parent_id=None,
        budget_minor=None,
        crm_url=None,
        chat_url=None,
        actions=[],
        registration_wait_s=None,
        trigger=None,
    )
    return row._replace(**other)


def an_opportunity(identity: str, *, status: str = "open", **other: Any) -> OpportunityRow:
    row = OpportunityRow(identity, 0, "c", f"customer of {identity}", step_id="s1", owner_id="an")
    return msgspec.structs.replace(row, status_number=OPPORTUNITY_STATUSES.index(status), **other)


def an_order(identity: str, **other: Any) -> OrderRow:
    row = OrderRow(
        identity, 0, None, None, f"customer of {identity}", STATUSES.index("paid"), True, 1000, [], "VND", 0, 1, "c", None, None, None
    )
    return msgspec.structs.replace(row, **other)


def a_task(identity: str, **other: Any) -> TaskRow:
    return msgspec.structs.replace(TaskRow(identity, 0, None, "an", None, TASK_STATUSES.index("open"), 0, None, None), **other)


class Numbers:
    """A store that is filled by hand."""

    def __init__(self, url: str) -> None:
        self.redis = redis.Redis.from_url(url)
        self._prefix = keys.prefix(GENERATION, 0)

    def fresh(self, now: int, *, partitions: int = 2) -> None:
        """All that Kafka had taken by `now` is counted."""
        for n in range(partitions):
            self.meta(f"orders-{n}", x=10, b=10, f=now)

    def meta(self, partition: str, **fields: int) -> None:
        self.redis.hset(self._prefix + keys.META, mapping={f"{name}:{partition}": value for name, value in fields.items()})
        self.redis.eval(SUMMARISE, 1, self._prefix + keys.META)

    def watermark(self, at: datetime) -> None:
        """All that happened by then is counted."""
        self.redis.hset(self._prefix + keys.META, "watermark", int(at.timestamp() * 1000))

    def campaign(self, row: CampaignRow, tenant: str = TENANT) -> None:
        self.redis.hset(self._prefix + keys.campaigns(tenant), row.id, msgspec.msgpack.encode(row))

    def settings(self, tenant: str = TENANT, **other: Any) -> None:
        """What a tenant says of itself, beside the defaults."""
        self.redis.hset(self._prefix + keys.settings(tenant), "settings", msgspec.msgpack.encode([TenantRow(**other), None]))

    def target(self, identity: str, tenant: str = TENANT, *, version: int = 1, **said: Any) -> None:
        """What should be reached; `said`: fields of the row."""
        row = TargetRow(**{"campaign_id": None, "staff_id": None, "deleted": False} | said)
        content = {"measure": row.measure, "from": row.from_day, "to": row.to_day, "value": row.value, "version": version}
        content |= {name: value for name in ("campaign_id", "staff_id") if (value := getattr(row, name)) is not None}
        kept = [row, Version(version, 0, msgspec.json.encode(content))]
        self.redis.hset(self._prefix + keys.targets(tenant), identity, msgspec.msgpack.encode(kept))

    def definition(self, identity: str, tenant: str = TENANT, **said: Any) -> None:
        """What a campaign's one version says; `said`: of its data."""
        content = {"version": 1, "name": identity, "status": "active", "created_at": 0} | said
        entity = keys.digest(identity)
        kept = msgspec.msgpack.encode([[Version(1, 0, msgspec.json.encode(content))], False])
        self.redis.hset(self._prefix + keys.state("campaign", tenant, entity), entity, kept)

    def rates(self, base: str, quote: str, days: Mapping[str, str], tenant: str = TENANT) -> None:
        """What one unit of the base is worth, by day."""
        rows = {day: msgspec.msgpack.encode([RateRow(rate), None]) for day, rate in days.items()}
        self.redis.hset(self._prefix + keys.rates(tenant, base, quote), mapping=rows)  # type: ignore[arg-type]

    def cells(self, view: str, day: str, fields: Mapping[str, int], campaign: str = "c", tenant: str = TENANT) -> None:
        """Cells of one day; what is there already is added to."""
        self._add(self.redis, view, day, fields, campaign, tenant)

    def changes(self, view: str, day: str, fields: Mapping[str, int], campaign: str = "c", tenant: str = TENANT) -> str:
        """The same, and that the campaign changed, in one step as the processor does it: nobody reads the one without the other. The revision."""
        with self.redis.pipeline() as step:
            self._add(step, view, day, fields, campaign, tenant)
            self._tell(step, f"{tenant}{SEP}{campaign}{SEP}*{SEP}")
            revision: bytes = step.execute()[-1]
        return revision.decode()

    def _add(self, to: redis.Redis, view: str, day: str, fields: Mapping[str, int], campaign: str, tenant: str) -> None:
        key = self._prefix + keys.cells(tenant, campaign, view, day)
        for field, value in fields.items():
            to.hincrby(key, field.replace("|", SEP), value)
        to.sadd(self._prefix + keys.days(tenant, campaign), view + SEP + day)

    def _tell(self, to: redis.Redis, told: str) -> Any:
        return to.xadd(self._prefix + keys.OUT, {"c": keys.RECORD + told})

    def opportunity(self, row: OpportunityRow, day: str, tenant: str = TENANT) -> None:
        """Its row and its entry in the list of its campaign."""
        self._row("opportunity", row.id, row, tenant)
        status, owner = {"open": "o", "won": "w", "lost": "l"}[row.status], row.owner_id or ""
        self.cells("i", day, {"|".join((status, "r" if owner else "u", row.step_id or "", owner, row.id)): 1}, row.campaign_id, tenant)

    def order(self, row: OrderRow, of: str | None = None, tenant: str = TENANT) -> None:
        """Its row; `of`: an opportunity that it named once."""
        self._row("order", row.id, row, tenant)
        if of is not None:
            self._rest("order", row.id, of, tenant)

    def listed_order(
        self, row: OrderRow, day: str, *, rule: int = 1, owner: str = "", step: str = "", campaign: str = "c", tenant: str = TENANT
    ) -> None:
        """Its row, its entry in the list of its campaign, and what it counts there. Rule 0: it is pending. Refunded in full: not counted though paid."""
        where = {"rule": rule, "campaign_id": campaign if rule else None, "owner_id": owner or None, "step_id": step or None}
        self.order(msgspec.structs.replace(row, **where), tenant=tenant)
        paid = row.counted or (row.status == "paid" and row.refunds_minor > 0)
        state = "p" if rule == 0 else "n" if row.counted else "b" if paid else "r"
        self.cells("j", day, {"|".join((state, str(rule), owner, step, str(row.purchased_at), row.id)): 1}, campaign, tenant)
        if rule == 0:
            self.cells("r", day, {"pending": 1}, campaign, tenant)
            return
        self.cells("r", day, {f"{'n' if row.counted else 'rest'}|{rule}": 1}, campaign, tenant)
        if paid:
            amounts = {"gross": row.gross_minor, "refunds": row.refunds_minor}
            self.cells("r", day, {f"{name}|{rule}|{row.currency}": amount for name, amount in amounts.items() if amount}, campaign, tenant)

    def task(self, row: TaskRow, of: str | None = None, tenant: str = TENANT) -> None:
        self._row("task", row.id, row, tenant)
        if of is not None:
            self._rest("task", row.id, of, tenant)

    def staff(self, tenant: str = TENANT, **names: str) -> None:
        """What members of staff are called, by id."""
        rows = {
            identity: msgspec.msgpack.encode([StaffRow(name, None, active=True, deleted=False), None]) for identity, name in names.items()
        }
        self.redis.hset(self._prefix + keys.staff(tenant), mapping=rows)  # type: ignore[arg-type]

    def dirty(self, mark: str) -> None:
        """Something waits to be settled."""
        self.redis.sadd(self._prefix + keys.DIRTY, mark)

    def changed(self, campaign: str = "c", *hashes: str, tenant: str = TENANT, differs_from: str | None = None) -> str:
        """Tell that a campaign changed; its revision. `hashes`: `<view>|<day>`, the only cells that did; none: any may have.

        `differs_from`: no cell did, and yet numbers read differently from this day on.
        """
        names = (f"={differs_from}",) if differs_from else hashes or ("*",)
        told = "".join(hashes_of.replace("|", SEP) + SEP for hashes_of in names)
        revision: bytes = self._tell(self.redis, f"{tenant}{SEP}{campaign}{SEP}{told}")
        return revision.decode()

    def _row(self, kind: str, identity: str, row: Any, tenant: str) -> None:
        digest = keys.digest(identity)
        self.redis.hset(self._prefix + keys.state(kind, tenant, digest), digest, msgspec.msgpack.encode(row))

    def _rest(self, who: str, identity: str, on: str, tenant: str) -> None:
        digest = keys.digest(on)
        key = self._prefix + keys.resting("opportunity", who, tenant, digest)
        known: Any = self.redis.hget(key, digest) or b""
        self.redis.hset(key, digest, known + keys.digest(identity))
