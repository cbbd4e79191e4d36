"""What does a campaign event change? Its row for readers, the frame that others are decided by, and the claims on promo codes."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import msgspec

from processor.kinds import index
from processor.transaction import ABSENT, Ref, Tx
from schemas import keys
from schemas.events import Event, Tombstone, canonical
from schemas.rows import CampaignRow, Step

DEFAULT_ZONE = "UTC"


class Steps(NamedTuple):
    """The steps from an instant on."""

    since: int
    ids: list[str]
    """By position."""


class Frame(NamedTuple):
    """What opportunities, orders, tasks and messages rest on: small, because each group of events that counts for a campaign verifies it."""

    zone: str
    history: list[Steps]
    """In the order of versions; instants never go back."""

    @property
    def steps(self) -> list[str]:
        """As they are now, by position."""
        return self.history[-1].ids if self.history else []

    def steps_at(self, instant: int) -> list[str]:
        """As they were (D4); before the first known version the first one holds."""
        found = self.history[0].ids if self.history else []
        for steps in self.history:
            if steps.since > instant:
                break
            found = steps.ids
        return found


UNKNOWN = Frame(DEFAULT_ZONE, [])


class Version(NamedTuple):
    version: int
    time: int
    content: bytes
    """Canonical JSON of the event's data."""


class State(NamedTuple):
    versions: list[Version]
    gone: bool
    """There was a tombstone."""


class _Image(msgspec.Struct):
    """What of a version is read back out of its canonical JSON."""

    name: str
    status: str
    created_at: int
    code: str | None = None
    manager_id: str | None = None
    participant_ids: list[str] = []
    steps: list[_StepImage] = []
    updated_at: int | None = None
    start_at: int | None = None
    end_at: int | None = None
    timezone: str | None = None
    currency: str | None = None
    segment: _Named | None = None
    message_text: str | None = None
    audience_total: int | None = None
    promo_codes: list[str] = []
    trigger: str | None = None
    actions: list[_Action] = []
    parent_id: str | None = None
    budget_minor: int | None = None
    crm_url: str | None = None
    chat_url: str | None = None
    registration_wait_s: int | None = None
    deleted: bool = False


class _StepImage(msgspec.Struct):
    id: str
    name: str
    position: int


class _Named(msgspec.Struct):
    id: str
    name: str


class _Action(msgspec.Struct):
    id: str
    name: str
    channel: str


_encode = msgspec.msgpack.Encoder().encode
_state = msgspec.msgpack.Decoder(State).decode
_frame = msgspec.msgpack.Decoder(Frame).decode
_image = msgspec.json.Decoder(_Image).decode
_claims = msgspec.msgpack.Decoder(list[tuple[int, str]]).decode


@lru_cache(16384)
def frame_ref(tenant: str, campaign: str) -> Ref:
    entity = keys.digest(campaign)
    return keys.state("frame", tenant, entity), entity


def claims_ref(tenant: str, code: str) -> Ref:
    entity = keys.digest(code)
    return keys.state("code", tenant, entity), entity


@lru_cache(16384)
def frame(raw: bytes) -> Frame:
    """The frame behind what was read at `frame_ref`; a campaign never seen has no steps and the default zone."""
    return _frame(raw) if raw else UNKNOWN


def latest_claim(raw: bytes) -> tuple[int, str] | None:
    """(start, campaign) of the claim that a promo code goes to (D8 rule 3): the latest start, then the larger id."""
    claims = _claims(raw) if raw else []
    return claims[-1] if claims else None


def observe(tx: Tx, event: Event) -> None:
    """A version of a campaign."""
    versions = {event.data.version: Version(event.data.version, event.time, canonical(event.data))}
    _change(tx, event.tenant, event.subject, versions, gone=False)


def forget(tx: Tx, tombstone: Tombstone) -> None:
    """The campaign is deleted for good. What counts for it goes on counting; readers no longer see it."""
    _change(tx, tombstone.tenant, tombstone.subject, {}, gone=True)


