"""What is there now of a thing that commands change? Read out of what the processor keeps whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from schemas import keys
from schemas.rows import campaign_versions, target_version, tenant_version
from views_api.problems import Clash
from views_api.stored.store import Store
from views_api.views.stamps import instant

_INSTANTS: Final = ("created_at", "updated_at", "start_at", "end_at")
"""Of campaigns: kept in ms. What else is changed by commands has none."""
_CLOCK: Final = ("created_at", "updated_at")
"""Set by whoever writes the event, not by whoever asks for it."""
_LISTS: Final = ("participant_ids", "steps", "promo_codes")
"""Of campaigns: not kept when empty, and yet required."""


class Image(NamedTuple):
    """One version of a thing."""

    kind: str
    version: int
    content: Mapping[str, Any]
    """As it is kept: without what absent says as well, instants in ms since 1970 UTC."""

    @property
    def deleted(self) -> bool:
        return bool(self.content.get("deleted"))

    def data(self) -> dict[str, Any]:
        """As an event states it, without the version."""
        if self.kind != "campaign":
            return {**self.content}
        return {name: [] for name in _LISTS} | {
            name: instant(value) if name in _INSTANTS else value for name, value in self.content.items()
        }

    def says_the_same(self, other: Image) -> bool:
        """Whether one is what the other would have been, asked for at another time."""
        return self.version == other.version and _timeless(self.content) == _timeless(other.content)


def image(kind: str, content: bytes) -> Image:
    """`content`: canonical JSON of an event's data."""
    data = msgspec.json.decode(content)
    return Image(kind, data.pop("version", 0), data)


async def newest(store: Store, kind: str, tenant: str, subject: str) -> Image | None:
    """None: there is none. Raises `Clash` for what was deleted for good."""
    (raw,) = await store.fields([_place(kind, tenant, subject)])
    if raw is None:
        return None
    if kind != "campaign":
        return image(kind, (target_version if kind == "target" else tenant_version)(raw)[1].content)
    versions, gone = campaign_versions(raw)
    if gone:
        raise Clash("it was deleted for good; there can be nothing of this id again")
    return image(kind, versions[-1].content)


def _place(kind: str, tenant: str, subject: str) -> tuple[str, bytes]:
    """Key and field in the store."""
    match kind:
        case "campaign":
            entity = keys.digest(subject)
            return keys.state(kind, tenant, entity), entity
        case "target":
            return keys.targets(tenant), subject.encode()
        case _:
            return keys.settings(tenant), b"settings"


def _timeless(content: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in _CLOCK}
