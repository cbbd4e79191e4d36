"""Who asks, and what may they see? One scope per request; every question to the reader carries it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest

from schemas.rows import CampaignRow
from views_api.problems import Unauthorized


@dataclass(frozen=True, slots=True)
class Scope:
    """What one caller may see."""

    tenant: str

    def sees(self, campaign: CampaignRow) -> bool:
        """Whether a campaign exists for this caller. A deleted one exists for nobody."""
        return not campaign.deleted

    @property
    def key(self) -> str:
        """Equal for callers who see the same."""
        return self.tenant


class Tokens:
    """Bearer tokens and the tenant that each sees all of."""

    def __init__(self, tenants: Mapping[str, str]) -> None:
        """`tenants`: token -> tenant."""
        self._scopes = [(_digest(token), Scope(tenant)) for token, tenant in tenants.items()]

    def scope(self, authorization: str | None) -> Scope:
        """Whose request this is, by its `Authorization` header; raises `Unauthorized`. Takes as long for a near miss as for any other."""
        scheme, _, token = (authorization or "").partition(" ")
        given, found = _digest(token.strip()), None
        for known, scope in self._scopes:
            if compare_digest(known, given):
                found = scope
        if found is None or scheme.lower() != "bearer":
            raise Unauthorized
        return found


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()
