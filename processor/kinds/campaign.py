"""What does a campaign event change? Its row for readers, the frame that others are decided by, and the claims on promo codes."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import msgspec

from processor.kinds import attribution_rules, index, tenant
from processor.kinds.attribution_rules import Rule, Stated
from processor.kinds.frame import Frame, Steps, frame_of, frame_ref, stored_frame
from processor.kinds.versions import notice
from processor.transaction import NotOneSnapshot, Tx
from processor.values import Ref
from schemas import keys
from schemas.events import Event, Tombstone, canonical
from schemas.rows import CampaignRow, Step, TenantRow, Version


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
    attribution: Stated | None = None
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
_image = msgspec.json.Decoder(_Image).decode
_claims = msgspec.msgpack.Decoder(list[tuple[int, str]]).decode


@lru_cache(16384)
def claims_ref(of: str, code: str) -> Ref:
    entity = keys.digest(code)
    return keys.state("code", of, entity), entity


def latest_claim(raw: bytes) -> tuple[int, str] | None:
    """(start, campaign) of the claim that a promo code goes to (D8 rule 3): the latest start, then the larger id."""
    claims = _claims(raw) if raw else []
    return claims[-1] if claims else None


def observe(tx: Tx, event: Event) -> None:
    """A version of a campaign."""
    _change(tx, event.tenant, event.subject, event)


def forget(tx: Tx, tombstone: Tombstone) -> None:
    """The campaign is deleted for good. What counts for it goes on counting; readers no longer see it."""
    _change(tx, tombstone.tenant, tombstone.subject, None)


def decide(tx: Tx, of: str, campaign: str) -> None:
    """Again, because the tenant's zone or currency has changed. The zone concerns a campaign that has none of its own, and all that counts for it."""
    entity = keys.digest(campaign)
    raw, raw_frame = tx.read((keys.state("campaign", of, entity), entity), frame_ref(of, campaign))
    if not raw_frame:
        raise NotOneSnapshot
    if raw:
        _show(tx, of, campaign, _state(raw))
    if stored_frame(raw_frame).zone:
        return
    for who in (index.OPPORTUNITIES, *index.DATED):
        index.sweep(tx, of, who, campaign)


def _change(tx: Tx, of: str, campaign: str, event: Event | None) -> None:
    """By a version of it, or by a tombstone."""
    entity = keys.digest(campaign)
    ref = (keys.state("campaign", of, entity), entity)
    (raw,) = tx.read(ref)
    old = _state(raw) if raw else State([], gone=False)
    merged = {version.version: version for version in old.versions}
    if event:
        said = Version(event.data.version, event.time, canonical(event.data))
        if old.versions:
            known = merged.get(said.version, old.versions[-1])
            notice(tx, event, known.version, differs=known.content != said.content)
        merged[said.version] = max(said, merged.get(said.version, said))
    new = State(sorted(merged.values()), old.gone or event is None)
    if raw and new == old:
        return
    before, now = _claimed(old), _claimed(new)
    codes = sorted({*before, *now})
    claims = tx.read(*(claims_ref(of, code) for code in codes))
    tx.need(attribution_rules.ref(of))
    _show(tx, of, campaign, new)
    frame_of(tx, of, campaign)  # from now on known to the tenant
    (old_frame,) = tx.read(frame_ref(of, campaign))
    new_frame = _encode(_frame_of(new))

    tx.write(ref, _encode(new))
    for code, raw_claims in zip(codes, claims, strict=True):
        was = _claims(raw_claims) if raw_claims else []
        become = sorted([claim for claim in was if claim[1] != campaign] + ([(now[code], campaign)] if code in now else []))
        if become != was:
            tx.write(claims_ref(of, code), _encode(become))
        if become[-1:] != was[-1:]:
            index.sweep(tx, of, index.CODE_ORDERS, code)
    attribution_rules.change(tx, of, campaign, _rule(campaign, new))
    tx.write(frame_ref(of, campaign), new_frame)
    if new_frame != old_frame:
        index.sweep(tx, of, index.OPPORTUNITIES, campaign)
    # Its own, whatever the tenant's: that may be on its way to change too.
    if stored_frame(new_frame).zone != stored_frame(old_frame).zone:
        for who in index.DATED:
            index.sweep(tx, of, who, campaign)


def _show(tx: Tx, of: str, campaign: str, state: State) -> None:
    """The row for readers."""
    if not state.versions:
        return
    ref = (keys.campaigns(of), campaign.encode())
    tx.read(ref)
    settings = tenant.row(tx, of)
    tx.write(ref, _encode(_row(campaign, _image(state.versions[-1].content), settings, gone=state.gone)))
    tx.touch(of, campaign, differs_from=keys.EVER)
    tx.touch(of, "")


def _claimed(state: State) -> dict[str, int]:
    """Code, a promo code or its own, -> start of this campaign's claim on it."""
    if not state.versions or state.gone:
        return {}
    image = _image(state.versions[-1].content)
    start = image.created_at if image.start_at is None else image.start_at
    own = [image.code] if image.code else []
    return {} if image.deleted else dict.fromkeys([*image.promo_codes, *own], start)


def _rule(campaign: str, state: State) -> Rule | None:
    """How its touches attribute orders; None if they do not."""
    image = _image(state.versions[-1].content) if state.versions and not state.gone else None
    return attribution_rules.rule_of(campaign, image.attribution, image.timezone or "") if image and not image.deleted else None


def _frame_of(state: State) -> Frame:
    """Equal neighbours are one entry; an instant is not before the one before (clocks go back, a history does not)."""
    history: list[Steps] = []
    zone, since, wait = "", 0, None
    for n, version in enumerate(state.versions):
        image = _image(version.content)
        since = version.time if n == 0 else max(since, version.time)
        ids = [step.id for step in _by_position(image)]
        if not history or history[-1].ids != ids:
            history.append(Steps(since, ids))
        zone, wait = image.timezone or "", image.registration_wait_s
    return Frame(zone, history, wait)


def _by_position(image: _Image) -> list[_StepImage]:
    """Each step once: of two with one id the later holds, as for the last step, so that no opportunity stands in two rows of a funnel."""
    later: dict[str, _StepImage] = {}
    for step in sorted(image.steps, key=lambda step: step.position)[::-1]:
        later.setdefault(step.id, step)
    return [*later.values()][::-1]


def _row(campaign: str, image: _Image, settings: TenantRow, *, gone: bool) -> CampaignRow:
    return CampaignRow(
        id=campaign,
        name=image.name,
        code=image.code,
        status=image.status,
        zone=image.timezone or settings.zone,
        currency=image.currency or settings.currency,
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