def _change(tx: Tx, tenant: str, campaign: str, versions: dict[int, Version], *, gone: bool) -> None:
    entity = keys.digest(campaign)
    ref, row_ref = (keys.state("campaign", tenant, entity), entity), (keys.campaigns(tenant), campaign.encode())
    raw, old_row, old_frame = tx.read(ref, row_ref, frame_ref(tenant, campaign))
    old = _state(raw) if raw else State([], gone=False)
    merged = {version.version: version for version in old.versions}
    for number, version in versions.items():
        merged[number] = max(version, merged.get(number, version))
    new = State(sorted(merged.values()), old.gone or gone)
    if raw and new == old:
        return
    image = _image(new.versions[-1].content) if new.versions else None
    before, now = _claimed(old), _claimed(new)
    codes = sorted({*before, *now})
    claims = tx.read(*(claims_ref(tenant, code) for code in codes))

    tx.write(ref, _encode(new))
    if image:
        tx.write(row_ref, _encode(_row(campaign, image, gone=new.gone)))
    for code, raw_claims in zip(codes, claims, strict=True):
        was = _claims(raw_claims) if raw_claims else []
        become = sorted([claim for claim in was if claim[1] != campaign] + ([(now[code], campaign)] if code in now else []))
        if become != was:
            tx.write(claims_ref(tenant, code), _encode(become))
        if become[-1:] != was[-1:]:
            index.sweep(tx, tenant, index.CODE_ORDERS, code)
    new_frame = _encode(_frame_of(new))
    if new_frame != old_frame:
        tx.write(frame_ref(tenant, campaign), new_frame)
        _decide_again(tx, tenant, campaign, frame(old_frame), _frame_of(new))
    if old_row == ABSENT or image:
        tx.touch(tenant, campaign)


def _decide_again(tx: Tx, tenant: str, campaign: str, old: Frame, new: Frame) -> None:
    index.sweep(tx, tenant, index.OPPORTUNITIES, campaign)
    if old.zone != new.zone:
        for who in (index.ORDERS, index.TASKS, index.MESSAGES):
            index.sweep(tx, tenant, who, campaign)


def _claimed(state: State) -> dict[str, int]:
    """Promo code -> start of this campaign's claim on it."""
    if not state.versions or state.gone:
        return {}
    image = _image(state.versions[-1].content)
    start = image.created_at if image.start_at is None else image.start_at
    return {} if image.deleted else dict.fromkeys(image.promo_codes, start)


def _frame_of(state: State) -> Frame:
    """Equal neighbours are one entry; an instant is not before the one before (clocks go back, a history does not)."""
    history: list[Steps] = []
    zone, since = DEFAULT_ZONE, 0
    for n, version in enumerate(state.versions):
        image = _image(version.content)
        since = version.time if n == 0 else max(since, version.time)
        ids = [step.id for step in _by_position(image)]
        if not history or history[-1].ids != ids:
            history.append(Steps(since, ids))
        zone = image.timezone or DEFAULT_ZONE
    return Frame(zone, history)


def _by_position(image: _Image) -> list[_StepImage]:
    return sorted(image.steps, key=lambda step: (step.position, step.id))


def _row(campaign: str, image: _Image, *, gone: bool) -> CampaignRow:
    return CampaignRow(
        id=campaign,
        name=image.name,
        code=image.code,
        status=image.status,
        zone=image.timezone or DEFAULT_ZONE,
        currency=image.currency,
        steps=[Step(step.id, step.name, step.position) for step in _by_position(image)],
        manager_id=image.manager_id,
        participant_ids=image.participant_ids,
        created_at=image.created_at,
        updated_at=image.updated_at,
        start_at=image.start_at,
        end_at=image.end_at,
        deleted=image.deleted or gone,
        segment=(image.segment.id, image.segment.name) if image.segment else None,
        message_text=image.message_text,
        audience_total=image.audience_total,
        parent_id=image.parent_id,
        budget_minor=image.budget_minor,
        crm_url=image.crm_url,
        chat_url=image.chat_url,
        actions=[(action.id, action.name, action.channel) for action in image.actions],
        registration_wait_s=image.registration_wait_s,
        trigger=image.trigger,
    )
