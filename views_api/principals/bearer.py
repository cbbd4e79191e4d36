"""Whose request is it? The one place where a token becomes a scope; how a token looks says who is to know it."""

from __future__ import annotations

from views_api.principals.api_keys import FRONT, ApiKeys
from views_api.principals.oidc import OidcTokens
from views_api.principals.tokens import Tokens
from views_api.problems import Unauthorized
from views_api.scope import Scope


class Bearer:
    """Those who may know a token."""

    def __init__(self, tokens: Tokens, keys: ApiKeys | None, oidc: OidcTokens | None) -> None:
        """None: there are none of these."""
        self.keys = keys
        self._tokens, self._oidc = tokens, oidc

    async def scope(self, authorization: str | None) -> Scope:
        """By the header `Authorization`. Raises `Unauthorized`, and `Unavailable` while whoever knows the token is away."""
        scheme, _, token = (authorization or "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Unauthorized
        if found := self._tokens.scope(token):
            return found
        if self.keys and token.startswith(FRONT):
            return self.keys.scope(token)
        if self._oidc and token.count(".") == 2:
            return await self._oidc.scope(token)
        raise Unauthorized

    def close(self) -> None:
        if self.keys:
            self.keys.close()
