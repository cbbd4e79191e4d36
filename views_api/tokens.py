"""Whose request is it? Told by tokens that stand in the settings."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest

from views_api.problems import Unauthorized
from views_api.scope import Scope


class Tokens:
    """Bearer tokens and the tenant that each sees all of."""

    def __init__(self, tenants: Mapping[str, str]) -> None:
        """`tenants`: token -> tenant."""
        self._scopes = [(_digest(token), Scope.of_all(tenant, f"token:{tenant}")) for token, tenant in tenants.items()]

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
