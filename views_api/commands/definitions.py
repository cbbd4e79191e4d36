"""What may be said in a command? All that an event of the kind says, but for what the server says itself; and nothing else."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field, create_model

from schemas.events.campaigns import Campaign
from schemas.events.fields import Contract, Id, Instant
from schemas.events.settings import Target, Tenant

BUDGET: Final = "budget_minor"
"""Of a campaign: the one amount that a definition holds."""


def _definition(name: str, contract: type[Contract], without: Collection[str], **more: Any) -> type[BaseModel]:
    fields: dict[str, Any] = {field: (info.annotation, info) for field, info in contract.model_fields.items() if field not in without}
    config = ConfigDict(strict=True, extra="forbid")
    return create_model(name, __config__=config, __doc__=contract.__doc__, **fields, **more)


if TYPE_CHECKING:

    class CampaignDefinition(BaseModel): ...

    class NewCampaign(BaseModel): ...

    class TargetDefinition(BaseModel): ...

    class NewTarget(BaseModel): ...

    class SettingsDefinition(BaseModel): ...

else:
    _NAMED = (Id | None, None)
    _OF_CAMPAIGN = ("version", "created_at", "updated_at", "deleted")
    # So that a definition can be put back as it was shown.
    _SHOWN = (Instant | None, Field(None, description="Not heeded: the server says it."))
    CampaignDefinition = _definition("CampaignDefinition", Campaign, _OF_CAMPAIGN, created_at=_SHOWN, updated_at=_SHOWN)
    NewCampaign = _definition("NewCampaign", Campaign, _OF_CAMPAIGN, id=_NAMED)
    TargetDefinition = _definition("TargetDefinition", Target, ("version", "deleted"))
    NewTarget = _definition("NewTarget", Target, ("version", "deleted"), id=_NAMED)
    SettingsDefinition = _definition("SettingsDefinition", Tenant, ("version",))


class Copy(BaseModel):
    """How the copy of a campaign is to be called."""

    model_config = ConfigDict(strict=True, extra="forbid", use_attribute_docstrings=True)

    id: Id | None = None
    """Absent: one is made."""
    name: str | None = None
    """Absent: as the other."""
